//! Small files that hold a secret: only their owner can read them, and nothing ever overwrites them.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read, Write as _},
    path::Path,
};

use zeroize::Zeroizing;

use crate::{
    file::Staged,
    owner::{SecretError, refuse_exposed, refuse_foreign},
};

/// Writes a new file that only its owner can read (mode 0600 on Unix), and waits until the file and its name
/// are on the disk. Even after a power failure, the whole file exists or nothing does.
///
/// # Errors
///
/// [`SecretError::Exists`] if the file exists, and the errors of the operating system.
pub fn create_secret(path: &Path, secret: &[u8]) -> Result<(), SecretError> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(SecretError::Exists);
    }
    let mut staged = Staged::create(path)?;
    staged.write_all(secret)?;
    staged.sync()?;
    staged.publish_new().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => SecretError::Exists,
        _ => SecretError::Io(error),
    })
}

/// Reads a file unless it has a forbidden permission bit (on Unix), belongs to another user, or is longer
/// than `longest` bytes. It does not wait for a pipe.
///
/// # Errors
///
/// A [`SecretError`] with the reason why the file was not read.
pub fn read_secret(
    path: &Path,
    forbidden_mode: u32,
    longest: usize,
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    // Opening a device can have side effects, and opening a pipe releases its writer.
    refuse_non_file(&fs::metadata(path)?)?;
    let mut file = open_without_waiting(path)?;
    // Checks the open file again: somebody may have swapped it in between.
    let metadata = file.metadata()?;
    refuse_non_file(&metadata)?;
    refuse_foreign(&metadata)?;
    refuse_exposed(&metadata, forbidden_mode)?;
    // One extra byte shows that a file is too long. The vector never grows, since that would leave a copy
    // behind.
    let mut content = Zeroizing::new(vec![0; longest + 1]);
    let length = read_up_to(&mut file, &mut content)?;
    if length > longest {
        return Err(SecretError::TooLong);
    }
    content.truncate(length);
    Ok(content)
}

fn refuse_non_file(metadata: &Metadata) -> Result<(), SecretError> {
    if metadata.is_file() { Ok(()) } else { Err(SecretError::NotAFile) }
}

/// Opens a file for reading. Opening a pipe the usual way would wait for a writer.
#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits();
    let flags = i32::try_from(flags).expect("flags of this system fit its own type");
    File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::{Fault, with_fault};

    #[test]
    fn a_secret_is_read_as_it_was_written_and_is_never_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        create_secret(&path, b"0123456789").expect("it is written");
        assert_eq!(*read_secret(&path, 0o077, 10).expect("it is read"), b"0123456789");
        assert!(matches!(read_secret(&path, 0o077, 9), Err(SecretError::TooLong)));
        assert!(matches!(create_secret(&path, b"other"), Err(SecretError::Exists)));
        assert_eq!(fs::read(&path).expect("it is ours"), b"0123456789");
    }

    #[test]
    fn a_secret_is_on_the_disk_as_a_whole_or_there_is_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        for number in 0.. {
            let (written, has_struck) =
                with_fault(number, Fault::Once, || create_secret(&path, b"0123456789"));
            if !has_struck {
                written.expect("nothing failed");
                break;
            }
            assert!(matches!(written, Err(SecretError::Io(_))), "step {number}");
            assert!(!path.exists(), "step {number}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_secret_that_others_can_read_or_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        create_secret(&path, b"secret").expect("it is written");
        let mode = fs::metadata(&path).expect("it is there").permissions().mode() & 0o7777;
        assert_eq!(mode, 0o600);
        for (mode, forbidden, is_read) in [
            (0o400, 0o077, true),
            (0o444, 0o077, false),
            (0o444, 0o022, true),
            (0o664, 0o022, false),
            (0o646, 0o022, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
            let read = read_secret(&path, forbidden, 100);
            assert_eq!(read.is_ok(), is_read, "{mode:o}");
            assert!(
                is_read
                    || matches!(read, Err(SecretError::Exposed { mode: found }) if found == mode)
            );
        }
    }
}
