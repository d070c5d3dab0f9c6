//! The leaked data of a member, by breach.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Serialize, Serializer};

use crate::{
    breach::{Breach, DataClass},
    identifier::{KindSet, Strength},
    index::{Index, LookupResult},
    pseudonym::Pseudonym,
};

/// The data that leaked together with a pseudonym, or with all matching pseudonyms of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Exposure {
    by_breach: Vec<BreachExposure>,
}

/// The data that leaked in one breach.
///
/// ```
/// use leakdex::{Breach, DataClass, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut breach = Breach::named("bitmarck-2023-01")?;
/// breach.data_classes.push(DataClass::PASSWORDS);
/// let mut builder = IndexBuilder::new(&key, breach);
/// builder.add(&Record::new().username("eva"))?;
/// let index = builder.build()?;
///
/// let verdict = index.check(&Record::new().username("Eva"));
/// let exposure = verdict.finding().expect("it leaked").exposure();
/// for in_breach in exposure.by_breach() {
///     let classes: Vec<&str> = in_breach.data_classes.iter().map(|class| class.as_str()).collect();
///     println!("{}: {} in {} records", in_breach.breach.name(), classes.join(", "), in_breach.records);
/// #   assert_eq!(classes, ["passwords", "usernames"]);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BreachExposure {
    /// The breach. In JSON, its name.
    #[serde(serialize_with = "name_only")]
    pub breach: Arc<Breach>,
    /// The data classes of the matching rows, and those that leaked about everyone in the breach.
    pub data_classes: BTreeSet<DataClass>,
    /// How many leaked records matched, without duplicates.
    pub records: u64,
    /// How sure it is that the best of these records is the member's.
    pub strength: Strength,
    /// How many records were added one by one. Other records that share a value are only counted.
    #[serde(skip)]
    added: u64,
}

/// A leaked record that counts as a member's.
///
/// ```
/// use leakdex::{Breach, DataClass, IndexBuilder, Key, Record, Strength};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780").email("m.muster@example.de"))?;
/// builder.add(&Record::new().kvnr("A123456780").iban("DE89370400440532013000"))?;
/// let index = builder.build()?;
///
/// let verdict = index.check(&Record::new().kvnr("A123456780"));
/// let records = verdict.finding().expect("it leaked twice").records();
/// assert_eq!(records.len(), 2);
/// assert!(records.iter().all(|record| record.strength == Strength::Certain));
/// let with_address = |record: &&leakdex::MatchedRecord| {
///     record.data_classes.contains(&DataClass::EMAIL_ADDRESSES)
/// };
/// assert_eq!(records.iter().filter(with_address).count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MatchedRecord {
    /// The tag of the record. Equal records of a breach have the same tag under one key. A tag reveals
    /// nothing about the person.
    pub tag: u64,
    /// How sure it is that the record is the member's.
    pub strength: Strength,
    /// The breach of the record.
    pub breach: Arc<Breach>,
    /// The data classes of the record, and those that leaked about everyone in the breach.
    pub data_classes: Vec<DataClass>,
    /// The kinds of identifier by which it counts as the member's.
    pub kinds: KindSet,
}

impl Exposure {
    /// The data that leaked in each breach, in the order of the breaches' names.
    #[must_use]
    pub fn by_breach(&self) -> &[BreachExposure] {
        &self.by_breach
    }

    /// The data classes over all breaches.
    #[must_use]
    pub fn data_classes(&self) -> BTreeSet<&DataClass> {
        self.by_breach.iter().flat_map(|part| &part.data_classes).collect()
    }

    /// The number of leaked records over all breaches.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.by_breach.iter().fold(0, |sum, part| sum.saturating_add(part.records))
    }

    /// The data that leaked in this breach.
    fn in_breach(&mut self, breach: &Arc<Breach>) -> &mut BreachExposure {
        let place = self.by_breach.binary_search_by(|known| known.breach.name().cmp(breach.name()));
        let place = place.unwrap_or_else(|place| {
            let new = BreachExposure {
                breach: Arc::clone(breach),
                data_classes: BTreeSet::new(),
                records: 0,
                strength: Strength::Candidate,
                added: 0,
            };
            self.by_breach.insert(place, new);
            place
        });
        &mut self.by_breach[place]
    }

    /// Adds a record. `shared_by` is the number of records of the breach that share the value and therefore
    /// matched.
    pub(super) fn add_record<'a>(
        &mut self,
        breach: &Arc<Breach>,
        classes: impl Iterator<Item = &'a DataClass>,
        strength: Strength,
        shared_by: Option<u64>,
    ) {
        let part = self.in_breach(breach);
        part.data_classes.extend(classes.cloned());
        part.strength = part.strength.max(strength);
        part.added = part.added.saturating_add(1);
        part.records = part.records.max(part.added).max(shared_by.unwrap_or_default());
    }
}

impl Index {
    /// The data that leaked in all records of the index with this pseudonym. The exposure is empty if the index
    /// lacks the pseudonym. `None` if the mapped index is damaged here, or if the pseudonym belongs to another shard.
    #[must_use]
    pub fn exposure(&self, pseudonym: Pseudonym) -> Option<Exposure> {
        let mut exposure = Exposure::default();
        let entry = match self.look_up(pseudonym) {
            LookupResult::Found(entry) => entry,
            LookupResult::Absent => return Some(exposure),
            LookupResult::Damaged | LookupResult::OtherShard => return None,
        };
        for posting in self.postings(entry, pseudonym)?.iter() {
            let posting = posting?;
            let (breach, classes) = self.resolve_origin(posting.origin as usize)?;
            exposure.add_record(breach, classes, posting.kind.strength(), None);
        }
        Some(exposure)
    }
}

/// An exposure only names its breaches. The index's metadata describes them.
fn name_only<S: Serializer>(breach: &Breach, serializer: S) -> Result<S::Ok, S::Error> {
    breach.name().serialize(serializer)
}
