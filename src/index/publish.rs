//! Gives a finished index its name: atomically, and only once it is on the disk and read back.

use std::{fs::File, io::Write, path::Path};

use super::Index;
use crate::{error::Error, key::Key};

/// Writes `bytes` beside `target`, brings them to the disk, opens and verifies them, and renames.
pub(super) fn publish(bytes: &[u8], key: &Key, target: &Path) -> Result<Index, Error> {
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |action| move |source| Error::io(action, target, source);
    // Removed when dropped, unless it got the target's name; only its owner can read it.
    let mut temporary = tempfile::Builder::new()
        .prefix(".leakdex-")
        .tempfile_in(folder)
        .map_err(failed("create the index"))?;
    temporary.write_all(bytes).map_err(failed("write the index"))?;
    temporary.as_file().sync_all().map_err(failed("bring the index to the disk"))?;
    let index = Index::open(temporary.path(), key)?;
    temporary.persist(target).map_err(|error| Error::io("name the index", target, error.error))?;
    sync_folder(folder).map_err(failed("bring the index's name to the disk"))?;
    Ok(index)
}

/// A rename lasts once the folder is on the disk; not every system can do that.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
