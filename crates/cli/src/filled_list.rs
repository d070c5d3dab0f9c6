//! Reads a filled-in work list, as it was written or as a spreadsheet program saved it.

mod faults;

use std::path::Path;

use anyhow::Context as _;
use leakdex_input::{Input, InputProblem, Options, Rows};
use leakdex_report::{
    Basis, CodeFault, Decision, DecisionReason, Language, WorklistColumn, exact, worklist_headers,
};

use crate::{args::is_same_header, row_numbers::RowNumbers};

pub use faults::Faults;

/// A row of a work list.
///
/// It has no `Debug`, since it holds a reference.
pub struct FilledRow {
    /// The row number in a spreadsheet.
    pub row: u64,
    pub reference: String,
    pub breach: String,
    pub basis: Basis,
    /// The filled cells. `None` if all three are empty.
    pub decision: Option<Decision>,
    pub reason: Option<DecisionReason>,
    pub by: Option<String>,
    /// Whether the row itself names the person who decided.
    pub is_named: bool,
}

/// Reads a work list and records the faults of its rows. `by` is the name for rows without one. A row with
/// faults is returned if its check code fits, since it may also contradict another row.
pub fn read(path: &Path, by: Option<&str>, faults: &mut Faults) -> anyhow::Result<Vec<FilledRow>> {
    let list = faults.begin(path);
    let name = path.display();
    let mut input = match Input::open(path, &options()) {
        Err(error) if matches!(error.problem, InputProblem::HeaderOnly | InputProblem::NoRows) => {
            return Ok(Vec::new());
        }
        opened => opened.with_context(|| format!("the work list {name}"))?,
    };
    let layout = input.layout();
    let mut rows = Vec::new();
    let (mut rows_before, mut others_before) = (0, input.rows_above());
    let (mut has_columns, mut language) = (true, Language::De);
    while let Some(block) = input.next_block()? {
        let gaps = layout.gaps(&block);
        let numbers = RowNumbers { rows_before, others_before, gaps: &gaps };
        let mut in_block = 0;
        layout.rows(&block, |share| {
            let places = WorklistColumn::ALL.map(|column| place_of(share, column));
            has_columns &= places.iter().all(Option::is_some);
            language = language_of(share, &places);
            for number in (0..share.len()).take_while(|_| has_columns) {
                let row = numbers.of(in_block).shown;
                in_block += 1;
                let mut wrong = |column: WorklistColumn, why: &str| {
                    let header = worklist_headers(column)[language as usize];
                    faults.add(list, row, format!("{header} {why}"));
                    if why == faults::UNKNOWN {
                        faults.unknown_words.insert(language);
                    }
                };
                match cells(share, &places, number) {
                    Some(cells) => rows.extend(filled_row((row, language), cells, by, &mut wrong)),
                    None => faults.add(list, row, "it cannot be read".to_owned()),
                }
            }
        });
        rows_before += in_block;
        others_before += gaps.total();
        anyhow::ensure!(
            has_columns,
            "{name}: this is not a work list: one of the columns {} is missing; give a file of 'leakdex check \
             --worklist' with its original header",
            WorklistColumn::ALL
                .map(|column| format!("'{}'", worklist_headers(column)[language as usize]))
                .join(", ")
        );
    }
    Ok(rows)
}

/// Reads the columns of a work list in any language.
fn options() -> Options {
    let headers = WorklistColumn::ALL.iter().flat_map(|column| worklist_headers(*column));
    Options::of_texts(headers.map(str::to_owned).collect())
}

fn place_of(rows: &Rows<'_>, column: WorklistColumn) -> Option<usize> {
    let names = worklist_headers(column);
    (0..rows.columns().columns().len()).find(|&place| {
        let header = rows.header(place).as_written();
        names.iter().any(|name| is_same_header(name, header))
    })
}

