#![no_main]

#[path = "../../crates/input/tests/all/fuzz/sqlite.rs"]
mod sqlite;
#[path = "../../crates/input/tests/all/fuzz/text.rs"]
mod text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| sqlite::check(data));
