#![no_main]

#[path = "../../crates/input/tests/all/fuzz/sql_rows.rs"]
mod sql_rows;
#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| sql_rows::check(data));
