use proptest::prelude::*;

use super::*;
use crate::{Input, Options};

fn text(delimiter: Option<&str>) -> Option<Delimiter> {
    delimiter.map(|text| text.parse().expect("a delimiter"))
}

/// The description of an input, and the values of the used columns of each row.
fn read(bytes: &[u8], options: &Options) -> (Vec<String>, Vec<Vec<String>>) {
    let mut input = Input::of_bytes(bytes.to_vec(), options).expect("readable");
    let layout = input.layout();
    let mut rows = Vec::new();
    while let Some(block) = input.next_block().expect("readable") {
        layout.rows(&block, |share| {
            for row in 0..share.len() {
                let record = share.columns().record(row);
                let value = |(_, value): (_, Result<&str, leakdex::Reason>)| match value {
                    Ok(value) => value.to_owned(),
                    Err(reason) => format!("{reason}!"),
                };
                let mut values: Vec<_> = record.values().map(value).collect();
                let reasons = record.doubts().iter().chain(record.notes());
                values.extend(reasons.map(|reason| format!("{reason}?")));
                rows.push(values);
            }
        });
    }
    (input.describe().to_vec(), rows)
}

fn mapped(columns: &[&str]) -> Options {
    let columns = columns.iter().map(|text| text.parse().expect("a mapping")).collect();
    Options { columns, header: false, ..Options::default() }
}

#[test]
fn a_bulk_file_of_sql_server_is_read_without_an_option() {
    let row = |n: usize| format!("{n}+|{n}+|ken{n}@example.com+|2020-01-07 00:00:00.000&|\r\n");
    let file: String = (1..=300).map(row).collect();
    let (described, rows) = read(file.as_bytes(), &mapped(&["3=email"]));
    assert!(described[0].contains("delimiter '+|', '&|' before line ends"), "{}", described[0]);
    assert_eq!(rows.len(), 300);
    assert_eq!(rows[6], ["ken7@example.com"]);
    // The mark is not part of the last value.
    let row = |n: usize| format!("{n}+|ken{n}@example.com&|\n");
    let file: String = (1..=300).map(row).collect();
    assert_eq!(read(file.as_bytes(), &mapped(&["2=email"])).1[299], ["ken300@example.com"]);
}

#[test]
fn delimiters_of_several_characters_are_detected() {
    for delimiter in DETECTED {
        let row = |cells: [&str; 3]| cells.join(delimiter) + "\n";
        let file = row(["Nr", "E-Mail", "Nachname"])
            + &row(["1", "max@example.de", "Muster"])
            + &row(["2", "eva@example.de", "Beispiel"]);
        let (described, rows) = read(file.as_bytes(), &Options::default());
        assert_eq!(rows[1], ["eva@example.de", "Beispiel"], "{}", described[0]);
        assert_eq!(rows.len(), 2, "{delimiter:?}");
    }
}

#[test]
fn a_part_of_a_long_delimiter_in_some_values_does_not_hide_it() {
    for delimiter in ["||", "+|", "\t|", "|\t", ";|", "|||", "$$", ",,", "~|~"] {
        let row = |cells: [&str; 3]| cells.join(delimiter) + "\n";
        let file = row(["Nr", "E-Mail", "Nachname"])
            + &row(["1", "max@example.de", "Mu|ster"])
            + &row(["2", "eva@example.de", "Bei, spiel"])
            + &row(["3", "", "Max; Muster"]);
        let (described, rows) = read(file.as_bytes(), &Options::default());
        let expected =
            [["max@example.de", "Mu|ster"], ["eva@example.de", "Bei, spiel"], ["", "Max; Muster"]];
        assert_eq!(rows, expected, "{}", described[0]);
    }
}

#[test]
fn signs_of_values_are_not_part_of_a_delimiter() {
    for (file, expected) in [
        ("+491711234567;1\n+491721234567;2\n+491731234567;3\n", "+491711234567"),
        ("1;+491711234567\n2;+491721234567\n3;+491731234567\n", "+491711234567"),
        ("1;;+491711234567;x\n2;;+491721234567;y\n", "+491711234567"),
        ("1;(030) 1234567\n2;(030) 1234568\n", "(030) 1234567"),
    ] {
        let column = 1 + file[..file.find(expected).expect("there")].matches(';').count();
        let (described, rows) = read(file.as_bytes(), &mapped(&[&format!("{column}=phone")]));
        assert_eq!(rows[0], [expected], "{}", described[0]);
    }
    // A column that is always empty is still a column.
    let file = "Nr;;E-Mail;Nachname\n1;;max@example.de;Muster\n2;;eva@example.de;Bei;spiel\n";
    let (described, rows) = read(file.as_bytes(), &Options::default());
    assert_eq!(rows[0], ["max@example.de", "Muster"], "{}", described[0]);
}

