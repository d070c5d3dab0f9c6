//! What leaked about a member, and in which breaches.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Serialize, Serializer};

use crate::{
    breach::{Breach, DataClass},
    index::Index,
};

/// What leaked with a pseudonym, or with all matching pseudonyms of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Exposure {
    by_breach: Vec<BreachExposure>,
}

/// What leaked in one breach.
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
    /// The classes of data in exactly the rows that matched, and those that leaked about everyone
    /// in the breach.
    pub data_classes: BTreeSet<DataClass>,
    /// How many leaked records matched, without duplicates. If several identifiers of a member
    /// matched, this is the largest number of any of them, since they may be in the same records.
    pub records: u64,
}

impl Exposure {
    /// What leaked in each breach, in the order of the breaches' names.
    #[must_use]
    pub fn by_breach(&self) -> &[BreachExposure] {
        &self.by_breach
    }

    /// The classes of data over all breaches.
    #[must_use]
    pub fn data_classes(&self) -> BTreeSet<&DataClass> {
        self.by_breach.iter().flat_map(|part| &part.data_classes).collect()
    }

    /// The number of leaked records over all breaches.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.by_breach.iter().fold(0, |sum, part| sum.saturating_add(part.records))
    }

    /// Adds what leaked in a breach, from the same records or from others.
    fn unite(
        &mut self,
        breach: &Arc<Breach>,
        classes: impl Iterator<Item = DataClass>,
        records: u64,
    ) {
        match self.by_breach.binary_search_by(|own| own.breach.name().cmp(breach.name())) {
            Ok(place) => {
                let own = &mut self.by_breach[place];
                own.data_classes.extend(classes);
                own.records = own.records.max(records);
            }
            Err(place) => {
                let data_classes = classes.collect();
                let new = BreachExposure { breach: Arc::clone(breach), data_classes, records };
                self.by_breach.insert(place, new);
            }
        }
    }

    /// The union of the exposures with these numbers, each of them in its index.
    pub(super) fn united<'a>(numbered: impl Iterator<Item = (&'a Index, u32)>) -> Self {
        let mut exposure = Self::default();
        for (index, number) in numbered {
            let occurrences = index.occurrences(number.into()).into_iter().flatten().flatten();
            for (breach, classes, records) in occurrences {
                exposure.unite(breach, classes.cloned(), records);
            }
        }
        exposure
    }
}

/// The most records of one breach that share a value of one person. A value of more records stands for
/// nobody, or belongs to a hotline, a company or a carer.
const MOST_RECORDS_OF_A_PERSON: u64 = 64;

/// Whether too many records of each breach have the value that was found.
pub(super) fn is_shared(index: &Index, exposure: u32) -> bool {
    let occurrences = index.occurrences(exposure.into()).into_iter().flatten().flatten();
    let fewest = occurrences.map(|(_, _, records)| records).min();
    fewest.is_some_and(|records| records > MOST_RECORDS_OF_A_PERSON)
}

impl Index {
    /// The exposure with this number, as a look-up returns it. It is empty if the index does not
    /// have the number, or if a mapped index is damaged at this place.
    #[must_use]
    pub fn exposure(&self, number: u32) -> Exposure {
        Exposure::united([(self, number)].into_iter())
    }
}

/// An exposure only names its breaches. The index's metadata describes them.
fn name_only<S: Serializer>(breach: &Breach, serializer: S) -> Result<S::Ok, S::Error> {
    breach.name().serialize(serializer)
}
