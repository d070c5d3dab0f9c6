//! Tables and charts: counts of persons and of records, by something.

use std::{cmp::Reverse, collections::BTreeMap};

use serde::Serialize;

use super::{
    model::{NotChecked, Report},
    words,
};
use crate::language::Language;

/// A chart shows no more rows than this, so that it fits on a page; the table has all.
const MOST_BARS: usize = 12;

/// A label in a chart has no more characters than this, so that it fits on a phone.
const LONGEST_LABEL: usize = 45;

/// How much of the width the longest bar takes, in percent; its number needs the rest.
const LONGEST_BAR: f64 = 70.0;

/// A bar of something is not narrower than this, in percent, so that it can be seen.
const SHORTEST_BAR: f64 = 0.7;

/// The counts by one thing, as by data class.
#[derive(Debug, Serialize)]
pub struct Breakdown {
    /// The thing; the words of the language have more about it.
    pub id: &'static str,
    pub rows: Vec<Row>,
    pub bars: Vec<Bar>,
    /// How many rows the chart leaves out.
    pub left_out: usize,
}

/// A row of a table.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub label: String,
    pub persons: u64,
    pub records: Option<u64>,
}

/// The bars of a row, and how long they are, in percent of the width.
#[derive(Debug, Serialize)]
pub struct Bar {
    label: String,
    persons: u64,
    persons_width: String,
    records: Option<u64>,
    records_width: String,
}

/// A part of the bar that shows what came of all persons.
#[derive(Debug, Serialize)]
pub struct Segment {
    pub id: &'static str,
    pub persons: u64,
    /// Where it begins and how wide it is, in percent.
    start: String,
    width: String,
}

/// The affected persons and their records by each thing that they are counted by.
pub fn breakdowns(report: &Report, language: Language) -> Vec<Breakdown> {
    let (persons, records) = (&report.persons.counts.by, &report.records.by);
    let mut by_institution =
        sorted(&persons.by_institution, Some(&records.by_institution), |code| format!("IK {code}"));
    if !by_institution.is_empty() && report.persons.counts.without_institution > 0 {
        let label = words::words(language)["breakdowns"]["institution"]["without"].as_str();
        by_institution.push(Row {
            label: label.unwrap_or_default().to_owned(),
            persons: report.persons.counts.without_institution,
            records: Some(report.records.without_institution),
        });
    }
    let of_strength = |strength: &str| {
        let label = language.strength(strength).into_owned();
        // A row counts by its best strength, so there may be none of this one.
        let records = Some(records.by_strength.get(strength).copied().unwrap_or(0));
        Some(Row { label, persons: *persons.by_strength.get(strength)?, records })
    };
    let strengths = leakdex::Strength::ALL.iter().rev();
    let by_strength = strengths.filter_map(|strength| of_strength(strength.slug())).collect();
    let class = |slug: &str| language.data_class(slug).into_owned();
    let kind = |slug: &str| language.kind(slug).into_owned();
    let breach = |name: &str| title_of(report, name);
    let by_data_class = sorted(&persons.by_data_class, Some(&records.by_data_class), class);
    let by_kind = sorted(&persons.by_kind, Some(&records.by_kind), kind);
    let by_breach = sorted(&persons.by_breach, Some(&records.by_breach), breach);
    vec![
        Breakdown::new("data-class", by_data_class),
        Breakdown::new("strength", by_strength),
        Breakdown::new("kind", by_kind),
        Breakdown::new("breach", by_breach),
        Breakdown::new("institution", by_institution),
    ]
}

/// The persons who were not checked, or in part only, by each reason.
pub fn gaps(report: &Report, cause: impl Fn(&str) -> String) -> Vec<Breakdown> {
    let NotChecked { indeterminate_by_reason, partially_checked_by_reason, .. } =
        &report.not_checked;
    vec![
        Breakdown::new("indeterminate", sorted(indeterminate_by_reason, None, &cause)),
        Breakdown::new("partially-checked", sorted(partially_checked_by_reason, None, &cause)),
    ]
}

