//! Arbitrary bytes as a state: it is refused, or stays the same when it is written and read again.

use hmac::{Hmac, KeyInit, Mac};
use leakdex_private::State;
use sha2::Sha256;

use super::framed;

/// Checks the promises for the state in these bytes. If the choice is to sign, the first line gets the right MAC.
pub fn check(data: &[u8]) {
    let Some((choice, rest)) = framed::split(data) else { return };
    let text = if choice.is_signed() { with_mac(framed::halves(rest).0) } else { rest.to_vec() };
    let Ok(state) = State::from_text(&text) else { return };
    let written = state.to_text();
    let again = State::from_text(&written).expect("it was just written");
    assert!(*again.to_text() == *written);
    assert!(!state.kinds().is_empty() && state.batches().iter().all(|batch| batch.batches > 0));
}

fn with_mac(line: &[u8]) -> Vec<u8> {
    let parsed: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
    let digits = parsed["seed"].as_str().unwrap_or_default();
    let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let seed: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(pair).collect();
    let mac = Hmac::<Sha256>::new_from_slice(&seed.unwrap_or_default()).expect("any length");
    let mac = mac.chain_update(b"leakdex/private/1 state ").chain_update(line);
    let mac = framed::hex(&mac.finalize().into_bytes());
    [line, b"\n", mac.as_bytes(), b"\n"].concat()
}
