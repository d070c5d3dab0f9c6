//! The parts of an index: the builds that it came from, with the rows, kinds and profile of each.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    breach::BreachName,
    identifier::Kind,
    index::{Index, KindCount, Metadata, Part, PartKind, RowAccount, leak_caveats},
    profile::LeakProfile,
};

/// The builds that an index came from: those that it was merged from, or itself.
pub(super) fn parts_of(index: &Index) -> Vec<Part> {
    let metadata = index.metadata();
    let mut parts = metadata.parts.clone();
    if let ([], [breach]) = (&parts[..], &metadata.breaches[..]) {
        let kinds = metadata.kinds.iter().map(KindCount::without_counts);
        let (kinds, rows) = (kinds.collect(), metadata.rows.clone());
        let (absent_fields, profile) = (metadata.absent_fields.clone(), LeakProfile::default());
        let breach = breach.name().clone();
        parts.push(Part { breach, kinds, rows, absent_fields, profile });
    }
    let with_profile = parts.iter_mut().zip(index.profiles());
    with_profile.for_each(|(part, profile)| part.profile = profile.clone());
    parts
}

/// The parts of a merge. Parts with the same breach and the same kinds are combined.
pub(super) fn merged(parts: impl Iterator<Item = Part>) -> Vec<Part> {
    let mut groups = BTreeMap::<(BreachName, Vec<PartKind>), Vec<Part>>::new();
    for part in parts {
        groups.entry((part.breach.clone(), part.kinds.clone())).or_default().push(part);
    }
    groups.into_values().filter_map(merge_parts).collect()
}

/// The sum of the parts. Each part first stores its own caveats, so that a sound part does not hide
/// a damaged one.
fn merge_parts(mut parts: Vec<Part>) -> Option<Part> {
    if parts.len() > 1 {
        parts.iter_mut().for_each(Part::keep_caveats);
    }
    let mut sum = parts.into_iter().reduce(|mut sum, part| {
        sum.add(&part);
        sum
    })?;
    sum.profile.keep_worst_caveats();
    Some(sum)
}

/// Counts the rows that two builds of a breach have in common as duplicates, as a single build of
/// all rows would. `records` is the number of records of the breach, including erased ones. If the
/// breach has one part, the account of that part is corrected, too. With several parts, it is
/// unknown which one repeats the other.
pub(super) fn count_repeated(
    breach: &BreachName,
    records: u64,
    parts: &mut [Part],
    all: &mut RowAccount,
) {
    let mut same_breach: Vec<&mut Part> =
        parts.iter_mut().filter(|part| part.breach == *breach).collect();
    let indexed = same_breach.iter().fold(0_u64, |sum, part| sum.saturating_add(part.rows.indexed));
    let repeated = indexed.saturating_sub(records);
    if let [part] = &mut same_breach[..] {
        part.rows.move_to_duplicates(repeated);
    }
    all.move_to_duplicates(repeated);
}

impl Metadata {
    /// Adds each kind that one of these parts indexed, even if an erasure left no identifier of it.
    /// The index can then still show that it does not contain a member's identifier of this kind.
    pub(super) fn add_kinds_of_parts(&mut self, parts: &[Part]) {
        let of_parts: BTreeSet<&str> =
            parts.iter().flat_map(|part| &part.kinds).map(|part| &*part.kind).collect();
        let held: BTreeSet<String> = self.kinds.iter().map(|count| count.kind.clone()).collect();
        let erased = of_parts.into_iter().filter(|kind| !held.contains(*kind));
        self.kinds.extend(erased.map(KindCount::empty));
        let place = |count: &KindCount| Kind::ALL.iter().position(|kind| kind.slug() == count.kind);
        self.kinds.sort_by_key(|count| place(count).unwrap_or(usize::MAX));
    }
}

impl RowAccount {
    const fn move_to_duplicates(&mut self, rows: u64) {
        self.indexed = self.indexed.saturating_sub(rows);
        self.duplicate = self.duplicate.saturating_add(rows);
    }
}

impl Part {
    fn keep_caveats(&mut self) {
        let caveats = leak_caveats(&self.profile, &self.rows);
        caveats.into_iter().for_each(|caveat| self.profile.add_caveat(caveat));
    }

    fn add(&mut self, other: &Self) {
        self.rows.add(&other.rows);
        // If only one of them lacks a field, the other one may have it.
        self.absent_fields.retain(|field| other.absent_fields.contains(field));
        self.profile += &other.profile;
    }
}
