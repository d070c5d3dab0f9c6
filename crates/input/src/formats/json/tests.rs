//! Documents as other programs write them, and where their records are.

mod beside;

use super::*;
use crate::{
    Input,
    formats::testing::{mapped, rows_of},
};

fn open_with(text: &str, options: &Options) -> Result<Input, String> {
    Input::of_bytes(text.as_bytes().to_vec(), options).map_err(|error| error.to_string())
}

fn read_with(text: &str, options: &Options) -> Vec<String> {
    match open_with(text, options) {
        Ok(mut input) => rows_of(&mut input),
        Err(error) => panic!("{error}: {text}"),
    }
}

fn read(text: &str) -> Vec<String> {
    read_with(text, &Options::default())
}

fn error(text: &str) -> String {
    match open_with(text, &Options::default()) {
        Ok(_) => panic!("opened: {text}"),
        Err(error) => error,
    }
}

const MAX: &str = r#"{"id":7,"email":"max@example.de","address":{"zip":"45127"}}"#;
const EVA: &str = r#"{"id":8,"email":"eva@example.de","address":{"zip":"45128"}}"#;
/// Records that fill the first mebibyte, each followed by a comma.
fn filling(record: &str) -> String {
    format!("{},", record.replacen('{', &format!("{{\"x\":\"{}\",", "x".repeat(1000)), 1))
        .repeat(FILLING)
}

const FILLING: usize = 1100;

const BOTH: [&str; 2] =
    ["id=7 email=max@example.de postal-code=45127", "id=8 email=eva@example.de postal-code=45128"];

#[test]
fn records_of_a_list_and_concatenated_records_are_read() {
    let pretty = |record: &str| record.replace(',', ",\n    ").replace('{', "{\n    ");
    for text in [
        format!("[{MAX},{EVA}]"),
        format!("[\n  {},\n  {}\n]\n", pretty(MAX), pretty(EVA)),
        format!("{}\n{}\n", pretty(MAX), pretty(EVA)),
        format!("{MAX}{EVA}"),
        format!("{MAX}\n{EVA}\n"),
        format!("{MAX}\r\n{EVA}\r\n"),
        format!("[{MAX},\r{EVA}]\r"),
        format!("\x1E{MAX}\n\x1E{EVA}\n"),
        format!("[{MAX}]\n[{EVA}]\n"),
        format!("\u{FEFF}[{MAX},{EVA}]"),
        format!("[{MAX}, /* and */ {EVA},]"),
    ] {
        assert_eq!(read(&text), BOTH, "{text}");
    }
    let json = Options { format: Some(Format::Json), ..Options::default() };
    assert_eq!(read_with(&format!("// export\n[{MAX},\n// {{\n{EVA}]"), &json), BOTH);
}

#[test]
fn a_document_in_utf_16_is_read() {
    for bom_bytes in [[0xFF, 0xFE], [0xFE, 0xFF]] {
        let text = format!("[{MAX},{EVA}]");
        let unit =
            |unit: u16| if bom_bytes[0] == 0xFF { unit } else { unit.swap_bytes() }.to_le_bytes();
        let bytes: Vec<u8> =
            bom_bytes.into_iter().chain(text.encode_utf16().flat_map(unit)).collect();
        let mut input = Input::of_bytes(bytes, &Options::default()).expect("readable");
        assert_eq!(rows_of(&mut input), BOTH);
    }
}

