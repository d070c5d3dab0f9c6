//! The description of a leak, without any identifier. Another party makes an index of found entries
//! from it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    canary::canary_normal_forms,
    class_set::ClassSet,
    held::hold_values_of,
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

/// Everything that an index contains about its leak except identifiers, as JSON.
/// [`Index::description`] returns it, and a [`FoundIndex`](crate::FoundIndex) is made from it.
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
    /// The version of the rules that normalised the identifiers.
    pub normaliser: u32,
    /// The version of Unicode in the normaliser.
    pub unicode: String,
    /// The breach.
    pub breach: Breach,
    /// The kinds in the index.
    pub kinds: Vec<DescribedKind>,
    /// The classes of data, sorted by name.
    pub data_classes: Vec<DataClass>,
    /// The sets of data classes that leaked together. Each set is the indexes of its classes in
    /// `data_classes`, in ascending order. A [`LeakedRecord`](crate::LeakedRecord) has the index of
    /// its set.
    pub class_sets: Vec<Vec<u32>>,
    /// The account of the rows of the leak.
    pub rows: RowAccount,
    /// The number of leaked records in the index.
    pub records: u64,
    /// The generation of the index; 0 if its builder did not set one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
    /// How many records were erased from the index.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub erased_records: u64,
    /// The fields that the leak certainly does not have ([`Metadata::absent_fields`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_fields: Vec<String>,
    /// The profile of the columns of these kinds.
    profile: DescribedProfile,
}

/// A kind in an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DescribedKind {
    /// The kind's name.
    pub kind: String,
    /// The number of distinct identifiers of this kind.
    pub identifiers: u64,
    /// The number of leaked records with such an identifier. A record counts once for each of its
    /// identifiers.
    pub records: u64,
    /// As in the metadata of an index ([`KindCount::of_plain`]).
    #[serde(default, skip_serializing_if = "is_false")]
    pub of_plain: bool,
    /// As in the metadata of an index ([`KindCount::lacks_plain`]).
    #[serde(default, skip_serializing_if = "is_false")]
    pub lacks_plain: bool,
    /// Whether all hashes of this kind were made from plain addresses that are also in the index.
    /// Then a lookup of a member's plain address needs no such hash.
    #[serde(default, skip_serializing_if = "is_false")]
    pub only_of_plain: bool,
}

/// A description that was checked.
pub(crate) struct CheckedDescription {
    /// Without canaries. It also lists kinds without any found identifier.
    pub metadata: Metadata,
    pub kinds: KindSet,
    pub hashes_of_plain: KindSet,
    pub class_sets: Vec<ClassSet>,
    pub profile: LeakProfile,
}

