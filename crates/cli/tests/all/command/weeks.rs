//! Random weeks: parts of leaks arrive, people are erased, breaches are withdrawn, and members come and go.
//! Each week, a check reports who is new since all earlier checks. Everything is compared with the truth.

mod check;
mod files;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use files::{COLUMNS, read_accounts, table};

use super::support::{Run, Site};
use crate::random::{
    chance::{Chance, with_seeds},
    people::{Row, Value, people, some_of, values_of},
    truth::{self, HeldKinds, Leaked, Records},
};

const BREACHES: [&str; 4] = ["alpha", "20230115", "-x", "true"];

/// The placeholders for a missing reference in exports.
const NO_REFERENCES: [&str; 4] = ["", "-", "NULL", "k.A."];

/// States everything that a letter can say about each breach.
const TEMPLATE: &str = "\
{{ member }}|{{ strength.slug }}|{{ records }}
{% for breach in breaches %}
{{ breach.name }}|{{ breach.strength.slug }}|{{ breach.records }}|{{ breach.data_classes | map(attribute='slug') | join(' ') }}
{% endfor %}
";

/// An index on the disk, and the truth about it.
struct KnownIndex {
    file: String,
    records: Records,
    held: HeldKinds,
}

/// A person known to the insurer.
struct Member {
    person: u32,
    reference: String,
    row: Row,
    /// False for a former member, who may come back.
    is_here: bool,
}

/// The results from which later checks learn who was informed.
#[derive(Clone, Copy, PartialEq)]
enum EarlierResults {
    Findings,
    /// The lists of letters.
    Letters,
    /// The findings or the lists of letters, chosen each week.
    Either,
}

