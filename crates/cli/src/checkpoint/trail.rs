//! A digest of everything read so far.

use leakdex::Key;

/// A running digest. It is keyed. Without a key, anybody could guess the members of a short list and test the
/// guess against the digest.
pub struct InputDigest {
    key: Key,
    pub state: [u8; 32],
}

impl InputDigest {
    pub fn new(key: Key) -> Self {
        Self { key, state: [0; 32] }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.state = self.key.digest("checkpoint-trail", &[&self.state, bytes]);
    }

    /// The seal of a note. It proves that the note was written with this key and not changed.
    pub fn seal(&self, note: &[u8]) -> [u8; 32] {
        self.key.digest("checkpoint-note", &[note])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: u8, inputs: &[&[u8]]) -> [u8; 32] {
        let mut trail = InputDigest::new(Key::from_bytes(&[key; 32]).expect("a key"));
        inputs.iter().for_each(|input| trail.add(input));
        trail.state
    }

    #[test]
    fn trails_depend_on_content_order_and_key() {
        let trail = of(1, &[b"ab", b"c"]);
        assert_eq!(trail, of(1, &[b"ab", b"c"]));
        for other in [
            of(1, &[b"ab"]),
            of(1, &[b"c", b"ab"]),
            of(1, &[b"a", b"bc"]),
            of(1, &[b"abc"]),
            of(1, &[b"ab", b"c", b""]),
            of(2, &[b"ab", b"c"]),
        ] {
            assert_ne!(trail, other);
        }
    }
}