impl Index {
    /// Everything that the index contains about its leak except identifiers. Columns without a kind
    /// in the index are left out, because no verdict depends on them.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if the index was merged from several leaks, has found entries only, or is
    /// damaged.
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
        let hashes_of_plain = self.held.hashes_of_plain;
        let kinds = metadata.kinds.iter().map(|count| DescribedKind {
            kind: count.kind.clone(),
            identifiers: count.identifiers,
            records: count.records,
            of_plain: count.of_plain,
            lacks_plain: count.lacks_plain,
            only_of_plain: hashes_of_plain.iter().any(|kind| kind.slug() == count.kind),
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
    /// The largest number of sets of data classes. Real leaks have a few hundred.
    const MAX_CLASS_SETS: usize = 1 << 16;
    /// The largest number of reasons in an account.
    const MAX_REASONS: usize = 256;
    /// The longest version of Unicode, in bytes. A merged index lists several.
    const LONGEST_VERSION: usize = 256;

    /// The same description, with all counts of rows rounded to two digits. Counters of columns
    /// stay exact, because rounding could look like damage to the column. None of them is below
    /// ten.
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
        for kind in &mut self.kinds {
            (kind.identifiers, kind.records) = (rounded(kind.identifiers), rounded(kind.records));
        }
        self.erased_records = rounded(self.erased_records);
        self.profile = self.profile.rounded();
        self
    }

    /// Checks that all parts fit together. The description may come from somebody untrusted.
    pub(crate) fn check(&self, key_id: KeyId) -> Result<CheckedDescription, IndexFault> {
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
        require(self.absent_fields_are_sound(kinds), "absent fields")?;

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
        let hashes_of_plain = self.kinds.iter().filter(|kind| kind.only_of_plain);
        let hashes_of_plain = hashes_of_plain.filter_map(|kind| kind.kind.parse().ok()).collect();
        let profile = self.profile.to_profile();
        Ok(CheckedDescription { metadata, kinds, hashes_of_plain, class_sets, profile })
    }

    /// The kinds, if this library makes identifiers of each, none is listed twice, and their counts
    /// and marks are sound.
    fn known_kinds(&self) -> Option<KindSet> {
        let mut kinds = KindSet::EMPTY;
        for described in &self.kinds {
            let kind: Kind = described.kind.parse().ok()?;
            let is_new = !kinds.contains(kind);
            let _ = canary_normal_forms(kind).filter(|_| is_new)?;
            kinds.insert(kind);
        }
        let most = DescribedProfile::MAX_COUNT;
        let mut counts = self.kinds.iter().flat_map(|kind| [kind.identifiers, kind.records]);
        let are_counts = counts.all(|count| count <= most);
        let are_sound = self.kinds.iter().filter(|kind| kind.only_of_plain).all(|kind| {
            let is_hash = KindSet::EMAIL_HASHES.iter().any(|hash| hash.slug() == kind.kind);
            is_hash && kind.of_plain && kinds.contains(Kind::Email)
        });
        (are_counts && are_sound).then_some(kinds)
    }

    /// Whether the fields are known, in the right order, and of kinds that the leak does not have.
    fn absent_fields_are_sound(&self, kinds: KindSet) -> bool {
        let fields = self.absent_fields.iter().map(|slug| slug.parse::<Field>().ok());
        let Some(fields) = fields.collect::<Option<Vec<Field>>>() else { return false };
        let is_held = |&field: &Field| hold_values_of(kinds, field);
        fields.is_sorted_by(|one, other| one < other) && !fields.iter().any(is_held)
    }

    fn checked_class_sets(&self) -> Option<Vec<ClassSet>> {
        let known = self.data_classes.len();
        let are_in_order = self.data_classes.is_sorted_by(|one, other| one < other);
        let too_many = self.class_sets.len() > Self::MAX_CLASS_SETS;
        if known > ClassSet::MAX_CLASSES || !are_in_order || too_many {
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

    /// Whether the sums are correct and cannot overflow, and the reasons are a few short codes.
    fn rows_are_sound(&self) -> bool {
        let RowAccount { read, indexed, duplicate, rejected, .. } = self.rows;
        let sum = indexed.checked_add(duplicate).and_then(|sum| sum.checked_add(rejected));
        let (rejects, suspects) = (&self.rows.rejects_by_reason, &self.rows.suspects_by_reason);
        let is_reason = |(reason, count): (&String, &u64)| {
            let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            reason.len() <= 64
                && reason.bytes().all(is_code)
                && *count <= DescribedProfile::MAX_COUNT
        };
        sum == Some(read)
            && [read, self.records, self.erased_records]
                .iter()
                .all(|count| *count <= DescribedProfile::MAX_COUNT)
            && rejects.len() + suspects.len() <= Self::MAX_REASONS
            && rejects.iter().chain(suspects).all(is_reason)
    }
}

impl DescribedKind {
    /// The kind in the form of an index's metadata.
    fn count(&self) -> KindCount {
        let Self { kind, identifiers, records, of_plain, lacks_plain, .. } = self.clone();
        KindCount { kind, identifiers, records, of_plain, lacks_plain }
    }
}
