use super::*;
use crate::formats::testing::read;

fn rows(file: &str) -> Vec<String> {
    read("a.vcf", file.as_bytes(), &Options::default()).expect("readable").rows
}

fn card(lines: &str) -> String {
    format!("BEGIN:VCARD\nVERSION:3.0\n{lines}\nEND:VCARD\n")
}

/// As old phones and Outlook write it.
const OUTLOOK: &str = "BEGIN:VCARD\r\n\
VERSION:2.1\r\n\
N;LANGUAGE=de;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg;Peter;Dr.;\r\n\
FN;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:Dr. J=F6rg Peter M=FC=\r\n\
ller\r\n\
ORG:Beispiel AG;Einkauf\r\n\
TEL;WORK;VOICE:+49 (30) 1234567\r\n\
TEL;CELL;VOICE:0171 1234567\r\n\
TEL;WORK;FAX:030 1234568\r\n\
ADR;WORK;PREF;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;Hauptstra=C3=9Fe 3=0D=0A=\r\n\
2. Stock;Berlin;;10115;Deutschland\r\n\
LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Hauptstrasse 3=0D=0A=\r\n\
10115 Berlin\r\n\
EMAIL;PREF;INTERNET:joerg.mueller@example.de\r\n\
BDAY:19700201\r\n\
PHOTO;TYPE=JPEG;ENCODING=BASE64:\r\n\
 /9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAIBAQIBAQICAgICAgICAwUDAwMDAwYEBAMFBwYH\r\n\
 BwcGBwcICQsJCAgKCAcHCg0KCgsMDAwMBwkODw0MDgsMDAz=\r\n\
\r\n\
REV:20230415T120000Z\r\n\
END:VCARD\r\n";

/// As a Mac or an iPhone exports contacts.
const APPLE: &str = "BEGIN:VCARD\r\n\
VERSION:3.0\r\n\
PRODID:-//Apple Inc.//iPhone OS 17.0//EN\r\n\
N:Müller\\, geb. Beispiel;Eva;Maria;;\r\n\
FN:Eva Maria Müller\r\n\
item1.EMAIL;type=INTERNET;type=pref:eva@exam\r\n ple.de\r\n\
item1.X-ABLabel:_$!<Home>!$_\r\n\
TEL;type=CELL;type=VOICE;type=pref:0171 1234567\r\n\
item2.ADR;type=HOME;type=pref:;;Hauptstraße 3\\nHinterhaus;Berlin;;10115;Deutschland\r\n\
BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-04\r\n\
BDAY:1970-03-04\r\n\
UID:4711-ABCD\r\n\
END:VCARD\r\n";

/// As Google writes version 3.0, and a server version 4.0.
const OTHERS: &str = "BEGIN:VCARD\r\n\
VERSION:3.0\r\n\
FN:Max Muster\r\n\
N:;;;;\r\n\
EMAIL;TYPE=INTERNET;TYPE=HOME:max@example.de\r\n\
NOTE:Zeile 1\\nZeile 2\\, Ende\r\n\
END:VCARD\r\n\
BEGIN:VCARD\r\n\
VERSION:4.0\r\n\
FN:Max Muster\r\n\
N:Muster;Max;;;\r\n\
BDAY:19700201T000000\r\n\
TEL;VALUE=uri;TYPE=\"voice,home\":tel:+49-30-1234567;ext=12\r\n\
EMAIL:mailto:max@example.de\r\n\
ADR;LABEL=\"Hauptstr. 3: Hof\\n10115 Berlin\":;;Hauptstr. 3;Berlin;;10115;Germany\r\n\
END:VCARD\r\n";

#[test]
fn a_card_of_outlook_with_quoted_printable_text_and_a_photo_is_read() {
    assert_eq!(
        rows(OUTLOOK),
        ["last-name=Müller first-name=Jörg Peter phone=+49 (30) 1234567 phone=0171 1234567 \
             postal-code=10115 email=joerg.mueller@example.de birth-date=1970-02-01 \
             class=company-names class=physical-addresses class=physical-addresses \
             class=geographic-locations class=photos class=display-names"]
    );
}

