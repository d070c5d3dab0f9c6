//! Keys and other secrets in files, plain or sealed with a passphrase.

mod passphrase;
mod sealed;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use leakdex::{IndexSet, Key};
use leakdex_staging::{SecretError, create_secret, read_secret};
use zeroize::Zeroizing;

pub use passphrase::{file as passphrase_file, set_file as set_passphrase_file};

use passphrase::Passphrase;
use sealed::Refusal;

/// The maximum size of a secret file, in bytes. The sealed file of an epoch is the longest: it has a name
/// and kinds, and two digits per byte.
const MAX_LENGTH: usize = 12 << 10;

/// The number of attempts to type a passphrase at the terminal.
const ATTEMPTS: usize = 3;

/// Loads the key in this file. Asks for the passphrase if the file is sealed.
pub fn load(path: &Path) -> anyhow::Result<Key> {
    match read_secret(path, 0o077, MAX_LENGTH) {
        Ok(content) if sealed::is_sealed(&content) => {
            let text = opened(path, &content)?;
            Key::from_bytes(&text).with_context(|| path.display().to_string())
        }
        // The library names the fault of the file.
        _ => Ok(Key::load(path)?),
    }
}

/// Loads the keys in these files.
pub fn load_all(paths: &[PathBuf]) -> anyhow::Result<Vec<Key>> {
    paths.iter().map(|path| load(path)).collect()
}

/// The key of the first index. The order of the keys does not matter.
pub fn of_first<'k>(indexes: &IndexSet, keys: &'k [Key]) -> Option<&'k Key> {
    let id = indexes.indexes().first()?.key_id();
    keys.iter().find(|key| key.id() == id)
}

/// Generates a key in a new file, sealed if a passphrase is wanted.
pub fn generate(path: &Path, with_passphrase: bool) -> anyhow::Result<Key> {
    if !with_passphrase {
        let key = Key::generate()?;
        key.save(path)?;
        return Ok(key);
    }
    refuse_existing(path)?;
    let mut bytes = Zeroizing::new([0; Key::LENGTH]);
    getrandom::fill(bytes.as_mut_slice()).map_err(leakdex::Error::NoRandomness)?;
    let key = Key::from_bytes(bytes.as_slice())?;
    let mut text = Zeroizing::new(vec![0; PREFIX.len() + 2 * Key::LENGTH]);
    text[..PREFIX.len()].copy_from_slice(PREFIX);
    hex::encode_to_slice(bytes.as_slice(), &mut text[PREFIX.len()..])
        .expect("the place is twice as long as the key");
    save(path, &text, with_passphrase)?;
    Ok(key)
}

/// The prefix of a key file.
const PREFIX: &[u8] = b"leakdex-key-v1:";

/// Reads the text of a secret. Asks for the passphrase if the file is sealed.
pub fn read(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let content = read_secret(path, 0o077, MAX_LENGTH).map_err(system_error);
    let content = content.with_context(|| path.display().to_string())?;
    if sealed::is_sealed(&content) { opened(path, &content) } else { Ok(content) }
}

/// Writes the text of a secret to a new file that only its owner can read, sealed if a passphrase is
/// wanted.
pub fn save(path: &Path, text: &[u8], with_passphrase: bool) -> anyhow::Result<()> {
    let written = if with_passphrase {
        // Fail before the user types a passphrase.
        refuse_existing(path)?;
        let sealed = sealed::seal(text, Passphrase::new(path)?.as_bytes())?;
        create_secret(path, sealed.as_bytes())
    } else {
        create_secret(path, text)
    };
    written.map_err(system_error).with_context(|| path.display().to_string())
}

/// Whether to seal a new key: with `--passphrase`, or with a passphrase file.
pub fn is_to_be_sealed(with_passphrase: bool) -> bool {
    with_passphrase || passphrase_file().is_some()
}

fn refuse_existing(path: &Path) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(SecretError::Exists).with_context(|| path.display().to_string());
    }
    Ok(())
}

/// The text in a sealed file.
fn opened(path: &Path, content: &[u8]) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let in_file = || path.display().to_string();
    let sealed = sealed::SealedSecret::read(content).with_context(in_file)?;
    for attempt in 1.. {
        let passphrase = Passphrase::of(path)?;
        match sealed.open(passphrase.as_bytes()) {
            Err(Refusal::WrongPassphrase) if !passphrase.is_of_file() && attempt < ATTEMPTS => {}
            opened => return opened.with_context(in_file),
        }
    }
    unreachable!("the last attempt returns")
}

/// Unwraps a system error, for which the module `remedies` has advice.
pub fn system_error(error: SecretError) -> anyhow::Error {
    match error {
        SecretError::Io(error) => error.into(),
        error => error.into(),
    }
}
