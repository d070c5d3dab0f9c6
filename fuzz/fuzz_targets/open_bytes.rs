#![no_main]

#[path = "../../tests/fuzz/ask.rs"]
mod ask;
#[path = "../../tests/fuzz/key.rs"]
mod key;
#[path = "../../tests/fuzz/open_bytes.rs"]
mod open_bytes;
#[path = "../../tests/fuzz/same.rs"]
mod same;

libfuzzer_sys::fuzz_target!(|data: &[u8]| open_bytes::check(data));
