//! The vectors of `docs/PRIVATE-CHECK.md`. Another program computed them.

use std::{fs, path::Path};

use leakdex::Record;
use leakdex_private::{Epoch, Signer, State};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    exchange::{finish, list, note, open, write_request},
    forge,
    whole::answered,
};

#[test]
fn the_vectors_of_the_private_check_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/vectors.json");
    let vectors: Value =
        serde_json::from_str(&fs::read_to_string(path).expect("the file")).expect("it is JSON");
    let text = |name: &str| vectors[name].as_str().expect("a text").to_owned();
    let bytes = |name: &str| hex::decode(text(name)).expect("digits");
    assert_eq!(vectors["normaliser"], json!(leakdex::NORMALISER), "or compute new vectors");

    let epoch = format!("leakdex-epoch-v1:{}:kvnr:{}\n", text("epoch_name"), text("epoch_seed"));
    let epoch = Epoch::from_text(epoch.as_bytes()).expect("an epoch");
    assert_eq!(epoch.id().to_string(), text("epoch_id"));
    let [insurer, provider] = ["insurer", "provider"].map(|party| {
        let signer = format!("leakdex-signer-v1:{}\n", text(&format!("{party}_seed")));
        let signer = Signer::from_text(signer.as_bytes()).expect("a signer");
        assert_eq!(signer.fingerprint().to_string(), text(&format!("{party}_fingerprint")));
        signer
    });

    // The table with the entry of the document.
    let leak = [Record::new().kvnr(&text("canonical"))];
    let table = crate::exchange::table_of(&epoch, &provider, &leak);
    let mut content = forge::content_of(&table);
    assert_eq!(content.metadata["keys"], json!([{"kind": "kvnr", "public_key": text("pk")}]));
    content.metadata["salt"] = json!(text("salt"));
    let mut entries = forge::elements(&content.body);
    for (place, name) in [(7, "entry"), (9, "canary_entry")] {
        entries[place] = bytes(name).try_into().expect("32 bytes");
    }
    entries.sort_unstable();
    content.body = entries.concat();
    let table = open(&forge::file(forge::TABLE, &content, &provider)).expect("a table");

    // The state of the document, and the request that follows from it.
    let members = list(&table, leak);
    let line = json!({
        "format": "leakdex-state-v1",
        "seed": text("state_seed"),
        "epoch": text("epoch_id"),
        "provider": text("provider_fingerprint"),
        "year": 2026,
        "list_digest": text("list_digest"),
        "kinds": [{"kind": "kvnr", "identifiers": 1, "batches": 1}],
    });
    let seed = bytes("state_seed").try_into().expect("32 bytes");
    let mut state = State::from_text(&forge::state(&line, &seed)).expect("a state");
    let request = write_request(&state, &insurer, &[&members]).expect("the list fits");
    let body = forge::content_of(&request).body;
    let elements = forge::elements(&body);
    for (place, name) in [(0, "canary_element"), (1, "element"), (4095, "last_padding_element")] {
        assert_eq!(hex::encode(elements[place]), text(name), "{name}");
    }
    assert_eq!(hex::encode(Sha256::digest(&body)), text("request_body_sha256"));
    assert_eq!(forge::id_of(&request), text("request_id"));
    note(&mut state, &request);

    // The charge depends on the time. The charge of the document replaces it.
    let mut content = forge::content_of(&answered(&request, &epoch, &provider, &insurer));
    assert_eq!(hex::encode(&content.body[32..64]), text("evaluated"));
    assert_eq!(hex::encode(&content.body[32 * 4096..]), text("proof"));
    assert_eq!(hex::encode(Sha256::digest(&content.body)), text("response_body_sha256"));
    content.metadata["charge"] = vectors["charge"].clone();
    let response = forge::file(forge::RESPONSE, &content, &provider);
    let mut found = finish(&state, &[table], (&request, &response), &[&members]).expect("right");
    let index = found.pop().expect("one table").into_index().expect("an index");
    let records = index.leaked_records(leakdex::Kind::Kvnr, b"A123456780").expect("whole");
    assert_eq!(records[0].tag, 0x0102_0304_0506_0708);
    assert!(records[0].is_first && records.len() == 1);
}
