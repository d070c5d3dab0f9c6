//! Headers that are recognised, and headers that are not.

use super::*;
use crate::vocabulary::folded;

/// The lines of a table of headers, without the first.
fn lines(table: &'static str) -> impl Iterator<Item = Vec<String>> {
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let lines: Vec<Vec<String>> =
        rows.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    lines.into_iter()
}

#[test]
fn every_header_of_the_table_is_recognised() {
    let (mut count, mut wrong) = (0, Vec::new());
    for line in lines(include_str!("../../data/headers.csv")) {
        let [header, target, note] = &line[..] else { panic!("{line:?}") };
        let reading = HeaderMeaning::of(header);
        let target: Target = target.parse().expect("a target");
        let is_right = match (note.as_str(), &target) {
            ("", Target::Field(field)) => {
                reading.meaning == NameMeaning::Field && reading.fields == [*field]
            }
            ("", Target::Class(class)) => {
                reading.meaning == NameMeaning::Class && reading.class.as_ref() == Some(class)
            }
            ("", Target::Id) => reading.meaning == NameMeaning::Id,
            ("by values", Target::Field(field)) => {
                reading.meaning == NameMeaning::Perhaps && reading.fields.contains(field)
            }
            ("asked", Target::Field(field)) => {
                reading.meaning == NameMeaning::Ambiguous && reading.fields.contains(field)
            }
            _ => false,
        };
        count += 1;
        if !is_right {
            wrong.push(format!("{header} is {target} {note}: {reading:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}: {wrong:#?}", wrong.len());
    assert!(count > 400, "{count}");
}

#[test]
fn no_header_about_something_else_is_recognised() {
    for line in lines(include_str!("../../data/other_headers.csv")) {
        let reading = HeaderMeaning::of(&line[0]);
        let is_other = matches!(reading.meaning, NameMeaning::Other | NameMeaning::Nothing);
        assert!(is_other, "{line:?}: {reading:?}");
    }
}

#[test]
fn a_header_is_of_another_event_only_if_it_does_not_name_a_birth() {
    for header in
        ["created_at", "last_login", "Vertragsbeginn", "policy_start", "Lieferdatum", "regdate"]
    {
        assert!(HeaderMeaning::of(header).is_of_event, "{header}");
    }
    for header in
        ["birth_timestamp", "time_of_birth", "Geburtszeit", "policy_birth", "birth", "Datum"]
    {
        assert!(!HeaderMeaning::of(header).is_of_event, "{header}");
    }
}

#[test]
fn a_header_is_of_a_relative_only_if_it_also_names_a_field() {
    for header in ["Kind 1 Vorname", "Ehepartner Geburtsdatum", "spouse_birthdate", "wife_name"] {
        assert!(HeaderMeaning::of(header).is_of_relative, "{header}");
    }
    for header in ["Vorname", "Arztname", "Anzahl Kinder", "Ehepartner", "Name Sachbearbeiter"] {
        assert!(!HeaderMeaning::of(header).is_of_relative, "{header}");
    }
}

#[test]
fn every_field_is_recognised_by_its_own_slug() {
    for &field in Field::ALL {
        let reading = HeaderMeaning::of(field.slug());
        // A column of aliases holds whole addresses. No column name proves a username.
        let expected = match field {
            Field::EmailAlias => (NameMeaning::Field, Field::Email),
            Field::Username => (NameMeaning::Ambiguous, Field::Username),
            _ => (NameMeaning::Field, field),
        };
        assert_eq!((reading.meaning, reading.fields[0]), expected, "{field}");
        assert_eq!(HeaderMeaning::of(&folded(field.slug())), reading);
    }
}

#[test]
fn a_column_can_name_its_class() {
    let reading = HeaderMeaning::of(" class:passwords ");
    assert_eq!((reading.meaning, reading.class), (NameMeaning::Class, Some(DataClass::PASSWORDS)));
    assert_eq!(HeaderMeaning::of("class:").meaning, NameMeaning::Nothing);
}

#[test]
fn a_name_allows_no_field_that_contradicts_it() {
    for (header, field, is_allowed) in [
        ("dob", Field::Phone, false),
        ("E-Mail", Field::LastName, false),
        ("Vers.-Nr.", Field::PostalCode, false),
        ("Vers.-Nr.", Field::Kvnr, true),
        ("E-Mail", Field::Sha256Email, true),
        ("Nachname", Field::Name, true),
        ("Interne Nummer", Field::PostalCode, false),
        ("Interne Nummer", Field::Kvnr, true),
        ("Benutzer", Field::Email, true),
        ("Benutzer", Field::LastName, false),
        ("Praxis Telefon", Field::Phone, true),
        ("Praxis Telefon", Field::Email, false),
        ("Eintrittsdatum", Field::BirthDate, false),
        ("Name Arbeitgeber", Field::Name, false),
        ("Stichtag", Field::BirthDate, true),
        ("Farbe", Field::Name, true),
    ] {
        assert_eq!(HeaderMeaning::of(header).allows(field), is_allowed, "{header}: {field}");
    }
}

#[test]
fn the_names_of_nested_values_are_recognised_with_their_parents() {
    for (name, field) in [
        ("address.zip", Field::PostalCode),
        ("addresses.postalCode", Field::PostalCode),
        ("location.postcode", Field::PostalCode),
        ("billing_address.zip", Field::PostalCode),
        ("contact.email", Field::Email),
        ("emails.value", Field::Email),
        ("name.first", Field::FirstName),
        ("name.last", Field::LastName),
        ("name.given", Field::FirstName),
        ("name.family", Field::LastName),
        ("user.name", Field::Name),
        ("customer.name", Field::Name),
        ("user.profile.birthday", Field::BirthDate),
        ("dob.date", Field::BirthDate),
        ("profile.firstName", Field::FirstName),
        ("personalInfo.lastName", Field::LastName),
        ("contact.phones.number", Field::Phone),
        ("account.iban", Field::Iban),
    ] {
        let reading = HeaderMeaning::of(name);
        assert_eq!(
            (reading.meaning, &reading.fields[..]),
            (NameMeaning::Field, &[field][..]),
            "{name}"
        );
    }
    for name in [
        "employer.name",
        "employer.address.zip",
        "company.name",
        "company.email",
        "spouse.birthday",
        "spouse.name",
        "children.birthday",
        "doctor.phone",
        "insurer.zip",
        "insurer.name",
        "bank.name",
        "street.name",
        "emergencyContact.phone",
        "createdBy.email",
        "name.title",
    ] {
        let meaning = HeaderMeaning::of(name).meaning;
        assert!(
            matches!(meaning, NameMeaning::Other | NameMeaning::Class | NameMeaning::Nothing),
            "{name}: {meaning:?}"
        );
    }
}
