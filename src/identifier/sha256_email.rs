//! The SHA-256 of an e-mail address in normal form, as hashed leaks and advertising files hold it.
//!
//! Whoever made the hash of an address in another form, with capital letters say, made a hash that
//! meets nothing.

use sha2::{Digest as _, Sha256};

use super::{Normaliser, Outcome, Reason};

/// The normal form is the hash in lower-case hexadecimal digits.
pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    let mut hash = [0; BYTES];
    if hex::decode_to_slice(raw.trim(), &mut hash).is_err() {
        return Outcome::Invalid(Reason::NotAHash);
    }
    // A row without an address, hashed all the same: it would meet every other such row.
    if hash == OF_NOTHING {
        return Outcome::Absent;
    }
    push_hex(&hash, normal_form);
    Outcome::Ok
}

pub(super) fn of_email(address: &str, normal_form: &mut String) {
    push_hex(&Sha256::digest(address), normal_form);
}

const BYTES: usize = 32;

/// The SHA-256 of no bytes.
const OF_NOTHING: [u8; BYTES] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

fn push_hex(hash: &[u8], text: &mut String) {
    let mut digits = [0; 2 * BYTES];
    hex::encode_to_slice(hash, &mut digits).expect("each byte has two digits");
    text.extend(digits.map(char::from));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_hash_that_others_compute() {
        let mut hash = String::new();
        of_email("anna@example.com", &mut hash);
        // By sha256sum.
        assert_eq!(hash, "f7d54c22dda5b1780276601cd005909b70543fc4a6ba72d735b4cb9bbb611f01");
    }
}
