//! FHIR as XML: the same tests as for JSON.

use super::{latin, messages, read, refusal, rows};
use leakdex_input::{Options, Sizes};

/// A patient, as a server of the HAPI project writes it.
const PATIENT: &str = r#"<Patient xmlns="http://hl7.org/fhir">
   <id value="4711"/>
   <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Somebody <b>Else</b></p></div></text>
   <identifier>
      <type><coding><system value="http://terminology.hl7.org/CodeSystem/v2-0203"/><code value="MR"/></coding></type>
      <value value="P-12"/>
   </identifier>
   <identifier><system value="http://fhir.de/sid/gkv/kvid-10"/><value value="A123456780"/></identifier>
   <name>
      <use value="official"/>
      <family value="Gr&#228;fin von M&amp;M">
         <extension url="http://hl7.org/fhir/StructureDefinition/humanname-own-name"><valueString value="M&amp;M"/></extension>
      </family>
      <given value="Eva"/><given value="Maria"/>
      <prefix value="Dr."/>
   </name>
   <name><use value="maiden"/><family value="Huber"/></name>
   <telecom><system value="phone"/><value value="+49 30 1234567"/></telecom>
   <telecom><system value="email"/><value value="eva@example.de"/></telecom>
   <birthDate value="1958-12"/>
   <address><line value="Musterweg 2"/><city value="Berlin"/><postalCode value="10115"/></address>
   <address><type value="postal"/><postalCode value="45127"/></address>
</Patient>"#;

const ROW: &str = "P-12 kvnr=A123456780 lastName=Gräfin von M&M firstName=Eva Maria birthName=Huber \
                   birthDate=1958-12 phone=+49 30 1234567 email=eva@example.de postalCode=10115 \
                   postalCode=45127";

fn declared(encoding: &str, text: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n{text}")
}

#[test]
fn a_patient_has_the_same_values_as_xml_and_as_json() {
    assert_eq!(rows(PATIENT), [ROW]);
    assert_eq!(rows(declared("UTF-8", PATIENT)), [ROW]);
    assert!(messages(PATIENT).contains("FHIR as XML, encoding "));
}

#[test]
fn a_namespace_prefix_makes_no_difference() {
    let text = PATIENT
        .replace("xmlns=\"http://hl7.org/fhir\"", "xmlns:f=\"http://hl7.org/fhir\"")
        .replace("</", "</f:")
        .replace('<', "<f:")
        .replace("<f:/f:", "</f:");
    assert_eq!(rows(text), [ROW]);
}

#[test]
fn bundles_contained_resources_and_further_documents_are_read() {
    let coverage = r#"<Coverage><id value="c"/><contained><Patient><id value="i"/><birthDate value="1970"/></Patient></contained>
        <beneficiary><identifier><system value="http://fhir.de/sid/gkv/kvid-10"/><value value="A123456780"/></identifier></beneficiary></Coverage>"#;
    let entry = |resource: &str| {
        format!("<entry><fullUrl value=\"urn:uuid:1\"/><resource>{resource}</resource></entry>")
    };
    let inner = format!("<Bundle><type value=\"document\"/>{}</Bundle>", entry(PATIENT));
    let bundle = format!(
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"searchset\"/>{}{}{}{}</Bundle>",
        entry(PATIENT),
        entry("<Observation><status value=\"final\"/></Observation>"),
        entry(coverage),
        entry(&inner)
    );
    let expected = [ROW, "c kvnr=A123456780", "i birthDate=1970", ROW];
    assert_eq!(rows(&*bundle), expected);
    assert!(messages(&*bundle).contains("not rows: 1 Observation"));
    let twice = [declared("UTF-8", &bundle), declared("utf-8", &bundle)].join("\n");
    assert_eq!(rows(twice), [expected, expected].concat());
    assert_eq!(rows(format!("<export>{bundle}</export>")), expected);
}

