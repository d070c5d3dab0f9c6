//! Pairs of a leak and a member list with known truth. One column of one file is damaged.
//!
//! A [`Case`] determines a pair: the seed of its people and spellings, its [`Layout`], and the damage. In
//! all layouts except one, no column but the damaged one can find people. So a check finds them, notices
//! the damage, or gives a wrong all-clear.

mod database;
mod encoding;
mod export;
mod file;
mod names;
mod people;
mod person;
mod script;
mod spreadsheet;
mod style;
mod table;
#[cfg(test)]
mod tests;
mod wording;

use std::collections::BTreeSet;

use leakdex::Field;
use rand::{RngExt, seq::SliceRandom};

use crate::{
    date::Date,
    random::{Random, seeded},
};
use person::Subject;
use style::Style;
use table::{Table, reference};

/// The number of members of a pair.
pub const MEMBERS: u32 = 2_000;

/// The number of members who are in the leak.
pub const LEAKED: usize = 300;

/// The number of strangers in the leak.
const STRANGERS: u32 = 1_200;

/// The identifying columns of both files. Each file also has an id and a tariff.
#[derive(Debug)]
pub struct Layout {
    /// A short description of the columns.
    pub name: &'static str,
    /// The columns.
    pub fields: &'static [Field],
    /// Columns that are outdated in the leak. They find few people, but a check can still use them.
    outdated: &'static [Field],
}

/// The layouts in which people are found only if each column is intact, except for outdated ones.
pub const LAYOUTS: [Layout; 14] = [
    layout("email", &[Field::Email]),
    layout("phone", &[Field::Phone]),
    layout("kvnr", &[Field::Kvnr]),
    layout("iban", &[Field::Iban]),
    layout("steuer-id", &[Field::SteuerId]),
    layout("iccsn", &[Field::Iccsn]),
    layout("last, first, birth", &[Field::LastName, Field::FirstName, Field::BirthDate]),
    layout("name, birth", &[Field::Name, Field::BirthDate]),
    layout("last, first, postcode", &[Field::LastName, Field::FirstName, Field::PostalCode]),
    layout("first, birth, postcode", &[Field::FirstName, Field::BirthDate, Field::PostalCode]),
    Layout {
        name: "kvnr, old email",
        fields: &[Field::Kvnr, Field::Email],
        outdated: &[Field::Email],
    },
    Layout {
        name: "email, old phone",
        fields: &[Field::Email, Field::Phone],
        outdated: &[Field::Phone],
    },
    Layout {
        name: "last, first, birth, old email",
        fields: &[Field::LastName, Field::FirstName, Field::BirthDate, Field::Email],
        outdated: &[Field::Email],
    },
    Layout {
        name: "name, postcode, old email",
        fields: &[Field::Name, Field::PostalCode, Field::Email],
        outdated: &[Field::Email],
    },
];

/// The layout in which other columns still find the people of a damaged column.
pub const EVERYTHING: Layout = layout(
    "everything",
    &[
        Field::Kvnr,
        Field::LastName,
        Field::FirstName,
        Field::BirthDate,
        Field::PostalCode,
        Field::Email,
        Field::Phone,
    ],
);

const fn layout(name: &'static str, fields: &'static [Field]) -> Layout {
    Layout { name, fields, outdated: &[] }
}

/// A way to damage a column.
pub struct Damage {
    /// A short description.
    pub name: &'static str,
    /// The fields that can be damaged in this way.
    pub fields: &'static [Field],
    /// Whether the damage leaves a trace.
    pub trace: Trace,
    apply: Transform,
}

/// Whether a perfect check could notice the damage.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// The values or the file show it.
    Noticeable,
    /// The column is as valid as before, for this reason.
    Unnoticeable(&'static str),
    /// Nothing is lost: a good reader of the values finds all people.
    Harmless,
}

