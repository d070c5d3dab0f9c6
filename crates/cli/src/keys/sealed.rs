//! A secret sealed with a passphrase. Argon2id (RFC 9106) derives a key from the passphrase, and
//! XChaCha20-Poly1305 encrypts the secret and detects every change.
//!
//! The file is one line of text, so it can be copied like a key file. `docs/FORMAT.md` describes it.

use std::{error, fmt};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The beginning of every sealed file.
const FAMILY: &[u8] = b"leakdex-passphrase-";

/// The beginning of a file of this version.
const PREFIX: &str = "leakdex-passphrase-v1:";

const SALT: usize = 16;
const NONCE: usize = 24;
/// Memory in KiB, passes and lanes, four bytes each; then the salt and the nonce.
const HEAD: usize = 12 + SALT + NONCE;
/// The bytes that Poly1305 adds to the secret.
const TAG: usize = 16;
/// The length of a digest of everything before it. It distinguishes a damaged file from a wrong passphrase.
const CHECK: usize = 8;

/// The cost of a new file: 64 MiB, three passes, four lanes. RFC 9106 recommends these values for machines
/// with little memory.
const MEMORY: u32 = 64 << 10;
const PASSES: u32 = 3;
const LANES: u32 = 4;

/// The upper limits for a file: more would use up the machine's memory, or never end.
const MAX_MEMORY: u32 = 4 << 20;
const MAX_PASSES: u32 = 100;
const MAX_LANES: u32 = 64;

/// The reason why a sealed secret cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This program does not know the version.
    OtherVersion,
    /// The file is damaged.
    Damaged,
    WrongPassphrase,
    /// The machine lacks this much memory, in KiB.
    NoMemory(u32),
}

impl fmt::Display for Refusal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherVersion => to.write_str(
                "is sealed in a way that this version does not know; use a later leakdex",
            ),
            Self::Damaged => to.write_str("the sealed file is damaged or cut off; use your copy"),
            Self::WrongPassphrase => to.write_str("the passphrase is wrong; nothing was done"),
            Self::NoMemory(memory) => {
                write!(to, "the passphrase needs {} MiB of memory; free that much", memory >> 10)
            }
        }
    }
}

impl error::Error for Refusal {}

/// Whether a file is sealed with a passphrase, in any version.
pub fn is_sealed(content: &[u8]) -> bool {
    content.starts_with(FAMILY)
}

/// The text of a file with this secret, sealed.
pub fn seal(secret: &[u8], passphrase: &[u8]) -> anyhow::Result<String> {
    let mut bytes = Vec::with_capacity(HEAD + secret.len() + TAG + CHECK);
    for number in [MEMORY, PASSES, LANES] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.resize(HEAD, 0);
    getrandom::fill(&mut bytes[HEAD - SALT - NONCE..]).map_err(leakdex::Error::NoRandomness)?;
    let head = Head::read(&bytes).expect("it was just made");
    let cipher = head.cipher(passphrase)?;
    let payload = Payload { msg: secret, aad: &associated(&bytes) };
    let encrypted = cipher.encrypt(&head.nonce, payload).expect("a secret is short");
    bytes.extend(encrypted);
    let check = check_of(&bytes);
    bytes.extend(check);
    Ok(format!("{PREFIX}{}\n", hex::encode(bytes)))
}

/// A sealed secret.
pub struct SealedSecret {
    head: Head,
    /// The data that the encryption authenticates together with the secret.
    associated: Vec<u8>,
    encrypted: Vec<u8>,
}

/// The parameters that turn the passphrase into a key, and the nonce.
struct Head {
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; SALT],
    nonce: XNonce,
}

impl SealedSecret {
    /// Reads the text of a file. Its numbers are checked before they are used.
    pub fn read(content: &[u8]) -> Result<Self, Refusal> {
        let digits = content.strip_prefix(PREFIX.as_bytes()).ok_or(Refusal::OtherVersion)?;
        let bytes = hex::decode(digits.trim_ascii_end()).map_err(|_| Refusal::Damaged)?;
        let (bytes, check) = bytes.split_last_chunk::<CHECK>().ok_or(Refusal::Damaged)?;
        if bytes.len() < HEAD + TAG || *check != check_of(bytes) {
            return Err(Refusal::Damaged);
        }
        let head = Head::read(bytes).ok_or(Refusal::Damaged)?;
        let (before, encrypted) = bytes.split_at(HEAD);
        Ok(Self { head, associated: associated(before), encrypted: encrypted.to_vec() })
    }

