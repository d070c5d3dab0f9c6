//! Files that were changed, or that break their format although their signature is valid.

use std::{collections::BTreeSet, io::Cursor};

use leakdex_private::{Error, FileType, Request, Response, State};
use serde_json::{Value, json};

use crate::{
    exchange::{LEAKED, WORLD, ask, list, member, open, table_of},
    forge::{self, Content},
};

#[test]
fn any_changed_bit_of_a_table_request_response_or_state_is_refused() {
    let table = WORLD.table();
    let members = list(&table, [member(1)]);
    let (state, request) = ask(&table, &WORLD.insurer, &[&members]);
    let response = WORLD.response(&request);
    refuses_changes(&WORLD.table, |file| open(file).map(drop));
    refuses_changes(&request, |file| Request::open(Cursor::new(file)).map(drop));
    refuses_changes(&response, |file| Response::open(Cursor::new(file)).map(drop));
    refuses_changes(&state.to_text(), |file| State::from_text(file).map(drop));
}

fn refuses_changes(file: &[u8], open: impl Fn(&[u8]) -> Result<(), Error>) {
    open(file).expect("the file is good");
    let is_sampled = |place: usize| {
        place < 300 || file.len() - place < 100 || place.is_multiple_of(file.len() / 100)
    };
    let mut changed = file.to_vec();
    for place in (0..file.len()).filter(|place| is_sampled(*place)) {
        for bit in if file.len() < 2000 { 0..8 } else { place % 8..place % 8 + 1 } {
            changed[place] ^= 1 << bit;
            assert!(open(&changed).is_err(), "bit {bit} of byte {place}");
            changed[place] = file[place];
        }
        assert!(open(&file[..place]).is_err(), "cut off at {place}");
    }
    for more in [&b"\0"[..], b"\n", b" ", file] {
        assert!(open(&[file, more].concat()).is_err());
        assert!(open(&[more, file].concat()).is_err());
    }
}

/// Signs this content as a table and opens it.
fn opened(content: &Content) -> Result<(), Error> {
    open(&forge::file(forge::TABLE, content, &WORLD.provider)).map(drop)
}

#[test]
fn a_table_that_breaks_its_format_is_refused() {
    let good = forge::content_of(&WORLD.table);
    opened(&good).expect("it is good");
    let refused = |what: &str, content: &Content| {
        let result = opened(content);
        let is_malformed = matches!(result, Err(Error::Malformed { file: FileType::Table, .. }));
        assert!(is_malformed, "{what}");
    };
    let with = |what: &str, change: &dyn Fn(&mut Value)| {
        let mut content = good.clone();
        change(&mut content.metadata);
        refused(what, &content);
    };
    with("another name", &|metadata| metadata["epoch"]["name"] = json!("other"));
    with("no name", &|metadata| metadata["epoch"]["name"] = json!(""));
    with("another id", &|metadata| metadata["epoch"]["id"] = json!("00".repeat(16)));
    with("an id that is too short", &|metadata| metadata["epoch"]["id"] = json!("00"));
    with("no key", &|metadata| metadata["keys"] = json!([]));
    with("one key twice", &|metadata| {
        let key = metadata["keys"][0].clone();
        metadata["keys"] = json!([key, key]);
    });
    let seven = forge::Pair::of_secret(7_u8.into()).public;
    with("another key", &|metadata| metadata["keys"][0]["public_key"] = json!(hex::encode(seven)));
    with("the identity", &|metadata| metadata["keys"][0]["public_key"] = json!("00".repeat(32)));
    with("no element", &|metadata| metadata["keys"][0]["public_key"] = json!("ff".repeat(32)));
    with("an unknown kind", &|metadata| metadata["keys"][0]["kind"] = json!("shoe-size"));
    with("an unknown field", &|metadata| metadata["rules"] = json!({}));
    with("an unknown field of the leak", &|metadata| metadata["leak"]["rules"] = json!({}));
    with("a salt that is too short", &|metadata| metadata["salt"] = json!("00"));
    with("no entries", &|metadata| metadata["entries"] = json!(0));
    with("more entries than there are", &|metadata| metadata["entries"] = json!(8192));
    with("a number that overflows", &|metadata| metadata["entries"] = json!(u64::MAX - 4095));
    with("a kind without a key", &|metadata| {
        metadata["leak"]["kinds"] = json!([{"kind": "email"}]);
    });
    with("a set of unknown classes", &|metadata| metadata["leak"]["class_sets"] = json!([[200]]));
    with("sums that do not add up", &|metadata| metadata["leak"]["rows"]["read"] = json!(7));
    with("metadata that are not an object", &|metadata| *metadata = json!([]));

    // Other parts of the library read the objects within the leak.
    with("an unknown field of the breach", &|metadata| {
        metadata["leak"]["breach"]["IsVerified"] = json!(true);
    });
    with("an unknown field of the rows", &|metadata| metadata["leak"]["rows"]["torn"] = json!(1));
    with("no title", &|metadata| metadata["leak"]["breach"]["Title"] = json!(null));
    with("a zero that is not written", &|metadata| metadata["leak"]["generation"] = json!(0));
    with("a class in other letters", &|metadata| {
        metadata["leak"]["data_classes"][0] = json!("A class");
    });
    with("capital digits", &|metadata| metadata["salt"] = json!("AB".repeat(32)));
    for unicode in ["16.0.0\u{1B}[2J", "16.0.0\n", "latest", "16-0"] {
        with("an invalid Unicode version", &|metadata| {
            metadata["leak"]["unicode"] = json!(unicode);
        });
    }
    for field in ["Title", "Domain", "BreachDate", "AddedDate", "Description"] {
        for text in ["a\u{1B}[2Jb", "a\rb", "a\u{85}b", "a\u{0}b"] {
            with("a control character", &|metadata| {
                metadata["leak"]["breach"][field] = json!(text);
            });
        }
        if field != "Description" {
            with("a line feed", &|metadata| metadata["leak"]["breach"][field] = json!("a\nb"));
        }
    }
    let mut content = good.clone();
    content.metadata["leak"]["unicode"] = json!("15.1.0, 16.0.0 + 17.0");
    content.metadata["leak"]["breach"]["Title"] = json!("Ä \"title\"");
    content.metadata["leak"]["breach"]["Description"] = json!("One line.\n\tAnd another one.");
    opened(&content).expect("it has several lines, and is good");

    let mut content = good.clone();
    content.body.truncate(32 * 4095);
    refused("a body that is too short", &content);
    content.metadata["entries"] = json!(4095);
    refused("a number that is not a multiple of 4096", &content);
    let mut content = good.clone();
    content.body.clear();
    content.metadata["entries"] = json!(0);
    refused("nothing at all", &content);
    let mut content = good.clone();
    let (one, other) = content.body.split_at_mut(32 * 100);
    one[32 * 99..].swap_with_slice(&mut other[..32]);
    refused("entries that are not in order", &content);
    let mut content = good.clone();
    content.body.copy_within(0..16, 32);
    refused("a label that occurs twice", &content);
}

