//! XML as a stream of elements, with limits on depth and on the length of a tag or text. Entities that the
//! document defines are never expanded.

use std::{
    borrow::Cow,
    error, fmt,
    io::{self, BufRead, Read},
    sync::Arc,
};

use quick_xml::{
    Error, Reader,
    escape::resolve_xml_entity,
    events::{BytesRef, BytesStart, Event, attributes::Attribute},
};

use crate::{
    charset::{Charset, Decision, EncodingReason},
    code_page::CodePage,
    error::InputProblem,
    opening::InputStart,
    options::{Encoding, Options},
    transcode::Transcoder,
};

/// The length limit of a tag, text or comment, in bytes.
const LONGEST_EVENT: usize = 64 << 20;

/// The maximum nesting depth of elements.
const MAX_DEPTH: usize = 256;

/// The length limit of values, in bytes. Only attachments are longer, and no field uses them.
pub(super) const LONGEST_VALUE: usize = 1 << 16;

/// A document, or several concatenated ones.
pub(super) struct Xml {
    reader: Reader<LimitedReader>,
    buffer: Vec<u8>,
    depth: usize,
    /// The encoding that the first document states, if it is used.
    declared: Option<CodePage>,
}

/// The next part of a document.
pub(super) enum Part<'a> {
    Open(BytesStart<'a>),
    Close,
    Text(Cow<'a, str>),
    /// A part without a value.
    Other,
    /// The end, and whether it is within an element.
    End {
        is_cut_off: bool,
    },
}

impl Xml {
    /// Starts to read. Also returns the encoding and the reason for it.
    pub fn open(opened: InputStart, options: &Options) -> Result<(Self, Decision), InputProblem> {
        let (decision, declared) = encoding_of(&opened, options)?;
        Ok((Self::of(opened.from(0), decision, declared), decision.decoded()))
    }

    /// A document in memory.
    pub fn of_bytes(bytes: Vec<u8>) -> Result<Self, InputProblem> {
        let stated = declared(&bytes)?.filter(|_| str::from_utf8(&bytes).is_err());
        let single_byte = stated.filter(|&code_page| code_page != UTF_8);
        let charset = single_byte.map_or(Charset::Utf8, Charset::SingleByte);
        let decision = Decision::of(charset, EncodingReason::AsGiven);
        Ok(Self::of(Box::new(io::Cursor::new(bytes)), decision, None))
    }

    fn of(source: Box<dyn Read + Send>, decision: Decision, declared: Option<CodePage>) -> Self {
        let source = Transcoder::new(source, decision);
        let mut reader = Reader::from_reader(LimitedReader { source, left: LONGEST_EVENT });
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_dangling_amp = true;
        Self { reader, buffer: Vec::new(), depth: 0, declared }
    }

    /// A note about the encoding, if bytes decided it since the last call.
    pub fn take_note(&mut self) -> Option<String> {
        self.reader.get_mut().source.take_note()
    }

    /// The number of open elements.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// The next part.
    pub fn next(&mut self) -> Result<Part<'_>, InputProblem> {
        self.buffer.clear();
        self.reader.get_mut().left = LONGEST_EVENT;
        // The borrow of the buffer ends when the caller drops the part.
        let position = self.reader.buffer_position();
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => {
                let is_at_end = self.reader.get_ref().source.is_at_end();
                return match error {
                    Error::Io(error) => Err(problem_of(error)),
                    // A syntax error at the end means that the last part is cut off.
                    Error::Syntax(_) if is_at_end => Ok(Part::End { is_cut_off: true }),
                    _ => Err(InputProblem::MalformedXml(position)),
                };
            }
        };
        Ok(match event {
            Event::Start(start) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(InputProblem::Refused(
                        "XML whose elements nest deeper than 256 levels",
                        "export the people as CSV",
                    ));
                }
                Part::Open(start)
            }
            Event::End(_) => {
                self.depth -= 1;
                Part::Close
            }
            Event::Text(text) => Part::Text(text.into_inner()),
            Event::CData(text) => Part::Text(text.into_inner()),
            Event::GeneralRef(reference) => Part::Text(resolved(&reference)),
            Event::Decl(declaration) => {
                let named = declaration.encoding().and_then(Result::ok);
                let code_page = named.as_deref().map_or(Ok(UTF_8), code_page)?;
                if self.declared.is_some_and(|declared| declared != code_page) {
                    return Err(InputProblem::Refused(
                        "several XML documents in different encodings",
                        "put each into a separate file",
                    ));
                }
                Part::Other
            }
            Event::Eof => Part::End { is_cut_off: self.depth > 0 },
            Event::DocType(text) if text.contains("<!ENTITY") => {
                return Err(InputProblem::Refused(
                    "XML that defines entities, whose values would be wrong",
                    "expand them with an XML tool, or export the people as CSV",
                ));
            }
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => Part::Other,
        })
    }
}

const UTF_8: CodePage = CodePage::Standard(encoding_rs::UTF_8);

/// The attributes `value` and `url`, shortened to the length limit of values.
pub(super) fn value_and_url<'a>(
    start: &'a BytesStart<'_>,
) -> Result<[Option<Cow<'a, str>>; 2], InputProblem> {
    let mut found = [None, None];
    for attribute in start.attributes() {
        let Ok(Attribute { key, value }) = attribute else {
            return Err(InputProblem::Refused(
                "XML with an attribute that is not well-formed",
                "repair it, or export the people as CSV",
            ));
        };
        let place = match key.as_ref() {
            "value" => 0,
            "url" => 1,
            _ => continue,
        };
        found[place] = Some(match value {
            Cow::Borrowed(text) => unescaped(shortened(text)),
            Cow::Owned(text) => Cow::Owned(unescaped(shortened(&text)).into_owned()),
        });
    }
    Ok(found)
}

