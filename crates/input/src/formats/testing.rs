//! Reads whole inputs for the tests of readers.

use std::path::Path;

use leakdex::Reason;

use crate::{
    Input, Options,
    grammar::{Cell, Form},
    rows::Rows,
    sniff,
    split::{Cut, RowForm},
};

/// The rows of a cut: the cells of each, or why there are none.
pub(super) fn rows_of_cut(cut: &Cut) -> Vec<Result<Vec<Result<String, Reason>>, Reason>> {
    let (mut rows, mut cells) = (Vec::new(), Vec::new());
    let (mut start, mut ends) = (0, cut.ends.iter());
    for run in &cut.runs {
        if let RowForm::Missing(reason) = run.form {
            rows.push(Err(reason));
        }
        while start < run.end {
            start = cut.cells(start, &mut ends, &mut cells);
            let text = |cell: &Cell| match cell.form {
                Form::Unusable(reason) => Err(reason),
                _ => Ok(String::from_utf8_lossy(&cut.bytes[cell.range.clone()]).into_owned()),
            };
            rows.push(Ok(cells.iter().map(text).collect()));
        }
    }
    assert_eq!((start, ends.len()), (cut.bytes.len(), 0), "the cells are in the rows");
    rows
}

/// The result of reading an input.
pub(super) struct Read {
    /// The line that describes how it is read.
    pub described: String,
    /// The rows, as [`rows_of`] spells them out.
    pub rows: Vec<String>,
    /// Notes made before and while the rows were read.
    pub notes: String,
}

/// Reads bytes as a file of this name. An error becomes its message.
pub(super) fn read(name: &str, bytes: &[u8], options: &Options) -> Result<Read, String> {
    // The name may decide the format, and `Input::of_bytes` has none.
    let by_name = || options.layout.is_none().then(|| sniff::format(Path::new(name), bytes));
    let format = options.format.or_else(by_name);
    let options = Options { format, ..options.clone() };
    let mut input = Input::of_bytes(bytes.to_vec(), &options).map_err(|error| error.to_string())?;
    let described = input.describe()[0].clone();
    let rows = rows_of(&mut input);
    let notes = [input.describe(), input.notes()].concat().join("\n");
    Ok(Read { described, rows, notes })
}

/// The rows of an input, each with its reference, reasons, values by field, and classes.
pub(crate) fn rows_of(input: &mut Input) -> Vec<String> {
    let layout = input.layout();
    let (mut rows, mut count) = (Vec::new(), 0);
    while let Some(block) = input.next_block().expect("readable") {
        count += layout.rows(&block, |share| {
            rows.extend((0..share.len()).map(|row| spelt_out(share, row)));
        });
    }
    assert_eq!(u64::try_from(rows.len()), Ok(count), "every row is counted once");
    rows
}

fn spelt_out(rows: &Rows<'_>, row: usize) -> String {
    let record = rows.columns().record(row);
    let id = (!rows.id(row).is_empty()).then(|| format!("id={}", rows.id(row)));
    let doubts = record.doubts().iter().map(|reason| format!("doubt={reason}"));
    let notes = record.notes().iter().map(|reason| format!("note={reason}"));
    let values = (0..).zip(record.values()).filter(|(column, _)| rows.has(row, *column));
    let values = values.map(|(_, (field, value))| match value {
        Ok(value) => format!("{field}={value}"),
        Err(reason) => format!("{field}!{reason}"),
    });
    let classes = record.data_classes().iter().map(|class| format!("class={class}"));
    let all = id.into_iter().chain(doubts).chain(notes).chain(values).chain(classes);
    all.collect::<Vec<_>>().join(" ")
}

/// Options that map these columns.
pub(crate) fn mapped(columns: &[&str]) -> Options {
    let columns = columns.iter().map(|text| text.parse().expect("well formed")).collect();
    Options { columns, ..Options::default() }
}
