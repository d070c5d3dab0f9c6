//! `leakdex inspect`: shows the unverified metadata of an index.

use leakdex::{DataClass, Index, IndexId, IndexSet, Metadata};
use serde::Serialize;

use crate::{args::Inspect, human::by_number, status::Status};

/// The metadata as JSON, with a note that it is not verified.
#[derive(Serialize)]
struct UnverifiedIndex<'a> {
    verified: bool,
    index_id: IndexId,
    #[serde(flatten)]
    metadata: &'a Metadata,
}

pub fn run(arguments: &Inspect) -> anyhow::Result<Status> {
    // All shards of an index have the same metadata.
    let shards = arguments.index.is_dir().then(|| IndexSet::shard_files(&arguments.index));
    let first = shards.transpose()?.map(|mut files| files.swap_remove(0));
    let file = first.as_ref().unwrap_or(&arguments.index);
    let leakdex::UnverifiedIndex { id, metadata, .. } = Index::read_unverified(file)?;
    let index_id = match (&first, &metadata.shard) {
        (Some(_), Some(shard)) => shard.build(),
        _ => id,
    };
    super::print(&if arguments.json {
        let unverified = UnverifiedIndex { verified: false, index_id, metadata: &metadata };
        serde_json::to_string(&unverified)? + "\n"
    } else {
        describe(index_id, &metadata)
    })?;
    Ok(Status::Done)
}

/// Texts of an unverified file may hold anything, so they are escaped for the terminal.
fn describe(id: IndexId, metadata: &Metadata) -> String {
    let rows = &metadata.rows;
    let mut text = String::from("not verified: this needs the key; see 'leakdex verify'\n");
    for (what, value) in [
        ("index", id.to_string()),
        ("generation", metadata.generation.to_string()),
        ("key", metadata.key_id.to_string()),
        ("scheme", metadata.scheme.escape_debug().to_string()),
        (
            "normaliser",
            format!("{} (Unicode {})", metadata.normaliser, metadata.unicode.escape_debug()),
        ),
        ("rows", rows.read.to_string()),
        ("  indexed", rows.indexed.to_string()),
        ("  duplicate", rows.duplicate.to_string()),
        ("  rejected", rows.rejected.to_string()),
        ("records", metadata.records.to_string()),
        ("  erased", metadata.all_erased_records().to_string()),
    ] {
        text += &format!("{what:14}{value}\n");
    }
    if let Some(shard) = &metadata.shard {
        let (number, count, build) = (shard.number(), shard.count(), shard.build());
        text += &format!("{:14}{number} of {count} (from 0) of the index {build}\n", "shard");
    }
    for (reason, count) in &rows.rejects_by_reason {
        text += &format!("{:14}{count} {}\n", "  not used", reason.escape_debug());
    }
    for (reason, count) in &rows.suspects_by_reason {
        text += &format!("{:14}{count} {}\n", "  suspect", reason.escape_debug());
    }
    for count in &metadata.kinds {
        text += &format!(
            // A record counts for each of its identifiers, so these counts can exceed the number of
            // records.
            "{:14}{}: {} {}, {} {} in a record\n",
            "kind",
            count.kind.escape_debug(),
            count.identifiers,
            by_number(count.identifiers, "identifier", "identifiers"),
            count.records,
            by_number(count.records, "time", "times")
        );
    }
    for breach in &metadata.breaches {
        let title = breach.title.as_ref().map(|title| format!(": {}", title.escape_debug()));
        let title = title.unwrap_or_default();
        text += &format!("{:14}{}{title}\n", "breach", breach.name());
    }
    let classes: Vec<&str> = metadata.data_classes.iter().map(DataClass::as_str).collect();
    text += &format!("{:14}{}\n", "data classes", classes.join(" "));
    text
}
