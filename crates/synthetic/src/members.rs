//! The synthetic member list: persons as an insurer has them, with gaps, errors and changes.

use std::ops::Range;

use leakdex::{Field, FieldSet, KindSet, Record};
use rand::{RngExt, seq::IndexedRandom};

use crate::{
    errors::{mistyped_email, mistyped_name, mistyped_number},
    names::letters,
    numbers::{Card, iccsn},
    person::{ALL_PARTS, FIELDS, Person, kinds_of},
    population::last_name,
    random::{Purpose, Random, random},
    spelling::spell,
};

/// A row of the member list, with the truth about it.
pub struct Member {
    /// The row.
    pub record: Record,
    /// The truth about the row.
    pub truth: MemberTruth,
}

/// The contents of a member's row, as its generator knows them.
pub struct MemberTruth {
    /// The number of the person.
    pub person: u32,
    /// The kinds of identifier that the filled fields make, right or wrong.
    pub given: KindSet,
    /// The given kinds that can be checked: neither invalid nor suspect.
    pub sound: KindSet,
    /// The given kinds whose values are the same in every row of this person, in leak and list.
    pub same: KindSet,
    /// Whether names, date of birth and postcode are all present.
    pub gives_all_parts: bool,
    /// Whether all of them are also the same in every row of this person, in leak and list.
    pub has_same_parts: bool,
}

/// The rows of these persons, in order.
pub fn members(persons: impl Iterator<Item = u32>) -> Vec<Member> {
    persons.map(Member::new).collect()
}

/// The numbers of `members` persons from `first` on, each once. The order spreads those with an account
/// over the list. Returns only the given part of it.
pub fn list_order(first: u32, members: u32, part: Range<u32>) -> impl Iterator<Item = u32> {
    /// A prime larger than any list, so no person occurs twice.
    const STEP: u64 = 4_294_967_291;
    part.map(move |place| {
        let offset = u64::from(place) * STEP % u64::from(members);
        first + u32::try_from(offset).expect("it is below the number of members")
    })
}

impl Member {
    fn new(number: u32) -> Self {
        let mut random = random(number, Purpose::Member);
        let mut row = Row {
            person: Person::new(number),
            given: filled(&mut random),
            unsound: FieldSet::EMPTY,
            other: FieldSet::EMPTY,
        };
        row.change(&mut random);
        if random.random_ratio(1, 20) {
            row.mistype(&mut random);
        }
        let mut record = Record::new();
        for field in row.given.iter() {
            record.push(field, &spell(&row.person, field, &mut random));
        }
        let sound = row.given.difference(row.unsound);
        let same = sound.difference(row.other);
        let has_all = |fields: FieldSet| ALL_PARTS.iter().all(|part| fields.contains(*part));
        let truth = MemberTruth {
            person: number,
            given: kinds_of(row.given),
            sound: kinds_of(sound),
            same: kinds_of(same),
            gives_all_parts: has_all(row.given),
            has_same_parts: has_all(same),
        };
        Self { record, truth }
    }
}

/// The fields that a member's row fills. One in 250 rows has nothing to check.
fn filled(random: &mut Random) -> FieldSet {
    if random.random_ratio(1, 250) {
        return [Field::LastName, Field::PostalCode].into_iter().collect();
    }
    let is_filled = |field: &Field| {
        let percent = match field {
            Field::LastName | Field::FirstName => 99,
            Field::BirthDate => 97,
            Field::PostalCode => 95,
            Field::Kvnr => 80,
            Field::Iccsn | Field::Email => 45,
            _ => 20,
        };
        random.random_ratio(percent, 100)
    };
    FIELDS.into_iter().filter(is_filled).collect()
}

/// A member's row under construction.
struct Row {
    person: Person,
    given: FieldSet,
    /// The fields with an invalid or suspect value.
    unsound: FieldSet,
    /// The fields whose value differs from the one in the leak.
    other: FieldSet,
}

impl Row {
    /// Changes some data of the person, as if it had changed after the leak.
    fn change(&mut self, random: &mut Random) {
        if random.random_ratio(1, 5) {
            self.person.iccsn = iccsn(self.person.number, Card::New);
            self.other.insert(Field::Iccsn);
        }
        if random.random_ratio(1, 12) {
            self.move_house(10_317);
        }
        if random.random_ratio(1, 50) {
            let new = last_name(random);
            if letters(&new) != letters(&self.person.last_name) {
                self.person.last_name = new;
                self.other.insert(Field::LastName);
            }
        }
    }

    /// Mistypes one of the filled fields.
    fn mistype(&mut self, random: &mut Random) {
        let given: Vec<Field> = self.given.iter().collect();
        let Some(&field) = given.choose(random) else {
            return;
        };
        let person = &mut self.person;
        let is_unsound = match field {
            Field::LastName => mistyped_name(&mut person.last_name),
            Field::FirstName => mistyped_name(&mut person.first_name),
            Field::BirthDate => {
                person.birth_date.day = person.birth_date.day % 28 + 1;
                false
            }
            Field::PostalCode => {
                self.move_house(9);
                false
            }
            Field::Kvnr => mistyped_number(&mut person.kvnr, random),
            // The card number has no check digit, so a wrong digit would be invisible.
            Field::Iccsn => person.iccsn.pop().is_some(),
            Field::Email => mistyped_email(&mut person.email, random),
            _ => {
                person.username.push('_');
                false
            }
        };
        self.other.insert(field);
        if is_unsound {
            self.unsound.insert(field);
        }
    }

    fn move_house(&mut self, distance: u32) {
        self.person.postal_code = 1_000 + (self.person.postal_code - 1_000 + distance) % 98_999;
        self.other.insert(Field::PostalCode);
    }
}
