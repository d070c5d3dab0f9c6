//! The files of a health card (gematik, `gemSpec_eGK_Fach_VSDM`, section 2): two-byte lengths or offsets,
//! followed by XML compressed with gzip.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::transfer;

/// The size limit of a file of a card, in bytes.
const LARGEST_FILE: usize = 1 << 16;

/// The size limit of a decompressed document, in bytes.
const LARGEST_DOCUMENT: usize = 1 << 20;

const GZIP: &[u8] = &[0x1F, 0x8B, 0x08];

/// A file of a card, by its bytes.
pub(in crate::formats) enum Card {
    /// The personal data (`EF.PD`), decompressed.
    Person(Vec<u8>),
    /// The insurance data (`EF.VD`, `EF.GVD`).
    Insurance,
}

impl Card {
    /// The kind of a file of a card; `None` for other files.
    pub fn of(file: &[u8]) -> Option<Self> {
        if file.len() > LARGEST_FILE {
            return None;
        }
        // With two documents, the offsets of both precede the first.
        if file.get(8..).is_some_and(|rest| rest.starts_with(GZIP)) {
            return Some(Self::Insurance);
        }
        let content = with_length(file)?;
        unzipped(content, LARGEST_DOCUMENT).map(Self::Person)
    }
}

/// The XML in an element of a response: plain or in base64. In base64, it may also be compressed, or a file
/// of the card.
pub(super) fn unpacked(content: &[u8], longest: usize) -> Option<Vec<u8>> {
    if content.trim_ascii_start().starts_with(b"<") {
        return Some(content.to_vec());
    }
    let bytes = transfer::base64(content)?;
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Some(bytes);
    }
    unzipped(with_length(&bytes).unwrap_or(&bytes), longest)
}

/// The bytes after a two-byte length.
fn with_length(file: &[u8]) -> Option<&[u8]> {
    let (&[high, low], rest) = file.split_first_chunk()?;
    let content = rest.get(..usize::from(high) << 8 | usize::from(low))?;
    content.starts_with(GZIP).then_some(content)
}

/// Decompresses up to this many bytes; `None` if there are more.
fn unzipped(packed: &[u8], longest: usize) -> Option<Vec<u8>> {
    if !packed.starts_with(GZIP) {
        return None;
    }
    let mut unpacked = Vec::new();
    let most = u64::try_from(longest).ok()? + 1;
    GzDecoder::new(packed).take(most).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() <= longest).then_some(unpacked)
}
