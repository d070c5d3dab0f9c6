//! The streams that this process inherited: standard output, and others that a path such as `/dev/stdout`
//! or `/dev/fd/3` names.
//!
//! Such a path must not be opened like a file. A new descriptor would write at the start of the file behind
//! it, and a rename would replace a file that another process has open. So a result goes through the
//! inherited descriptor.

use std::{io, path::Path};

/// The descriptor of standard input.
pub const INPUT: i32 = 0;

/// The descriptor of standard output.
pub const OUTPUT: i32 = 1;

/// The descriptor for a result with this path: standard output for `-`, or the descriptor that the path
/// names, directly or through links. `None` for other paths. The descriptor need not be open.
pub fn of_path(path: &Path) -> Option<i32> {
    if path.as_os_str() == "-" { Some(OUTPUT) } else { system::of_path(path) }
}

/// Refuses a standard output that cannot be written. Call this before the work.
pub fn refuse_unusable_output() -> anyhow::Result<()> {
    open(OUTPUT).map(drop)
}

/// The stream of an inherited descriptor, for writing.
///
/// # Errors
///
/// If the descriptor was closed at the start, or if it is open for reading only.
pub fn open(number: i32) -> anyhow::Result<Stream> {
    system::open(number).map_err(|error| {
        let name = match number {
            INPUT => "standard input".to_owned(),
            OUTPUT => "standard output".to_owned(),
            2 => "standard error".to_owned(),
            other => format!("descriptor {other}"),
        };
        let what = match error.kind() {
            io::ErrorKind::NotFound => "is closed".to_owned(),
            io::ErrorKind::PermissionDenied => "is open for reading only".to_owned(),
            _ => format!("cannot be used ({error})"),
        };
        anyhow::anyhow!(
            "{name} {what}, so the output would be lost; redirect it to a file or a program, or name a \
             file for the result"
        )
    })
}

/// Identifies a file, a pipe or a device.
#[derive(PartialEq, Eq)]
pub struct Identity {
    pub stream_type: StreamType,
    device: u64,
    number: u64,
}

/// The type of the file behind a stream.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum StreamType {
    File,
    /// A terminal, or a device like `/dev/null`.
    CharacterDevice,
    /// For example, a pipe.
    Other,
}

pub use system::{Stream, identity};

#[cfg(unix)]
mod system {
    use std::{
        fs::{self, File},
        io,
        os::{
            fd::BorrowedFd,
            unix::fs::{FileTypeExt as _, MetadataExt as _},
        },
        path::Path,
    };

    use leakdex_staging::folder_of;
    use rustix::{
        fs::{OFlags, fcntl_getfl},
        io::{FdFlags, fcntl_getfd},
    };

    use super::{Identity, StreamType};

    /// A duplicate of a descriptor. It shares the file position, and appends if the original appends.
    pub type Stream = File;

    pub fn of_path(path: &Path) -> Option<i32> {
        /// Common systems follow at most this many links.
        const MAX_LINKS: usize = 40;
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            let folder = fs::canonicalize(folder_of(&path)).ok()?;
            let name = path.file_name()?;
            if holds_own_descriptors(&folder) {
                let number = name.to_str()?.parse().ok()?;
                return (name == i32::to_string(&number).as_str()).then_some(number);
            }
            path = folder.join(fs::read_link(folder.join(name)).ok()?);
        }
        None
    }

    /// Whether a folder lists the descriptors of this process or of one of its threads.
    fn holds_own_descriptors(folder: &Path) -> bool {
        let is_at = |text: &str| fs::canonicalize(text).is_ok_and(|path| path == folder);
        let is_of_process = || {
            fs::canonicalize("/proc/self").is_ok_and(|path| folder.starts_with(path))
                && folder.file_name().is_some_and(|name| name == "fd")
        };
        is_at("/dev/fd") || is_of_process()
    }

    pub fn open(number: i32) -> io::Result<Stream> {
        let descriptor = inherited(number).ok_or(io::ErrorKind::NotFound)?;
        let flags = fcntl_getfl(descriptor)?;
        if flags & OFlags::RWMODE == OFlags::RDONLY {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(descriptor.try_clone_to_owned()?.into())
    }

    /// The file or device behind a path or a descriptor; `None` if there is none.
    pub fn identity(path: &Path, number: Option<i32>) -> Option<Identity> {
        let metadata = match number {
            Some(number) => Stream::from(inherited(number)?.try_clone_to_owned().ok()?).metadata(),
            None => fs::metadata(path),
        };
        let metadata = metadata.ok()?;
        let stream_type = match metadata.file_type() {
            stream_type if stream_type.is_file() => StreamType::File,
            stream_type if stream_type.is_char_device() => StreamType::CharacterDevice,
            _ => StreamType::Other,
        };
        Some(Identity { stream_type, device: metadata.dev(), number: metadata.ino() })
    }

    /// A descriptor that this process inherited, if it was open at the start.
    ///
    /// Descriptors that the process opened itself do not count: they are closed on exec, and an inherited
    /// descriptor cannot have that flag.
    fn inherited(number: i32) -> Option<BorrowedFd<'static>> {
        if number < 0 || at_start::was_closed(number) {
            return None;
        }
        // SAFETY: The number is not -1. Nothing here closes an inherited descriptor, so it stays open for
        // ever. Any other number is only queried for its flags, which fails if it is not open, and then
        // dropped.
        #[expect(unsafe_code, reason = "a number in a path says which descriptor it is")]
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        let flags = fcntl_getfd(descriptor).ok()?;
        (!flags.contains(FdFlags::CLOEXEC)).then_some(descriptor)
    }

    /// Records which of the three standard streams were closed when the process started. Before `main`, the
    /// Rust runtime opens `/dev/null` in place of each: output to it would be lost unnoticed.
    #[cfg(target_os = "linux")]
    mod at_start {
        use std::{
            os::fd::BorrowedFd,
            sync::atomic::{AtomicBool, Ordering},
        };

        static CLOSED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

        /// The loader calls the functions of this section before the Rust runtime starts.
        // SAFETY: The section holds pointers to functions with the C calling convention that may ignore
        // their arguments, and this is one. It allocates nothing and needs nothing from the runtime.
        #[expect(unsafe_code, reason = "nothing else runs early enough")]
        #[used]
        #[unsafe(link_section = ".init_array")]
        static RECORD_CLOSED: extern "C" fn() = record_closed;

        extern "C" fn record_closed() {
            for (number, closed) in (0..).zip(&CLOSED) {
                // SAFETY: The number is not -1. It is only queried for its flags, which fails if it is not
                // open, and then dropped.
                #[expect(unsafe_code, reason = "the descriptor may be closed")]
                let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
                closed.store(rustix::io::fcntl_getfd(descriptor).is_err(), Ordering::Relaxed);
            }
        }

        pub fn was_closed(number: i32) -> bool {
            let closed = usize::try_from(number).ok().and_then(|number| CLOSED.get(number));
            closed.is_some_and(|closed| closed.load(Ordering::Relaxed))
        }
    }

    /// On other systems, this is unknown.
    #[cfg(not(target_os = "linux"))]
    mod at_start {
        pub const fn was_closed(_: i32) -> bool {
            false
        }
    }
}

/// On other systems, no path names an open stream.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
mod system {
    use std::{io, path::Path};

    pub type Stream = io::Stdout;

    pub const fn of_path(_: &Path) -> Option<i32> {
        None
    }

    pub fn open(_: i32) -> io::Result<Stream> {
        Ok(io::stdout())
    }

    pub const fn identity(_: &Path, _: Option<i32>) -> Option<super::Identity> {
        None
    }
}
