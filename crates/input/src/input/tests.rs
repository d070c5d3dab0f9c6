//! Whole inputs, good and bad.

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{
    formats::testing::{mapped, rows_of as rows},
    options::Encoding,
};

/// A folder with one file in it.
struct Fixture {
    _folder: TempDir,
    path: PathBuf,
}

impl Fixture {
    fn new(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        Self { _folder: folder, path }
    }

    fn open(&self, options: &Options) -> Input {
        match Input::open(&self.path, options) {
            Ok(input) => input,
            Err(error) => panic!("{error}"),
        }
    }

    fn error(&self, options: &Options) -> String {
        match Input::open(&self.path, options) {
            Ok(_) => panic!("opened, though it should not"),
            Err(error) => error.to_string(),
        }
    }
}

fn csv(bytes: impl AsRef<[u8]>) -> Fixture {
    Fixture::new("members.csv", bytes)
}

fn read(bytes: impl AsRef<[u8]>) -> Vec<String> {
    rows(&mut csv(bytes).open(&Options::default()))
}

fn read_jsonl(bytes: impl AsRef<[u8]>) -> Vec<String> {
    rows(&mut Fixture::new("members.jsonl", bytes).open(&Options::default()))
}

#[test]
fn rows_have_their_fields_id_and_data_classes() {
    let text = "Mitgliedsnummer;Name;Vorname;Passwort;Farbe;KVNR\n\
                7;Löw;\"Hans \"\"Jogi\"\"\";secret;1;A1\n\
                8;Muster;Max;NULL;2;B2\n";
    assert_eq!(
        read(text),
        [
            "id=7 last-name=Löw first-name=Hans \"Jogi\" kvnr=A1 class=passwords",
            "id=8 last-name=Muster first-name=Max kvnr=B2"
        ]
    );
}

#[test]
fn a_placeholder_is_not_an_id_and_another_column_may_have_one() {
    let absent = ["-", "NULL", "\\N", "k.A.", " n/a ", "keine Angabe", ""];
    let cells: String = absent.map(|item| format!("{item};a@b.de\n")).concat();
    let rows = read(format!("id;E-Mail\n7;a@b.de\n{cells}"));
    assert_eq!(rows[0], "id=7 email=a@b.de");
    assert_eq!(rows[1..], absent.map(|_| "email=a@b.de"));
    let lines = "{\"id\": [\"-\", 2], \"email\": \"a@b.de\"}\n";
    assert_eq!(read_jsonl(lines), ["id=2 email=a@b.de"]);
}

#[test]
fn the_column_of_each_value_can_be_named() {
    let mut input = csv("x;E-Mail;PLZ\n1;a@example.org;45127\n").open(&Options::default());
    let layout = input.layout();
    let block = input.next_block().expect("readable").expect("a block");
    let mut names = Vec::new();
    layout.rows(&block, |rows| {
        names.extend((0..3).map(|column| rows.header(column).to_string()));
    });
    assert_eq!(names, ["E-Mail", "PLZ", ""]);
}

#[test]
fn the_description_has_the_used_columns() {
    let text = "id;E-Mail;Kundennummer;Farbe\n1;a@example.org;2;3\n";
    let input = csv(text).open(&Options::default());
    let lines = input.describe();
    assert!(lines[0].contains("members.csv: CSV, delimiter ';', encoding ASCII so far"));
    assert_eq!(lines[2], "  email        <- 'E-Mail' (column 2)");
    assert!(lines[3].contains("'Kundennummer' (column 3): another column is the id"));
    assert_eq!(lines[4], "  ignored      <- 'Farbe' (column 4)");
}

#[test]
fn a_missing_file_is_named() {
    let Err(error) = Input::open(Path::new("no/members.csv"), &Options::default()) else {
        panic!("opened");
    };
    assert_eq!(error.to_string(), "no/members.csv: no such file");
}

#[test]
fn an_empty_or_blank_file_is_an_error() {
    for text in ["", "\n\r\n  \n", "\u{FEFF}"] {
        assert!(csv(text).error(&Options::default()).ends_with("is empty"), "{text:?}");
        let options = Options { header: false, ..mapped(&["1=email"]) };
        assert!(csv(text).error(&options).ends_with("is empty"), "{text:?}");
        assert!(Fixture::new("a.jsonl", text).error(&Options::default()).ends_with("is empty"));
    }
}

#[test]
fn a_header_without_rows_is_an_error() {
    for text in ["E-Mail", "E-Mail\n", "E-Mail\r\n\r\n\n"] {
        assert!(csv(text).error(&Options::default()).contains("no rows"), "{text:?}");
    }
}

#[test]
fn ragged_rows_lose_nothing() {
    assert_eq!(
        read("E-Mail;PLZ;Farbe\na@b.de\nc@d.de;1;Essen;\n;2;Köln;x\ne@f.de;3;Ulm\n"),
        [
            "note=too-few-fields email=a@b.de",
            "email=c@d.de postal-code=1",
            "doubt=too-many-fields email= postal-code=2",
            "email=e@f.de postal-code=3"
        ]
    );
}

