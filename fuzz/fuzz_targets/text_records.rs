#![no_main]

#[path = "../../crates/input/tests/all/fuzz/text_records.rs"]
mod text_records;
#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| text_records::check(data));
