//! The account of a merge: which builds went into an index, and what each of them gave.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    breach::BreachName,
    index::{Index, Part, PartKind},
    profile::LeakProfile,
};

/// The builds that an index came from: those that it was merged from, or itself.
pub(super) fn parts_of(index: &Index) -> Vec<Part> {
    let metadata = index.metadata();
    let mut parts = metadata.parts.clone();
    if let ([], [breach]) = (&parts[..], &metadata.breaches[..]) {
        let kinds = metadata.kinds.iter();
        let kinds =
            kinds.map(|count| PartKind { kind: count.kind.clone(), of_plain: count.of_plain });
        let (kinds, rows) = (kinds.collect(), metadata.rows.clone());
        let profile = LeakProfile::default();
        parts.push(Part { breach: breach.name().clone(), kinds, rows, profile });
    }
    let with_profile = parts.iter_mut().zip(index.profiles());
    with_profile.for_each(|(part, profile)| part.profile = profile.clone());
    parts
}

/// The parts of a merge: those of the same breach and the same kinds are one.
pub(super) fn united(parts: impl Iterator<Item = Part>) -> Vec<Part> {
    let mut own = BTreeMap::<(BreachName, Vec<PartKind>), Part>::new();
    for part in parts {
        match own.entry((part.breach.clone(), part.kinds.clone())) {
            Entry::Occupied(known) => known.into_mut().add(&part),
            Entry::Vacant(place) => {
                place.insert(part);
            }
        }
    }
    own.into_values().collect()
}

impl Part {
    fn add(&mut self, other: &Self) {
        self.rows.add(&other.rows);
        self.profile += &other.profile;
    }
}
