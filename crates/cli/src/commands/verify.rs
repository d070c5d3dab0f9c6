//! `leakdex verify`: verifies that indexes are as they were built, byte for byte.

use std::{path::Path, slice};

use anyhow::Context as _;
use leakdex::{Index, IndexId, Key, KeyId};
use leakdex_report::identifiers_of;
use leakdex_screening::{given_indexes, id_of};
use serde_json::json;

use crate::{
    args::Verify,
    human::by_number,
    indexes::{map, map_shards},
    keys, remedies,
    status::{Status, print_error},
};

/// A verified index, or all verified shards of one.
struct VerifiedIndex {
    identifiers: u64,
    bytes: usize,
    key_id: KeyId,
    id: IndexId,
    generation: u64,
}

impl VerifiedIndex {
    fn of(path: &Path, key: &Key, min_generation: u64) -> anyhow::Result<Self> {
        let new = |index: &Index, identifiers, bytes, id| {
            let (key_id, generation) = (index.key_id(), index.generation());
            Self { identifiers, bytes, key_id, id, generation }
        };
        if path.is_dir() {
            let set = map_shards(path, slice::from_ref(key), min_generation)?;
            set.indexes().iter().try_for_each(|index| verify(index))?;
            let first = given_indexes(&set).next().context("there is no shard")?;
            let bytes = set.indexes().iter().map(|index| index.as_bytes().len()).sum();
            return Ok(new(first, identifiers_of(first), bytes, id_of(first)));
        }
        let index = map(path, key, min_generation)?;
        verify(&index)?;
        Ok(new(&index, index.len(), index.as_bytes().len(), index.id()))
    }
}

/// Verifies every byte, and that the file did not change during the verification.
fn verify(index: &Index) -> anyhow::Result<()> {
    index.verify()?;
    Ok(index.verify_unchanged()?)
}

pub fn run(arguments: &Verify) -> anyhow::Result<Status> {
    let key = keys::load(&arguments.key)?;
    let mut status = Status::Done;
    for path in &arguments.indexes {
        let name = path.display();
        let result = VerifiedIndex::of(path, &key, arguments.min_generation);
        let error = result.as_ref().err().map(|error| format!("{error:#}{}", remedies::of(error)));
        let line = match (&result, &error) {
            (Ok(index), _) if arguments.json => json!({
                "index": name.to_string(), "verified": true, "identifiers": index.identifiers,
                "bytes": index.bytes, "key_id": index.key_id,
                "index_id": index.id, "generation": index.generation,
            })
            .to_string(),
            (Ok(VerifiedIndex { identifiers, key_id, id, .. }), _) => {
                let noun = by_number(*identifiers, "identifier", "identifiers");
                format!("{name}: verified, {identifiers} {noun}, key {key_id}, index {id}")
            }
            (Err(_), error) if arguments.json => {
                json!({ "index": name.to_string(), "verified": false, "error": error }).to_string()
            }
            _ => String::new(),
        };
        if !line.is_empty() {
            super::print(&format!("{line}\n"))?;
        }
        if let Some(error) = error {
            print_error(format_args!("{error}"));
            status = Status::Failed;
        }
    }
    Ok(status)
}
