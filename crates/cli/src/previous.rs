//! Who was affected in earlier runs, or written to, so that nobody is told twice.

mod file;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher as _, RandomState},
    path::Path,
};

use anyhow::Context as _;
use leakdex::{BreachExposure, Strength, is_placeholder};
use serde_json::json;
use twox_hash::XxHash3_128;

use self::file::{Line, Sort};
use crate::{
    human::count,
    status::{inform, tell_warning},
};

/// What earlier findings and lists of letters say of affected members, by the caller's own reference.
#[derive(Default)]
pub struct Previous {
    /// How surely each member was in each breach.
    members: HashMap<String, BTreeMap<String, Strength>>,
    /// Whether findings are among the files: they also list members who got no letter.
    has_findings: bool,
    /// Hashes references.
    hasher: RandomState,
    /// The hashes of references that a file has more than once: they may be of several people.
    repeated: HashSet<u64>,
}

impl Previous {
    /// Reads findings as `check` wrote them, in either format, and lists of letters.
    pub fn read(paths: &[impl AsRef<Path>]) -> anyhow::Result<Self> {
        let mut previous = Self::default();
        for path in paths {
            let path = path.as_ref();
            previous.add(path).with_context(|| format!("--previous {}", path.display()))?;
        }
        let Self { members, hasher, repeated, .. } = &mut previous;
        // Somebody else may be meant, and a second letter is better than none.
        members.retain(|member, _| !repeated.contains(&hasher.hash_one(member)));
        Ok(previous)
    }

    /// Whether this was found of a member before, as surely. Nothing is known of one without a reference.
    pub fn holds(&self, member: &str, found: &BreachExposure) -> bool {
        let known = self.members.get(member).and_then(|own| own.get(found.breach.name().as_str()));
        known.is_some_and(|strength| *strength >= found.strength)
    }

    /// Whether anything is known of the member with this reference.
    pub fn knows(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    /// Whether findings are among the files.
    pub const fn has_findings(&self) -> bool {
        self.has_findings
    }

    /// A digest of all that is known: that of other findings is another.
    pub fn digest(&self) -> u128 {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_unstable_by_key(|&(member, _)| member);
        let mut hash = XxHash3_128::new();
        for (member, breaches) in members {
            let breaches: Vec<_> = breaches.iter().map(|(name, own)| (name, own.slug())).collect();
            hash.write(format!("{}\n", json!([member, breaches])).as_bytes());
        }
        hash.finish_128()
    }

    fn add(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut rows = 0_u64;
        // Of all rows, be the members affected or not.
        let mut references = Vec::new();
        let sort = file::read(path, |line| {
            rows += 1;
            // An earlier version took "-" for a reference.
            if !is_placeholder(&line.member) {
                references.push(self.hasher.hash_one(&line.member));
                self.take(line);
            }
        })?;
        anyhow::ensure!(
            rows == 0 || !references.is_empty(),
            "no member in it has a reference, so that nobody could be told apart; map the column of \
             the reference with --column 'HEADER=id' in that run, too"
        );
        let path = path.display();
        if sort == Sort::Empty {
            inform(format_args!(
                "--previous {path}: nothing is in it, as in findings in JSONL if nobody is affected; it \
                 makes nobody known\n"
            ));
        }
        self.has_findings |= sort == Sort::Findings;
        references.sort_unstable();
        let pairs = references.windows(2).filter(|pair| pair[0] == pair[1]);
        let repeated: HashSet<u64> = pairs.map(|pair| pair[0]).collect();
        if !repeated.is_empty() {
            tell_warning(format_args!(
                "--previous {path}: references in it more than once: {}; each may be of several people, \
                 so members with one count as new",
                count(repeated.len() as u64)
            ));
        }
        self.repeated.extend(repeated);
        Ok(())
    }

    fn take(&mut self, Line { member, breaches }: Line) {
        if breaches.is_empty() {
            return;
        }
        let known = self.members.entry(member).or_default();
        for (breach, strength) in breaches {
            let own = known.entry(breach).or_insert(strength);
            *own = strength.max(*own);
        }
    }
}

#[cfg(test)]
mod tests;
