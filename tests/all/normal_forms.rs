//! The rules of each field by example, from `tests/data/normal_forms.jsonl`. A line has the field,
//! the rule in words, the outcome, the normal form (`null` for any) and the inputs. A rule set by
//! the caller may follow the field.

use std::fmt::Write as _;

use leakdex::{DateOrder, Field, Normaliser, Outcome};

const EXAMPLES: &str = include_str!("../data/normal_forms.jsonl");

#[test]
fn every_example_of_a_rule_has_its_outcome_and_its_normal_form() {
    let (mut failures, mut inputs) = (String::new(), 0);
    for line in EXAMPLES.lines() {
        let (field, rule, outcome, form, raw): (&str, &str, &str, Option<String>, Vec<String>) =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if field == "phone" && !cfg!(feature = "phone") {
            continue;
        }
        let rules = Normaliser::new().current_year(2026);
        let (field, normaliser) = match field.split_once(' ') {
            Some((field, "of Excel")) => (field, rules.excel_dates(true)),
            Some((field, "month-first")) => (field, rules.date_order(DateOrder::MonthFirst)),
            _ => (field, rules),
        };
        let field: Field = field.parse().expect("a field");
        for raw in raw {
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
            inputs += 1;
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(inputs >= 600, "{inputs}");
}
