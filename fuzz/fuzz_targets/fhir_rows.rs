#![no_main]

#[path = "../../crates/input/tests/all/fuzz/fhir_rows.rs"]
mod fhir_rows;
#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fhir_rows::check(data));