#[test]
fn stray_quotes_spoil_their_own_field_only() {
    assert_eq!(
        read(
            "E-Mail;PLZ;Farbe\n\"a@b.de;1;Essen\nc@d.de;2;\"Ulm\"x\ne@f.de;\"3;Köln\n\
             g@h.de;4;Kiel \"Mitte\"\ni@j.de;\"5;6;7;8\"x\n"
        ),
        [
            "email!stray-quote postal-code=1",
            "email=c@d.de postal-code=2",
            "email=e@f.de postal-code!stray-quote",
            "email=g@h.de postal-code=4",
            "doubt=too-many-fields email=i@j.de postal-code!stray-quote"
        ]
    );
}

#[test]
fn nul_bytes_stay_in_their_field() {
    assert_eq!(
        read("E-Mail;PLZ\na\0@b.de;12345\n"),
        ["email=a\0@b.de postal-code=12345"],
        "the normal form rejects them"
    );
}

#[test]
fn a_long_line_without_end_is_one_row_that_is_reported() {
    let text = [&b"E-Mail;PLZ\na@b.de;1\n"[..], &b"x".repeat(3 << 20), b"\nc@d.de;2"].concat();
    assert_eq!(
        read(&text),
        ["email=a@b.de postal-code=1", "doubt=row-too-long", "email=c@d.de postal-code=2"]
    );
    let message = csv(b"x".repeat(3 << 20)).error(&Options::default());
    assert!(message.contains("longer than 1 MiB"), "{message}");
}

