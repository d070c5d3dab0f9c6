//! Detects the format of an input from its first bytes.

mod office;

use std::path::Path;

pub(crate) use office::{is_workbook_stream, refuse_lock};

#[cfg(feature = "parquet")]
use crate::batch;
use crate::{
    delimiter::Delimiter,
    error::InputProblem,
    grammar::{Grammar, Scan},
    options::Format,
};

/// The length of the sample of an input, in bytes.
pub(crate) const SAMPLE_SIZE: usize = 1 << 20;

const WANTED: &str = "give a CSV, JSONL, SQL or XLSX file";

/// Refuses a sample if at least a fifth of its bytes are NUL: UTF-16 without a byte order mark, or a binary
/// file.
pub(crate) fn refuse_nuls(sample: &[u8]) -> Result<(), InputProblem> {
    let nuls = |bytes: &[u8], from: usize| {
        bytes.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count()
    };
    let (even, odd) = (nuls(sample, 0), nuls(sample, 1));
    // A few NUL bytes spoil only a few fields, and each of those is reported.
    if sample.len() < 8 || (even + odd) * 5 < sample.len() {
        return Ok(());
    }
    Err(match (even, odd) {
        _ if odd > even * 4 => InputProblem::Utf16 { big_endian: false },
        _ if even > odd * 4 => InputProblem::Utf16 { big_endian: true },
        _ => InputProblem::Refused("not text: it is full of NUL bytes", WANTED),
    })
}

/// The format of a binary input: the given one, or the one that its first bytes show.
pub(crate) fn binary_format(
    path: &Path,
    sample: &[u8],
    requested: Option<Format>,
) -> Option<Format> {
    if let Some(requested) = requested {
        return requested.is_binary().then_some(requested);
    }
    if sample.starts_with(b"SQLite format 3\0") {
        return Some(Format::Sqlite);
    }
    #[cfg(feature = "parquet")]
    if let Some(format) = columnar(sample) {
        return Some(format);
    }
    office::format(path, sample)
}

/// Detects Parquet and Arrow by their magic numbers. An Arrow stream begins with a schema.
#[cfg(feature = "parquet")]
fn columnar(sample: &[u8]) -> Option<Format> {
    // Text may begin with these four letters. In Parquet, field 1 of a header follows them.
    if sample.starts_with(b"PAR1\x15") {
        return Some(Format::Parquet);
    }
    let is_arrow = sample.starts_with(b"ARROW1\0\0") || batch::begins_stream(sample);
    is_arrow.then_some(Format::Arrow)
}

/// The format of text. Unique first bytes decide, then the file name, then the form of the text.
pub(crate) fn format(path: &Path, sample: &[u8]) -> Format {
    let text = sample.trim_ascii_start();
    if text.len() >= 11 && text[..11].eq_ignore_ascii_case(b"BEGIN:VCARD") {
        return Format::Vcard;
    }
    if begins_xdt(text) {
        return Format::Xdt;
    }
    let ldif = [&b"dn: "[..], b"dn:: ", b"version: 1\n", b"version: 1\r", b"# extended LDIF"];
    if ldif.iter().any(|begin| text.starts_with(begin)) {
        return Format::Ldif;
    }
    if is_markup(text) {
        return xml_format(text);
    }
    let named = named_format(path).filter(|&named| named != Format::Csv || !begins_json(text));
    named.unwrap_or_else(|| match text.first() {
        Some(b'<') => xml_format(text),
        // In a JSON text sequence, each text begins with the record separator RS (RFC 7464).
        Some(b'{' | b'[' | b'\x1E') => Format::Json,
        _ => Format::Csv,
    })
}

/// Whether a text begins with a line of xDT: its length, the field 8000 and the type of the record.
fn begins_xdt(text: &[u8]) -> bool {
    let line = text.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let Some((length, rest)) = line.split_at_checked(3) else { return false };
    let length = str::from_utf8(length).ok().and_then(|length| length.parse::<usize>().ok());
    let is_near = |length: usize| (line.len()..=line.len() + 2).contains(&length);
    length.is_some_and(is_near) && rest.starts_with(b"8000")
}

