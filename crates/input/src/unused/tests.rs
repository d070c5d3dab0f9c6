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

/// A hundred values. The first `filled` are texts with the address of one of `people` at the asterisk.
fn texts(text: &str, people: usize, filled: usize) -> impl Iterator<Item = String> {
    (0..100).map(move |number| {
        if number < filled {
            text.replace('*', &format!("a{}@example.de", number % people))
        } else {
            "erledigt".to_owned()
        }
    })
}

#[test]
fn identifiers_beside_other_text_are_recognised() {
    for text in [
        r#"{"email": "*", "ok": true}"#,
        r#"{"profile": "{\"email\": \"*\"}"}"#,
        r#"{"contacts": {"*": 1}}"#,
        "{'email': '*'}",
        "email=*&ok=1",
        r#"a:1:{s:5:"email";s:13:"*";}"#,
        "<kontakt>*</kontakt>",
        "user: eva, alt: *",
        "Frau Maier schreibt am 3. Mai von * aus",
    ] {
        assert_eq!(fit(texts(text, 100, 100)), Some(Field::Email), "{text}");
        assert_eq!(fit(texts(text, 100, 5)), Some(Field::Email), "{text}");
        assert_eq!(fit(texts(text, 100, 4)), None, "{text}");
        assert_eq!(fit(texts(text, 1, 1).take(1)), Some(Field::Email), "{text}");
        let encoded = texts(text, 100, 100).map(|text| text.replace('@', "%40"));
        assert_eq!(fit(encoded), Some(Field::Email), "{text}");
    }
    let numbers = ["A123456780", "Q123456784", "Z 123 456 783"].into_iter().cycle().take(30);
    for text in [r#"{"nr": "*"}"#, "<nr>*</nr>", "KVNR: *, gesetzlich"] {
        let texts = numbers.clone().map(|number| text.replace('*', number));
        assert_eq!(fit(texts), Some(Field::Kvnr), "{text}");
    }
}

#[test]
fn the_same_few_addresses_in_many_texts_are_those_of_an_office() {
    let text = "Bitte an * wenden";
    for (people, filled, field) in [
        (1, 100, None),
        (1, 40, None),
        (8, 40, None),
        (20, 20, Some(Field::Email)),
        (40, 40, Some(Field::Email)),
        // A log has few people in many rows.
        (3, 100, Some(Field::Email)),
    ] {
        assert_eq!(fit(texts(text, people, filled)), field, "{people} in {filled}");
    }
}

#[test]
fn numbers_in_texts_with_right_check_digits_by_chance_are_no_insured_numbers() {
    let orders = (0..1000).map(|number| format!("{{\"order\": \"R1203{:05}\"}}", number * 37));
    assert_eq!(fit(orders), None);
}

#[test]
fn a_text_looks_like_dates_or_postcodes_only_if_it_shows_them() {
    for (text, field) in [
        (r#"{"email": "a@example.de", "ok": true}"#, None),
        (r#"{"geb": "1970-02-01"}"#, Some(Field::BirthDate)),
        ("Frau Maier, geboren am 01.02.1970 in Ulm, ruft am Abend an", Some(Field::BirthDate)),
        ("Karl-Friedrich-Ebert-Straße 112, D-45127 Essen-Kettwig", Some(Field::PostalCode)),
        ("Weg 3\n45127 Essen", Some(Field::PostalCode)),
        ("Herr Maier rief wegen Jürgen und Petra an, und kommt um 12 Uhr", None),
    ] {
        let mut counts = Counts::default();
        for value in column(text, "-", 100) {
            counts.note_form(Ok(&value));
        }
        let shown = counts.loose_fit(|_| true).map(|(field, ..)| field);
        assert_eq!(shown, field, "{text}");
        assert_eq!(counts.may_hold(None, false), FieldSet::all(), "{text}");
    }
}

#[test]
fn counts_of_any_parts_add_up() {
    let mut values = column("max@example.de", "Petra", 60);
    values.extend(texts(r#"{"email": "*"}"#, 30, 60));
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
