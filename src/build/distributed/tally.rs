//! Counts identifiers in any order, to compare those that arrive with those that were sent.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::build::entry::Entry;

/// A count of identifiers. Counts of tasks, or of shards, can be added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::build) struct Tally {
    pub identifiers: u64,
    /// The number of identifiers that are the first of their record, which is the number of
    /// records.
    pub records: u64,
    /// The sum of a hash of each identifier. It shows whether one was lost, duplicated or changed.
    /// It protects against accidents only: an attacker who can change identifiers can change the
    /// sum as well.
    sum: u64,
}

impl Tally {
    /// Counts an identifier whose class set has this hash.
    pub fn count(&mut self, entry: &Entry, class_set: u64) {
        self.identifiers += 1;
        self.records += u64::from(entry.is_first);
        let kind = u64::from(entry.kind as u8) | u64::from(entry.is_first) << 8;
        let (high, low) = entry.halves();
        let mut hash = fold(high ^ SEEDS[0], low ^ SEEDS[1]);
        hash = fold(hash ^ entry.tag, entry.sealed_codes ^ SEEDS[2]);
        hash = fold(hash ^ class_set, kind ^ SEEDS[3]);
        self.sum = self.sum.wrapping_add(hash);
    }

    pub const fn add(&mut self, other: &Self) {
        self.identifiers = self.identifiers.saturating_add(other.identifiers);
        self.records = self.records.saturating_add(other.records);
        self.sum = self.sum.wrapping_add(other.sum);
    }

    /// The hash of the class set with these slugs.
    pub fn hash_of_class_set(slugs: &str) -> u64 {
        let digest = Sha256::digest(slugs);
        let (first, _) = digest.split_first_chunk().expect("a digest is longer");
        u64::from_le_bytes(*first)
    }
}

/// Odd numbers without a pattern: digits of pi.
const SEEDS: [u64; 4] =
    [0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7345, 0xA409_3822_299F_31D1, 0x082E_FA98_EC4E_6C89];

#[expect(clippy::cast_possible_truncation, reason = "the cast cuts a half off")]
const fn fold(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    (product >> 64) as u64 ^ product as u64
}