#[test]
fn a_card_of_apple_with_groups_folds_and_escapes_is_read() {
    assert_eq!(
        rows(APPLE),
        ["id=4711-ABCD last-name=Müller  geb. Beispiel first-name=Eva Maria email=eva@example.de \
             phone=0171 1234567 postal-code=10115 birth-date=--03-04 birth-date=1970-03-04 \
             class=physical-addresses class=physical-addresses class=geographic-locations \
             class=display-names"]
    );
}

#[test]
fn cards_of_google_and_of_version_4_are_read() {
    let rows = rows(OTHERS);
    assert_eq!(rows[0], "email=max@example.de name=Max Muster");
    assert!(
        rows[1].starts_with(
            "last-name=Muster first-name=Max birth-date=1970-02-01T000000 phone=+49-30-1234567 \
             email=max@example.de postal-code=10115"
        ),
        "{}",
        rows[1]
    );
}

#[test]
fn a_time_of_birth_keeps_its_zone() {
    for (value, read) in [
        ("19700131", "1970-01-31"),
        ("19700131T200000-0400", "1970-01-31T200000-0400"),
        ("19700131T200000-04:00", "1970-01-31T200000-04:00"),
        ("19700131T20:00:00-04:00", "1970-01-31T20:00:00-04:00"),
        ("19700131T20-04", "1970-01-31T20-04"),
        ("19700131T2000Z", "1970-01-31T2000Z"),
        ("1970-01-31T20:00:00-04:00", "1970-01-31T20:00:00-04:00"),
    ] {
        let rows = rows(&card(&format!("EMAIL:a@b.de\nBDAY:{value}")));
        assert_eq!(rows, [format!("email=a@b.de birth-date={read}")]);
    }
}

#[test]
fn the_first_line_identifies_the_format_under_any_name() {
    let read = read("contacts.txt", OTHERS.as_bytes(), &Options::default()).expect("readable");
    assert!(read.described.starts_with("memory: vCard, encoding "), "{}", read.described);
}

#[test]
fn a_photo_larger_than_a_row_does_not_make_the_card_too_long() {
    let sizes = crate::Sizes { row: 300, ..crate::Sizes::default() };
    let options = Options { sizes, ..Options::default() };
    let read = |lines: &str| {
        let file = card(lines) + &card("EMAIL:c@d.de");
        read("a.vcf", file.as_bytes(), &options).expect("readable").rows
    };
    let photo = format!("PHOTO;ENCODING=b:{}\n {}", "A".repeat(1000), "B".repeat(1000));
    let rows = read(&format!("EMAIL:a@b.de\n{photo}\nTEL:030 1234567"));
    assert_eq!(rows, ["email=a@b.de phone=030 1234567 class=photos", "email=c@d.de"]);
    let rows = read(&format!("EMAIL:a@b.de\nX-LONG:{}", "A".repeat(1000)));
    assert_eq!(rows, ["doubt=row-too-long", "email=c@d.de"]);
    let rows = read(&format!("EMAIL:a@b.de\n{}", "X-LONG:AAAAAAAAAAAAAAAA\n".repeat(40)));
    assert_eq!(rows, ["doubt=row-too-long", "email=c@d.de"]);
}

#[test]
fn a_card_within_a_card_is_a_row_of_its_own() {
    let inner = card("N:Beispiel;Eva\nEMAIL:eva@example.de");
    let file = card(&format!("N:Muster;Max\nAGENT:\n{inner}EMAIL:max@example.de"));
    assert_eq!(
        rows(&file),
        [
            "last-name=Beispiel first-name=Eva email=eva@example.de",
            "last-name=Muster first-name=Max email=max@example.de"
        ]
    );
    for inner in ["BEGIN:VCARD\\nFN:Eva\\nEND:VCARD\\n", "begin:vcard\\nFN:Eva\\nend:vcard\\n"] {
        let file = card(&format!("N:Muster;Max\nAGENT:{inner}\nEMAIL:max@example.de"));
        assert_eq!(
            rows(&file),
            ["doubt=invalid-record", "last-name=Muster first-name=Max email=max@example.de"],
            "{inner}"
        );
    }
}

