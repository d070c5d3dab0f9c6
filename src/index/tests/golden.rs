//! The golden indexes, read by this library and by the second reader (`tests/second_reader/`). The
//! JSON beside each of them was written by the second reader.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::*;

/// Each golden index with its JSON.
fn golden() -> Vec<(Index, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    let files = fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|file| file.expect("the folder can be read").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|ending| ending == "leakdex"));
    let golden: Vec<(Index, Value)> = paths
        .map(|path| {
            let bytes: [u8; 32] =
                std::array::from_fn(|place| u8::try_from(place).expect("32 is small"));
            let key = Key::from_bytes(&bytes).expect("a key");
            let text = fs::read(path.with_extension("json")).expect("each has a JSON");
            let json = serde_json::from_slice(&text).expect("it is JSON");
            (Index::open(path, &key).expect("a golden index opens"), json)
        })
        .collect();
    assert!(!golden.is_empty(), "there is a golden index");
    golden
}

fn hex(number: u64) -> String {
    format!("{number:016x}")
}

fn origin(index: &Index, number: u32) -> Value {
    let (breach, classes) = index.resolve_origin(number as usize).expect("the origin is there");
    let classes: Vec<&str> = classes.map(crate::DataClass::as_str).collect();
    json!({"breach": breach.name().as_str(), "data_classes": classes})
}

/// Everything that the key reveals without an identifier.
fn shown(index: &Index) -> Value {
    let entries = index.entries_in_order().map(|(pseudonym, postings)| {
        let postings: Vec<_> =
            postings.iter().map(|posting| posting.expect("it is sound")).collect();
        let shown = postings.iter().map(|posting| {
            json!({
                "origin": posting.origin,
                "tag": hex(posting.tag),
                "first": posting.is_first,
                "sealed_payload": hex(posting.sealed_codes),
            })
        });
        json!({
            "pseudonym": format!("{:032x}", pseudonym.number()),
            "kind": postings[0].kind.slug(),
            "postings": shown.collect::<Value>(),
        })
    });
    let origins = (0..).zip(index.origins()).map(|(number, _)| origin(index, number));
    json!({
        "id": index.id().to_string(),
        "metadata": serde_json::to_value(index.metadata()).expect("it has string keys only"),
        "profiles": serde_json::to_value(index.profiles()).expect("it has string keys only"),
        "origins": origins.collect::<Value>(),
        "entries": entries.collect::<Value>(),
    })
}

/// The leaked records with an identifier; null if the index does not have the kind.
fn records(index: &Index, kind: Kind, canonical: &str) -> Value {
    if !index.kinds().contains(kind) {
        return Value::Null;
    }
    let (pseudonym, code_key) = index.pseudonymiser().with_code_key(kind, canonical.as_bytes());
    let LookupResult::Found(entry) = index.look_up(pseudonym) else { return json!([]) };
    let leaked = index.leaked_records(kind, canonical.as_bytes()).expect("it is sound");
    let postings = index.postings(entry, pseudonym).expect("it is sound");
    let records = postings.iter().map(|posting| {
        let posting = posting.expect("it is sound");
        let mut record = origin(index, posting.origin);
        record["tag"] = hex(posting.tag).into();
        record["payload"] = hex(code_key.apply(posting.tag, posting.sealed_codes)).into();
        if !kind.is_match_key() {
            let same = leaked.iter().find(|candidate| candidate.tag == posting.tag);
            let kinds = same.expect("the same records").kinds;
            record["kinds"] = kinds.iter().map(Kind::slug).collect();
        }
        record
    });
    records.collect()
}

#[test]
fn both_readers_read_the_same_from_each_golden_index() {
    for (index, json) in golden() {
        assert_eq!(shown(&index), json["index"]);
    }
}

#[test]
fn both_readers_find_the_same_in_each_golden_index() {
    for (index, json) in golden() {
        let look_ups = json["look_ups"].as_array().expect("a list");
        let mut found = 0;
        for look_up in look_ups {
            let text = |name: &str| look_up[name].as_str().expect("a text");
            let kind: Kind = text("kind").parse().expect("a kind");
            let records = records(&index, kind, text("canonical"));
            assert_eq!(records, look_up["records"], "{kind}");
            found += u64::from(records.get(0).is_some());
        }
        assert_eq!(found, index.len(), "each entry is asked for");
    }
}
