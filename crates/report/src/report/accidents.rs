//! The table of expected accidents.

use serde::Serialize;

use super::{model::Report, numbers};
use crate::{
    coincidences::{Accidents, whole},
    language::Language,
};

/// A row of the table, in the words of a language. A text is empty if the number is unknown.
#[derive(Debug, Serialize)]
pub struct Row {
    label: String,
    matches: u64,
    expected: String,
    interval: String,
    limit: String,
    is_above_limit: bool,
    not_measurable: u64,
}

/// The rows: the strengths, the stronger one first, then the kinds. There are none without decoys.
pub fn rows(report: &Report, language: Language) -> Vec<Row> {
    let Some(own) = report.coincidences.as_ref().filter(|own| own.decoys.asked() > 0) else {
        return Vec::new();
    };
    let strengths = own.by_strength.iter().rev();
    let strengths =
        strengths.map(|(slug, own)| row(language.strength(slug).into_owned(), own, language));
    let kinds = own.by_kind.iter();
    let kinds = kinds.map(|(slug, own)| row(language.kind(slug).into_owned(), own, language));
    strengths.chain(kinds).collect()
}

fn row(label: String, own: &Accidents, language: Language) -> Row {
    let number = |number| small(number, language);
    let interval = own.low.zip(own.high);
    let interval = interval.map(|(low, high)| format!("{}–{}", number(low), number(high)));
    Row {
        label,
        matches: own.matches,
        expected: own.expected.map(number).unwrap_or_default(),
        interval: interval.unwrap_or_default(),
        limit: own.limit.map(number).unwrap_or_default(),
        is_above_limit: own.is_above_limit,
        not_measurable: own.not_measurable,
    }
}

/// A number; with one decimal if it is small.
fn small(number: f64, language: Language) -> String {
    let tenths = whole(number * 10.0);
    if tenths >= 100 {
        return numbers::number(whole(number), language);
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
