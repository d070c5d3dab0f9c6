#![no_main]

#[path = "../../tests/fuzz/feed.rs"]
mod feed;
#[path = "../../tests/fuzz/normalize.rs"]
mod normalize;

libfuzzer_sys::fuzz_target!(|data: &[u8]| normalize::check(data));
