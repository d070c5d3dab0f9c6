//! The command and the project around it. One program, so that it is linked once.

mod command;
mod fuzz_replay;
mod house;

/// The fuzz targets' checks, which `fuzz/` uses too.
#[path = "../fuzz"]
mod fuzz {
    pub mod csv_rows;
    pub mod jsonl_rows;
    #[path = "../../../../tests/fuzz/replay.rs"]
    pub mod replay;
    pub mod report_cells;
    pub mod sql_rows;
    pub mod text;
}