#[derive(Clone, Copy)]
enum Transform {
    /// Rewrites a value.
    Value(fn(&Cell<'_>) -> String),
    /// Changes a row. The second argument is the position of the column.
    Row(fn(&mut Vec<String>, usize)),
    /// Changes the whole file. The second argument is the position of the column.
    File(fn(&mut Table, usize)),
}

/// A value to damage, and its surroundings.
struct Cell<'a> {
    field: Field,
    subject: &'a Subject,
    style: Style,
    /// The value, as the file writes it.
    written: &'a str,
    /// The value in the row above. For the first row, the value of the last row.
    above: &'a str,
    /// The value of the next column.
    next: &'a str,
    /// The value in the first row.
    first: &'a str,
    /// The number of the row, from 1.
    row: usize,
    /// A random number.
    drawn: u64,
}

impl Cell<'_> {
    fn date(&self) -> Date {
        self.subject.person.birth_date
    }
}

impl Damage {
    /// Whether the damage affects the whole file, rather than a share of its rows.
    pub fn is_of_files(&self) -> bool {
        matches!(self.apply, Transform::File(_))
    }

    /// The columns that can be damaged in this way, each with its layout. No other column finds the people.
    pub fn places(&self) -> impl Iterator<Item = (&'static Layout, Field)> {
        // Beside an outdated column, a damaged value looks like a gap, and an intact list has gaps, too. There, the
        // check needs to notice only the loss of a whole column.
        let is_hard = |layout: &&Layout| self.is_of_files() || layout.outdated.is_empty();
        LAYOUTS.iter().filter(is_hard).flat_map(|layout| self.places_in(layout))
    }

    /// The columns of a layout that can be damaged in this way.
    pub fn places_in(
        &self,
        layout: &'static Layout,
    ) -> impl Iterator<Item = (&'static Layout, Field)> {
        let fits = |field: &&Field| self.fields.contains(field) && !layout.outdated.contains(field);
        layout.fields.iter().filter(fits).map(move |&field| (layout, field))
    }
}

/// All ways to damage columns.
pub fn damages() -> impl Iterator<Item = &'static Damage> {
    [
        spreadsheet::DAMAGES,
        export::DAMAGES,
        encoding::DAMAGES,
        database::DAMAGES,
        script::DAMAGES,
        people::DAMAGES,
        names::DAMAGES,
        wording::DAMAGES,
        file::DAMAGES,
    ]
    .into_iter()
    .flatten()
}

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The leak.
    Leak,
    /// The member list.
    Members,
}

/// A type of damage, and where it is applied.
#[derive(Clone, Copy)]
pub struct PlacedDamage {
    /// The type of damage.
    pub damage: &'static Damage,
    /// The column. For damage to the whole file, the first affected column.
    pub field: Field,
    /// The files.
    pub sides: &'static [Side],
    /// The share of damaged rows in percent. Damage to the whole file has no share.
    pub share: u8,
}

/// Everything that determines a pair of files.
#[derive(Clone, Copy)]
pub struct Case {
    /// Determines the people, and the spelling of both files.
    pub seed: u32,
    /// The columns of both files.
    pub layout: &'static Layout,
    /// The damage; `None` for an intact pair.
    pub placed: Option<PlacedDamage>,
}

/// Two files, and the truth about them.
pub struct Pair {
    /// The leak, as CSV.
    pub leak: Vec<u8>,
    /// The member list, as CSV.
    pub members: Vec<u8>,
    /// The rows of the leaked members in the member list, counted from 1 below the first line.
    pub leaked: BTreeSet<u64>,
    /// The references of these members.
    pub references: BTreeSet<String>,
}

/// The purposes of the random numbers of a seed.
#[derive(Clone, Copy)]
enum Stream {
    People,
    Leak,
    Members,
    PlacedDamage,
}

fn stream(seed: u32, stream: Stream) -> Random {
    seeded(seed.into(), stream as u64)
}

/// The people of a seed. Generating them takes a while.
pub struct People {
    seed: u32,
    members: Vec<Subject>,
    /// The rows of the leak: leaked members and strangers.
    leak: Vec<Subject>,
    /// The positions of the leaked people among the members.
    leaked: Vec<usize>,
}

impl People {
    /// The people of a seed below 100,000. No two seeds share any.
    pub fn of(seed: u32) -> Self {
        let mut random = stream(seed, Stream::People);
        let mut members = Subject::crowd(seed, MEMBERS + STRANGERS);
        let strangers = members.split_off(MEMBERS as usize);
        let mut leaked: Vec<usize> = (0..members.len()).collect();
        leaked.shuffle(&mut random);
        leaked.truncate(LEAKED);
        let mut leak: Vec<Subject> = leaked.iter().map(|&place| members[place].clone()).collect();
        leak.extend(strangers);
        leak.shuffle(&mut random);
        Self { seed, members, leak, leaked }
    }
}