    /// Decrypts the secret.
    pub fn open(&self, passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let cipher = self.head.cipher(passphrase)?;
        let payload = Payload { msg: &self.encrypted, aad: &self.associated };
        let opened = cipher.decrypt(&self.head.nonce, payload);
        opened.map(Zeroizing::new).map_err(|_| Refusal::WrongPassphrase)
    }
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let number =
            |place: usize| bytes.get(place..place + 4)?.try_into().ok().map(u32::from_le_bytes);
        let (memory, passes, lanes) = (number(0)?, number(4)?, number(8)?);
        if memory > MAX_MEMORY || passes > MAX_PASSES || lanes > MAX_LANES {
            return None;
        }
        let salt = bytes.get(12..12 + SALT)?.try_into().ok()?;
        let nonce = <[u8; NONCE]>::try_from(bytes.get(12 + SALT..HEAD)?).ok()?;
        Some(Self { memory, passes, lanes, salt, nonce: nonce.into() })
    }

    fn cipher(&self, passphrase: &[u8]) -> Result<XChaCha20Poly1305, Refusal> {
        let &Self { memory, passes, lanes, .. } = self;
        let params = Params::new(memory, passes, lanes, None).map_err(|_| Refusal::Damaged)?;
        // Argon2 would panic if it cannot allocate memory.
        let mut blocks = Zeroizing::new(Vec::new());
        let number = params.block_count();
        blocks.try_reserve_exact(number).map_err(|_| Refusal::NoMemory(memory))?;
        blocks.resize(number, Block::default());
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                passphrase,
                &self.salt,
                key.as_mut_slice(),
                blocks.as_mut_slice(),
            )
            .map_err(|_| Refusal::Damaged)?;
        Ok(XChaCha20Poly1305::new((&*key).into()))
    }
}

/// The version and everything before the encrypted secret.
fn associated(bytes: &[u8]) -> Vec<u8> {
    [PREFIX.as_bytes(), bytes].concat()
}

fn check_of(bytes: &[u8]) -> [u8; CHECK] {
    let digest = Sha256::new().chain_update(PREFIX).chain_update(bytes).finalize();
    std::array::from_fn(|place| digest[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSPHRASE: &[u8] = "sechs Wörter, die niemand rät".as_bytes();

    fn refusal(content: &[u8], passphrase: &[u8]) -> Option<Refusal> {
        SealedSecret::read(content).and_then(|sealed| sealed.open(passphrase)).err()
    }

    #[test]
    fn a_secret_needs_its_passphrase() {
        let sealed = seal(b"leakdex-key-v1:00", PASSPHRASE).expect("there is memory");
        assert!(is_sealed(sealed.as_bytes()) && !sealed.contains("leakdex-key"));
        let read = SealedSecret::read(sealed.as_bytes()).expect("it was just written");
        assert_eq!(*read.open(PASSPHRASE).expect("it is the one"), b"leakdex-key-v1:00");
        for other in [&b""[..], &PASSPHRASE[1..], b"sechs Woerter, die niemand raet"] {
            assert_eq!(read.open(other).err(), Some(Refusal::WrongPassphrase));
        }
        assert_ne!(sealed, seal(b"leakdex-key-v1:00", PASSPHRASE).expect("there is memory"));
    }

    #[test]
    fn damage_is_not_reported_as_a_wrong_passphrase() {
        let sealed = seal(b"secret", PASSPHRASE).expect("there is memory").into_bytes();
        let line = sealed.len() - 1;
        for length in 0..line {
            let expected =
                if length < PREFIX.len() { Refusal::OtherVersion } else { Refusal::Damaged };
            assert_eq!(SealedSecret::read(&sealed[..length]).err(), Some(expected), "{length}");
        }
        for place in PREFIX.len()..line {
            let mut damaged = sealed.clone();
            damaged[place] = if damaged[place] == b'0' { b'1' } else { b'0' };
            assert_eq!(SealedSecret::read(&damaged).err(), Some(Refusal::Damaged), "{place}");
        }
        let later = [b"leakdex-passphrase-v2:", &sealed[PREFIX.len()..]].concat();
        assert!(is_sealed(&later));
        assert_eq!(refusal(&later, PASSPHRASE), Some(Refusal::OtherVersion));
    }

    /// The digests are valid, so such files cannot arise by accident.
    #[test]
    fn a_changed_file_reveals_no_secret_and_exhausts_no_resources() {
        let sealed = seal(b"secret", PASSPHRASE).expect("there is memory");
        let bytes = hex::decode(sealed[PREFIX.len()..].trim_end()).expect("digits");
        let changed = |place: usize, to: &[u8]| {
            let mut bytes = bytes[..bytes.len() - CHECK].to_vec();
            bytes[place..place + to.len()].copy_from_slice(to);
            let check = check_of(&bytes);
            bytes.extend(check);
            format!("{PREFIX}{}", hex::encode(bytes))
        };
        let huge = u32::MAX.to_le_bytes();
        let one = 1_u32.to_le_bytes();
        let zero = [0; 4];
        for (place, to, expected) in [
            (0, &huge, Refusal::Damaged),
            (0, &zero, Refusal::Damaged),
            (4, &huge, Refusal::Damaged),
            (4, &zero, Refusal::Damaged),
            (8, &huge, Refusal::Damaged),
            (8, &zero, Refusal::Damaged),
            // With less work than the file was sealed with.
            (4, &one, Refusal::WrongPassphrase),
            (HEAD - 4, &zero, Refusal::WrongPassphrase),
            (HEAD, &zero, Refusal::WrongPassphrase),
        ] {
            let found = refusal(changed(place, to).as_bytes(), PASSPHRASE);
            assert_eq!(found, Some(expected), "{place}");
        }
    }
}
