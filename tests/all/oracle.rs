//! On random leaks and member lists, compares the verdicts with a search through all records.

use std::collections::HashSet;

use leakdex::{
    Agreement, Breach, Field, Index, IndexBuilder, Key, Kind, Record, Strength, Verdict,
};
use proptest::prelude::*;

/// A person's fields, as numbers from a small range, so leaks and members match often.
#[derive(Clone, Debug)]
struct Fields {
    email: Option<u8>,
    kvnr: Option<u8>,
    last: Option<u8>,
    first: Option<u8>,
    birth_date: Option<u8>,
    postal_code: Option<u8>,
    /// Selects one of several spellings of the values.
    spelling: u8,
}

/// No two of them share their first or last letters, their consonants or their set of letters.
const LAST: [(&str, &str); 4] =
    [("mueller", "Müller"), ("weiss", "WEISS"), ("karacruz", "Karacruz"), ("abel", " Abel ")];
const FIRST: [(&str, &str); 4] =
    [("joerg", "Jörg"), ("anna", "ANNA"), ("zoe", "Zoë"), ("abel", "Abel")];
const BIRTH_DATES: [(&str, &str); 5] = [
    ("1970-02-01", "1.2.1970"),
    ("1970-01-02", "2.1.1970"),
    ("1971-02-01", "01.02.1971"),
    ("1999-12-31", "19991231"),
    ("2001-01-01", "01/01/2001"),
];

/// The kinds that the oracle knows.
const KINDS: [Kind; 8] = [
    Kind::Email,
    Kind::Kvnr,
    Kind::BirthPostcode,
    Kind::StartsBirth,
    Kind::EndsBirth,
    Kind::SoundPostcode,
    Kind::NameBirthday,
    Kind::FirstBirthRegion,
];

/// The expected normal form, written by hand, and a spelling of it.
type Value = (String, String);

impl Fields {
    fn email(&self) -> Option<Value> {
        self.email
            .map(|number| (format!("m{number}@example.de"), format!(" M{number}@Example.DE ")))
    }

    fn kvnr(&self) -> Option<Value> {
        self.kvnr.map(|number| {
            let digits = format!("{:08}", 12_345_000 + u32::from(number));
            let weighted = |(place, digit): (usize, u32)| {
                let product = digit * if place % 2 == 0 { 1 } else { 2 };
                product / 10 + product % 10
            };
            // The letter A counts as 01.
            let all = [0, 1].into_iter().chain(digits.bytes().map(|byte| u32::from(byte - b'0')));
            let check = all.enumerate().map(weighted).sum::<u32>() % 10;
            (format!("A{digits}{check}"), format!("a {} {}{check}", &digits[..3], &digits[3..]))
        })
    }

    fn pick(values: &[(&str, &str)], number: Option<u8>) -> Option<Value> {
        number.map(|number| {
            let (normal, spelled) = values[usize::from(number) % values.len()];
            (normal.to_owned(), spelled.to_owned())
        })
    }

    fn postal_code(&self) -> Option<Value> {
        self.postal_code.map(|number| (format!("01{number:03}"), format!("1{number:03}")))
    }

    fn values(&self) -> [(Field, Option<Value>); 6] {
        [
            (Field::Email, self.email()),
            (Field::Kvnr, self.kvnr()),
            (Field::LastName, Self::pick(&LAST, self.last)),
            (Field::FirstName, Self::pick(&FIRST, self.first)),
            (Field::BirthDate, Self::pick(&BIRTH_DATES, self.birth_date)),
            (Field::PostalCode, self.postal_code()),
        ]
    }

    fn record(&self) -> Record {
        let mut record = Record::new();
        for (field, value) in self.values() {
            if let Some((normal, spelled)) = value {
                record
                    .push(field, if self.spelling.is_multiple_of(2) { &normal } else { &spelled });
            }
        }
        record
    }

