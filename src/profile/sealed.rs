//! Encrypts the profiles of leaks in an index, and the accounts of tasks that an engine carries, so
//! that nobody can read them without the key.

use chacha20::{
    XChaCha20,
    cipher::{KeyIvInit, StreamCipher},
};
use zeroize::Zeroizing;

use super::LeakProfile;
use crate::key::{Key, hmac_sha256};

const NONCE_LENGTH: usize = 24;

/// Encrypts and decrypts profiles or accounts under one key.
///
/// The nonce is a MAC of the plaintext. So equal plaintexts give equal bytes, different ones never
/// share a key stream, and changed bytes are detected.
pub(crate) struct ProfileCipher {
    cipher_key: Zeroizing<[u8; 32]>,
    nonce_key: Zeroizing<[u8; 32]>,
}

impl ProfileCipher {
    pub fn new(key: &Key) -> Self {
        Self { cipher_key: key.derive("profile"), nonce_key: key.derive("profile nonce") }
    }

    pub fn of_accounts(key: &Key) -> Self {
        let (cipher, nonce) = ("task account", "task account nonce");
        Self { cipher_key: key.derive(cipher), nonce_key: key.derive(nonce) }
    }

    /// The nonce and the sealed JSON of the profiles, without small counts. There is one profile
    /// for each build in the index.
    pub fn seal(&self, profiles: &[LeakProfile]) -> Vec<u8> {
        let profiles: Vec<_> = profiles.iter().map(LeakProfile::without_small_counts).collect();
        self.seal_text(serde_json::to_vec(&profiles).expect("a profile has string keys only"))
    }

    /// The nonce and the sealed text.
    pub fn seal_text(&self, mut text: Vec<u8>) -> Vec<u8> {
        let nonce = self.nonce(&text);
        self.cipher(&nonce).apply_keystream(&mut text);
        [&nonce[..], &text].concat()
    }

    /// The profiles that were sealed; `None` if the key is wrong or the bytes were changed.
    pub fn open(&self, sealed: &[u8]) -> Option<Vec<LeakProfile>> {
        serde_json::from_slice(&self.open_text(sealed)?).ok()
    }

    /// The text that was sealed; `None` if the key is wrong or the bytes were changed.
    pub fn open_text(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk()?;
        let mut text = text.to_vec();
        self.cipher(nonce).apply_keystream(&mut text);
        let is_same = self.nonce(&text) == *nonce;
        is_same.then_some(text)
    }

    fn cipher(&self, nonce: &[u8; NONCE_LENGTH]) -> XChaCha20 {
        XChaCha20::new((&*self.cipher_key).into(), nonce.into())
    }

    fn nonce(&self, text: &[u8]) -> [u8; NONCE_LENGTH] {
        let whole = hmac_sha256(&self.nonce_key, &[text]);
        *whole.first_chunk().expect("the nonce is shorter")
    }
}
