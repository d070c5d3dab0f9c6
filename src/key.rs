//! The key: 32 random bytes from which every secret is derived.

use std::{fmt, io, path::Path};

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use leakdex_staging::{SecretError, create_secret, read_secret};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{error::Error, id::KeyId};

/// The secret under which identifiers are hashed (the *pseudonymisation secret* of the EDPB's
/// Guidelines 01/2025).
///
/// Anyone with the key **and** an index can find out who is in it by trying all values: there are
/// only 2.6·10⁹ KVNRs. Keep the two apart, and destroy the key when the screening is done.
///
/// Dropping the key overwrites its bytes. `Debug` shows the public id only.
///
/// ```
/// use leakdex::Key;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("breach.key");
///
/// let key = Key::generate()?;
/// key.save(&path)?;
/// assert_eq!(Key::load(&path)?.id(), key.id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
// Boxed, because moving a value leaves a copy of its bytes behind.
pub struct Key(Box<Zeroizing<[u8; Key::LENGTH]>>);

impl Key {
    /// The length of a key in bytes.
    pub const LENGTH: usize = 32;

    /// A new key from the operating system's random number generator.
    ///
    /// # Errors
    ///
    /// [`Error::NoRandomness`] if the generator gives no bytes.
    pub fn generate() -> Result<Self, Error> {
        let mut key = Self(Box::default());
        getrandom::fill(key.0.as_mut_slice()).map_err(Error::NoRandomness)?;
        Ok(key)
    }

    /// A key from a secret store: the 32 bytes themselves, or the text of a key file.
    ///
    /// The bytes must be random: a passphrase is not a key. The caller's copy remains; overwrite it
    /// when it is no longer needed.
    ///
    /// ```
    /// use leakdex::Key;
    ///
    /// let bytes = // from the key management system
    /// #     [7; Key::LENGTH];
    /// let key = Key::from_bytes(&bytes)?;
    /// assert_eq!(format!("{key:?}"), format!("Key(id {})", key.id()));
    /// # Ok::<(), leakdex::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotAKey`] if the bytes are neither, or are 32 printable characters, which are not
    /// random. [`Error::ZeroKey`] if all bytes of the key are zero, like memory that was never
    /// filled.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut key = Self(Box::default());
        // Check this first: a truncated key file can have as many bytes as a key.
        if let Some(digits) = bytes.strip_prefix(PREFIX.as_bytes()) {
            hex::decode_to_slice(digits.trim_ascii_end(), key.0.as_mut_slice())
                .map_err(|_| Error::NotAKey { path: None })?;
        } else if bytes.len() == Self::LENGTH && !is_text(bytes) {
            key.0.copy_from_slice(bytes);
        } else {
            return Err(Error::NotAKey { path: None });
        }
        if key.0.iter().all(|&byte| byte == 0) {
            return Err(Error::ZeroKey { path: None });
        }
        Ok(key)
    }

    /// Writes the key to a new file that only its owner can read (mode 0600 on Unix), and waits
    /// until it is on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::KeyExists`] if the file exists: a key is never overwritten. [`Error::Io`] if it
    /// cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let mut line = Zeroizing::new([0; FILE_LENGTH]);
        line[..PREFIX.len()].copy_from_slice(PREFIX.as_bytes());
        let digits = PREFIX.len()..PREFIX.len() + 2 * Self::LENGTH;
        hex::encode_to_slice(self.0.as_ref(), &mut line[digits])
            .expect("the place is twice as long as the key");
        line[FILE_LENGTH - 1] = b'\n';

        create_secret(path, line.as_ref())
            .map_err(|error| key_file_error("write the key file", path, error))
    }

    /// Reads a key file. Refuses a file that anybody but its owner can read or write.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if it cannot be read, [`Error::KeyNotAFile`] if it is not a regular file,
    /// [`Error::ForeignKey`] if it belongs to neither the effective user nor root (on Unix),
    /// [`Error::ExposedKey`] if its group or others can read or write it (on Unix),
    /// [`Error::NotAKey`] or [`Error::ZeroKey`] if it does not hold a valid key.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::load_unless(path.as_ref(), 0o077)
    }

    /// Reads a key file that a container runtime mounts as a secret. Docker mounts secrets with
    /// mode 0444, so that everybody in the container can read them. Use this only in a container
    /// that nobody else can enter.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load), except that [`Error::ExposedKey`] is returned only if group
    /// or others can write the file.
    pub fn load_mounted_secret(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::load_unless(path.as_ref(), 0o022)
    }

    /// Reads a key file that has none of the `forbidden` permission bits.
    fn load_unless(path: &Path, forbidden: u32) -> Result<Self, Error> {
        // One more byte, because a line end may have two.
        let content = read_secret(path, forbidden, FILE_LENGTH + 1)
            .map_err(|error| key_file_error("read the key file", path, error))?;
        // A key file holds text. A file of 32 bytes is not a key.
        let key = if content.len() == Self::LENGTH { &[] } else { content.as_slice() };
        Self::from_bytes(key).map_err(|error| error.in_file(path))
    }

    /// The public id of this key. An index holds it to show which key it was built with.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of_digest(self.derive("key-id").as_slice())
    }

    /// HMAC-SHA-256 of the parts, under a subkey for this purpose. Without the key, the digest
    /// reveals nothing. It is meant for data that a program keeps between its runs.
    ///
    /// The subkey differs from those of pseudonyms and indexes, whatever the purpose is called. The
    /// parts are concatenated: the digest does not depend on where one ends and the next begins.
    #[must_use]
    pub fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        hmac_sha256(&self.derive(&format!("digest {purpose}")), parts)
    }

    /// A subkey for one purpose: HKDF-SHA-256 (RFC 5869) without salt, with the purpose in the
    /// info.
    pub(crate) fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut subkey = Zeroizing::new([0; 32]);
        hkdf_sha256(&[], self.0.as_slice(), &[DOMAIN, purpose.as_bytes()], subkey.as_mut());
        subkey
    }
}

