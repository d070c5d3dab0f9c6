#![no_main]

#[path = "../../crates/cli/tests/fuzz/report_cells.rs"]
mod report_cells;
#[path = "../../crates/cli/tests/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| report_cells::check(data));
