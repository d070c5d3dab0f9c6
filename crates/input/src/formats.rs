//! The input formats. Each has a reader that yields columns and rows.

#[cfg(feature = "arrow")]
pub(crate) mod batches;
#[cfg(feature = "parquet")]
mod chunks;
mod csv;
mod fhir;
mod fixed;
#[cfg(feature = "parquet")]
mod ipc;
mod json;
mod jsonl;
mod ldif;
#[cfg(feature = "parquet")]
mod parquet;
mod sql;
mod sqlite;
#[cfg(test)]
pub(crate) mod testing;
mod vcard;
mod vsd;
mod workbook;
mod xdt;
mod xml;

use std::{
    io::{Cursor, Read},
    path::Path,
};

use crate::{
    charset::Charset,
    error::InputProblem,
    opening::{InputStart, OpenInput, read_sample},
    options::{Format, Options},
    signatures, sniff,
};

/// Opens an input: detects the format, unless the options give it, and reads the beginning. `is_plain` means
/// that the bytes are those of the file at `path`.
pub(crate) fn open(
    mut reader: Box<dyn Read + Send>,
    path: &Path,
    is_plain: bool,
    options: &Options,
) -> Result<OpenInput, InputProblem> {
    let (sample, whole) = read_sample(&mut reader)?;
    sniff::refuse_lock(path, &sample)?;
    if let Some(format) = sniff::binary_format(path, &sample, options.format) {
        let source = Cursor::new(sample).chain(reader);
        return match format {
            Format::Sqlite => sqlite::open(source, is_plain.then_some(path), options),
            #[cfg(feature = "parquet")]
            Format::Parquet => parquet::open(source, is_plain.then_some(path), options),
            #[cfg(feature = "parquet")]
            Format::Arrow => ipc::open(source, is_plain.then_some(path), options),
            #[cfg(not(feature = "parquet"))]
            Format::Parquet | Format::Arrow => Err(InputProblem::Refused(
                "a Parquet or Arrow file, which this program was built without",
                "export it as CSV",
            )),
            _ => workbook::open(source, format, options),
        };
    }
    if whole && matches!(options.format, None | Some(Format::Vsd)) {
        match vsd::Card::of(&sample) {
            Some(vsd::Card::Person(document)) => return vsd::open_card(document, options),
            Some(vsd::Card::Insurance) => {
                return Err(InputProblem::Refused(
                    "a file of a health card that holds no person, EF.VD",
                    "give its file EF.PD",
                ));
            }
            None => {}
        }
    }
    let opened = InputStart::new(sample, whole, reader, options)?;
    if options.format.is_none() && options.layout.is_none() {
        signatures::refuse_other_text(&opened.sample)?;
    }
    let format = options.format.unwrap_or_else(|| match options.layout {
        Some(_) => Format::Fixed,
        None => match sniff::format(path, &opened.sample) {
            Format::Json | Format::Jsonl if fhir::is_fhir(&opened.sample) => Format::Fhir,
            format => format,
        },
    });
    if opened.decision.charset == Charset::DIN_66003 && format.has_brackets() {
        return Err(InputProblem::NeedsBrackets(format));
    }
    match format {
        Format::Json if options.format.is_none() && json::is_lines(&opened, options)? => {
            jsonl::open(opened, options)
        }
        Format::Csv => csv::open(opened, options),
        Format::Jsonl => jsonl::open(opened, options),
        Format::Fixed => fixed::open(opened, options),
        Format::Json => json::open(opened, options),
        Format::Fhir => fhir::open(opened, options),
        Format::Vsd => vsd::open(opened, options),
        Format::Xdt => xdt::open(opened, options),
        Format::Vcard => vcard::open(opened, options),
        Format::Ldif => ldif::open(opened, options),
        Format::Sql => sql::open(opened, options),
        Format::Batches => {
            Err(InputProblem::Refused("a file, not record batches", "give the format of the file"))
        }
        Format::Sqlite
        | Format::Xlsx
        | Format::Xlsb
        | Format::Xls
        | Format::Ods
        | Format::Parquet
        | Format::Arrow => {
            unreachable!("the first bytes show these formats")
        }
    }
}

/// The number of rows in a Parquet file. `None` if the file is not a Parquet file, or if its footer and row
/// groups disagree. Reading the file then returns the error.
#[must_use]
pub fn parquet_rows(path: &Path) -> Option<u64> {
    #[cfg(feature = "parquet")]
    return parquet::row_count(path);
    #[cfg(not(feature = "parquet"))]
    {
        let _ = path;
        None
    }
}

/// Whether this thread is running a decoder whose panics become errors. Damaged data makes some decoders
/// panic.
#[must_use]
pub fn is_guarded() -> bool {
    #[cfg(feature = "parquet")]
    return chunks::is_guarded();
    #[cfg(not(feature = "parquet"))]
    false
}

/// A number as text, with an exponent if digits may be lost. Spreadsheets and databases keep fifteen digits.
fn decimal(number: f64) -> String {
    if number.abs() < 1e15 { number.to_string() } else { format!("{number:E}") }
}