/// The beginning of a key file.
const PREFIX: &str = "leakdex-key-v1:";

/// The length of a key file: the prefix, two hex digits for each byte, and a line end.
const FILE_LENGTH: usize = PREFIX.len() + 2 * Key::LENGTH + 1;

/// The prefix of every purpose. Another program with the same key derives other subkeys.
const DOMAIN: &[u8] = b"leakdex/1 ";

fn hkdf_sha256(salt: &[u8], key: &[u8], info: &[&[u8]], output: &mut [u8]) {
    Hkdf::<Sha256>::new(Some(salt), key)
        .expand_multi_info(info, output)
        .expect("HKDF-SHA-256 gives up to 8,160 bytes");
}

/// HMAC-SHA-256 of the parts, one after another.
pub(crate) fn hmac_sha256(subkey: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(subkey).expect("HMAC takes a key of any length");
    parts.iter().fold(mac, Mac::chain_update).finalize().into_bytes().into()
}

/// Converts the error of reading or writing a key file.
fn key_file_error(action: &'static str, path: &Path, error: SecretError) -> Error {
    let path = path.to_owned();
    match error {
        SecretError::Exists => Error::KeyExists { path },
        SecretError::NotAFile => Error::KeyNotAFile { path },
        SecretError::Foreign { owner } => Error::ForeignKey { path, owner },
        SecretError::Exposed { mode } => Error::ExposedKey { path, mode },
        SecretError::TooLong => Error::NotAKey { path: Some(path) },
        SecretError::Io(source) => Error::io(action, &path, source),
        other => Error::io(action, &path, io::Error::other(other)),
    }
}