#[test]
fn one_value_may_hold_several_numbers_and_a_link_may_have_parameters() {
    for (value, number) in [
        ("0171 1234567;0172 7654321", "0171 1234567;0172 7654321"),
        ("0171 1234567\\;0172 7654321", "0171 1234567;0172 7654321"),
        ("tel:+49-30-1234567;ext=12", "+49-30-1234567"),
        ("tel:1234567;phone-context=+49-30", "tel:1234567;phone-context=+49-30"),
    ] {
        let rows = rows(&card(&format!("TEL;CELL:{value}")));
        assert_eq!(rows, [format!("phone={number}")], "{value}");
    }
}

#[test]
fn a_number_is_a_phone_number_unless_it_is_only_for_a_fax_or_a_pager() {
    for (types, is_phone) in
        [("WORK,VOICE,FAX", true), ("CELL;TYPE=FAX", true), ("WORK,FAX", false), ("PAGER", false)]
    {
        let file = card(&format!("TEL;TYPE={types}:+49 30 1234567\nEMAIL:max@example.de"));
        assert_eq!(rows(&file)[0].contains("phone=+49 30 1234567"), is_phone, "{types}");
    }
}

#[test]
fn cards_without_an_end_are_rows_and_a_truncated_card_is_reported() {
    let open = "BEGIN:VCARD\nVERSION:3.0\nN:Muster;Max\nEMAIL:max@example.de\n";
    assert_eq!(
        rows(&open.repeat(2)),
        ["last-name=Muster first-name=Max email=max@example.de", "doubt=invalid-record"]
    );
}

#[test]
fn properties_of_known_programs_are_read() {
    let file = card("X-KVNR:A123456780\nX-12345678:x\nX-MAIDENNAME:Beispiel\nN:Muster;Max");
    assert_eq!(rows(&file), ["kvnr=A123456780 last-name=Beispiel last-name=Muster first-name=Max"]);
}

#[test]
fn a_group_of_contacts_is_not_a_row() {
    let group = card("N:Familie\nFN:Familie\nX-ADDRESSBOOKSERVER-KIND:group");
    let file = group.clone() + &card("EMAIL:max@example.de");
    let read_file = read("a.vcf", file.as_bytes(), &Options::default()).expect("readable");
    assert_eq!(read_file.rows, ["email=max@example.de"]);
    let note = "entries of groups, units and devices, which are not read as rows: 1";
    assert!(read_file.notes.contains(note), "{}", read_file.notes);
    let error = read("a.vcf", group.as_bytes(), &Options::default()).map(|_| ());
    assert!(error.expect_err("no person").contains("no record of a person"));
}

#[test]
fn a_group_that_has_the_values_of_a_person_is_a_row() {
    let file = card("N:Muster;Max\nEMAIL:max@example.de\nKIND:group");
    assert_eq!(rows(&file), ["last-name=Muster first-name=Max email=max@example.de"]);
}

#[test]
fn a_group_with_any_property_of_a_person_is_a_row() {
    for (property, value) in [
        ("X-KVNR:A123456780", "kvnr=A123456780"),
        ("X-VERSICHERTENNUMMER:A123456780", "kvnr=A123456780"),
        ("X-IBAN:DE02120300000000202051", "iban=DE02120300000000202051"),
    ] {
        let file = card(&format!("KIND:group\nN:Muster\n{property}")) + &card("EMAIL:c@d.de");
        let rows = rows(&file);
        assert_eq!(rows.len(), 2, "{property}");
        assert!(rows[0].contains(value), "{property}: {}", rows[0]);
    }
}

