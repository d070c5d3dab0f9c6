//! The description of a leak, without any identifier. Another party makes an index of found entries from it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    canary::canary_normal_forms,
    class_set::ClassSet,
    metadata::{KindCount, Metadata, RowAccount, is_false, is_zero},
    open::Index,
};
use crate::{
    breach::{Breach, DataClass},
    error::{Error, IndexFault},
    id::KeyId,
    identifier::{Field, Kind, KindSet, NORMALISER},
    profile::{DescribedProfile, LeakProfile, rounded},
};

/// All that an index says of its leak without any identifier, as JSON. It comes from
/// [`Index::description`]; a [`FoundIndex`](crate::FoundIndex) is made of it.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, LeakDescription, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let description = builder.build()?.description()?.rounded();
/// assert_eq!(description.rows.indexed, 1);
///
/// let json = serde_json::to_string(&description)?;
/// assert_eq!(serde_json::from_str::<LeakDescription>(&json)?, description);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LeakDescription {
    /// The version of the rules by which identifiers were normalised.
    pub normaliser: u32,
    /// The version of Unicode that the normaliser had.
    pub unicode: String,
    /// The breach.
    pub breach: Breach,
    /// The kinds that the index holds.
    pub kinds: Vec<DescribedKind>,
    /// The classes of data, in the order of their names.
    pub data_classes: Vec<DataClass>,
    /// The sets of data classes that leaked together: of each class, its place in `data_classes`, in ascending
    /// order. A [`LeakedRecord`](crate::LeakedRecord) has the number of its set.
    pub class_sets: Vec<Vec<u32>>,
    /// The account of the rows of the leak.
    pub rows: RowAccount,
    /// How many leaked records the index holds.
    pub records: u64,
    /// The generation of the index; 0 if its builder did not count.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
    /// How many records were erased from the index.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub erased_records: u64,
    /// The fields that the leak surely does not hold ([`Metadata::absent_fields`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_fields: Vec<String>,
    /// The profile of the columns of these kinds.
    profile: DescribedProfile,
}

/// A kind that an index holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DescribedKind {
    /// The kind's name.
    pub kind: String,
    /// How many different identifiers of this kind the index holds.
    pub identifiers: u64,
    /// How many leaked records have one, counted once for each identifier.
    pub records: u64,
    /// As in the metadata of an index ([`KindCount::of_plain`]).
    #[serde(default, skip_serializing_if = "is_false")]
    pub of_plain: bool,
    /// As in the metadata of an index ([`KindCount::lacks_plain`]).
    #[serde(default, skip_serializing_if = "is_false")]
    pub lacks_plain: bool,
    /// Whether all hashes of this kind were made of plain addresses that the index holds, too. Members' plain
    /// addresses then need no such hash.
    #[serde(default, skip_serializing_if = "is_false")]
    pub only_of_plain: bool,
}

/// A description that was checked.
pub(crate) struct Described {
    /// Without canaries, and with kinds without a found identifier.
    pub metadata: Metadata,
    pub kinds: KindSet,
    pub hashes_of_plain: KindSet,
    pub class_sets: Vec<ClassSet>,
    pub profile: LeakProfile,
}