/// Whether these bytes are all printable ASCII. That holds for a passphrase and for 32 hex digits,
/// and for random bytes with a probability of 10⁻¹⁴.
fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| (b' '..=b'~').contains(byte))
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key(id {})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// RFC 5869, appendix A, test cases 1 to 3.
    #[test]
    fn the_hkdf_vectors_of_rfc_5869_hold() {
        let vectors = include_str!("../tests/data/crypto/rfc5869_hkdf_sha256.csv");
        let mut count = 0;
        for line in vectors.lines().skip(1) {
            let cells: Vec<Vec<u8>> =
                line.split(',').map(|cell| hex::decode(cell).expect("hex digits")).collect();
            let [key, salt, info, expected] = &cells[..] else { panic!("four cells a line") };
            let mut output = vec![0; expected.len()];
            hkdf_sha256(salt, key, &[info], &mut output);
            assert_eq!(&output, expected);
            count += 1;
        }
        assert_eq!(count, 3);
    }

    #[test]
    fn bytes_of_a_key_and_the_text_of_its_file_give_the_same_key() {
        let key = Key::from_bytes(&[0xA7; 32]).expect("a key");
        let text = format!("{PREFIX}{}\n", "a7".repeat(32));
        assert_eq!(Key::from_bytes(text.as_bytes()).expect("a key").id(), key.id());
        let cut = &text.as_bytes()[..Key::LENGTH];
        for wrong in
            [&b""[..], &[0xA7; 31], &[0xA7; 33], b"leakdex-key-v1:a7", b"secret", cut, &[b'a'; 32]]
        {
            let error = Key::from_bytes(wrong).expect_err("no key");
            assert!(matches!(error, Error::NotAKey { path: None }), "{error}");
        }
    }

    #[test]
    fn a_key_of_zeros_is_refused() {
        let text = format!("{PREFIX}{}\n", "00".repeat(32));
        for zeros in [&[0; 32][..], text.as_bytes()] {
            let error = Key::from_bytes(zeros).expect_err("all bytes are zero");
            assert!(matches!(error, Error::ZeroKey { .. }), "{error}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        Key::from_bytes(&[3; 32]).expect("a key").save(&path).expect("the key is written");
        fs::write(&path, text).expect("written");
        let error = Key::load(&path).expect_err("all bytes are zero");
        assert!(
            matches!(&error, Error::ZeroKey { path: Some(found) } if *found == path),
            "{error}"
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_mounted_secret_may_be_read_by_others_and_written_by_nobody_else() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let key = Key::from_bytes(&[3; 32]).expect("a key");
        key.save(&path).expect("the key is written");
        for (mode, loads, loads_as_secret) in [
            (0o400, true, true),
            (0o444, false, true),
            (0o664, false, false),
            (0o646, false, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
            assert_eq!(Key::load(&path).is_ok(), loads, "{mode:o}");
            assert_eq!(Key::load_mounted_secret(&path).is_ok(), loads_as_secret, "{mode:o}");
        }
    }

    #[test]
    fn a_digest_for_any_purpose_has_its_own_subkey() {
        let key = Key::from_bytes(&[3; 32]).expect("a key");
        let mac = hmac_sha256(&key.derive("index-mac"), &[b"head"]);
        assert_ne!(key.digest("index-mac", &[b"head"]), mac);
        assert_ne!(key.digest("a", &[b"head"]), key.digest("b", &[b"head"]));
        assert_eq!(key.digest("a", &[b"he", b"ad"]), key.digest("a", &[b"head"]));
    }

    #[test]
    fn debug_shows_the_id_only() {
        let key = Key::from_bytes(&[0xAB; 32]).expect("a key");
        let shown = format!("{key:?}");
        assert!(!shown.to_lowercase().contains("abab"), "{shown}");
        assert_eq!(shown, format!("Key(id {})", key.id()));
    }

    #[test]
    fn only_the_line_end_of_a_key_file_may_differ() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let key = Key::from_bytes(&[3; 32]).expect("a key");
        key.save(&path).expect("the key is written");
        let written = fs::read_to_string(&path).expect("the key file is text");
        assert!(matches!(key.save(&path), Err(Error::KeyExists { .. })));

        for (content, taken) in [
            (written.clone(), true),
            (written.trim_end().to_owned(), true),
            (written.replace('\n', "\r\n"), true),
            (format!("{written}  x"), false),
            (format!("{written}{}", " ".repeat(100)), false),
            (written.replace("v1", "v2"), false),
            (written[..written.len() - 2].to_owned(), false),
            (String::new(), false),
        ] {
            // The file keeps its permissions.
            fs::write(&path, &content).expect("written");
            let loaded = Key::load(&path).map(|key| key.id()).ok();
            assert_eq!(loaded, taken.then_some(key.id()), "{} bytes", content.len());
        }
    }

    #[test]
    #[cfg(unix)]
    fn only_a_key_of_another_user_is_refused() {
        use std::os::unix::fs::{MetadataExt, chown};
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        Key::from_bytes(&[3; 32]).expect("a key").save(&path).expect("the key is written");
        let user = rustix::process::geteuid().as_raw();
        assert_eq!(fs::metadata(&path).expect("it is there").uid(), user);
        assert!(Key::load(&path).is_ok());

        let other = user + 12_345;
        if let Err(error) = chown(&path, Some(other), None) {
            eprintln!("not shown that a key of another user is refused: {error}");
            return;
        }
        let error = Key::load(&path).expect_err("the key is another user's");
        assert!(matches!(error, Error::ForeignKey { owner, .. } if owner == other), "{error}");
        let message = error.to_string();
        assert!(message.contains(&other.to_string()) && message.contains("chown"), "{message}");
        chown(&path, Some(user), None).expect("it worked before");
        assert!(Key::load(&path).is_ok());
    }

    #[test]
    #[cfg(unix)]
    fn a_pipe_a_device_and_a_folder_are_not_key_files_and_nothing_waits_for_them() {
        use std::{process::Command, sync::mpsc, thread, time::Duration};
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let status = Command::new("mkfifo").arg("-m").arg("600").arg(&pipe).status();
        assert!(status.expect("mkfifo is there").success());
        for path in [pipe.as_path(), Path::new("/dev/null"), folder.path()] {
            let (sender, receiver) = mpsc::channel();
            let given = path.to_owned();
            thread::spawn(move || sender.send(Key::load(given)));
            let outcome = receiver.recv_timeout(Duration::from_secs(10)).expect("it does not wait");
            assert!(matches!(outcome, Err(Error::KeyNotAFile { .. })), "{}", path.display());
        }
    }

    /// On Linux, a process can read its own memory as a file. So safe code can read the place where
    /// a value was.
    #[test]
    #[cfg(target_os = "linux")]
    fn the_bytes_of_a_key_are_overwritten_when_it_is_dropped() {
        use std::{hint::black_box, os::unix::fs::FileExt};
        let Ok(memory) = fs::File::open("/proc/self/mem") else {
            eprintln!("not shown that keys are overwritten: no /proc/self/mem here");
            return;
        };
        let read = |address: u64| {
            let mut bytes = [0; Key::LENGTH];
            memory.read_exact_at(&mut bytes, address).expect("this process's own memory");
            bytes
        };
        let key = Key::from_bytes(&[0xA7; 32]).expect("a key");
        let place = u64::try_from(key.0.as_ptr().addr()).expect("64 bits hold an address");
        assert_eq!(read(place), [0xA7; 32], "this is where the key is");
        let moved = black_box(key);
        assert_eq!(moved.0.as_ptr().addr(), usize::try_from(place).expect("it was one"));
        drop(moved);
        // Another thread may use this memory by now, but it does not write bytes of this key to it.
        let left = read(place);
        assert!(!left.windows(4).any(|bytes| bytes == [0xA7; 4]), "bytes of the key are left");
    }

    #[test]
    fn another_key_or_purpose_gives_another_subkey() {
        let key = Key::from_bytes(&[1; 32]).expect("a key");
        assert_ne!(*key.derive("a"), *key.derive("b"));
        assert_ne!(*key.derive("a"), *Key::from_bytes(&[2; 32]).expect("a key").derive("a"));
        assert_ne!(key.id(), Key::from_bytes(&[2; 32]).expect("a key").id());
    }
}
