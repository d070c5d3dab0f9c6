#![no_main]

#[path = "../../tests/fuzz/build_then_check.rs"]
mod build_then_check;
#[path = "../../tests/fuzz/feed.rs"]
mod feed;
#[path = "../../tests/fuzz/same.rs"]
mod same;

libfuzzer_sys::fuzz_target!(|data: &[u8]| build_then_check::check(data));
