//! The index: leaked identifiers as a sorted table of pseudonyms, opened, mapped and verified. It
//! answers lookups of pseudonyms and knows nothing about verdicts.

mod atomic_bit_set;
mod canary;
mod chunks;
mod class_set;
mod description;
mod filter;
mod format;
mod held;
mod leaked_records;
mod map;
mod mapped_file;
mod metadata;
#[cfg(test)]
mod model;
mod open;
mod posting;
mod records;
mod requirements;
mod run_caveats;
mod seal;
mod shard;
mod shard_set;
mod table;
#[cfg(test)]
mod tests;
mod unread;
mod verify;

use std::sync;

pub(crate) use canary::canaries;
pub use canary::canary_normal_forms;
pub(crate) use class_set::ClassSet;
pub(crate) use description::CheckedDescription;
pub use description::{DescribedKind, LeakDescription};
pub(crate) use filter::FilterBlocks;
pub(crate) use format::{
    CHUNK_LENGTH, DIGEST_LENGTH, GROUP, LARGEST_BUCKET, LONGEST_METADATA, LONGEST_PROFILES, Layout,
    MAX_ENTRIES, Origin, SALT_LENGTH, Section, Shape,
};
pub(crate) use held::LeakKinds;
pub use leaked_records::LeakedRecord;
pub use metadata::{Canary, KindCount, Metadata, Part, PartKind, RowAccount, unicode_version};
pub use open::Index;
#[cfg(test)]
pub(crate) use posting::Postings;
pub(crate) use posting::{Posting, PostingCipher, salt_of, slots_of, write_slots};
pub use requirements::Requirements;
pub(crate) use run_caveats::leak_caveats;
pub(crate) use seal::{Seal, check_file, digests_of};
pub use shard::{Shard, ShardCount};
pub(crate) use shard_set::{files_in, refuse_incomplete};
pub use table::LookupResult;
pub(crate) use table::{Candidate, Split};
pub use unread::UnverifiedIndex;
