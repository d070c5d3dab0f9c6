//! Detects files of unsupported formats by their first bytes, and refuses them with the name of the format
//! and advice.

use memchr::memmem;

use crate::error::InputProblem;

/// An unsupported format: the offset and the bytes of its signature, its name, and advice.
type Signature = (usize, &'static [u8], &'static str, &'static str);

const CSV: &str = "export it as CSV";
const UNPACK: &str = "unpack it";
const TABLE: &str = "give its table as a CSV file";
const ATTACHMENT: &str = "save the attachment with the table, and give that file";
const OFFICE: &str = "copy the table into a spreadsheet, and save it as CSV (UTF-8)";
const TEXT_DUMP: &str = "restore it, and export the table as CSV or SQL";
const NEW_EXCEL: &str = "save it as XLSX in a newer Excel";
const DATABASE: &str = "give the database";
const DECRYPT: &str = "decrypt it";

/// Signatures that no text begins with.
const BINARY: &[Signature] = &[
    (0, b"%PDF-", "a PDF document", TABLE),
    (0, b"Obj\x01", "an Avro file", CSV),
    (0, b"ARROW1\0\0", "an Arrow or Feather file", CSV),
    (0, b"\xFF\xFF\xFF\xFF", "an Arrow stream or other binary file", CSV),
    (0, b"\x89HDF\r\n\x1A\n", "an HDF5 file", CSV),
    (12, b"\xC2\xEA\x81\x60\xB3\x14\x11\xCF\xBD\x92\x08\x00", "a SAS data set", CSV),
    (0, b"HEADER RECORD*******LIB", "a SAS transport file", CSV),
    (0, b"<stata_dta>", "a Stata file", CSV),
    (0, b"\x71\x01\x01\0", "a Stata file", CSV),
    (0, b"\x71\x02\x01\0", "a Stata file", CSV),
    (0, b"\x72\x01\x01\0", "a Stata file", CSV),
    (0, b"\x72\x02\x01\0", "a Stata file", CSV),
    (0, b"\x73\x01\x01\0", "a Stata file", CSV),
    (0, b"\x73\x02\x01\0", "a Stata file", CSV),
    (0, b"X\n\0\0\0", "an R object (RDS)", CSV),
    (0, b"RDA2\n", "an R workspace", CSV),
    (0, b"\x80\x02", "a Python pickle", CSV),
    (0, b"\x80\x03", "a Python pickle", CSV),
    (0, b"\x80\x04", "a Python pickle", CSV),
    (0, b"\x80\x05", "a Python pickle", CSV),
    (0, b"TAPE\0\0", "a SQL Server backup", TEXT_DUMP),
    (0, b"{\\rtf", "a rich text document (RTF)", OFFICE),
    (0, b"\x37\x7A\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
    (0, b"Rar!\x1A\x07", "a RAR archive", UNPACK),
    (0, b"MSCF\0\0\0\0", "a CAB archive", UNPACK),
    (0, b"\x04\x22\x4D\x18", "compressed with LZ4", UNPACK),
    (0, b"\xFF\x06\0\0sNaPpY", "compressed with Snappy", UNPACK),
    (0, b"-----BEGIN PGP MESSAGE", "encrypted with OpenPGP", DECRYPT),
    (0, b"age-encryption.org/", "encrypted with age", DECRYPT),
    (0, b"Salted__", "encrypted with OpenSSL", DECRYPT),
    (0, b"\x5D\0\0", "compressed with LZMA (.lzma)", UNPACK),
    (0, b"LZIP\x01", "compressed with lzip", UNPACK),
    (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel workbook", "leave out --format"),
    (0, b"\x09\0\x04\0", "an Excel workbook from before 1993", NEW_EXCEL),
    (0, b"\x09\x02\x06\0", "an Excel workbook from before 1993", NEW_EXCEL),
    (0, b"\x09\x04\x06\0", "an Excel workbook from before 1993", NEW_EXCEL),
    (0, b"SQLite format 3\0", "an SQLite database", "leave out --format"),
    (0, b"\x37\x7F\x06\x82", "the log of an SQLite database", DATABASE),
    (0, b"\x37\x7F\x06\x83", "the log of an SQLite database", DATABASE),
    (0, b"\xD9\xD5\x05\xF9\x20\xA1\x63\xD7", "the journal of an SQLite database", DATABASE),
    (0, b"\xFF\xFE\0\0", "in UTF-32", "convert it to UTF-8"),
    (0, b"\0\0\xFE\xFF", "in UTF-32", "convert it to UTF-8"),
    (0, b"\x89PNG\r\n\x1A\n", "an image (PNG)", TABLE),
    (0, b"II*\0", "an image (TIFF)", TABLE),
    (0, b"MM\0*", "an image (TIFF)", TABLE),
    (0, b"ID3\x03", "an audio file", TABLE),
    (0, b"\x7FELF", "a program", TABLE),
    (0, b"\xCF\xFA\xED\xFE", "a program", TABLE),
    (0, b"\xCA\xFE\xBA\xBE", "a program", TABLE),
];

/// Signatures that a text may begin with. The bytes after them decide.
const PERHAPS_BINARY: &[Signature] = &[
    (4, b"Standard Jet DB", "an Access database", CSV),
    (4, b"Standard ACE DB", "an Access database", CSV),
    (0, b"$FL2", "an SPSS file", CSV),
    (0, b"$FL3", "an SPSS file", CSV),
    (0, b"RDX2\n", "an R workspace", CSV),
    (0, b"RDX3\n", "an R workspace", CSV),
    (0, b"!BDN", "an Outlook data file (PST or OST)", "export its contacts as CSV"),
    (
        0,
        b"PGDMP",
        "a PostgreSQL dump in the custom format",
        "convert it to text with 'pg_restore -f'",
    ),
    (3, b"EXPORT:V", "an Oracle dump", TEXT_DUMP),
    (0, b"GIF87a", "an image (GIF)", TABLE),
    (0, b"GIF89a", "an image (GIF)", TABLE),
    (8, b"WEBPVP8", "an image (WebP)", TABLE),
    (0, b"PAR1", "a Parquet file", "export it as CSV, with DuckDB for instance"),
    (0, b"PARE", "an encrypted Parquet file", "decrypt it, and export it as CSV"),
    (8, b"DUCK", "a DuckDB database", CSV),
    (0, b"FEA1", "a Feather file", CSV),
    (0, b"REDIS0", "a Redis dump", CSV),
    (4, b"ftypheic", "an image (HEIC)", TABLE),
    (4, b"ftyp", "a video", TABLE),
];

/// A signature of two or three bytes, a check of the bytes after it, the name of the format, and advice.
type ShortSignature = (&'static [u8], fn(&[u8]) -> bool, &'static str, &'static str);

/// Signatures that are too short to prove a format.
const SHORT: &[ShortSignature] = &[
    // The fourth byte is the type of the first segment.
    (
        b"\xFF\xD8\xFF",
        |file| file.get(3).is_some_and(|kind| *kind >= 0xC0),
        "an image (JPEG)",
        TABLE,
    ),
    // The first stripe is binary from its first bytes on.
    (b"ORC", |file| file.get(3..16).is_some_and(has_control_characters), "an ORC file", CSV),
    // The third byte is the mode: codes of 9 to 16 bits, with or without blocks.
    (
        b"\x1F\x9D",
        |file| {
            file.get(2).is_some_and(|mode| mode & 0x60 == 0 && (9..=16).contains(&(mode & 0x1F)))
        },
        "compressed with compress",
        UNPACK,
    ),
    // The number of bytes in the last page of 512, and the number of pages, follow.
    (
        b"MZ",
        |file| {
            number_at(file, 2).is_some_and(|bytes| bytes < 512)
                && number_at(file, 4).is_some_and(|pages| pages > 0)
        },
        "a program",
        TABLE,
    ),
    // Two reserved numbers are 0. The length of the next header is 12 to 124.
    (
        b"BM",
        |file| {
            number_at(file, 6) == Some(0)
                && number_at(file, 8) == Some(0)
                && number_at(file, 14).is_some_and(|length| (12..=124).contains(&length))
        },
        "an image (BMP)",
        TABLE,
    ),
];

/// The 16-bit little-endian number at this position.
fn number_at(file: &[u8], place: usize) -> Option<u16> {
    let bytes = file.get(place..place + 2)?;
    Some(u16::from_le_bytes([bytes[0], bytes[1]]))
}

/// Refuses binary files of unsupported formats.
pub(crate) fn refuse_binary(sample: &[u8]) -> Result<(), InputProblem> {
    const INDEX: &[u8] = b"\x89LDX\r\n\x1A\n";
    if sample.starts_with(INDEX) {
        return Err(InputProblem::Index);
    }
    let refuse = |name, advice| Err(InputProblem::Refused(name, advice));
    let is_at = |place: usize, bytes: &[u8]| {
        sample.get(place..).is_some_and(|rest| rest.starts_with(bytes))
    };
    if is_at(0, b"PK\x03\x04") {
        return Err(InputProblem::Archive);
    }
    let is_binary = || has_control_characters(&sample[..sample.len().min(1 << 10)]);
    let found = BINARY.iter().find(|(place, bytes, ..)| is_at(*place, bytes));
    let perhaps = || {
        let mut all = PERHAPS_BINARY.iter();
        all.find(|(place, bytes, ..)| is_at(*place, bytes) && is_binary())
    };
    if let Some((.., name, advice)) = found.or_else(perhaps) {
        return refuse(name, advice);
    }
    let mut short = SHORT.iter();
    if let Some((.., name, advice)) =
        short.find(|(bytes, has_structure, ..)| is_at(0, bytes) && has_structure(sample))
    {
        return refuse(name, advice);
    }
    if is_dbase(sample) {
        return refuse("a dBase table", CSV);
    }
    if is_bson(sample) {
        return refuse("a MongoDB dump (BSON)", "export it with mongoexport, or use bsondump");
    }
    Ok(())
}

/// Refuses text in unsupported formats.
pub(crate) fn refuse_other_text(sample: &[u8]) -> Result<(), InputProblem> {
    const SAVE: &str =
        "open it in a spreadsheet program and save it as a workbook (XLSX) or as CSV (UTF-8)";
    const HTML: [&[u8]; 6] = [b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta"];
    let text = sample.trim_ascii_start();
    let prefix = text[..text.len().min(1 << 13)].to_ascii_lowercase();
    let has = |word: &[u8]| memmem::find(&prefix, word).is_some();
    let is_markup = prefix.starts_with(b"<");
    let markup = if is_markup && has(b"urn:schemas-microsoft-com:office:spreadsheet") {
        Some("an XML spreadsheet of Excel 2003")
    } else if is_markup && has(b"<office:document") {
        Some("a flat OpenDocument file")
    } else if HTML.iter().any(|begin| prefix.starts_with(begin)) || is_markup && has(b"<html") {
        Some("an HTML page")
    } else if prefix.starts_with(b"mime-version:")
        && (has(b"multipart/related") || has(b"text/html"))
    {
        Some("an HTML page in one file (MHTML)")
    } else {
        None
    };
    if let Some(markup) = markup {
        return Err(InputProblem::Refused(markup, SAVE));
    }
    let mut lines = prefix.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let is_mail = is_field(first) || first.starts_with(b"from ") && is_field(second);
    if is_mail && has_mail_header(&prefix) {
        return Err(InputProblem::Refused("an e-mail or a mailbox", ATTACHMENT));
    }
    let is_item = |line: &[u8]| line.strip_prefix(b"- ").is_some_and(is_field);
    let is_yaml = first.starts_with(b"%yaml ")
        || first == b"---" && (is_field(second) || second == b"-" || is_item(second))
        || is_item(first) && second.strip_prefix(b"  ").is_some_and(is_field);
    if is_yaml {
        return Err(InputProblem::Refused(
            "a YAML file",
            "convert it to JSON, or export it as CSV",
        ));
    }
    Ok(())
}

/// Whether the text begins with header lines, and one of them is typical of an e-mail. A line that begins
/// with white space continues a header line. In a mailbox, a line `From …` precedes the header lines.
fn has_mail_header(text: &[u8]) -> bool {
    const NAMES: [&[u8]; 4] = [b"mime-version:", b"message-id:", b"received:", b"return-path:"];
    let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    let first = usize::from(text.starts_with(b"from "));
    let mut headers = lines
        .skip(first)
        .take_while(|line| is_field(line) || line.first().is_some_and(u8::is_ascii_whitespace));
    headers.any(|line| NAMES.iter().any(|name| line.starts_with(name)))
}

/// Whether a line begins with a name, a colon, and a space, a tab or the end of the line.
fn is_field(line: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let name = line.iter().take_while(|byte| is_name(byte)).count();
    name > 0 && matches!(line[name..], [b':'] | [b':', b' ' | b'\t', ..])
}

/// Whether the bytes include control characters that never occur in text.
fn has_control_characters(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 0..=8 | 14..=26))
}

/// Whether the file begins with the header of a dBase table: a version, a date, and the length of the header.
/// A carriage return ends the header.
fn is_dbase(sample: &[u8]) -> bool {
    let [version, _, month, day, _, _, _, _, low, high, ..] = *sample else { return false };
    let length = usize::from(u16::from_le_bytes([low, high]));
    let is_version = matches!(version, 0x02..=0x05 | 0x30..=0x32 | 0x43 | 0x63 | 0x83 | 0x8B | 0x8E | 0xCB | 0xF5 | 0xFB);
    let ends = |place: Option<usize>| place.and_then(|place| sample.get(place)) == Some(&b'\r');
    // FoxPro adds 263 bytes after the carriage return.
    is_version
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && length >= 33
        && (ends(length.checked_sub(1)) || ends(length.checked_sub(264)))
}

/// Whether the file begins with a BSON document: its length, and the type and name of a value.
fn is_bson(sample: &[u8]) -> bool {
    let [a, b, c, d, kind, name, ..] = *sample else { return false };
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or_default();
    let is_end = length.checked_sub(1).and_then(|end| sample.get(end)) == Some(&0);
    (8..=1 << 24).contains(&length)
        && matches!(kind, 1..=19)
        && (name.is_ascii_alphabetic() || name == b'_')
        && is_end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message for a file that begins like this.
    fn refusal(bytes: &[u8]) -> String {
        let refused = refuse_binary(bytes).and_then(|()| refuse_other_text(bytes));
        refused.map_or_else(|problem| problem.to_string(), |()| "read".to_owned())
    }

    #[test]
    fn an_index_a_workbook_and_a_pdf_are_refused_by_name() {
        for (bytes, word) in [
            (&b"\x89LDX\r\n\x1A\nrest"[..], "leakdex index"),
            (b"PK\x03\x04rest", "Excel"),
            (b"%PDF-1.7", "PDF"),
        ] {
            let error = refuse_binary(bytes).expect_err("binary").to_string();
            assert!(error.contains(word), "{error}");
        }
        assert!(refuse_binary(b"a;b\n").is_ok());
    }

    #[test]
    fn every_signature_gives_its_format_and_advice() {
        for (place, bytes, name, advice) in BINARY.iter().chain(PERHAPS_BINARY) {
            let file = [&vec![b'x'; *place][..], bytes, b"\x15\x04\x15\0Muster"].concat();
            assert_eq!(refusal(&file), format!("is {name}; {advice}"));
        }
    }

    #[test]
    fn short_signatures_need_the_structure_behind_them() {
        let program = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF\0\0\xB8\0";
        let picture = b"BM\x36\x0C\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0";
        for (file, word) in [
            (&program[..], "a program"),
            (picture, "an image (BMP)"),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", "an image (JPEG)"),
            (b"\x1F\x9D\x90M\xEA\xCC", "compressed with compress"),
            (b"ORC\x0A\x06\x12\x04\x08\x05\x50\0\x0A\x0B\x0A\x03\0\0", "an ORC file"),
        ] {
            assert!(refusal(file).contains(word), "{word}: {}", refusal(file));
        }
    }

    #[test]
    fn a_dbase_table_and_a_dump_of_mongodb_are_known_by_their_headers() {
        let mut dbase = vec![0x03, 126, 11, 28, 1, 0, 0, 0, 65, 0, 11, 0];
        dbase.resize(64, b' ');
        dbase.extend_from_slice(b"\r Muster    ");
        assert!(refusal(&dbase).contains("a dBase table"));
        let bson = b"\x16\0\0\0\x02name\0\x07\0\0\0Muster\0\0rest";
        assert!(refusal(bson).contains("a MongoDB dump"));
    }

    #[test]
    fn pages_mails_and_yaml_are_known_by_their_first_lines() {
        for (text, word) in [
            ("<!DOCTYPE html>\n<html>", "an HTML page"),
            ("\r\n<HTML><body><table>", "an HTML page"),
            ("<table border=1><tr><td>Muster", "an HTML page"),
            ("<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">", "an HTML page"),
            ("MIME-Version: 1.0\nContent-Type: multipart/related\n", "MHTML"),
            (
                "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                "Excel 2003",
            ),
            ("<?xml version=\"1.0\"?><office:document office:mimetype=\"x\">", "OpenDocument"),
            ("Return-Path: <max@example.de>\nReceived: from x\n", "an e-mail"),
            ("From: max@example.de\nTo: eva@example.de\nMIME-Version: 1.0\n\nHallo", "an e-mail"),
            ("From max@example.de Sat Jan  1\nReceived: from x\nDate: y\n", "a mailbox"),
            ("%YAML 1.2\n---\n", "a YAML file"),
            ("---\nname: Muster\n", "a YAML file"),
            ("---\n- name: Muster\n", "a YAML file"),
            ("- name: Muster\n  email: max@example.de\n", "a YAML file"),
        ] {
            assert!(
                refusal(text.as_bytes()).contains(word),
                "{text}: {}",
                refusal(text.as_bytes())
            );
        }
    }

    #[test]
    fn text_that_begins_like_another_format_is_read() {
        for text in [
            "ORCID;E-Mail\n1;a@b.de\n",
            "PAR1;PAR2\n",
            "MZ;Name\n",
            "BM;Name\n",
            "From;To;Subject\na@b.de;c@d.de;x\n",
            "Date;E-Mail\n",
            "--- Dump\nINSERT INTO t VALUES (1);\n",
            "---\n-- MySQL\n",
            "- Name;E-Mail\n",
            "name: x\n",
            "E-Mail\nmessage-id: 5\n",
            "Name: E-Mail\nMuster;received: yes\nmessage-id: 5\n",
            "Kunde: Nachricht\n\nmessage-id: 5\n",
            "GIF89a;E-Mail\n1;a@b.de\n",
            "GIF87a\nx\n",
            "RDX2\na@b.de\n",
            "PGDMP;E-Mail\n",
            "$FL2;E-Mail\n",
            "Nr,Standard Jet DB\n",
            "Id;EXPORT:VON\n",
            "MZ;Name\n1;M\u{1}ller\n",
            "BM;Name\n1;M\u{1}ller\n",
            "ORC;Name der Person\n1;M\u{1}ller\n",
        ] {
            let message = refusal(text.as_bytes());
            assert_eq!(message, "read", "{text}");
        }
    }
}
