//! Persons of FHIR are read with all their values, and other resources are reported.

use std::fmt::Write as _;

use leakdex_input::{Input, InputError, Options, Sizes};

mod bundles;
mod names;
mod xml;

/// The rows of an input: the reference of each, and its values with their columns.
pub fn rows(bytes: impl Into<Vec<u8>>) -> Vec<String> {
    rows_with(bytes, &Options::default())
}

pub fn rows_with(bytes: impl Into<Vec<u8>>, options: &Options) -> Vec<String> {
    read(bytes, options).unwrap_or_else(|error| panic!("{error}")).0
}

/// The message of the error.
pub fn refusal(bytes: impl Into<Vec<u8>>) -> String {
    match read(bytes, &Options::default()) {
        Ok((rows, _)) => panic!("{} rows", rows.len()),
        Err(error) => error.to_string(),
    }
}

pub fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect()
}

/// The rows, and the input after its last row.
pub fn read(
    bytes: impl Into<Vec<u8>>,
    options: &Options,
) -> Result<(Vec<String>, Input), InputError> {
    let mut input = Input::of_bytes(bytes.into(), options)?;
    let layout = input.layout();
    let mut texts = Vec::new();
    while let Some(block) = input.next_block()? {
        layout.rows(&block, |rows| {
            for row in 0..rows.len() {
                let record = rows.columns().record(row);
                let mut text = rows.id(row).to_owned();
                for (number, (_, value)) in record.values().enumerate() {
                    let header = rows.header(number);
                    match value {
                        Ok("") => {}
                        Ok(value) => write!(text, " {header}={value}").expect("to memory"),
                        Err(reason) => write!(text, " {header}!{reason}").expect("to memory"),
                    }
                }
                for reason in record.notes() {
                    write!(text, " !{reason}").expect("to memory");
                }
                for reason in record.doubts() {
                    write!(text, " ?{reason}").expect("to memory");
                }
                texts.push(text);
            }
        });
    }
    Ok((texts, input))
}

/// The notes during and after reading.
pub fn messages(bytes: impl Into<Vec<u8>>) -> String {
    let (_, input) = read(bytes, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    [input.describe(), input.notes()].concat().join("\n")
}

/// A patient, as a server of the HAPI project writes it.
const PATIENT: &str = r#"{
  "resourceType": "Patient",
  "id": "4711",
  "meta": {"versionId": "1", "lastUpdated": "2024-03-01T10:00:00.000+01:00"},
  "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Somebody Else</p></div>"},
  "identifier": [
    {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
     "system": "https://krankenhaus.example/pid", "value": "P-12"},
    {"use": "official", "system": "http://fhir.de/sid/gkv/kvid-10", "value": "A123456780"}
  ],
  "active": true,
  "name": [
    {"use": "official", "family": "Muster", "given": ["Eva", "Maria"], "prefix": ["Dr. med."],
     "_prefix": [{"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier", "valueCode": "AC"}]}]},
    {"use": "maiden", "family": "Huber"},
    {"use": "old", "family": "Meier", "period": {"end": "2001-05-01"}}
  ],
  "telecom": [
    {"system": "phone", "value": "+49 30 1234567", "use": "home"},
    {"system": "sms", "value": "tel:+49 171 1234567", "use": "mobile"},
    {"system": "fax", "value": "+49 30 7654321"},
    {"system": "email", "value": "eva@example.de"}
  ],
  "gender": "female",
  "birthDate": "1958-12-03",
  "address": [
    {"type": "physical", "line": ["Musterweg 2", "3. Etage"], "city": "Berlin", "postalCode": "10115", "country": "DE"},
    {"type": "postal", "line": ["Postfach 815"], "city": "Essen", "postalCode": "45127"}
  ],
  "contact": [{"name": {"family": "Anders", "given": ["Kurt"]}, "telecom": [{"system": "phone", "value": "+49 40 1234567"}]}]
}"#;

#[test]
fn a_patient_is_read_with_all_values() {
    assert_eq!(
        rows(PATIENT),
        [
            "P-12 kvnr=A123456780 lastName=Muster firstName=Eva Maria birthName=Huber formerName=Meier \
          birthDate=1958-12-03 phone=+49 30 1234567 phone=+49 171 1234567 email=eva@example.de \
          postalCode=10115 postalCode=45127"
        ]
    );
}

