//! Resources in arrays, bundles and lines.

use std::fs;

use leakdex_input::{Input, Options};

use super::{PATIENT, latin, messages, read, refusal, rows};

fn patient(id: u32) -> String {
    format!(r#"{{"resourceType": "Patient", "id": "p{id}", "birthDate": "1970-01-0{id}"}}"#)
}

fn row(id: u32) -> String {
    format!("p{id} birthDate=1970-01-0{id}")
}

fn entries(resources: &[String]) -> String {
    let entries = resources.iter().map(|resource| {
        format!(
            r#"{{"fullUrl": "urn:uuid:1", "resource": {resource}, "search": {{"mode": "match"}}}}"#
        )
    });
    entries.collect::<Vec<_>>().join(",")
}

fn bundle(kind: &str, resources: &[String]) -> String {
    let entries = entries(resources);
    format!(r#"{{"resourceType": "Bundle", "type": "{kind}", "total": 2, "entry": [{entries}]}}"#)
}

#[test]
fn the_entries_of_every_kind_of_bundle_are_read() {
    let observation = r#"{"resourceType": "Observation", "status": "final"}"#.to_owned();
    for kind in ["searchset", "collection", "transaction", "document", "batch", "history"] {
        let text = bundle(kind, &[patient(1), observation.clone(), patient(2)]);
        assert_eq!(rows(&*text), [row(1), row(2)], "{kind}");
        let messages = messages(text);
        assert!(messages.contains("not rows: 1 Observation"), "{messages}");
    }
}

#[test]
fn the_type_may_be_anywhere_in_an_object() {
    let late = r#"{"birthDate": "1970-01-01", "id": "p1", "resourceType": "Patient"}"#.to_owned();
    assert_eq!(rows(&*late), [row(1)]);
    let entries = entries(&[late]);
    assert_eq!(rows(format!(r#"{{"entry": [{entries}], "resourceType": "Bundle"}}"#)), [row(1)]);
    // The entries of a list are not resources. Its type comes too late to know that, but its number still counts.
    let number = r#"{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "A123456780"}"#;
    let list =
        format!(r#"{{"entry": [{{"item": {{"identifier": {number}}}}}], "resourceType": "List"}}"#);
    assert_eq!(rows(format!("[{}, {list}]", patient(1))), [row(1), " ?invalid-record".into()]);
}

#[test]
fn a_bundle_in_a_bundle_is_read() {
    let inner = bundle("document", &[patient(1), patient(2)]);
    assert_eq!(
        rows(bundle("searchset", &[inner.clone(), inner])),
        [row(1), row(2), row(1), row(2)]
    );
}

#[test]
fn contained_resources_and_parameters_are_read() {
    let contained = format!(
        r#"{{"resourceType": "Observation", "contained": [{}], "subject": {{"reference": "\#p1"}}}}"#,
        patient(1)
    )
    .replace("\\#", "#");
    assert_eq!(rows(contained), [row(1)]);
    let parameters = format!(
        r#"{{"resourceType": "Parameters", "parameter": [{{"name": "return", "resource": {}}}]}}"#,
        patient(1)
    );
    assert_eq!(rows(parameters), [row(1)]);
}

#[test]
fn arrays_of_resources_and_concatenated_resources_are_read() {
    assert_eq!(rows(format!("[{},\n{}]", patient(1), patient(2))), [row(1), row(2)]);
    let pretty = PATIENT;
    assert_eq!(rows(format!("{pretty}\n{pretty}\n")).len(), 2);
}

#[test]
fn a_file_with_one_resource_per_line_is_read_under_any_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["patients.ndjson", "patients.jsonl", "patients.json", "patients"] {
        let file = folder.path().join(name);
        fs::write(&file, format!("{}\n{}\n", patient(1), patient(2))).expect("written");
        let input =
            Input::open(&file, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
        assert!(input.describe()[0].contains("FHIR as JSON, one resource per line"), "{name}");
    }
}

#[test]
fn a_malformed_line_is_one_row_and_hides_no_other() {
    for wrong in [
        r#"{"resourceType": "Patient", "name": [{"fam"#,
        r#"{"resourceType": "Patient", "name": ["#,
        r#"{"resourceType": "Patient"}}"#,
        "nonsense",
        r#"{"resourceType": "Patient", "name": x}"#,
    ] {
        let text = format!("{}\n{wrong}\n{}\n", patient(1), patient(2));
        let found = rows(text);
        let (first, last) = (found.first().cloned(), found.last().cloned());
        assert_eq!((first, last), (Some(row(1)), Some(row(2))), "{wrong}: {found:?}");
        assert!(found.iter().any(|row| row.ends_with("?invalid-json")), "{wrong}: {found:?}");
    }
}

#[test]
fn a_malformed_first_line_does_not_change_the_format() {
    let text = format!("{{\"resourceType\": \"Patient\", \"name\": [{{\"fam\n{}\n", patient(1));
    assert_eq!(rows(text), [" ?invalid-json".into(), row(1)]);
}

#[test]
fn a_line_without_a_type_is_one_unreadable_row() {
    let text = format!("{}\n{{\"birthDate\": \"1970-01-01\"}}\n", patient(1));
    assert_eq!(rows(text), [row(1), " ?invalid-record".into()]);
}

#[test]
fn a_truncated_bundle_gives_its_complete_entries_and_a_note() {
    let text = bundle("searchset", &[patient(1), patient(2)]);
    let end = text.find("1970-01-02").expect("it is there");
    let (rows, input) = read(&text[..end], &Options::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(rows, [row(1), " ?invalid-json".into()]);
    assert!(input.is_cut_off());
}

#[test]
fn json_that_is_not_well_formed_is_refused_by_name() {
    let text = format!("[{}, }} {}]", patient(1), patient(2));
    let message = refusal(text);
    assert!(message.contains("FHIR as JSON that is not well-formed"), "{message}");
}

#[test]
fn a_person_at_an_unexpected_place_is_not_lost() {
    let text = format!(
        r#"{{"resourceType": "Bundle", "entry": [{{"response": {{"outcome": {}}}}}, {{"resource": {}}}]}}"#,
        patient(1),
        patient(2)
    );
    assert_eq!(rows(text), [row(2), " ?invalid-record".into()]);
}

#[test]
fn a_long_key_is_not_taken_for_its_end() {
    for length in [65, 300] {
        let key = format!("{}\\u0072esource", "x".repeat(length));
        let text = format!(
            r#"{{"resourceType": "Bundle", "entry": [{{"{key}": {}}}, {{"resource": {}}}]}}"#,
            patient(1),
            patient(2)
        );
        assert_eq!(rows(text), [row(2), " ?invalid-record".into()], "{length}");
    }
}

#[test]
fn utf_16_and_latin_1_are_read() {
    let text =
        r#"{"resourceType": "Patient", "birthDate": "1970-01-01", "name": [{"family": "Müller"}]}"#;
    let utf_16: Vec<u8> =
        "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for bytes in [utf_16, latin(text)] {
        assert_eq!(rows(bytes), [" lastName=Müller birthDate=1970-01-01"]);
    }
}

#[test]
fn an_array_with_one_resource_per_line_is_an_array() {
    let patient = |id: &str| format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#);
    let (a, b) = (patient("a"), patient("b"));
    for text in [
        format!("[\n{a},\n{b}\n]\n"),
        format!("[{a},\n{b}\n]"),
        format!("{{\n\"resourceType\":\"Patient\",\"id\":\"a\",\"contained\":[\n{b}\n]}}"),
    ] {
        assert_eq!(rows(&*text), ["a", "b"], "{text}");
    }
}
