//! Tables with bars: counts of persons and of records, in several breakdowns.

use std::{cmp::Reverse, collections::BTreeMap};

use leakdex::Kind;
use serde::Serialize;

use super::{model::Report, outcomes};
use crate::{
    language::Language,
    persons::{PartialCause, Persons},
    words::Words,
};

/// The maximum number of rows of a table that the page shows at once. The others are folded.
const MAX_ROWS: usize = 10;

/// The minimum width of a bar that is not zero, in percent, so it is visible.
const SHORTEST_BAR: f64 = 0.7;

/// A breakdown, such as by data class.
#[derive(Debug, Serialize)]
pub struct Breakdown {
    /// The attribute that divides the counts. The words of the language describe it.
    pub id: &'static str,
    pub rows: Vec<Row>,
    /// The number of rows that the page shows at once.
    pub shown: usize,
}

/// A row of a table, with a bar.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub label: String,
    pub persons: u64,
    pub records: Option<u64>,
    /// The length of the bar, in percent of the longest one.
    width: String,
}

impl Row {
    fn new(label: String, persons: u64, records: Option<u64>) -> Self {
        Self { label, persons, records, width: String::new() }
    }
}

/// A part of the bar that shows all persons by outcome.
#[derive(Debug, Serialize)]
pub struct Segment {
    pub id: &'static str,
    pub persons: u64,
    /// Its start and its width, in percent.
    start: String,
    width: String,
}

/// The affected persons and persons to be decided, and their records, in every breakdown.
pub fn breakdowns(report: &Report, language: Language) -> Vec<Breakdown> {
    let (persons, records) = (&report.persons.counts.by, &report.records.by);
    let class = |slug: &str| language.data_class(slug).into_owned();
    let breach = |name: &str| title_of(report, name);
    let by_data_class = sorted(&persons.by_data_class, Some(&records.by_data_class), class);
    let by_breach = sorted(&persons.by_breach, Some(&records.by_breach), breach);
    vec![
        Breakdown::new("strength", by_strength(report, language)),
        Breakdown::new("kind", by_kind(report, language)),
        Breakdown::new("data-class", by_data_class),
        Breakdown::new("breach", by_breach),
        Breakdown::new("institution", by_institution(report, language)),
    ]
}

/// The persons who were not checked or only in part: those with nothing that could be checked and those with
/// a defective value, by reason, and those whose all-clear has a caveat that is not about their own values.
pub fn gaps(report: &Report, cause: impl Fn(&str, Option<&str>) -> String) -> [Breakdown; 3] {
    let open = &report.not_checked.indeterminate_by_reason;
    let of_partial = |is_defect: bool| {
        let causes = report.partial.by_cause.iter().filter(|cause| cause.is_defect() == is_defect);
        let row = |partial: &PartialCause| {
            Row::new(cause(&partial.reason, partial.field.as_deref()), partial.persons, None)
        };
        causes.map(row).collect()
    };
    [
        Breakdown::new("indeterminate", sorted(open, None, |reason| cause(reason, None))),
        Breakdown::new("partially-checked", of_partial(true)),
        Breakdown::new("with-caveats", of_partial(false)),
    ]
}

/// The greatest strength first.
fn by_strength(report: &Report, language: Language) -> Vec<Row> {
    let (persons, records) = (&report.persons.counts.by, &report.records.by);
    let row = |strength: &str| {
        let label = language.strength(strength).into_owned();
        // A row counts by its best strength, so this strength may have no rows.
        let records = Some(records.by_strength.get(strength).copied().unwrap_or(0));
        Some(Row::new(label, *persons.by_strength.get(strength)?, records))
    };
    let strengths = leakdex::Strength::ALL.iter().rev();
    strengths.filter_map(|strength| row(strength.slug())).collect()
}

/// The most certain kind first. The match keys find the same persons in different ways, so they share a row.
/// The row of the e-mail aliases leaves out the persons whom the address itself finds.
fn by_kind(report: &Report, language: Language) -> Vec<Row> {
    let persons = &report.persons.counts.by.by_kind;
    let by_name =
        |name: &str| Words::report(language).of(&format!("breakdowns.kind.{name}")).to_owned();
    let count = |slug: &str| persons.get(slug).copied().unwrap_or(0);
    let mut rows = Vec::new();
    let values = Kind::ALL.iter().filter(|kind| !kind.is_match_key());
    for kind in values {
        let found = count(kind.slug());
        rows.push(match kind {
            // A person who is found by the address is also found by its alias.
            Kind::EmailAlias => {
                let by_address = count(Kind::Email.slug());
                (kind.strength(), found.saturating_sub(by_address), by_name("alias"))
            }
            _ => (kind.strength(), found, language.kind(kind.slug()).into_owned()),
        });
    }
    // The number of persons whom at least one key finds is not known. The best key finds most of them.
    let keys = Kind::ALL.iter().filter(|kind| kind.is_match_key());
    let found = keys.map(|kind| count(kind.slug())).max().unwrap_or(0);
    rows.push((leakdex::Strength::Candidate, found, by_name("match_keys")));
    rows.retain(|(_, found, _)| *found > 0);
    rows.sort_by_key(|(strength, found, _)| (Reverse(*strength), Reverse(*found)));
    rows.into_iter().map(|(_, found, label)| Row::new(label, found, None)).collect()
}

