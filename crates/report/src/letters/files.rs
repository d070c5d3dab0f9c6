//! The folder of letters, and the list in it.

use std::{
    fs::File,
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use leakdex_staging::StagedFolder;

use crate::error::Error;

/// The list of letters, in their folder.
pub const LIST: &str = "index.csv";

const HEADER: [&str; 8] =
    ["letter", "file", "row", "member", "strength", "breaches", "breach_strengths", "decision"];

/// The list of letters, while they are being written.
pub struct LetterList {
    writer: csv::Writer<BufWriter<File>>,
}

impl LetterList {
    pub fn create(folder: &LetterFolder) -> Result<Self, Error> {
        let writer = csv::Writer::from_writer(BufWriter::new(folder.file(LIST)?));
        let mut list = Self { writer };
        list.write(HEADER).map_err(folder.failed())?;
        Ok(list)
    }

    pub fn write(&mut self, cells: [&str; HEADER.len()]) -> csv::Result<()> {
        self.writer.write_record(cells)
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Opens the list and unlinks it, so a new list can be created under its name.
pub fn take_list(folder: &LetterFolder) -> Result<File, Error> {
    let list = folder.staged.open_file(LIST).map_err(folder.failed())?;
    folder.staged.remove_file(LIST).map_err(folder.failed())?;
    Ok(list)
}

/// A folder of letters without its final name. Errors state that name. Dropping the value removes the folder.
#[derive(Debug)]
pub struct LetterFolder {
    pub(super) staged: StagedFolder,
    target: PathBuf,
}

impl LetterFolder {
    pub(super) fn create(target: &Path) -> Result<Self, Error> {
        let staged = StagedFolder::create(target).map_err(Error::failed(format!(
            "{}: no letters can be written there; name a new folder",
            target.display()
        )))?;
        Ok(Self { staged, target: target.to_owned() })
    }

    pub(super) fn file(&self, name: &str) -> Result<File, Error> {
        self.staged.create_file(name).map_err(self.failed())
    }

    /// Gives the folder its final name.
    ///
    /// # Errors
    ///
    /// If it cannot be renamed.
    pub fn publish(self) -> Result<(), Error> {
        let failed = self.failed();
        self.staged.publish().map_err(failed)
    }

    pub(super) fn failed<E>(&self) -> impl FnOnce(E) -> Error + use<E>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let target = self.target.clone();
        move |source| {
            Error::failed(format!("{}: cannot write the letters", target.display()))(source)
        }
    }
}