impl Index {
    /// All that the index says of its leak without any identifier. It leaves out columns that feed no kind of the
    /// index: no verdict depends on them.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if the index was merged of several leaks, holds found entries only, or is damaged.
    pub fn description(&self) -> Result<LeakDescription, Error> {
        let metadata = self.metadata();
        let ([breach], [profile], true) =
            (&metadata.breaches[..], self.profiles(), metadata.parts.is_empty())
        else {
            return Err(IndexFault::SeveralLeaks.into());
        };
        if self.has_found_entries_only() {
            return Err(IndexFault::OnlyFoundEntries.into());
        }
        let hashes_of_plain = self.hashes_of_plain();
        let kinds = metadata.kinds.iter().map(|own| DescribedKind {
            kind: own.kind.clone(),
            identifiers: own.identifiers,
            records: own.records,
            of_plain: own.of_plain,
            lacks_plain: own.lacks_plain,
            only_of_plain: hashes_of_plain.iter().any(|kind| kind.slug() == own.kind),
        });
        let places =
            |set: ClassSet| set.places().filter_map(|place| u32::try_from(place).ok()).collect();
        Ok(LeakDescription {
            normaliser: metadata.normaliser,
            unicode: metadata.unicode.clone(),
            breach: Breach::clone(breach),
            kinds: kinds.collect(),
            data_classes: metadata.data_classes.clone(),
            class_sets: self.class_sets().map(places).collect(),
            rows: metadata.rows.clone(),
            records: metadata.records,
            generation: metadata.generation,
            erased_records: metadata.all_erased_records(),
            absent_fields: metadata.absent_fields.clone(),
            profile: DescribedProfile::of(profile, self.kinds()),
        })
    }
}

impl LeakDescription {
    /// The most sets of data classes. Real leaks have some hundred.
    const MOST_CLASS_SETS: usize = 1 << 16;
    /// The most reasons of an account.
    const MOST_REASONS: usize = 256;
    /// The longest version of Unicode, in bytes. That of a merged index lists several.
    const LONGEST_VERSION: usize = 256;

