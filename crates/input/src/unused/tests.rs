use std::iter;

use super::*;

fn fit(values: impl IntoIterator<Item = String>) -> Option<Field> {
    let mut counts = Counts::default();
    let mut normal_form = String::new();
    for value in values {
        counts.count(Ok(&value), Normaliser::new(), &mut normal_form);
    }
    counts.fit(|_| true).map(|(field, _)| field)
}

/// A hundred values: `in_a_hundred` times `common`, and `other` in the rest.
fn column(common: &str, other: &str, in_a_hundred: usize) -> Vec<String> {
    let value = |number| if number < in_a_hundred { common } else { other };
    (0..100).map(|number| value(number).to_owned()).collect()
}

#[test]
fn each_identifier_is_recognised_by_its_form() {
    for (value, field) in [
        ("max@example.de", Field::Email),
        ("+49 171 1234567", Field::Phone),
        ("(0201) 12 34 56", Field::Phone),
        ("A123456780", Field::Kvnr),
        ("A 123 456 780", Field::Kvnr),
        ("DE89 3704 0044 0532 0130 00", Field::Iban),
        ("86095742719", Field::SteuerId),
        ("15070649C103", Field::Rvnr),
        ("1970-02-01", Field::BirthDate),
        ("01.02.1970", Field::BirthDate),
        ("1970-02-01T00:00:00Z", Field::BirthDate),
        ("1. Februar 1970", Field::BirthDate),
        ("45127", Field::PostalCode),
        ("80276883112406153790", Field::Iccsn),
        ("IDD<<L9F6MKYMJ0<<<<<<<<<<<<<<<", Field::IdentityDocument),
        ("C11T002JM4D<<9608122F1310317<<<<<<<<<<<<<<<6", Field::IdentityDocument),
    ] {
        assert_eq!(fit(column(value, "-", 100)), Some(field), "{value}");
    }
    let hash = "0123456789abcdef".repeat(4);
    assert_eq!(fit(column(&hash, "-", 100)), Some(Field::Sha256Email));
}

/// The fields that a column of these values may hold.
fn held(values: &[String]) -> FieldSet {
    let mut counts = Counts::default();
    for value in values {
        counts.note_form(Ok(value));
        counts.count(Ok(value), Normaliser::new(), &mut String::new());
    }
    counts.may_hold(None, false)
}

#[test]
fn a_few_accidents_in_a_column_are_not_dates_or_postcodes() {
    for (common, number, field, is_held) in [
        ("1970", 100, Field::BirthDate, true),
        ("1970", 10, Field::BirthDate, true),
        ("1970", 9, Field::BirthDate, false),
        // Nobody writes a whole date by accident.
        ("1970-02-01", 9, Field::BirthDate, true),
        ("1970-02-01", 4, Field::BirthDate, false),
        ("45127 Essen", 10, Field::PostalCode, true),
        ("45127 Essen", 9, Field::PostalCode, false),
    ] {
        let held = held(&column(common, "ja", number));
        assert_eq!(held.contains(field), is_held, "{number} of {common}");
    }
}

#[test]
fn some_references_of_a_leak_may_be_identifiers_with_letters() {
    for (value, others, field, is_held) in [
        ("A123456780", 499, Field::Kvnr, true),
        ("A123456780", 500, Field::Kvnr, false),
        ("A123456789", 1, Field::Kvnr, false),
        ("15070649C103", 99, Field::Rvnr, true),
        ("DE89 3704 0044 0532 0130 00", 99, Field::Iban, true),
        ("86095742719", 1, Field::SteuerId, false),
    ] {
        let mut counts = Counts::default();
        for reference in iter::once(value).chain(iter::repeat_n("K-4711", others)) {
            counts.count(Ok(reference), Normaliser::new(), &mut String::new());
        }
        let held = counts.may_hold(Some(&Target::Id), false);
        assert_eq!(held.contains(field), is_held, "{value} {others}");
    }
}

#[test]
fn other_values_are_not_recognised() {
    for value in [
        "Essen",
        "12",
        "2023",
        "30123456",
        "x",
        "Hauptstr. 12",
        "Ja",
        "12,50",
        "127.0.0.1",
        "a << 2",
        "0123456789abcdef0123456789abcdef",
        "Herr Maier rief wegen Jürgen und Petra an",
        "a1b2c3",
        "schwarz",
        "1.2.3.4",
    ] {
        assert_eq!(fit(column(value, "-", 100)), None, "{value}");
    }
}

#[test]
fn a_part_of_the_values_shows_names() {
    assert_eq!(fit(column("Müller", "Özgür", 6)), Some(Field::LastName));
    assert_eq!(fit(column("Müller", "Özgür", 4)), None);
    assert_eq!(fit(column("Petra", "Jasna", 25)), Some(Field::FirstName));
    assert_eq!(fit(column("Petra", "Jasna", 15)), None);
    assert_eq!(fit(column("Müller, Petra", "Özgür, Jasna", 6)), Some(Field::Name));
    assert_eq!(fit(column("45127", "n.", 95)), Some(Field::PostalCode));
    assert_eq!(fit(column("45127", "n.", 80)), None);
}

#[test]
fn counts_of_any_parts_add_up() {
    let values = column("max@example.de", "Petra", 60);
    let count = |values: &[String]| {
        let mut counts = Counts::default();
        let mut normal_form = String::new();
        for value in values {
            counts.count(Ok(value), Normaliser::new(), &mut normal_form);
        }
        UnusedCounts {
            columns: BTreeMap::from([(3, counts.clone())]),
            late: vec![("x".into(), counts)],
            beside: 1,
            hidden: Vec::new(),
        }
    };
    let mut parts = count(&values[..33]);
    parts.merge(count(&values[33..]));
    assert_eq!(parts, count(&values));
    let text = serde_json::to_string(&parts).expect("JSON");
    assert_eq!(serde_json::from_str::<UnusedCounts>(&text).expect("JSON"), parts);
}
