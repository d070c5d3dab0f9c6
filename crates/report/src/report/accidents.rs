//! The table of expected accidents.

use leakdex::Strength;
use serde::Serialize;

use super::model::Report;
use crate::{
    false_matches::{Accidents, round_to_count},
    language::Language,
    numbers,
    words::Words,
};

/// A row of the table, in the words of a language. A text is empty if the number is unknown.
#[derive(Debug, Serialize)]
pub struct Row {
    label: String,
    matches: u64,
    expected: String,
    /// Whether the number is unknown.
    is_uncertain: bool,
    interval: String,
    limit: String,
    is_above_limit: bool,
    not_measurable: u64,
    /// Whether the row is about a strength rather than a kind.
    is_strength: bool,
}

/// The rows: first the strengths, the strongest first, then the kinds. Empty without decoys.
pub fn rows(report: &Report, language: Language) -> Vec<Row> {
    let estimate = report.coincidences.as_ref();
    let Some(estimate) = estimate.filter(|found| found.decoys.checked() > 0) else {
        return Vec::new();
    };
    let strengths = estimate.by_strength.iter().rev();
    let strengths = strengths
        .map(|(slug, entry)| row(language.strength(slug).into_owned(), entry, true, language));
    let kinds = estimate.by_kind.iter();
    let kinds =
        kinds.map(|(slug, entry)| row(language.kind(slug).into_owned(), entry, false, language));
    strengths.chain(kinds).collect()
}

fn row(label: String, accidents: &Accidents, is_strength: bool, language: Language) -> Row {
    let number = |number| small(number, language);
    let interval = accidents.low.zip(accidents.high);
    let interval = interval.map(|(low, high)| format!("{}–{}", number(low), number(high)));
    Row {
        label,
        matches: accidents.matches,
        expected: accidents.expected.map(number).unwrap_or_default(),
        is_uncertain: accidents.expected.is_none(),
        interval: interval.unwrap_or_default(),
        limit: accidents.limit.map(number).unwrap_or_default(),
        is_above_limit: accidents.is_above_limit,
        not_measurable: accidents.not_measurable,
        is_strength,
    }
}

/// Whether people have confirmed or dismissed matches. The measurement covers all matches before any decision,
/// so people may have dismissed some of its accidents.
pub fn is_decided(report: &Report) -> bool {
    report
        .decisions
        .as_ref()
        .is_some_and(|decisions| decisions.affected + decisions.not_affected > 0)
}

/// The expected number of accidental matches of a strength, as a sentence for the head of the report. Empty
/// if unknown.
pub fn expected(report: &Report, strength: Strength, language: Language) -> String {
    let accidents = report
        .coincidences
        .as_ref()
        .and_then(|coincidences| coincidences.by_strength.get(strength.slug()));
    let Some(accidents) = accidents.filter(|item| item.matches > 0) else { return String::new() };
    let words = Words::report(language);
    let number = |number| small(number, language);
    let sentence =
        |names: [&str; 2]| words.of(&format!("tiles.{}", names[usize::from(is_decided(report))]));
    match (accidents.expected, accidents.low.zip(accidents.high)) {
        (Some(expected), _) => {
            sentence(["expected", "expected_before"]).replace("{n}", &number(expected))
        }
        (None, Some((low, high))) => sentence(["between", "between_before"])
            .replace("{low}", &number(low))
            .replace("{high}", &number(high)),
        (None, None) => String::new(),
    }
}

/// A number, with one decimal if it is small.
fn small(number: f64, language: Language) -> String {
    let tenths = round_to_count(number * 10.0);
    if tenths >= 100 {
        return numbers::number(round_to_count(number), language);
    }
    let point = [",", "."][language as usize];
    format!("{}{point}{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_keep_a_decimal() {
        for (number, german, english) in [
            (0.0, "0,0", "0.0"),
            (9.94, "9,9", "9.9"),
            (9.96, "10", "10"),
            (1234.4, "1.234", "1,234"),
        ] {
            assert_eq!(small(number, Language::De), german);
            assert_eq!(small(number, Language::En), english);
        }
    }
}