    /// The same with all counts of rows rounded to two digits. The counters of its columns stay as they are,
    /// since rounding could look like damage. None of them is below ten.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        let rows = &mut self.rows;
        for count in [&mut rows.indexed, &mut rows.duplicate, &mut rows.rejected] {
            *count = rounded(*count);
        }
        rows.read = rows.indexed.saturating_add(rows.duplicate).saturating_add(rows.rejected);
        let reasons =
            rows.rejects_by_reason.values_mut().chain(rows.suspects_by_reason.values_mut());
        reasons.for_each(|count| *count = rounded(*count));
        self.records = rounded(self.records);
        for own in &mut self.kinds {
            (own.identifiers, own.records) = (rounded(own.identifiers), rounded(own.records));
        }
        self.erased_records = rounded(self.erased_records);
        self.profile = self.profile.rounded();
        self
    }

    /// Whether everything fits together: the description may come from a stranger.
    pub(crate) fn check(&self, key_id: KeyId) -> Result<Described, IndexFault> {
        if self.normaliser != NORMALISER {
            let found = self.normaliser;
            return Err(IndexFault::OtherNormaliser { found, known: NORMALISER });
        }
        let require = |holds: bool, part| {
            if holds { Ok(()) } else { Err(IndexFault::WrongDescription { part }) }
        };
        let kinds = self.known_kinds().ok_or(IndexFault::WrongDescription { part: "kinds" })?;
        let class_sets = self.checked_class_sets();
        let class_sets = class_sets.ok_or(IndexFault::WrongDescription { part: "data classes" })?;
        require(self.unicode.len() <= Self::LONGEST_VERSION, "version of Unicode")?;
        require(self.rows_are_sound(), "rows")?;
        require(self.profile.is_sound(), "profile")?;
        require(self.absent_fields_are_sound(), "absent fields")?;

        let mut metadata = Metadata::new(key_id, self.rows.clone());
        metadata.unicode.clone_from(&self.unicode);
        metadata.breaches = vec![self.breach.clone().into()];
        metadata.data_classes.clone_from(&self.data_classes);
        metadata.records = self.records;
        metadata.generation = self.generation;
        metadata.without_codes = true;
        metadata.absent_fields.clone_from(&self.absent_fields);
        if self.erased_records > 0 {
            let breach = self.breach.name().clone();
            metadata.erased_records = [(breach, self.erased_records)].into_iter().collect();
        }
        metadata.kinds = self.kinds.iter().map(DescribedKind::count).collect();
        let hashes_of_plain = self.kinds.iter().filter(|own| own.only_of_plain);
        let hashes_of_plain = hashes_of_plain.filter_map(|own| own.kind.parse().ok()).collect();
        let profile = self.profile.whole();
        Ok(Described { metadata, kinds, hashes_of_plain, class_sets, profile })
    }

    /// The kinds, if this library makes identifiers of each, and none is there twice.
    fn known_kinds(&self) -> Option<KindSet> {
        let mut kinds = KindSet::EMPTY;
        for own in &self.kinds {
            let kind: Kind = own.kind.parse().ok()?;
            let is_new = !kinds.contains(kind);
            let _ = canary_normal_forms(kind).filter(|_| is_new)?;
            kinds.insert(kind);
        }
        let most = DescribedProfile::MOST;
        let mut counts = self.kinds.iter().flat_map(|own| [own.identifiers, own.records]);
        let are_counts = counts.all(|count| count <= most);
        let are_sound = self.kinds.iter().filter(|own| own.only_of_plain).all(|own| {
            let is_hash = KindSet::EMAIL_HASHES.iter().any(|hash| hash.slug() == own.kind);
            is_hash && own.of_plain && kinds.contains(Kind::Email)
        });
        (are_counts && are_sound).then_some(kinds)
    }

    /// Whether each is a known field, in the order of the list, and the leak has no kind of it.
    fn absent_fields_are_sound(&self) -> bool {
        let fields = self.absent_fields.iter().map(|slug| slug.parse::<Field>().ok());
        let Some(fields) = fields.collect::<Option<Vec<Field>>>() else { return false };
        let is_held = |field: &Field| {
            field.kinds().iter().any(|kind| self.kinds.iter().any(|own| own.kind == kind.slug()))
        };
        fields.is_sorted_by(|one, other| one < other) && !fields.iter().any(is_held)
    }

    fn checked_class_sets(&self) -> Option<Vec<ClassSet>> {
        let known = self.data_classes.len();
        let are_in_order = self.data_classes.is_sorted_by(|one, other| one < other);
        let too_many = self.class_sets.len() > Self::MOST_CLASS_SETS;
        if known > ClassSet::MOST_CLASSES || !are_in_order || too_many {
            return None;
        }
        let set_of = |places: &Vec<u32>| {
            let mut set = ClassSet::default();
            for &place in places {
                set.insert(usize::try_from(place).ok().filter(|&place| place < known)?);
            }
            places.is_sorted_by(|one, other| one < other).then_some(set)
        };
        let sets = self.class_sets.iter().map(set_of).collect::<Option<Vec<ClassSet>>>()?;
        let distinct: BTreeSet<&ClassSet> = sets.iter().collect();
        (distinct.len() == sets.len()).then_some(sets)
    }

    /// Whether the sums add up, and nothing overflows.
    fn rows_are_sound(&self) -> bool {
        let RowAccount { read, indexed, duplicate, rejected, .. } = self.rows;
        let sum = indexed.checked_add(duplicate).and_then(|sum| sum.checked_add(rejected));
        let (rejects, suspects) = (&self.rows.rejects_by_reason, &self.rows.suspects_by_reason);
        let is_reason = |(reason, count): (&String, &u64)| {
            let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            reason.len() <= 64 && reason.bytes().all(is_code) && *count <= DescribedProfile::MOST
        };
        sum == Some(read)
            && [read, self.records, self.erased_records]
                .iter()
                .all(|count| *count <= DescribedProfile::MOST)
            && rejects.len() + suspects.len() <= Self::MOST_REASONS
            && rejects.iter().chain(suspects).all(is_reason)
    }
}

impl DescribedKind {
    /// The kind in the metadata of an index.
    fn count(&self) -> KindCount {
        let Self { kind, identifiers, records, of_plain, lacks_plain, .. } = self.clone();
        KindCount { kind, identifiers, records, of_plain, lacks_plain }
    }
}
