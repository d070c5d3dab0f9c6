//! Columns that an input does not use, and what they seem to hold.

use std::fmt::Write as _;

use leakdex::Field;
use leakdex_input::{Format, Options, Rows, UnusedColumn, UnusedCounts};

use crate::open;

/// Reads all blocks, counts each of them separately, and returns the unused columns.
fn unused(text: &str, options: &Options, mut each: impl FnMut(&Rows<'_>)) -> Vec<UnusedColumn> {
    let mut input = open(text, options);
    let (layout, mut counts) = (input.layout(), UnusedCounts::default());
    while let Some(block) = input.next_block().expect("readable") {
        let mut block_counts = UnusedCounts::default();
        layout.rows_and_unused(&block, &mut block_counts, &mut each);
        counts.merge(block_counts);
    }
    layout.unused_columns(&counts)
}

#[test]
fn columns_are_judged_by_all_rows_of_eight_blocks_and_then_by_one_row_in_16() {
    let (mut text, note) = ("E-Mail;Notiz;Zweitkontakt\n".to_owned(), "x".repeat(1000));
    for row in 0..4096 {
        let contact = if row < 3000 { "" } else { "c@example.de" };
        writeln!(text, "a@b.de;{note};{contact}").expect("to memory");
    }
    let columns = unused(&text, &Options::default(), |_| {});
    let [note, contact] = &columns[..] else { panic!("{columns:?}") };
    // Eight blocks of 256 KiB have about 2,070 rows. One in sixteen of the other rows makes about 126.
    assert!((2150..2250).contains(&note.filled), "{note:?}");
    assert_eq!((note.looks_like, note.fitting), (None, 0));
    assert!((60..80).contains(&contact.filled), "{contact:?}");
    assert_eq!((contact.looks_like, contact.fitting), (Some(Field::Email), contact.filled));
    assert!(contact.otherwise_given);
}

#[test]
fn columns_that_are_used_or_ignored_on_purpose_are_not_among_the_unused() {
    let text = "E-Mail;Farbe;Form;Passwort;id;Kundennummer;\na@b.de;1;2;3;4;5;6\n";
    let columns = vec!["Farbe=ignore".parse().expect("well formed")];
    let columns = unused(text, &Options { columns, ..Options::default() }, |_| {});
    let names: Vec<&str> = columns.iter().map(|column| &*column.column).collect();
    assert_eq!(names, ["Form", "Kundennummer", "(column 7)"]);
}

#[test]
fn counting_changes_no_row() {
    let jsonl = r#"{"x":1,"email":"a","y":[1,2],"plz":"b"}
        {"plz":"c","z":{"a":1},"x":"q","email":["d","e"],"plz":"f"}
        {"x":1"#;
    let csv = "x;E-Mail;y\n1;a@b.de;2\n\"1\";\"c@d.de\n3;e@f.de\n4;g@h.de;5;6\n";
    for (format, text) in [(Format::Jsonl, jsonl), (Format::Csv, csv)] {
        let options = Options { format: Some(format), ..Options::default() };
        let (mut counted, mut expected) = (Vec::new(), Vec::new());
        unused(text, &options, |rows| spell_out(rows, &mut counted));
        let mut input = open(text, &options);
        let layout = input.layout();
        while let Some(block) = input.next_block().expect("readable") {
            layout.rows(&block, |rows| spell_out(rows, &mut expected));
        }
        assert_eq!(counted, expected);
        assert!(counted.len() > 2, "{counted:?}");
    }
}

/// Adds the values of each row, and the problems with it.
fn spell_out(rows: &Rows<'_>, spelt: &mut Vec<String>) {
    for row in 0..rows.len() {
        let record = rows.columns().record(row);
        let values: Vec<String> =
            record.values().map(|(field, value)| format!("{field}={value:?}")).collect();
        spelt.push(format!("{values:?} {:?} {:?}", record.notes(), record.doubts()));
    }
}

#[test]
fn a_column_named_for_a_username_is_counted_and_read_as_its_class() {
    let jsonl = "{\"email\":\"a@b.de\",\"login\":\"x\"}\n".repeat(20);
    let csv = format!("email;login\n{}", "a@b.de;x\n".repeat(20));
    for (format, text) in [(Format::Jsonl, jsonl), (Format::Csv, csv)] {
        let options = Options { format: Some(format), ..Options::default() };
        let mut classes = 0;
        let columns = unused(&text, &options, |rows| {
            classes += (0..rows.len())
                .map(|row| rows.columns().record(row).data_classes().len())
                .sum::<usize>();
        });
        assert_eq!(classes, 20, "{format}");
        let [login] = &columns[..] else { panic!("{columns:?}") };
        assert_eq!((&*login.column, login.looks_like), ("login", Some(Field::Username)));
        assert_eq!((login.filled, login.fitting), (20, 20));
    }
}

#[test]
fn values_of_late_keys_beyond_the_limit_are_counted_by_the_field_that_they_look_like() {
    let filling = "{\"kvnr\":\"B123456782\",\"x\":\"abc\"}\n".repeat(40_000);
    let others: Vec<_> = (0..150).map(|number| format!("\"n{number}\":\"ja\",")).collect();
    let others = others.concat();
    let line = format!("{{\"kvnr\":\"B123456782\",{others}\"spaet\":\"c@example.de\"}}\n");
    let options = Options { format: Some(Format::Jsonl), ..Options::default() };
    let columns = unused(&(filling + &line.repeat(3)), &options, |_| {});
    let contact = columns.iter().find(|column| column.looks_like == Some(Field::Email));
    assert_eq!(contact.map(|contact| (contact.filled, contact.fitting)), Some((3, 3)));
}

#[test]
fn a_key_may_be_a_persons_value() {
    let filling = "{\"kvnr\":\"B123456782\",\"x\":\"abc\"}\n".repeat(40_000);
    let possible = |line: &str, columns: &[&str], is_late: bool| {
        let columns = columns.iter().map(|text| text.parse().expect("well formed")).collect();
        let options = Options { format: Some(Format::Jsonl), columns, ..Options::default() };
        let text = if is_late { format!("{filling}{line}\n") } else { format!("{line}\n") };
        let mut input = open(&text, &options);
        let (layout, mut counts) = (input.layout(), UnusedCounts::default());
        while let Some(block) = input.next_block().expect("readable") {
            let mut of_block = UnusedCounts::default();
            layout.rows_of_leak(&block, &mut of_block, |_| {});
            counts.merge(of_block);
        }
        layout.possible_fields(&counts)
    };
    for value in [r#"{"opt_in":true}"#, "1", "null", "{}", "[]", r#"["x"]"#] {
        for (key, field) in [("max.x@example.org", Field::Email), ("0171 4711001", Field::Phone)] {
            let line = format!(r#"{{"kvnr":"B123456782","contacts":{{"{key}":{value}}}}}"#);
            assert!(possible(&line, &[], true).contains(field), "{line}");
            assert!(possible(&line, &["kvnr=kvnr"], false).contains(field), "{line}");
        }
    }
    let line = r#"{"kvnr":"B123456782","contacts":{"fax":null,"icd10":"F32","list":[],"x1":1}}"#;
    for field in [Field::Email, Field::Phone, Field::Iban] {
        assert!(
            !possible(line, &[], true).contains(field)
                && !possible(line, &[], false).contains(field)
        );
    }
    // Every value of a list counts, and keys without values do not count towards the limit of keys.
    let null = |number: u32| format!("\"n{number}\":null,");
    let nulls: String = (0..150).map(null).collect();
    let list = r#"{"kvnr":"B123456782","tags":["ja","0171 4711001"]}"#;
    let after_nulls = format!(r#"{{"kvnr":"B123456782",{nulls}"zusatz":"0171 4711001"}}"#);
    for line in [list, &after_nulls] {
        assert!(possible(line, &[], true).contains(Field::Phone), "{line}");
    }
    assert!(possible(list, &[], false).contains(Field::Phone));
    // Keys beyond the limit are not counted, so one of them may be a phone number.
    let member = |number: u32| format!("\"k{number}anna@example.org\":1,");
    let members: String = (0..150).map(member).collect();
    let line = format!(r#"{{"kvnr":"B123456782","contacts":{{{members}"0171 4711001":1}}}}"#);
    assert!(possible(&line, &[], true).contains(Field::Phone));
}