    /// The identifiers that find the person, and the values that the oracle compares. For a member,
    /// the date with day and month exchanged is looked up, too.
    fn person(&self, is_member: bool) -> Person {
        let [email, kvnr, last, first, birth_date, postal_code] =
            self.values().map(|(_, value)| value.map(|(normal, _)| normal));
        let mut identifiers = HashSet::new();
        identifiers.extend(email.map(|email| (Kind::Email, email)));
        identifiers.extend(kvnr.map(|kvnr| (Kind::Kvnr, kvnr)));
        let swapped = birth_date.as_ref().filter(|date| is_member && date[8..] <= *"12");
        let swapped = swapped.map(|date| format!("{}-{}-{}", &date[..4], &date[8..], &date[5..7]));
        let both = last.iter().zip(&first).next().map(|(last, first)| {
            let mut names = [last.as_str(), first];
            names.sort_unstable();
            names
        });
        for (date, is_unchanged) in birth_date
            .iter()
            .map(|date| (date, true))
            .chain(swapped.iter().map(|date| (date, false)))
        {
            if let (Some(code), true) = (&postal_code, last.is_some() || first.is_some()) {
                identifiers.insert((Kind::BirthPostcode, format!("{date} {code}")));
            }
            if let Some(names) = both {
                // Each name is unique in its beginning and in its end, so it represents both.
                identifiers.insert((Kind::StartsBirth, format!("{names:?} {date}")));
            }
            if let (Some(names), true) = (both, is_unchanged) {
                identifiers.insert((Kind::EndsBirth, format!("{names:?} {date}")));
                identifiers.insert((Kind::NameBirthday, format!("{names:?} {}", &date[5..])));
            }
            if let (Some(first), Some(code), true) = (&first, &postal_code, is_unchanged) {
                let key = format!("{first} {date} {}", &code[..3]);
                identifiers.insert((Kind::FirstBirthRegion, key));
            }
        }
        if let (Some(names), Some(code)) = (both, &postal_code) {
            identifiers.insert((Kind::SoundPostcode, format!("{names:?} {code}")));
        }
        Person { identifiers, last, first, birth_date, postal_code }
    }
}

/// A leaked record or a member, in normal forms.
#[derive(Clone)]
struct Person {
    identifiers: HashSet<(Kind, String)>,
    last: Option<String>,
    first: Option<String>,
    birth_date: Option<String>,
    postal_code: Option<String>,
}

impl Person {
    fn makes_match_keys(&self) -> bool {
        self.identifiers.iter().any(|(kind, _)| kind.is_match_key())
    }
}

/// The leaked rows that make match keys, and how many of them lack a value.
struct Leak {
    records: Vec<Person>,
    rows: f64,
    without_date: f64,
    without_postal_code: f64,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "there are few rows, and weights are small"
)]
impl Leak {
    fn of(rows: &[Person]) -> Self {
        let counted: Vec<&Person> = rows.iter().filter(|row| row.makes_match_keys()).collect();
        let count =
            |is: &dyn Fn(&Person) -> bool| counted.iter().filter(|row| is(row)).count() as f64;
        Self {
            records: Vec::new(),
            rows: counted.len() as f64,
            without_date: count(&|row| row.birth_date.is_none()),
            without_postal_code: count(&|row| row.postal_code.is_none()),
        }
    }

    /// The weight of a value that this many rows lack, given the weights if all rows lack it and if
    /// one in 16 does.
    fn weight_of_missing(&self, without: f64, at_all: f64, at_few: f64) -> i32 {
        let halvings = (self.rows / without).log2();
        let towards_few = at_all + (at_few - at_all) * halvings / 4.0;
        let towards_none = at_few * (6.0 - halvings).max(0.0) / 2.0;
        (if halvings < 4.0 { towards_few } else { towards_none }).round() as i32
    }

