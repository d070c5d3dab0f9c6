#![no_main]

#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;
#[path = "../../crates/input/tests/all/fuzz/vsd_rows.rs"]
mod vsd_rows;

libfuzzer_sys::fuzz_target!(|data: &[u8]| vsd_rows::check(data));