#[test]
fn a_contact_and_a_fax_number_do_not_count_as_the_person() {
    let messages = messages(PATIENT);
    for column in ["emergencyContact.name", "emergencyContact.phone", "fax", "resourceId"] {
        assert!(messages.contains(&format!("'{column}'")), "{column} in {messages}");
        assert!(!messages.contains(&format!("<- '{column}' (")), "{column} is not used");
    }
    assert!(
        !messages.contains("Anders") && !messages.contains("Somebody"),
        "a message has no value"
    );
}

#[test]
fn a_patient_has_the_classes_of_their_data() {
    let messages = messages(PATIENT);
    for class in ["class:genders", "class:physical-addresses", "class:geographic-locations"] {
        assert!(messages.contains(class), "{class} in {messages}");
    }
}

#[test]
fn insured_numbers_are_recognised_by_system_or_type() {
    for identifier in [
        r#"{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "A123456780"}"#,
        r#"{"system": "http://fhir.de/sid/pkv/kvid-10", "value": "A123456780"}"#,
        r#"{"system": "http://fhir.de/NamingSystem/gkv/kvid-10", "value": "A123456780"}"#,
        r#"{"type": {"coding": [{"code": "KVZ10"}]}, "value": "A123456780"}"#,
        r#"{"value": "A123456780", "system": "http:\/\/fhir.de\/sid\/gkv\/kvid-10"}"#,
    ] {
        let patient = format!(r#"{{"identifier": [{identifier}], "resourceType": "Patient"}}"#);
        assert_eq!(rows(patient), [" kvnr=A123456780"], "{identifier}");
    }
    let other = r#"{"resourceType": "Patient", "birthDate": "1970-01-01", "identifier": [
        {"system": "http://fhir.de/sid/arge-ik/iknr", "value": "A123456780"}]}"#;
    assert_eq!(rows(other), [" birthDate=1970-01-01"]);
    assert!(messages(other).contains("'identifier'"), "it can be mapped");
}

