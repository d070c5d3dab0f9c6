//! Arbitrary texts as the cells of findings and rejects: no cell starts a formula, and every file is read
//! back as it was written.
//!
//! The first byte of an input chooses a verdict. The texts after it are the name of the file, and then the
//! references of members or the names of columns.

use std::sync::LazyLock;

use leakdex::{Breach, Index, IndexBuilder, Key, Reason, Record};
use leakdex_cli::fuzzing::{findings, rejects};

const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    // A name that would be a formula.
    let mut builder = IndexBuilder::new(&key, Breach::named("-1-leak").expect("well formed"));
    let _ = builder.add(&Record::new().kvnr("A123456780").email("m@example.de")).expect("added");
    builder.build().expect("the index fits the format")
});

/// Asserts all promises for the cells in these bytes.
pub fn check(data: &[u8]) {
    let [choice, data @ ..] = data else { return };
    let texts = texts(data);
    let (file, others) = texts.split_first().expect("at least one text");
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let member = match choice % 3 {
        0 => Record::new().kvnr("A123456780").email("m@example.de"),
        1 => Record::new().kvnr("Z123456783"),
        _ => Record::new(),
    };
    let verdict = INDEX.check(&member);

    let cells = cells_of(&findings(file, &others, &verdict, true), 9);
    assert_eq!(cells.len(), others.len() + 1, "a header and a row for each member");
    for (row, member) in cells[1..].iter().zip(&others) {
        assert_eq!((&row[0], &row[2]), (&inert(file), &inert(member)));
        assert_eq!(row[3], verdict.slug());
    }

    let cells = cells_of(&rejects(file, &others, Reason::WrongLength), 4);
    assert_eq!(cells.len(), others.len() + 1, "a header and a row for each reject");
    for (row, column) in cells[1..].iter().zip(&others) {
        assert_eq!((&row[0], &row[2]), (&inert(file), &inert(column)));
    }

    let lines = findings(file, &others, &verdict, false);
    let lines = String::from_utf8(lines).expect("JSON is UTF-8");
    assert!(lines.chars().all(|character| character == '\n' || character >= ' '));
    assert_eq!(lines.lines().count(), others.len(), "a line for each member");
    for (line, member) in lines.lines().zip(&others) {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(
            (line["file"].as_str(), line["member"].as_str()),
            (Some(&**file), Some(*member))
        );
    }
}

/// Splits arbitrary bytes into texts, at bytes that never occur in UTF-8.
fn texts(data: &[u8]) -> Vec<String> {
    let parts = data.split(|&byte| byte == 0xFF);
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// The cells of a CSV file as the `csv` crate reads them. Asserts that none starts a formula.
fn cells_of(file: &[u8], width: usize) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file);
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        let row = row.expect("as many cells in each row, in UTF-8");
        assert_eq!(row.len(), width);
        assert!(!row.iter().any(|cell| cell.starts_with(FORMULA)), "{row:?}");
        row.iter().map(str::to_owned).collect()
    };
    reader.records().map(row).collect()
}

/// The expected cell for a text.
fn inert(text: &str) -> String {
    let is_changed = text.starts_with(FORMULA) || text.starts_with('\'');
    if is_changed { format!("'{text}") } else { text.to_owned() }
}
