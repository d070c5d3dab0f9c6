//! `leakdex verify`: that indexes are as they were built, byte for byte.

use std::{path::Path, slice};

use anyhow::Context as _;
use leakdex::{Index, IndexId, Key, KeyId};
use leakdex_report::{given_indexes, id_of, identifiers_of};
use serde_json::json;

use crate::{
    args::Verify,
    indexes::{map_shards, map_verified},
    remedies,
    status::{Status, tell_error},
};

/// What an index is that was verified, or all shards of one.
struct Verified {
    identifiers: u64,
    bytes: usize,
    key_id: KeyId,
    id: IndexId,
    generation: u64,
}

impl Verified {
    fn of(path: &Path, key: &Key, min_generation: u64) -> anyhow::Result<Self> {
        if path.is_dir() {
            let set = map_shards(path, slice::from_ref(key), min_generation)?;
            let first = given_indexes(&set).next().context("there is no shard")?;
            let bytes = set.indexes().iter().map(|index| index.as_bytes().len()).sum();
            return Ok(Self {
                identifiers: identifiers_of(first),
                id: id_of(first),
                bytes,
                ..Self::of_file(first)
            });
        }
        Ok(Self::of_file(&map_verified(path, key, min_generation)?))
    }

    fn of_file(index: &Index) -> Self {
        Self {
            identifiers: index.len(),
            bytes: index.as_bytes().len(),
            key_id: index.key_id(),
            id: index.id(),
            generation: index.generation(),
        }
    }
}

pub fn run(arguments: &Verify) -> anyhow::Result<Status> {
    let key = Key::load(&arguments.key)?;
    let mut status = Status::Done;
    for path in &arguments.indexes {
        let name = path.display();
        let result = Verified::of(path, &key, arguments.min_generation);
        let line = match &result {
            Ok(index) if arguments.json => json!({
                "index": name.to_string(), "verified": true, "identifiers": index.identifiers,
                "bytes": index.bytes, "key_id": index.key_id,
                "index_id": index.id, "generation": index.generation,
            })
            .to_string(),
            Ok(Verified { identifiers, key_id, id, .. }) => {
                format!("{name}: verified, {identifiers} identifiers, key {key_id}, index {id}")
            }
            Err(error) if arguments.json => json!({
                "index": name.to_string(), "verified": false, "error": format!("{error:#}{}", remedies::of(error)),
            })
            .to_string(),
            Err(_) => String::new(),
        };
        if !line.is_empty() {
            super::print(format_args!("{line}\n"))?;
        }
        if let Err(error) = result {
            tell_error(format_args!("{error:#}{}", remedies::of(&error)));
            status = Status::Failed;
        }
    }
    Ok(status)
}
