//! The synthetic leak: fragments of persons, in many spellings, with duplicates.

use std::{collections::HashSet, ops::Range};

use leakdex::{DataClass, Field, FieldSet, KindSet, Record};
use rand::{RngExt, seq::SliceRandom};

use crate::{
    names::letters,
    person::{ALL_PARTS, FIELDS, Person, content, kinds_of},
    random::{Purpose, Random, random},
    spelling::spell,
};

/// The leaked rows of some accounts, with the truth about them.
pub struct Fragments {
    /// In random order.
    pub rows: Vec<Record>,
    truth: LeakTruth,
}

/// The contents of the leak, as its generator knows them.
#[derive(Default)]
pub struct LeakTruth {
    /// The content of each account's rows.
    content_by_account: Vec<RowContent>,
    /// A hash of each row with an identifier. Rows with equal contents have equal hashes.
    row_hashes: HashSet<u64>,
    rows: u64,
    rejected: u64,
}

/// The content of the rows of one account.
#[derive(Clone, Copy, Default)]
pub struct RowContent {
    /// The kinds of identifier in all rows together.
    pub kinds: KindSet,
    /// Whether one row has names, date of birth and postcode.
    pub has_all_parts: bool,
}

/// The expected row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// All rows.
    pub read: u64,
    /// Rows in the index.
    pub indexed: u64,
    /// Rows that repeat another row.
    pub duplicate: u64,
    /// Rows without a usable identifier.
    pub rejected: u64,
}

impl Fragments {
    /// The rows of these accounts, in random order.
    pub fn of(accounts: Range<u32>) -> Self {
        let mut random = random(accounts.start, Purpose::Leak);
        let mut fragments = Self { rows: Vec::new(), truth: LeakTruth::default() };
        for account in accounts {
            fragments.push(account, &mut random);
        }
        fragments.rows.shuffle(&mut random);
        fragments
    }

    fn push(&mut self, account: u32, random: &mut Random) {
        let person = Person::new(account);
        let mut content_of_rows = RowContent::default();
        for _ in 0..random.random_range(1..=3) {
            let fragment = Fragment::random(random);
            content_of_rows.kinds = content_of_rows.kinds.union(kinds_of(fragment.fields));
            content_of_rows.has_all_parts |=
                ALL_PARTS.iter().all(|part| fragment.fields.contains(*part));
            let row = fragment.row(&person, random);
            self.truth.note(&person, fragment, &row);
            if random.random_ratio(1, 8) {
                self.truth.note(&person, fragment, &row);
                self.rows.push(row.clone());
            }
            if random.random_ratio(1, 6) {
                let other = fragment.row(&person, random);
                self.truth.note(&person, fragment, &other);
                self.rows.push(other);
            }
            self.rows.push(row);
        }
        self.truth.content_by_account.push(content_of_rows);
    }
}

impl LeakTruth {
    /// Adds the rows of the next accounts, and returns the rows themselves.
    pub fn take(&mut self, fragments: Fragments) -> Vec<Record> {
        let Fragments { rows, truth } = fragments;
        self.content_by_account.extend(truth.content_by_account);
        self.row_hashes.extend(truth.row_hashes);
        self.rows += truth.rows;
        self.rejected += truth.rejected;
        rows
    }

    /// The content of this person's rows; `None` if the person has no account.
    pub fn rows_of(&self, person: u32) -> Option<RowContent> {
        self.content_by_account.get(usize::try_from(person).ok()?).copied()
    }

    /// The expected row counts.
    pub fn rows(&self) -> Rows {
        let indexed = self.row_hashes.len() as u64;
        Rows {
            read: self.rows,
            indexed,
            duplicate: self.rows - self.rejected - indexed,
            rejected: self.rejected,
        }
    }

    fn note(&mut self, person: &Person, fragment: Fragment, row: &Record) {
        self.rows += 1;
        let fields = fragment.fields;
        let kinds = kinds_of(fields);
        if kinds.is_empty() {
            self.rejected += 1;
            return;
        }
        // Rows without a personal number or address are the same for namesakes.
        let is_personal = fields.iter().any(|field| field.kind().is_some());
        let whose = is_personal.then_some(person.number);
        let last = fields.contains(Field::LastName).then(|| letters(&person.last_name));
        let given = fields.contains(Field::FirstName).then(|| {
            // Some rows lack further given names.
            let names = person.first_name.split([' ', '-']).take(count_of_given_names(row));
            letters(&names.collect::<String>())
        });
        let date = fields.contains(Field::BirthDate).then_some(person.birth_date);
        let postal_code = fields.contains(Field::PostalCode).then_some(person.postal_code);
        let who = (whose, (last, given), date, postal_code);
        self.row_hashes.insert(content((who, fields, fragment.with_password)));
    }
}

/// The number of given names in a row.
fn count_of_given_names(row: &Record) -> usize {
    let given = row.values().filter(|(field, _)| *field == Field::FirstName);
    let names = given.filter_map(|(_, name)| name.ok());
    let words = names.flat_map(|name| name.split([' ', '-', '\u{2010}']));
    words.filter(|word| !word.is_empty() && *word != "Dr.").count()
}

/// The fields that one row fills.
#[derive(Clone, Copy)]
struct Fragment {
    fields: FieldSet,
    with_password: bool,
}

impl Fragment {
    fn random(random: &mut Random) -> Self {
        use Field::{BirthDate, Email, FirstName, Iccsn, Kvnr, LastName, PostalCode, Username};
        // The tables of a customer portal, and their shares of the dump.
        let (fields, with_password): (&[Field], bool) = match random.random_range(0..100) {
            0..20 => (&[Email, Username], true),
            20..30 => (&[Email], true),
            30..50 => (&[Kvnr, Iccsn, LastName, FirstName, BirthDate], false),
            50..64 => (&[LastName, FirstName, BirthDate, PostalCode], false),
            64..76 => (&[Username, Kvnr], true),
            76..83 => (&[Kvnr], false),
            83..90 => (&[LastName, FirstName, Email, PostalCode], false),
            90..94 => (&[FirstName, BirthDate, PostalCode], false),
            94..97 => (&[Iccsn, LastName, FirstName], false),
            _ => (&[LastName, PostalCode], true),
        };
        let has_gaps = random.random_ratio(1, 5);
        let mut fields: FieldSet = fields.iter().copied().collect();
        if has_gaps {
            let gap = FIELDS[random.random_range(0..FIELDS.len())];
            // Names are present or absent together: a single name would make rows that do not differ in any
            // indexed value.
            let gap: FieldSet = match gap {
                LastName | FirstName => [LastName, FirstName].into_iter().collect(),
                other => [other].into_iter().collect(),
            };
            fields = fields.difference(gap);
        }
        Self { fields, with_password }
    }

    /// A row with these fields of the person, in a random spelling.
    fn row(self, person: &Person, random: &mut Random) -> Record {
        let mut row = Record::new();
        for field in self.fields.iter() {
            row.push(field, &spell(person, field, random));
        }
        if self.with_password {
            row.push_data_class(DataClass::PASSWORDS);
        }
        row
    }
}