#[test]
fn four_kinds_are_too_many() {
    let mut content = forge::content_of(&WORLD.table);
    let kinds = ["email", "iban", "kvnr", "phone"];
    let pair =
        |kind| json!({"kind": kind, "public_key": content.metadata["keys"][0]["public_key"]});
    let keys = kinds.map(pair);
    content.metadata["keys"] = json!(keys);
    let result = opened(&content);
    let part = "list of keys";
    assert!(matches!(result, Err(Error::Malformed { part: found, .. }) if found == part));
}

#[test]
fn an_entry_opens_by_its_identifier_only() {
    let content = forge::content_of(&WORLD.table);
    let (salt, entries) = (forge::salt_of(&content), forge::elements(&content.body));
    let pair = forge::Pair::of(&WORLD.epoch, "kvnr");
    let output_of = |number: u32| {
        let kvnr = leakdex_synthetic::numbers::kvnr(number);
        pair.output(&forge::input("kvnr", kvnr.as_bytes()))
    };
    let mut tags = BTreeSet::new();
    for number in LEAKED.start..LEAKED.end + 50 {
        let key = forge::entry_key(&output_of(number), &salt, 0);
        let found = entries.iter().find(|entry| entry[..16] == key[..16]);
        assert_eq!(found.is_some(), LEAKED.contains(&number), "{number}");
        let Some(entry) = found else { continue };
        let payload = |key: &[u8; 32]| -> Vec<u8> {
            entry[16..].iter().zip(&key[16..]).map(|(byte, key)| byte ^ key).collect()
        };
        let plain = payload(&key);
        assert_eq!(plain[..8], [5, 2, 0, 0, 0, 0, 0, 0], "{number}");
        assert!(tags.insert(plain[8..].to_vec()));
        // With the key of another identifier, and with those of its other records.
        for other in [
            forge::entry_key(&output_of(number + 1), &salt, 0),
            forge::entry_key(&output_of(number), &salt, 1),
        ] {
            assert_ne!(payload(&other)[..8], plain[..8], "{number}");
            assert_ne!(other[..16], key[..16], "{number}");
        }
    }
    assert_eq!(tags.len(), LEAKED.len());
}

#[test]
fn two_tables_of_one_epoch_share_no_label() {
    let leak: Vec<_> = LEAKED.map(member).collect();
    let other = table_of(&WORLD.epoch, &WORLD.provider, &leak);
    let [one, other] = [&WORLD.table, &other].map(|table| forge::content_of(table));
    assert_ne!(one.metadata["salt"], other.metadata["salt"]);
    assert_eq!(one.metadata["keys"], other.metadata["keys"]);
    let halves = [&one, &other].map(|content| {
        let entries = forge::elements(&content.body).into_iter();
        let halves = entries.flat_map(|entry| [entry[..16].to_vec(), entry[16..].to_vec()]);
        halves.collect::<BTreeSet<_>>()
    });
    assert!(halves[0].is_disjoint(&halves[1]));
    // The opened payloads do not show that it is the same leak either, since the tags differ.
    let pair = forge::Pair::of(&WORLD.epoch, "kvnr");
    let kvnr = leakdex_synthetic::numbers::kvnr(3);
    let output = pair.output(&forge::input("kvnr", kvnr.as_bytes()));
    let [tag, other_tag] = [&one, &other].map(|content| {
        let key = forge::entry_key(&output, &forge::salt_of(content), 0);
        let entries = forge::elements(&content.body);
        let entry = entries.iter().find(|entry| entry[..16] == key[..16]).expect("it leaked");
        entry[24..].iter().zip(&key[24..]).map(|(byte, key)| byte ^ key).collect::<Vec<u8>>()
    });
    assert_ne!(tag, other_tag);
}