    /// Adds up the weights of last name, first name, date and postcode.
    fn judge(&self, record: &Person, member: &Person) -> Judgement {
        let compared =
            |one: &Option<String>, other: &Option<String>| Some(one.as_ref()? == other.as_ref()?);
        // The leak is too small for counts of its names.
        let (last_weight, first_weight) = (62, 45);
        let name = |is_same: Option<bool>, same, other| match is_same {
            None => 0,
            Some(true) => same,
            Some(false) => other,
        };
        let names = |last: &Option<String>, first: &Option<String>| {
            let is_same = (compared(&member.last, last), compared(&member.first, first));
            ((name(is_same.0, last_weight, -19), name(is_same.1, first_weight, -20)), is_same)
        };
        let (straight, straight_same) = names(&record.last, &record.first);
        let (swapped, swapped_same) = names(&record.first, &record.last);
        let is_swapped = swapped.0 + swapped.1 - 2 > straight.0 + straight.1;
        let (weights, same) =
            if is_swapped { (swapped, swapped_same) } else { (straight, straight_same) };

        let date = match (&record.birth_date, &member.birth_date) {
            (_, None) => -48,
            (None, _) => self.weight_of_missing(self.without_date, -48.0, -12.0),
            (Some(one), Some(other)) => weight_of_dates(one, other),
        };
        let place = match (&record.postal_code, &member.postal_code) {
            (_, None) => -30,
            (None, _) => self.weight_of_missing(self.without_postal_code, -30.0, -8.0),
            (Some(one), Some(other)) if one == other => 56,
            // All postcodes differ only in the last digit.
            _ => -1,
        };
        let parts = [weights.0, weights.1, if is_swapped { -2 } else { 0 }, date, place];
        let weight: i32 = parts.iter().sum();
        let supporting: i32 = parts.iter().filter(|&&part| part > 0).sum();
        let has_a_name = same.0 == Some(true) || same.1 == Some(true);
        let has_place = record.postal_code.is_some() && member.postal_code.is_some();
        let is_relative = same.0 == Some(true) && same.1 != Some(true) && has_place;
        let needed =
            |strength| Agreement::weight_needed(strength).expect("a strength of match keys");
        let (candidate, probable) = (needed(Strength::Candidate), needed(Strength::Probable));
        let strength = match weight {
            _ if !has_a_name || weight < candidate => None,
            _ if weight < probable || is_relative => Some(Strength::Candidate),
            _ => Some(Strength::Probable),
        };
        let may_have_a_name = same.0 != Some(false) || same.1 != Some(false);
        Judgement { strength, is_supported: may_have_a_name && supporting >= candidate }
    }
}

/// The strength of a match by names, date and postcode.
struct Judgement {
    strength: Option<Strength>,
    /// Whether the positive weights alone are enough.
    is_supported: bool,
}

fn weight_of_dates(one: &str, other: &str) -> i32 {
    let parts = |date: &str| [&date[..4], &date[5..7], &date[8..]].map(str::to_owned);
    let ([year, month, day], [other_year, other_month, other_day]) = (parts(one), parts(other));
    match (year == other_year, month == other_month, day == other_day) {
        (true, true, true) => 61,
        (true, false, false) if (&month, &day) == (&other_day, &other_month) => 29,
        // The only dates with the same birthday are in 1970 and 1971.
        (false, true, true) => 10,
        (false, true, false) => -77,
        (false, false, true) => -65,
        _ => -102,
    }
}

fn fields() -> impl Strategy<Value = Fields> {
    let some = |range: u8| proptest::option::weighted(0.6, 0..range);
    (some(40), some(40), some(4), some(4), some(5), some(5), any::<u8>()).prop_map(
        |(email, kvnr, last, first, birth_date, postal_code, spelling)| Fields {
            email,
            kvnr,
            last,
            first,
            birth_date,
            postal_code,
            spelling,
        },
    )
}

fn build(key: &Key, leak: &[Fields]) -> Index {
    let breach = Breach::named("leak").expect("the name is well formed");
    let mut builder = IndexBuilder::new(key, breach).kinds(KINDS.into_iter().collect());
    let mut batch = builder.batch();
    leak.iter().for_each(|fields| batch.push(&fields.record()));
    builder.add_batch(&batch).expect("there are few classes");
    builder.build().expect("the index fits the format")
}

/// A record that shares an identifier with a member.
struct Hit {
    kinds: HashSet<Kind>,
    strength: Option<Strength>,
    is_refuted: bool,
}

