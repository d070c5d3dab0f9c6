#![no_main]

#[path = "../../crates/cli/tests/fuzz/report_cells.rs"]
mod report_cells;

libfuzzer_sys::fuzz_target!(|data: &[u8]| report_cells::check(data));
