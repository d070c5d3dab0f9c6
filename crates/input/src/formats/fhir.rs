//! Persons in FHIR (HL7, R4 and R5): patients and others, as JSON or XML. Resources may be single, in arrays,
//! in bundles, or one per line. A resource that is not a person is a record only if it has an insured number.

mod json;
mod kinds;
mod person;
mod scanner;
mod tree;
mod xml;

use std::io::BufRead;

use leakdex::Reason;

use super::xml::{self as xml_text, Xml};
use crate::{
    error::InputProblem,
    opening::{InputStart, OpenInput, RowSource},
    options::{Format, Options},
    records::Records,
    split::Cut,
    transcode::Transcoder,
};
use scanner::{FoundResource, Next, Scanner};
use tree::Tree;

pub(super) fn open(opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    let is_xml = opened.sample.trim_ascii_start().starts_with(b"<");
    if is_xml && memchr::memmem::find(&opened.sample, b"http://hl7.org/fhir").is_none() {
        return Err(xml_text::other_kind(&opened.sample));
    }
    let longest = options.sizes.row;
    let (source, decision, syntax) = if is_xml {
        let (xml, decision) = Xml::open(opened, options)?;
        (Source::Xml(Box::new(xml::Resources::new(xml, longest))), decision, "XML")
    } else {
        let decision = opened.decision;
        let by_line = has_one_per_line(&opened.sample);
        let text = Transcoder::new(opened.from(0), decision);
        let scanner = Scanner::new(by_line, longest);
        let syntax = if by_line { "JSON, one resource per line" } else { "JSON" };
        let tree = Tree::default();
        (Source::Json(Box::new(Json { text, scanner, tree })), decision.decoded(), syntax)
    };
    let resources = Resources {
        source,
        writer: Writer {
            records: Records::new(longest),
            skipped: kinds::SkippedResources::default(),
            unknown: kinds::UnknownElements::default(),
        },
        is_empty: true,
        has_ended: false,
        is_cut_off: false,
    };
    let reading_mode = format!("FHIR as {syntax}");
    OpenInput::of_records(Format::Fhir, resources, reading_mode, decision, options)
}

/// Whether the beginning of a JSON text has a resource where a record may be: the whole text, an item of an
/// array, or an entry of a bundle.
pub(super) fn is_fhir(sample: &[u8]) -> bool {
    let mut scanner = Scanner::new(false, usize::MAX);
    // The sample may end within a string, even in the first resource.
    let (_, next) = scanner.next(sample);
    let kind = match next {
        Some(Next::Resource(found)) => found.kind,
        Some(Next::Malformed | Next::Broken) => None,
        None => scanner.first_kind().map(str::to_owned),
    };
    kind.is_some_and(|kind| kinds::known(&kind).is_some()) || has_one_per_line(sample)
}

/// Whether each line is a resource. One such line among the first lines is enough.
fn has_one_per_line(sample: &[u8]) -> bool {
    const LINES: usize = 10;
    let is_resource = |line: &[u8]| {
        let is_one = line.starts_with(b"{") && line.ends_with(b"}");
        let found = is_one.then(|| Scanner::new(false, usize::MAX).next(line));
        let Some((_, Some(Next::Resource(FoundResource { kind: Some(kind), .. })))) = found else {
            return false;
        };
        kinds::known(&kind).is_some()
    };
    let lines = sample.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let mut lines = lines.filter(|line| !line.is_empty()).take(LINES).peekable();
    // An array, or an object over several lines, may also have one resource per line.
    let begins_resource = |line: &&[u8]| line.starts_with(b"{") && line.len() > 1;
    lines.peek().is_some_and(begins_resource) && lines.any(is_resource)
}

/// The resources of an input.
struct Resources {
    source: Source,
    writer: Writer,
    is_empty: bool,
    has_ended: bool,
    is_cut_off: bool,
}

enum Source {
    Json(Box<Json>),
    Xml(Box<xml::Resources>),
}

struct Json {
    text: Transcoder,
    scanner: Scanner,
    tree: Tree,
}

