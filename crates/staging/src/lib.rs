//! Files and folders that take their name only when they are finished.
//!
//! A file is written under a name beside its target, brought to the disk, and renamed. Whoever opens
//! the target sees the whole old file or the whole new one, whatever fails and whenever the process
//! dies. The name beside the target follows from the target's, and the file is locked while its
//! writer lives: so a second writer is told, and the next one removes what a dead one left behind.
//!
//! A writer may [keep](Staged::keep) what it has, with a note of how to go on. The note stands in a
//! file of its own, and is removed before the file gets its name and before another is begun in its
//! place. So a note that stands beside a file was written of that file, or the file is empty; and a
//! note without a file says nothing.

#[cfg(any(test, feature = "faults"))]
pub mod faults;
mod file;
mod folder;
mod part;
mod path;
mod step;

pub use file::{Staged, unnamed_in};
pub use folder::StagedFolder;
pub use part::abandon_all;
pub use path::{folder_of, note_of, resolved, sync_folder};