/// Text with its references resolved. An unknown reference stays as it is, which makes the value invalid.
fn unescaped(text: &str) -> Cow<'_, str> {
    const LONGEST_NAME: usize = 12;
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let end = rest.bytes().take(LONGEST_NAME).position(|byte| byte == b';');
        match end {
            Some(end) => {
                plain.push_str(&resolved(&BytesRef::new(&rest[..end])));
                rest = &rest[end + 1..];
            }
            None => plain.push('&'),
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn resolved(reference: &BytesRef<'_>) -> Cow<'static, str> {
    let as_written = || Cow::Owned(format!("&{};", &**reference));
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Cow::Owned(character.to_string()),
        Ok(None) => resolve_xml_entity(reference).map_or_else(as_written, Cow::Borrowed),
        Err(_) => as_written(),
    }
}

/// The text, cut to the length limit of values.
pub(super) fn shortened(text: &str) -> &str {
    start_of(text, LONGEST_VALUE)
}

/// The text up to this many bytes, without a partial character.
pub(super) fn start_of(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The encoding of a document. Also returns the stated encoding if all documents in the file must state the
/// same.
///
/// If the bytes contradict the stated encoding, a program converted the text without updating the statement.
fn encoding_of(
    opened: &InputStart,
    options: &Options,
) -> Result<(Decision, Option<CodePage>), InputProblem> {
    let decision = opened.decision;
    let stated = declared(&opened.sample)?;
    Ok(match decision.why {
        EncodingReason::Utf16(_)
        | EncodingReason::ByteOrderMark
        | EncodingReason::Utf8
        | EncodingReason::MostlyUtf8 => (decision, None),
        _ if options.encoding == Some(Encoding::Utf8) => (decision, None),
        _ => match stated {
            Some(code_page) if code_page != UTF_8 => (
                Decision::of(Charset::SingleByte(code_page), EncodingReason::AsGiven),
                Some(code_page),
            ),
            Some(code_page) if decision.charset == Charset::Utf8 => (decision, Some(code_page)),
            _ => (decision, None),
        },
    })
}

/// The encoding that the declaration states.
fn declared(sample: &[u8]) -> Result<Option<CodePage>, InputProblem> {
    let text = sample.trim_ascii_start();
    let prefix = &text[..text.len().min(256)];
    if !prefix.starts_with(b"<?xml") {
        return Ok(None);
    }
    let end = memchr::memmem::find(prefix, b"?>").unwrap_or(prefix.len());
    let Some(start) = memchr::memmem::find(&prefix[..end], b"encoding") else {
        return Ok(Some(UTF_8));
    };
    let value = &prefix[start + "encoding".len()..end];
    let mut quoted = value.split(|byte| matches!(byte, b'"' | b'\''));
    let label = quoted.nth(1).unwrap_or_default();
    code_page(&String::from_utf8_lossy(label)).map(Some)
}

fn code_page(label: &str) -> Result<CodePage, InputProblem> {
    match CodePage::for_label(label) {
        // The declaration was readable, so the document is not UTF-16, even if it says so.
        Some(CodePage::Standard(encoding))
            if [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE].contains(&encoding) =>
        {
            Ok(UTF_8)
        }
        Some(CodePage::Standard(encoding))
            if encoding != encoding_rs::UTF_8 && !encoding.is_single_byte() =>
        {
            Err(InputProblem::Refused("XML in an unsupported encoding", "convert it to UTF-8"))
        }
        Some(code_page) => Ok(code_page),
        None => Err(InputProblem::Refused("XML in an unknown encoding", "convert it to UTF-8")),
    }
}

/// The error for a document of another format.
pub(super) fn other_kind(sample: &[u8]) -> InputProblem {
    if sample.trim_ascii_start().starts_with(b"<") {
        InputProblem::Refused(
            "XML of an unsupported kind; supported are FHIR and the master data of the health card",
            "export the people as CSV",
        )
    } else {
        InputProblem::Refused("not XML", "leave out --format, or give the right one")
    }
}

fn problem_of(error: Arc<io::Error>) -> InputProblem {
    const LONG: InputProblem = InputProblem::Refused(
        "XML with a tag or a text of more than 64 MiB",
        "export the people as CSV",
    );
    match Arc::try_unwrap(error) {
        Ok(error) => match error.get_ref() {
            Some(inner) if inner.is::<LongEvent>() => LONG,
            _ => error.into(),
        },
        Err(error) => io::Error::new(error.kind(), error.to_string()).into(),
    }
}

/// Limits the bytes of one part of a document, since the parser keeps the part in memory.
struct LimitedReader {
    source: Transcoder,
    left: usize,
}

#[derive(Debug)]
struct LongEvent;

impl fmt::Display for LongEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a tag or a text is too long")
    }
}

impl error::Error for LongEvent {}

impl Read for LimitedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

impl BufRead for LimitedReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(LongEvent));
        }
        self.source.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.left = self.left.saturating_sub(length);
        self.source.consume(length);
    }
}
