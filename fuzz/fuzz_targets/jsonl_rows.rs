#![no_main]

#[path = "../../crates/input/tests/all/fuzz/jsonl_rows.rs"]
mod jsonl_rows;
#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| jsonl_rows::check(data));
