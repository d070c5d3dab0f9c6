//! The kinds in an index, and the leaks in it that each kind covers.

use super::{
    Index,
    metadata::{KindCount, Metadata, PartKind},
};
use crate::identifier::{Field, FieldSet, Kind, KindSet};

/// The kinds in an index.
pub(super) struct HeldKinds {
    /// The kinds that this version knows.
    pub kinds: KindSet,
    /// The known kinds of each leak in the index. An index that was not merged has one leak. If
    /// some kinds do not find all addresses of a leak, the leak counts a second time, without these
    /// kinds.
    pub of_leaks: Vec<LeakKinds>,
    /// The kinds of hashes that were all made from plain addresses in the index.
    pub hashes_of_plain: KindSet,
    /// See [`records_of`].
    records: Vec<(Kind, u64, bool)>,
}

/// The kinds and fields of one leak in an index.
#[derive(Clone, Copy)]
pub(crate) struct LeakKinds {
    pub kinds: KindSet,
    /// The fields that the leak certainly does not have.
    pub absent: FieldSet,
}

impl LeakKinds {
    /// The fields whose values the leak holds, but not in their coarser form ([`Kind::coarser`]).
    pub fn without_coarser(self) -> FieldSet {
        let lacks_coarser = |kind: Kind| {
            self.kinds.contains(kind)
                && kind.coarser().is_some_and(|coarser| !self.kinds.contains(coarser))
        };
        Field::ALL.iter().copied().filter(|field| field.kind().is_some_and(lacks_coarser)).collect()
    }
}

impl HeldKinds {
    pub fn of(metadata: &Metadata) -> Self {
        let kinds: KindSet = known(metadata.kinds.iter().map(|count| &count.kind[..])).collect();
        let builds: Vec<Build> = if metadata.parts.is_empty() {
            let kinds: Vec<PartKind> =
                metadata.kinds.iter().map(KindCount::without_counts).collect();
            vec![Build::of(&kinds, &metadata.absent_fields)]
        } else {
            metadata.parts.iter().map(|part| Build::of(&part.kinds, &part.absent_fields)).collect()
        };
        let of_leaks = builds.iter().flat_map(|build| {
            let incomplete = build.incomplete();
            let complete = build.kinds.difference(incomplete);
            let of_leaks =
                [build.kinds].into_iter().chain((!incomplete.is_empty()).then_some(complete));
            of_leaks.map(|kinds| LeakKinds { kinds, absent: build.absent })
        });
        let counts = |kind: Kind| {
            let count_of_kind = metadata.kinds.iter().find(|count| count.kind == kind.slug());
            count_of_kind.map(|count| (count.identifiers, count.records))
        };
        // If a build hashes its addresses, every record with a plain address also has the hash. So
        // there are at least as many postings (`records`) of the hash as of addresses. If there are
        // equally many, no record has the hash alone. Comparing only the identifiers would not
        // prove this: a record with a hash alone may have the hash of another record's address.
        // Only two addresses of one record with the same hash could hide such a record; comparing
        // both counts makes that even less likely.
        let is_of_plain = |kind: &Kind| {
            builds.iter().all(|build| build.hashes_its_addresses(*kind))
                && counts(*kind) == counts(Kind::Email)
        };
        let hashes = kinds.intersection(KindSet::EMAIL_HASHES);
        Self {
            records: records_of(&metadata.kinds),
            kinds,
            of_leaks: of_leaks.collect(),
            hashes_of_plain: hashes.iter().filter(is_of_plain).collect(),
        }
    }

    /// Takes the counts of the whole leak, which an index of found entries does not show.
    pub fn set_counts(&mut self, counts: &[KindCount]) {
        self.records = records_of(counts);
    }

    /// At most this many records have one of these kinds. A kind counts a record for each of its
    /// identifiers, and a record can have several kinds. So the sum can be too high. Aliases and
    /// hashes add only their records in excess of the addresses.
    pub fn most_records_of(&self, kinds: KindSet) -> u64 {
        let of_used = || self.records.iter().filter(|(kind, ..)| kinds.contains(*kind));
        let addresses = of_used().find(|(kind, ..)| *kind == Kind::Email);
        let addresses = addresses.map_or(0, |(_, records, _)| *records);
        let of_kind = |&(_, records, includes_addresses): &(Kind, u64, bool)| {
            if includes_addresses { records.saturating_sub(addresses) } else { records }
        };
        of_used().map(of_kind).fold(0, u64::saturating_add)
    }