/// A resource with this number, as JSON and as XML. `path` has the names of the elements around the number.
fn with_number(kind: &str, path: &str, number: [&str; 2]) -> [String; 2] {
    let [mut json, mut xml] = number.map(str::to_owned);
    for name in path.rsplit('.') {
        let value = if name.starts_with("value") { json } else { format!("[{json}]") };
        json = format!(r#"{{"{name}": {value}}}"#);
        xml = format!("<{name}>{xml}</{name}>");
    }
    let json = json.trim_start_matches('{');
    [
        format!(r#"{{"resourceType": "{kind}", "id": "1", {json}"#),
        format!(r#"<{kind} xmlns="http://hl7.org/fhir"><id value="1"/>{xml}</{kind}>"#),
    ]
}

/// An insured number that is marked by its system, and one that is marked by its type only. Each as JSON and XML.
const NUMBERS: [[&str; 2]; 2] = [
    [
        r#"{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "A123456780"}"#,
        r#"<system value="http://fhir.de/sid/gkv/kvid-10"/><value value="A123456780"/>"#,
    ],
    [
        r#"{"type": {"coding": [{"code": "KVZ10"}]}, "value": "A123456780"}"#,
        r#"<type><coding><code value="KVZ10"/></coding></type><value value="A123456780"/>"#,
    ],
];

#[test]
fn insured_numbers_are_found_in_every_resource_by_system_or_type() {
    for kind in ["Patient", "Person", "RelatedPerson", "Coverage", "Task"] {
        for path in
            ["identifier", "extension.valueIdentifier", "extension.extension.valueIdentifier"]
        {
            for text in NUMBERS.iter().flat_map(|number| with_number(kind, path, *number)) {
                assert_eq!(rows(&*text), ["1 kvnr=A123456780"], "{text}");
                let spaced = text.replace("http://fhir.de", " http://fhir.de");
                let spaced = spaced.replace("KVZ10", "KVZ10 ");
                assert_eq!(rows(&*spaced), ["1 kvnr=A123456780"], "{spaced}");
            }
        }
    }
    // The entries of a list are not those of a bundle.
    for text in
        NUMBERS.iter().flat_map(|number| with_number("List", "entry.item.identifier", *number))
    {
        assert_eq!(rows(&*text), ["1 kvnr=A123456780"], "{text}");
    }
}

#[test]
fn a_person_does_not_get_the_insured_number_of_another() {
    for path in [
        "contact.extension.valueIdentifier",
        "link.other.identifier",
        "contained.identifier",
        "managingOrganization.identifier",
        "generalPractitioner.identifier",
        "patient.identifier",
        "extension.valueReference.identifier",
    ] {
        for text in NUMBERS.iter().flat_map(|number| with_number("RelatedPerson", path, *number)) {
            let text = text.replace("\"id\": \"1\"", "\"id\": \"1\", \"birthDate\": \"1970\"");
            let text =
                text.replace("<id value=\"1\"/>", "<id value=\"1\"/><birthDate value=\"1970\"/>");
            assert_eq!(rows(&*text), ["1 birthDate=1970"], "{text}");
            assert!(messages(&*text).contains("'relative.kvnr'"), "a column shows it: {text}");
        }
    }
}

#[test]
fn an_unknown_element_of_a_person_is_counted_in_a_note() {
    for text in [
        r#"{"resourceType": "Patient", "birthDate": "1970-01-01", "telceom": [{"value": "0301234567"}],
            "x y": "Huber"}"#,
        r#"<Patient xmlns="http://hl7.org/fhir"><birthDate value="1970-01-01"/>
            <telceom><value value="0301234567"/></telceom><x-y value="Huber"/></Patient>"#,
    ] {
        let messages = messages(text);
        assert!(messages.contains("not read: 1 telceom, 1 of other names"), "{messages}");
        assert!(!messages.contains("Huber") && !messages.contains("030"), "{messages}");
    }
    assert!(!messages(PATIENT).contains("not read"), "FHIR defines all elements of this patient");
}

#[test]
fn the_id_of_the_resource_is_the_reference_if_there_is_no_patient_number() {
    let patient = r#"{"resourceType": "Patient", "id": "x-1", "birthDate": "1970-01-01"}"#;
    assert_eq!(rows(patient), ["x-1 birthDate=1970-01-01"]);
}

#[test]
fn a_partial_date_of_birth_stays_partial() {
    for date in ["1958", "1958-12"] {
        let patient = format!(r#"{{"resourceType": "Patient", "birthDate": "{date}"}}"#);
        assert_eq!(rows(patient), [format!(" birthDate={date}")]);
    }
}

#[test]
fn a_value_that_is_masked_or_unknown_is_absent() {
    let absent = |code: &str| {
        format!(
            r#"{{"resourceType": "Patient", "id": "1", "_birthDate": {{"extension": [
            {{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "{code}"}}]}},
            "name": [{{"family": "Muster", "given": [null], "_given": [{{"extension": [
            {{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "{code}"}}]}}]}}],
            "telecom": [{{"system": "email"}}], "address": [{{}}]}}"#
        )
    };
    for code in ["masked", "unknown"] {
        assert_eq!(rows(absent(code)), ["1 lastName=Muster"]);
    }
}

