#![no_main]

#[path = "../../crates/private/tests/fuzz/framed.rs"]
mod framed;
#[path = "../../crates/private/tests/fuzz/private_state.rs"]
mod private_state;

libfuzzer_sys::fuzz_target!(|data: &[u8]| private_state::check(data));
