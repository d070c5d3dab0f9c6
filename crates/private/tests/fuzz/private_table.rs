//! Arbitrary bytes as a table: it is refused, or a request for it can be begun.

use std::io::Cursor;

use leakdex::Record;
use leakdex_private::{FileType, RequestBuilder, Table};
use serde_json::Value;

use super::framed;

/// The length of an entry in bytes, and of its label.
const ENTRY: usize = 32;
const LABEL: usize = 16;

/// The maximum number of entries in a stretched table.
const MAX_ENTRIES: u64 = 3 * 4096;

/// Checks the promises for the table in these bytes.
pub fn check(data: &[u8]) {
    let Some((choice, rest)) = framed::split(data) else { return };
    let Some(file) = framed::file(FileType::Table, (choice, rest), &[], entries) else { return };
    let Ok(table) = Table::open(Cursor::new(&file), None) else { return };
    assert!(!table.requested_kinds().is_empty() && table.requested_kinds().len() <= 3);
    let mut members = table.batch();
    members.push(&Record::new().kvnr("A123456780").email("eva@example.de").last_name("Muster"));
    let mut request_builder = RequestBuilder::new(&table, 2026).expect("there are random bytes");
    request_builder.note(&members);
    let batches = request_builder.begin().batches();
    assert!(batches.iter().all(|batch| batch.batches == 1), "few identifiers fit one batch");
}

/// As many entries as the metadata states, in order. The given bytes fill the rest of their labels.
fn entries(metadata: &Value, given: &[u8]) -> Vec<u8> {
    let count = metadata["entries"].as_u64().unwrap_or(0);
    if count > MAX_ENTRIES {
        return given.to_vec();
    }
    let mut entries = Vec::new();
    let mut given = given.iter().copied().cycle();
    for number in 0..count {
        let mut entry = [0; ENTRY];
        let [low, high, ..] = number.to_le_bytes();
        entry[..2].copy_from_slice(&[high, low]);
        entry[2..LABEL].iter_mut().for_each(|byte| *byte = given.next().unwrap_or(0));
        entries.extend(entry);
    }
    entries
}
