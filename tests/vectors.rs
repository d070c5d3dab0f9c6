//! The public test vectors in `tests/data/vectors`: official examples, reference implementations'
//! tests and constructed cases, each row with its source.

use std::{collections::BTreeMap, fs::File, path::Path};

use leakdex::{Field, Normaliser, Outcome, Reason};

/// Kinds that the library does not know yet.
const NOT_YET: &[&str] =
    &["ehic", "email-alias", "iban", "ik", "koelner_phonetik", "phone", "rvnr", "steuer-id"];

struct Vector {
    kind: String,
    input: String,
    expected: String,
    valid: bool,
}

#[test]
fn vectors_of_insured_numbers_hold() {
    assert_values("kvnr.csv", "kvnr", Field::Kvnr, 47);
}

#[test]
fn vectors_of_long_insured_numbers_hold() {
    assert_values("kvnr_long.csv", "kvnr20", Field::Kvnr, 4);
}

#[test]
fn vectors_of_card_numbers_hold() {
    assert_values("iccsn_ehic.csv", "iccsn", Field::Iccsn, 16);
}

#[test]
fn vectors_of_email_addresses_hold() {
    assert_values("email.csv", "email", Field::Email, 23);
}

#[test]
fn vectors_of_birth_dates_hold() {
    assert_values("date.csv", "birth-date", Field::BirthDate, 16);
}

#[test]
fn vectors_of_persons_hold() {
    for (kind, at_least) in [("person_full", 12), ("person_first", 12)] {
        let vectors = vectors("person.csv", kind, at_least);
        for Vector { input, expected, valid, .. } in vectors {
            let person = person(&input, kind == "person_first");
            let expected = valid.then_some(expected);
            assert_eq!(person, expected, "{kind}: {input}");
        }
    }
}

/// A file with a kind that is neither tested nor left out on purpose would be a file not read.
#[test]
fn every_kind_of_vector_is_tested_or_left_out_by_name() {
    let tested = ["birth-date", "email", "iccsn", "kvnr", "kvnr20", "person_first", "person_full"];
    let mut rows = BTreeMap::<String, usize>::new();
    for entry in directory().read_dir().expect("the vectors are part of the repository") {
        let path = entry.expect("the directory can be read").path();
        for vector in read(&path) {
            *rows.entry(vector.kind).or_default() += 1;
        }
    }
    let unknown: Vec<_> = rows
        .keys()
        .filter(|kind| !tested.contains(&kind.as_str()) && !NOT_YET.contains(&kind.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(rows.values().sum::<usize>() >= 217, "{rows:?}");
}

/// A valid row gives its normal form; any other gives none, or a suspect one where the rules say
/// so: an insured number with a wrong check digit.
#[track_caller]
fn assert_values(file: &str, kind: &str, field: Field, at_least: usize) {
    for Vector { input, expected, valid, .. } in vectors(file, kind, at_least) {
        let (outcome, normal_form) = normalise(field, &input);
        // For a long insured number, the institution code follows.
        let expected = expected.split('|').next().unwrap_or_default();
        let holds = match outcome {
            Outcome::Ok | Outcome::Suspect(Reason::TestNumber) => valid && normal_form == expected,
            Outcome::Suspect(Reason::WrongCheckDigit) => !valid && field == Field::Kvnr,
            Outcome::Suspect(_) => false,
            Outcome::Invalid(_) | Outcome::Absent => !valid,
        };
        assert!(holds, "{kind}: {input:?} gives {outcome:?} {normal_form:?}");
    }
}

/// The columns `last|first|birth date` as the vectors have them, `None` if a part is invalid.
fn person(input: &str, first_given_name_only: bool) -> Option<String> {
    let mut columns = input.split('|');
    let mut part = |field| {
        let (outcome, normal_form) = normalise(field, columns.next()?);
        (outcome == Outcome::Ok).then_some(normal_form)
    };
    let last = part(Field::LastName)?.replace(' ', "");
    let given = part(Field::FirstName)?;
    let birth_date = part(Field::BirthDate)?;
    let given = if first_given_name_only {
        given.split(' ').next()?.to_owned()
    } else {
        given.replace(' ', "")
    };
    Some(format!("{last}|{given}|{birth_date}"))
}

fn normalise(field: Field, raw: &str) -> (Outcome, String) {
    let mut normal_form = String::new();
    let normaliser = Normaliser::new().current_year(2026);
    let outcome = normaliser.normalise(field, raw, &mut normal_form);
    (outcome, normal_form)
}

#[track_caller]
fn vectors(file: &str, kind: &str, at_least: usize) -> Vec<Vector> {
    let mut vectors = read(&directory().join(file));
    vectors.retain(|vector| vector.kind == kind);
    assert!(vectors.len() >= at_least, "{file} has {} rows of {kind}", vectors.len());
    vectors
}

fn read(path: &Path) -> Vec<Vector> {
    let file = File::open(path).expect("the vectors are part of the repository");
    let mut rows = csv::Reader::from_reader(file);
    rows.records()
        .map(|row| {
            let row = row.expect("a vector file is well-formed");
            Vector {
                kind: row[0].to_owned(),
                input: row[1].to_owned(),
                expected: row[2].to_owned(),
                valid: row[3].parse().expect("the fourth column is true or false"),
            }
        })
        .collect()
}

fn directory() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/vectors"))
}
