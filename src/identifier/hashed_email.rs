//! Hashes of an e-mail address in normal form, as found in hashed leaks and advertising files.
//!
//! A hash of another form of the address, for example with capital letters, matches nothing.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{Normaliser, Outcome, Reason};

pub(super) fn normalise_md5(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    normalise::<Md5>(raw, normal_form)
}

pub(super) fn normalise_sha1(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    normalise::<Sha1>(raw, normal_form)
}

pub(super) fn normalise_sha256(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    normalise::<Sha256>(raw, normal_form)
}

/// Appends the hash of an address in normal form.
pub(super) fn of_email<D: Digest>(address: &str, normal_form: &mut String) {
    push_hex(&D::digest(address), normal_form);
}

pub(super) const MD5: fn(&str, &mut String) = of_email::<Md5>;
pub(super) const SHA1: fn(&str, &mut String) = of_email::<Sha1>;
pub(super) const SHA256: fn(&str, &mut String) = of_email::<Sha256>;

/// The length of a SHA-256, the longest hash, in bytes.
const MAX_BYTES: usize = 32;

/// The normal form is the hash in lower-case hexadecimal digits.
fn normalise<D: Digest>(raw: &str, normal_form: &mut String) -> Outcome {
    let mut room = [0; MAX_BYTES];
    let hash = &mut room[..<D as Digest>::output_size()];
    if hex::decode_to_slice(raw.trim(), hash).is_err() {
        return Outcome::Invalid(Reason::NotAHash);
    }
    // The hash of an empty cell would match every other empty cell.
    if hash.iter().all(|byte| *byte == 0) || *hash == *D::digest(b"") {
        return Outcome::Absent;
    }
    push_hex(hash, normal_form);
    Outcome::Ok
}

fn push_hex(hash: &[u8], text: &mut String) {
    let mut room = [0; 2 * MAX_BYTES];
    let digits = &mut room[..2 * hash.len()];
    hex::encode_to_slice(hash, digits).expect("each byte has two digits");
    text.extend(digits.iter().map(|&digit| char::from(digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_of_empty_text_or_of_zeros_is_absent() {
        for value in ["d41d8cd98f00b204e9800998ecf8427e", &"0".repeat(32)] {
            assert_eq!(normalise::<Md5>(value, &mut String::new()), Outcome::Absent, "{value}");
        }
        let value = "0".repeat(31) + "1";
        assert_eq!(normalise::<Md5>(&value, &mut String::new()), Outcome::Ok);
    }

    /// The hashes computed by md5sum, sha1sum and sha256sum.
    #[test]
    fn an_address_has_the_hashes_that_others_compute() {
        for (hash, expected) in [
            (MD5, "6b56db1f84a3997b902509d3fbf0a306"),
            (SHA1, "46864313fa6d54ca75d20f478c80edfa75d92a16"),
            (SHA256, "f7d54c22dda5b1780276601cd005909b70543fc4a6ba72d735b4cb9bbb611f01"),
        ] {
            let mut digits = String::new();
            hash("anna@example.com", &mut digits);
            assert_eq!(digits, expected);
        }
    }
}