#[test]
fn devices_and_places_are_not_rows() {
    for kind in ["device", "location", "org"] {
        let file = card(&format!("KIND:{kind}\nFN:Drucker")) + &card("EMAIL:c@d.de");
        assert_eq!(rows(&file), ["email=c@d.de"], "{kind}");
    }
}

#[test]
fn a_soft_line_break_after_the_last_value_does_not_hide_the_end() {
    let file = card("EMAIL;ENCODING=QUOTED-PRINTABLE:a@b.de=") + &card("EMAIL:c@d.de");
    assert_eq!(rows(&file), ["email!invalid-encoding", "email=c@d.de"]);
}

#[test]
fn a_soft_line_break_after_a_value_does_not_hide_the_next_property() {
    let encoded = "ENCODING=QUOTED-PRINTABLE";
    for next in ["TEL:030 1234567", "TEL;CELL:030 1234567", "item1.TEL:030 1234567"] {
        let file = card(&format!("N;{encoded}:M=FCller;J=F6rg=\n{next}\nEMAIL:a@b.de"));
        let row = &rows(&file)[0];
        assert!(row.contains("phone=030 1234567 email=a@b.de"), "{next}: {row}");
        assert!(row.contains("last-name!invalid-encoding"), "{next}: {row}");
    }
    let file = card(&format!("NOTE;{encoded}:a=0D=0A=\nTel: 030 1234567\nEMAIL:a@b.de"));
    assert_eq!(rows(&file), ["email=a@b.de"], "text of a note is not a property");
}

#[test]
fn blanks_after_a_soft_line_break_do_not_end_the_value() {
    for blanks in [" ", "\t", " \r"] {
        let value = format!("EMAIL;QUOTED-PRINTABLE:max.mus={blanks}\nter@example.de");
        assert_eq!(rows(&card(&value)), ["email=max.muster@example.de"], "{blanks:?}");
    }
}

#[test]
fn values_that_are_not_text_and_lines_that_are_not_properties_are_reported() {
    let file = card("EMAIL;ENCODING=QUOTED-PRINTABLE:a=XYb@example.de\nTEL:030 1234567");
    assert_eq!(rows(&file), ["email!invalid-encoding phone=030 1234567"]);
    let file = card("NOTE:one\ntwo\nEMAIL:a@b.de");
    assert_eq!(rows(&file), ["email=a@b.de"], "only the note is damaged");
    let file = card("N:Muster;Max\nEMAIL:a@b\n.de") + &card("EMAIL:c@d.de");
    assert_eq!(rows(&file), ["doubt=invalid-record", "email=c@d.de"]);
    let file = format!("Kontakte\n{}", card("EMAIL:a@b.de"));
    let options = Options { format: Some(Format::Vcard), ..Options::default() };
    let rows = read("a.txt", file.as_bytes(), &options).expect("readable").rows;
    assert_eq!(rows, ["doubt=invalid-record", "email=a@b.de"]);
}

#[test]
fn old_cards_are_read_in_the_encoding_of_the_file() {
    let file = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:M\xFCller;J\xF6rg\r\nTEL;CELL:0171 1234567\r\nEND:VCARD\r\n";
    let read = read("a.vcf", file, &Options::default()).expect("readable");
    assert_eq!(read.rows, ["last-name=Müller first-name=Jörg phone=0171 1234567"]);
    assert!(read.described.contains("encoding windows-1252"), "{}", read.described);
}

#[test]
fn a_binary_value_does_not_decide_the_encoding_of_the_names() {
    let file = card("X-THUMBNAIL;ENCODING=b:/7oP3k1mQkSn8pC3q1XYmg==\nEMAIL:a@b.de")
        + &card("N;ENCODING=b:TcO8bGxlcjtKw7ZyZw==");
    assert_eq!(rows(&file), ["email=a@b.de", "last-name=Müller first-name=Jörg"]);
}
