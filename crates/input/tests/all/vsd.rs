//! The master data of health cards, as XML, as files of a card, and in responses of a connector.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use leakdex_input::Options;

use super::fhir::{latin, messages, read, refusal, rows};

/// A document as it is on a card, with these elements of a person.
fn document(number: &str, person: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-15\" standalone=\"yes\"?>\
         <vsdp:UC_PersoenlicheVersichertendatenXML CDM_VERSION=\"5.2.0\" \
         xmlns:vsdp=\"http://ws.gematik.de/fa/vsdm/vsd/v5.2\"><vsdp:Versicherter>\
         <vsdp:Versicherten_ID>{number}</vsdp:Versicherten_ID><vsdp:Person>{person}</vsdp:Person>\
         </vsdp:Versicherter></vsdp:UC_PersoenlicheVersichertendatenXML>"
    )
}

fn element(name: &str, value: &str) -> String {
    format!("<vsdp:{name}>{value}</vsdp:{name}>")
}

/// A person with all elements.
fn eva() -> String {
    let name = [
        ("Geburtsdatum", "19700201"),
        ("Vorname", "Eva Zoë"),
        ("Nachname", "Müller"),
        ("Geschlecht", "W"),
        ("Vorsatzwort", "von und zu"),
        ("Namenszusatz", "Gräfin"),
        ("Titel", "Dr. med."),
    ];
    let name: String = name.iter().map(|(name, value)| element(name, value)).collect();
    let land = element("Land", &element("Wohnsitzlaendercode", "D"));
    let box_address = element(
        "PostfachAdresse",
        &[
            element("Postleitzahl", "45127"),
            element("Ort", "Essen"),
            element("Postfach", "815"),
            land.clone(),
        ]
        .concat(),
    );
    let street = element(
        "StrassenAdresse",
        &[
            element("Postleitzahl", "10115"),
            element("Ort", "Berlin"),
            land,
            element("Strasse", "Weg &amp; Steg"),
            element("Hausnummer", "1"),
        ]
        .concat(),
    );
    document("A123456780", &[name, box_address, street].concat())
}

const EVA: &str = " Versicherten_ID=A123456780 Geburtsdatum=1970-02-01 Vorname=Eva Zoë \
                   Postleitzahl=45127 Postleitzahl=10115 Nachname=Gräfin von und zu Müller";

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

/// Base64 with line ends, as programs write it.
fn base64(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines = text.as_bytes().chunks(76).filter_map(|line| str::from_utf8(line).ok());
    lines.collect::<Vec<_>>().join("\n")
}

/// The length of the compressed data: the two bytes before these data in the file of a card.
fn length(packed: &[u8]) -> [u8; 2] {
    let byte = |number: usize| u8::try_from(number).expect("it is short");
    [byte(packed.len() >> 8), byte(packed.len() & 0xFF)]
}

fn answer(packed: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<S:Envelope \
         xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body><ns4:ReadVSDResponse \
         xmlns:ns4=\"http://ws.gematik.de/conn/vsds/VSDService/v5.2\">\
         <ns4:PersoenlicheVersichertendaten>{packed}</ns4:PersoenlicheVersichertendaten>\
         <ns4:AllgemeineVersicherungsdaten>H4sIAAAAAAAA</ns4:AllgemeineVersicherungsdaten>\
         <ns4:VSD_Status><ns4:Status>0</ns4:Status></ns4:VSD_Status>\
         </ns4:ReadVSDResponse></S:Body></S:Envelope>"
    )
}

#[test]
fn a_document_of_a_card_gives_all_values_of_the_person() {
    assert_eq!(rows(latin(&eva())), [EVA]);
    let messages = messages(latin(&eva()));
    assert!(messages.contains("VSD as XML, encoding ISO-8859-15"), "{messages}");
    for column in ["Geschlecht", "Ort", "Strasse", "Postfach", "Land", "Titel"] {
        assert!(messages.contains(&format!("'{column}'")), "{column} in {messages}");
    }
}

