//! Reads a work list that people have filled in: as it was written, or as a spreadsheet saved it again.

use std::path::Path;

use anyhow::Context as _;
use leakdex::Field;
use leakdex_input::{Input, InputProblem, Mapping, Options, Rows, Target};
use leakdex_report::{
    Basis, CodeFault, Decision, DecisionReason, WorklistColumn, exact, worklist_headers,
};

use crate::{args::is_same_header, row_numbers::RowNumbers};

/// A row of a work list.
///
/// It has no `Debug`, since it holds a reference.
pub struct FilledRow {
    /// The row, as a spreadsheet numbers it.
    pub row: u64,
    pub reference: String,
    pub breach: String,
    pub basis: Basis,
    /// The filled cells; nothing where all three are empty.
    pub decision: Option<Decision>,
    pub reason: Option<DecisionReason>,
    pub by: Option<String>,
}

/// An error names so many wrong rows.
const MOST_TOLD: usize = 10;

/// Reads a work list, and refuses it as a whole if a row of it is wrong.
pub fn read(path: &Path) -> anyhow::Result<Vec<FilledRow>> {
    let name = path.display();
    let mut input = match Input::open(path, &options()) {
        Err(error) if matches!(error.problem, InputProblem::HeaderOnly | InputProblem::NoRows) => {
            return Ok(Vec::new());
        }
        opened => opened.with_context(|| format!("the work list {name}"))?,
    };
    let layout = input.layout();
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    let (mut rows_before, mut others_before) = (0, input.rows_above());
    let mut has_columns = true;
    while let Some(block) = input.next_block()? {
        let gaps = layout.gaps(&block);
        let numbers = RowNumbers { rows_before, others_before, gaps: &gaps };
        let mut in_block = 0;
        layout.rows(&block, |share| {
            let places = WorklistColumn::ALL.map(|column| place_of(share, column));
            has_columns &= places.iter().all(Option::is_some);
            for number in (0..share.len()).take_while(|_| has_columns) {
                let row = numbers.of(in_block).shown;
                in_block += 1;
                match cells(share, &places, number).and_then(|cells| filled(row, cells)) {
                    Ok(filled) => rows.extend(filled),
                    Err(why) => wrong.push(format!("row {row}: {why}")),
                }
            }
        });
        rows_before += in_block;
        others_before += gaps.total();
        anyhow::ensure!(
            has_columns,
            "{name}: this is no work list: one of the columns {} is missing; give a file of 'leakdex check \
             --worklist' with its original header",
            WorklistColumn::ALL
                .map(|column| format!("'{}'", worklist_headers(column)[0]))
                .join(", ")
        );
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(MOST_TOLD);
        wrong.truncate(MOST_TOLD);
        let more = if more > 0 { format!("; and {more} more rows") } else { String::new() };
        anyhow::bail!(
            "{name}: nothing was taken, since {}{more}; correct the rows and run this again",
            wrong.join("; ")
        );
    }
    Ok(rows)
}

/// Reads the columns of a work list in any language.
fn options() -> Options {
    let headers = WorklistColumn::ALL.iter().flat_map(|column| worklist_headers(*column));
    let headers: Vec<String> = headers.map(str::to_owned).collect();
    // A cell of any field is a text until somebody normalises it.
    let target = Target::Field(Field::Username);
    let mapping = |header: &String| Mapping { header: header.clone(), target: target.clone() };
    Options {
        columns: headers.iter().map(mapping).collect(),
        optional: headers,
        only_mapped: true,
        data_classes: false,
        ..Options::default()
    }
}

fn place_of(rows: &Rows<'_>, column: WorklistColumn) -> Option<usize> {
    let names = worklist_headers(column);
    (0..rows.columns().columns().len()).find(|&place| {
        let header = rows.header(place).as_written();
        names.iter().any(|name| is_same_header(name, header))
    })
}

/// The cells of a row, in the order of the columns.
fn cells(rows: &Rows<'_>, places: &[Option<usize>; 6], row: usize) -> Result<[String; 6], String> {
    let mut cells: [String; 6] = Default::default();
    for (cell, place) in cells.iter_mut().zip(places) {
        let column = place.and_then(|place| rows.columns().columns().get(place));
        let text = column.map_or(Ok(""), |column| column.text(row));
        text.map_err(|_| "it cannot be read".to_owned())?.trim().clone_into(cell);
    }
    Ok(cells)
}

/// The row with these cells; nothing if all are empty.
fn filled(row: u64, cells: [String; 6]) -> Result<Option<FilledRow>, String> {
    if cells.iter().all(String::is_empty) {
        return Ok(None);
    }
    let [reference, breach, decision, reason, by, code] = cells;
    let (reference, breach, basis) = identified(&reference, &breach, &code)?;
    let decided = is_filled(&decision)
        .then(|| Decision::of_words(&decision).ok_or_else(|| unknown(&Decision::ALL.map(words))))
        .transpose()?;
    let reasoned = is_filled(&reason)
        .then(|| {
            let known = || unknown(&DecisionReason::ALL.map(words_of_reason));
            DecisionReason::of_words(&reason).ok_or_else(known)
        })
        .transpose()?;
    let by = Some(exact(&by).to_owned()).filter(|by| is_filled(by));
    match (decided, reasoned) {
        (None, Some(_)) => return Err("there is a reason but no decision".to_owned()),
        (Some(_), None) => return Err("there is a decision but no reason".to_owned()),
        (Some(decision), Some(reason)) if !reason.fits(decision) => {
            return Err(format!(
                "the reason '{reason}' does not go with the decision '{decision}'"
            ));
        }
        _ => {}
    }
    Ok(Some(FilledRow { row, reference, breach, basis, decision: decided, reason: reasoned, by }))
}

fn is_filled(cell: &str) -> bool {
    !cell.trim().is_empty()
}

/// A reference and a breach as they were before they were written to a cell. A text file has an apostrophe before
/// what a spreadsheet would take for a formula, and a workbook has none. The code tells which it is.
fn identified(
    reference: &str,
    breach: &str,
    code: &str,
) -> Result<(String, String, Basis), String> {
    let mut fault = CodeFault::Malformed;
    for reference in [reference, exact(reference)] {
        for breach in [breach, exact(breach)] {
            match Basis::of_code(code, reference, breach) {
                Ok(basis) => return Ok((reference.to_owned(), breach.to_owned(), basis)),
                Err(own) => fault = own,
            }
        }
    }
    Err(fault.to_string())
}

fn unknown<const N: usize>(known: &[String; N]) -> String {
    format!("a word is none of: {}", known.join(", "))
}

fn words(decision: Decision) -> String {
    let [german, english] = leakdex_report::Language::ALL.map(|language| decision.words(language));
    format!("{german} ({english})")
}

fn words_of_reason(reason: DecisionReason) -> String {
    let [german, english] = leakdex_report::Language::ALL.map(|language| reason.words(language));
    format!("{german} ({english})")
}
