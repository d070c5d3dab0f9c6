//! The account of a merge: which builds went into an index, and what each of them gave.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use crate::{
    breach::BreachName,
    identifier::Kind,
    index::{Index, KindCount, Part, RowAccount},
    profile::LeakProfile,
};

/// The builds that an index came from: those that it was merged from, or itself.
pub(super) fn parts_of(index: &Index) -> Vec<Part> {
    let metadata = index.metadata();
    let mut parts = metadata.parts.clone();
    if let ([], [breach]) = (&parts[..], &metadata.breaches[..]) {
        let (kinds, rows) = (metadata.kinds.clone(), metadata.rows.clone());
        let profile = LeakProfile::default();
        parts.push(Part { breach: breach.name().clone(), kinds, rows, profile });
    }
    let with_profile = parts.iter_mut().zip(index.profiles());
    with_profile.for_each(|(part, profile)| part.profile = profile.clone());
    parts
}

/// What all parts give together.
pub(super) fn total(parts: &[Part]) -> (Vec<KindCount>, RowAccount) {
    let mut all = Part::default_of(parts);
    parts.iter().for_each(|part| all.add(part));
    (all.kinds, all.rows)
}

/// The parts of a merge, and what is taken off them once.
pub(super) struct Account {
    parts: Vec<Part>,
    is_closed: bool,
}

impl Account {
    /// Parts of the same breach and the same kinds are one.
    pub fn new(parts: impl Iterator<Item = Part>) -> Self {
        let mut own = BTreeMap::<(BreachName, BTreeSet<String>), Part>::new();
        for part in parts {
            let kinds = part.kinds.iter().map(|count| count.kind.clone()).collect();
            match own.entry((part.breach.clone(), kinds)) {
                Entry::Occupied(known) => known.into_mut().add(&part),
                Entry::Vacant(place) => {
                    place.insert(part);
                }
            }
        }
        Self { parts: own.into_values().collect(), is_closed: false }
    }

    /// Takes an identifier off the first part of this breach that has one of its kind.
    pub fn take_off(&mut self, breach: &BreachName, kind: Kind, records: u64) {
        if self.is_closed {
            return;
        }
        let of_breach = self.parts.iter_mut().filter(|part| part.breach == *breach);
        let counts = of_breach.flat_map(|part| &mut part.kinds);
        let mut counts = counts.filter(|count| count.kind == kind.slug() && count.identifiers > 0);
        if let Some(count) = counts.next() {
            count.identifiers -= 1;
            count.records = count.records.saturating_sub(records);
        }
    }

    /// From now on nothing more is taken off.
    pub fn close(&mut self) {
        self.is_closed = true;
    }

    /// What is left, without some breaches.
    pub fn parts(&self, without: &BTreeSet<BreachName>) -> Vec<Part> {
        let mut parts: Vec<Part> =
            self.parts.iter().filter(|part| !without.contains(&part.breach)).cloned().collect();
        parts.iter_mut().for_each(|part| part.kinds.retain(|count| count.identifiers > 0));
        parts
    }
}

impl Part {
    /// Nothing of no breach, to add parts to.
    fn default_of(parts: &[Self]) -> Self {
        let breach = parts.first().expect("something is left").breach.clone();
        Self {
            breach,
            kinds: Vec::new(),
            rows: RowAccount::default(),
            profile: LeakProfile::default(),
        }
    }

    fn add(&mut self, other: &Self) {
        for count in &other.kinds {
            match self.kinds.iter_mut().find(|own| own.kind == count.kind) {
                Some(own) => {
                    own.identifiers = own.identifiers.saturating_add(count.identifiers);
                    own.records = own.records.saturating_add(count.records);
                    own.of_plain &= count.of_plain;
                }
                None => self.kinds.push(count.clone()),
            }
        }
        // In the order of all kinds, and those of newer versions at the end.
        self.kinds.sort_by_key(|count| {
            Kind::ALL.iter().position(|kind| kind.slug() == count.kind).unwrap_or(usize::MAX)
        });
        self.rows.add(&other.rows);
        self.profile += &other.profile;
    }
}
