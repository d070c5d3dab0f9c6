#![no_main]

#[path = "../../crates/private/tests/fuzz/framed.rs"]
mod framed;
#[path = "../../crates/private/tests/fuzz/parties.rs"]
mod parties;
#[path = "../../crates/private/tests/fuzz/private_response.rs"]
mod private_response;

libfuzzer_sys::fuzz_target!(|data: &[u8]| private_response::check(data));
