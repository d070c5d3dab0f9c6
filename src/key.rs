//! The key: 32 random bytes from which every secret is derived.

use std::{
    fmt, fs,
    io::{self, Read, Write},
    path::Path,
};

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::Error;

/// The secret under which identifiers are hashed (the *pseudonymisation secret* of the EDPB's
/// Guidelines 01/2025).
///
/// Whoever holds the key **and** an index can find out by trial who is in it: a KVNR has only
/// 2.6·10⁹ values. Keep the two apart, and destroy the key when the screening is done.
///
/// The bytes are overwritten when the key is dropped, and `Debug` shows the public id only.
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
// In a box, since a value that is moved leaves its bytes behind.
pub struct Key(Box<Zeroizing<[u8; Key::LENGTH]>>);

impl Key {
    /// The length of a key in bytes.
    pub const LENGTH: usize = 32;

    /// A new key from the operating system's random number generator.
    ///
    /// # Errors
    ///
    /// [`Error::NoRandomness`] if there is none.
    pub fn generate() -> Result<Self, Error> {
        let mut key = Self(Box::default());
        getrandom::fill(key.0.as_mut_slice()).map_err(Error::NoRandomness)?;
        Ok(key)
    }

    /// A key from bytes that the caller keeps elsewhere, as in a key management system. They must
    /// be random: a passphrase is no key.
    ///
    /// ```
    /// use leakdex::Key;
    ///
    /// let bytes: [u8; Key::LENGTH] = // from the key management system
    /// #     [7; Key::LENGTH];
    /// let key = Key::from_bytes(bytes);
    /// assert_eq!(format!("{key:?}"), format!("Key(id {})", key.id()));
    /// ```
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let mut key = Self(Box::default());
        key.0.copy_from_slice(bytes.as_slice());
        key
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
        let failed = |source| Error::io("write the key file", path, source);
        let mut line = Zeroizing::new([0; FILE_LENGTH]);
        line[..PREFIX.len()].copy_from_slice(PREFIX.as_bytes());
        let digits = PREFIX.len()..PREFIX.len() + 2 * Self::LENGTH;
        hex::encode_to_slice(self.0.as_ref(), &mut line[digits])
            .expect("the place is twice as long as the key");
        line[FILE_LENGTH - 1] = b'\n';

        let mut file = private_file().open(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Error::KeyExists { path: path.to_owned() },
            _ => failed(source),
        })?;
        let written = file.write_all(line.as_ref()).and_then(|()| file.sync_all());
        written.map_err(|source| {
            // A key that was written in part is of no use and must not be taken for one.
            let _ = fs::remove_file(path);
            failed(source)
        })
    }

    /// Reads a key file.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if it cannot be read, [`Error::KeyNotAFile`] if it is no regular file,
    /// [`Error::ForeignKey`] if it belongs to neither the effective user nor root (on Unix),
    /// [`Error::ExposedKey`] if its group or others can read or write it (on Unix),
    /// [`Error::NotAKey`] if it holds something else.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |source| Error::io("read the key file", path, source);
        let refuse_others = |metadata: &fs::Metadata| {
            let other = || Error::KeyNotAFile { path: path.to_owned() };
            if metadata.is_file() { Ok(()) } else { Err(other()) }
        };
        // To open a pipe would wait for somebody who writes to it.
        refuse_others(&fs::metadata(path).map_err(failed)?)?;
        let mut file = fs::File::open(path).map_err(failed)?;
        // Looked at once more, at the open file, so that nobody can swap it in between.
        let metadata = file.metadata().map_err(failed)?;
        refuse_others(&metadata)?;
        refuse_foreign(&metadata, path)?;
        refuse_exposed(&metadata, path)?;

        // Room for a line end of two bytes and one byte more, by which a longer file is noticed.
        let mut content = Zeroizing::new([0; FILE_LENGTH + 2]);
        let length = read_up_to(&mut file, content.as_mut()).map_err(failed)?;
        let key = if length < content.len() { Self::parse(&content[..length]) } else { None };
        key.ok_or_else(|| Error::NotAKey { path: path.to_owned() })
    }

    /// The public name of this key, by which an index says which key it was built with.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut id = [0; KeyId::LENGTH];
        id.copy_from_slice(&self.derive("key-id")[..KeyId::LENGTH]);
        KeyId(id)
    }

    /// HMAC-SHA-256 under a subkey for a purpose: a digest that tells nobody without the key what it
    /// was made of. For what the command writes down between two runs; no part of the interface.
    #[doc(hidden)]
    #[must_use]
    pub fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let subkey = self.derive(purpose);
        let mac = Hmac::<Sha256>::new_from_slice(subkey.as_ref())
            .expect("HMAC takes a key of any length");
        parts.iter().fold(mac, Mac::chain_update).finalize().into_bytes().into()
    }

    /// A subkey for one purpose: HKDF-SHA-256 (RFC 5869) without salt, the purpose in the info.
    pub(crate) fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut subkey = Zeroizing::new([0; 32]);
        hkdf_sha256(&[], self.0.as_slice(), &[DOMAIN, purpose.as_bytes()], subkey.as_mut());
        subkey
    }

    fn parse(content: &[u8]) -> Option<Self> {
        let digits = content.strip_prefix(PREFIX.as_bytes())?.trim_ascii_end();
        let mut key = Self(Box::default());
        hex::decode_to_slice(digits, key.0.as_mut_slice()).ok()?;
        Some(key)
    }
}

