#![no_main]

#[path = "../../crates/private/tests/fuzz/framed.rs"]
mod framed;
#[path = "../../crates/private/tests/fuzz/private_table.rs"]
mod private_table;

libfuzzer_sys::fuzz_target!(|data: &[u8]| private_table::check(data));
