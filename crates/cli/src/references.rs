//! References that several members share. Such a reference does not identify a member.

use std::hash::{BuildHasher as _, RandomState};

use leakdex_report::Place;

use crate::human::counted;

/// The value in place of a hash if the member has no reference.
pub const NONE: u64 = 0;

/// The hash of a reference.
pub fn hashed(hasher: &RandomState, reference: &str) -> u64 {
    if reference.is_empty() { NONE } else { hasher.hash_one(reference).max(1) }
}

/// The references of all members in the order of the lists, as keyed hashes of eight bytes each.
///
/// The key is random and stays in memory. Two of 25 million references collide once in 59,000 runs.
#[derive(Default)]
pub struct References {
    hasher: RandomState,
    all: Vec<u64>,
    /// The members whose reference must be unique.
    unique: Vec<UniqueReference>,
}

/// The reason why a member's reference must be unique. If there are several, an error names the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UniquenessReason {
    /// A letter finds its address by the reference.
    Letter,
    /// Earlier findings contain the reference, and its member gets no letter.
    Previous,
}

struct UniqueReference {
    reference: u64,
    list: usize,
    row: u64,
    reason: UniquenessReason,
}

impl References {
    /// The hasher of references, for any thread.
    pub fn hasher(&self) -> RandomState {
        self.hasher.clone()
    }

    /// Adds the references of further members.
    pub fn add(&mut self, mut references: Vec<u64>) {
        self.all.append(&mut references);
    }

    /// Records that this reference must identify the member.
    pub fn note(&mut self, member: &str, place: Place<'_>, reason: UniquenessReason) {
        let reference = hashed(&self.hasher, member);
        self.unique.push(UniqueReference { reference, list: place.list, row: place.row, reason });
    }

    /// The hashes of all references.
    pub fn all(&self) -> &[u64] {
        &self.all
    }

    /// Refuses a repeated reference of a recorded member. `repeated` lists the hashes of all repeated
    /// references in ascending order; `files` are the member lists.
    pub fn refuse_shared(self, repeated: &[u64], files: &[&str]) -> anyhow::Result<()> {
        let mut shared = self.unique;
        shared.retain(|shared| repeated.binary_search(&shared.reference).is_ok());
        shared.sort_unstable_by_key(|shared| (shared.list, shared.row, shared.reason));
        shared.dedup_by_key(|shared| (shared.list, shared.row));
        let Some(first) = shared.first() else { return Ok(()) };
        let (file, row) = (files.get(first.list - 1).unwrap_or(&""), first.row);
        let more = match shared.len() - 1 {
            0 => String::new(),
            more => format!(" (and {})", counted(more as u64, "further member")),
        };
        let why = match first.reason {
            UniquenessReason::Letter => "so a letter could reach somebody else",
            UniquenessReason::Previous => {
                "and --previous knows it, so nobody can tell which of them was found before"
            }
        };
        anyhow::bail!(
            "{file}, row {row}: another member has the same reference{more}, {why}; remove members who \
             are in the lists twice, or name a column with a different reference for each member with \
             --column 'HEADER=id'; nothing was published"
        )
    }
}
