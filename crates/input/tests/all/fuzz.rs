//! Runs each of the readers' fuzz targets over its committed inputs: seeds, and whatever once broke
//! it. See `fuzz/README.md`.

mod archive;
mod csv_rows;
mod jsonl_rows;
#[path = "../../../../tests/fuzz/replay.rs"]
mod replay;
mod sql_rows;
mod sqlite;
mod text;

use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz");
    replay::replay(&folder.join(target), check);
}

#[test]
fn csv_rows_holds_for_all_committed_inputs() {
    replay("csv_rows", csv_rows::check);
}

#[test]
fn jsonl_rows_holds_for_all_committed_inputs() {
    replay("jsonl_rows", jsonl_rows::check);
}

#[test]
fn sql_rows_holds_for_all_committed_inputs() {
    replay("sql_rows", sql_rows::check);
}

#[test]
fn sqlite_holds_for_all_committed_inputs() {
    replay("sqlite", sqlite::check);
}

#[test]
fn archive_holds_for_all_committed_inputs() {
    replay("archive", archive::check);
}
