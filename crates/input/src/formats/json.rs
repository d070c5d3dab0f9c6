//! JSON documents: arrays, concatenated objects, and objects by key.
//!
//! The first mebibyte determines where the records are. Then the document is read as a stream. Each record
//! becomes an object on one line, so any thread can parse it like a line of JSON Lines.

mod choice;
pub(super) mod scanner;
mod signs;
mod survey;
mod value;

use std::{collections::BTreeSet, io::Read};

use leakdex::Reason;
use memchr::memchr_iter;

use crate::{
    error::InputProblem,
    heading,
    opening::{InputStart, OpenInput, RowSource},
    options::{Format, Options},
    sniff,
    split::{Cut, RowForm},
};
use choice::{Judge, key_holds_identifier, keys_identify, shown_path};
use scanner::{Form, Part, Place, Record, Scanner, Step};
use survey::{ANY, is_like_a_value, well_formed_start};
use value::{Outcome, Value};

/// Whether each line seems to be a record. Then lines can be read without the scanner.
pub(super) fn is_lines(opened: &InputStart, options: &Options) -> Result<bool, InputProblem> {
    let text = opened.sample.trim_ascii_start();
    let end = memchr::memchr(sniff::line_end(text), text);
    let Some(end) = end.or(opened.whole.then_some(text.len())) else { return Ok(false) };
    let line = text[..end].trim_ascii_end();
    let is_object = line.starts_with(b"{")
        && matches!(Value::default().scan(line), Outcome::End(length) if length == line.len());
    let is_record = || Judge::new(&well_formed_start(&opened.sample), options).choose(opened.whole);
    Ok(is_object && options.table.is_none() && is_record()? == Place::default())
}

pub(super) fn open(opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    let decision = opened.decision;
    let place = Judge::new(&well_formed_start(&opened.sample), options).choose(opened.whole)?;
    let reading_mode = reading_mode(&place);
    let source = Documents {
        scanner: Scanner::new(opened.from(0), place.clone(), options.sizes.row),
        place,
        names: None,
        options: options.clone(),
        line: Vec::new(),
        aside: BTreeSet::new(),
        values_aside: 0,
        has_people_aside: false,
        has_ended: false,
    };
    OpenInput::of_records(Format::Json, source, reading_mode, decision, options)
}

/// Describes how the document is read.
fn reading_mode(place: &Place) -> String {
    let form = match place.form {
        Form::Object => "",
        Form::List | Form::Line => ", a list for each row",
        Form::Scalar => ", a value for each row",
    };
    if place.steps.is_empty() {
        return format!("JSON{form}");
    }
    format!("JSON, records at '{}'{form}", shown_place(place))
}

