//! The public test vectors in `tests/data/vectors`: official examples, reference implementations'
//! tests and constructed cases, each row with its source.

use std::{collections::BTreeSet, fs::File, path::Path};

use leakdex::{
    Field, Normaliser, Outcome, Reason,
    internal::{InsuredNumber, koelner_phonetik, read_institution_code},
};

struct Vector {
    kind: String,
    input: String,
    expected: String,
    valid: bool,
}

/// Every kind with its file, the minimum number of its rows, and the function that reads an input.
const KINDS: [(&str, &str, usize, Read); 18] = [
    ("birth-date", "date.csv", 92, |input| normalise(Field::BirthDate, input)),
    ("email", "email.csv", 25, |input| normalise(Field::Email, input)),
    ("email-alias", "email.csv", 3, |input| normalise(Field::EmailAlias, input)),
    ("ehic", "iccsn_ehic.csv", 5, |input| normalise(Field::Ehic, input)),
    ("iban", "iban.csv", 46, |input| normalise(Field::Iban, input)),
    ("iccsn", "iccsn_ehic.csv", 16, |input| normalise(Field::Iccsn, input)),
    ("identity-document", "identity_document.csv", 45, |input| {
        normalise(Field::IdentityDocument, input)
    }),
    ("ik", "ik.csv", 17, institution),
    ("koelner_phonetik", "koelner_phonetik.csv", 90, sound),
    ("kvnr", "kvnr.csv", 47, |input| normalise(Field::Kvnr, input)),
    ("kvnr20", "kvnr_long.csv", 4, long_insured_number),
    ("last-name", "name.csv", 13, |input| normalise(Field::LastName, input)),
    ("name", "name.csv", 30, |input| normalise(Field::Name, input)),
    ("person_first", "person.csv", 12, |input| person(input, true)),
    ("person_full", "person.csv", 12, |input| person(input, false)),
    ("phone", "phone.csv", 52, |input| normalise(Field::Phone, input)),
    ("rvnr", "rvnr.csv", 13, |input| normalise(Field::Rvnr, input)),
    ("steuer-id", "steuer_id.csv", 10, |input| normalise(Field::SteuerId, input)),
];

/// The outcome, and the normal form.
type Read = fn(&str) -> (Outcome, String);

/// The kinds for which a wrong check digit makes a number suspect. For all others, it is invalid.
const SUSPECT: [&str; 4] = ["identity-document", "kvnr", "kvnr20", "rvnr"];

/// A valid row gives its normal form. Others give none, or a suspect one if the rules say so.
#[test]
fn every_vector_holds() {
    for (kind, file, at_least, read) in KINDS {
        if kind == "phone" && !cfg!(feature = "phone") {
            continue;
        }
        for Vector { input, expected, valid, .. } in vectors(file, kind, at_least) {
            let (outcome, normal_form) = read(&input);
            let holds = match outcome {
                Outcome::Ok | Outcome::Suspect(Reason::TestNumber) => {
                    valid && normal_form == expected
                }
                Outcome::Suspect(Reason::WrongCheckDigit) => !valid && SUSPECT.contains(&kind),
                Outcome::Invalid(_) | Outcome::Absent => !valid && normal_form.is_empty(),
                Outcome::Suspect(_) => false,
            };
            assert!(holds, "{kind}: {input:?} gives {outcome:?} {normal_form:?}");
        }
    }
}

/// Finds files and kinds that are missing in the table and would not be read.
#[test]
fn the_table_has_every_kind_of_every_file() {
    let in_table: BTreeSet<_> =
        KINDS.iter().map(|(kind, file, ..)| ((*file).to_owned(), (*kind).to_owned())).collect();
    for entry in directory().read_dir().expect("the vectors are part of the repository") {
        let path = entry.expect("the directory can be read").path();
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        for vector in read_file(&path) {
            let place = (name.clone(), vector.kind);
            assert!(in_table.contains(&place), "{place:?}");
        }
    }
}

fn institution(input: &str) -> (Outcome, String) {
    match read_institution_code(input) {
        Ok(code) => (Outcome::Ok, code.to_string()),
        Err(outcome) => (outcome, String::new()),
    }
}

fn sound(input: &str) -> (Outcome, String) {
    let mut code = "left over".to_owned();
    koelner_phonetik(input, &mut code);
    // Match keys use the code of the folded name, which is the same.
    let (_, folded) = normalise(Field::LastName, input);
    if !folded.is_empty() {
        let mut of_folded = String::new();
        koelner_phonetik(&folded, &mut of_folded);
        assert_eq!(of_folded, code, "{input:?}");
    }
    (Outcome::Ok, code)
}

/// The two parts of a long insured number, separated by `|`. Any other number of parts is invalid.
fn long_insured_number(input: &str) -> (Outcome, String) {
    let mut buffer = String::new();
    let number = match InsuredNumber::read(input, &mut buffer) {
        Ok(number) => number,
        Err(outcome) => return (outcome, String::new()),
    };
    let parts = [Some(number.personal_number()), number.institution(), number.main_insured()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    if parts.len() != 2 {
        return (Outcome::Invalid(Reason::WrongLength), String::new());
    }
    let outcome = normalise(Field::Kvnr, input).0;
    (outcome, parts.join("|"))
}

/// The columns `last|first|birth date` in normal form, without spaces.
fn person(input: &str, first_given_name_only: bool) -> (Outcome, String) {
    let columns: Vec<&str> = input.split('|').collect();
    let fields = [Field::LastName, Field::FirstName, Field::BirthDate];
    let mut parts = Vec::new();
    for (field, column) in fields.into_iter().zip(columns) {
        let (outcome, part) = normalise(field, column);
        if outcome != Outcome::Ok {
            return (outcome, String::new());
        }
        // A hyphenated given name has a second spelling, and a name with a particle a second reading.
        let part = part.split("; ").next().unwrap_or_default();
        let only = field == Field::FirstName && first_given_name_only;
        let part = if only { part.split(' ').take(1).collect() } else { part.replace(' ', "") };
        parts.push(part);
    }
    (Outcome::Ok, parts.join("|"))
}

fn normalise(field: Field, raw: &str) -> (Outcome, String) {
    let mut normal_form = String::new();
    let normaliser = Normaliser::new().current_year(2026);
    let outcome = normaliser.normalise(field, raw, &mut normal_form);
    (outcome, normal_form)
}

#[track_caller]
fn vectors(file: &str, kind: &str, at_least: usize) -> Vec<Vector> {
    let mut vectors = read_file(&directory().join(file));
    vectors.retain(|vector| vector.kind == kind);
    assert!(vectors.len() >= at_least, "{file} has {} rows of {kind}", vectors.len());
    vectors
}

fn read_file(path: &Path) -> Vec<Vector> {
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
