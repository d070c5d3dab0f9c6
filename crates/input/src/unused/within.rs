//! Identifiers that stand beside other text in their cell, such as in JSON, XML, a query or a remark.

use std::{borrow::Cow, collections::BTreeMap};

use leakdex::{Field, FieldSet, Normaliser, Outcome};
use serde::{Deserialize, Serialize};

use super::counts::{RARE, candidates};

/// The signs around values in JSON, XML, queries, dumps of programs, lists and sentences. White space also separates
/// values, but some numbers contain it.
const BOUNDS: [char; 19] = [
    '"', '\'', '<', '>', '{', '}', '[', ']', '(', ')', '=', '&', '?', ':', '\\', ',', ';', '/', '|',
];

/// The cells of a column that hold identifiers beside other text, by the field's slug.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Within(BTreeMap<Cow<'static, str>, Found>);

/// The identifiers of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Found {
    /// The number of cells with a valid identifier.
    cells: u64,
    /// The number of cells in which all values of this form are invalid.
    invalid: u64,
    /// The classes of the identifiers by a hash, as a bit set. It shows a repetition, but not the value.
    classes: u64,
}

impl Within {
    /// Counts the identifiers in a cell, other than those of the known fields. `normal_form` is scratch space.
    pub fn count(
        &mut self,
        value: &str,
        known: FieldSet,
        normaliser: Normaliser,
        normal_form: &mut String,
    ) {
        /// The number of digits in the shortest number.
        const DIGITS: usize = 9;
        // Queries encode the sign.
        let is_encoded = value.contains("%40");
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        if digits < DIGITS && !is_encoded && !value.contains('@') {
            return;
        }
        let value =
            if is_encoded { Cow::Owned(value.replace("%40", "@")) } else { Cow::Borrowed(value) };
        let (mut valid, mut invalid) = (FieldSet::EMPTY, FieldSet::EMPTY);
        let mut fits = |part: &str| {
            // Other parts cost little.
            if !part.bytes().any(|byte| byte == b'@' || byte.is_ascii_digit()) {
                return false;
            }
            let mut is_valid = false;
            for field in candidates(part).into_iter().flatten() {
                if !RARE.contains(&field) || known.contains(field) {
                    continue;
                }
                if normaliser.normalise(field, part, normal_form) == Outcome::Ok {
                    self.of(field).classes |= class_of(normal_form);
                    valid.insert(field);
                    is_valid = true;
                } else {
                    invalid.insert(field);
                }
            }
            is_valid
        };
        for part in value.split(BOUNDS).map(str::trim) {
            if !fits(part) && part.contains(char::is_whitespace) {
                for word in part.split_whitespace() {
                    fits(word);
                }
            }
        }
        for field in valid.iter() {
            self.of(field).cells += 1;
        }
        for field in invalid.difference(valid).iter() {
            self.of(field).invalid += 1;
        }
    }

    pub fn add(&mut self, other: Self) {
        for (field, more) in other.0 {
            let found = self.0.entry(field).or_default();
            found.cells += more.cells;
            found.invalid += more.invalid;
            found.classes |= more.classes;
        }
    }

    /// The number of cells with an identifier of this field; 0 if these are accidents, or the same few identifiers
    /// again and again. `filled` is the number of values in the column.
    pub fn cells(&self, field: Field, filled: u64) -> u64 {
        self.0
            .get(field.slug())
            .filter(|found| found.may_be_of_persons(field, filled))
            .map_or(0, |found| found.cells)
    }

    fn of(&mut self, field: Field) -> &mut Found {
        self.0.entry(Cow::Borrowed(field.slug())).or_default()
    }
}

impl Found {
    fn may_be_of_persons(&self, field: Field, filled: u64) -> bool {
        /// An office with its clerks rarely has so many addresses.
        const MANY: u64 = 16;
        /// With fewer cells, a repetition is an accident.
        const FEW: u64 = 5;
        let different = u64::from(self.classes.count_ones());
        let are_varied = different >= self.cells.div_ceil(2).min(MANY);
        // A small log has few people in many rows. But an address that is the same in all of them is that of an office.
        let are_in_most = self.cells * 2 > filled && (different > 1 || self.cells < FEW);
        // One in ten numbers has the right check digit by chance.
        let are_chance = field == Field::Kvnr && self.invalid >= self.cells;
        (are_varied || are_in_most) && !are_chance
    }
}

/// One of 64 classes of a normal form, as a bit. The hash has no key, because so few classes reveal no value.
fn class_of(normal_form: &str) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let add = |hash: u64, byte: u8| (hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(FACTOR);
    1 << (normal_form.bytes().fold(0, add) >> 58)
}
