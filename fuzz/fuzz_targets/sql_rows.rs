#![no_main]

#[path = "../../crates/cli/tests/fuzz/sql_rows.rs"]
mod sql_rows;
#[path = "../../crates/cli/tests/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| sql_rows::check(data));
