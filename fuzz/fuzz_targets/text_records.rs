#![no_main]

#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;
#[path = "../../crates/input/tests/all/fuzz/text_records.rs"]
mod text_records;

libfuzzer_sys::fuzz_target!(|data: &[u8]| text_records::check(data));