#[test]
fn a_time_of_birth_gives_the_date_only_if_there_is_no_date() {
    let time = r#""_birthDate": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime", "valueDateTime": "1970-02-01T14:35:00+01:00"}]}"#;
    let patient = format!(r#"{{"resourceType": "Patient", {time}, "birthDate": "1970-02-01"}}"#);
    assert_eq!(rows(patient), [" birthDate=1970-02-01"]);
    let patient = format!(r#"{{"resourceType": "Patient", {time}}}"#);
    assert_eq!(rows(patient), [" birthDate=1970-02-01T14:35:00+01:00"]);
}

#[test]
fn persons_practitioners_and_related_persons_are_rows() {
    for kind in ["Person", "Practitioner", "RelatedPerson"] {
        let person = format!(
            r#"{{"resourceType": "{kind}", "id": "7", "telecom": [{{"value": "eva@example.de"}}]}}"#
        );
        assert_eq!(rows(person), ["7 email=eva@example.de"], "{kind}");
    }
}

#[test]
fn a_coverage_is_a_row_if_it_has_an_insured_number() {
    let coverage = |values: &str| format!(r#"{{"resourceType": "Coverage", "id": "c", {values}}}"#);
    let number = r#"{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "A123456780"}"#;
    for values in [
        format!(r#""identifier": [{number}]"#),
        format!(r#""beneficiary": {{"identifier": {number}}}"#),
        r#""subscriberId": "A123456780""#.to_owned(),
        // As R5 writes it.
        r#""subscriberId": [{"value": "A123456780"}]"#.to_owned(),
        r#""subscriberId": [{"system": "https://kasse.example/nr", "value": "4711"}, {"value": "A123456780"}]"#
            .to_owned(),
        format!(
            r#""subscriber": {{"reference": "Patient/1", "identifier": {number}}},
               "beneficiary": {{"reference": "Patient/1"}}"#
        ),
    ] {
        assert_eq!(rows(coverage(&values)), ["c kvnr=A123456780"], "{values}");
    }
    let xml = r#"<Coverage xmlns="http://hl7.org/fhir"><id value="c"/>
        <subscriberId><value value="A123456780"/></subscriberId></Coverage>"#;
    assert_eq!(rows(xml), ["c kvnr=A123456780"]);
    let none = coverage(r#""beneficiary": {"reference": "Patient/1", "display": "Eva Muster"}"#);
    let message = refusal(none);
    assert!(message.contains("FHIR") && message.contains("1 Coverage"), "{message}");
    assert!(!message.contains("Muster"), "{message}");
}

#[test]
fn a_number_with_blanks_is_like_an_insured_number_and_an_umlaut_is_not() {
    let coverage = |id: &str| format!(r#"{{"resourceType":"Coverage","subscriberId":"{id}"}}"#);
    let text = [coverage("Ä123456780"), coverage(""), coverage("B 123 456 782")].join("\n");
    assert_eq!(rows(text), [" kvnr=B 123 456 782"]);
}

#[test]
fn a_long_text_is_cut_within_a_character_without_a_panic() {
    for end in [&b"\\n\xA7\xA7"[..], b"\\\xC3\xBC", b"\\n\xC3\xBC"] {
        for length in (1 << 16) - 14..(1 << 16) + 3 {
            let begin = "{\"resourceType\":\"Patient\",\"id\":\"a\",\"language\":\"";
            let text = [begin.as_bytes(), &vec![b'x'; length], end, b"\"}"].concat();
            assert_eq!(rows(text).len(), 1, "{}", end.escape_ascii());
        }
    }
}

#[test]
fn a_coverage_keeps_the_number_of_the_main_insured_apart() {
    let coverage = r#"{"resourceType": "Coverage", "id": "c",
        "subscriber": {"identifier": {"system": "http://fhir.de/sid/gkv/kvid-10", "value": "B123456780"}},
        "beneficiary": {"identifier": {"system": "http://fhir.de/sid/gkv/kvid-10", "value": "A123456780"}}}"#;
    assert_eq!(rows(coverage), ["c kvnr=A123456780"]);
    assert!(messages(coverage).contains("'hauptversicherter.kvnr'"));
}

#[test]
fn a_coverage_of_r5_keeps_the_number_of_a_payer_apart() {
    let number = |value: &str| {
        format!(
            r#""identifier": {{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "{value}"}}"#
        )
    };
    let coverage = |payer: &str| {
        format!(
            r#"{{"resourceType": "Coverage", "id": "c",
            "identifier": [{{{}}}], "beneficiary": {{"reference": "Patient/1"}},
            "paymentBy": [{{"party": {{"reference": "Patient/{payer}", {}}}}}]}}"#,
            number("A123456780"),
            number("B123456782")
        )
    };
    assert_eq!(rows(coverage("1")), ["c kvnr=A123456780 kvnr=B123456782"]);
    assert_eq!(rows(coverage("2")), ["c kvnr=A123456780"]);
    assert!(messages(coverage("2")).contains("'hauptversicherter.kvnr'"));
}

#[test]
fn a_long_coverage_with_the_number_of_a_subscriber_is_a_row() {
    let long = |id: &str| {
        let links = r#"{"reference": "Organization/2"},"#.repeat(1 << 16);
        let coverage = format!(
            r#"{{"resourceType": "Coverage", "subscriberId": {id}, "insurer": [{links} {{}}]}}"#
        );
        format!(r#"[{coverage}, {{"resourceType": "Patient", "id": "1"}}]"#)
    };
    for id in [r#""A123456780""#, r#"[{"value": "A123456780"}]"#] {
        assert_eq!(rows(long(id)), [" ?row-too-long", "1"], "{id}");
    }
}

#[test]
fn a_system_is_recognised_with_any_escapes() {
    for system in ["http://fhir.de/sid/gkv/kvid-10", "https://fhir.de/NamingSystem/gkv/kvid-10"] {
        for from in 0..system.len() {
            let escaped = system[from..].bytes().map(|byte| format!("\\u{byte:04x}"));
            let system = [&system[..from], &*escaped.collect::<String>()].concat();
            let task = format!(
                r#"{{"resourceType": "Task", "id": "t", "for": {{"identifier":
                {{"system": "{system}", "value": "A123456780"}}}}}}"#
            );
            assert_eq!(rows(task), ["t kvnr=A123456780"], "{system}");
        }
    }
}

#[test]
fn any_resource_with_an_insured_number_is_a_row() {
    let task = r#"{"resourceType": "Task", "id": "t", "status": "ready",
        "for": {"identifier": {"system": "http://fhir.de/sid/gkv/kvid-10", "value": "A123456780"}}}"#;
    assert_eq!(rows(task), ["t kvnr=A123456780"]);
}

