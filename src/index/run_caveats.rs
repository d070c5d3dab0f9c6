//! Caveats of a run: signs in the profiles of leak and members.

use std::collections::BTreeSet;

use super::{Index, Metadata, RowAccount};
use crate::{
    identifier::{Field, FieldSet, Kind, KindSet, Reason},
    profile::{LeakProfile, Profile, RunCaveat, Side, Sign, worst},
};

/// At least this many names with lost characters, and more than one in [`ROWS_PER_LOST`] rows, are
/// not just typing errors.
const MIN_LOST: u64 = 3;
const ROWS_PER_LOST: u64 = 500;

impl Index {
    /// Signs that columns of the leak are damaged, and the [caveat of erasures](Self::erasure_caveat).
    /// They hold for every check of this index.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record, Sign};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// for number in 0..100 {
    ///     // An export wrote one address into all rows.
    ///     builder.add(&Record::new().email("info@example.de").username(&format!("user{number}")))?;
    /// }
    /// let index = builder.build()?;
    /// let caveats = index.leak_caveats();
    /// assert_eq!(caveats[0].sign, Sign::RepeatedValue);
    /// assert_eq!((caveats[0].count, caveats[0].of), (100, 100));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn leak_caveats(&self) -> Vec<RunCaveat> {
        let mut caveats = self.caveats_by_leak(leak_caveats);
        caveats.extend(self.erasure_caveat());
        caveats
    }

    /// The caveat that records were erased from the index, with their number and the number of all
    /// records. It makes no all-clear incomplete: the index keeps a kind even if its last
    /// identifier was erased.
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, IndexMerger, Key, Record, Sign};
    /// # let folder = tempfile::tempdir()?;
    /// # let target = folder.path().join("fewer.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # builder.add(&Record::new().kvnr("B123456782"))?;
    /// # let index = builder.build()?;
    ///
    /// assert_eq!(index.erasure_caveat(), None);
    /// let mut merger = IndexMerger::new(&key);
    /// merger.add(index)?;
    /// let mut batch = merger.batch();
    /// batch.push(&Record::new().kvnr("A123456780"));
    /// merger.erase(&batch);
    /// merger.publish(&target)?;
    ///
    /// let caveat = Index::open(&target, &key)?.erasure_caveat().expect("a record is missing");
    /// assert_eq!((caveat.sign, caveat.count, caveat.of), (Sign::ErasedRecords, 1, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn erasure_caveat(&self) -> Option<RunCaveat> {
        let metadata = self.metadata();
        let erased = metadata.all_erased_records();
        let all = metadata.records.saturating_add(erased);
        (erased > 0).then(|| RunCaveat::of_rows(Side::Leak, Sign::ErasedRecords, erased, all))
    }

    /// The kinds whose absence proves nothing, because a column of the leak has a caveat.
    pub(super) fn doubtful_kinds(&self) -> KindSet {
        let caveats = self.leak_caveats();
        caveats.iter().fold(KindSet::EMPTY, |all, caveat| all.union(caveat.kinds()))
    }

    /// The sign that the values of this field differ in form between leak and members. `members` is
    /// the sum of the profiles of all columns of the field, because a leak may have two phone
    /// numbers in a row, and the members one. Call this after the last row.
    #[must_use]
    pub fn difference(&self, field: Field, members: &Profile) -> Option<RunCaveat> {
        let differences = self.caveats_by_leak(|profile, _| {
            profile.caveat_of_difference(field, members).into_iter().collect()
        });
        differences.into_iter().max_by_key(|caveat| caveat.count)
    }

    /// The signs that too many rows of a leak have none of the kinds of identifiers that members
    /// with columns of these fields have. An all-clear does not cover those rows.
    #[must_use]
    pub fn reach_caveats(&self, fields: FieldSet) -> Vec<RunCaveat> {
        self.caveats_by_leak(|profile, _| {
            profile.caveat_of_reach(fields.kinds()).into_iter().collect()
        })
    }

    /// Whether too many rows or records of a leak have none of these kinds, by the rule of
    /// [`reach_caveats`](Self::reach_caveats).
    pub(crate) fn is_out_of_reach(&self, kinds: KindSet) -> bool {
        let of_profile =
            || self.profiles().iter().any(|leak| leak.caveat_of_reach(kinds).is_some());
        self.has_records_beyond(kinds) || of_profile()
    }

    /// Whether too many records have none of these kinds, by the exact numbers of records in the
    /// metadata. The profile also counts repeated rows, and omits small counts.
    fn has_records_beyond(&self, kinds: KindSet) -> bool {
        let Metadata { records, rows, .. } = self.metadata();
        // Another party may round its numbers to two digits. Each is then off by up to a twentieth.
        let limit = if self.has_found_entries_only() { 10 } else { 100 };
        // These rows are not in the index, because its builder left their kinds out.
        let left_out = rows.rejects_by_reason.get(Reason::KindNotIndexed.code());
        let records = records.saturating_add(left_out.copied().unwrap_or_default());
        let beyond = records.saturating_sub(self.held.most_records_of(kinds));
        beyond.max(self.records_beyond_by_profile(kinds)) > records / limit
    }

    /// The number of records without any of these kinds, from the rows of the profile. The sum
    /// over the kinds hides such records if many records have several kinds. The result is 0 for a
    /// merged index, because it has no number of records for each leak.
    fn records_beyond_by_profile(&self, used: KindSet) -> u64 {
        let [profile] = self.profiles() else { return 0 };
        if !self.metadata().parts.is_empty() {
            return 0;
        }
        // Rows may repeat records. At most as many records have all of these kinds as have one of them.
        let most = |kinds: KindSet, rows: u64| {
            kinds.iter().filter_map(|kind| self.held.records_of(kind)).fold(rows, u64::min)
        };
        let beyond =
            profile.rows_by_kinds().filter(|(kinds, _)| kinds.intersection(used).is_empty());
        let beyond: u64 = beyond.map(|(kinds, rows)| most(kinds, rows)).sum();
        let Metadata { records, rows, .. } = self.metadata();
        // The profile also counts repeated and erased rows. Another party may round its numbers.
        if *records != rows.indexed || self.has_found_entries_only() {
            return beyond;
        }
        // The profile omits combinations of kinds that fewer than ten rows have. Some of these rows
        // may have a used kind.
        let shown = |kind: Option<Kind>| {
            let rows = profile.rows_by_kinds();
            let rows = rows.filter(|(kinds, _)| kind.is_none_or(|kind| kinds.contains(kind)));
            rows.map(|(_, rows)| rows).sum::<u64>()
        };
        let of_kind = |kind: Kind| {
            let rows_of_kind = self.held.records_of(kind).unwrap_or_default() + rows.duplicate;
            rows_of_kind.saturating_sub(shown(Some(kind)))
        };
        let omitted = records.saturating_sub(shown(None));
        beyond + omitted.saturating_sub(used.iter().map(of_kind).sum())
    }

    /// The caveats of each leak in the index, without duplicates. Each leak is examined on its own,
    /// so that a sound one does not hide a damaged one.
    fn caveats_by_leak(
        &self,
        judge: impl Fn(&LeakProfile, &RowAccount) -> Vec<RunCaveat>,
    ) -> Vec<RunCaveat> {
        let metadata = self.metadata();
        let of_parts = metadata.parts.iter().map(|part| &part.rows);
        let rows = of_parts.chain(metadata.parts.is_empty().then_some(&metadata.rows));
        let caveats = self.profiles().iter().zip(rows);
        let caveats = caveats.flat_map(|(profile, rows)| judge(profile, rows));
        caveats.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The caveats of a leak with this profile and account.
pub(crate) fn leak_caveats(profile: &LeakProfile, rows: &RowAccount) -> Vec<RunCaveat> {
    let caveats = profile.caveats(rows.read, rows.rejected).into_iter();
    worst(caveats.chain(lost_letters(profile, rows)))
}

/// The caveats of names that seem to have been decoded wrongly. Only some names contain letters
/// that can be lost, so a few such names show that the whole column is damaged.
fn lost_letters(profile: &LeakProfile, rows: &RowAccount) -> Vec<RunCaveat> {
    let reasons = [
        Reason::LostCharacter,
        Reason::ReplacementCharacter,
        Reason::EscapedText,
        Reason::Mojibake,
        Reason::ControlCharacter,
    ];
    let counts = reasons.iter().flat_map(|reason| {
        let code = reason.code();
        [rows.rejects_by_reason.get(code), rows.suspects_by_reason.get(code)]
    });
    let lost: u64 = counts.flatten().sum();
    if lost < MIN_LOST || lost * ROWS_PER_LOST <= rows.read {
        return Vec::new();
    }
    let names = [Field::LastName, Field::FirstName, Field::Name].into_iter();
    let names = names.filter(|&field| profile.of(field).is_some());
    let sign = Sign::SuspectValues;
    names.map(|name| RunCaveat::new(Side::Leak, name, sign, lost, rows.read)).collect()
}
