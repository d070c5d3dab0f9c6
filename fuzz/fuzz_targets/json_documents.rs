#![no_main]

#[path = "../../crates/input/tests/all/fuzz/json_documents.rs"]
mod json_documents;
#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| json_documents::check(data));
