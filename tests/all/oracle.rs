//! On random leaks and member lists, the verdicts are those of a search through all records.

use std::collections::HashSet;

use leakdex::{Breach, Field, Index, IndexBuilder, Key, Kind, Record, Strength, Verdict};
use proptest::prelude::*;

/// A person's fields, as numbers out of a small range, so that leaks and members meet.
#[derive(Clone, Debug)]
struct Fields {
    email: Option<u8>,
    kvnr: Option<u8>,
    last: Option<u8>,
    first: Option<u8>,
    birth_date: Option<u8>,
    postal_code: Option<u8>,
    /// Which of several spellings the values are written in.
    spelling: u8,
}

const LAST: [(&str, &str); 4] =
    [("mueller", "Müller"), ("weiss", "WEISS"), ("karacruz", "Kara Cruz"), ("abel", " Abel ")];
const FIRST: [(&str, &str); 4] =
    [("joerg", "Jörg"), ("anna", "Anna Maria"), ("zoe", "Zoë"), ("abel", "Abel")];
const BIRTH_DATES: [(&str, &str); 3] =
    [("1970-02-01", "1.2.1970"), ("1999-12-31", "19991231"), ("2001-01-01", "01/01/2001")];

/// The kinds that the oracle knows.
const KINDS: [Kind; 6] = [
    Kind::Email,
    Kind::Kvnr,
    Kind::NameBirth,
    Kind::FirstBirthPostcode,
    Kind::LastBirthPostcode,
    Kind::NamePostcode,
];

/// The normal form that is expected, written by hand, and a spelling of it.
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
            // The letter is A, 01.
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

    /// What the oracle compares.
    fn identifiers(&self) -> HashSet<(Kind, String)> {
        let [email, kvnr, last, first, birth_date, postal_code] =
            self.values().map(|(_, value)| value.map(|(normal, _)| normal));
        let mut identifiers = HashSet::new();
        identifiers.extend(email.map(|email| (Kind::Email, email)));
        identifiers.extend(kvnr.map(|kvnr| (Kind::Kvnr, kvnr)));
        if let (Some(last), Some(first), Some(birth_date)) = (&last, &first, &birth_date) {
            let mut names = [last, first];
            names.sort();
            identifiers.insert((Kind::NameBirth, format!("{names:?} {birth_date}")));
        }
        if let (Some(last), Some(birth_date), Some(postal_code)) =
            (&last, &birth_date, &postal_code)
        {
            let key = format!("{last} {birth_date} {postal_code}");
            identifiers.insert((Kind::LastBirthPostcode, key));
        }
        if let (Some(last), Some(first), Some(postal_code)) = (&last, &first, &postal_code) {
            let mut names = [last, first];
            names.sort();
            identifiers.insert((Kind::NamePostcode, format!("{names:?} {postal_code}")));
        }
        if let (Some(first), Some(birth_date), Some(postal_code)) = (first, birth_date, postal_code)
        {
            let key = format!("{first} {birth_date} {postal_code}");
            identifiers.insert((Kind::FirstBirthPostcode, key));
        }
        identifiers
    }
}

fn fields() -> impl Strategy<Value = Fields> {
    let some = |range: u8| proptest::option::weighted(0.6, 0..range);
    (some(40), some(40), some(4), some(4), some(3), some(5), any::<u8>()).prop_map(
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

/// The identifiers of a leaked record.
type LeakedRecord = HashSet<(Kind, String)>;

/// The kinds that hit each record which may be the member's. Beside a probable record, one that is only
/// a candidate is somebody else's.
fn hits(member: &Fields, leaked: &[LeakedRecord]) -> Vec<HashSet<Kind>> {
    let identifiers = member.identifiers();
    let kinds_in = |record: &LeakedRecord| -> HashSet<Kind> {
        identifiers.intersection(record).map(|(kind, _)| *kind).collect()
    };
    let strength = |kinds: &HashSet<Kind>| kinds.iter().map(|kind| kind.strength()).max();
    let all: Vec<_> = leaked.iter().map(kinds_in).filter(|kinds| !kinds.is_empty()).collect();
    let needed = all.iter().filter_map(strength).max().map(|best| best.min(Strength::Probable));
    all.into_iter().filter(|kinds| strength(kinds) >= needed).collect()
}

/// Whether the verdict is what the oracle says: the set of kinds that matched, or why not.
fn agrees(verdict: &Verdict, member: &Fields, leaked: &[LeakedRecord]) -> bool {
    let held: HashSet<Kind> = leaked.iter().flatten().map(|(kind, _)| *kind).collect();
    let hits = hits(member, leaked);
    let matched: HashSet<Kind> = hits.iter().flatten().copied().collect();
    let checked = member.identifiers().iter().any(|(kind, _)| held.contains(kind));
    match verdict {
        Verdict::Affected(finding) => {
            finding.matched().iter().collect::<HashSet<_>>() == matched
                && finding.exposure().records() == hits.len() as u64
                && Some(finding.strength()) == matched.iter().map(|kind| kind.strength()).max()
        }
        Verdict::NotAffected(_) => matched.is_empty() && checked,
        Verdict::Indeterminate(_) => !checked,
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
        // Records that say the same are one record.
        let mut seen = HashSet::new();
        let mut leaked = Vec::new();
        for fields in &leak {
            let mut identifiers: Vec<_> = fields.identifiers().into_iter().collect();
            identifiers.sort();
            let filled = fields.values().map(|(_, value)| value.is_some());
            // Parts that make no match key tell records apart, too.
            let is_match_key = |(kind, _): &(Kind, String)| kind.is_match_key();
            let parts = fields.values().map(|(_, value)| value.map(|(normal, _)| normal));
            let parts = (!identifiers.iter().any(is_match_key)).then(|| parts[2..].to_vec());
            if seen.insert((identifiers.clone(), classes(filled), parts)) {
                leaked.push(identifiers.into_iter().collect());
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
                prop_assert!(agrees(verdict, member, &leaked), "way {}: {:?}", way, member);
            }
        }
    }
}

/// The classes of data that these filled fields show: both names are one class.
fn classes(filled: [bool; 6]) -> [bool; 5] {
    let [email, kvnr, last, first, birth_date, postal_code] = filled;
    [email, kvnr, last || first, birth_date, postal_code]
}
