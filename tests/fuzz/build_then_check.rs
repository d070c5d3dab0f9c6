//! Compares the verdicts on a small leak and a few members with an oracle: a plain set of normal forms.

use std::{collections::BTreeSet, sync::LazyLock};

use leakdex::{
    Breach, Field, Index, IndexBuilder, IndexSet, Key, Kind, KindSet, Normaliser, Outcome, Reason,
    Record, Verdict,
};

use super::{feed::Feed, same::assert_same};

/// The kinds of single values that the oracle knows.
const KINDS: [Kind; 10] = [
    Kind::Email,
    Kind::Kvnr,
    Kind::Iccsn,
    Kind::Ehic,
    Kind::Rvnr,
    Kind::SteuerId,
    Kind::IdentityDocument,
    Kind::Iban,
    Kind::Phone,
    Kind::Username,
];

/// Values of each field. Some are the same value in two spellings, and together they have every outcome.
const VALUES: [(Field, &[&str]); 16] = [
    (
        Field::Email,
        &["m@example.de", " M@EXAMPLE.de", "a+b@gmail.com", "a@gmail.com", "jörg@straße.de", "@x"],
    ),
    (
        Field::Kvnr,
        &["A123456780", "a 123 456 780", "Q123456784", "A123456781", "A0005000151042120590", "A1"],
    ),
    (Field::Iccsn, &["80276883110000145356", "80276-88311-00001-16873", "80276"]),
    (Field::Ehic, &["80276883110000145356", "80040000010000000001", "8025"]),
    (Field::Rvnr, &["15070649C103", "15 070649 C 103", "15070649C104"]),
    (Field::SteuerId, &["86095742719", "86 095 742 719", "47036892816", "1"]),
    (Field::Iban, &["DE02120300000000202051", "de02 1203 0000 0000 2020 51", "DE03"]),
    (Field::Phone, &["030 123456", "+49 30 123456", "0049 171 1234567", "1"]),
    (Field::Username, &["user", "USER", "ärger", "NULL"]),
    (Field::LastName, &["Müller", "von Beispiel-Muster"]),
    (Field::FirstName, &["Jörg", "Anna Maria"]),
    (Field::Name, &["Müller, Jörg", "Dr. Eva Muster"]),
    (Field::BirthDate, &["1.2.1970", "1970-02-01", "1999", "x"]),
    (Field::PostalCode, &["01067", "1067", "D-45127"]),
    (Field::EmailAlias, &["a@gmail.com", "m@example.de"]),
    (Field::IdentityDocument, &["L9F6MKYMJ", "l9f6 mkym j0", "L9F6MKYMJ1", "AUT P1234567", "P1"]),
];

const MAX_RECORDS: usize = 12;
const MAX_VALUES: usize = 6;

static KEY: LazyLock<Key> = LazyLock::new(|| Key::from_bytes(&[9; 32]).expect("a key"));

/// Some fields with their values, as the oracle sees them.
#[derive(Debug, Default)]
struct Person {
    values: Vec<(Field, String)>,
    /// Whether the row as a whole is doubted, so none of its values is sure.
    doubtful: bool,
}

type Identifiers = BTreeSet<(Kind, String)>;

/// Asserts all promises for the leak and the members in these bytes.
pub fn check(data: &[u8]) {
    let mut feed = Feed::new(data);
    let flags = feed.byte();
    let kinds = if flags & 1 == 0 { KindSet::all() } else { some_kinds(feed.short()) };
    let leak = people(&mut feed);
    let members = people(&mut feed);

    let index = build(&leak, kinds, flags & 2 == 0);
    if flags & 4 == 0 {
        assert_same_in_any_way(&index, &leak, kinds, flags & 2 == 0);
    }
    let leaked: Identifiers = leak
        .iter()
        .flat_map(|person| person.identifiers().0)
        .filter(|(kind, _)| kinds.contains(*kind))
        .collect();
    let held: KindSet = leaked.iter().map(|(kind, _)| *kind).collect();
    let known: KindSet = KINDS.into_iter().collect();
    assert_eq!(index.kinds().intersection(known), held);

    let records: Vec<Record> = members.iter().map(Person::record).collect();
    let verdicts = index.check_all(&records).to_vec();
    assert_eq!(verdicts.len(), members.len());
    for (member, verdict) in members.iter().zip(&verdicts) {
        assert_agrees(verdict, member, &leaked, held);
    }
    assert_same_one_by_one_and_together(&index, &records, &verdicts);
    if flags & 8 == 0 {
        assert_same_in_two_halves(&leak, kinds, &records, &verdicts);
    }
}

impl Person {
    fn record(&self) -> Record {
        let mut record = Record::new();
        self.values.iter().for_each(|(field, value)| record.push(*field, value));
        if self.doubtful {
            record.doubt(Reason::TooManyFields);
        }
        record
    }

    /// The used identifiers, and those of them that are not suspect.
    fn identifiers(&self) -> (Identifiers, Identifiers) {
        let (mut used, mut sure) = (Identifiers::new(), Identifiers::new());
        for (field, value) in &self.values {
            let mut normal_form = String::new();
            let outcome = Normaliser::new().normalise(*field, value, &mut normal_form);
            let kind = match field.kind() {
                // German cards count as their national kind.
                Some(Kind::Ehic) if normal_form.starts_with("80276") => Kind::Iccsn,
                Some(kind) if KINDS.contains(&kind) => kind,
                _ => continue,
            };
            if matches!(outcome, Outcome::Ok | Outcome::Suspect(_)) {
                used.insert((kind, normal_form.clone()));
            }
            if outcome == Outcome::Ok && !self.doubtful {
                sure.insert((kind, normal_form));
            }
        }
        (used, sure)
    }
}

