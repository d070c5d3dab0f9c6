//! Tables, which a provider publishes of its leaks. An insurer can find an entry only after the provider has
//! evaluated its identifier.

pub(crate) mod entry;
mod salt;
mod write;

use std::{
    fmt,
    io::{Read, Seek},
};

use leakdex::{
    Batch, Breach, BreachName, FoundIndex, Key, Kind, KindSet, LeakDescription, LeakedRecord,
    NORMALISER, Normaliser,
};
use serde::{Deserialize, Serialize};

use self::entry::{ENTRY, EntryKey, Label, Payload, Scope};
pub(crate) use self::salt::Salt;
pub use self::write::{TableKey, write_table};
use crate::{
    envelope::SignedFile,
    epoch::{BATCH, EpochId, MAX_KINDS, PublicKey},
    error::Error,
    names::{FileId, FileType, Fingerprint},
    request::{of_slug, to_slug},
    voprf::Output,
};

/// The metadata of a table.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableMetadata {
    epoch: NamedEpoch,
    /// In the order of the slugs of their kinds.
    keys: Vec<KeyOfKind>,
    salt: Salt,
    leak: LeakDescription,
    entries: u64,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedEpoch {
    name: BreachName,
    id: EpochId,
}

/// The public key of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyOfKind {
    #[serde(serialize_with = "to_slug", deserialize_with = "of_slug")]
    kind: Kind,
    public_key: PublicKey,
}

/// A verified table in memory.
///
/// Its entries reveal nothing about the leaked people. An insurer sends the provider a request
/// ([`RequestBuilder`](crate::RequestBuilder)), and opens the entries of its own members with the response
/// ([`Finisher`](crate::Finisher)).
pub struct Table {
    id: FileId,
    provider: Fingerprint,
    epoch: EpochId,
    name: BreachName,
    keys: Vec<(Kind, PublicKey)>,
    salt: Salt,
    leak: LeakDescription,
    kinds: KindSet,
    normaliser: Normaliser,
    /// In ascending order of their labels.
    entries: Vec<[u8; ENTRY]>,
}

/// Refuses a description whose texts would not be plain text in a report.
fn leak_fits(leak: &LeakDescription) -> Result<(), Error> {
    let is_version = |byte: u8| byte.is_ascii_digit() || b"., +".contains(&byte);
    if !leak.unicode.bytes().all(is_version) {
        return Err(Error::WrongLeak("its Unicode version is malformed; build it again"));
    }
    let Breach { title, domain, breach_date, added_date, description, .. } = &leak.breach;
    let lines = [title, domain, breach_date, added_date].into_iter().flatten();
    let has_control = |text: &String| text.chars().any(char::is_control);
    let without_lines = |text: &String| text.replace(['\n', '\t'], "");
    if lines.into_iter().any(has_control)
        || description.iter().map(without_lines).any(|text| has_control(&text))
    {
        return Err(Error::WrongLeak(
            "a text of its breach has control characters; take them out (a description may have line feeds and \
             tabs)",
        ));
    }
    Ok(())
}

/// The number of entries is a multiple of this, so a table shows only roughly how many identifiers leaked.
pub(crate) const PADDED_TO: usize = 4096;

impl Table {
    /// Reads a table into memory and verifies all of it. If a provider is given, it must have signed the table.
    ///
    /// # Errors
    ///
    /// If the file is not a table, was changed, breaks the format, or has another signer; if it was made with
    /// other normalisation rules than those of this library.
    pub fn open(source: impl Read + Seek, provider: Option<&Fingerprint>) -> Result<Self, Error> {
        let file = FileType::Table;
        let mut table = SignedFile::open(file, source)?;
        let (id, signer) = (table.id(), table.signer());
        if provider.is_some_and(|provider| *provider != signer) {
            return Err(Error::UnknownSigner { file, signer });
        }
        let TableMetadata { epoch, keys, salt, leak, entries } = table.metadata()?;
        let malformed = |part| Error::Malformed { file, part };
        if leak.normaliser != NORMALISER {
            return Err(Error::OtherNormaliser { found: leak.normaliser });
        }
        let keys: Vec<(Kind, PublicKey)> =
            keys.into_iter().map(|key| (key.kind, key.public_key)).collect();
        let are_in_order = keys.is_sorted_by(|(one, _), (other, _)| one.slug() < other.slug());
        if !are_in_order || !(1..=MAX_KINDS).contains(&keys.len()) {
            return Err(malformed("list of keys"));
        }
        if EpochId::of(&epoch.name, &keys) != epoch.id {
            return Err(malformed("epoch id"));
        }
        leak_fits(&leak).map_err(|_| malformed("description of the leak"))?;
        // Nothing is ever looked up under this key.
        let empty = FoundIndex::new(&Key::generate()?, &leak).and_then(FoundIndex::build);
        let empty = empty.map_err(|_| malformed("description of the leak"))?;
        // A leak may have no identifier of a kind of the epoch.
        let requested: KindSet = keys.iter().map(|(kind, _)| *kind).collect();
        if !empty.kinds().difference(requested).is_empty() {
            return Err(malformed("list of kinds"));
        }
        let length = entries.checked_mul(ENTRY as u64);
        let count = usize::try_from(entries).ok().filter(|count| count.is_multiple_of(PADDED_TO));
        let (true, Some(count @ 1..)) = (length == Some(table.body_length()), count) else {
            return Err(malformed("number of entries"));
        };
        // The file is this long, so the count is safe for memory.
        let mut entries = vec![[0; ENTRY]; count];
        let mut body = table.body()?;
        for part in entries.chunks_mut(BATCH) {
            body.read(part.as_flattened_mut())?;
        }
        body.finish()?;
        if !entries.is_sorted_by(|one, other| one[..ENTRY / 2] < other[..ENTRY / 2]) {
            return Err(malformed("order of entries"));
        }
        let (provider, NamedEpoch { name, id: epoch }) = (signer, epoch);
        let (kinds, normaliser) = (empty.kinds(), Normaliser::new());
        Ok(Self { id, provider, epoch, name, keys, salt, leak, kinds, normaliser, entries })
    }

