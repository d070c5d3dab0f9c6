//! The kinds that an index holds, and the leaks in it that each kind covers.

use super::metadata::Metadata;
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
        let kinds: KindSet = known(metadata.kinds.iter().map(|count| &count.kind[..])).collect();
        let whole = Build {
            kinds,
            hashes: known_hashes(metadata.kinds.iter().map(|one| (&one.kind[..], one.of_plain))),
        };
        let parts = metadata.parts.iter().map(|part| Build {
            kinds: known(part.kinds.iter().map(|one| &one.kind[..])).collect(),
            hashes: known_hashes(part.kinds.iter().map(|one| (&one.kind[..], one.of_plain))),
        });
        let builds: Vec<Build> =
            if metadata.parts.is_empty() { vec![whole] } else { parts.collect() };
        let of_leaks = builds.iter().flat_map(|build| {
            let unhashed = build.unhashed();
            let plain = build.kinds.difference(unhashed);
            [build.kinds].into_iter().chain((!unhashed.is_empty()).then_some(plain))
        });
        let counts = |kind: Kind| {
            let own = metadata.kinds.iter().find(|count| count.kind == kind.slug());
            own.map(|count| (count.identifiers, count.records))
        };
        // If each plain address has its hash and there are no more hashes, there is no other hash. The
        // records count as well: one that has a hash alone may have that of another record's address.
        let is_of_plain = |kind: &Kind| {
            builds.iter().all(|build| build.hashes_its_addresses(*kind))
                && counts(*kind) == counts(Kind::Email)
        };
        let hashes = kinds.intersection(KindSet::EMAIL_HASHES);
        Self {
            kinds,
            of_leaks: of_leaks.collect(),
            hashes_of_plain: hashes.iter().filter(is_of_plain).collect(),
        }
    }
}

/// What a build indexed.
struct Build {
    kinds: KindSet,
    /// The hashes that it made of its plain addresses.
    hashes: KindSet,
}

impl Build {
    /// The kinds of hashes that a leak has beside plain addresses, but that were not made of these.
    fn unhashed(&self) -> KindSet {
        if !self.kinds.contains(Kind::Email) {
            return KindSet::EMPTY;
        }
        self.kinds.intersection(KindSet::EMAIL_HASHES).difference(self.hashes)
    }

    fn hashes_its_addresses(&self, hash: Kind) -> bool {
        self.hashes.contains(hash) || !self.kinds.contains(Kind::Email)
    }
}

/// The kinds that this version knows.
fn known<'a>(slugs: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Kind> {
    slugs.filter_map(|slug| slug.parse::<Kind>().ok())
}

fn known_hashes<'a>(kinds: impl Iterator<Item = (&'a str, bool)>) -> KindSet {
    let made = kinds.filter(|&(_, of_plain)| of_plain).map(|(slug, _)| slug);
    known(made).collect::<KindSet>().intersection(KindSet::EMAIL_HASHES)
}