/// All persons by their verdicts, as parts of one bar.
pub fn overview(report: &Report) -> Vec<Segment> {
    let persons = &report.persons.counts;
    let mut start = 0;
    [
        ("affected", persons.confirmed + persons.to_decide),
        ("partially-checked", persons.partially_checked),
        ("indeterminate", persons.open),
        ("not-affected", persons.not_affected - persons.partially_checked + persons.dismissed),
    ]
    .into_iter()
    .map(|(id, count)| {
        let from = percent(start, persons.checked, 100.0);
        start += count;
        let width = format!("{:.3}", percent(start, persons.checked, 100.0) - from);
        Segment { id, persons: count, start: format!("{from:.3}"), width }
    })
    .collect()
}

impl Breakdown {
    fn new(id: &'static str, rows: Vec<Row>) -> Self {
        let shown = &rows[..rows.len().min(MOST_BARS)];
        let longest = shown.iter().map(|row| row.persons.max(row.records.unwrap_or(0))).max();
        let width = |count: u64| format!("{:.2}", bar(count, longest.unwrap_or(0)));
        let bars = shown.iter().map(|row| Bar {
            label: shortened(&row.label),
            persons: row.persons,
            persons_width: width(row.persons),
            records: row.records,
            records_width: row.records.map(width).unwrap_or_default(),
        });
        Self { id, bars: bars.collect(), left_out: rows.len() - shown.len(), rows }
    }
}

/// The rows of these counts, the most persons first.
fn sorted(
    persons: &BTreeMap<String, u64>,
    records: Option<&BTreeMap<String, u64>>,
    label: impl Fn(&str) -> String,
) -> Vec<Row> {
    let row = |(slug, &persons): (&String, &u64)| {
        let records = records.map(|records| records.get(slug).copied().unwrap_or_default());
        Row { label: label(slug), persons, records }
    };
    let mut rows: Vec<Row> = persons.iter().map(row).collect();
    rows.sort_by(|one, other| {
        (Reverse(one.persons), &one.label).cmp(&(Reverse(other.persons), &other.label))
    });
    rows
}

fn bar(count: u64, longest: u64) -> f64 {
    let width = percent(count, longest, LONGEST_BAR);
    if count > 0 { width.max(SHORTEST_BAR) } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "a bar's length need not be exact")]
fn percent(part: u64, whole: u64, all: f64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 * all }
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LONGEST_LABEL {
        return label.to_owned();
    }
    let mut short: String = label.chars().take(LONGEST_LABEL - 1).collect();
    short.push('…');
    short
}

/// The name that people know a breach by.
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
        Row { label: format!("{count:02}"), persons, records: None }
    }

    #[test]
    fn a_chart_leaves_out_what_does_not_fit_on_a_page_and_says_so() {
        let breakdown =
            Breakdown::new("kind", (0..15).map(|count| of(count, 15 - count)).collect());
        assert_eq!((breakdown.rows.len(), breakdown.bars.len(), breakdown.left_out), (15, 12, 3));
    }

    #[test]
    fn bars_are_as_long_as_their_numbers_and_what_is_not_nothing_is_seen() {
        let rows = vec![of(0, 1_000_000), of(1, 500_000), of(2, 1), of(3, 0)];
        let widths: Vec<String> =
            Breakdown::new("kind", rows).bars.into_iter().map(|bar| bar.persons_width).collect();
        assert_eq!(widths, ["70.00", "35.00", "0.70", "0.00"]);
    }

    #[test]
    fn long_labels_are_cut_in_charts_only() {
        let long = "ä".repeat(100);
        let row = Row { label: long.clone(), persons: 1, records: Some(2) };
        let breakdown = Breakdown::new("breach", vec![row]);
        assert_eq!(breakdown.rows[0].label, long);
        assert_eq!(breakdown.bars[0].label, "ä".repeat(44) + "…");
    }
}