    /// Uses these rules to normalise members.
    #[must_use]
    pub fn with_normaliser(mut self, normaliser: Normaliser) -> Self {
        self.normaliser = normaliser;
        self
    }

    /// Refuses any table but the required one, and older generations.
    ///
    /// # Errors
    ///
    /// [`Error::OtherTable`] and [`Error::TooOld`].
    pub fn require(&self, id: Option<FileId>, generation: Option<u64>) -> Result<(), Error> {
        if id.is_some_and(|required| required != self.id) {
            return Err(Error::OtherTable { found: self.id });
        }
        let found = self.leak.generation;
        match generation {
            Some(required) if required > found => {
                Err(Error::TooOld { generation: found, required })
            }
            _ => Ok(()),
        }
    }

    /// The id of the table. All insurers get the same table, and can compare this id.
    #[must_use]
    pub const fn id(&self) -> FileId {
        self.id
    }

    /// The fingerprint of its signer.
    #[must_use]
    pub const fn provider(&self) -> Fingerprint {
        self.provider
    }

    /// The epoch whose keys made its entries.
    #[must_use]
    pub const fn epoch(&self) -> EpochId {
        self.epoch
    }

    /// The name of that epoch.
    #[must_use]
    pub const fn epoch_name(&self) -> &BreachName {
        &self.name
    }

    /// The kinds of identifier in the table.
    #[must_use]
    pub const fn kinds(&self) -> KindSet {
        self.kinds
    }

    /// The kinds of its epoch. A request asks for all of them. A leak may have no identifier of some of them.
    #[must_use]
    pub fn requested_kinds(&self) -> KindSet {
        self.keys.iter().map(|(kind, _)| *kind).collect()
    }

    /// The provider's description of the leak.
    #[must_use]
    pub const fn description(&self) -> &LeakDescription {
        &self.leak
    }

    /// An empty batch for members. It makes identifiers of all kinds of the epoch, even if they did not leak. So
    /// the batch is the same for all tables of the epoch.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.requested_kinds())
    }

    /// The public keys, in the order of the slugs of their kinds.
    pub(crate) fn keys(&self) -> &[(Kind, PublicKey)] {
        &self.keys
    }

    /// Whether the canary of a kind is in the table, given F of its input.
    pub(crate) fn has_canary(&self, kind: Kind, output: &Output) -> bool {
        let key = EntryKey::new(output, &self.salt, 0);
        let found = self.find(&key.label);
        found.is_some_and(|sealed| key.open(sealed, kind, self.scope()) == Payload::Canary)
    }

    /// Whether an identifier is in the table, given F of its input. Ignores entries of kinds that the table does
    /// not hold.
    pub(crate) fn has(&self, kind: Kind, output: &Output) -> bool {
        self.kinds().contains(kind)
            && self.find(&EntryKey::new(output, &self.salt, 0).label).is_some()
    }

    /// The leaked records with this identifier, given F of its input.
    pub(crate) fn records(&self, kind: Kind, output: &Output) -> Vec<LeakedRecord> {
        let entries = (0..).map_while(|number| {
            let key = EntryKey::new(output, &self.salt, number);
            let sealed = self.find(&key.label)?;
            Some(match key.open(sealed, kind, self.scope()) {
                Payload::Record(record) => record,
                // No identifier has the input of a canary.
                Payload::Canary | Payload::Unreadable => key.unknown_record(),
            })
        });
        entries.collect()
    }

    fn scope(&self) -> Scope {
        Scope { kinds: self.kinds(), class_sets: self.leak.class_sets.len() }
    }

    /// The sealed payload of the entry with this label.
    fn find(&self, label: &Label) -> Option<[u8; ENTRY / 2]> {
        let label_of = |entry: &[u8; ENTRY]| <Label>::try_from(&entry[..ENTRY / 2]).ok();
        let place = self.entries.partition_point(|entry| entry[..ENTRY / 2] < label[..]);
        let entry = self.entries.get(place).filter(|entry| label_of(entry) == Some(*label))?;
        entry.last_chunk().copied()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Table({}, {} entries)", self.id, self.entries.len())
    }
}
