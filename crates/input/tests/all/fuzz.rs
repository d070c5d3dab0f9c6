//! Runs each of the readers' fuzz targets over its committed inputs: seeds, and inputs that once broke the
//! target. See `fuzz/README.md`.

mod archive;
#[cfg(feature = "arrow")]
mod batches;
mod csv_rows;
mod fhir_rows;
mod fixed_rows;
mod json_documents;
mod jsonl_rows;
#[path = "../../../../tests/fuzz/replay.rs"]
mod replay;
mod sql_rows;
mod sqlite;
mod text;
mod text_records;
mod vsd_rows;
mod workbook;

use replay::replay;

#[test]
fn csv_rows_holds_for_all_committed_inputs() {
    replay("csv_rows", csv_rows::check);
}

#[test]
fn jsonl_rows_holds_for_all_committed_inputs() {
    replay("jsonl_rows", jsonl_rows::check);
}

#[test]
fn json_documents_holds_for_all_committed_inputs() {
    replay("json_documents", json_documents::check);
}

#[test]
fn sql_rows_holds_for_all_committed_inputs() {
    replay("sql_rows", sql_rows::check);
}

#[test]
fn fhir_rows_holds_for_all_committed_inputs() {
    replay("fhir_rows", fhir_rows::check);
}

#[test]
fn vsd_rows_holds_for_all_committed_inputs() {
    replay("vsd_rows", vsd_rows::check);
}

#[test]
fn fixed_rows_holds_for_all_committed_inputs() {
    replay("fixed_rows", fixed_rows::check);
}

#[test]
fn text_records_holds_for_all_committed_inputs() {
    replay("text_records", text_records::check);
}

#[test]
fn workbook_holds_for_all_committed_inputs() {
    replay("workbook", workbook::check);
}

#[test]
fn sqlite_holds_for_all_committed_inputs() {
    replay("sqlite", sqlite::check);
}

#[test]
fn archive_holds_for_all_committed_inputs() {
    replay("archive", archive::check);
}

#[test]
#[cfg(feature = "arrow")]
fn batches_holds_for_all_committed_inputs() {
    replay("batches", batches::check);
}