#[test]
fn a_delimiter_of_one_byte_is_kept_if_it_fits_better() {
    for (file, delimiter) in [
        ("Nr;E-Mail;Tel\n1;max@example.de;\n2;;030\n3;;\n", "';'"),
        ("Nr;;E-Mail\n1;x;max@example.de\n2;;eva@example.de\n", "';'"),
        ("Nr|E-Mail|Zeit\n1|max@example.de|a::b\n", "'|'"),
        ("Nr,E-Mail,Text\n1,max@example.de,##\n", "','"),
        ("Nr\tE-Mail\tText\n1\tmax@example.de\t§ 5\n", "tab"),
    ] {
        let (described, _) = read(file.as_bytes(), &Options::default());
        assert!(described[0].contains(&format!("delimiter {delimiter}")), "{}", described[0]);
    }
}

#[test]
fn titles_above_the_header_do_not_hide_the_delimiter() {
    let file = "Export\n\nMitglieder: 2\nNachname+|E-Mail\nA+|max@example.de\nB+|eva@example.de\n";
    let (described, rows) = read(file.as_bytes(), &Options::default());
    assert_eq!(rows, [["A", "max@example.de"], ["B", "eva@example.de"]], "{}", described[0]);
}

#[test]
fn a_given_delimiter_is_used_in_din_66003_unless_it_has_a_letter() {
    let encoding = Some("din-66003".parse().expect("an encoding"));
    let options = Options { delimiter: text(Some(";;")), encoding, ..Options::default() };
    let (_, rows) = read(b"Nr;;Nachname;;E-Mail\n1;;M}ller;;max@example.de\n", &options);
    assert_eq!(rows, [["Müller", "max@example.de"]]);
    let options = Options { delimiter: text(Some("+|")), ..options };
    let error = Input::of_bytes(b"Nr+|E-Mail\n1+|max@example.de\n".to_vec(), &options).map(|_| ());
    assert!(error.expect_err("a letter").to_string().contains("is a letter in DIN 66003"));
}

#[test]
fn a_delimiter_of_several_characters_can_be_given() {
    let options = Options { delimiter: text(Some("<br>")), ..Options::default() };
    let (_, rows) = read(b"Nr<br>E-Mail\n1<br>max@example.de\n", &options);
    assert_eq!(rows, [["max@example.de"]]);
}

#[test]
fn a_delimiter_beyond_ascii_is_found_in_the_encoding_of_the_file() {
    let file = "Nr¦Vorname¦E-Mail\n1¦Jörg¦max@example.de\n";
    let (_, rows) = read(file.as_bytes(), &Options::default());
    assert_eq!(rows, [["Jörg", "max@example.de"]]);
    let (_, rows) =
        read(b"Nr\xA6Vorname\xA6E-Mail\n1\xA6J\xF6rg\xA6max@example.de\n", &Options::default());
    assert_eq!(rows, [["Jörg", "max@example.de"]]);
}

#[test]
fn the_separators_of_ascii_and_hive_are_detected() {
    let (_, rows) = read(
        b"Nr\x1FE-Mail\x1E1\x1Fmax@example.de\x1E2\x1Feva@example.de\x1E",
        &Options::default(),
    );
    assert_eq!(rows, [["max@example.de"], ["eva@example.de"]]);
    let (_, rows) = read(b"1\x01max@example.de\n2\x01eva@example.de\n", &mapped(&["2=email"]));
    assert_eq!(rows, [["max@example.de"], ["eva@example.de"]]);
}

#[test]
fn a_concordance_file_has_its_own_quotation_marks() {
    let file = b"\xFENr\xFE\x14\xFENachname\xFE\x14\xFEE-Mail\xFE\r\n\
        \xFE1\xFE\x14\xFEM\xFCller \"Max\"\xFE\x14\xFEmax@example.de\xFE\r\n";
    let (_, rows) = read(file, &Options::default());
    assert_eq!(rows, [["Müller \"Max\"", "max@example.de"]]);
}

#[test]
fn quotation_marks_follow_the_usual_rules_with_a_long_delimiter() {
    let file = "Nr||E-Mail||Vorname\n\
        1||\"max||m@example.de\"||\"M \"\"x\"\"\"\n\
        \"2||eva@example.de||Eva\n\
        3||a@example.de||\"A\nB\"\n";
    let options = Options { delimiter: text(Some("||")), ..Options::default() };
    let (_, rows) = read(file.as_bytes(), &options);
    assert_eq!(
        rows,
        [
            vec!["max||m@example.de", "M \"x\""],
            vec!["eva@example.de", "Eva"],
            vec!["a@example.de", "A\nB"]
        ]
    );
}

