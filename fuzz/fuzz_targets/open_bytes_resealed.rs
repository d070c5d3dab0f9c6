#![no_main]

#[path = "../../tests/fuzz/ask.rs"]
mod ask;
#[path = "../../tests/fuzz/feed.rs"]
mod feed;
#[path = "../../tests/fuzz/forge.rs"]
mod forge;
#[path = "../../tests/fuzz/key.rs"]
mod key;
#[path = "../../tests/fuzz/open_bytes_resealed.rs"]
mod open_bytes_resealed;
#[path = "../../tests/fuzz/same.rs"]
mod same;
#[path = "../../tests/fuzz/sound.rs"]
mod sound;

libfuzzer_sys::fuzz_target!(|data: &[u8]| open_bytes_resealed::check(data));