fn some_kinds(bits: u16) -> KindSet {
    Kind::ALL
        .iter()
        .enumerate()
        .filter(|(bit, _)| bits >> (bit % 16) & 1 == 1)
        .map(|(_, kind)| *kind)
        .collect()
}

fn people(feed: &mut Feed<'_>) -> Vec<Person> {
    (0..feed.below(MAX_RECORDS + 1)).map(|_| person(feed)).collect()
}

fn person(feed: &mut Feed<'_>) -> Person {
    let shape = feed.byte();
    let values = (0..usize::from(shape & 0x7F) % (MAX_VALUES + 1)).map(|_| {
        let (field, values) = VALUES[feed.below(VALUES.len())];
        let value = match usize::from(feed.byte()) {
            // Arbitrary text, or a value of the list.
            255 => feed.text(),
            number => values[number % values.len()].to_owned(),
        };
        (field, value)
    });
    Person { values: values.collect(), doubtful: shape & 0x80 != 0 }
}

fn build(leak: &[Person], kinds: KindSet, together: bool) -> Index {
    let breach = Breach::named("leak").expect("well formed");
    let mut builder = IndexBuilder::new(&KEY, breach).kinds(kinds);
    if together {
        let mut batch = builder.batch();
        leak.iter().for_each(|person| batch.push(&person.record()));
        let added = builder.add_batch(&batch).expect("there are few classes");
        assert_eq!(added.len(), leak.len());
    } else {
        for person in leak {
            let _ = builder.add(&person.record()).expect("there are few classes");
        }
    }
    let rows = builder.rows();
    assert_eq!(rows.read, leak.len() as u64);
    assert_eq!(rows.read, rows.indexed + rows.duplicate + rows.rejected);
    builder.build().expect("the index fits the format")
}

/// Records in another order, added in the other way, give the same bytes, which open as an index.
fn assert_same_in_any_way(index: &Index, leak: &[Person], kinds: KindSet, together: bool) {
    let reversed = leak
        .iter()
        .rev()
        .map(|person| Person { values: person.values.clone(), doubtful: person.doubtful });
    let again = build(&reversed.collect::<Vec<_>>(), kinds, !together);
    assert!(index.as_bytes() == again.as_bytes(), "the order of the records leaves a trace");
    let opened = Index::from_bytes(again.as_bytes().to_vec(), &KEY).expect("it was just built");
    assert_eq!(opened.metadata(), index.metadata());
}

/// Compares the verdict on a member with the set of leaked identifiers.
fn assert_agrees(verdict: &Verdict, member: &Person, leaked: &Identifiers, held: KindSet) {
    let known: KindSet = KINDS.into_iter().collect();
    let (used, sure) = member.identifiers();
    let found: KindSet = used.intersection(leaked).map(|(kind, _)| *kind).collect();
    let matched = verdict.finding().map(leakdex::Finding::matched).unwrap_or_default();
    assert_eq!(matched.intersection(known), found, "{member:?}");

    let coverage = verdict.coverage();
    let checked: KindSet =
        sure.iter().map(|(kind, _)| *kind).filter(|kind| held.contains(*kind)).collect();
    assert_eq!(coverage.checked.intersection(known), checked, "{member:?}");
    match verdict {
        Verdict::Affected(finding) => {
            assert!(!matched.is_empty() && finding.exposure().records() > 0, "{member:?}");
        }
        Verdict::NotAffected(coverage) => assert!(!coverage.checked.is_empty(), "{member:?}"),
        Verdict::Indeterminate(coverage) => {
            assert!(coverage.checked.is_empty() && !coverage.problems.is_empty(), "{member:?}");
        }
    }
}

fn assert_same_one_by_one_and_together(index: &Index, records: &[Record], all: &[Verdict]) {
    let mut batch = index.batch();
    records.iter().for_each(|record| batch.push(record));
    let one_by_one: Vec<_> = records.iter().map(|record| index.check(record)).collect();
    assert_same(&one_by_one, all);
    assert_same(&index.check_batch(&batch).to_vec(), all);
}

/// A leak in two indexes that are checked as one gives the same verdicts and matches.
fn assert_same_in_two_halves(leak: &[Person], kinds: KindSet, records: &[Record], all: &[Verdict]) {
    let (first, second) = leak.split_at(leak.len() / 2);
    let halves = vec![build(first, kinds, true), build(second, kinds, true)];
    let set = IndexSet::new(halves).expect("they have one key");
    let mut batch = set.batch();
    records.iter().for_each(|record| batch.push(record));
    for (one, whole) in set.check_batch(&batch).to_vec().iter().zip(all) {
        assert_eq!(one.slug(), whole.slug());
        let matched = |verdict: &Verdict| verdict.finding().map(leakdex::Finding::matched);
        assert_eq!(matched(one), matched(whole));
        assert_eq!(one.coverage().checked, whole.coverage().checked);
    }
}