/// Detects the language of a work list by its first header.
fn language_of(rows: &Rows<'_>, places: &[Option<usize>; 6]) -> Language {
    let mut headers = WorklistColumn::ALL.into_iter().zip(places);
    let first = headers.find_map(|(column, place)| Some((column, (*place)?)));
    let is_english = first.is_some_and(|(column, place)| {
        let [_, english] = worklist_headers(column);
        is_same_header(english, rows.header(place).as_written())
    });
    if is_english { Language::En } else { Language::De }
}

/// The cells of a row, in the order of the columns; `None` if one cannot be read.
fn cells(rows: &Rows<'_>, places: &[Option<usize>; 6], row: usize) -> Option<[String; 6]> {
    let mut cells: [String; 6] = Default::default();
    for (cell, place) in cells.iter_mut().zip(places) {
        let column = place.and_then(|place| rows.columns().columns().get(place));
        let text = column.map_or(Ok(""), |column| column.text(row));
        text.ok()?.trim().clone_into(cell);
    }
    Some(cells)
}

/// The row with this number and these cells; `None` if all are empty, or if the check code does not fit.
/// Records each fault with its column, in the words of the list. No fault shows a cell, since the values of a
/// person may have slipped into another column.
fn filled_row(
    (row, language): (u64, Language),
    cells: [String; 6],
    default_by: Option<&str>,
    wrong: &mut dyn FnMut(WorklistColumn, &str),
) -> Option<FilledRow> {
    use WorklistColumn as Column;
    if cells.iter().all(String::is_empty) {
        return None;
    }
    let [reference, breach, decision_cell, reason_cell, by_cell, code] = cells;
    let subject = identified(&reference, &breach, &code);
    if let Err(fault) = &subject {
        wrong(Column::Code, &format!("does not fit: {fault}"));
    }
    let decision = Decision::of_words(&decision_cell);
    let reason = DecisionReason::of_words(&reason_cell);
    if is_filled(&decision_cell) && decision.is_none() {
        wrong(Column::Decision, faults::UNKNOWN);
    }
    if is_filled(&reason_cell) && reason.is_none() {
        wrong(Column::Reason, faults::UNKNOWN);
    }
    match (is_filled(&decision_cell), is_filled(&reason_cell)) {
        (false, true) => wrong(Column::Decision, "is empty, but there is a reason"),
        (true, false) => wrong(Column::Reason, "is empty, but there is a decision"),
        _ => {}
    }
    if let (Some(decision), Some(reason)) = (decision, reason)
        && !reason.fits(decision)
    {
        let [reason, decision] = [reason.words(language), decision.words(language)];
        let why = format!("'{reason}' does not go with '{decision}'");
        wrong(Column::Reason, &why);
    }
    let by = [exact(&by_cell), default_by.unwrap_or_default()].into_iter().find(|by| is_filled(by));
    if is_filled(&decision_cell) && by.is_none() {
        wrong(Column::By, faults::NO_NAME);
    }
    let by = by.map(str::to_owned);
    let is_named = is_filled(&by_cell);
    let (reference, breach, basis) = subject.ok()?;
    Some(FilledRow { row, reference, breach, basis, decision, reason, by, is_named })
}

fn is_filled(cell: &str) -> bool {
    !cell.trim().is_empty()
}

/// A reference and a breach as they were before they were written to a cell. A text file escapes formulas
/// with an apostrophe, and a workbook does not. The check code shows which form it is.
fn identified(
    reference: &str,
    breach: &str,
    code: &str,
) -> Result<(String, String, Basis), CodeFault> {
    let mut fault = CodeFault::Malformed;
    for reference in [reference, exact(reference)] {
        for breach in [breach, exact(breach)] {
            match Basis::of_code(code, reference, breach) {
                Ok(basis) => return Ok((reference.to_owned(), breach.to_owned(), basis)),
                Err(other) => fault = other,
            }
        }
    }
    Err(fault)
}
