#![no_main]

#[path = "../../crates/input/tests/all/fuzz/batches.rs"]
mod batches;

libfuzzer_sys::fuzz_target!(|data: &[u8]| batches::check(data));