#[test]
fn records_in_a_wrapper_are_found() {
    for text in [
        format!(r#"{{"page":1,"users":[{MAX},{EVA}],"total":2}}"#),
        format!(r#"{{"data":{{"users":[{MAX},{EVA}]}},"meta":{{"links":[{{"rel":"next"}}]}}}}"#),
        format!(r#"{{"users":[{MAX}]}}{{"users":[{EVA}]}}"#),
        format!("{{\"users\":[{MAX}]}}\n{{\"users\":[{EVA}]}}\n"),
        format!(r#"[{{"users":[{MAX}]}},{{"users":[]}},{{"users":[{EVA}]}}]"#),
    ] {
        assert_eq!(read(&text), BOTH, "{text}");
    }
}

#[test]
fn hits_of_elasticsearch_are_read() {
    let hit = |record: &str| format!(r#"{{"_index":"m","_score":1.0,"_source":{record}}}"#);
    let hits = format!("[{},{}]", hit(MAX), hit(EVA));
    let text = format!(
        r#"{{"took":3,"_shards":{{"total":1}},"hits":{{"total":{{"value":2}},"hits":{hits}}},
            "aggregations":{{"x":{{"buckets":[{{"key":"a","doc_count":1}}]}}}}}}"#
    );
    assert_eq!(read(&text), BOTH);
    // One hit per line, as elasticdump writes them.
    assert_eq!(read(&format!("{}\n{}\n", hit(MAX), hit(EVA))), BOTH);
}

#[test]
fn tables_exported_by_phpmyadmin_are_read() {
    let text = format!(
        "[\n{{\"type\":\"header\",\"version\":\"5.2.1\",\"comment\":\"Export to JSON plugin for PHPMyAdmin\"}},\n\
         {{\"type\":\"database\",\"name\":\"shop\"}},\n\
         {{\"type\":\"table\",\"name\":\"users\",\"database\":\"shop\",\"data\":\n[\n{MAX},\n{EVA}\n]\n}}\n]\n"
    );
    assert_eq!(read(&text), BOTH);
}

#[test]
fn a_person_with_only_a_key_is_a_row() {
    let max = r#""max@example.de":{"city":"Essen"},"kai@example.de":{"city":"Essen"}"#;
    for nothing in ["null", "[]", "[ ]", "{}", "5", "true", r#""x""#] {
        let text = format!(r#"{{{max},"eva@example.de":{nothing},"total":3}}"#);
        let rows = read(&text);
        assert_eq!(rows.len(), 3, "{text}");
        assert_eq!(rows[2], "id=eva@example.de email=eva@example.de", "{text}");
    }
}

#[test]
fn a_user_with_only_a_name_as_the_key_is_a_row_and_a_count_is_not() {
    let user = |letter: char| format!(r#""{letter}anna":{{"email":"{letter}@b.de"}}"#);
    let users: Vec<String> = ('a'..'l').map(user).collect();
    for nothing in ["null", "[]", "{}"] {
        let rows = read(&format!(r#"{{{},"pia":{nothing},"total":3}}"#, users.join(",")));
        assert_eq!(rows.len(), 12, "{nothing}: {rows:?}");
        assert_eq!(rows[11], "id=pia", "{nothing}");
    }
}

#[test]
fn a_person_by_key_with_an_empty_list_of_records_is_a_row() {
    let max = r#""max@example.de":{"children":[{"email":"a@b.de"}]},"kai@example.de":{"children":[{"email":"c@d.de"}]}"#;
    for nothing in ["{}", r#"{"children":[]}"#] {
        let rows = read(&format!(r#"{{{max},"eva@example.de":{nothing}}}"#));
        assert_eq!(rows.len(), 3, "{nothing}");
        assert_eq!(rows[2], "id=eva@example.de email=eva@example.de", "{nothing}");
    }
}

#[test]
fn objects_by_key_are_read_with_their_keys() {
    let (max, eva) = (MAX.replace("\"id\":7,", ""), EVA.replace("\"id\":8,", ""));
    let expected = [
        "id=M-1 email=max@example.de postal-code=45127",
        "id=M-2 email=eva@example.de postal-code=45128",
    ];
    let map = format!(r#"{{"M-1":{max},"M-2":{eva}}}"#);
    let posts = r#"{"-Na1":{"title":"x"},"-Na2":{"title":"y"}}"#;
    for text in [
        map.clone(),
        format!(r#"{{"count":2,"M-1":{max},"M-2":{eva}}}"#),
        format!(r#"{{"users":{map},"posts":{posts}}}"#),
        format!(r#"{{"M-1":[{max}],"M-2":[{eva}]}}"#),
    ] {
        assert_eq!(read(&text), expected, "{text}");
    }
    let one = format!(r#"{{"M-1":{max}}}"#);
    assert_eq!(read(&one), expected[..1]);
    assert_eq!(
        read(r#"{"M-1":{},"M-2":{"email":"eva@example.de"}, "M-3":{"email":"a@example.de"}}"#)
            .len(),
        3
    );
}

#[test]
fn keys_that_are_identifiers_count_as_such() {
    let text = r#"{"max@example.de":{"plz":"45127","x":1},"eva@example.de":{"plz":"45128","x":2}}"#;
    assert_eq!(
        read(text),
        [
            "id=max@example.de email=max@example.de postal-code=45127",
            "id=eva@example.de email=eva@example.de postal-code=45128"
        ]
    );
}

#[test]
fn no_message_shows_a_key_that_is_a_persons_value() {
    for text in [
        r#"{"max@example.de":{"x":1},"eva@example.de":{"x":2}}"#,
        r#"{"A123456780":[{"email":"a@b.de"}],"x":{"max@example.de":[{"email":"a@b.de"}]}}"#,
        r#"{"users":[{"email":"a@b.de"}],"max@example.de":[{"email":"a@b.de"}]}"#,
        r#"{"Petra":{"Meier":[{"email":"a@b.de"}]},"Eva":{"Muster":[{"email":"a@b.de"}]},"x":[{"email":"a@b.de"}]}"#,
    ] {
        match open_with(text, &Options::default()) {
            Ok(input) => assert!(!input.describe().join(" ").contains("example"), "{text}"),
            Err(message) => {
                for value in ["example", "A123456780", "Petra", "Meier"] {
                    assert!(!message.contains(value), "{message}");
                }
            }
        }
    }
}

#[test]
fn lists_are_rows_and_the_first_may_be_a_header() {
    let rows = r#"["max@example.de","45127"],["eva@example.de",45128,"x"]"#;
    let expected =
        ["email=max@example.de postal-code=45127", "email=eva@example.de postal-code=45128"];
    assert_eq!(read(&format!(r#"[["E-Mail","PLZ"],{rows}]"#)), expected);
    let lines = format!("[\"E-Mail\",\"PLZ\"]\n{}\n", rows.replace("],", "]\n"));
    assert_eq!(read(&lines), expected);
    let options = mapped(&["1=email", "2=postal-code"]);
    assert_eq!(read_with(&format!("[{rows}]"), &options), expected);
    let data = format!(r#"{{"meta":{{"rows":2}},"data":[["email","plz"],{rows}]}}"#);
    assert_eq!(read(&data), expected);
}

#[test]
fn strings_are_rows_of_one_column() {
    let rows = read_with(r#"["max@example.de",null,"eva@example.de"]"#, &mapped(&["value=email"]));
    assert_eq!(rows, ["email=max@example.de", "", "email=eva@example.de"]);
    assert!(error(r#"["max@example.de"]"#).contains("columns found: 'value'"));
}

#[test]
fn a_document_with_a_list_for_each_column_is_refused_by_name() {
    for text in [
        r#"{"email":{"0":"a@b.de","1":"c@d.de"},"name":{"0":"A","1":"B"}}"#,
        r#"{"email":["a@b.de","c@d.de"],"name":["A","B"]}"#,
    ] {
        assert!(error(text).contains("orient='records'"), "{text}");
    }
}

#[test]
fn an_empty_list_is_an_empty_input() {
    for text in ["[]", "[\n]\n", r#"{"users":[]}"#] {
        let message = error(text);
        assert!(message.contains("is empty") || message.contains("no column"), "{message}");
    }
}

#[test]
fn records_at_several_places_are_an_error_until_one_is_chosen() {
    let text = format!(r#"{{"members":[{MAX}],"contact":{{"customers":[{EVA}]}}}}"#);
    let message = error(&text);
    assert!(
        message.ends_with("has records at several places: 'members', 'contact.customers'"),
        "{message}"
    );
    for (place, row) in [("members", BOTH[0]), ("contact.customers", BOTH[1])] {
        let chosen = Options { table: Some(place.to_owned()), ..Options::default() };
        assert_eq!(read_with(&text, &chosen), [row]);
    }
    let chosen = Options { table: Some("x.y".to_owned()), ..Options::default() };
    let Err(message) = open_with(&text, &chosen) else { panic!("opened") };
    assert!(
        message.ends_with(
            "has no rows of table 'x.y'; tables with rows: 'members', 'contact.customers'"
        )
    );
}

/// The error of a document whose beginning can be read.
fn late_error(text: &str) -> String {
    let mut input = open_with(text, &Options::default()).expect("readable at first");
    loop {
        match input.next_block() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the records are lost"),
            Err(error) => return error.to_string(),
        }
    }
}

#[test]
fn records_at_another_place_later_in_the_document_are_an_error() {
    let many = filling(MAX);
    let text = format!(r#"{{"members":[{many}],"other":[{{"x":1}}],"customers":[{EVA}]}}"#);
    let message = late_error(&text);
    assert!(message.contains("'members'") && message.contains("'customers'"), "{message}");
    let chosen = Options { table: Some("members".to_owned()), ..Options::default() };
    assert_eq!(read_with(&text, &chosen).len(), FILLING);
}

#[test]
fn a_record_without_the_wrapper_of_the_others_is_an_unreadable_row() {
    let page = format!(r#"{{"users":[{MAX}]}}"#);
    let rows = read(&format!(r#"[{}{EVA},{{"page":3}}]"#, filling(&page)));
    assert_eq!((rows.len(), rows[0].as_str()), (FILLING + 1, BOTH[0]));
    assert_eq!(rows[FILLING], "doubt=invalid-json");
    // If the first mebibyte has both, each object is a record.
    assert_eq!(
        read(&format!("[{page},{EVA}]")),
        ["email=max@example.de postal-code=45127", BOTH[1]]
    );
}

#[test]
fn other_values_among_records_are_unreadable_rows() {
    let text = format!(r#"[{MAX},null,"x",[{EVA}],5]"#);
    assert_eq!(
        read(&text),
        [BOTH[0], "doubt=invalid-json", "doubt=invalid-json", BOTH[1], "doubt=invalid-json"]
    );
}

#[test]
fn invalid_json_is_reported_and_not_guessed() {
    for value in ["NaN", "Infinity", "undefined", "'x'", "0x1F", "01", "1.", "\"\\x\"", "\"\t\""] {
        let text = format!(r#"[{MAX},{{"id":9,"x":{value}}},{EVA}]"#);
        assert_eq!(read(&text), [BOTH[0], "doubt=invalid-json", BOTH[1]], "{value}");
    }
}

#[test]
fn a_fault_does_not_change_where_the_records_are() {
    for bad in [r#"{"id":"9,"x":"y"}"#, r#"{"id":9,"x":[1,2}}}"#, r#"{"id":9}}]}"#] {
        let text = format!(r#"{{"page":1,"users":[{MAX},{bad},{EVA}],"total":2}}"#);
        let rows = read(&text);
        assert_eq!(rows[0], BOTH[0], "{text}");
        assert!(rows.contains(&BOTH[1].to_owned()), "{text}");
        assert!(rows.contains(&"doubt=invalid-json".to_owned()), "{text}");
    }
}

#[test]
fn a_repeated_key_gives_both_values() {
    let text = r#"[{"email":"a@b.de","email":"c@d.de"}]"#;
    assert_eq!(read(text), ["email=a@b.de email=c@d.de"]);
}

#[test]
fn values_of_nested_objects_are_columns_by_their_path() {
    let text = r#"[{"user":{"profile":{"name":{"first":"Max","last":"Muster"},"birthday":"1958-04-16"},
        "emails":[{"address":"a@b.de","primary":true},{"address":"c@d.de"}]},
        "employer":{"name":"Stahl","email":"hr@b.de"},"spouse":{"birthday":"1960-01-01"}}]"#;
    assert_eq!(
        read(text),
        [
            "first-name=Max last-name=Muster birth-date=1958-04-16 email=a@b.de email=c@d.de class=employers"
        ]
    );
}

#[test]
fn a_nested_value_is_mapped_by_its_path() {
    let text = r#"[{"x":{"y":[{"z":"a@b.de"},{"z":"c@d.de"}]}}]"#;
    assert_eq!(read_with(text, &mapped(&["x.y.z=email"])), ["email=a@b.de email=c@d.de"]);
}

#[test]
fn a_nested_value_that_comes_late_is_read() {
    let late = r#"{"contact":{"phone":"0171 1234567"},"id":9}"#;
    let rows =
        read(&format!("{}\n{late}\n", filling(MAX).replace("},{", "}\n{").trim_end_matches(',')));
    assert_eq!(rows.last().map(String::as_str), Some("id=9 phone=0171 1234567"));
    let rows = read(&format!("[{}{late}]", filling(MAX)));
    assert_eq!(rows.last().map(String::as_str), Some("id=9 phone=0171 1234567"));
}

#[test]
fn an_object_in_a_used_column_is_reported_unless_some_of_it_is_used() {
    let first = r#"{"email":"a@b.de","plz":"45127"}"#;
    for (second, expected) in [
        (r#"{"email":{"foo":"c@d.de","bar":2},"plz":1}"#, "email!nested-value postal-code=1"),
        (r#"{"email":[{"foo":"c@d.de"},"e@f.de"]}"#, "email!nested-value email=e@f.de"),
        (r#"{"email":{},"plz":2}"#, "postal-code=2"),
        (r#"{"email":[],"plz":[[1,2],[3]]}"#, "postal-code=1 postal-code=2 postal-code=3"),
        (r#"{"email":{"address":"c@d.de"}}"#, "email=c@d.de"),
    ] {
        // The second object comes after the first mebibyte, so its names are not columns yet.
        let text = format!("[{}{second}]", filling(first));
        assert_eq!(read(&text).last().map(String::as_str), Some(expected), "{second}");
    }
}

#[test]
fn extended_json_of_mongodb_is_read_as_plain_values() {
    let text = r#"[{"_id":{"$oid":"5f43a1d2e4b0c8f1a2b3c4d5"},"email":"a@b.de",
        "birthDate":{"$date":{"$numberLong":"-369619200000"}},"plz":{"$numberInt":"45127"}},
        {"_id":{"$oid":"5f43a1d2e4b0c8f1a2b3c4d6"},"email":"c@d.de",
        "birthDate":{"$date":"1980-02-29T00:00:00Z"},"plz":{"$numberLong":"45128"}},
        {"_id":{"$oid":"5f43a1d2e4b0c8f1a2b3c4d7"},"email":"e@f.de","birthDate":{"$date":951782400000}}]"#;
    assert_eq!(
        read(text),
        [
            "id=5f43a1d2e4b0c8f1a2b3c4d5 email=a@b.de birth-date=1958-04-16T00:00:00Z postal-code=45127",
            "id=5f43a1d2e4b0c8f1a2b3c4d6 email=c@d.de birth-date=1980-02-29T00:00:00Z postal-code=45128",
            "id=5f43a1d2e4b0c8f1a2b3c4d7 email=e@f.de birth-date=2000-02-29T00:00:00Z",
        ]
    );
}

#[test]
fn nesting_beyond_the_limit_is_reported() {
    let deep = |levels: usize, key: &str| {
        let value = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        format!(r#"[{{"email":"a@b.de","{key}":{value}}}]"#)
    };
    assert_eq!(read(&deep(20, "plz")), ["email=a@b.de postal-code=1"]);
    assert_eq!(read(&deep(200, "plz")), ["email=a@b.de postal-code!nested-value"]);
    let input = open_with(&deep(200, "kontakt"), &Options::default()).expect("readable");
    assert!(input.describe().join(" ").contains("warning: 'kontakt' is nested too deeply"));
}

#[test]
fn a_truncated_document_is_reported() {
    for (text, count) in [
        (format!("[{MAX},{EVA}"), 2),
        (format!("[{MAX},{}", &EVA[..20]), 2),
        (format!(r#"{{"users":[{MAX},{EVA}]"#), 2),
    ] {
        let mut input = open_with(&text, &Options::default()).expect("readable");
        let layout = input.layout();
        let mut rows = 0;
        while let Some(block) = input.next_block().expect("readable") {
            rows += layout.rows(&block, |_| {});
        }
        assert!(input.is_cut_off() && rows == count, "{text}");
    }
}

#[test]
fn the_place_of_the_records_is_the_same_for_every_block_size() {
    let text = format!(r#"{{"page":1,"users":[{MAX},{{"id":9,"x":"y,"z":1}},{EVA}]}}"#);
    let all: Vec<_> = [1, 7, 100, 1 << 18]
        .into_iter()
        .map(|block| {
            let mut options = Options::default();
            options.sizes.block = block;
            read_with(&text, &options)
        })
        .collect();
    assert!(all.iter().all(|rows| *rows == [BOTH[0], "doubt=invalid-json", BOTH[1]]), "{all:?}");
}
