#![no_main]

#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;
#[path = "../../crates/input/tests/all/fuzz/workbook.rs"]
mod workbook;

libfuzzer_sys::fuzz_target!(|data: &[u8]| workbook::check(data));
