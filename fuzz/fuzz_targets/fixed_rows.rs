#![no_main]

#[path = "../../crates/input/tests/all/fuzz/fixed_rows.rs"]
mod fixed_rows;
#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fixed_rows::check(data));
