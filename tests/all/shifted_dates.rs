//! The search for shifted dates gives the counts of complete checks of the same rows with changed
//! dates.
//!
//! `asked_again` is the simplest form of that search: it checks all rows again for each change,
//! with all kinds.

use leakdex::{
    Column, Columns, DateOrder, Field, IndexBuilder, IndexSet, Key, Kind, KindSet, Normaliser,
    Record, State,
};
use leakdex_synthetic::{date::Date, population};
use serde_json::{Value, json};

use crate::{
    random::chance::Chance,
    support::{breach, folder, index_of, key, publish_shards},
};

const LEAKED: u32 = 400;

/// A column in Arrow's layout.
struct Cells {
    field: Field,
    order: Option<DateOrder>,
    bytes: Vec<u8>,
    offsets: Vec<i64>,
}

impl Cells {
    fn of(field: Field, values: impl IntoIterator<Item = String>) -> Self {
        let mut this = Self { field, order: None, bytes: Vec::new(), offsets: vec![0] };
        for value in values {
            this.bytes.extend(value.into_bytes());
            this.offsets.push(i64::try_from(this.bytes.len()).expect("they are short"));
        }
        this
    }

    fn column(&self) -> Column<'_> {
        let column = Column::with_large_offsets(self.field, &self.bytes, &self.offsets);
        self.order.map_or(column, |order| column.with_date_order(order))
    }
}

fn columns(cells: &[Cells]) -> Columns<'_> {
    let mut columns = Columns::new(cells[0].offsets.len() - 1);
    cells.iter().for_each(|cell| columns.push(cell.column()));
    columns
}

fn changed(date: Date, change: usize) -> Option<Date> {
    let moved = |days| Some(Date::from_serial(date.serial() + days));
    let in_month = |month: u8, year: u16| {
        let moved = Date { year, month, day: date.day };
        (Date::from_serial(moved.serial()) == moved).then_some(moved)
    };
    match change {
        0 => {
            let swapped = Date { year: date.year, month: date.day, day: date.month };
            (date.day <= 12 && swapped != date).then_some(swapped)
        }
        1 => moved(1),
        2 => moved(-1),
        3 => moved(1462),
        4 => moved(-1462),
        5 if date.month == 12 => in_month(1, date.year + 1),
        5 => in_month(date.month + 1, date.year),
        6 if date.month == 1 => in_month(12, date.year - 1),
        6 => in_month(date.month - 1, date.year),
        _ => moved(17),
    }
}

fn iso(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// The date of a cell; `None` if its day is unknown.
fn date_of(raw: &str, rules: Normaliser) -> Option<Date> {
    let mut normal_form = String::new();
    rules.normalise(Field::BirthDate, raw, &mut normal_form);
    let mut parts = normal_form.split('-');
    let mut next = || parts.next()?.parse::<u16>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let small = |number| u8::try_from(number).expect("it is below 32");
    (month > 0 && day > 0).then(|| Date { year, month: small(month), day: small(day) })
}

fn asked_again(set: &IndexSet, cells: &[Cells]) -> Value {
    let exact: KindSet = [Kind::EndsBirth, Kind::FirstBirthRegion].into_iter().collect();
    let with_a_date =
        [Kind::BirthPostcode, Kind::StartsBirth, Kind::NameBirthday].into_iter().collect();
    let held = set.kinds();
    let shows = |kinds: KindSet| !kinds.intersection(held).is_empty();
    let showing = if shows(exact) { exact } else { with_a_date };
    let showing = showing.intersection(held);
    let is_shown = |kinds: &KindSet| !kinds.intersection(showing).is_empty();

    let verdicts = set.check_columns(&columns(cells));
    let found_as_they_are = verdicts.matched().iter().filter(|kinds| is_shown(kinds)).count();
    let rules = set.batch().normaliser();
    let date = |row: usize| {
        let matched = verdicts.matched()[row];
        let is_asked = match verdicts.state(row) {
            State::NotAffected => true,
            State::Affected => matched.iter().all(Kind::is_match_key) && !is_shown(&matched),
            State::Indeterminate => false,
        };
        let mut dates = cells.iter().filter(|cell| is_asked && cell.field == Field::BirthDate);
        dates.find_map(|dates| {
            let own_rules = dates.order.map_or(rules, |order| rules.date_order(order));
            date_of(dates.column().text(row).ok()?, own_rules)
        })
    };
    let asked: Vec<Option<Date>> = (0..verdicts.len()).map(date).collect();
    let found_by = |change| {
        let text = |date: &Option<Date>| date.and_then(|date| changed(date, change)).map(iso);
        let again =
            Cells::of(Field::BirthDate, asked.iter().map(|asked| text(asked).unwrap_or_default()));
        let mut again = vec![again];
        let is_part =
            |cells: &&Cells| cells.field.kind().is_none() && cells.field != Field::BirthDate;
        for part in cells.iter().filter(is_part) {
            let (bytes, offsets) = (part.bytes.clone(), part.offsets.clone());
            again.push(Cells { field: part.field, order: None, bytes, offsets });
        }
        let found = set.check_columns(&columns(&again));
        let of_asked = found.matched().iter().zip(&asked).filter(|(_, asked)| asked.is_some());
        of_asked.filter(|(kinds, _)| is_shown(kinds)).count()
    };
    let found: Vec<usize> = (0..8).map(found_by).collect();
    let count = asked.iter().flatten().count();
    json!({ "asked": count, "found_as_they_are": found_as_they_are, "found": found })
}

/// The parts that a leak or a list has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Whole,
    WithoutFirstNames,
    WithoutPostcodes,
    NamesInOneCell,
    TwoOfEach,
    MonthFirst,
}

