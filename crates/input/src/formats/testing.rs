//! Reads whole inputs for the tests of readers.

use std::{fmt::Write as _, path::Path};

use leakdex::Reason;

use crate::{
    Input, Options,
    grammar::{Cell, Form},
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
    /// The rows, each with its reference, reasons, values by field, and classes.
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
    let layout = input.layout();
    let mut rows = Vec::new();
    while let Some(block) = input.next_block().map_err(|error| error.to_string())? {
        layout.rows(&block, |share| {
            for row in 0..share.len() {
                let record = share.columns().record(row);
                let mut text = String::new();
                if !share.id(row).is_empty() {
                    write!(text, " id={}", share.id(row)).expect("to memory");
                }
                for reason in record.doubts() {
                    write!(text, " doubt={reason}").expect("to memory");
                }
                for reason in record.notes() {
                    write!(text, " note={reason}").expect("to memory");
                }
                for (number, (field, value)) in record.values().enumerate() {
                    match value {
                        Ok(value) if share.has(row, number) => {
                            write!(text, " {field}={value}").expect("to memory");
                        }
                        Ok(_) => {}
                        Err(reason) => write!(text, " {field}!{reason}").expect("to memory"),
                    }
                }
                for class in record.data_classes() {
                    write!(text, " class={class}").expect("to memory");
                }
                rows.push(text.trim_start().to_owned());
            }
        });
    }
    let notes = [input.describe(), input.notes()].concat().join("\n");
    Ok(Read { described, rows, notes })
}
