//! Checks that only its owner can access a file, and the reasons to refuse files with secrets.

use std::{
    error, fmt,
    fs::{File, Metadata},
    io,
};

/// Why a file with a secret was not written or read. The caller knows the path.
#[non_exhaustive]
#[derive(Debug)]
pub enum SecretError {
    /// The operating system failed.
    Io(io::Error),
    /// The file already exists.
    Exists,
    /// It is not a regular file.
    NotAFile,
    /// It belongs to neither the effective user nor root, so its owner can change it at any time.
    Foreign {
        /// The number of its owner.
        owner: u32,
    },
    /// Other users can access it.
    Exposed {
        /// Its permission bits.
        mode: u32,
    },
    /// It is too long for such a secret.
    TooLong,
}

impl fmt::Display for SecretError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(to),
            Self::Exists => to.write_str("the file exists, and a secret is never overwritten"),
            Self::NotAFile => to.write_str("it is not a regular file"),
            Self::Foreign { owner } => {
                write!(to, "it belongs to user {owner}, who can change it; chown it to yourself")
            }
            Self::Exposed { mode } => {
                write!(to, "users other than its owner have access (mode {mode:o}); chmod 600")
            }
            Self::TooLong => to.write_str("it is too long for such a file"),
        }
    }
}

impl error::Error for SecretError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for SecretError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Refuses a file that belongs to another user, or that others can read or write.
pub(crate) fn refuse_shared(file: &File) -> io::Result<()> {
    /// All permission bits except read and write for the owner.
    const FORBIDDEN_MODE: u32 = 0o7177;
    let metadata = file.metadata()?;
    let refused =
        refuse_foreign(&metadata).and_then(|()| refuse_exposed(&metadata, FORBIDDEN_MODE));
    refused.map_err(|error| io::Error::new(io::ErrorKind::PermissionDenied, error.to_string()))
}

/// Refuses a file of another user, because its owner can change its mode and content at any time.
#[cfg(unix)]
pub(crate) fn refuse_foreign(metadata: &Metadata) -> Result<(), SecretError> {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    match metadata.uid() {
        owner if owner == user || owner == 0 => Ok(()),
        owner => Err(SecretError::Foreign { owner }),
    }
}

#[cfg(not(unix))]
pub(crate) fn refuse_foreign(_: &Metadata) -> Result<(), SecretError> {
    Ok(())
}

#[cfg(unix)]
pub(crate) fn refuse_exposed(metadata: &Metadata, forbidden: u32) -> Result<(), SecretError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & forbidden == 0 { Ok(()) } else { Err(SecretError::Exposed { mode }) }
}

#[cfg(not(unix))]
pub(crate) fn refuse_exposed(_: &Metadata, _: u32) -> Result<(), SecretError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_of_root_are_read_and_those_of_other_users_are_not() {
        use std::os::unix::fs::MetadataExt;
        let user = rustix::process::geteuid().as_raw();
        // A file that root already owns tests part of the rule, even without root rights.
        let of_root = fs::metadata("/").expect("there is a root");
        assert_eq!(refuse_foreign(&of_root).is_ok(), [user, 0].contains(&of_root.uid()));
    }
}