#[test]
fn a_date_without_a_day_or_a_month_stays_partial() {
    for (date, expected) in [("19581200", "1958-12-00"), ("19330000", "1933-00-00")] {
        let person = [element("Geburtsdatum", date), element("Nachname", "Muster")].concat();
        let found = rows(document("A123456780", &person));
        let row = format!(" Versicherten_ID=A123456780 Geburtsdatum={expected} Nachname=Muster");
        assert_eq!(found, [row]);
    }
}

#[test]
fn after_a_mebibyte_of_ascii_another_byte_decides_on_the_encoding() {
    let (_, bare) = eva().split_once("?>").map(owned).expect("a declaration");
    let text = format!("<all><ReadVSDResponse/>{}{bare}</all>", " ".repeat(1 << 20));
    assert_eq!(rows(latin(&text)), [EVA]);
    assert!(messages(latin(&text)).contains("encoding windows-1252 (not UTF-8)"));
    assert_eq!(rows(text), [EVA]);
}

#[test]
fn many_documents_in_one_file_are_read() {
    let text = eva();
    let (_, bare) = text.split_once("?>").expect("a declaration");
    assert_eq!(rows(latin(&text.repeat(3))), [EVA; 3]);
    let wrapped =
        format!("<?xml version='1.0' encoding='ISO-8859-15'?><export>{bare}\n{bare}</export>");
    assert_eq!(rows(latin(&wrapped)), [EVA; 2]);
}

#[test]
fn a_document_of_schema_5_1_and_one_without_a_prefix_are_read() {
    let text = eva().replace("/vsd/v5.2", "/UC_PersoenlicheVersichertendatenXML/v5.1");
    assert_eq!(rows(latin(&text)), [EVA]);
    let plain = eva().replace("vsdp:", "").replace("xmlns:vsdp", "xmlns");
    assert_eq!(rows(latin(&plain)), [EVA]);
}

#[test]
fn the_file_of_a_card_is_detected_by_its_bytes() {
    let packed = gzip(&latin(&eva()));
    let length = length(&packed);
    assert_eq!(rows([&length[..], &packed, &[0; 200]].concat()), [EVA]);
}

#[test]
fn the_insurance_data_of_a_card_are_refused_by_name() {
    let packed = gzip(b"<x/>");
    let message = refusal([&[0, 8, 0, 27, 0, 28, 0, 40][..], &packed].concat());
    assert!(message.contains("EF.VD") && message.contains("EF.PD"), "{message}");
    let text = "<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?><vsda:UC_AllgemeineVersicherungsdatenXML \
                xmlns:vsda=\"http://ws.gematik.de/fa/vsdm/vsd/v5.2\"><vsda:Versicherter/>\
                </vsda:UC_AllgemeineVersicherungsdatenXML>";
    let message = refusal(text);
    assert!(message.contains("holds no person"), "{message}");
    let messages = messages(latin(&[eva(), text.to_owned()].concat()));
    assert!(messages.contains("1 documents of insurance data"), "{messages}");
}

#[test]
fn the_response_of_a_connector_is_decompressed() {
    let document = latin(&eva());
    let packed = gzip(&document);
    let length = length(&packed);
    for content in [
        base64(&packed),
        base64(&[&length[..], &packed].concat()),
        base64(&document),
        base64(&packed).trim_end_matches('=').to_owned(),
        format!("<![CDATA[{}]]>", eva()),
        eva().split_once("?>").expect("a declaration").1.to_owned(),
    ] {
        assert_eq!(rows(answer(&content)), [EVA], "{}", &content[..20]);
    }
    let many = answer(&base64(&packed)).split_once("?>").expect("a declaration").1.repeat(3);
    assert_eq!(rows(format!("<all>{many}</all>")), [EVA; 3]);
}

#[test]
fn a_response_that_cannot_be_decompressed_is_one_row() {
    let packed = gzip(&latin(&eva()));
    for content in [
        "no base64!".to_owned(),
        base64(b"no gzip"),
        base64(&packed[..packed.len() / 2]),
        base64(&gzip(b"<a><b></a>")),
        base64(&gzip(b"<other/>")),
        String::new(),
        base64(&gzip(&vec![b' '; 2 << 20])),
    ] {
        let found =
            rows(format!("<all>{}</all>", answer(&content).split_once("?>").expect("one").1));
        assert_eq!(found, [" ?invalid-record"], "{content:.20}");
    }
}

