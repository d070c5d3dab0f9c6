//! The parts of a workbook: files in a ZIP archive, most of them XML.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    io::{self, BufReader, Cursor, Read},
};

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesStart, Event},
};
use zip::{ZipArchive, read::ZipFile};

use super::ReadContext;
use crate::error::InputProblem;

/// The parts of a workbook, with a limit on their decompressed size.
pub(super) struct Package {
    archive: ZipArchive<Cursor<Vec<u8>>>,
    /// The index of each part, by its name in lower case.
    places: HashMap<String, usize>,
    pub reading: ReadContext,
    left: u64,
}

impl Package {
    pub fn new(file: Vec<u8>, reading: ReadContext) -> Result<Self, InputProblem> {
        let archive = ZipArchive::new(Cursor::new(file))
            .map_err(|_: zip::result::ZipError| reading.unreadable())?;
        let mut places = HashMap::new();
        for place in 0..archive.len() {
            if let Some(Ok(name)) = archive.name_for_index(place) {
                places.insert(normalised_name(&name), place);
            }
        }
        Ok(Self { archive, places, reading, left: reading.limits.content })
    }

    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(&normalised_name(name))
    }

    pub fn has_folder(&self, name: &str) -> bool {
        self.places.keys().any(|part| part.starts_with(name))
    }

    /// The content of a part, if it exists.
    pub fn part(&mut self, name: &str) -> Result<Option<Part<'_>>, InputProblem> {
        let Some(&place) = self.places.get(&normalised_name(name)) else { return Ok(None) };
        let reading = self.reading;
        let source = self.archive.by_index(place).map_err(|_| reading.unreadable())?;
        Ok(Some(BufReader::with_capacity(
            1 << 16,
            LimitedPart { source, left: &mut self.left, reading },
        )))
    }

    /// A part as XML, if it exists.
    pub fn xml(&mut self, name: &str) -> Result<Option<Xml<Part<'_>>>, InputProblem> {
        let reading = self.reading;
        Ok(self.part(name)?.map(|part| Xml::new(part, reading)))
    }

    /// The beginning of a text part, if it exists.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, InputProblem> {
        const MAX_LENGTH: u64 = 1 << 20;
        let reading = self.reading;
        let Some(part) = self.part(name)? else { return Ok(None) };
        let mut text = Vec::new();
        part.take(MAX_LENGTH).read_to_end(&mut text).map_err(|error| reading.fault(&error))?;
        Ok(Some(String::from_utf8_lossy(&text).into_owned()))
    }

    /// Resets the count of decompressed bytes, because everything read so far was dropped.
    pub fn reset_limits(&mut self) {
        self.left = self.reading.limits.content;
    }
}

pub(super) type Part<'p> = BufReader<LimitedPart<'p>>;

/// The normalised name of a part, for comparison.
fn normalised_name(name: &str) -> String {
    name.trim_start_matches('/').replace('\\', "/").to_ascii_lowercase()
}

/// A reader of a part that fails beyond the limit. The size that the archive states may be wrong.
pub(super) struct LimitedPart<'p> {
    source: ZipFile<'p, Cursor<Vec<u8>>>,
    left: &'p mut u64,
    reading: ReadContext,
}

impl Read for LimitedPart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        let left = self.left.checked_sub(read as u64);
        *self.left = left.ok_or_else(|| io::Error::other(PartLimitExceeded(self.reading)))?;
        Ok(read)
    }
}

/// The decompressed parts exceed the limit.
#[derive(Debug)]
struct PartLimitExceeded(ReadContext);

impl fmt::Display for PartLimitExceeded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the workbook is too large")
    }
}

impl std::error::Error for PartLimitExceeded {}

impl ReadContext {
    /// The error for a damaged workbook. Drops the error's own message, since it may show a cell.
    pub fn fault(self, error: &io::Error) -> InputProblem {
        let exceeded = error.get_ref().and_then(|inner| inner.downcast_ref::<PartLimitExceeded>());
        exceeded.map_or_else(
            || self.unreadable(),
            |PartLimitExceeded(reading)| reading.limits.exceeded(),
        )
    }
}

/// The events of an XML document.
pub(super) struct Xml<R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    /// The number of open elements.
    depth: u64,
    has_root: bool,
    pub reading: ReadContext,
}

impl<R: io::BufRead> Xml<R> {
    pub fn new(source: R, reading: ReadContext) -> Self {
        let mut reader = Reader::from_reader(source);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0, has_root: false, reading }
    }

    /// The next event. An empty element yields a start and an end. A document that ends within an element, or
    /// has no element, is an error, since cells may be missing.
    pub fn next(&mut self) -> Result<Event<'_>, InputProblem> {
        self.buffer.clear();
        let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| match error {
            quick_xml::Error::Io(error) => self.reading.fault(&error),
            _ => self.reading.unreadable(),
        })?;
        match event {
            Event::Start(_) => {
                self.depth += 1;
                self.has_root = true;
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof if self.depth > 0 || !self.has_root => {
                return Err(self.reading.unreadable());
            }
            _ => {}
        }
        Ok(event)
    }

    /// Skips the rest of an element after its start tag.
    pub fn skip_element(&mut self) -> Result<(), InputProblem> {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(self.reading.unreadable()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Adds the text of an element after its start tag, without the text of nested elements.
    pub fn push_text(&mut self, text: &mut String) -> Result<(), InputProblem> {
        let reading = self.reading;
        let mut depth = 1_u64;
        loop {
            let event = self.next()?;
            match &event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(reading.unreadable()),
                event if depth == 1 => push(event, text).ok_or_else(|| reading.unreadable())?,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Adds the text of an event. `None` if it has an unknown entity.
pub(super) fn push(event: &Event<'_>, text: &mut String) -> Option<()> {
    match event {
        Event::Text(part) => text.push_str(&part.xml10_content()),
        Event::CData(part) => text.push_str(&part.xml10_content()),
        Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
            Some(char) => text.push(char),
            None => text.push_str(resolve_xml_entity(name)?),
        },
        _ => {}
    }
    Some(())
}

/// An attribute by its local name.
pub(super) fn attribute<'e>(element: &'e BytesStart<'_>, name: &str) -> Option<Cow<'e, str>> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok()
}
