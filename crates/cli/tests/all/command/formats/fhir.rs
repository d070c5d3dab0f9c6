//! Leaks and member lists in FHIR format.

use crate::command::support::{MAX, NOBODY, Site};

/// A hospital's bundle: a patient with an insured number, a patient whose name is only partly known, and a
/// coverage.
const BUNDLE: &str = r#"{
  "resourceType": "Bundle", "type": "searchset",
  "entry": [
    {"resource": {"resourceType": "Patient", "id": "p1",
      "identifier": [{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "A123456780"}],
      "name": [{"use": "official", "family": "Muster", "given": ["Max"]}], "birthDate": "1970-02-01"}},
    {"resource": {"resourceType": "Patient", "id": "p2",
      "name": [
        {"use": "official", "family": "Gräfin von und zu Berg", "given": ["Eva", "Maria"], "prefix": ["Dr."]},
        {"use": "maiden", "family": "Huber"}],
      "birthDate": "1980-04-03"}},
    {"resource": {"resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/p1"}}},
    {"resource": {"resourceType": "Coverage", "id": "c1", "status": "active",
      "beneficiary": {"identifier": {"system": "http://fhir.de/sid/gkv/kvid-10", "value": "Q123456784"}}}}
  ]
}"#;

const MEMBERS: &str = "\
Mitglied;KVNR;Nachname;Vorname;Geburtsdatum
m1;A123456780;;;
m2;;Berg;Eva;03.04.1980
m3;;Huber;Eva;03.04.1980
m4;Q 123 456 784;;;
m5;Z123456783;Huber;Eva;04.04.1980
";

#[test]
fn members_are_found_in_a_leaked_bundle() {
    let site = Site::new();
    site.write("leak.json", BUNDLE);
    site.write("m.csv", MEMBERS);
    let run = site.run("check --leak leak.json --all m.csv").expect(0);
    run.verdicts("affected affected affected affected not_affected").says_all(&[
        "leak.json: FHIR as JSON",
        "are not rows: 1 Observation",
        "leak.json: 3 rows: 3 indexed",
    ]);
}

#[test]
fn a_leaked_bundle_as_xml_gives_the_same_verdicts() {
    let site = Site::new();
    site.write(
        "leak.xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"searchset\"/>\
         <entry><resource><Patient><id value=\"p1\"/><identifier><system value=\"http://fhir.de/sid/gkv/kvid-10\"/>\
         <value value=\"A123456780\"/></identifier></Patient></resource></entry>\
         <entry><resource><Patient><id value=\"p2\"/><name><family value=\"Gr&#228;fin von und zu Berg\"/>\
         <given value=\"Eva\"/><given value=\"Maria\"/></name><name><use value=\"maiden\"/><family value=\"Huber\"/>\
         </name><birthDate value=\"1980-04-03\"/></Patient></resource></entry>\
         <entry><resource><Coverage><subscriberId value=\"Q123456784\"/></Coverage></resource></entry></Bundle>",
    );
    site.write("m.csv", MEMBERS);
    let run = site.run("check --leak leak.xml --all m.csv").expect(0);
    run.verdicts("affected affected affected affected not_affected").says("leak.xml: FHIR as XML");
}

#[test]
fn patients_are_members_with_their_patient_numbers() {
    let site = Site::new();
    site.write("leak.csv", format!("KVNR;E-Mail\n{MAX};max@example.de\n"));
    let patient = |number: &str, kvnr: &str| {
        format!(
            "{{\"resourceType\":\"Patient\",\"id\":\"x\",\"identifier\":[{{\"type\":{{\"coding\":[{{\"code\":\"MR\"}}]}},\
             \"value\":\"{number}\"}},{{\"system\":\"http://fhir.de/sid/gkv/kvid-10\",\"value\":\"{kvnr}\"}}]}}\n"
        )
    };
    site.write("m.ndjson", [patient("17", MAX), patient("18", NOBODY)].concat());
    let run = site.run("check --leak leak.csv --all m.ndjson").expect(0);
    let run = run.verdicts("affected not_affected");
    run.prints_all(&["m.ndjson,1,17,affected", "m.ndjson,2,18,not_affected"]);
}

#[test]
fn a_partial_date_of_birth_alone_gives_neither_a_match_nor_an_all_clear() {
    let site = Site::new();
    site.write("leak.csv", "Nachname;Vorname;Geburtsdatum\nMuster;Max;01.12.1958\n");
    site.write(
        "m.json",
        r#"{"resourceType":"Patient","id":"1","name":[{"family":"Muster","given":["Max"]}],"birthDate":"1958-12"}"#,
    );
    site.run("check --leak leak.csv --all m.json").expect(3).verdicts("indeterminate");
}

#[test]
fn patients_with_only_a_name_are_members_who_cannot_be_checked() {
    let site = Site::new();
    site.write("leak.csv", "Nachname;Vorname;Geburtsdatum\nMuster;Max;01.12.1958\n");
    site.write("m.json", r#"{"resourceType":"Patient","id":"1","name":[{"family":"Muster"}]}"#);
    site.run("check --leak leak.csv --all m.json").expect(3).verdicts("indeterminate");
}

#[test]
fn a_leak_without_persons_is_refused() {
    let site = Site::with_files();
    site.write("leak.json", r#"{"resourceType":"CodeSystem","name":"Vorsatzworte"}"#);
    site.run("check --leak leak.json members.csv").expect_error(&[
        "leak.json",
        "FHIR that holds no person",
        "1 CodeSystem",
    ]);
}

#[test]
fn a_truncated_bundle_makes_all_clears_partial() {
    let site = Site::new();
    site.write("leak.json", &BUNDLE[..BUNDLE.len() - 60]);
    site.write("m.csv", "KVNR\nZ123456783\n");
    let run = site.run("check --leak leak.json --max-rejects 9 --strict --all m.csv").expect(3);
    run.verdicts("not_affected").says("caveat: leak.json");
}
