#![no_main]

#[path = "../../crates/cli/tests/fuzz/jsonl_rows.rs"]
mod jsonl_rows;
#[path = "../../crates/cli/tests/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| jsonl_rows::check(data));
