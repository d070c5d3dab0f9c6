//! Detects workbooks, and files that spreadsheet programs write next to them or in their place.

use std::{ffi::OsStr, path::Path};

use crate::{error::InputProblem, options::Format};

/// The first bytes of a compound file: an Excel workbook of 1993 to 2003, or another Office file.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// The format of a workbook or another Office file, by its first bytes. For a ZIP file, the name of its first
/// entry decides, or else the file name.
pub(super) fn format(path: &Path, sample: &[u8]) -> Option<Format> {
    if sample.starts_with(COMPOUND) || is_workbook_stream(sample) {
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

/// Whether a file is a workbook stream without a compound file, as some programs write it.
pub(crate) const fn is_workbook_stream(file: &[u8]) -> bool {
    matches!(file, [9, 8, 8 | 16, 0, 0, 5 | 6, ..])
}

/// The name of the first file in a ZIP archive.
fn first_name(sample: &[u8]) -> Option<&[u8]> {
    let length = u16::from_le_bytes([*sample.get(26)?, *sample.get(27)?]);
    sample.get(30..30 + usize::from(length))
}

/// Refuses a small file with the name of a lock file. A spreadsheet program writes it while a workbook is open.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_is_detected_by_its_first_bytes_under_any_name() {
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
            let message = refuse_lock(&path, b"\x05Erika").expect_err("a lock file").to_string();
            assert!(message.contains("give 'members.xlsx'"), "{message}");
            assert!(refuse_lock(&path, &[b'x'; 2000]).is_ok(), "a long file is none");
        }
        assert!(refuse_lock(Path::new("members.xlsx"), b"").is_ok());
        assert!(refuse_lock(Path::new("-"), b"").is_ok());
    }
}
