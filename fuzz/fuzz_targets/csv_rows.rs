#![no_main]

#[path = "../../crates/cli/tests/fuzz/csv_rows.rs"]
mod csv_rows;
#[path = "../../crates/cli/tests/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| csv_rows::check(data));