    /// At most this many records have this kind; `None` if the kind is unknown.
    pub fn records_of(&self, kind: Kind) -> Option<u64> {
        self.records.iter().find(|(held, ..)| *held == kind).map(|(_, records, _)| *records)
    }
}

/// For each known kind: at most how many records have it, and whether those with an address also
/// have this kind.
fn records_of(counts: &[KindCount]) -> Vec<(Kind, u64, bool)> {
    let counts = counts.iter().filter_map(|count| {
        let kind = count.kind.parse().ok()?;
        Some((kind, count.records, count.of_plain || kind == Kind::EmailAlias))
    });
    counts.collect()
}

/// The kinds and hashes that a build indexed.
struct Build {
    kinds: KindSet,
    /// The kinds of hashes that it made from its plain addresses.
    hashes: KindSet,
    /// The kinds that lack some of the leak's addresses.
    lacking: KindSet,
    /// The fields that the leak certainly does not have.
    absent: FieldSet,
}

impl Build {
    fn of(all: &[PartKind], absent_fields: &[String]) -> Self {
        let kinds_with = |has_property: fn(&PartKind) -> bool| -> KindSet {
            known(all.iter().filter(|kind| has_property(kind)).map(|kind| &*kind.kind)).collect()
        };
        let kinds = kinds_with(|_| true);
        // If the index has a kind that values of a field make, the field cannot be absent, even if
        // the metadata says so.
        let absent = absent_fields.iter().filter_map(|slug| slug.parse::<Field>().ok());
        let absent = absent.filter(|&field| !hold_values_of(kinds, field));
        Self {
            kinds,
            absent: absent.collect(),
            hashes: kinds_with(|kind| kind.of_plain).intersection(KindSet::EMAIL_HASHES),
            lacking: kinds_with(|kind| kind.lacks_plain),
        }
    }

    /// The kinds that do not find some of the leak's addresses: hashes that were not made from the
    /// plain addresses, and kinds that lack addresses of the leak.
    fn incomplete(&self) -> KindSet {
        let not_of_plain = if self.kinds.contains(Kind::Email) {
            self.kinds.intersection(KindSet::EMAIL_HASHES).difference(self.hashes)
        } else {
            KindSet::EMPTY
        };
        not_of_plain.union(self.lacking)
    }

    fn hashes_its_addresses(&self, hash: Kind) -> bool {
        self.hashes.contains(hash) || !self.kinds.contains(Kind::Email)
    }
}

/// Whether values of this field make identifiers of one of these kinds, alone or with other fields.
pub(super) fn hold_values_of(kinds: KindSet, field: Field) -> bool {
    !field.kinds().intersection(kinds).is_empty()
        || kinds.iter().any(|kind| kind.parts().contains(field))
}

/// The kinds that this version knows.
fn known<'a>(slugs: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Kind> {
    slugs.filter_map(|slug| slug.parse::<Kind>().ok())
}

impl Index {
    /// Whether every record with an identifier of this kind certainly has the coarser identifier of
    /// the same values in the index, too ([`Kind::coarser`]). Found entries do not show it.
    pub(crate) fn holds_coarser_than(&self, kind: Kind) -> bool {
        kind.coarser().is_some_and(|coarser| {
            let has_coarser =
                |leak: &LeakKinds| leak.kinds.contains(coarser) || !leak.kinds.contains(kind);
            let all_have_coarser =
                self.held.of_leaks.iter().all(has_coarser) && !self.has_found_entries_only;
            all_have_coarser && self.has_same_unicode()
        })
    }

    /// The kinds that a verdict needs. If all hashes were made from plain addresses in the index,
    /// plain addresses of members are not hashed.
    pub(crate) const fn needed_kinds(&self) -> KindSet {
        self.held.kinds.difference(self.held.hashes_of_plain)
    }

    /// The kinds and fields of each leak in the index. If a leak lacks a kind, an identifier of
    /// that kind was not checked against it.
    pub(crate) fn leaks(&self) -> &[LeakKinds] {
        &self.held.of_leaks
    }
}
