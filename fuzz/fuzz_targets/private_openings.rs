#![no_main]

#[path = "../../crates/private/tests/fuzz/framed.rs"]
mod framed;
#[path = "../../crates/private/tests/fuzz/parties.rs"]
mod parties;
#[path = "../../crates/private/tests/fuzz/private_openings.rs"]
mod private_openings;

libfuzzer_sys::fuzz_target!(|data: &[u8]| private_openings::check(data));
