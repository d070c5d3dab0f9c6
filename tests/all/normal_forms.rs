//! The rules of each field by example, from `tests/data/normal_forms.jsonl`. A line has the field,
//! the rule in words, the outcome, the normal form (`null` for any) and the inputs. A rule set by
//! the caller may follow the field.

use std::fmt::Write as _;

use crate::fuzz::normalize::assert_stable;
use leakdex::{DateOrder, Field, Normaliser, Outcome};

const EXAMPLES: &str = include_str!("../data/normal_forms.jsonl");

/// The examples of one rule.
struct Examples {
    field: Field,
    normaliser: Normaliser,
    rule: &'static str,
    outcome: &'static str,
    form: Option<String>,
    inputs: Vec<String>,
}

fn examples() -> impl Iterator<Item = Examples> {
    EXAMPLES.lines().map(|line| {
        let (field, rule, outcome, form, inputs): (_, _, _, _, Vec<String>) =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let rules = Normaliser::new().current_year(2026);
        let (field, normaliser) = match str::split_once(field, ' ') {
            Some((field, "of Excel")) => (field, rules.excel_dates(true)),
            Some((field, "month-first")) => (field, rules.date_order(DateOrder::MonthFirst)),
            _ => (field, rules),
        };
        let field: Field = field.parse().expect("a field");
        Examples { field, normaliser, rule, outcome, form, inputs }
    })
}

#[test]
fn every_example_of_a_rule_has_its_outcome_and_its_normal_form() {
    let (mut failures, mut count) = (String::new(), 0);
    for Examples { field, normaliser, rule, outcome, form, inputs } in examples() {
        if field == Field::Phone && !cfg!(feature = "phone") {
            continue;
        }
        for raw in inputs {
            let mut normal_form = "left over".to_owned();
            let found = match normaliser.normalise(field, &raw, &mut normal_form) {
                Outcome::Ok => "ok".to_owned(),
                Outcome::Suspect(reason) => format!("suspect {reason}"),
                Outcome::Invalid(reason) => format!("invalid {reason}"),
                Outcome::Absent => "absent".to_owned(),
            };
            if found != outcome || form.as_ref().is_some_and(|form| *form != normal_form) {
                writeln!(failures, "{field}, {rule}: {raw:?} gives {found}, {normal_form:?}")
                    .expect("to memory");
            }
            count += 1;
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count >= 600, "{count}");
}

#[test]
fn an_odd_character_anywhere_in_an_example_gives_a_stable_form() {
    /// Quotation marks, letters of two and three bytes, a digit of four, a no-break space, a
    /// zero-width joiner, a full-width digit, a combining mark.
    const ODD: [&str; 9] = ["»", "'", "é", "ẞ", "𝟗", "\u{a0}", "\u{200d}", "７", "\u{301}"];
    for Examples { field, normaliser, inputs, .. } in examples() {
        for raw in inputs {
            for (place, character) in raw.char_indices().chain([(raw.len(), ' ')]) {
                let (before, rest) = raw.split_at(place);
                let after = rest.strip_prefix(character).unwrap_or(rest);
                for odd in ODD {
                    for changed in [[before, odd, rest].concat(), [before, odd, after].concat()] {
                        assert_stable(normaliser, field, &changed);
                        assert_stable(normaliser, field, &changed.replace(odd, &odd.repeat(5)));
                    }
                }
            }
        }
    }
}
