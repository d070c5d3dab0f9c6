//! The parts of the crate that fuzz targets and their replay tests call. They are not a public interface and
//! change without notice.

pub use crate::ledger::read_ledger;
use crate::{envelope::FileWriter, names::FileType, signer::Signer};

/// A signed file with arbitrary metadata and body. `None` if the metadata is too long.
#[must_use]
pub fn sealed(file: FileType, metadata: &[u8], body: &[u8], signer: &Signer) -> Option<Vec<u8>> {
    let mut sealed = Vec::new();
    let length = body.len() as u64;
    let mut writer = FileWriter::begin_with(file, signer, metadata, length, &mut sealed).ok()?;
    writer.write(body).ok()?;
    writer.finish().ok()?;
    Some(sealed)
}