fn shown_place(place: &Place) -> String {
    let key = |step: &Step| match step {
        Step::Key(key) => key.clone(),
        Step::Any => ANY.to_vec(),
    };
    let keys: Vec<Vec<u8>> = place.steps.iter().map(key).collect();
    shown_path(&keys.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// The records of documents.
struct Documents<R> {
    scanner: Scanner<R>,
    place: Place,
    /// The names of the cells of each list, as JSON. Known after the first list.
    names: Option<Vec<Vec<u8>>>,
    options: Options,
    line: Vec<u8>,
    /// The keys of values outside the records that have data about a person, for a message.
    aside: BTreeSet<String>,
    /// The number of such values since the last record or object without a record. They count as one row.
    values_aside: usize,
    /// Whether such a value may have the data of several people.
    has_people_aside: bool,
    has_ended: bool,
}

/// Whether a value outside the records may have the data of several people. A file often names its creator, who is only
/// one person.
fn may_be_many(value: &[u8]) -> bool {
    const LONGEST_OF_ONE: usize = 1024;
    value.len() > LONGEST_OF_ONE || memchr_iter(b'@', value).count() > 1
}

/// The maximum number of values outside the records that are reported.
const MAX_REPORTED: usize = 10;

impl<R: Read> Documents<R> {
    /// Adds the next part to the rows. Returns false at the end.
    fn step(&mut self, cut: &mut Cut) -> Result<bool, InputProblem> {
        let is_given = self.options.table.is_some();
        match self.scanner.next_part()? {
            None => {
                self.has_ended = true;
                return Ok(false);
            }
            Some(Part::Missing(reason)) => cut.push_missing(RowForm::Missing(reason)),
            Some(Part::Astray(keys)) => {
                let is_of_person = || {
                    keys_identify(&keys)
                        || keys.iter().any(|key| key_holds_identifier(key, &self.options))
                };
                // Values of the object may already count as a row.
                if !is_given && self.values_aside == 0 && is_of_person() {
                    cut.push_missing(RowForm::Missing(Reason::InvalidJson));
                }
                self.values_aside = 0;
            }
            Some(Part::Aside { key, text }) if !is_given => {
                let mut judge = text.map(|text| Judge::new(text, &self.options));
                let places = match &mut judge {
                    Some(judge) => judge.stray_records(&key),
                    // The value is too long to examine, and may contain records.
                    None => Some(format!("perhaps '{}'", shown_path(&[&key]))),
                };
                if let Some(places) = places {
                    let here = shown_place(&self.place);
                    return Err(InputProblem::SeveralPlaces(format!("'{here}', {places}")));
                }
                // The value may describe the person who created the file, or a member. So it is a row.
                let text = text.unwrap_or_default();
                if judge.is_some_and(|mut judge| judge.identifies(&key, text)) {
                    if self.values_aside == 0 {
                        cut.push_missing(RowForm::Missing(Reason::InvalidJson));
                    }
                    self.values_aside += 1;
                    // The file may name who created and who changed it.
                    self.has_people_aside |= self.values_aside > 2 || may_be_many(text);
                    if self.aside.len() < MAX_REPORTED {
                        self.aside.insert(format!("'{}'", shown_path(&[&key])));
                    }
                }
            }
            Some(Part::Aside { .. }) => {}
            Some(Part::Record(record)) => {
                self.values_aside = 0;
                self.line.clear();
                match record.text.first() {
                    Some(b'{') => write_object(&record, &mut self.line),
                    Some(b'[') => {
                        let cells = cells(record.text);
                        if self.names.is_none() {
                            let names =
                                self.options.header.then(|| names_in(&cells, &self.options));
                            let is_header = names.as_ref().is_some_and(Option::is_some);
                            self.names = Some(names.flatten().unwrap_or_default());
                            if is_header {
                                return Ok(true);
                            }
                        }
                        let names = self.names.as_deref().unwrap_or_default();
                        write_cells(&cells, names, &mut self.line);
                    }
                    _ if self.place.form == Form::Scalar => write_value(&record, &mut self.line),
                    // Only the key of this person is known.
                    text if record.key.is_some_and(is_like_a_value)
                        || record.key.is_some() && text == Some(&b'n') =>
                    {
                        write_value(&record, &mut self.line);
                    }
                    // A count next to the members of a map.
                    Some(byte) if *byte != b'"' && record.key.is_some_and(names_no_identifier) => {
                        return Ok(true);
                    }
                    _ => {
                        cut.push_missing(RowForm::Missing(Reason::InvalidJson));
                        return Ok(true);
                    }
                }
                // A JSON string never contains a line end.
                let blank = |byte: &mut u8| *byte = if *byte == b'\n' { b' ' } else { *byte };
                if record.has_line_end {
                    self.line.iter_mut().for_each(blank);
                }
                self.line.push(b'\n');
                cut.bytes.append(&mut self.line);
                cut.end_rows(RowForm::Rows, cut.bytes.len());
            }
        }
        Ok(true)
    }
}

impl<R: Read + Send> RowSource for Documents<R> {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        let mut cut = Cut::default();
        while !cut.fills(size) && self.step(&mut cut)? {}
        Ok(cut.non_empty())
    }

    fn is_cut_off(&self) -> bool {
        self.scanner.is_cut_off() || self.has_people_aside
    }

    fn take_notes(&mut self) -> Vec<String> {
        if !self.has_ended || self.aside.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = std::mem::take(&mut self.aside).into_iter().collect();
        let names = names.join(", ");
        vec![format!(
            "values beside the records look like those of a person and count as unreadable rows: {names}"
        )]
    }
}

/// Whether a key is not the name of an identifier, such as `phone`.
fn names_no_identifier(key: &[u8]) -> bool {
    !keys_identify(&[key.to_vec()])
}

/// The column name for the key of an object that is a record.
const KEY: &[u8] = b"key";

/// The column name for a value without a name.
const VALUE: &[u8] = b"value";

fn write_object(record: &Record<'_>, line: &mut Vec<u8>) {
    let Some(key) = record.key else { return line.extend_from_slice(record.text) };
    line.push(b'{');
    write_member(KEY, &quoted(key), line);
    let rest = &record.text[1..];
    if !rest.trim_ascii_start().starts_with(b"}") {
        line.push(b',');
    }
    line.extend_from_slice(rest);
}

fn write_value(record: &Record<'_>, line: &mut Vec<u8>) {
    line.push(b'{');
    if let Some(key) = record.key {
        write_member(KEY, &quoted(key), line);
        line.push(b',');
    }
    write_member(VALUE, record.text, line);
    line.push(b'}');
}

/// Writes cells as an object. The name of an unnamed cell is its number, from 1.
fn write_cells(cells: &[&[u8]], names: &[Vec<u8>], line: &mut Vec<u8>) {
    line.push(b'{');
    for (number, cell) in cells.iter().enumerate() {
        if number > 0 {
            line.push(b',');
        }
        match names.get(number) {
            Some(name) => write_member(name, cell, line),
            None => write_member((number + 1).to_string().as_bytes(), cell, line),
        }
    }
    line.push(b'}');
}

fn write_member(name: &[u8], value: &[u8], line: &mut Vec<u8>) {
    line.extend_from_slice(&quoted(name));
    line.push(b':');
    line.extend_from_slice(value);
}

/// The string literal with this content, which is still escaped.
fn quoted(text: &[u8]) -> Vec<u8> {
    [b"\"", text, b"\""].concat()
}

/// The items of a list.
fn cells(list: &[u8]) -> Vec<&[u8]> {
    let mut cells = Vec::new();
    let mut rest = &list[1..];
    loop {
        rest = rest.trim_ascii_start();
        match rest.first() {
            Some(b',') => rest = &rest[1..],
            _ => match Value::default().scan(rest) {
                Outcome::End(length) => {
                    cells.push(&rest[..length]);
                    rest = &rest[length..];
                }
                _ => return cells,
            },
        }
    }
}

/// The names in the first list, without quotation marks, if the list is a header.
fn names_in(cells: &[&[u8]], options: &Options) -> Option<Vec<Vec<u8>>> {
    let name = |cell: &&[u8]| Some(cell.strip_prefix(b"\"")?.strip_suffix(b"\"")?.to_vec());
    let names = cells.iter().map(name).collect::<Option<Vec<_>>>()?;
    let texts: Vec<_> =
        names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    heading::has_names(&texts, options).then_some(names)
}

#[cfg(test)]
mod tests;
