//! Reads findings in the form that people open: workbooks and CSV for Excel, in the words of any language.

use std::path::Path;

use leakdex::Strength;
use leakdex_input::{Input, InputProblem, Options, Rows};
use leakdex_report::{Decision, Language, exact, outcome_name, strength_label};

use super::file::{Line, informed_breaches, no_finding, no_findings, of_verdict};
use crate::args::is_same_header;

/// The columns with the members who were found, and with their breaches.
const COLUMNS: [&str; 6] =
    ["member", "verdict", "strength", "breaches", "breach_strengths", "decision"];

/// The verdicts, each with the outcomes that tables for people show in its place.
const VERDICTS: [(&str, &[&str]); 3] = [
    ("affected", &["confirmed", "to-decide", "dismissed"]),
    ("not_affected", &["not-affected", "partially-checked"]),
    ("indeterminate", &["open"]),
];

/// Whether a file begins like such findings. Findings for programs begin differently.
pub fn is_sheet(beginning: &[u8]) -> bool {
    let text = beginning.strip_prefix("\u{feff}".as_bytes()).unwrap_or(beginning);
    let header = |language: Language| format!("{};", language.of_table("file"));
    beginning.starts_with(b"PK")
        || Language::ALL.iter().any(|language| text.starts_with(header(*language).as_bytes()))
}

/// Reads the rows of such findings.
pub fn read(path: &Path, is_workbook: bool, mut take: impl FnMut(Line)) -> anyhow::Result<()> {
    let mut input = match Input::open(path, &options()) {
        Err(error) if matches!(error.problem, InputProblem::HeaderOnly) => return Ok(()),
        Err(error) if matches!(error.problem, InputProblem::SeveralSheets(_)) => anyhow::bail!(
            "these findings continue on a second sheet; give those of the same run as CSV (--format-out csv)"
        ),
        opened => opened?,
    };
    let layout = input.layout();
    let mut row = input.rows_above();
    while let Some(block) = input.next_block()? {
        let mut wrong = None;
        layout.rows(&block, |rows| {
            let places = COLUMNS.map(|slug| place_of(rows, slug));
            for number in 0..rows.len() {
                row += 1;
                match line(rows, places, number, is_workbook) {
                    Some(line) => take(line),
                    None => wrong = wrong.or(Some(row)),
                }
            }
            if places[..4].contains(&None) {
                wrong = Some(0);
            }
        });
        match wrong {
            Some(0) => return Err(no_findings()),
            Some(row) => return Err(no_finding("row", row)),
            None => {}
        }
    }
    Ok(())
}

/// Selects the columns by name, and reads their cells as text.
fn options() -> Options {
    let named = |slug: &&str| Language::ALL.map(|language| language.of_table(slug).into_owned());
    Options::of_texts(COLUMNS.iter().flat_map(named).collect())
}

fn place_of(rows: &Rows<'_>, slug: &str) -> Option<usize> {
    (0..rows.columns().columns().len()).find(|&place| {
        let header = rows.header(place).as_written();
        Language::ALL.iter().any(|language| is_same_header(&language.of_table(slug), header))
    })
}

fn line(
    rows: &Rows<'_>,
    places: [Option<usize>; COLUMNS.len()],
    row: usize,
    is_workbook: bool,
) -> Option<Line> {
    let mut cells = places.map(|place| {
        let cell = rows.columns().columns().get(place?)?.text(row).ok()?;
        // A text file escapes formulas with an apostrophe; a workbook does not.
        Some(if is_workbook { cell } else { exact(cell) })
    });
    let [member, verdict, strength, breaches] = [0, 1, 2, 3].map(|number| cells[number].take());
    let (strength, breaches) = (strength.unwrap_or_default(), breaches.unwrap_or_default());
    let list = |cell: &str| -> Vec<String> {
        cell.split("; ").filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let of_breaches = cells[4].map(|cell| {
        list(cell).iter().map(|word| slug_of_strength(word).to_owned()).collect::<Vec<_>>()
    });
    let of_breaches = of_breaches.filter(|strengths| !strengths.is_empty());
    let decisions = cells[5].map(|cell| {
        list(cell).iter().map(|word| slug_of_decision(word).to_owned()).collect::<Vec<_>>()
    });
    let verdict = slug_of_verdict(verdict?)?;
    let breaches = of_verdict(verdict, slug_of_strength(strength), list(breaches), of_breaches)?;
    let breaches =
        informed_breaches(breaches, decisions.filter(|decisions| !decisions.is_empty()))?;
    Some(Line { member: member.unwrap_or_default().to_owned(), breaches })
}

/// The slug of a verdict, from its words in any language.
fn slug_of_verdict(word: &str) -> Option<&'static str> {
    let has_word = |slug: &str, outcomes: &[&str]| {
        Language::ALL.iter().any(|language| {
            let names = || outcomes.iter().map(|outcome| outcome_name(outcome, *language));
            language.of_table(slug) == word || names().any(|name| name == word)
        })
    };
    VERDICTS.iter().find(|(slug, outcomes)| has_word(slug, outcomes)).map(|(slug, _)| *slug)
}

/// The slug of a decision, from its words in any language. Empty if nobody decided, or if the decision does not
/// hold.
fn slug_of_decision(word: &str) -> &'static str {
    Decision::of_words(word).map_or("", Decision::slug)
}

/// The slug of a strength, from its words in any language. Empty if there is no such strength. A match that a
/// person confirmed counts as certain.
fn slug_of_strength(word: &str) -> &'static str {
    let is_it = |slug: &str| Language::ALL.iter().any(|language| language.strength(slug) == word);
    let confirmed = strength_label(Strength::Candidate, Some(Decision::Affected));
    if is_it(confirmed) {
        return Strength::Certain.slug();
    }
    let mut strengths = Strength::ALL.iter().map(|strength| strength.slug());
    strengths.find(|slug| is_it(slug)).unwrap_or_default()
}
