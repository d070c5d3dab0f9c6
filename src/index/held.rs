//! The kinds that an index holds, and the leaks in it that each kind covers.

use super::metadata::{KindCount, Metadata};
use crate::identifier::{Kind, KindSet};

/// The kinds that an index holds.
pub(super) struct Held {
    /// Those that this version knows.
    pub kinds: KindSet,
    /// The known kinds of each leak in the index. An index that was not merged has one leak. If a leak
    /// has plain addresses that were not hashed, these count as a leak of their own, without the hashes.
    pub of_leaks: Vec<KindSet>,
    /// The kinds of hashes that were all made of plain addresses in the index.
    pub hashes_of_plain: KindSet,
}

impl Held {
    pub fn of(metadata: &Metadata) -> Self {
        let whole = [&metadata.kinds[..]];
        let parts = metadata.parts.iter().map(|part| &part.kinds[..]);
        let of_builds: Vec<&[KindCount]> =
            if metadata.parts.is_empty() { whole.into() } else { parts.collect() };
        let of_leaks = of_builds.iter().flat_map(|counts| {
            let (kinds, unhashed) = (known(counts), unhashed(counts));
            let plain = kinds.difference(unhashed);
            [kinds].into_iter().chain((!unhashed.is_empty()).then_some(plain))
        });
        let is_of_plain = |kind: &Kind| {
            // A merge that erases records leaves out each kind for itself.
            !metadata.erased && of_builds.iter().all(|counts| has_no_other_hash(counts, *kind))
        };
        let kinds = known(&metadata.kinds);
        let hashes = kinds.intersection(KindSet::EMAIL_HASHES);
        Self {
            kinds,
            of_leaks: of_leaks.collect(),
            hashes_of_plain: hashes.iter().filter(is_of_plain).collect(),
        }
    }
}

/// The kinds with at least one identifier that this version knows.
fn known(counts: &[KindCount]) -> KindSet {
    let held = counts.iter().filter(|count| count.identifiers > 0);
    held.filter_map(|count| count.kind.parse::<Kind>().ok()).collect()
}

/// The kinds of hashes that a leak has beside plain addresses, but that were not made of these.
fn unhashed(counts: &[KindCount]) -> KindSet {
    let held = known(counts);
    if !held.contains(Kind::Email) {
        return KindSet::EMPTY;
    }
    let made: KindSet = KindSet::EMAIL_HASHES
        .iter()
        .filter(|kind| count_of(counts, *kind).is_some_and(|count| count.of_plain))
        .collect();
    held.intersection(KindSet::EMAIL_HASHES).difference(made)
}

/// Whether a build has none of these hashes, or only those that it made of its plain addresses: then it
/// has as many.
fn has_no_other_hash(counts: &[KindCount], hash: Kind) -> bool {
    count_of(counts, hash).is_none_or(|count| {
        let addresses = count_of(counts, Kind::Email).map(|count| count.identifiers);
        count.identifiers == 0 || count.of_plain && addresses == Some(count.identifiers)
    })
}

fn count_of(counts: &[KindCount], kind: Kind) -> Option<&KindCount> {
    counts.iter().find(|count| count.kind == kind.slug())
}
