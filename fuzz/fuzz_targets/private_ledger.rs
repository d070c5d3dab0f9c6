#![no_main]

#[path = "../../crates/private/tests/fuzz/framed.rs"]
mod framed;
#[path = "../../crates/private/tests/fuzz/private_ledger.rs"]
mod private_ledger;

libfuzzer_sys::fuzz_target!(|data: &[u8]| private_ledger::check(data));