impl Case {
    /// The files, which are the same on every run. The people must be those of the seed.
    pub fn pair(&self, people: &People) -> Pair {
        assert_eq!(people.seed, self.seed, "these are the people of another seed");
        let leak = self.table(Side::Leak, &people.leak);
        let members = self.table(Side::Members, &people.members);
        // The first row has position 0 and row number 1.
        let row = |&place: &usize| u64::try_from(place + 1).expect("it is small");
        let rows = people.leaked.iter().map(row);
        let leaked = rows.filter_map(|row| Some((members.row_as_read(row)?, reference(row))));
        let (leaked, references) = leaked.unzip();
        Pair { leaked, references, leak: leak.to_csv(), members: members.to_csv() }
    }

    fn table(&self, side: Side, people: &[Subject]) -> Table {
        let purpose = if side == Side::Leak { Stream::Leak } else { Stream::Members };
        let mut random = stream(self.seed, purpose);
        let style = Style::draw(&mut random);
        let mut table = Table::new(self.layout, side, style, people, &mut random);
        if let Some(placed) = self.placed.filter(|placed| placed.sides.contains(&side)) {
            self.damage(&placed, &mut table, style, people);
        }
        table
    }

    fn damage(&self, placed: &PlacedDamage, table: &mut Table, style: Style, people: &[Subject]) {
        let mut random = stream(self.seed, Stream::PlacedDamage);
        let column = table.place(placed.field);
        let mut damaged: Vec<usize> = (0..people.len()).collect();
        damaged.shuffle(&mut random);
        damaged.truncate(people.len() * usize::from(placed.share) / 100);
        match placed.damage.apply {
            Transform::File(apply) => apply(table, column),
            Transform::Row(apply) => {
                damaged.into_iter().for_each(|row| apply(&mut table.rows[row], column));
            }
            Transform::Value(apply) => {
                let before: Vec<String> =
                    table.rows.iter().map(|row| row[column].clone()).collect();
                for row in damaged {
                    let value = apply(&Cell {
                        field: placed.field,
                        subject: &people[row],
                        style,
                        written: &before[row],
                        above: &before[row.checked_sub(1).unwrap_or(before.len() - 1)],
                        next: &table.rows[row][column + 1],
                        first: &before[0],
                        row: row + 1,
                        drawn: random.random(),
                    });
                    table.rows[row][column] = value;
                }
            }
        }
    }
}

/// Dates come first, and names directly before the last field, so the lists below are slices of this one.
const ALL: &[Field] = &[
    Field::BirthDate,
    Field::Email,
    Field::Phone,
    Field::Kvnr,
    Field::Iban,
    Field::SteuerId,
    Field::Iccsn,
    Field::LastName,
    Field::FirstName,
    Field::Name,
    Field::PostalCode,
];
const NO_DATES: &[Field] = ALL.split_at(1).1;
const NO_NAMES: &[Field] = ALL.split_at(7).0;
const NO_POSTCODES: &[Field] = ALL.split_at(10).0;
const NAMES: &[Field] = &[Field::LastName, Field::FirstName, Field::Name];
const DATE: &[Field] = &[Field::BirthDate];
const PHONE: &[Field] = &[Field::Phone];
const MAIL: &[Field] = &[Field::Email];
const POSTCODE: &[Field] = &[Field::PostalCode];

const fn noticeable(
    name: &'static str,
    fields: &'static [Field],
    value: fn(&Cell<'_>) -> String,
) -> Damage {
    Damage { name, fields, trace: Trace::Noticeable, apply: Transform::Value(value) }
}

const fn harmless(
    name: &'static str,
    fields: &'static [Field],
    value: fn(&Cell<'_>) -> String,
) -> Damage {
    Damage { name, fields, trace: Trace::Harmless, apply: Transform::Value(value) }
}

const fn unnoticeable(
    name: &'static str,
    fields: &'static [Field],
    reason: &'static str,
    value: fn(&Cell<'_>) -> String,
) -> Damage {
    Damage { name, fields, trace: Trace::Unnoticeable(reason), apply: Transform::Value(value) }
}
