//! Measures how well match keys find persons whose data were written down twice, with errors.
//!
//! ```sh
//! cargo run --release --example match_quality
//! ```
//!
//! Synthetic persons are indexed as they are. Members are corrupted copies of all of them, and as
//! many persons who are not in the index. The rates of corruption stand in [`RATES`] and are
//! printed; they are those of heavily damaged data, as in the FEBRL sets that record linkage is
//! tested with. Names have the uneven frequencies of German ones. Exit status 1 says that a goal
//! was missed.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::{self, Write as _},
    process::ExitCode,
};

use fake::locales::{DE_DE, Data};
use leakdex::{Breach, DataClass, Error, Finding, IndexBuilder, Key, Kind, Record};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng, seq::IndexedRandom};

/// How many persons are in the index, and how many members are not.
const PERSONS: u32 = 20_000;

fn main() -> ExitCode {
    match measure(PERSONS, 0.0) {
        Ok(report) => {
            print!("{report}");
            if let Ok(with_twins) = measure(PERSONS, TWINS) {
                print!("{}", with_twins.about_twins());
            }
            if report.goals_are_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("match_quality: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What happens to a copy, and how often. Each is drawn on its own, so that one copy can have
/// several errors.
const RATES: &[(&str, f64)] = &[
    ("last name: a typing error", LAST_MISTYPED),
    ("last name: another, after marriage", LAST_CHANGED),
    ("last name: joined with another", LAST_JOINED),
    ("last name: missing", LAST_MISSING),
    ("first name: a typing error", FIRST_MISTYPED),
    ("first name: second one left out, if there is one", SECOND_LEFT_OUT),
    ("first name: missing", FIRST_MISSING),
    ("names: last and first swapped", SWAPPED),
    ("names: umlauts written out, if there are any", WRITTEN_OUT),
    ("birth date: one digit wrong", DATE_MISTYPED),
    ("birth date: day and month transposed, if both are below 13", DATE_TRANSPOSED),
    ("birth date: missing", DATE_MISSING),
    ("postcode: moved house", MOVED),
    ("postcode: one digit wrong", POSTCODE_MISTYPED),
    ("postcode: missing", POSTCODE_MISSING),
    ("KVNR given, in the index and in the copy, each", KVNR_GIVEN),
    ("card number given, in the index and in the copy, each", CARD_GIVEN),
    ("card number: a new card since", CARD_NEW),
    ("e-mail address given, in the index and in the copy, each", EMAIL_GIVEN),
    ("e-mail address: another one since", EMAIL_CHANGED),
    ("each number and address: a typing error", NUMBER_MISTYPED),
];

const LAST_MISTYPED: f64 = 0.17;
const LAST_CHANGED: f64 = 0.03;
const LAST_JOINED: f64 = 0.02;
const LAST_MISSING: f64 = 0.02;
const FIRST_MISTYPED: f64 = 0.17;
const SECOND_LEFT_OUT: f64 = 0.30;
const FIRST_MISSING: f64 = 0.02;
const SWAPPED: f64 = 0.04;
const WRITTEN_OUT: f64 = 0.30;
const DATE_MISTYPED: f64 = 0.10;
const DATE_TRANSPOSED: f64 = 0.05;
const DATE_MISSING: f64 = 0.03;
const MOVED: f64 = 0.12;
const POSTCODE_MISTYPED: f64 = 0.04;
const POSTCODE_MISSING: f64 = 0.02;
const KVNR_GIVEN: f64 = 0.90;
const CARD_GIVEN: f64 = 0.60;
const CARD_NEW: f64 = 0.20;
const EMAIL_GIVEN: f64 = 0.60;
const EMAIL_CHANGED: f64 = 0.15;
const NUMBER_MISTYPED: f64 = 0.03;

/// The share of members outside the index who are twins of somebody in it, in the second run.
const TWINS: f64 = 0.01;

const MATCH_KEYS: [Kind; 7] = [
    Kind::NameBirth,
    Kind::FirstBirthPostcode,
    Kind::LastBirthPostcode,
    Kind::NamePostcode,
    Kind::SurnamePartBirth,
    Kind::SoundBirth,
    Kind::InitialsBirthPostcode,
];

const NUMBERS: [Kind; 3] = [Kind::Kvnr, Kind::Iccsn, Kind::Email];

/// Members `0..persons` are copies of the persons with the same number; the others are strangers.
fn measure(persons: u32, twins: f64) -> Result<Report, Error> {
    let world = World::new();
    let indexed: Vec<Person> = (0..persons).map(|number| world.person(number)).collect();
    let members: Vec<Person> = (0..2 * persons)
        .map(|number| {
            let mut random = random(number, Purpose::Copy);
            if number < persons {
                return world.corrupted(&world.person(number), &mut random);
            }
            let mut stranger = world.person(number);
            if random.random_bool(twins) {
                stranger.be_twin_of(&world.person(number - persons));
            }
            stranger
        })
        .collect();

    let mut report = Report {
        persons,
        shared_names: [world.last_names.shared(), world.first_names.shared()],
        exact: exact_join(&indexed, &members),
        keys: Vec::new(),
        with_numbers: Score::default(),
    };
    let mut union = Union::new(persons);
    for kind in MATCH_KEYS {
        let hits = hits(kind, &indexed, &members)?;
        let alone = Score::of(&hits);
        report.keys.push((kind, alone, union.add(&hits)));
    }
    for kind in NUMBERS {
        report.with_numbers = union.add(&hits(kind, &indexed, &members)?);
    }
    Ok(report)
}

/// What was found for one member.
#[derive(Clone, Copy, Default)]
struct Hit {
    /// Whether the member's own row was found.
    own: bool,
    /// How many rows of others were found.
    others: u64,
}

/// True and false pairs of a member and a row of the index.
#[derive(Clone, Copy, Default)]
struct Score {
    found: u64,
    wrong: u64,
}

impl Score {
    fn of(hits: &[Hit]) -> Self {
        hits.iter().fold(Self::default(), |sum, hit| Self {
            found: sum.found + u64::from(hit.own),
            wrong: sum.wrong + hit.others,
        })
    }

    fn recall(self, persons: u32) -> f64 {
        ratio(self.found, persons.into())
    }

    fn precision(self) -> f64 {
        ratio(self.found, self.found + self.wrong)
    }
}

/// The pairs that any of several kinds finds. A wrong pair that two kinds find counts twice, so the
/// precision is at least the one given.
struct Union {
    own: Vec<bool>,
    wrong: u64,
}

impl Union {
    fn new(persons: u32) -> Self {
        Self { own: vec![false; 2 * persons as usize], wrong: 0 }
    }

    fn add(&mut self, hits: &[Hit]) -> Score {
        for (own, hit) in self.own.iter_mut().zip(hits) {
            *own |= hit.own;
            self.wrong += hit.others;
        }
        let found = self.own.iter().map(|&own| u64::from(own)).sum();
        Score { found, wrong: self.wrong }
    }
}

/// What the library finds for each member with an index that holds this kind alone.
fn hits(kind: Kind, indexed: &[Person], members: &[Person]) -> Result<Vec<Hit>, Error> {
    let key = Key::from_bytes([42; 32]);
    let breach = Breach::named("match-quality").expect("the name is well formed");
    let mut builder = IndexBuilder::new(&key, breach).kinds([kind].into_iter().collect());
    let digits = digit_classes();
    let mut batch = builder.batch();
    for (number, person) in (0_u32..).zip(indexed) {
        let mut record = person.record();
        for class in classes_of(number, &digits) {
            record.push_data_class(class.clone());
        }
        batch.push(&record);
    }
    builder.add_batch(&batch)?;
    let index = builder.build()?;

    let mut batch = index.batch();
    members.iter().for_each(|member| batch.push(&member.record()));
    let verdicts = index.check_batch(&batch);
    let hits = (0_u32..)
        .zip(&verdicts)
        .map(|(number, verdict)| match verdict.finding() {
            Some(finding) => hit(finding, classes_of(number, &digits), number, indexed),
            None => Hit::default(),
        })
        .collect();
    Ok(hits)
}

/// The two classes for each binary digit of a row's number, 0 and 1. Since an exposure shows the
/// classes of the rows that matched, it tells which row that was.
fn digit_classes() -> Vec<[DataClass; 2]> {
    let class = |place: u32, digit: u32| {
        DataClass::new(&format!("digit-{place}-is-{digit}")).expect("the name is well formed")
    };
    (0..24).map(|place| [class(place, 0), class(place, 1)]).collect()
}

fn classes_of(number: u32, digits: &[[DataClass; 2]]) -> impl Iterator<Item = &DataClass> {
    let one = move |place| number >> place & 1 == 1;
    digits.iter().enumerate().map(move |(place, pair)| &pair[usize::from(one(place))])
}

/// Of several rows, all are counted; that theirs together look like the member's own is a chance
/// that can be neglected.
fn hit<'a>(
    finding: &Finding<'_>,
    own: impl Iterator<Item = &'a DataClass>,
    number: u32,
    indexed: &[Person],
) -> Hit {
    let exposure = finding.exposure();
    let classes = exposure.data_classes();
    let own: BTreeSet<&DataClass> = own.collect();
    let is_in_index = usize::try_from(number).is_ok_and(|number| number < indexed.len());
    let found = is_in_index && own.is_subset(&classes);
    // Of several keys of one kind, the exposure tells the records of the strongest only.
    let digits = classes.iter().filter(|class| class.as_str().starts_with("digit-")).count();
    let further = exposure.records() - u64::from(found);
    let at_least = u64::from(digits > own.len() || !found);
    Hit { own: found, others: further.max(at_least) }
}

/// What a database would find: last name, first name and date of birth, each trimmed and in lower
/// case, are the same text.
fn exact_join(indexed: &[Person], members: &[Person]) -> Score {
    let key = |person: &Person| {
        let parts = [&person.last, &person.first, &person.birth_date];
        let parts = parts.map(|part| part.trim().to_lowercase());
        (!parts.iter().any(String::is_empty)).then(|| parts.join("|"))
    };
    let mut rows = HashMap::<String, Vec<usize>>::new();
    for (number, person) in indexed.iter().enumerate() {
        if let Some(key) = key(person) {
            rows.entry(key).or_default().push(number);
        }
    }
    let mut score = Score::default();
    for (number, member) in members.iter().enumerate() {
        for &row in key(member).and_then(|key| rows.get(&key)).into_iter().flatten() {
            if row == number {
                score.found += 1;
            } else {
                score.wrong += 1;
            }
        }
    }
    score
}

struct Report {
    persons: u32,
    /// How probable it is that two persons have the same last name, and the same first name.
    shared_names: [f64; 2],
    exact: Score,
    /// Each match key alone, and together with those before it.
    keys: Vec<(Kind, Score, Score)>,
    with_numbers: Score,
}

impl Report {
    const LEAST_GAIN: f64 = 1.8;
    const LEAST_PRECISION: f64 = 0.999;
    const LEAST_RECALL_WITH_NUMBERS: f64 = 0.98;

    fn union(&self) -> Score {
        self.keys.last().map_or(Score::default(), |&(_, _, union)| union)
    }

    /// How many times the true pairs of the exact join the match keys find.
    fn gain(&self) -> f64 {
        ratio(self.union().found, self.exact.found)
    }

    fn goals_are_met(&self) -> bool {
        self.gain() >= Self::LEAST_GAIN
            && self.union().precision() >= Self::LEAST_PRECISION
            && self.with_numbers.recall(self.persons) >= Self::LEAST_RECALL_WITH_NUMBERS
    }

    fn about_twins(&self) -> String {
        let mut text = format!(
            "\nThe same with twins: {:.0} % of the members outside the index have the last name, \
             date of birth and\npostcode of somebody in it.\n\n",
            TWINS * 100.0
        );
        self.push_keys(&mut text);
        text
    }

    fn push_keys(&self, text: &mut String) {
        let mut line = |name: &str, alone: Option<Score>, union: Score| {
            let columns = |score: Score| {
                let (recall, precision) = (score.recall(self.persons), score.precision());
                format!("{recall:>7.4} {precision:>10.5} {:>6}", score.wrong)
            };
            let alone = alone.map_or(" ".repeat(25), columns);
            text.push_str(&format!("{name:<26} {alone}   {}\n", columns(union)));
        };
        line("exact name+birth join", Some(self.exact), self.exact);
        for &(kind, alone, union) in &self.keys {
            line(kind.slug(), Some(alone), union);
        }
        line("with kvnr, iccsn, email", None, self.with_numbers);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!(
            "{} persons in the index; members: a corrupted copy of each, and {} others.\n\
             Two persons share a last name with probability {:.5}, a first name with {:.5}.\n\n\
             What happens to a copy:\n",
            self.persons, self.persons, self.shared_names[0], self.shared_names[1]
        );
        for (what, rate) in RATES {
            writeln!(text, "{:>5.0} %  {what}", rate * 100.0)?;
        }
        let head = " recall  precision  wrong";
        writeln!(text, "\n{:<26} {:<25}   and all above", "kind", "alone")?;
        writeln!(text, "{:<26} {head}   {head}", "")?;
        self.push_keys(&mut text);
        writeln!(
            text,
            "\nWithout any number, {:.2} times the true pairs of the exact join (goal: {:.1}) at \
             a precision of {:.5}\n(goal: {:.3}); with numbers a recall of {:.4} (goal: {:.2}): {}",
            self.gain(),
            Self::LEAST_GAIN,
            self.union().precision(),
            Self::LEAST_PRECISION,
            self.with_numbers.recall(self.persons),
            Self::LEAST_RECALL_WITH_NUMBERS,
            if self.goals_are_met() { "met." } else { "MISSED." }
        )?;
        formatter.write_str(&text)
    }
}

/// 1 where there is nothing to be found.
#[expect(clippy::cast_precision_loss, reason = "the numbers are far below 2⁵²")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

type Random = ChaCha8Rng;

#[derive(Clone, Copy)]
enum Purpose {
    Person,
    Copy,
}

/// Random numbers that depend on nothing but the person and what they are for.
fn random(number: u32, purpose: Purpose) -> Random {
    let mut random = Random::seed_from_u64(5_000);
    random.set_stream(u64::from(number) << 1 | purpose as u64);
    random
}

/// A person as written down; what is empty is missing.
#[derive(Clone)]
struct Person {
    last: String,
    first: String,
    birth_date: String,
    postal_code: String,
    kvnr: String,
    card: String,
    email: String,
}

impl Person {
    fn record(&self) -> Record {
        Record::new()
            .last_name(&self.last)
            .first_name(&self.first)
            .birth_date(&self.birth_date)
            .postal_code(&self.postal_code)
            .kvnr(&self.kvnr)
            .iccsn(&self.card)
            .email(&self.email)
    }

    fn be_twin_of(&mut self, other: &Self) {
        self.last.clone_from(&other.last);
        self.birth_date.clone_from(&other.birth_date);
        self.postal_code.clone_from(&other.postal_code);
    }
}

/// The names and postcodes that there are, with their frequencies.
struct World {
    last_names: Names,
    first_names: Names,
}

impl World {
    /// The commonest last name, of 15,000, has 0.9 % of the persons, as in Germany; the commonest
    /// first name, of some 370, has 2.7 %.
    fn new() -> Self {
        let joined = |name: &str| name.contains('-') || name == "Graf";
        let common = DE_DE::NAME_LAST_NAME.iter().skip(14).filter(|name| !joined(name));
        let mut last_names: Vec<String> = common.map(|&name| name.to_owned()).collect();
        last_names.extend(made_up(&STEMS, &ENDINGS, &BEGINNINGS));
        let mut first_names: Vec<String> =
            DE_DE::NAME_FIRST_NAME.iter().skip(21).map(|&name| name.to_owned()).collect();
        first_names.extend(made_up(&FIRST_STEMS, &FIRST_ENDINGS, &[""]));
        Self { last_names: Names::new(last_names, 0.6), first_names: Names::new(first_names, 0.5) }
    }

    fn person(&self, number: u32) -> Person {
        let mut random = random(number, Purpose::Person);
        let mut last = self.last_names.draw(&mut random).to_owned();
        if random.random_bool(0.04) {
            last = format!("{last}-{}", self.last_names.draw(&mut random));
        }
        let mut first = self.first_names.draw(&mut random).to_owned();
        if random.random_bool(0.2) {
            first = format!("{first} {}", self.first_names.draw(&mut random));
        }
        let month = random.random_range(1..=12);
        let longest = if month == 2 { 28 } else { 30 };
        let birth_date = format!(
            "{}-{month:02}-{:02}",
            random.random_range(1935..=2015),
            random.random_range(1..=longest)
        );
        let mut given = |rate, value: String| {
            if random.random_bool(rate) { value } else { String::new() }
        };
        let kvnr = given(KVNR_GIVEN, kvnr(number));
        let card = given(CARD_GIVEN, card(number, 0));
        let email = given(EMAIL_GIVEN, format!("m{}@example.de", spread(number, 100_000_000)));
        Person { last, first, birth_date, postal_code: postal_code(&mut random), kvnr, card, email }
    }

    /// The person as somebody else wrote them down, at another time.
    fn corrupted(&self, person: &Person, random: &mut Random) -> Person {
        let mut copy = person.clone();
        self.corrupt_names(&mut copy, random);
        if random.random_bool(DATE_TRANSPOSED) {
            transpose(&mut copy.birth_date);
        }
        if random.random_bool(DATE_MISTYPED) {
            mistype_date(&mut copy.birth_date, random);
        }
        if random.random_bool(MOVED) {
            copy.postal_code = postal_code(random);
        }
        if random.random_bool(POSTCODE_MISTYPED) {
            mistype_digit(&mut copy.postal_code, random);
        }
        for (field, rate) in [
            (&mut copy.last, LAST_MISSING),
            (&mut copy.first, FIRST_MISSING),
            (&mut copy.birth_date, DATE_MISSING),
            (&mut copy.postal_code, POSTCODE_MISSING),
        ] {
            if random.random_bool(rate) {
                field.clear();
            }
        }
        corrupt_numbers(&mut copy, random);
        copy
    }

    fn corrupt_names(&self, copy: &mut Person, random: &mut Random) {
        if random.random_bool(LAST_CHANGED) {
            copy.last = self.last_names.draw(random).to_owned();
        }
        if random.random_bool(LAST_JOINED) {
            let other = self.last_names.draw(random);
            copy.last = if random.random_bool(0.5) {
                format!("{}-{other}", copy.last)
            } else {
                format!("{other}-{}", copy.last)
            };
        }
        if random.random_bool(SECOND_LEFT_OUT) {
            copy.first = copy.first.split(' ').next().unwrap_or_default().to_owned();
        }
        if random.random_bool(WRITTEN_OUT) {
            copy.last = written_out(&copy.last);
            copy.first = written_out(&copy.first);
        }
        if random.random_bool(LAST_MISTYPED) {
            mistype(&mut copy.last, random);
        }
        if random.random_bool(FIRST_MISTYPED) {
            mistype(&mut copy.first, random);
        }
        if random.random_bool(SWAPPED) {
            std::mem::swap(&mut copy.last, &mut copy.first);
        }
    }
}

/// The copy gives some of the numbers that the person gives.
fn corrupt_numbers(copy: &mut Person, random: &mut Random) {
    if random.random_bool(CARD_NEW) && !copy.card.is_empty() {
        // The last digit but one tells the cards of a person apart.
        copy.card.replace_range(18..19, "1");
    }
    if random.random_bool(EMAIL_CHANGED) && !copy.email.is_empty() {
        copy.email.insert_str(0, "new.");
    }
    for (number, rate) in
        [(&mut copy.kvnr, KVNR_GIVEN), (&mut copy.card, CARD_GIVEN), (&mut copy.email, EMAIL_GIVEN)]
    {
        if !random.random_bool(rate) {
            number.clear();
        }
        if random.random_bool(NUMBER_MISTYPED) {
            mistype_digit(number, random);
        }
    }
}

/// Names in the order of their frequency, which falls with a power of the rank.
struct Names {
    names: Vec<String>,
    /// The weights of all names up to and with each.
    weights: Vec<f64>,
}

impl Names {
    fn new(names: Vec<String>, power: f64) -> Self {
        let mut sum = 0.0;
        let weights = (1_u32..)
            .zip(&names)
            .map(|(rank, _)| {
                sum += f64::from(rank).powf(-power);
                sum
            })
            .collect();
        Self { names, weights }
    }

    /// How probable it is that two persons have the same.
    fn shared(&self) -> f64 {
        let all = self.weights.last().copied().unwrap_or_default();
        let before = [0.0].into_iter().chain(self.weights.iter().copied());
        self.weights.iter().zip(before).map(|(end, start)| ((end - start) / all).powi(2)).sum()
    }

    fn draw(&self, random: &mut Random) -> &str {
        let all = self.weights.last().copied().unwrap_or_default();
        let drawn = random.random::<f64>() * all;
        let place = self.weights.partition_point(|&weight| weight <= drawn);
        self.names.get(place).map_or("Muster", String::as_str)
    }
}

/// Every combination of a beginning, a stem and an ending, those without a beginning first.
fn made_up(stems: &[&str], endings: &[&str], beginnings: &[&str]) -> Vec<String> {
    let mut names = Vec::with_capacity(stems.len() * endings.len() * beginnings.len());
    for beginning in beginnings {
        for ending in endings {
            for stem in stems {
                let name = format!("{beginning}{stem}{ending}").to_lowercase();
                let (initial, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
                names.push(format!("{}{rest}", initial.to_uppercase()));
            }
        }
    }
    names
}

const BEGINNINGS: [&str; 6] = ["", "Ober", "Nieder", "Neu", "Alt", "Hohen"];

const STEMS: [&str; 60] = [
    "Linden", "Birk", "Eich", "Buch", "Tann", "Erl", "Has", "Wolf", "Bär", "Fuchs", "Hirsch",
    "Adler", "Falk", "Reh", "Stein", "Fels", "Sand", "Kies", "Lehm", "Moor", "Bach", "Quell",
    "See", "Teich", "Rhein", "Donau", "Main", "Korn", "Weiz", "Roggen", "Hafer", "Kohl", "Rüb",
    "Möhr", "Äpfel", "Birn", "Kirsch", "Nuss", "Rot", "Weiß", "Schwarz", "Grün", "Blau", "Gold",
    "Silber", "Kupfer", "Eisen", "Zinn", "Kessel", "Topf", "Hammer", "Nagel", "Pflug", "Wag",
    "Rad", "Brück", "Turm", "Burg", "Kirch", "Markt",
];

const ENDINGS: [&str; 42] = [
    "er", "mann", "ner", "berg", "bach", "feld", "hof", "hofer", "müller", "bauer", "meier",
    "schmidt", "huber", "lein", "le", "ke", "ing", "inger", "sen", "stein", "wald", "au", "auer",
    "acker", "haus", "häuser", "dorf", "dorfer", "weg", "thal", "thaler", "kamp", "kötter",
    "horst", "brink", "busch", "loh", "mayr", "wirth", "scheidt", "ow", "itz",
];

const FIRST_STEMS: [&str; 20] = [
    "Al", "Ben", "Car", "Dan", "El", "Fel", "Gab", "Han", "Is", "Jan", "Kat", "Le", "Mar", "Nik",
    "Ol", "Paul", "Rom", "Sam", "Tim", "Val",
];

const FIRST_ENDINGS: [&str; 14] =
    ["a", "o", "ine", "ius", "ika", "ian", "ea", "eas", "ette", "in", "ina", "is", "ara", "en"];

/// One of 8,200, of which those in front are the more populous.
fn postal_code(random: &mut Random) -> String {
    let drawn = random.random_range(0..8_200_u64).min(random.random_range(0..12_000));
    format!("{:05}", 1_067 + drawn * 12)
}

/// A typing error: a letter left out, doubled, replaced, or swapped with the next.
fn mistype(text: &mut String, random: &mut Random) {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 2 {
        return;
    }
    let place = random.random_range(0..letters.len() - 1);
    let other = *b"abcdefghijklmnoprstuvwz".choose(random).unwrap_or(&b'e');
    match random.random_range(0..5) {
        0 => {
            letters.remove(place);
        }
        1 => letters.insert(place, letters[place]),
        2 => letters.insert(place + 1, other.into()),
        3 => letters[place + 1] = other.into(),
        _ => letters.swap(place, place + 1),
    }
    *text = letters.into_iter().collect();
}

/// Replaces one digit by another.
fn mistype_digit(text: &mut String, random: &mut Random) {
    let is_digit = |&place: &usize| text.as_bytes()[place].is_ascii_digit();
    let digits: Vec<usize> = (0..text.len()).filter(is_digit).collect();
    if let Some(&place) = digits.choose(random) {
        let digit = text.as_bytes()[place] - b'0';
        let other = (digit + random.random_range(1..10)) % 10;
        text.replace_range(place..=place, &other.to_string());
    }
}

/// Replaces the last digit of year, month or day, such that it is a date again.
fn mistype_date(date: &mut String, random: &mut Random) {
    let (place, digit) = match random.random_range(0..3) {
        0 => (3, random.random_range(0..10)),
        1 if date.as_bytes()[5] == b'1' => (6, random.random_range(0..3)),
        1 => (6, random.random_range(1..10)),
        _ if date.as_bytes()[8] == b'3' => (8, random.random_range(1..3)),
        _ => (9, random.random_range(1..9)),
    };
    date.replace_range(place..=place, &digit.to_string());
}

/// `1970-02-01` as `1970-01-02`.
fn transpose(date: &mut String) {
    if date[8..] <= *"12" {
        *date = format!("{}-{}-{}", &date[..4], &date[8..], &date[5..7]);
    }
}

fn written_out(name: &str) -> String {
    let pairs =
        [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")];
    pairs.iter().fold(name.to_owned(), |name, (umlaut, two)| name.replace(umlaut, two))
}

/// An insured number with the right check digit (§ 290 SGB V): the letter A counts as 01, weights
/// are 1 and 2 in turn, the sum of the products' digit sums counts modulo 10.
fn kvnr(number: u32) -> String {
    let digits = format!("{:08}", spread(number, 100_000_000));
    let sum: u32 = [0, 1]
        .into_iter()
        .chain(digits.bytes().map(|digit| u32::from(digit - b'0')))
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| digit * weight / 10 + digit * weight % 10)
        .sum();
    format!("A{digits}{}", sum % 10)
}

/// The number of a person's first, second … card.
fn card(number: u32, which: u32) -> String {
    format!("8027688311{:08}{which}0", spread(number, 100_000_000))
}

/// Different numbers for different ones, far apart: a typing error seldom hits another's.
fn spread(number: u32, below: u64) -> u64 {
    const FACTOR: u64 = 61_803_399;
    u64::from(number) * FACTOR % below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_goals_are_met_on_a_small_scale() {
        let report = measure(1_500, 0.0).expect("it runs");
        assert!(report.goals_are_met(), "{report}");
    }
}
