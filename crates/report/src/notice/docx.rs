//! A Word document: an archive of a few XML files (ECMA-376, Office Open XML).

use std::io::{Cursor, Write as _};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::error::Error;

/// The parts other than the text. They are the same in every document.
const PARTS: [(&str, &str); 4] = [
    ("[Content_Types].xml", include_str!("templates/content_types.xml")),
    ("_rels/.rels", include_str!("templates/package.rels.xml")),
    ("word/_rels/document.xml.rels", include_str!("templates/document.rels.xml")),
    ("word/styles.xml", include_str!("templates/styles.xml")),
];

/// Packs this text into a document.
pub fn package(document: &str) -> Result<Vec<u8>, Error> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // All parts have the same time, so equal notices are equal files.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    for (name, text) in PARTS.into_iter().chain([("word/document.xml", document)]) {
        archive.start_file(name, options).map_err(Error::failed("the notice cannot be packed"))?;
        let written = archive.write_all(text.trim_end().as_bytes());
        written.map_err(Error::failed("the notice cannot be packed"))?;
    }
    let packed = archive.finish().map_err(Error::failed("the notice cannot be packed"))?;
    Ok(packed.into_inner())
}