#[test]
fn a_file_without_a_person_is_refused_with_its_resource_types() {
    let message = refusal(r#"{"resourceType": "CodeSystem", "concept": [{"code": "von"}]}"#);
    assert_eq!(message, "memory: is FHIR that holds no person; it has: 1 CodeSystem");
}

#[test]
fn other_json_is_not_fhir() {
    for text in [
        r#"{"resourceType": "AWS::EC2::Instance", "email": "eva@example.de"}"#,
        r#"{"email": "eva@example.de", "note": {"resourceType": "Patient"}}"#,
    ] {
        assert!(rows(text)[0].contains("email=eva@example.de"), "{text}");
        assert!(!messages(text).contains("FHIR"), "{text}");
    }
}

#[test]
fn a_long_resource_is_one_row_and_attachments_do_not_count() {
    let patient = |inner: &str| {
        format!(
            "[{{\"resourceType\": \"Patient\", \"id\": \"1\", {inner}, \"birthDate\": \"1970-01-01\"}},\n \
             {{\"resourceType\": \"Patient\", \"id\": \"2\", \"birthDate\": \"1970-01-02\"}}]"
        )
    };
    let photo = patient(&format!(r#""photo": [{{"data": "{}"}}]"#, "QUJD".repeat(1 << 19)));
    assert_eq!(rows(photo), ["1 birthDate=1970-01-01", "2 birthDate=1970-01-02"]);
    let links = r#"{"other": {"reference": "Patient/2"}},"#.repeat(1 << 15);
    let long = patient(&format!(r#""link": [{links} {{}}]"#));
    assert_eq!(rows(long), [" ?row-too-long", "2 birthDate=1970-01-02"]);
}

#[test]
fn a_long_name_is_cut_but_stays_too_long_for_a_value() {
    let patient = format!(
        r#"{{"resourceType": "Patient", "birthDate": "1970-01-01", "name": [{{"family": "{}"}}]}}"#,
        r"\u0041".repeat(1 << 16)
    );
    let found = rows(patient);
    assert!(found[0].len() > 4096 && found[0].len() < 1 << 14, "{}", found[0].len());
}

#[test]
fn after_a_mebibyte_of_ascii_another_byte_decides_on_the_encoding() {
    let json =
        |name| format!("{{\"resourceType\":\"Patient\",\"name\":[{{\"family\":\"{name}\"}}]}}\n");
    let xml = |name| {
        format!(
            "<Patient xmlns=\"http://hl7.org/fhir\"><name><family value=\"{name}\"/></name></Patient>"
        )
    };
    let blanks = " ".repeat(1 << 20);
    let whole = |patient: &dyn Fn(&'static str) -> String| {
        [&patient("Muster"), &blanks[..], &patient("Müller")].concat()
    };
    for text in [whole(&json), whole(&xml)] {
        let bytes = text.replace('ü', "\u{1}").into_bytes();
        let latin = bytes.into_iter().map(|byte| if byte == 1 { 0xFC } else { byte });
        for (bytes, encoding) in [
            (latin.collect(), "encoding windows-1252 (not UTF-8)"),
            (text.into_bytes(), "encoding UTF-8 (valid UTF-8)"),
        ] {
            let bytes: Vec<u8> = bytes;
            assert_eq!(rows(bytes.clone()), [" lastName=Muster", " lastName=Müller"]);
            let messages = messages(bytes);
            assert!(messages.contains(encoding), "{messages}");
        }
    }
}

#[test]
fn blocks_of_any_size_give_the_same_rows() {
    let lines = format!("{}\n", PATIENT.replace('\n', " ")).repeat(20);
    let whole = rows(lines.clone());
    assert_eq!(whole.len(), 20);
    for block in [1, 100, 5000] {
        let sizes = Sizes { block, ..Sizes::default() };
        assert_eq!(rows_with(lines.clone(), &Options { sizes, ..Options::default() }), whole);
    }
}
