use super::*;
use crate::{Encoding, formats::testing};

/// Reads a file. Moves the last name towards the front of each row, since the reader writes it last.
fn read(name: &str, bytes: &[u8], options: &Options) -> Result<testing::Read, String> {
    let mut read = testing::read(name, bytes, options)?;
    for row in &mut read.rows {
        let Some(start) = row.find(" last-name=") else { continue };
        let end = row[start..].find(" class=").map_or(row.len(), |length| start + length);
        let last_name: String = row.drain(start..end).collect();
        match row.strip_prefix("id=").and_then(|rest| rest.find(' ')) {
            Some(length) => row.insert_str(length + 3, &last_name),
            None if row.starts_with("id=") => row.push_str(&last_name),
            None => *row = format!("{} {row}", last_name.trim_start()),
        }
    }
    Ok(read)
}

/// Writes fields with their lengths and two-byte line ends.
fn written(fields: &[(&str, &str)], encoding: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let line = |(number, content): &(&str, &str)| {
        let content = encoding(content);
        let length = format!("{:03}{number}", content.len() + 9);
        [length.as_bytes(), &content, b"\r\n"].concat()
    };
    fields.iter().flat_map(line).collect()
}

fn ascii(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn latin_9(text: &str) -> Vec<u8> {
    encoding_rs::ISO_8859_15.encode(text).0.into_owned()
}

const KVDT: &[(&str, &str)] = &[
    ("8000", "con0"),
    ("9103", "20230415"),
    ("9106", "4"),
    ("9132", "1"),
    ("8000", "besa"),
    ("0201", "123456789"),
    ("0211", "Dr. Eva Beispiel"),
    ("0208", "030 123456"),
    ("8000", "adt0"),
    ("0105", "X/1/2304/36/123"),
    ("0121", "Musterstr. 1"),
    ("8000", "0101"),
    ("3000", "4711"),
    ("3100", "Graf"),
    ("3120", "von"),
    ("3101", "Müller"),
    ("3102", "Jörg"),
    ("3103", "19700201"),
    ("3119", "A123456780"),
    ("3107", "Hauptstraße"),
    ("3109", "3"),
    ("3112", "10115"),
    ("3113", "Berlin"),
    ("3108", "1"),
    ("3110", "M"),
    ("4101", "12023"),
    ("4111", "109519005"),
    ("6001", "J06.9"),
    ("8000", "0102"),
    ("3000", "4712"),
    ("3101", "Beispiel"),
    ("3102", "Eva"),
    ("3103", "00001933"),
    ("3105", "123456789012"),
    ("8000", "adt9"),
    ("8000", "con9"),
];

#[test]
fn patients_of_a_kvdt_file_are_read_and_other_records_are_not_rows() {
    let rows = read("0101.con", &written(KVDT, latin_9), &Options::default()).expect("readable");
    assert!(rows.described.starts_with("memory: xDT, encoding ISO-8859-15"), "{}", rows.described);
    assert_eq!(
        rows.rows,
        [
            "id=4711 last-name=Graf von Müller first-name=Jörg birth-date=1970-02-01 kvnr=A123456780 \
             postal-code=10115 class=physical-addresses class=physical-addresses \
             class=physical-addresses class=health-insurance-information class=genders \
             class=health-insurance-information class=personal-health-data",
            "id=4712 last-name=Beispiel first-name=Eva birth-date=00.00.1933"
        ]
    );
}

#[test]
fn a_patient_of_gdt_is_read_in_the_code_page_of_dos() {
    let fields = [
        ("8000", "6301"),
        ("8100", "00230"),
        ("9218", "02.10"),
        ("8315", "EKG_1"),
        ("3000", "02345"),
        ("3101", "M\u{81}ller"),
        ("3102", "J\u{94}rg"),
        ("3103", "01021970"),
        ("3105", "A123456780"),
        ("3106", "45127 Essen"),
        ("3107", "Hauptstra\u{E1}e 3"),
        ("3110", "1"),
        ("3618", "0171 1234567"),
        ("3619", "max@example.de"),
        ("3622", "180"),
        ("3626", "030 1234567"),
    ];
    let dos = |text: &str| -> Vec<u8> {
        text.chars().map(|character| u8::try_from(character).expect("a byte")).collect()
    };
    let expected = "id=02345 last-name=Müller first-name=Jörg birth-date=01.02.1970 \
                    kvnr=A123456780 postal-code=45127 Essen phone=0171 1234567 \
                    email=max@example.de phone=030 1234567 class=physical-addresses class=genders \
                    class=physical-attributes";
    // Without an encoding field, the umlauts reveal the encoding.
    let rows = read("a.txt", &written(&fields, dos), &Options::default()).expect("readable");
    assert_eq!((rows.rows.len(), &*rows.rows[0]), (1, expected));
    assert!(rows.described.contains("encoding CP437"), "{}", rows.described);
    let stated = [&fields[..3], &[("9206", "2")], &fields[3..]].concat();
    let rows = read("a.gdt", &written(&stated, dos), &Options::default()).expect("readable");
    assert_eq!(rows.rows, [expected]);
}

#[test]
fn the_field_states_the_encoding_unless_it_is_given() {
    let fields = |number, value| {
        [
            ("8000", "6301"),
            (number, value),
            ("3101", "M\u{FC}ller"),
            ("3102", "Max"),
            ("3103", "01021970"),
        ]
    };
    let latin_1 = |text: &str| -> Vec<u8> {
        text.chars().map(|character| u8::try_from(character).expect("a byte")).collect()
    };
    let surname = |fields: &[(&str, &str)], encoding: Option<&str>| {
        let encoding: Option<Encoding> = encoding.map(|name| name.parse().expect("known"));
        let options = Options { encoding, ..Options::default() };
        let rows = read("a.gdt", &written(fields, latin_1), &options).expect("readable");
        rows.rows[0].split(' ').next().expect("a value").to_owned()
    };
    assert_eq!(surname(&fields("9206", "3"), None), "last-name=Müller");
    assert_eq!(surname(&fields("9206", "2"), None), "last-name=Mⁿller");
    assert_eq!(surname(&fields("9206", "2"), Some("iso-8859-1")), "last-name=Müller");
    let seven_bits =
        [("8000", "0020"), ("9106", "1"), ("8000", "6100"), ("3101", "M}ller"), ("3619", "a@b.de")];
    assert_eq!(surname(&seven_bits, None), "last-name=Müller");
    let rows = read("a.bdt", &written(&seven_bits, ascii), &Options::default()).expect("readable");
    assert_eq!(rows.rows, ["last-name=Müller email=a@b.de"]);
}

#[test]
fn a_file_that_was_converted_to_utf_8_keeps_its_lengths() {
    let file = written(KVDT, latin_9);
    let (converted, ..) = encoding_rs::ISO_8859_15.decode(&file);
    let rows = read("a.con", converted.as_bytes(), &Options::default()).expect("readable");
    assert!(rows.rows[0].contains("last-name=Graf von Müller"), "{}", rows.rows[0]);
}

#[test]
fn a_value_with_a_wrong_length_makes_the_record_unreadable() {
    let fields = [("8000", "6301"), ("3101", "Muster"), ("3102", "Max"), ("3103", "01021970")];
    let file = written(&fields, ascii);
    for (from, to) in [
        ("0153101Muster", "0153101Must"),
        ("0153101Muster\r\n", "0153101Muster"),
        ("0153101Muster", "0153101Mus\r\nter"),
    ] {
        let damaged = str::from_utf8(&file).expect("ASCII").replace(from, to);
        let both = [damaged.as_bytes(), &file].concat();
        let rows = read("a.gdt", &both, &Options::default()).expect("readable");
        assert_eq!(rows.rows.len(), 2, "{to}");
        assert_eq!(rows.rows[0], "doubt=invalid-record", "{to}");
        assert!(rows.rows[1].starts_with("last-name=Muster"));
    }
}

#[test]
fn a_useful_field_after_an_unused_one_is_not_lost() {
    let fields = [
        ("8000", "6301"),
        ("4109", "x"),
        ("3101", "Muster"),
        ("3102", "Max"),
        ("3103", "01021970"),
    ];
    let file = written(&fields, ascii);
    for (from, to) in [
        ("0104109x\r\n", "0104109x"),
        ("01380006301\r\n01", "0138000630101"),
        ("0153101Muster", "153101Muster"),
        ("0153101Muster", "O153101Muster"),
    ] {
        let damaged = str::from_utf8(&file).expect("ASCII").replace(from, to);
        let both = [&file, damaged.as_bytes()].concat();
        let rows = read("a.gdt", &both, &Options::default()).expect("readable").rows;
        assert_eq!(rows.len(), 2, "{to}");
        assert_eq!(rows[1], "doubt=invalid-record", "{to}");
    }
}

#[test]
fn lengths_from_programs_that_count_wrongly_are_ignored() {
    // This program always writes the same lengths.
    let fixed = "01380000020\r\n01380006100\r\n01330004711\r\n0183101Muster\r\n0133102Maximilian\r\n\
                 017310301021970\r\n01380000021\r\n";
    let expected = "id=4711 last-name=Muster first-name=Maximilian birth-date=01.02.1970";
    assert_eq!(
        read("a.bdt", fixed.as_bytes(), &Options::default()).expect("readable").rows,
        [expected]
    );
    // One length is too small, but nothing is missing. In BDT 3.0, 000 means that the length is not stated.
    for wrong in ["0143101Muster", "0003101Muster", "0063101Muster"] {
        let file =
            format!("01380006301\r\n014810000173\r\n{wrong}\r\n0123102Max\r\n017310301021970\r\n");
        let rows = read("a.gdt", file.as_bytes(), &Options::default()).expect("readable").rows;
        assert_eq!(rows, ["last-name=Muster first-name=Max birth-date=01.02.1970"], "{wrong}");
    }
}

#[test]
fn short_line_ends_and_concatenated_files_are_read() {
    let fields = [("8000", "6301"), ("3101", "Muster"), ("3102", "Max"), ("3103", "01021970")];
    let file = written(&fields, ascii);
    for line_end in ["\n", "\r"] {
        let text = str::from_utf8(&file).expect("ASCII").replace("\r\n", line_end);
        let rows = read("a.txt", text.repeat(3).as_bytes(), &Options::default()).expect("readable");
        assert_eq!(rows.rows.len(), 3);
        assert_eq!(rows.rows[2], "last-name=Muster first-name=Max birth-date=01.02.1970");
    }
}

#[test]
fn fields_of_the_main_insured_person_are_unused_columns() {
    let fields = [
        ("8000", "6100"),
        ("3101", "Muster"),
        ("3102", "Max"),
        ("3103", "01021970"),
        ("3201", "Beispiel"),
        ("3203", "03041940"),
    ];
    let file = written(&fields, ascii);
    let options = Options { format: Some(Format::Xdt), ..Options::default() };
    let rows = read("a.bdt", &file, &options).expect("readable").rows;
    assert_eq!(rows, ["last-name=Muster first-name=Max birth-date=01.02.1970"]);
    let columns = vec!["Feld (3201)=last-name".parse().expect("well formed")];
    let rows =
        read("a.bdt", &file, &Options { columns, ..options.clone() }).expect("readable").rows;
    assert_eq!(rows, ["last-name=Beispiel last-name=Muster first-name=Max birth-date=01.02.1970"]);
    let input = crate::Input::of_bytes(file, &options).expect("readable");
    let description = input.describe().join("\n");
    assert!(description.contains("'Feld (3201)', 'Feld (3203)'"), "{description}");
}

#[test]
fn a_second_person_of_a_record_is_a_row_of_its_own() {
    let fields = [
        ("8000", "8201"),
        ("3101", "Muster"),
        ("3102", "Max"),
        ("3103", "19700201"),
        ("3101", "Beispiel"),
        ("3102", "Eva"),
    ];
    let rows = read("a.ldt", &written(&fields, ascii), &Options::default()).expect("readable");
    assert_eq!(rows.rows.len(), 2);
    assert_eq!(rows.rows[1], "last-name=Beispiel first-name=Eva");
}

/// One record with two persons, and one with a third person.
const THREE: &str = "01380008201\r\n0153101Muster\r\n0123102Max\r\n0193119A123456780\r\n\
                     0104109x\r\n0173101Beispiel\r\n0123102Eva\r\n01380008201\r\n0143101Meier\r\n\
                     0133102Jana\r\n";

#[test]
fn damage_to_any_field_makes_all_persons_of_its_record_unreadable() {
    let rows = |damaged: &str| {
        let both = [damaged, THREE].concat();
        let read = read("a.ldt", both.as_bytes(), &Options::default()).expect("readable");
        assert_eq!(read.rows[read.rows.len() - 3..], undamaged(), "{damaged}");
        read.rows[..read.rows.len() - 3].to_vec()
    };
    assert_eq!(rows(THREE), undamaged());
    for (from, to) in [
        // A part is missing.
        ("0173101Beispiel", "0173101Beis"),
        ("0153101Muster", "0153101Mus"),
        ("0104109x", "0304109x"),
        // A line end is missing, also between a used field and an unused one.
        ("0104109x\r\n", "0104109x"),
        ("Muster\r\n", "Muster"),
        ("Beispiel\r\n", "Beispiel"),
        ("Beispiel\r\n", "Beispiel\n0"),
        ("A123456780\r\n0104109x\r\n", "A1234567800104109x"),
        // A field also contains the text of another field.
        ("0104109x", "0104109xx3101"),
    ] {
        let damaged = THREE.replace(from, to);
        assert_ne!(damaged, THREE, "{from}");
        let expected = ["doubt=invalid-record", "doubt=invalid-record", undamaged()[2]];
        assert_eq!(rows(&damaged), expected, "{from} {to}");
    }
}

fn undamaged() -> [&'static str; 3] {
    [
        "last-name=Muster first-name=Max kvnr=A123456780",
        "last-name=Beispiel first-name=Eva",
        "last-name=Meier first-name=Jana",
    ]
}

#[test]
fn a_record_that_begins_after_a_missing_line_end_is_still_a_record() {
    let both = [THREE, &THREE.replace("Eva\r\n", "Eva")].concat();
    let rows = read("a.ldt", both.as_bytes(), &Options::default()).expect("readable").rows;
    assert_eq!(rows[..3], undamaged());
    assert_eq!(rows[3..], ["doubt=invalid-record"; 3]);
}

#[test]
fn a_field_that_a_program_always_counts_wrongly_is_not_damaged() {
    let record = "01380006301\r\n0123101Muster\r\n0123102Max\r\n017310301021970\r\n0133107Feld\r\n\
                  011310910\r\n";
    let rows = read("a.bdt", record.repeat(10).as_bytes(), &Options::default()).expect("readable");
    assert_eq!(rows.rows.len(), 10);
    assert!(rows.rows[9].starts_with("last-name=Muster first-name=Max"), "{}", rows.rows[9]);
}

#[test]
fn lengths_that_count_the_bytes_of_utf_8_are_right_in_another_encoding() {
    let utf_8 = written(&KVDT[..27], ascii);
    let (latin, ..) = encoding_rs::ISO_8859_15.encode(str::from_utf8(&utf_8).expect("text"));
    let rows = read("a.con", &latin, &Options::default()).expect("readable").rows;
    assert!(rows[0].contains("last-name=Graf von Müller"), "{}", rows[0]);
}

#[test]
fn a_record_of_very_many_persons_does_not_fill_the_memory() {
    let person = "0153101Muster\r\n0123102Max\r\n017310301021970\r\n";
    let file = format!("01380008201\r\n{}", person.repeat(500));
    let sizes = crate::Sizes { row: 300, ..crate::Sizes::default() };
    let options = Options { sizes, format: Some(Format::Xdt), ..Options::default() };
    let rows = read("a.ldt", file.as_bytes(), &options).expect("readable").rows;
    let row = "last-name=Muster first-name=Max birth-date=01.02.1970";
    assert_eq!((rows.len(), &*rows[499]), (500, row));
    let long = format!("01380006301\r\n{}0123102Max\r\n", "0123107Weg\r\n".repeat(100));
    let rows = read("a.ldt", (long + &file).as_bytes(), &options).expect("readable").rows;
    assert_eq!((rows.len(), &*rows[0]), (501, "doubt=row-too-long"));
}

#[test]
fn a_file_without_patients_is_refused_by_name() {
    let file = written(&[("8000", "con0"), ("9103", "20230415"), ("8000", "con9")], ascii);
    let error = read("a.con", &file, &Options::default()).map(|_| ()).expect_err("no patient");
    assert!(error.contains("no record of a person"), "{error}");
}

#[test]
fn text_before_the_first_record_is_an_unreadable_row() {
    let file = [
        &b"Export 2023\r\n"[..],
        &written(
            &[("8000", "6301"), ("3101", "Muster"), ("3102", "Max"), ("3103", "01021970")],
            ascii,
        ),
    ]
    .concat();
    let options = Options { format: Some(Format::Xdt), ..Options::default() };
    let rows = read("a.txt", &file, &options).expect("readable");
    assert_eq!(rows.rows[0], "doubt=invalid-record");
    assert_eq!(rows.rows.len(), 2);
}

#[test]
fn other_lines_of_digits_are_not_xdt() {
    for text in ["0138000;1\n2;3\n", "8000\n", "01380001\n12\n"] {
        let format = sniff::format(std::path::Path::new("a.txt"), text.as_bytes());
        assert_eq!(format, Format::Csv, "{text:?}");
    }
}
