//! Signing keys of the parties (Ed25519, RFC 8032), and their fingerprints.

use std::{fmt, str::FromStr};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Secret},
    names::Fingerprint,
};

/// The signing key of a provider or an insurer.
///
/// It is overwritten on drop, and `Debug` shows only the fingerprint.
///
/// ```
/// use leakdex_private::Signer;
///
/// let signer = Signer::generate()?;
/// let same = Signer::from_text(signer.to_text().as_bytes())?;
/// assert_eq!(signer.fingerprint(), same.fingerprint());
/// # Ok::<(), leakdex_private::Error>(())
/// ```
// Boxed, because moving a value leaves a copy of its bytes behind.
pub struct Signer(Box<SigningKey>);

const PREFIX: &str = "leakdex-signer-v1:";

impl Signer {
    /// A new key from the operating system's random number generator.
    ///
    /// # Errors
    ///
    /// [`Error::NoRandomness`] if the generator returns no bytes.
    pub fn generate() -> Result<Self, Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(Error::NoRandomness)?;
        Ok(Self(Box::new(SigningKey::from_bytes(&seed))))
    }

    /// The key in the text of its file.
    ///
    /// # Errors
    ///
    /// [`Error::NotASecret`] if the text has no signing key.
    pub fn from_text(text: &[u8]) -> Result<Self, Error> {
        let digits = text.strip_prefix(PREFIX.as_bytes());
        let mut seed = Zeroizing::new([0; 32]);
        let decoded = digits
            .and_then(|digits| hex::decode_to_slice(digits.trim_ascii_end(), seed.as_mut()).ok());
        let is_random = seed.iter().any(|&byte| byte != 0);
        decoded.filter(|()| is_random).ok_or(Error::NotASecret(Secret::Signer))?;
        Ok(Self(Box::new(SigningKey::from_bytes(&seed))))
    }

    /// The text of its file: one line.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(self.0.to_bytes());
        let digits = Zeroizing::new(hex::encode(seed.as_ref()));
        Zeroizing::new(format!("{PREFIX}{}\n", *digits))
    }

    /// The public key.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_bytes(self.0.verifying_key().to_bytes())
    }

    #[cfg(test)]
    pub(crate) fn secret(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LENGTH] {
        self.0.sign(message).to_bytes()
    }
}

pub(crate) const SIGNATURE_LENGTH: usize = 64;

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({})", self.fingerprint())
    }
}

impl Fingerprint {
    /// Whether the owner of this key signed the message. Weak keys and non-canonical signatures are refused.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8; SIGNATURE_LENGTH]) -> bool {
        let signature = Signature::from_bytes(signature);
        let key = VerifyingKey::from_bytes(self.as_bytes());
        key.is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl FromStr for Fingerprint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_hex(text).ok_or(Error::NotAFingerprint)
    }
}
