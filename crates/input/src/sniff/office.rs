//! Tells workbooks, and files that programs for workbooks write beside them or instead of them.

use std::{ffi::OsStr, path::Path};

use crate::{error::InputProblem, options::Format};

/// The first bytes of a compound file: an Excel workbook of 1993 to 2003, or another file of that time.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// The format of a workbook, or of another file of an office program, by its first bytes; where they are
/// those of any archive, by the name of the first file in it, or else by its own name.
pub(super) fn format(path: &Path, sample: &[u8]) -> Option<Format> {
    // Without the compound file around it, as some programs write it.
    let is_stream = matches!(sample, [9, 8, 8 | 16, 0, 0, 5 | 6, ..]);
    if sample.starts_with(COMPOUND) || is_stream {
        return Some(Format::Xls);
    }
    if !sample.starts_with(b"PK\x03\x04") {
        return None;
    }
    let extension = path.extension().map(OsStr::to_ascii_lowercase);
    match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("xlsx" | "xlsm" | "xltx" | "xltm" | "docx" | "docm" | "pptx") => {
            return Some(Format::Xlsx);
        }
        Some("xlsb") => return Some(Format::Xlsb),
        Some("ods" | "ots" | "odt" | "odp") => return Some(Format::Ods),
        _ => {}
    }
    let name = first_name(sample)?;
    if name == b"mimetype" {
        return Some(Format::Ods);
    }
    let folders = [&b"[Content_Types].xml"[..], b"_rels/", b"docProps/", b"xl/", b"word/", b"ppt/"];
    let is_office = folders.iter().any(|folder| name.starts_with(folder));
    is_office.then_some(Format::Xlsx)
}

/// The name of the first file in a ZIP archive.
fn first_name(sample: &[u8]) -> Option<&[u8]> {
    let length = u16::from_le_bytes([*sample.get(26)?, *sample.get(27)?]);
    sample.get(30..30 + usize::from(length))
}

/// Refuses a small file whose name says that a program writes it while a workbook is open.
pub(crate) fn refuse_lock(path: &Path, sample: &[u8]) -> Result<(), InputProblem> {
    const LARGEST: usize = 1 << 10;
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Ok(()) };
    let of_excel = name.strip_prefix("~$");
    let of_others = name.strip_prefix(".~lock.").and_then(|name| name.strip_suffix('#'));
    match of_excel.or(of_others) {
        Some(file) if sample.len() <= LARGEST => Err(InputProblem::LockFile(file.to_owned())),
        _ => Ok(()),
    }
}

/// Refuses tables in markup, which programs save under the name of a workbook.
pub(crate) fn refuse_markup(sample: &[u8]) -> Result<(), InputProblem> {
    let near = &sample[..sample.len().min(1 << 12)];
    let text = near.trim_ascii_start();
    let has = |word: &str| memchr::memmem::find(near, word.as_bytes()).is_some();
    let begins = |word: &str| {
        text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()))
    };
    let is_markup = text.starts_with(b"<");
    let sort = if is_markup && has("urn:schemas-microsoft-com:office:spreadsheet") {
        "an XML spreadsheet of Excel 2003"
    } else if is_markup && has("<office:document") {
        "a flat OpenDocument file"
    } else if ["<html", "<!doctype html", "<table", "<meta", "<head", "<body", "<style"]
        .iter()
        .any(|tag| begins(tag))
        || (is_markup && has("<html"))
    {
        "a web page (HTML)"
    } else if begins("MIME-Version:") && (has("multipart/related") || has("text/html")) {
        "a web page in one file (MHTML)"
    } else {
        return Ok(());
    };
    Err(InputProblem::Refused(
        sort,
        "open it in a spreadsheet program and save it as a workbook (XLSX) or as CSV (UTF-8)",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_is_told_by_its_first_bytes_whatever_its_name() {
        let zip = |name: &str| {
            let length = u8::try_from(name.len()).expect("short");
            let header: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
            [header, &[length, 0, 0, 0], name.as_bytes(), b"..."].concat()
        };
        for (sample, format) in [
            (zip("[Content_Types].xml"), Some(Format::Xlsx)),
            (zip("docProps/app.xml"), Some(Format::Xlsx)),
            (zip("mimetype"), Some(Format::Ods)),
            (zip("members.xlsx"), None),
            (zip("members.csv"), None),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1...".to_vec(), Some(Format::Xls)),
            (b"\x09\x08\x10\0\0\x06\x05\0".to_vec(), Some(Format::Xls)),
            (b"\x09\x08;\n".to_vec(), None),
            (b"PK\x03\x04".to_vec(), None),
        ] {
            for name in ["-", "members", "members.xls", "members.csv"] {
                assert_eq!(super::format(Path::new(name), &sample), format, "{name}");
            }
        }
        for (name, format) in
            [("m.XLSX", Format::Xlsx), ("m.xlsb", Format::Xlsb), ("m.ods", Format::Ods)]
        {
            assert_eq!(super::format(Path::new(name), &zip("x")), Some(format));
            assert_eq!(super::format(Path::new(name), b"a;b\n"), None);
        }
    }

    #[test]
    fn a_lock_file_names_the_workbook_to_give() {
        for name in ["~$members.xlsx", ".~lock.members.xlsx#"] {
            let path = Path::new("folder").join(name);
            let words = refuse_lock(&path, b"\x05Erika").expect_err("a lock file").to_string();
            assert!(words.contains("give 'members.xlsx'"), "{words}");
            assert!(refuse_lock(&path, &[b'x'; 2000]).is_ok(), "a long file is none");
        }
        assert!(refuse_lock(Path::new("members.xlsx"), b"").is_ok());
        assert!(refuse_lock(Path::new("-"), b"").is_ok());
    }

    #[test]
    fn tables_in_markup_are_named_for_what_they_are() {
        for (text, word) in [
            ("<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table>", "HTML"),
            ("\r\n<!DOCTYPE HTML>\n<table>", "HTML"),
            ("<TABLE border=1><tr><td>KVNR", "HTML"),
            ("<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\">", "HTML"),
            (
                "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n\
                 <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                "Excel 2003",
            ),
            ("<?xml version=\"1.0\"?>\n<office:document xmlns:office=", "OpenDocument"),
            ("MIME-Version: 1.0\nContent-Type: multipart/related;", "MHTML"),
        ] {
            let words = refuse_markup(text.as_bytes()).expect_err("markup").to_string();
            assert!(words.contains(word) && words.contains("XLSX"), "{words}");
        }
        for text in ["KVNR;Name\n", "<Bundle xmlns=\"http://hl7.org/fhir\">", "MIME-Version;a\n"] {
            assert!(refuse_markup(text.as_bytes()).is_ok(), "{text}");
        }
    }
}
