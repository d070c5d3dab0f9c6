//! `leakdex private`: a check against a leak that another party holds. `docs/PRIVATE-CHECK.md` has the
//! protocol.

mod answer;
mod ask;
mod audit;
mod epoch;
mod finish;
mod grant;
mod lists;
mod open;
mod signer;
mod table;

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex_private::{Epoch, FileId, FileType, Fingerprint, Signer, Table, verify_file};

use crate::{
    args::{PrivateCommand, TablesArguments},
    inputs::Inputs,
    keys,
    output::{self, Output, is_standard, is_stream},
    status::{Status, print_info, wrong_usage},
};

pub fn run(command: &PrivateCommand) -> anyhow::Result<Status> {
    match command {
        PrivateCommand::Signer(arguments) => signer::run(arguments),
        PrivateCommand::Epoch(arguments) => epoch::run(arguments),
        PrivateCommand::Table(arguments) => table::run(arguments),
        PrivateCommand::Grant(arguments) => grant::run(arguments),
        PrivateCommand::Answer(arguments) => answer::run(arguments),
        PrivateCommand::Ask(arguments) => ask::run(arguments),
        PrivateCommand::Finish(arguments) => finish::run(arguments),
        PrivateCommand::Open(arguments) => open::run(arguments),
        PrivateCommand::Audit(arguments) => audit::run(arguments),
    }
}

/// Reads a secret from a file that only its owner can read.
fn load<T>(
    path: &Path,
    of_text: impl FnOnce(&[u8]) -> Result<T, leakdex_private::Error>,
) -> anyhow::Result<T> {
    of_text(&keys::read(path)?).with_context(|| path.display().to_string())
}

/// Refuses a place where no secret file can be created.
fn refuse_place_of_secret(path: &Path) -> anyhow::Result<()> {
    if is_standard(path) || is_stream(path) {
        return wrong_usage("a secret goes into a file that only its owner can read; name one");
    }
    output::refuse_folder_of(path)
}

/// Writes a secret to a new file that only its owner can read, sealed if a passphrase is wanted.
fn save(path: &Path, text: &[u8], with_passphrase: bool) -> anyhow::Result<()> {
    refuse_place_of_secret(path)?;
    keys::save(path, text, with_passphrase)
}

fn load_signer(path: &Path) -> anyhow::Result<Signer> {
    load(path, Signer::from_text)
}

fn load_epoch(path: &Path) -> anyhow::Result<Epoch> {
    load(path, Epoch::from_text)
}

/// Opens a file of the other party. It is read more than once.
fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let in_file = || path.display().to_string();
    if is_standard(path) || is_stream(path) {
        return wrong_usage(
            "this file is read more than once, so it cannot be a stream; name a file",
        );
    }
    let file = File::open(path).with_context(in_file)?;
    anyhow::ensure!(
        file.metadata().with_context(in_file)?.is_file(),
        "{}: is not a file",
        in_file()
    );
    Ok(BufReader::with_capacity(1 << 16, file))
}

/// Prepares a file for the other party. It cannot be standard output, which has other text.
fn create(path: &Path) -> anyhow::Result<Output> {
    if is_standard(path) || is_stream(path) {
        return wrong_usage(
            "a file of a private check is read back, so it cannot be a stream; name a file",
        );
    }
    Output::create(path)
}

/// Publishes a file for the other party, after it is on the disk and reads back as it was written.
fn publish(output: Output, file: FileType, id: FileId) -> anyhow::Result<()> {
    let output = read_back(output, file, id)?;
    output::publish(output::settle([output])?, output::NO_PRIMARY_OUTPUT)
}

/// Refuses a file for the other party that does not read back as it was written.
fn read_back(mut output: Output, file: FileType, id: FileId) -> anyhow::Result<Output> {
    if let Some(written) = output.reopened()? {
        let read = verify_file(file, BufReader::new(written));
        let is_same = read.as_ref().is_ok_and(|read| *read == id);
        anyhow::ensure!(
            is_same,
            "{}: does not read back as written; check the disk",
            output.place()
        );
    }
    Ok(output)
}

/// Opens the tables of a provider, with the normalising rules of the inputs.
fn open_tables(
    arguments: &TablesArguments,
    provider: &Fingerprint,
    inputs: &Inputs,
) -> anyhow::Result<Vec<Table>> {
    let open_one = |path: &PathBuf| {
        let in_file = || path.display().to_string();
        let table = Table::open(open(path)?, Some(provider)).with_context(in_file)?;
        // Without a list of ids, any table of the provider is accepted.
        let wanted = arguments.table_ids.first().copied();
        let wanted = wanted.filter(|_| !arguments.table_ids.contains(&table.id()));
        table.require(wanted, Some(arguments.min_generation)).with_context(in_file)?;
        let (name, generation) = (table.epoch_name(), table.description().generation);
        print_info(format_args!(
            "{}: table {}, epoch {name}, generation {generation}, signed by {}\n",
            path.display(),
            table.id(),
            table.provider()
        ));
        anyhow::Ok(table.with_normaliser(inputs.normaliser()))
    };
    let tables = arguments.tables.iter().map(open_one).collect::<anyhow::Result<Vec<Table>>>()?;
    for (path, table) in arguments.tables.iter().zip(&tables) {
        anyhow::ensure!(
            table.epoch() == tables[0].epoch(),
            "{}: is of another epoch than {}; make a separate request for each epoch",
            path.display(),
            arguments.tables[0].display()
        );
    }
    Ok(tables)
}

/// Refuses a ledger that does not exist.
fn require_ledger(path: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        path.exists(),
        "{}: no such ledger; 'leakdex private grant --members N' makes it",
        path.display()
    );
    Ok(())
}
