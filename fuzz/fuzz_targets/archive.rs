#![no_main]

#[path = "../../crates/input/tests/all/fuzz/archive.rs"]
mod archive;

libfuzzer_sys::fuzz_target!(|data: &[u8]| archive::check(data));
