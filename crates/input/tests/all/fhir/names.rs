//! The names of persons.

use super::rows;

/// The values that the reader returns for the name of a patient.
fn name(json: &str) -> String {
    let patient =
        format!(r#"{{"resourceType": "Patient", "birthDate": "1970-01-01", "name": [{json}]}}"#);
    let row = rows(patient).concat();
    let name = row.replace(" birthDate=1970-01-01", "");
    name.trim().to_owned()
}

fn extension(name: &str, value: &str) -> String {
    format!(
        r#"{{"url": "http://hl7.org/fhir/StructureDefinition/{name}", "valueString": "{value}"}}"#
    )
}

#[test]
fn a_family_name_with_its_parts_is_one_value() {
    let parts = [
        r#"{"url": "http://fhir.de/StructureDefinition/humanname-namenszusatz", "valueString": "Gräfin"}"#.to_owned(),
        extension("humanname-own-prefix", "von und zu"),
        extension("humanname-own-name", "Muster"),
    ]
    .join(", ");
    let whole = format!(
        r#"{{"family": "Gräfin von und zu Muster", "_family": {{"extension": [{parts}]}}, "given": ["Eva"]}}"#
    );
    assert_eq!(name(&whole), "lastName=Gräfin von und zu Muster firstName=Eva");
    let only_parts = format!(r#"{{"_family": {{"extension": [{parts}]}}, "given": ["Eva"]}}"#);
    assert_eq!(name(&only_parts), "lastName=Gräfin von und zu Muster firstName=Eva");
}

#[test]
fn a_part_that_is_not_in_the_family_name_is_a_further_last_name() {
    let own = extension("humanname-own-name", "Huber");
    let json =
        format!(r#"{{"family": "Muster", "_family": {{"extension": [{own}]}}, "given": ["Eva"]}}"#);
    assert_eq!(name(&json), "lastName=Muster lastName=Huber firstName=Eva");
}

#[test]
fn repeated_keys_of_extensions_all_count() {
    let [own, partner] = ["Huber", "Meier"].map(|value| extension("humanname-own-name", value));
    let json = format!(
        r#"{{"family": "Muster", "_family": {{"extension": [{own}]}}, "_family": {{"extension": [{partner}]}}}}"#
    );
    assert_eq!(name(&json), "lastName=Muster lastName=Huber lastName=Meier");
}

#[test]
fn several_given_names_are_one_value() {
    assert_eq!(
        name(r#"{"family": "Muster", "given": ["Eva", "Maria-Luise"]}"#),
        "lastName=Muster firstName=Eva Maria-Luise"
    );
}

#[test]
fn a_text_is_used_if_it_has_more_than_the_parts() {
    assert_eq!(name(r#"{"text": "Eva Muster"}"#), "fullName=Eva Muster");
    assert_eq!(
        name(
            r#"{"text": "Dr. Eva Muster", "family": "Muster", "given": ["Eva"], "prefix": ["Dr."]}"#
        ),
        "lastName=Muster firstName=Eva"
    );
    assert_eq!(
        name(r#"{"text": "Muster, Eva", "family": "Muster"}"#),
        "lastName=Muster fullName=Muster, Eva"
    );
    assert_eq!(
        name(r#"{"text": "Eva Muster geb. Huber", "family": "Muster", "given": ["Eva"]}"#),
        "lastName=Muster firstName=Eva fullName=Eva Muster geb. Huber"
    );
}

#[test]
fn maiden_names_and_former_names_are_further_last_names() {
    assert_eq!(
        name(
            r#"{"use": "usual", "family": "Muster", "given": ["Eva"]}, {"use": "maiden", "family": "Huber"},
               {"family": "Meier", "period": {"end": "2001"}}"#
        ),
        "lastName=Muster firstName=Eva birthName=Huber formerName=Meier"
    );
}