#[test]
fn the_encoding_is_declared_or_detected() {
    let text = |encoding: &str| declared(encoding, &PATIENT.replace("Huber", "Müller"));
    let expected = [ROW.replace("Huber", "Müller")];
    assert_eq!(rows(text("UTF-8")), expected);
    assert_eq!(rows(latin(&text("ISO-8859-1"))), expected);
    assert_eq!(rows(latin(&text("ISO-8859-15"))), expected);
    assert_eq!(rows(text("ISO-8859-15")), expected, "a program converted it to UTF-8");
    let utf_16 = format!("\u{FEFF}{}", text("UTF-16"));
    assert_eq!(
        rows(utf_16.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        expected
    );
    let message = refusal(declared("Shift_JIS", PATIENT));
    assert!(message.contains("convert it to UTF-8"), "{message}");
}

#[test]
fn documents_in_different_encodings_are_refused() {
    let text = [declared("UTF-8", PATIENT), declared("ISO-8859-1", PATIENT)].join("\n");
    let message = refusal(text);
    assert!(message.contains("different encodings"), "{message}");
}

#[test]
fn a_document_that_defines_entities_is_refused() {
    let text = format!("<!DOCTYPE Patient [<!ENTITY name \"Huber\">]>\n{PATIENT}");
    let message = refusal(text.replace("\"Huber\"/", "\"&name;\"/"));
    assert!(message.contains("XML that defines entities"), "{message}");
    assert!(!message.contains("Huber"), "{message}");
    let text = PATIENT.replace("Huber", "H&uuml;ber");
    assert_eq!(rows(text), [ROW.replace("Huber", "H&uuml;ber")], "it is not guessed");
}

#[test]
fn a_truncated_document_gives_its_complete_resources_and_a_note() {
    let text = format!(
        "<Bundle xmlns=\"http://hl7.org/fhir\"><entry><resource>{PATIENT}</resource></entry><entry><resource>{PATIENT}"
    );
    for less in [1, 30, 200] {
        let (rows, input) = read(&text[..text.len() - less], &Options::default())
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(rows, [ROW, " ?invalid-record"], "{less} bytes less");
        assert!(input.is_cut_off());
    }
}

#[test]
fn malformed_xml_is_refused_with_its_position() {
    let message = refusal(PATIENT.replace("</telecom>", "</telecon>"));
    assert!(message.contains("not well-formed XML near byte"), "{message}");
    assert!(!message.contains("Huber"), "{message}");
}

#[test]
fn a_malformed_attribute_is_not_an_empty_value() {
    for wrong in ["<family value=Huber/>", "<family value=\"Huber\" value=\"Meier\"/>"] {
        let message = refusal(PATIENT.replace("<family value=\"Huber\"/>", wrong));
        assert!(message.contains("attribute that is not well-formed"), "{message}");
    }
}

#[test]
fn an_envelope_makes_no_difference() {
    let text = format!(
        "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body>{PATIENT}</S:Body></S:Envelope>"
    );
    assert_eq!(rows(text), [ROW]);
}

#[test]
fn elements_nested_too_deep_are_refused() {
    let deep = format!("<Patient xmlns=\"http://hl7.org/fhir\">{}", "<extension>".repeat(100_000));
    let message = refusal(deep);
    assert!(message.contains("256 levels"), "{message}");
}

#[test]
fn a_tag_or_a_text_of_more_than_64_mib_is_refused() {
    let text = format!("<!-- http://hl7.org/fhir {} --><Patient/>", " ".repeat(65 << 20));
    let message = refusal(text);
    assert!(message.contains("more than 64 MiB"), "{message}");
}

#[test]
fn a_long_resource_is_one_row_and_attachments_do_not_count() {
    let with = |inner: &str| {
        format!(
            "<Bundle xmlns=\"http://hl7.org/fhir\"><entry><resource><Patient><id value=\"1\"/>{inner}</Patient></resource></entry><entry><resource>{PATIENT}</resource></entry></Bundle>"
        )
    };
    let photo = format!(
        "<photo><data value=\"{}\"/></photo><birthDate value=\"1970\"/>",
        "QUJD".repeat(1 << 19)
    );
    assert_eq!(rows(with(&photo)), ["1 birthDate=1970", ROW]);
    let long = "<link><other><reference value=\"Patient/2\"/></other></link>".repeat(1 << 14);
    assert_eq!(rows(with(&long)), [" ?row-too-long", ROW]);
}

#[test]
fn blocks_of_any_size_give_the_same_rows_as_xml() {
    let text = PATIENT.repeat(20);
    for block in [1, 100, 5000] {
        let sizes = Sizes { block, ..Sizes::default() };
        let options = Options { sizes, ..Options::default() };
        assert_eq!(super::rows_with(&*text, &options), [ROW; 20]);
    }
}
