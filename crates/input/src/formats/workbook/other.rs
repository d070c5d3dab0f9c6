//! Other office files, which cannot be read as workbooks.

use std::io::{Cursor, Read};

use cfb::CompoundFile;

use super::{ReadContext, package::Package};
use crate::{error::InputProblem, sniff::is_workbook_stream};

const REMEDY: &str = "give a workbook, or copy its table into one and save that";

/// The error for a workbook with a password.
pub(super) fn encrypted() -> InputProblem {
    InputProblem::Refused(
        "encrypted with a password",
        "open it in a spreadsheet program with the password, and save it without one",
    )
}

/// The stream of an Excel workbook of 1993 to 2003. `None` if the file is not a compound file. Refuses any
/// other compound file.
pub(super) fn stream_of_workbook(
    file: &[u8],
    reading: ReadContext,
) -> Result<Option<Vec<u8>>, InputProblem> {
    if is_workbook_stream(file) {
        return Ok(Some(file.to_vec()));
    }
    if !file.starts_with(b"\xD0\xCF\x11\xE0") {
        return Ok(None);
    }
    let mut compound = CompoundFile::open(Cursor::new(file)).map_err(|_| reading.unreadable())?;
    for name in ["Workbook", "Book"] {
        if compound.is_stream(name) {
            let mut stream = Vec::new();
            let found = compound.open_stream(name).map_err(|_| reading.unreadable())?;
            let most = u64::try_from(file.len()).unwrap_or(u64::MAX);
            found.take(most).read_to_end(&mut stream).map_err(|_| reading.unreadable())?;
            return Ok(Some(stream));
        }
    }
    if compound.exists("EncryptedPackage") {
        return Err(encrypted());
    }
    let kinds = [
        ("WordDocument", "a Word document"),
        ("PowerPoint Document", "a PowerPoint presentation"),
        ("__properties_version1.0", "an Outlook message"),
    ];
    let found = kinds.iter().find(|(name, _)| compound.exists(name));
    let found = found.map_or("another Office file, not a workbook", |(_, kind)| *kind);
    Err(InputProblem::Refused(found, REMEDY))
}

/// Refuses a ZIP file that is not a readable workbook.
pub(super) fn refuse(package: &mut Package) -> Result<(), InputProblem> {
    const OPEN_DOCUMENT: &str = "application/vnd.oasis.opendocument.";
    const AS_XLSX: &str = "open it in the program that wrote it and save it as XLSX";
    let reading = package.reading;
    let media_type = package.text("mimetype")?.unwrap_or_default();
    let manifest = package.text("META-INF/manifest.xml")?.unwrap_or_default();
    if manifest.contains("encryption-data") || package.has("encrypted-package") {
        return Err(encrypted());
    }
    let found = match media_type.trim().strip_prefix(OPEN_DOCUMENT) {
        Some(kind) if kind.starts_with("spreadsheet") => return Ok(()),
        Some(kind) if kind.starts_with("text") => "an OpenDocument text",
        Some(kind) if kind.starts_with("presentation") => "an OpenDocument presentation",
        Some(_) => "an OpenDocument file, not a spreadsheet",
        None if media_type.starts_with("application/vnd.sun.xml.calc") => {
            return Err(InputProblem::Refused("an OpenOffice 1 spreadsheet (SXC)", AS_XLSX));
        }
        None if package.has_folder("word/") => "a Word document",
        None if package.has_folder("ppt/") => "a PowerPoint presentation",
        None if package.has_folder("index/document.iwa") || package.has("index.zip") => {
            return Err(InputProblem::Refused("a spreadsheet of Apple Numbers", AS_XLSX));
        }
        None if !package.has("_rels/.rels") && !package.has("content.xml") => {
            return Err(reading.unreadable());
        }
        None => return Ok(()),
    };
    Err(InputProblem::Refused(found, REMEDY))
}