const SHAPES: [Shape; 6] = [
    Shape::Whole,
    Shape::WithoutFirstNames,
    Shape::WithoutPostcodes,
    Shape::NamesInOneCell,
    Shape::TwoOfEach,
    Shape::MonthFirst,
];

/// A cell of a member list. Most members are leaked people with changed dates or with errors in
/// their values.
fn cell(field: Field, number: u32, order: DateOrder, chance: &mut Chance) -> String {
    let other = u32::try_from(chance.below(2_000)).expect("it is small");
    let person = population::person(if chance.one_in(9) { other } else { number });
    let damaged = |text: &str, chance: &mut Chance| match chance.below(12) {
        0 => String::new(),
        1 => text.chars().rev().collect(),
        2 => text.to_uppercase(),
        3 => format!("{text}-Özdemir"),
        _ => text.to_owned(),
    };
    match field {
        Field::Email => person.email.filter(|_| chance.one_in(3)).unwrap_or_default(),
        Field::LastName => damaged(&person.last_name, chance),
        Field::FirstName => damaged(&person.first_name, chance),
        Field::Name => format!("{}, {}", person.last_name, person.first_name),
        Field::PostalCode if chance.one_in(8) => format!("{:05}", chance.below(100_000)),
        Field::PostalCode => format!("{:05}", person.postal_code),
        _ => {
            let date = match chance.below(12) {
                8 => Some(Date::from_serial(person.birth_date.serial() - 17)),
                way @ ..8 => changed(person.birth_date, way),
                _ => changed(person.birth_date, 0),
            };
            let date = date.unwrap_or(person.birth_date);
            match (chance.below(20), order) {
                (0, _) => String::new(),
                (1, _) => "01.01.1900".to_owned(),
                (2, _) => "31.12.1899".to_owned(),
                (3, _) => format!("00.{:02}.{}", date.month, date.year),
                (4, _) => "geboren".to_owned(),
                (5, _) => format!("{}.{}.{:02}", date.day, date.month, date.year % 100),
                (6..10, _) => iso(date),
                (_, DateOrder::DayFirst) => date.day_first(),
                (_, DateOrder::MonthFirst) => {
                    format!("{:02}/{:02}/{}", date.month, date.day, date.year)
                }
            }
        }
    }
}

fn fields(shape: Shape) -> Vec<Field> {
    use Field::{BirthDate, Email, FirstName, LastName, Name, PostalCode};
    match shape {
        Shape::Whole | Shape::MonthFirst => {
            vec![Email, LastName, FirstName, BirthDate, PostalCode]
        }
        Shape::WithoutFirstNames => vec![BirthDate, Email, LastName, PostalCode],
        Shape::WithoutPostcodes => vec![LastName, FirstName, BirthDate],
        Shape::NamesInOneCell => vec![Name, PostalCode, BirthDate],
        Shape::TwoOfEach => vec![
            LastName, BirthDate, FirstName, LastName, BirthDate, FirstName, PostalCode, PostalCode,
        ],
    }
}

