//! Members who were affected in earlier runs or got a letter. They must not get a second letter.

mod file;
mod sheet;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher as _, RandomState},
    path::Path,
};

use anyhow::Context as _;
use leakdex::{BreachExposure, Strength, is_placeholder};
use leakdex_report::{Decision, DecisionStatus};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use self::file::{Line, PreviousFileType};
use crate::{
    human::{by_number, count, counted, counted_with},
    references::{References, hashed},
    status::print_warning,
};

/// The affected members of earlier findings and lists of letters, by reference.
#[derive(Default)]
pub struct Previous {
    /// The strength of each member's match in each breach.
    members: HashMap<String, BTreeMap<String, Strength>>,
    /// Whether the files include findings. These also list members who got no letter.
    has_findings: bool,
}

impl Previous {
    /// Reads findings of `check` in any format, and lists of letters.
    pub fn read(paths: &[impl AsRef<Path>]) -> anyhow::Result<Self> {
        let (mut previous, hasher) = (Self::default(), RandomState::new());
        let mut repeated = HashSet::new();
        for path in paths {
            let path = path.as_ref();
            let shared = previous.add(path, &hasher);
            repeated.extend(shared.with_context(|| format!("--previous {}", path.display()))?);
        }
        // A repeated reference may be somebody else's, and a second letter is better than none.
        previous.members.retain(|member, _| !repeated.contains(&hasher.hash_one(member)));
        Ok(previous)
    }

    /// Whether an earlier run found this match, with the same strength or a higher one. A member without a
    /// reference is always unknown.
    ///
    /// A match that people confirmed counts as at least probable. A match that they dismissed is not news.
    pub fn contains_match(
        &self,
        member: &str,
        found: &BreachExposure,
        status: DecisionStatus,
    ) -> bool {
        let needed = match status.decision() {
            Some(Decision::NotAffected) => return true,
            Some(Decision::Affected) => found.strength.max(Strength::Probable),
            Some(Decision::Later) | None => found.strength,
        };
        let known = self
            .members
            .get(member)
            .and_then(|breaches| breaches.get(found.breach.name().as_str()));
        known.is_some_and(|strength| *strength >= needed)
    }

    /// Whether the earlier files have the member with this reference.
    pub fn contains(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    /// Whether the files include findings.
    pub const fn has_findings(&self) -> bool {
        self.has_findings
    }

    /// Warns if the lists of this run have few of these members, or have some of them with more or fewer
    /// leading zeros. All other members count as new.
    pub fn warn_of_missing_members(&self, references: &References) {
        /// Smaller numbers prove nothing.
        const MIN_COUNT: usize = 20;
        /// The maximum number of missing members to look for with other leading zeros.
        const SAMPLE: usize = 100_000;
        let (all, hasher) = (self.members.len(), references.hasher());
        let found = found_of(self.members.keys().map(|member| hashed(&hasher, member)), references);
        let is_missing = |text: &&String| !found.contains(&hashed(&hasher, text));
        let missing = self.members.keys().filter(is_missing).take(SAMPLE);
        let respelt = missing.flat_map(|missing| with_other_leading_zeros(missing));
        let respelt = found_of(respelt.map(|respelt| hashed(&hasher, &respelt)), references).len();
        let count = |number: usize| count(number as u64);
        if respelt > 0 {
            print_warning(format_args!(
                "{} of the {} whom --previous knows {} in the member lists with more or fewer zeros at the beginning of \
                 the reference, so {} as new and may get a second letter. Did a spreadsheet program \
                 remove zeros? Give the lists as they were exported, and the earlier findings as they were written",
                count(respelt),
                counted(all as u64, "member"),
                by_number(respelt as u64, "is", "are"),
                by_number(respelt as u64, "this member counts", "these members count")
            ));
        } else if all >= MIN_COUNT && found.len() * 2 < all {
            print_warning(format_args!(
                "only {} of the {} members whom --previous knows are in the member lists. All others in the lists \
                 count as new and may get a second letter. If these are the same members, the references are in \
                 another column, or a spreadsheet program changed them. Name the right column with --column \
                 'HEADER=id'",
                count(found.len()),
                count(all)
            ));
        }
    }

    /// A digest of everything known from earlier runs.
    pub fn digest(&self) -> [u8; 32] {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_unstable_by_key(|&(member, _)| member);
        let mut hash = Sha256::new();
        for (member, breaches) in members {
            let breaches: Vec<_> =
                breaches.iter().map(|(name, strength)| (name, strength.slug())).collect();
            hash.update(format!("{}\n", json!([member, breaches])).as_bytes());
        }
        hash.finalize().into()
    }

    /// Adds a file. Returns the hashes of references that it repeats.
    fn add(&mut self, path: &Path, hasher: &RandomState) -> anyhow::Result<HashSet<u64>> {
        let mut rows = 0_u64;
        // The references of all rows, affected or not.
        let mut references = Vec::new();
        let file_type = file::read(path, |line| {
            rows += 1;
            // An earlier version accepted "-" as a reference.
            if !is_placeholder(&line.member) {
                references.push(hasher.hash_one(&line.member));
                self.take(line);
            }
        })?;
        anyhow::ensure!(
            rows == 0 || !references.is_empty(),
            "no member in it has a reference, so the members cannot be recognised; in that run, map the \
             column of the reference with --column 'HEADER=id', too"
        );
        let path = path.display();
        if file_type == PreviousFileType::Empty {
            print_warning(format_args!(
                "--previous {path} is empty, as JSONL findings are if nobody is affected; so it lists \
                 nobody. If it was not empty before, copy it again"
            ));
        }
        self.has_findings |= file_type == PreviousFileType::Findings;
        references.sort_unstable();
        let pairs = references.windows(2).filter(|pair| pair[0] == pair[1]);
        let repeated: HashSet<u64> = pairs.map(|pair| pair[0]).collect();
        if !repeated.is_empty() {
            print_warning(format_args!(
                "--previous {path}: {} in it more than once. Several people may have the same one, so members with \
                 such a reference count as new",
                counted_with(repeated.len() as u64, "reference", ["is", "are"])
            ));
        }
        Ok(repeated)
    }

    fn take(&mut self, Line { member, breaches }: Line) {
        if breaches.is_empty() {
            return;
        }
        let known = self.members.entry(member).or_default();
        for (breach, strength) in breaches {
            let entry = known.entry(breach).or_insert(strength);
            *entry = strength.max(*entry);
        }
    }
}

/// The hashes that are also hashes of references.
fn found_of(hashes: impl Iterator<Item = u64>, references: &References) -> HashSet<u64> {
    let wanted: HashSet<u64> = hashes.collect();
    references.all().iter().copied().filter(|hash| wanted.contains(hash)).collect()
}

/// The reference with fewer and with more leading zeros, since spreadsheet programs remove them.
fn with_other_leading_zeros(reference: &str) -> impl Iterator<Item = String> {
    const MAX_LENGTH: usize = 20;
    let is_number = reference.bytes().all(|byte| byte.is_ascii_digit());
    let number = reference.trim_start_matches('0').to_owned();
    let can_vary = is_number && !number.is_empty();
    let lengths = if can_vary { number.len()..MAX_LENGTH } else { 0..0 };
    let given_length = reference.len();
    lengths
        .filter(move |length| *length != given_length)
        .map(move |length| format!("{number:0>length$}"))
}

#[cfg(test)]
mod tests;
