#![no_main]

#[path = "../../crates/private/tests/fuzz/framed.rs"]
mod framed;
#[path = "../../crates/private/tests/fuzz/parties.rs"]
mod parties;
#[path = "../../crates/private/tests/fuzz/private_request.rs"]
mod private_request;

libfuzzer_sys::fuzz_target!(|data: &[u8]| private_request::check(data));
