//! Who is in the leaks and on the member lists.

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

/// How much is measured.
pub struct Size {
    /// On the list that is compared with leaked strangers.
    pub members: u32,
    /// The leaks of strangers, and how many are in each.
    pub leaks: u32,
    pub strangers: u32,
    /// On each list of which some are in the leak. One in [`ONE_IN`] is.
    pub own: u32,
    /// How many such lists there are, each with its own leak.
    pub lists: u32,
}

/// So few that hardly any two of them are of one household.
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

/// How many members are at least a candidate, how many at least probable, and how many are refuted.
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
        let is_probable = |own: &&Strength| **own >= Strength::Probable;
        self.probable += hit.strengths.iter().filter(is_probable).count() as u64;
    }
}

/// Members against leaked strangers: each match is an accident.
pub struct Accidents {
    pub writing: Writing,
    /// How many pairs of a member and a leaked stranger there are.
    pub pairs: u64,
    pub counts: Counts,
    pub member_cost: Cost,
    pub leak_cost: Cost,
}

impl Accidents {
    /// Of so many leaks of strangers, whose numbers begin at `first_stranger`.
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

/// Members of whom some are in the leak.
pub struct Recall {
    pub writing: Writing,
    /// Those in the leak.
    pub own: Counts,
    /// Twins of somebody in the leak. The model gives some of them one first name. They are left out, since
    /// parents do not, and nobody could tell them apart.
    pub twins: Counts,
    /// Others who live with somebody in the leak.
    pub household: Counts,
    /// All other members.
    pub others: Counts,
    pub exact: ExactJoin,
}

/// Who a member is to the leak.
enum Relation {
    Own,
    Twin,
    Household,
    Namesake,
    None,
}

impl Recall {
    /// Of lists of so many members, whose numbers begin at `first_member`.
    pub fn of(writing: Writing, size: &Size, first_member: u32) -> Result<Self, Error> {
        let mut recall = Self {
            writing,
            own: Counts::default(),
            twins: Counts::default(),
            household: Counts::default(),
            others: Counts::default(),
            exact: ExactJoin::default(),
        };
        for list in 0..size.lists {
            let start = first_member + list * size.own;
            recall.add_list(start..start + size.own)?;
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
                Relation::Own => &mut self.own,
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
            return Relation::Own;
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