#[test]
fn invalid_utf_8_spoils_its_own_field_only() {
    let fixture = csv(b"E-Mail;Name;PLZ\na@b.de;M\xFCller;1\nc@d.de;M\xC3\xBCller;2\n");
    let options = Options { encoding: Some(Encoding::Utf8), ..Options::default() };
    assert_eq!(
        rows(&mut fixture.open(&options)),
        [
            "email=a@b.de name!invalid-encoding postal-code=1",
            "email=c@d.de name=Müller postal-code=2"
        ]
    );
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_header() {
    let text = "E-Mail;PLZ\nmüller@b.de;1\n";
    let expected = ["email=müller@b.de postal-code=1"];
    assert_eq!(read(format!("\u{FEFF}{text}")), expected);
    for (mark, swap) in [([0xFF, 0xFE], false), ([0xFE, 0xFF], true)] {
        let units = text.encode_utf16().flat_map(|unit| {
            let unit = if swap { unit.swap_bytes() } else { unit };
            [unit & 0xFF, unit >> 8].map(|half| u8::try_from(half).expect("a byte"))
        });
        let bytes: Vec<u8> = mark.into_iter().chain(units).collect();
        assert_eq!(read(&bytes), expected);
        let name = if swap { "utf-16be" } else { "utf-16le" };
        let options =
            Options { encoding: Some(name.parse().expect("known")), ..Options::default() };
        assert_eq!(rows(&mut csv(&bytes[2..]).open(&options)), expected);
        assert!(csv(&bytes[2..]).error(&Options::default()).contains("in UTF-16"));
    }
}

#[test]
fn windows_1252_is_detected_also_after_the_first_mebibyte() {
    let ascii = b"a@b.de;Muster;1\n".repeat(100_000);
    let text = [b"E-Mail;Name;PLZ\n", &ascii[..], b"c@d.de;M\xFCller;2\n"].concat();
    let mut input = csv(&text).open(&Options::default());
    assert!(input.notes().is_empty());
    assert_eq!(
        rows(&mut input).last().map(String::as_str),
        Some("email=c@d.de name=Müller postal-code=2")
    );
    assert_eq!(input.notes().len(), 1);
    assert!(input.notes()[0].contains("windows-1252 (not UTF-8)"), "{:?}", input.notes());
    assert_eq!(
        read(b"E-Mail;Gr\xF6\xDFe;Name\na@b.de;x;M\xFCller\n"),
        ["email=a@b.de name=Müller"]
    );
}

#[test]
fn a_stray_quotation_mark_in_the_header_is_an_error() {
    let message = csv("E-Mail;\"PLZ\na@b.de;1\n").error(&Options::default());
    assert!(message.contains("header has an unclosed quotation mark"), "{message}");
}

#[test]
fn without_a_header_the_first_row_counts() {
    let options = Options { header: false, ..mapped(&["2=email"]) };
    let mut input = csv("1;a@b.de\n2;c@d.de\n").open(&options);
    assert_eq!(rows(&mut input), ["email=a@b.de", "email=c@d.de"]);
}

#[test]
fn the_line_sep_is_honoured_and_is_not_a_row() {
    let text = "sep=|\r\nE-Mail|a;b|PLZ\r\na@b.de|x|1\r\n";
    assert_eq!(read(text), ["email=a@b.de postal-code=1"]);
}

#[test]
fn lone_carriage_returns_end_lines_where_there_is_no_line_feed() {
    assert_eq!(read("E-Mail;PLZ\ra@b.de;1\rc@d.de;2\r").len(), 2);
}

#[test]
fn json_lines_give_numbers_as_written_lists_as_several_values_and_null_as_nothing() {
    assert_eq!(
        read_jsonl(
            r#"{"id": 7, "iccsn": 80276000000000000001, "email": ["a@b.de", "c@d.de"], "plz": null}
               {"E-Mail": "\u00e4@b.de", "password": true, "x": {"y": [1]}}
               {"email": {"a": 1}, "plz": [[1], 2], "password": false}"#
        ),
        [
            "id=7 iccsn=80276000000000000001 email=a@b.de email=c@d.de",
            "email=ä@b.de class=passwords",
            "email=1 postal-code=1 postal-code=2"
        ]
    );
}

#[test]
fn the_values_of_a_json_line_keep_their_order_after_any_other_lines() {
    let lines = [
        (r#"{"id":1,"email":"a","plz":"b"}"#, "id=1 email=a postal-code=b"),
        (
            r#"{"plz":"c","email":["d","e"],"plz":"f"}"#,
            "postal-code=c email=d email=e postal-code=f",
        ),
        (r#"{"plz":"g","id":["",2]}"#, "id=2 postal-code=g"),
        ("{}", ""),
        (r#"{"email":"","plz":null}"#, "email="),
        (r#"{"plz":"h","KVNR":"i","email":"j"}"#, "postal-code=h kvnr=i email=j"),
    ];
    let text = lines.map(|(line, _)| line).join("\n");
    assert!(read_jsonl(text).into_iter().eq(lines.map(|(_, row)| row)));
}

#[test]
fn a_json_line_with_many_values_reserves_no_cells_in_earlier_lines() {
    let many = vec!["\"a\""; 100_000].join(",");
    let few = "{\"email\":\"b\"}\n".repeat(500);
    let rows = read_jsonl(format!("{few}{{\"email\":[{many}]}}\n{few}"));
    assert_eq!(rows.len(), 1001);
    assert_eq!(rows[500], vec!["email=a"; 100_000].join(" "));
    assert!(rows[..500].iter().chain(&rows[501..]).all(|row| row == "email=b"));
}

#[test]
fn a_very_wide_table_is_passed_on_in_shares_of_few_rows() {
    let header = vec!["E-Mail"; 60_000].join(";");
    let mut input = csv(format!("{header}\n{}", "a@b.de\n".repeat(100))).open(&Options::default());
    let layout = input.layout();
    let block = input.next_block().expect("readable").expect("a block");
    let mut most = 0;
    let count = layout.rows(&block, |rows| most = most.max(rows.len()));
    assert_eq!((count, most), (100, 5));
}

#[test]
fn a_line_that_is_not_a_json_object_is_one_row_that_is_reported() {
    let deep = format!("{{\"email\": {}", "[".repeat(100_000));
    let bad = ["[1]", "x", "{\"email\":\"a\"", "{} 1", &deep].join("\n");
    let text = format!("{{\"email\":\"a@b.de\"}}\n\n{bad}\n{{\"plz\":1}}\n");
    let rows = read_jsonl(text);
    assert_eq!(rows.len(), 7);
    assert_eq!(rows[0], "email=a@b.de");
    assert!(rows[1..6].iter().all(|row| row == "doubt=invalid-json"), "{rows:?}");
    assert_eq!(rows[6], "postal-code=1");
}

#[test]
fn wrong_bytes_in_a_json_line_spoil_their_own_value_only() {
    let bytes = [
        "{\"email\":\"ä@b.de\",\"name\":\"äöüäöüäöüäöüäöüäöü\"}\n".as_bytes(),
        b"{\"email\":\"a@b.de\",\"name\":\"M\xFCller\",\"phone\":\"\\ud800\"}\n",
    ]
    .concat();
    assert_eq!(read_jsonl(bytes)[1], "email=a@b.de name!invalid-encoding phone!invalid-encoding");
}

#[test]
fn a_key_that_comes_late_is_recognised() {
    let early = "{\"email\":\"a@b.de\"}\n".repeat(100_000);
    let rows = read_jsonl(format!("{early}{{\"KVNR\":\"A1\"}}\n"));
    assert_eq!(rows.last().map(String::as_str), Some("kvnr=A1"));
}

#[test]
fn no_message_shows_a_cell() {
    for text in ["Muster;max@b.de\nx;y\n", "Ort;Rest\nMuster;max@b.de\n", "Ort;\"Rest\nMuster;\"x"]
    {
        let message = csv(text).error(&Options::default());
        assert!(!message.contains("Muster") && !message.contains("max@"), "{message}");
    }
    let mut input = csv("E-Mail\nmax@b.de\n").open(&Options::default());
    let block = input.next_block().expect("readable").expect("a block");
    assert_eq!(format!("{block:?}"), "Block(9 bytes)");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400), jsonl: bool,
    ) {
        let format = if jsonl { Format::Jsonl } else { Format::Csv };
        let options = Options { format: Some(format), ..Options::default() };
        let header = if jsonl { &b"{\"email\":1}\n"[..] } else { b"E-Mail;PLZ\n" };
        for bytes in [bytes.clone(), [header, &bytes].concat()] {
            if let Ok(mut input) = Input::open(&csv(bytes).path, &options) {
                rows(&mut input);
            }
        }
    }
}
