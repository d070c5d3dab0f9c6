//! What the fuzz targets, and the tests that replay their inputs, reach of the command. This is no
//! public interface: it changes without notice.

use std::fmt::Write as _;

use leakdex::{Reason, Verdict};

pub use crate::input::Format;
use crate::{
    args::FormatOut,
    findings::{Findings, Found, exposure},
    input::{Encoding, Input, Options, Row, Sizes},
    rejects::{Reject, Rejects},
};

/// How an input in memory is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Its format.
    pub format: Format,
    /// Its encoding as the command line names it; detected if not given.
    pub encoding: Option<&'a str>,
    /// The delimiter of a CSV file; detected if not given.
    pub delimiter: Option<&'a str>,
    /// The table of an SQL dump; the only one with rows if not given.
    pub table: Option<&'a str>,
    /// What columns hold, as the command line says it: `HEADER=FIELD`.
    pub columns: &'a [&'a str],
    /// Whether the first row of a CSV file is a header.
    pub header: bool,
    /// About how many bytes a block has.
    pub block_size: usize,
    /// How many bytes a row has at most.
    pub row_limit: usize,
}

/// What each row of an input gives, spelt out with its values, or the message of the error.
///
/// # Errors
///
/// What the command would tell.
///
/// # Panics
///
/// If a row is not counted exactly once, or the reading is none that the command line takes.
pub fn read(bytes: &[u8], reading: Reading<'_>) -> Result<Vec<String>, String> {
    let encoding = reading.encoding.map(|name| name.parse::<Encoding>().expect("an encoding"));
    let options = Options {
        format: Some(reading.format),
        encoding,
        delimiter: reading.delimiter.map(|text| text.parse().expect("a delimiter")),
        columns: reading.columns.iter().map(|text| text.parse().expect("a mapping")).collect(),
        header: reading.header,
        table: reading.table.map(str::to_owned),
        sizes: Sizes { block: reading.block_size, row: reading.row_limit },
        ..Options::default()
    };
    let told = |error: crate::input::InputError| error.to_string();
    let mut input = Input::of_bytes(bytes.to_vec(), &options).map_err(told)?;
    let layout = input.layout();
    let mut rows = Vec::new();
    while let Some(block) = input.next_block().map_err(told)? {
        let before = rows.len();
        let count = layout.rows(&block, |row| rows.push(spelt_out(&row)));
        assert_eq!(u64::try_from(rows.len() - before), Ok(count), "each row is counted once");
    }
    Ok(rows)
}

fn spelt_out(row: &Row<'_>) -> String {
    let mut text = format!("id={:?}", row.id);
    for reason in row.record.notes() {
        write!(text, " note={reason}").expect("to memory");
    }
    for reason in row.record.doubts() {
        write!(text, " doubt={reason}").expect("to memory");
    }
    for (number, (field, value)) in row.record.values().enumerate() {
        let column = row.column(number);
        write!(text, " {column:?}:{field}={value:?}").expect("to memory");
    }
    for class in row.record.data_classes() {
        write!(text, " class={class}").expect("to memory");
    }
    text
}

/// What the command writes to its findings of members with these references in a file of this name,
/// all with this verdict.
///
/// # Panics
///
/// If it cannot be written, though it goes to memory.
#[must_use]
pub fn findings(file: &str, members: &[&str], verdict: &Verdict<'_>, csv: bool) -> Vec<u8> {
    let format = if csv { FormatOut::Csv } else { FormatOut::Jsonl };
    let mut findings = Findings::new(Vec::new(), format, None).expect("to memory");
    for (row, member) in (0..).zip(members) {
        let (member, verdict) = ((*member).to_owned(), verdict.clone());
        let found = Found { row, member, exposure: exposure(&verdict), verdict };
        findings.write(file, row + 1, &found).expect("to memory");
    }
    findings.into_inner().expect("to memory")
}

/// What the command writes to its rejects for columns of these names, one a row, of a file of this
/// name.
///
/// # Panics
///
/// If it cannot be written, though it goes to memory.
#[must_use]
pub fn rejects(file: &str, columns: &[&str], reason: Reason) -> Vec<u8> {
    let mut rejects = Rejects::writing_to(Some(Vec::new()), None).expect("to memory");
    let of_column =
        |(row, column): (u64, &&str)| Reject { row, column: (*column).into(), field: None, reason };
    let list = (0..).zip(columns).map(of_column).collect();
    rejects.add(file, 0, list).expect("to memory");
    rejects.into_inner().expect("to memory").expect("there is an output")
}