fn all_hits(member: &Person, leak: &Leak) -> Vec<Hit> {
    let hit = |record: &Person| {
        let in_common = member.identifiers.intersection(&record.identifiers);
        let kinds: HashSet<Kind> = in_common.map(|(kind, _)| *kind).collect();
        let values = kinds.iter().filter(|kind| !kind.is_match_key());
        let of_values = values.map(|kind| kind.strength()).max();
        let judged =
            kinds.iter().any(|kind| kind.is_match_key()).then(|| leak.judge(record, member));
        let strength = of_values.max(judged.as_ref().and_then(|judged| judged.strength));
        let is_refuted = strength.is_none() && judged.is_some_and(|judged| judged.is_supported);
        Hit { kinds, strength, is_refuted }
    };
    leak.records.iter().map(hit).filter(|hit| !hit.kinds.is_empty()).collect()
}

fn kinds_of<'a>(hits: impl IntoIterator<Item = &'a Hit>) -> HashSet<Kind> {
    hits.into_iter().flat_map(|hit| hit.kinds.iter().copied()).collect()
}

/// Whether the verdict agrees with the oracle: in the kinds that matched, or in the reason why none did.
fn agrees(verdict: &Verdict, member: &Person, leak: &Leak) -> bool {
    let held = leak.records.iter().flat_map(|record| record.identifiers.iter());
    let held: HashSet<Kind> = held.map(|(kind, _)| *kind).collect();
    let hits = all_hits(member, leak);
    let best = hits.iter().filter_map(|hit| hit.strength).max();
    // Beside a probable record, a mere candidate is somebody else's.
    let needed = best.map(|best| best.min(Strength::Probable));
    let found: Vec<&Hit> =
        hits.iter().filter(|hit| hit.strength.is_some() && hit.strength >= needed).collect();
    let checked = member.identifiers.iter().any(|(kind, _)| held.contains(kind));
    let refuted = kinds_of(hits.iter().filter(|hit| hit.is_refuted && best.is_none()));
    let is_refuted_alike = verdict.coverage().refuted.iter().collect::<HashSet<_>>() == refuted;
    is_refuted_alike
        && match verdict {
            Verdict::Affected(finding) => {
                finding.matched().iter().collect::<HashSet<_>>() == kinds_of(found.iter().copied())
                    && finding.exposure().records() == found.len() as u64
                    && Some(finding.strength()) == best
            }
            Verdict::NotAffected(coverage) => {
                found.is_empty() && checked && (refuted.is_empty() || !coverage.is_whole())
            }
            Verdict::Indeterminate(_) => found.is_empty() && !checked,
        }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_verdicts_are_those_of_a_search_through_all_records(
        leak in proptest::collection::vec(fields(), 0..120),
        members in proptest::collection::vec(fields(), 0..120),
    ) {
        let key = Key::from_bytes(&[9; 32]).expect("a key");
        let index = build(&key, &leak);
        let rows: Vec<Person> = leak.iter().map(|fields| fields.person(false)).collect();
        let mut leaked = Leak::of(&rows);
        // Equal records are one record.
        let mut seen = HashSet::new();
        for (fields, row) in leak.iter().zip(rows) {
            let normal_forms = fields.values().map(|(_, value)| value.map(|(normal, _)| normal));
            if seen.insert(normal_forms) {
                leaked.records.push(row);
            }
        }

        let records: Vec<Record> = members.iter().map(Fields::record).collect();
        let mut batch = index.batch();
        records.iter().for_each(|record| batch.push(record));
        let one_by_one = records.iter().map(|record| index.check(record));
        let ways = [one_by_one.collect(), index.check_batch(&batch).to_vec(), index.check_all(&records).to_vec()];
        for (way, verdicts) in ways.iter().enumerate() {
            prop_assert_eq!(verdicts.len(), members.len());
            for (member, verdict) in members.iter().zip(verdicts) {
                let person = member.person(true);
                prop_assert!(agrees(verdict, &person, &leaked), "way {}: {:?}", way, member);
            }
        }
    }
}