#[test]
fn an_embedded_document_that_is_cut_off_is_one_row() {
    let (number, place) = ("A123456780", |word| eva().find(word).expect("it is there"));
    for end in [place("<vsdp:Versicherter>"), place(number) + number.len(), place("Nachname")] {
        for rest in ["", "</wrong>"] {
            let text = latin(&[&eva()[..end], rest].concat());
            assert_eq!(rows(answer(&base64(&text))), [" ?invalid-record"], "cut at {end} {rest}");
        }
    }
    // The data of this person are complete.
    let text = latin(&eva()[..place("</vsdp:UC")]);
    assert_eq!(rows(answer(&base64(&text))), [EVA]);
}

#[test]
fn each_insured_person_in_a_document_is_a_row() {
    let (before, rest) = eva().split_once("<vsdp:Versicherter>").map(owned).expect("it begins");
    let (person, after) = rest.split_once("</vsdp:Versicherter>").map(owned).expect("it ends");
    let insured = format!("<vsdp:Versicherter>{person}</vsdp:Versicherter>");
    let text = [before, insured.repeat(2), after].concat();
    assert_eq!(rows(latin(&text)), [EVA; 2]);
    assert_eq!(rows(answer(&base64(&latin(&text)))), [EVA; 2]);
}

fn owned((first, second): (&str, &str)) -> (String, String) {
    (first.to_owned(), second.to_owned())
}

#[test]
fn a_person_with_two_numbers_or_names_is_one_unreadable_row() {
    let name = element("Nachname", "Muster");
    for repeated in [
        element("Versicherten_ID", "B123456782"),
        element("Nachname", "Huber"),
        [element("Vorname", "Eva"), element("Vorname", "Zoë")].concat(),
    ] {
        let text = document("A123456780", &[name.clone(), repeated].concat());
        assert_eq!(rows(latin(&[text, eva()].concat())), [" ?invalid-record", EVA]);
    }
}

#[test]
fn a_truncated_document_is_one_row_with_a_note() {
    let text = latin(&eva().repeat(2));
    let (rows, input) = read(&text[..text.len() - 60], &Options::default())
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rows, [EVA, " ?invalid-record"]);
    assert!(input.is_cut_off());
}

#[test]
fn a_document_without_a_person_in_it_is_one_row() {
    let empty = document("", "");
    assert_eq!(rows([empty, eva()].map(|text| latin(&text)).concat()), [" ?invalid-record", EVA]);
}

#[test]
fn a_person_in_a_document_that_is_not_known_is_one_row() {
    let unknown = format!("<Export>{}</Export>", "<Versicherten_ID>A123456780</Versicherten_ID>");
    assert_eq!(rows([latin(&eva()), latin(&unknown)].concat()), [EVA, " ?invalid-record"]);
    let text = answer(&base64(&gzip(unknown.as_bytes())));
    assert_eq!(rows(text), [" ?invalid-record"]);
}

#[test]
fn other_xml_is_refused_by_name_and_shows_no_value() {
    for (text, words) in [
        (
            "<?xml version=\"1.0\"?><Muster><Name>Eva Huber</Name></Muster>",
            "XML of an unsupported kind",
        ),
        (
            "<!DOCTYPE html><html><body><table><tr><td>Eva Huber</td></tr></table></body></html>",
            "an HTML page",
        ),
        (
            "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table><td>Eva Huber</td></table></html>",
            "an HTML page",
        ),
        (
            "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook \
          xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Cell>Eva Huber</Cell></Workbook>",
            "an XML spreadsheet of Excel 2003",
        ),
        ("<Eva xmlns=\"https://huber.example\"><Huber/></Eva>", "XML of an unsupported kind"),
    ] {
        let message = refusal(text);
        assert!(
            message.contains(words) && message.contains("save") | message.contains("CSV"),
            "{message}"
        );
        for value in ["Eva", "Huber", "Muster"] {
            assert!(!message.contains(value), "{message}");
        }
    }
}
