//! `leakdex verify`: that indexes are as they were built, byte for byte.

use leakdex::Key;
use serde_json::json;

use super::map_verified;
use crate::{
    args::Verify,
    remedies,
    status::{Status, tell_error},
};

pub fn run(arguments: &Verify) -> anyhow::Result<Status> {
    let key = Key::load(&arguments.key)?;
    let mut status = Status::Done;
    for path in &arguments.indexes {
        let name = path.display();
        let result = map_verified(path, &key, arguments.min_generation);
        let line = match &result {
            Ok(index) if arguments.json => json!({
                "index": name.to_string(), "verified": true, "identifiers": index.len(),
                "bytes": index.as_bytes().len(), "key_id": index.key_id(),
                "index_id": index.id(), "generation": index.generation(),
            })
            .to_string(),
            Ok(index) => {
                let (length, key, id) = (index.len(), index.key_id(), index.id());
                format!("{name}: verified, {length} identifiers, key {key}, index {id}")
            }
            Err(error) if arguments.json => json!({
                "index": name.to_string(), "verified": false, "error": format!("{error:#}"),
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
