//! Writes the table of an index.

use std::{
    io::Write,
    sync::atomic::{AtomicU64, Ordering},
};

use leakdex::{Breach, FoundIndex, Index, IndexBuilder, KeptIdentifiers, Key, Kind, KindSet};
use rayon::prelude::*;

use super::{
    KeyOfKind, NamedEpoch, PADDED_TO, TableMetadata,
    entry::{CANARY, ENTRY, EntryKey, payload_of},
    leak_fits,
    salt::Salt,
};
use crate::{
    envelope::{FileWriter, LONGEST_METADATA},
    epoch::{BATCH, Epoch, canary_input, input},
    error::Error,
    names::{FileId, FileType},
    signer::Signer,
    texts::Texts,
    voprf::KeyPair,
};

/// The salt of one table, and the key of the index from which the table is made. Only the key is secret.
///
/// The tags of records in a table come from this index. Its key is new for each table, so nobody can join two
/// tables by their tags.
pub struct TableKey {
    salt: Salt,
    index: Key,
    kinds: KindSet,
}

impl Epoch {
    /// The salt and the key of a new table.
    ///
    /// # Errors
    ///
    /// [`Error::NoRandomness`] if the operating system returns no random bytes.
    pub fn table_key(&self) -> Result<TableKey, Error> {
        let salt = Salt::generate()?;
        Ok(TableKey { salt, index: self.index_key(salt.as_bytes())?, kinds: self.kinds() })
    }
}

impl TableKey {
    /// The key of the index.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.index
    }

    /// A builder for the index. It indexes the kinds of the epoch, without codes, and keeps the identifiers.
    #[must_use]
    pub fn builder(&self, breach: Breach) -> IndexBuilder<'_> {
        let hashes = self.kinds.intersection(KindSet::EMAIL_HASHES);
        let builder = IndexBuilder::new(&self.index, breach).kinds(self.kinds);
        builder.email_hashes(hashes).without_codes().keep_identifiers()
    }
}

/// Writes the table of an index that a [builder](TableKey::builder) built
/// ([`build_with_identifiers`](IndexBuilder::build_with_identifiers)). Uses all threads. `progress` receives
/// the number of finished identifiers and the number of all identifiers.
///
/// # Errors
///
/// [`Error::WrongLeak`], before any work, if the leak does not fit the format; [`Error::Io`] if writing fails.
///
/// # Panics
///
/// If the index was built with another key, or holds a kind that the epoch lacks.
pub fn write_table(
    epoch: &Epoch,
    key: &TableKey,
    index: &Index,
    identifiers: &KeptIdentifiers,
    signer: &Signer,
    progress: impl Fn(u64, u64) + Sync,
    sink: impl Write,
) -> Result<FileId, Error> {
    assert!(index.key_id() == key.index.id(), "the index was built with the key of the table");
    let others = index.kinds().difference(epoch.kinds());
    assert!(others.is_empty(), "the index holds kinds of the epoch only");
    let file = FileType::Table;
    let malformed = |part| Error::Malformed { file, part };
    let leak = index.description()?.rounded();
    leak_fits(&leak)?;
    if FoundIndex::new(&Key::generate()?, &leak).is_err() {
        return Err(Error::WrongLeak(
            "no insurer could open its table; shorten the texts of its breach, or leave out columns of data classes",
        ));
    }
    let keys = epoch.public_keys().into_iter();
    let mut metadata = TableMetadata {
        epoch: NamedEpoch { name: epoch.name().clone(), id: epoch.id() },
        keys: keys.map(|(kind, public_key)| KeyOfKind { kind, public_key }).collect(),
        salt: key.salt,
        leak,
        // The number with the most digits, for the check of the length. The real number is known only after the work.
        entries: u64::MAX,
    };
    let length = serde_json::to_vec(&metadata).expect("it has string keys only").len();
    if length > LONGEST_METADATA as usize {
        return Err(Error::WrongLeak(
            "its rows have too many different sets of data classes; leave out columns that nobody needs, as in \
             --column 'HEADER=ignore'",
        ));
    }
    let total = identifiers.len() as u64;
    let done = AtomicU64::new(0);
    let mut entries = Vec::new();
    for (kind, pair) in epoch.pairs() {
        let input = canary_input(*kind).ok_or(Error::WrongKinds)?;
        let output = pair.evaluate(&[&input[..]])[0];
        entries.push(EntryKey::new(&output, &key.salt, 0).seal(CANARY));
        let count = identifiers.count(*kind);
        let parts = (0..count.div_ceil(PART)).into_par_iter().map(|part| {
            let numbers = part * PART..((part + 1) * PART).min(count);
            let canonicals = numbers.map(|number| identifiers.get(*kind, number));
            let canonicals: Vec<&[u8]> = canonicals.collect();
            let entries = entries_of(*kind, pair, &canonicals, index, &key.salt);
            let more = canonicals.len() as u64;
            progress(done.fetch_add(more, Ordering::Relaxed) + more, total);
            entries
        });
        let parts: Option<Vec<_>> = parts.collect();
        entries.extend(parts.ok_or(malformed("class sets"))?.into_iter().flatten());
    }
    pad(&mut entries)?;
    entries.par_sort_unstable();
    if !entries.is_sorted_by(|one, other| one[..ENTRY / 2] < other[..ENTRY / 2]) {
        // Labels have 128 bits, so no two are equal by accident.
        return Err(malformed("labels"));
    }
    metadata.entries = entries.len() as u64;
    let body_length = (entries.len() * ENTRY) as u64;
    let mut writer = FileWriter::begin(file, signer, &metadata, body_length, sink)?;
    for part in entries.chunks(BATCH) {
        writer.write(part.as_flattened())?;
    }
    writer.finish()
}

/// The number of identifiers that a thread evaluates at a time.
const PART: usize = 1024;

/// The entries of identifiers of one kind. `None` if the format has no number for one of the class sets.
fn entries_of(
    kind: Kind,
    pair: &KeyPair,
    canonicals: &[&[u8]],
    index: &Index,
    salt: &Salt,
) -> Option<Vec<[u8; ENTRY]>> {
    let label = input(kind, &[]);
    let mut texts = Texts::default();
    canonicals.iter().for_each(|canonical| texts.push(&[&label, canonical]));
    let inputs: Vec<&[u8]> = (0..texts.len()).map(|number| texts.get(number)).collect();
    let mut entries = Vec::with_capacity(canonicals.len());
    for (canonical, output) in canonicals.iter().zip(pair.evaluate(&inputs)) {
        let records = index.leaked_records(kind, canonical);
        let records = records.expect("an index that was just built is whole");
        assert!(!records.is_empty(), "the identifiers are those of the index");
        for (number, record) in (0..).zip(&records) {
            entries.push(EntryKey::new(&output, salt, number).seal(payload_of(record)?));
        }
    }
    Some(entries)
}

/// Adds random entries up to a multiple of [`PADDED_TO`].
fn pad(entries: &mut Vec<[u8; ENTRY]>) -> Result<(), Error> {
    let padded = entries.len().next_multiple_of(PADDED_TO);
    let start = entries.len();
    entries.resize(padded, [0; ENTRY]);
    getrandom::fill(entries[start..].as_flattened_mut()).map_err(Error::NoRandomness)
}