/// The records, the resources that are not records, and the elements that are not read.
struct Writer {
    records: Records,
    skipped: kinds::SkippedResources,
    unknown: kinds::UnknownElements,
}

impl Writer {
    /// Writes a record for each person in a resource. Returns the number of persons.
    fn write(&mut self, tree: &Tree) -> usize {
        let mut persons = 0;
        for resource in tree.resources() {
            if kinds::is_person(resource.name()) {
                persons += 1;
                resource.children().for_each(|child| self.unknown.count(child.name()));
            }
            if !person::write(resource, &mut self.records) {
                self.skipped.count(resource.name());
            }
        }
        persons
    }

    /// Adds an unreadable row for a resource that is too long.
    fn too_long(&mut self, kind: &str, persons: usize, numbers: usize) {
        let rows = persons.max(usize::from(numbers > 0));
        if rows == 0 {
            return self.skipped.count(kind);
        }
        for _ in 0..rows {
            self.records.end_unreadable(Reason::RowTooLong);
        }
    }
}

impl Json {
    /// Reads the next resource. `Some` marks the end. Its value is true if the input is cut off.
    fn step(&mut self, writer: &mut Writer) -> Result<Option<bool>, InputProblem> {
        let bytes = self.text.fill_buf()?;
        if bytes.is_empty() {
            if self.scanner.is_within() {
                writer.records.end_unreadable(Reason::InvalidJson);
            }
            return Ok(Some(!self.scanner.is_whole()));
        }
        let (taken, next) = self.scanner.next(bytes);
        self.text.consume(taken);
        match next {
            None => {}
            Some(Next::Resource(found)) => self.write(&found, writer),
            Some(Next::Malformed) => writer.records.end_unreadable(Reason::InvalidJson),
            Some(Next::Broken) => {
                return Err(InputProblem::Refused(
                    "FHIR as JSON that is not well-formed",
                    "repair it, or export the people as CSV",
                ));
            }
        }
        Ok(None)
    }

    fn write(&mut self, found: &FoundResource, writer: &mut Writer) {
        let Some(kind) = &found.kind else {
            return writer.records.end_unreadable(Reason::InvalidRecord);
        };
        if found.is_too_long {
            return writer.too_long(kind, found.persons, found.numbers);
        }
        if found.persons + found.numbers == 0 {
            return writer.skipped.count(kind);
        }
        // The entries of a List are not resources. If its type follows them, they were left out.
        if found.has_entries && kind != "Bundle" {
            return writer.records.end_unreadable(Reason::InvalidRecord);
        }
        if !json::read(&found.text, &mut self.tree) {
            return writer.records.end_unreadable(Reason::InvalidJson);
        }
        let persons = writer.write(&self.tree);
        // A person in a place without resources still counts as a row.
        for _ in persons..found.persons {
            writer.records.end_unreadable(Reason::InvalidRecord);
        }
    }
}

impl RowSource for Resources {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        while !self.has_ended && !self.writer.records.fill(size) {
            let end = match &mut self.source {
                Source::Json(json) => json.step(&mut self.writer)?,
                Source::Xml(xml) => xml.step(&mut self.writer)?,
            };
            if let Some(is_cut_off) = end {
                (self.has_ended, self.is_cut_off) = (true, is_cut_off);
            }
        }
        let cut = self.writer.records.take();
        if cut.is_none() && self.is_empty {
            return Err(InputProblem::Nobody("FHIR", self.writer.skipped.counts_for_message()));
        }
        self.is_empty = false;
        Ok(cut)
    }

    fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    fn take_notes(&mut self) -> Vec<String> {
        let encoding = match &mut self.source {
            Source::Json(json) => json.text.take_note(),
            Source::Xml(xml) => xml.take_note(),
        };
        let mut notes: Vec<String> = encoding.into_iter().collect();
        if self.has_ended {
            notes.extend(std::mem::take(&mut self.writer.skipped).note());
            notes.extend(std::mem::take(&mut self.writer.unknown).note());
        }
        notes
    }
}
