//! Leaks of the master data on health cards.

use std::fmt::Write as _;

use crate::command::support::{MAX, NOBODY, Site, gzip, latin_1};

/// A document as on a card, in ISO 8859-15.
fn document(number: &str, date: &str, names: &str) -> Vec<u8> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-15\" standalone=\"yes\"?><vsdp:UC_PersoenlicheVersichertendatenXML \
         CDM_VERSION=\"5.2.0\" xmlns:vsdp=\"http://ws.gematik.de/fa/vsdm/vsd/v5.2\"><vsdp:Versicherter>\
         <vsdp:Versicherten_ID>{number}</vsdp:Versicherten_ID><vsdp:Person><vsdp:Geburtsdatum>{date}</vsdp:Geburtsdatum>\
         {names}<vsdp:Geschlecht>W</vsdp:Geschlecht><vsdp:StrassenAdresse><vsdp:Postleitzahl>10115</vsdp:Postleitzahl>\
         <vsdp:Ort>Berlin</vsdp:Ort></vsdp:StrassenAdresse></vsdp:Person></vsdp:Versicherter>\
         </vsdp:UC_PersoenlicheVersichertendatenXML>"
    );
    latin_1(&text)
}

fn names(parts: &[(&str, &str)]) -> String {
    parts.iter().fold(String::new(), |mut text, (name, value)| {
        write!(text, "<vsdp:{name}>{value}</vsdp:{name}>").expect("to memory");
        text
    })
}

#[test]
fn members_are_found_in_the_data_of_cards() {
    let site = Site::new();
    let max = document(MAX, "19581200", &names(&[("Vorname", "Max"), ("Nachname", "Muster")]));
    let eva = [
        ("Vorname", "Eva"),
        ("Nachname", "Müller"),
        ("Vorsatzwort", "von und zu"),
        ("Namenszusatz", "Gräfin"),
    ];
    let eva = document(NOBODY, "19800403", &names(&eva));
    site.write("leak.xml", [max.clone(), eva.clone()].concat());
    site.write("leak.xml.gz", [gzip(&max), gzip(&eva)].concat());
    site.write(
        "m.csv",
        "KVNR;Nachname;Vorname;Geburtsdatum\nA123456780;;;\n;Müller;Eva;03.04.1980\n;Muster;Max;01.12.1958\n",
    );
    for leak in ["leak.xml", "leak.xml.gz"] {
        let run = site.run(&format!("check --leak {leak} --all m.csv")).expect(0);
        run.verdicts("affected affected not_affected").says("VSD as XML, encoding ISO-8859-15");
    }
}

#[test]
fn the_file_of_a_card_is_a_leak() {
    let site = Site::new();
    let packed =
        gzip(document(MAX, "19700201", &names(&[("Vorname", "Max"), ("Nachname", "Muster")])));
    let length = u16::try_from(packed.len()).expect("short");
    let file = [
        vec![
            u8::try_from(length >> 8).expect("a byte"),
            u8::try_from(length & 0xFF).expect("a byte"),
        ],
        packed,
        vec![0; 50],
    ];
    site.write("EF.PD", file.concat());
    site.write("m.csv", format!("KVNR\n{MAX}\n{NOBODY}\n"));
    site.run("check --leak EF.PD --all m.csv").expect(0).verdicts("affected not_affected");
}

#[test]
fn other_xml_is_refused_and_no_name_is_shown() {
    let site = Site::with_files();
    site.write("leak.xml", "<?xml version=\"1.0\"?><people><Muster>Max</Muster></people>");
    let run = site.run("check --leak leak.xml members.csv");
    let run = run.expect_error(&["leak.xml", "XML of an unsupported kind", "CSV"]);
    assert!(!run.stderr.contains("Muster"), "{}", run.stderr);
}
