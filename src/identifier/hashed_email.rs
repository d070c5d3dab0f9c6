//! Hashes of an e-mail address in normal form, as found in hashed leaks and advertising files.
//!
//! A hash of another form of the address, for example with capital letters, matches nothing.

use sha2::Digest;

use super::{Normaliser, Outcome, Reason};

/// Appends the hash of an address in normal form.
pub(super) fn of_email<D: Digest>(address: &str, normal_form: &mut String) {
    push_hex(&D::digest(address), normal_form);
}

/// The length of a SHA-256, the longest hash, in bytes.
const MAX_BYTES: usize = 32;

/// The normal form is the hash in lower-case hexadecimal digits.
pub(super) fn normalise<D: Digest>(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
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
    use md5::Md5;
    use sha1::Sha1;
    use sha2::Sha256;

    use super::{super::testing::applied, *};

    #[test]
    fn a_hash_of_empty_text_or_of_zeros_is_absent() {
        for value in ["d41d8cd98f00b204e9800998ecf8427e", &"0".repeat(32)] {
            assert_eq!(applied(normalise::<Md5>, value).0, Outcome::Absent, "{value}");
        }
        let value = "0".repeat(31) + "1";
        assert_eq!(applied(normalise::<Md5>, &value).0, Outcome::Ok);
    }

    /// The hashes computed by md5sum, sha1sum and sha256sum.
    #[test]
    fn an_address_has_the_hashes_that_others_compute() {
        let mut digits = String::new();
        of_email::<Md5>("anna@example.com", &mut digits);
        assert_eq!(digits, "6b56db1f84a3997b902509d3fbf0a306");
        digits.clear();
        of_email::<Sha1>("anna@example.com", &mut digits);
        assert_eq!(digits, "46864313fa6d54ca75d20f478c80edfa75d92a16");
        digits.clear();
        of_email::<Sha256>("anna@example.com", &mut digits);
        let expected = "f7d54c22dda5b1780276601cd005909b70543fc4a6ba72d735b4cb9bbb611f01";
        assert_eq!(digits, expected);
    }
}