/// Whether a text begins like JSON with keys or lists. No delimited table begins like that.
fn begins_json(text: &[u8]) -> bool {
    let Some((b'{' | b'[', rest)) = text.split_first() else { return false };
    let next = rest.trim_ascii_start().first();
    matches!((text[0], next), (b'{', Some(b'"' | b'}')) | (b'[', Some(b'{' | b'[' | b']')))
}

/// The format that the file name suggests.
pub(crate) fn named_format(path: &Path) -> Option<Format> {
    let is_packing = |extension: &str| ["gz", "zst", "bz2", "xz"].contains(&extension);
    let extension = |path: &Path| Some(path.extension()?.to_str()?.to_ascii_lowercase());
    let named = match extension(path) {
        Some(outer) if is_packing(&outer) => path.file_stem().map(Path::new).and_then(extension),
        outer => outer,
    };
    match named.as_deref() {
        Some("jsonl" | "ndjson") => Some(Format::Jsonl),
        Some("json") => Some(Format::Json),
        Some("csv" | "tsv") => Some(Format::Csv),
        Some("sql") => Some(Format::Sql),
        Some("vcf" | "vcard") => Some(Format::Vcard),
        Some("ldif") => Some(Format::Ldif),
        Some("bdt" | "gdt" | "ldt" | "xdt" | "kvdt") => Some(Format::Xdt),
        _ => None,
    }
}

/// The format of an XML document, by its root element.
fn xml_format(text: &[u8]) -> Format {
    if is_of_card(&text[..text.len().min(1 << 12)]) { Format::Vsd } else { Format::Fhir }
}

/// Whether a text has the name of an element that identifies the data of a health card.
pub(crate) fn is_of_card(text: &[u8]) -> bool {
    let names = ["VersichertendatenXML", "VersicherungsdatenXML", "ReadVSDResponse"];
    names.iter().any(|name| memchr::memmem::find(text, name.as_bytes()).is_some())
}

/// Whether a text is XML or HTML, regardless of the name of the file.
fn is_markup(text: &[u8]) -> bool {
    let prefix = text[..text.len().min(1 << 9)].to_ascii_lowercase();
    let begins = |word: &str| prefix.starts_with(word.as_bytes());
    begins("<?xml")
        || begins("<!doctype")
        || begins("<html")
        || begins("<") && memchr::memmem::find(&prefix, b" xmlns").is_some()
}

/// Whether most lines have several spaces between words, as fixed-width columns do.
pub(crate) fn looks_fixed(sample: &[u8], line_end: u8) -> bool {
    const MIN_COUNT: usize = 3;
    let prefix = &sample[..sample.len().min(1 << 17)];
    let lines = prefix.split(|&byte| byte == line_end).map(<[u8]>::trim_ascii);
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).take(100).collect();
    let has_gap = |line: &&&[u8]| memchr::memmem::find(line, b"  ").is_some();
    let gaps = lines.iter().filter(has_gap).count();
    lines.len() >= MIN_COUNT && gaps * 10 >= lines.len() * 9
}

/// The end of a line: a line feed, or a lone carriage return where there is no line feed.
pub(crate) fn line_end(sample: &[u8]) -> u8 {
    if sample.contains(&b'\r') && !sample.contains(&b'\n') { b'\r' } else { b'\n' }
}

/// The delimiter from Excel's first line `sep=;`.
pub(crate) fn stated_delimiter(sample: &[u8]) -> Option<Delimiter> {
    match sample.strip_prefix(b"sep=")? {
        &[byte] | &[byte, b'\r' | b'\n', ..] => Delimiter::new(str::from_utf8(&[byte]).ok()?),
        _ => None,
    }
}

/// The single-byte delimiter that splits most of the first rows into as many fields as the first row. `None` if there
/// is only one column. Also returns how well it fits: the percentage of these rows, and the number of these fields.
pub(crate) fn delimiter(
    sample: &[u8],
    line_end: u8,
    may_be: impl Fn(Delimiter) -> bool,
) -> Option<((usize, usize), Delimiter)> {
    let scored = Delimiter::DETECTED
        .into_iter()
        .filter(|&delimiter| may_be(delimiter))
        .map(|delimiter| (fit(sample, Grammar::csv(delimiter.byte(), line_end)), delimiter));
    // The likeliest delimiter, which is the first, wins a tie.
    scored.rev().filter(|((_, columns), _)| *columns > 1).max_by_key(|(fit, _)| *fit)
}

