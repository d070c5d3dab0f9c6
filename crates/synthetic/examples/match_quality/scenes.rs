//! The people in the leaks and on the member lists.

use std::{collections::HashMap, ops::Range};

use leakdex::{Error, Strength};
use leakdex_synthetic::{
    copies::{Digits, Row, copy, plain},
    population::{Inhabitant, household, person},
};
use rayon::prelude::*;

use crate::{
    check::{Cost, Hit, check, indexes},
    join::ExactJoin,
};

/// The sizes of lists and leaks.
pub struct Size {
    /// The members on the list that is compared with leaked strangers.
    pub members: u32,
    /// The number of leaks of strangers.
    pub leaks: u32,
    /// The strangers in each of them.
    pub strangers: u32,
    /// The members on each other list. One in [`ONE_IN`] of them is in the leak.
    pub members_of_list: u32,
    /// The number of these other lists, each with its own leak.
    pub lists: u32,
}

/// One in this many members is in the leak. So hardly any two leaked people live together.
const ONE_IN: u32 = 10;

/// How a leak was written down.
#[derive(Clone, Copy)]
pub struct Writing {
    pub name: &'static str,
    /// The share of fields with errors.
    pub errors: f64,
    pub digits: Digits,
    pub has_dates: bool,
    pub has_postal_codes: bool,
}

pub const PLAIN: Writing = Writing {
    name: "no errors",
    errors: 0.0,
    digits: Digits::Moved,
    has_dates: true,
    has_postal_codes: true,
};
pub const LIGHT: Writing = Writing { name: "light errors", errors: 1.0 / 12.0, ..PLAIN };
pub const HEAVY: Writing = Writing { name: "heavy errors", errors: 0.25, ..PLAIN };

/// `writing`, with wrong digits among the errors.
pub const fn with_wrong_digits(name: &'static str, writing: Writing) -> Writing {
    Writing { name, digits: Digits::Mistyped, ..writing }
}

/// `writing`, of a leak without dates.
pub const fn without_dates(name: &'static str, writing: Writing) -> Writing {
    Writing { name, has_dates: false, ..writing }
}

/// `writing`, of a leak without postcodes.
pub const fn without_postal_codes(name: &'static str, writing: Writing) -> Writing {
    Writing { name, has_postal_codes: false, ..writing }
}

impl Writing {
    fn row(self, number: u32) -> Row {
        let person = person(number);
        let mut row = if self.errors > 0.0 {
            copy(number, &person, self.errors, self.digits)
        } else {
            plain(&person)
        };
        if !self.has_dates {
            row.birth_date.clear();
        }
        if !self.has_postal_codes {
            row.postal_code.clear();
        }
        row
    }

    fn leak(self, numbers: impl Iterator<Item = u32>) -> Vec<Row> {
        let numbers: Vec<u32> = numbers.collect();
        numbers.into_par_iter().map(|number| self.row(number)).collect()
    }
}

fn member(number: u32) -> Row {
    plain(&person(number))
}

/// The members, the matches of at least *candidate* and of at least *probable* (at most one per member and
/// leak), and the members with a refuted match.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub whole: u64,
    pub found: u64,
    pub probable: u64,
    pub refuted: u64,
}

impl Counts {
    fn add(&mut self, hit: Option<&Hit>) {
        self.whole += 1;
        let Some(hit) = hit else { return };
        self.refuted += u64::from(hit.is_refuted);
        self.found += hit.strengths.len() as u64;
        let is_probable = |strength: &&Strength| **strength >= Strength::Probable;
        self.probable += hit.strengths.iter().filter(is_probable).count() as u64;
    }
}

/// Members against leaked strangers: each match is accidental.
pub struct Accidents {
    pub writing: Writing,
    /// The number of pairs of a member and a leaked stranger.
    pub pairs: u64,
    pub counts: Counts,
    pub member_cost: Cost,
    pub leak_cost: Cost,
}

impl Accidents {
    /// Checks members against this many leaks of strangers. Their numbers begin at `first_member` and at
    /// `first_stranger`.
    pub fn of(
        writing: Writing,
        size: &Size,
        leaks: u32,
        [first_member, first_stranger]: [u32; 2],
    ) -> Result<Self, Error> {
        let numbers = |leak: u32| {
            let start = first_stranger + leak * size.strangers;
            start..start + size.strangers
        };
        let leaked = (0..leaks).map(|leak| writing.leak(numbers(leak)));
        let (set, leak_cost) = indexes(leaked.collect())?;
        let members = first_member..first_member + size.members;
        let (hits, member_cost) = check(&set, members, member);
        let mut counts = Counts::default();
        hits.values().for_each(|hit| counts.add(Some(hit)));
        counts.whole = size.members.into();
        let pairs = counts.whole * leak_cost.people;
        Ok(Self { writing, pairs, counts, member_cost, leak_cost })
    }
}

/// Lists with members who are in the leak, and others.
pub struct Recall {
    pub writing: Writing,
    /// The members in the leak.
    pub leaked: Counts,
    /// Twins of somebody in the leak, except those with the same first name. The model has such twins, but
    /// real parents avoid them, and nobody could distinguish them.
    pub twins: Counts,
    /// Other people who live with somebody in the leak.
    pub household: Counts,
    /// All other members.
    pub others: Counts,
    pub exact: ExactJoin,
}

/// The relation of a member to the people in the leak.
enum Relation {
    Leaked,
    Twin,
    Household,
    Namesake,
    None,
}

impl Recall {
    /// Checks lists of this size, with members whose numbers begin at `first_member`.
    pub fn of(writing: Writing, size: &Size, first_member: u32) -> Result<Self, Error> {
        let mut recall = Self {
            writing,
            leaked: Counts::default(),
            twins: Counts::default(),
            household: Counts::default(),
            others: Counts::default(),
            exact: ExactJoin::default(),
        };
        for list in 0..size.lists {
            let start = first_member + list * size.members_of_list;
            recall.add_list(start..start + size.members_of_list)?;
        }
        Ok(recall)
    }

    fn add_list(&mut self, members: Range<u32>) -> Result<(), Error> {
        let leaked: Vec<u32> = members.clone().step_by(ONE_IN as usize).collect();
        let rows = self.writing.leak(leaked.iter().copied());
        self.exact.add(&rows, &leaked, members.clone(), member);
        let (set, _) = indexes(vec![rows])?;
        let (hits, _) = check(&set, members.clone(), member);
        for (number, relation) in members.clone().zip(relations(members, &leaked)) {
            let counts = match relation {
                Relation::Leaked => &mut self.leaked,
                Relation::Twin => &mut self.twins,
                Relation::Household => &mut self.household,
                Relation::None => &mut self.others,
                Relation::Namesake => continue,
            };
            counts.add(hits.get(&number));
        }
        Ok(())
    }
}

fn relations(members: Range<u32>, leaked: &[u32]) -> Vec<Relation> {
    let homes: HashMap<u32, u32> =
        leaked.par_iter().map(|&number| (household(number), number)).collect();
    let given_name = |person: &Inhabitant| {
        person.first_name.split([' ', '-']).next().unwrap_or_default().to_owned()
    };
    let relation = |number: u32| {
        let Some(&home) = homes.get(&household(number)) else { return Relation::None };
        if leaked.binary_search(&number).is_ok() {
            return Relation::Leaked;
        }
        let (one, other) = (person(number), person(home));
        match one.birth_date == other.birth_date {
            true if given_name(&one) == given_name(&other) => Relation::Namesake,
            true => Relation::Twin,
            false => Relation::Household,
        }
    };
    members.into_par_iter().map(relation).collect()
}
