#![no_main]

#[path = "../../crates/input/tests/all/fuzz/csv_rows.rs"]
mod csv_rows;
#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| csv_rows::check(data));