#[test]
fn a_field_that_may_begin_with_a_part_of_the_delimiter_is_unusable() {
    let row = |n: usize| format!("{n}||x||ken{n}@example.com\n");
    let file: String = (1..=30).map(row).collect();
    for (odd, value) in [
        ("7||x|||ken7@example.com\n", "\u{1C}|ken7@example.com"),
        ("7|||||ken7@example.com\n", "\u{1C}|ken7@example.com"),
        ("7||||ken7@example.com\n", "ken7@example.com"),
    ] {
        let file = file.replace("7||x||ken7@example.com\n", odd);
        assert_eq!(read(file.as_bytes(), &mapped(&["3=email"])).1[6], [value], "{odd}");
    }
}

#[test]
fn rows_with_too_few_or_too_many_fields_are_reported_with_a_long_delimiter() {
    let file = "Nr||E-Mail||Vorname\n1||max@example.de\n2||eva@example.de||Eva||x\n";
    let options = Options { delimiter: text(Some("||")), ..Options::default() };
    let (_, rows) = read(file.as_bytes(), &options);
    assert_eq!(rows[0], ["max@example.de", "", "too-few-fields?"]);
    assert_eq!(rows[1], ["eva@example.de", "Eva", "too-many-fields?"]);
}

#[test]
fn an_empty_last_field_is_not_a_mark_before_the_line_end() {
    let file: Vec<&[u8]> = vec![b"1+|a+|+|", b"2+|b+|+|"];
    assert_eq!(row_end(&file, b"+|", false), b"");
    let file: Vec<&[u8]> = vec![b"1+|a+|&|", b"2+|b+|&|"];
    assert_eq!(row_end(&file, b"+|", false), b"&|");
    for (file, delimiter, mark) in [
        (["1;a|#|", "2;b|#|"], ";", "|#|"),
        (["1;4**|", "2;8**|"], "|", ""),
        (["1;4*&|", "2;8*&|"], ";", "&|"),
        (["1*|4**|", "2*|8**|"], "*|", ""),
    ] {
        let file = file.map(str::as_bytes);
        assert_eq!(row_end(&file, delimiter.as_bytes(), true), mark.as_bytes());
    }
    let file: Vec<&[u8]> = vec![b"1;Ja!", b"2;Nein!"];
    assert_eq!(row_end(&file, b";", false), b"", "one sign may be part of a value");
}

#[test]
fn signs_that_mask_values_are_no_marks_before_line_ends_without_a_header() {
    for (file, columns, values) in [
        ("a@b.de;Mü***\nc@d.de;Sc***\n", &["1=email", "2=last-name"][..], &["a@b.de", "Mü***"][..]),
        ("a@b.de;451**\nc@d.de;803**\n", &["1=email", "2=postal-code"], &["a@b.de", "451**"]),
        ("a@b.d##\nc@d.d##\n", &["1=email"], &["a@b.d##"]),
    ] {
        let (described, rows) = read(file.as_bytes(), &mapped(columns));
        assert_eq!(rows[0], values, "{}", described[0]);
    }
    let file = "Nr;E-Mail##\n1;max@example.de##\n2;eva@example.de##\n";
    let (described, rows) = read(file.as_bytes(), &Options::default());
    assert_eq!(rows, [["max@example.de"], ["eva@example.de"]], "{}", described[0]);
}

proptest! {
    #[test]
    fn text_is_rewritten_the_same_in_any_chunks(
        pieces in prop::collection::vec(
            prop::sample::select(vec!["a", "+|", "+", "|", "&|", "&|\n", "&", "\r\n", "\n", "\u{1F}", "\""]),
            0..60,
        ),
        size in 1_usize..9,
    ) {
        let separators = Separators {
            written: Delimiter::new("+|"),
            delimiter: b"+|".to_vec(),
            row_end: b"&|".to_vec(),
            quote: Vec::new(),
        };
        let file = pieces.concat();
        let mut whole = Vec::new();
        separators.clone().rewriting(file.as_bytes()).read_to_end(&mut whole).expect("from memory");
        let plain = file.replace("&|\r\n", "\r\n").replace("&|\n", "\n").replace('\u{1F}', "\u{1C}");
        let plain = plain.strip_suffix("&|").unwrap_or(&plain).replace("+|", "\u{1F}");
        let mut in_pieces = Vec::new();
        let mut reader = separators.rewriting(file.as_bytes());
        let mut buffer = vec![0; size];
        loop {
            let read = reader.read(&mut buffer).expect("from memory");
            if read == 0 {
                break;
            }
            in_pieces.extend_from_slice(&buffer[..read]);
        }
        prop_assert_eq!(&in_pieces, &whole);
        if !file.contains("+&|") && !file.contains("&||") {
            prop_assert_eq!(String::from_utf8_lossy(&whole), plain);
        }
    }
}