/// The strength of the match that a member was informed of, by reference and breach.
type InformedStrengths = BTreeMap<(String, &'static str), u8>;

struct History {
    site: Site,
    people: Vec<u32>,
    indexes: Vec<KnownIndex>,
    members: Vec<Member>,
    /// The last number that a file or a reference got.
    number: usize,
    /// The files with earlier results that a check gets.
    previous: Vec<String>,
    /// The strengths that earlier results state for each reference and breach.
    informed: InformedStrengths,
    /// The references that an earlier result repeats. They do not identify a member.
    doubtful: BTreeSet<String>,
    earlier_results: EarlierResults,
}

impl History {
    fn new(chance: &mut Chance) -> Self {
        let site = Site::new();
        site.run("keygen key").expect(0);
        site.write("letter.txt", TEMPLATE);
        let count = 4 + chance.below(12);
        let people = people(count, chance);
        let mut history = Self {
            site,
            indexes: Vec::new(),
            members: Vec::new(),
            number: 0,
            previous: Vec::new(),
            informed: InformedStrengths::new(),
            doubtful: BTreeSet::new(),
            earlier_results: *chance.pick(&[
                EarlierResults::Findings,
                EarlierResults::Letters,
                EarlierResults::Either,
            ]),
            people,
        };
        for person in history.people.clone() {
            if !chance.one_in(4) {
                history.join(person, chance);
            }
        }
        history
    }

    fn next(&mut self) -> usize {
        self.number += 1;
        self.number
    }

    fn join(&mut self, person: u32, chance: &mut Chance) {
        let reference = self.reference(chance);
        let row = member_row(person, chance);
        self.members.push(Member { person, reference, row, is_here: true });
    }

    /// Returns a new reference, rarely an empty one or the reference of another member. Some references look like
    /// formulas or numbers, or resemble other references.
    fn reference(&mut self, chance: &mut Chance) -> String {
        let number = self.next();
        if chance.one_in(30) && !self.members.is_empty() {
            return chance.pick(&self.members).reference.clone();
        }
        if chance.one_in(30) {
            return (*chance.pick(&NO_REFERENCES)).to_owned();
        }
        match chance.below(6) {
            5 => format!("'={}", number - 1),
            0 => format!("={number}"),
            1 => format!("00{number}"),
            2 => format!("{number}e5"),
            3 => format!("Ä \"{number}\", 'x'"),
            _ => format!("M-{number}"),
        }
    }

    /// The events of a week before its check.
    fn week_events(&mut self, chance: &mut Chance) {
        for _ in 0..=chance.below(3) {
            match chance.below(12) {
                0..=4 => self.a_part_arrives(chance),
                5 => self.merge_indexes(chance),
                6 | 7 => self.erase_person(chance),
                8 => self.withdraw_breach(chance),
                _ => self.members_change(chance),
            }
        }
    }

    fn a_part_arrives(&mut self, chance: &mut Chance) {
        let breach = *chance.pick(&BREACHES);
        let mut rows: Vec<(Row, bool)> = Vec::new();
        for _ in 0..=chance.below(10) {
            // Some people are in no leak.
            let person = *chance.pick(&self.people[..self.people.len() * 2 / 3]);
            let most = 1 + chance.below(4);
            let row = some_of(&leakable(person), most, chance);
            rows.extend(chance.one_in(4).then(|| (row.clone(), true)));
            rows.push((row, chance.one_in(8)));
        }
        // A hotline number, in so many records of one or two parts that it may count less.
        if chance.one_in(3) {
            let first = 2000 + 50 * chance.below(3);
            let number = *chance.pick(&[33, 62]) + chance.below(8);
            let number_of = |count| u32::try_from(count).expect("a small number");
            let strangers = number_of(first)..number_of(first + number);
            let row = |stranger| Row::from([Value::Username(stranger), HOTLINE]);
            rows.extend(strangers.map(|stranger| (row(stranger), false)));
        }
        let kinds = match chance.below(6) {
            0 => Some(vec!["email", "email-alias"]),
            1 => Some(vec!["kvnr", "starts-birth", "birth-postcode"]),
            _ => None,
        };
        let is_held = |kind: &str| kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
        let leaked = rows.iter().filter_map(|(row, has_password)| {
            Leaked::of(breach, row, has_password.then_some("passwords"), is_held, false)
        });
        let records: Records = leaked.collect();
        let number = self.next();
        let (leak, file) = (format!("leak{number}.csv"), format!("{number}.leakdex"));
        self.site.write(&leak, table(None, rows.iter().map(|(row, extra)| ("", row, *extra))));
        let kinds = kinds.map_or(String::new(), |kinds| format!("--kinds {}", kinds.join(",")));
        let build = format!("build --key key --output {file} --name={breach} {kinds} {leak}");
        let run = self.run(&build, COLUMNS);
        if records.is_empty() {
            run.expect_error(&["no leaked row has a usable identifier"]);
            return;
        }
        run.expect(0);
        let held = truth::held(breach, &records);
        let new = KnownIndex { file, records, held };
        self.inspect(&new);
        if self.indexes.is_empty() || chance.one_in(2) {
            self.indexes.push(new);
        } else {
            let place = chance.below(self.indexes.len());
            let known = self.indexes.remove(place);
            // A part that stays next to the merged index still counts once.
            let stays = chance.one_in(4);
            self.merge(
                &[&known, &new],
                &known.file,
                "",
                &[],
                known.records.union(&new.records).cloned().collect(),
            );
            if stays {
                self.indexes.push(new);
            }
        }
    }

    fn merge_indexes(&mut self, chance: &mut Chance) {
        let mut indexes = std::mem::take(&mut self.indexes);
        chance.shuffle(&mut indexes);
        if indexes.is_empty() {
            return;
        }
        let records = indexes.iter().flat_map(|known| known.records.iter().cloned()).collect();
        let output = format!("{}.leakdex", self.next());
        self.merge(&indexes.iter().collect::<Vec<_>>(), &output, "", &[], records);
    }

    fn erase_person(&mut self, chance: &mut Chance) {
        let mut rows = Vec::new();
        for _ in 0..=chance.below(2) {
            let person = *chance.pick(&self.people);
            let most = 3 + chance.below(4);
            rows.push(some_of(&leakable(person), most, chance));
        }
        for known in std::mem::take(&mut self.indexes) {
            let mut records = known.records.clone();
            for row in &rows {
                truth::erased_by(&known.records, row).iter().for_each(|erased| {
                    records.remove(erased);
                });
            }
            self.merge(&[&known], &known.file, "", &rows, records);
        }
    }

    fn withdraw_breach(&mut self, chance: &mut Chance) {
        let breach = *chance.pick(&BREACHES);
        for known in std::mem::take(&mut self.indexes) {
            let mut records = known.records.clone();
            records.retain(|leaked| leaked.breach != breach);
            if records.len() == known.records.len() {
                self.indexes.push(known);
            } else {
                let without = format!("--without-breach={breach}");
                self.merge(&[&known], &known.file, &without, &[], records);
            }
        }
    }

    /// Merges indexes, and keeps the result unless nothing is left of it.
    fn merge(
        &mut self,
        all: &[&KnownIndex],
        output: &str,
        options: &str,
        erased: &[Row],
        records: Records,
    ) {
        let files: Vec<&str> = all.iter().map(|known| known.file.as_str()).collect();
        let files = files.join(" ");
        let mut merge = format!("merge --key key --output {output} {options} {files}");
        let mut columns: &[&str] = &[];
        if !erased.is_empty() {
            self.site.write("erase.csv", table(None, erased.iter().map(|row| ("", row, false))));
            merge += " --without erase.csv --summary s.json";
            columns = COLUMNS;
        }
        let run = self.run(&merge, columns);
        if records.is_empty() {
            run.expect_error(&["nothing would be left"]);
            return;
        }
        run.expect(0);
        if !erased.is_empty() {
            let before: Records =
                all.iter().flat_map(|known| known.records.iter().cloned()).collect();
            let accounts = read_accounts(&self.site.json("s.json"));
            let expected: Vec<_> =
                erased.iter().map(|row| truth::account(&before, row, erased)).collect();
            assert_eq!(accounts, expected, "the account of {erased:?}");
        }
        let mut held = truth::united(all.iter().map(|known| &known.held));
        held.retain(|breach, _| options != format!("--without-breach={breach}"));
        let known = KnownIndex { file: output.to_owned(), records, held };
        self.inspect(&known);
        self.indexes.push(known);
    }

    /// Asserts that the counts of an index are those of its records.
    fn inspect(&self, known: &KnownIndex) {
        let metadata = self.site.json_of(&format!("inspect --json {}", known.file));
        assert_eq!(metadata["records"], known.records.len(), "{metadata}");
        let kinds = metadata["kinds"].as_array().expect("there are kinds");
        let held = truth::kinds(&known.records);
        let names: BTreeSet<&str> = kinds.iter().filter_map(|kind| kind["kind"].as_str()).collect();
        let expected: BTreeSet<&str> = known.held.values().flatten().copied().collect();
        assert_eq!(names, expected, "{metadata} of {held:?}");
        for kind in kinds {
            let counts = held.get(kind["kind"].as_str().expect("a name"));
            let (identifiers, records) = counts.copied().unwrap_or_default();
            assert_eq!(
                (&kind["identifiers"], &kind["records"]),
                (&identifiers.into(), &records.into())
            );
        }
    }

    fn members_change(&mut self, chance: &mut Chance) {
        for _ in 0..=chance.below(3) {
            let person = *chance.pick(&self.people);
            let place = self.members.iter().position(|member| member.person == person);
            let Some(place) = place else {
                self.join(person, chance);
                continue;
            };
            match chance.below(3) {
                0 => self.members[place].is_here ^= true,
                1 => self.members[place].reference = self.reference(chance),
                _ => self.members[place].row = member_row(person, chance),
            }
        }
    }

    /// Runs the command with the columns of its input.
    fn run(&self, arguments: &str, columns: &[&str]) -> Run {
        let mut all: Vec<&str> = arguments.split_whitespace().collect();
        all.extend(columns.iter().flat_map(|column| ["--column", column]));
        if !columns.is_empty() {
            all.extend(["--delimiter", ";"]);
        }
        self.site.run_with(&all)
    }
}

const HOTLINE: Value = Value::Phone(999);

/// All values that may leak about a person.
fn leakable(person: u32) -> Vec<Value> {
    values_of(person).into_iter().chain([HOTLINE]).collect()
}

fn member_row(person: u32, chance: &mut Chance) -> Row {
    let most = 1 + chance.below(6);
    some_of(&leakable(person), most, chance)
}

impl fmt::Debug for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} with {:?}", self.reference, self.row)
    }
}

fn a_random_history(chance: &mut Chance) {
    let mut history = History::new(chance);
    history.a_part_arrives(chance);
    for _ in 0..4 + chance.below(5) {
        history.week_events(chance);
        history.check(chance);
    }
}

#[test]
fn random_weeks_find_everybody_and_inform_them_once_per_breach() {
    // Together, these seeds detect a `--previous` that knows everybody or ignores strengths, a letter that
    // states candidates, and a record that counts twice.
    with_seeds([3, 4, 6, 13], a_random_history);
}