fn members(shape: Shape, chance: &mut Chance) -> Vec<Cells> {
    let order =
        if shape == Shape::MonthFirst { DateOrder::MonthFirst } else { DateOrder::DayFirst };
    let rows = 60 + chance.below(60);
    let people: Vec<u32> =
        (0..rows).map(|_| u32::try_from(chance.below(500)).expect("it is small")).collect();
    let of_field = |field: Field| {
        let values = people.iter().map(|&person| cell(field, person, order, chance));
        let cells = Cells::of(field, values);
        Cells { order: (shape == Shape::MonthFirst).then_some(order), ..cells }
    };
    fields(shape).into_iter().map(of_field).collect()
}

fn builder(key: &Key, shape: Shape, first: u32) -> IndexBuilder<'_> {
    let people = first..first + LEAKED;
    let of_field = |field: Field| {
        let value = |number| {
            let person = population::person(number);
            match field {
                Field::Email => person.email.unwrap_or_default(),
                Field::LastName => person.last_name,
                Field::FirstName => person.first_name,
                Field::Name => format!("{}, {}", person.last_name, person.first_name),
                Field::PostalCode => format!("{:05}", person.postal_code),
                _ => person.birth_date.day_first(),
            }
        };
        Cells::of(field, people.clone().map(value))
    };
    let cells: Vec<Cells> = fields(shape).into_iter().map(of_field).collect();
    let mut builder = IndexBuilder::new(key, breach("leak"));
    let mut batch = builder.batch();
    batch.push_columns(&columns(&cells));
    builder.add_batch(&batch).expect("there are few classes");
    builder
}

fn index_set(shape: Shape, chance: &mut Chance) -> IndexSet {
    let one = key();
    match chance.below(3) {
        0 => {
            let other = Key::from_bytes(&[8; 32]).expect("a key");
            let indexes =
                [(&one, 0), (&other, 200)].map(|(key, first)| builder(key, shape, first).build());
            IndexSet::new(indexes.map(|built| built.expect("it fits the format")))
                .expect("two indexes")
        }
        1 => {
            let folder = folder();
            let target = folder.path().join("index");
            publish_shards(builder(&one, shape, 0), &target, 4);
            IndexSet::open_shards(&target, &one).expect("they were just published")
        }
        _ => IndexSet::new([builder(&one, shape, 0).build().expect("it fits the format")])
            .expect("one index"),
    }
}

#[test]
fn the_search_for_shifted_dates_counts_what_whole_checks_find() {
    let mut sum = [0; 8];
    for (seed, shape) in (1..).zip(SHAPES.repeat(3)) {
        let mut chance = Chance::of(seed);
        let set = index_set(shape, &mut chance);
        let cells = members(*SHAPES.get(chance.below(12)).unwrap_or(&shape), &mut chance);
        let rows = columns(&cells);
        let mut batch = set.batch();
        batch.push_columns(&rows);
        let probe = set.probe_dates(&batch, &set.check_batch(&batch));
        let counts = serde_json::to_value(probe).expect("to memory");
        assert_eq!(counts, asked_again(&set, &cells), "of seed {seed}");
        for (sum, found) in sum.iter_mut().zip(counts["found"].as_array().expect("a list")) {
            *sum += found.as_u64().expect("a count");
        }
    }
    assert!(sum.iter().all(|&found| found > 10), "each change finds members: {sum:?}");
}

/// The leak was indexed by rules with a later year.
#[test]
fn a_changed_date_after_the_current_year_finds_nobody() {
    let person = |date: &str| Record::new().last_name("Muster").first_name("Eva").birth_date(date);
    for (year, found) in [(2000, 0), (2001, 1)] {
        let set = IndexSet::new([index_of(&key(), &[person("1.1.2001")])]).expect("one index");
        let set = set.with_normaliser(Normaliser::new().current_year(year));
        let mut batch = set.batch();
        batch.push(&person("31.12.2000"));
        let probe = set.probe_dates(&batch, &set.check_batch(&batch));
        let counts = serde_json::to_value(probe).expect("to memory");
        assert_eq!((&counts["asked"], &counts["found"][1]), (&json!(1), &json!(found)), "{year}");
    }
}
