#![no_main]

#[path = "../../crates/input/tests/all/fuzz/vsd_rows.rs"]
mod vsd_rows;
#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| vsd_rows::check(data));
