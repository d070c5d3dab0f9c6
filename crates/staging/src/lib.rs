//! Files and folders that get their name only when they are finished.
//!
//! A file is written under a temporary name beside its target, synced to the disk, and renamed. A
//! reader that opens the target sees either the whole old file or the whole new one, whatever fails
//! and whenever the process dies. The temporary name is derived from the target's name, and the
//! file is locked while its writer lives. So a second writer gets an error, and the next writer
//! removes the remains of a dead one.
//!
//! A writer may [keep](Staged::keep) an unfinished file, with a note on how to continue. The note is
//! a separate file. It is removed before the unfinished file gets its name, and before anything is
//! written to a new file in its place. So a note beside a file belongs to that file, unless the
//! file is empty. A note without a file is ignored.
//!
//! A file with a secret is also staged, but replaces nothing ([`create_secret`], [`read_secret`]). A [`Journal`] has
//! its name from the start; records are appended to it.

#[cfg(all(unix, any(test, feature = "faults")))]
pub mod disk;
#[cfg(any(test, feature = "faults"))]
pub mod faults;
mod file;
mod folder;
mod journal;
mod owner;
mod part;
mod path;
mod secret;
mod step;

pub use file::{Staged, create_unnamed};
pub use folder::StagedFolder;
pub use journal::{Journal, lacks_sectors};
pub use owner::SecretError;
pub use part::abandon_all;
pub use path::{folder_of, note_of, resolved, sync_folder};
pub use secret::{create_secret, read_secret};

/// The first value in a campaign (`.ci/campaigns`), the second one in quick tests.
#[cfg(any(test, feature = "faults"))]
#[must_use]
pub fn in_campaign<T>(long: T, short: T) -> T {
    if std::env::var_os("LEAKDEX_CAMPAIGN").is_some() { long } else { short }
}