/// The public name of a [`Key`]: 64 bits derived from it, which say nothing about it.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// assert_eq!(builder.build()?.key_id(), key.id());
/// assert_eq!(key.id().to_string().len(), 16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; KeyId::LENGTH]);

impl KeyId {
    const LENGTH: usize = 8;
}

/// What a key file begins with.
const PREFIX: &str = "leakdex-key-v1:";

/// The length of a key file: the prefix, two digits a byte, a line end.
const FILE_LENGTH: usize = PREFIX.len() + 2 * Key::LENGTH + 1;

/// Stands before every purpose, so that the same key in another program derives other subkeys.
const DOMAIN: &[u8] = b"leakdex/1 ";

fn hkdf_sha256(salt: &[u8], key: &[u8], info: &[&[u8]], output: &mut [u8]) {
    Hkdf::<Sha256>::new(Some(salt), key)
        .expand_multi_info(info, output)
        .expect("HKDF-SHA-256 gives up to 8,160 bytes");
}

#[cfg(unix)]
fn private_file() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    options
}

/// The owner of a file can change its mode and its content at any time.
#[cfg(unix)]
fn refuse_foreign(metadata: &fs::Metadata, path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    match metadata.uid() {
        owner if owner == user || owner == 0 => Ok(()),
        owner => Err(Error::ForeignKey { path: path.to_owned(), owner }),
    }
}

#[cfg(not(unix))]
fn refuse_foreign(_: &fs::Metadata, _: &Path) -> Result<(), Error> {
    Ok(())
}

#[cfg(unix)]
fn refuse_exposed(metadata: &fs::Metadata, path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(Error::ExposedKey { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &fs::Metadata, _: &Path) -> Result<(), Error> {
    Ok(())
}

fn read_up_to(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key(id {})", self.id())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}

impl Serialize for KeyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let mut id = [0; Self::LENGTH];
        hex::decode_to_slice(digits, &mut id)
            .map_err(|_| serde::de::Error::custom("a key id has 16 hex digits"))?;
        Ok(Self(id))
    }
}

#[cfg(test)]
mod tests {
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
    fn debug_shows_the_id_only() {
        let key = Key::from_bytes([0xAB; 32]);
        let shown = format!("{key:?}");
        assert!(!shown.to_lowercase().contains("abab"), "{shown}");
        assert_eq!(shown, format!("Key(id {})", key.id()));
    }

    #[test]
    fn a_key_file_is_taken_only_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let key = Key::from_bytes([3; 32]);
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
    fn a_key_of_another_user_is_refused_and_one_of_the_user_or_of_root_is_not() {
        use std::os::unix::fs::{MetadataExt, chown};
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        Key::from_bytes([3; 32]).save(&path).expect("the key is written");
        let user = rustix::process::geteuid().as_raw();
        assert_eq!(fs::metadata(&path).expect("it is there").uid(), user);
        assert!(Key::load(&path).is_ok());

        // What belongs to whom can be seen without being root, by files that are there anyway.
        let of_root = fs::metadata("/").expect("there is a root");
        assert_eq!(refuse_foreign(&of_root, &path).is_ok(), [user, 0].contains(&of_root.uid()));

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
    fn a_pipe_a_device_and_a_folder_are_no_key_files_and_nothing_waits_for_them() {
        use std::{process::Command, sync::mpsc, thread, time::Duration};
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = Command::new("mkfifo").arg("-m").arg("600").arg(&pipe).status();
        assert!(made.expect("mkfifo is there").success());
        for path in [pipe.as_path(), Path::new("/dev/null"), folder.path()] {
            let (tell, told) = mpsc::channel();
            let given = path.to_owned();
            thread::spawn(move || tell.send(Key::load(given)));
            let outcome = told.recv_timeout(Duration::from_secs(10)).expect("it does not wait");
            assert!(matches!(outcome, Err(Error::KeyNotAFile { .. })), "{}", path.display());
        }
    }

    /// Linux shows a process its own memory as a file, so that safe code can look where a value was.
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
        let key = Key::from_bytes([0xA7; 32]);
        let place = u64::try_from(key.0.as_ptr().addr()).expect("64 bits hold an address");
        assert_eq!(read(place), [0xA7; 32], "this is where the key is");
        let moved = black_box(key);
        assert_eq!(moved.0.as_ptr().addr(), usize::try_from(place).expect("it was one"));
        drop(moved);
        // Another thread may have got the place meanwhile, but has nothing to do with this key.
        let left = read(place);
        assert!(!left.windows(4).any(|bytes| bytes == [0xA7; 4]), "bytes of the key are left");
    }

    #[test]
    fn another_key_or_purpose_gives_another_subkey() {
        let key = Key::from_bytes([1; 32]);
        assert_ne!(*key.derive("a"), *key.derive("b"));
        assert_ne!(*key.derive("a"), *Key::from_bytes([2; 32]).derive("a"));
        assert_ne!(key.id(), Key::from_bytes([2; 32]).id());
    }
}