/// The percentage of rows with as many fields as the first row, and the number of these fields.
fn fit(sample: &[u8], grammar: Grammar) -> (usize, usize) {
    const ROWS: usize = 100;
    let (mut first, mut rows, mut consistent) = (0, 0, 0);
    let mut rest = &sample[..sample.len().min(1 << 17)];
    let mut cells = Vec::new();
    while !rest.is_empty() && rows < ROWS {
        let line = memchr::memchr(grammar.line_end(), rest).map_or(rest.len(), |end| end + 1);
        let (end, literal) = match grammar.scan(rest, true) {
            Scan::Row(end) => (end, false),
            _ => (line, true),
        };
        let is_cut = end == rest.len() && sample.len() > rest.len() && rows > 0;
        grammar.cells(&rest[..end], 0, literal, &mut cells);
        rest = &rest[end..];
        if cells.is_empty() || is_cut {
            continue;
        }
        if rows == 0 {
            first = cells.len();
        }
        rows += 1;
        consistent += usize::from(cells.len() == first);
    }
    (consistent * 100 / rows.max(1), first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(sample: &str) -> Option<u8> {
        delimiter(sample.as_bytes(), b'\n', |_| true).and_then(|(_, delimiter)| delimiter.byte())
    }

    #[test]
    fn the_delimiter_splits_the_rows_alike() {
        assert_eq!(detect("a;b\n1;2\n"), Some(b';'));
        assert_eq!(detect("a,b\n1,2\n"), Some(b','));
        assert_eq!(detect("a\tb\n1\t2\n"), Some(b'\t'));
        assert_eq!(detect("a|b\n1|2\n"), Some(b'|'));
        assert_eq!(detect("Name, Vorname;PLZ\nMuster, Max;1\nMuster;2\n"), Some(b';'));
        assert_eq!(detect("a,b\n\"1;2;3\",4\n"), Some(b','));
        assert_eq!(detect("a,b,c;d\n"), Some(b','), "the fit is equal, so more columns win");
    }

    #[test]
    fn a_file_with_one_column_has_no_delimiter() {
        assert_eq!(detect("E-Mail\na@example.org\nb@example.org\n"), None);
        assert_eq!(detect("Name\nMuster, Max\n"), None);
    }

    #[test]
    fn the_line_sep_states_the_delimiter() {
        for (sample, byte) in [("sep=;\r\na", b';'), ("sep=,\na", b','), ("sep=\t", b'\t')] {
            assert_eq!(stated_delimiter(sample.as_bytes()).and_then(Delimiter::byte), Some(byte));
        }
        for sample in ["sep=\n", "sep=ab\n", "a\nsep=;\n", "sep=\"\n"] {
            assert_eq!(stated_delimiter(sample.as_bytes()), None);
        }
    }

    #[test]
    fn the_name_decides_the_format_and_otherwise_the_first_byte() {
        for (name, sample, expected) in [
            ("a.jsonl", "", Format::Jsonl),
            ("a.NDJSON.gz", "", Format::Jsonl),
            ("a.csv.zst", "{", Format::Csv),
            ("-", " \n{\"a\":1}", Format::Json),
            ("-", "[", Format::Json),
            ("a.json.bz2", "", Format::Json),
            ("a.csv", "[\n {\"a\": 1}]", Format::Json),
            ("a.csv", "[a];[b]\n1;2", Format::Csv),
            ("a.txt", "a;b", Format::Csv),
        ] {
            assert_eq!(format(Path::new(name), sample.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn utf_16_without_a_byte_order_mark_is_refused_with_the_encoding_to_give() {
        let low_first = b"E\0-\0M\0a\0i\0l\0\n\0";
        let problem = refuse_nuls(low_first).expect_err("UTF-16");
        assert!(matches!(problem, InputProblem::Utf16 { big_endian: false }));
        let problem = refuse_nuls(&low_first[1..]).expect_err("UTF-16");
        assert!(matches!(problem, InputProblem::Utf16 { big_endian: true }));
        assert!(refuse_nuls(&[0; 100]).is_err());
        assert!(refuse_nuls(b"a;b\nx\0y;z\nanother;row\n").is_ok(), "one NUL byte spoils a field");
    }
}