fn by_institution(report: &Report, language: Language) -> Vec<Row> {
    let (persons, records) = (&report.persons.counts.by, &report.records.by);
    let label = |code: &str| format!("IK {code}");
    let mut rows = sorted(&persons.by_institution, Some(&records.by_institution), label);
    let without = report.persons.counts.without_institution;
    if !rows.is_empty() && without > 0 {
        let label = Words::report(language).of("breakdowns.institution.without");
        let records = Some(report.records.without_institution);
        rows.push(Row::new(label.to_owned(), without, records));
    }
    rows
}

/// All persons by outcome, as the parts of one bar. Each part is wide enough to be visible.
pub fn overview(persons: &Persons) -> [Segment; 6] {
    let parts =
        outcomes::parts(persons).map(|(id, count)| (id, count, bar(count, persons.checked)));
    let whole: f64 = parts.iter().map(|(.., width)| width).sum();
    let scale = if whole > 0.0 { 100.0 / whole } else { 0.0 };
    let mut start = 0.0;
    let segment = |(id, persons, width): (&'static str, u64, f64)| {
        let (from, width) = (start, width * scale);
        start += width;
        Segment { id, persons, start: format!("{from:.3}"), width: format!("{width:.3}") }
    };
    parts.map(segment)
}

impl Breakdown {
    fn new(id: &'static str, mut rows: Vec<Row>) -> Self {
        let longest = rows.iter().map(|row| row.persons).max().unwrap_or(0);
        for row in &mut rows {
            row.width = format!("{:.2}", bar(row.persons, longest));
        }
        // A fold for a single row is not worth opening.
        let shown = if rows.len() <= MAX_ROWS + 1 { rows.len() } else { MAX_ROWS };
        Self { id, rows, shown }
    }
}

/// The rows of these counts, the highest first.
fn sorted(
    persons: &BTreeMap<String, u64>,
    records: Option<&BTreeMap<String, u64>>,
    label: impl Fn(&str) -> String,
) -> Vec<Row> {
    let row = |(slug, &persons): (&String, &u64)| {
        let records = records.map(|records| records.get(slug).copied().unwrap_or_default());
        Row::new(label(slug), persons, records)
    };
    let mut rows: Vec<Row> = persons.iter().map(row).collect();
    rows.sort_by(|one, other| {
        (Reverse(one.persons), &one.label).cmp(&(Reverse(other.persons), &other.label))
    });
    rows
}

fn bar(count: u64, longest: u64) -> f64 {
    let width = percent(count, longest);
    if count > 0 { width.max(SHORTEST_BAR) } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "a bar's length need not be exact")]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 }
}

/// The title of a breach with its name, or only the name if there is no title.
fn title_of(report: &Report, name: &str) -> String {
    let breaches = report.checked_against.iter().flat_map(|base| &base.breaches);
    let mut titles = breaches
        .filter(|breach| breach.name().as_str() == name)
        .filter_map(|breach| breach.title.as_deref());
    match titles.next() {
        Some(title) => format!("{title} ({name})"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: u64, persons: u64) -> Row {
        Row::new(format!("{count:02}"), persons, None)
    }

    #[test]
    fn a_long_table_is_folded_and_keeps_all_rows() {
        for (rows, shown) in [(10, 10), (11, 11), (12, 10), (15, 10)] {
            let breakdown =
                Breakdown::new("kind", (0..rows).map(|row| of(row, 15 - row)).collect());
            assert_eq!((breakdown.rows.len() as u64, breakdown.shown), (rows, shown));
        }
    }

    #[test]
    fn bars_are_proportional_and_nonzero_bars_are_visible() {
        let rows = vec![of(0, 1_000_000), of(1, 500_000), of(2, 1), of(3, 0)];
        let rows = Breakdown::new("kind", rows).rows;
        let widths: Vec<&str> = rows.iter().map(|row| &*row.width).collect();
        assert_eq!(widths, ["100.00", "50.00", "0.70", "0.00"]);
    }

    #[test]
    fn one_person_among_many_is_seen_in_the_bar_of_all_persons() {
        let persons = Persons {
            checked: 1_000_000,
            confirmed: 500_000,
            to_decide: 1,
            not_affected: 499_999,
            ..Persons::default()
        };
        let widths: Vec<f64> = overview(&persons)
            .iter()
            .map(|segment| segment.width.parse().expect("a number"))
            .collect();
        assert!(widths[1] > 0.6, "{widths:?}");
        assert!((widths.iter().sum::<f64>() - 100.0).abs() < 0.01, "{widths:?}");
        assert!(widths[2..5].iter().all(|width| *width == 0.0), "{widths:?}");
    }
}
