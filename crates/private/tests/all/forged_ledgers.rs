//! Ledgers that are written from `docs/PRIVATE-CHECK.md` alone. Sound ledgers are read. Ledgers that no provider
//! writes are refused, although all their digests are right.

use leakdex::Kind;
use leakdex_private::{Epoch, Error, Ledger};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::provider::World;

/// Writes lines with their numbers and digests. A line is a list of names and values, in their order.
fn ledger(lines: &[Value]) -> String {
    let mut previous = "00".repeat(32);
    let mut text = String::new();
    for (seq, line) in (1..).zip(lines) {
        let mut record = format!(r#"{{"seq":{seq},"previous":"{previous}""#);
        for pair in line.as_array().expect("a list of pairs") {
            let name = pair[0].as_str().expect("a text");
            record.push_str(&format!(",\"{name}\":{}", pair[1]));
        }
        // `json!` would put the kind after the batches, so the kind is added here.
        let record = record.replace(r#"{"batches":"#, r#"{"kind":"kvnr","batches":"#);
        previous = digest_of(&record);
        text.push_str(&format!("{record},\"digest\":\"{previous}\"}}\n"));
    }
    text
}

fn digest_of(record: &str) -> String {
    hex::encode(Sha256::digest(format!("leakdex/private/1 line {record}")))
}

/// A line with the pairs that all lines have, and more.
fn line(world: &World, what: &str, more: &[(&str, Value)]) -> Value {
    let insurer = world.insurer.fingerprint().to_string();
    let mut pairs = vec![
        json!(["time", "2026-11-29T09:00:00Z"]),
        json!(["what", what]),
        json!(["insurer", insurer]),
        json!(["epoch", world.epoch.id().to_string()]),
    ];
    pairs.extend(more.iter().map(|(name, value)| json!([name, value])));
    Value::Array(pairs)
}

/// Some batches of insured numbers.
fn batches(batches: u64) -> (&'static str, Value) {
    ("batches", json!([{"batches": batches}]))
}

fn id(number: u8) -> Value {
    json!(hex::encode([number; 16]))
}

fn grant_with(world: &World, number: u64, reason: &str) -> Value {
    line(world, "grant", &[batches(number), ("members", json!(1)), ("reason", json!(reason))])
}

fn grant(world: &World, number: u64) -> Value {
    grant_with(world, number, "ä \"reason\"")
}

fn charge(world: &World, request: u8, number: u64) -> Value {
    line(world, "charge", &[("request", id(request)), batches(number)])
}

fn answered(world: &World, request: u8) -> Value {
    line(world, "answered", &[("request", id(request)), ("response", id(9))])
}

fn refused(world: &World) -> Value {
    line(world, "refused", &[("request", id(8)), ("error", json!("no"))])
}

/// The batches granted and charged by these lines, or the number of the line that is refused.
fn read(world: &World, lines: &[Value]) -> Result<Vec<(u64, u64)>, u64> {
    let path = world.folder.path().join("forged");
    std::fs::write(&path, ledger(lines)).expect("it is ours");
    match Ledger::at(&path).accounts() {
        Ok(accounts) => {
            Ok(accounts.iter().map(|account| (account.granted, account.charged)).collect())
        }
        Err(Error::LedgerDamaged { line }) => Err(line),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_ledger_written_from_the_document_is_read() {
    let world = World::new(&[Kind::Kvnr]);
    let sound = [
        grant(&world, 3),
        refused(&world),
        charge(&world, 1, 2),
        answered(&world, 1),
        grant(&world, 1),
        charge(&world, 2, 2),
        answered(&world, 1),
    ];
    for count in 0..=sound.len() {
        let granted = [0, 3, 3, 3, 3, 4, 4, 4][count];
        let charged = [0, 0, 0, 2, 2, 2, 4, 4][count];
        let expected: Vec<(u64, u64)> = if count == 0 { vec![] } else { vec![(granted, charged)] };
        assert_eq!(read(&world, &sound[..count]), Ok(expected), "{count} lines");
    }
}

#[test]
fn a_ledger_that_no_provider_writes_is_refused() {
    let world = World::new(&[Kind::Kvnr]);
    let grant = |number| grant(&world, number);
    let charge = |request, number| charge(&world, request, number);
    let refused = refused(&world);
    let read = |lines: &[Value]| read(&world, lines);
    let without = |line: &Value, name: &str| {
        let pairs = line.as_array().expect("a list").iter().filter(|pair| pair[0] != name);
        Value::Array(pairs.cloned().collect())
    };
    let with = |line: &Value, name: &str, value: Value| {
        let mut pairs = line.as_array().expect("a list").clone();
        pairs.push(json!([name, value]));
        Value::Array(pairs)
    };
    for (what, wrong) in [
        ("a charge beyond the grant", charge(1, 4)),
        ("no batch granted", grant(0)),
        ("too many batches granted", grant(1 << 40)),
        ("no batch charged", charge(1, 0)),
        ("an answer without a charge", answered(&world, 1)),
        ("no reason", without(&grant(1), "reason")),
        ("no members", without(&grant(1), "members")),
        ("no batches", without(&charge(1, 1), "batches")),
        ("no insurer", without(&charge(1, 1), "insurer")),
        ("no epoch", without(&charge(1, 1), "epoch")),
        ("no time", without(&charge(1, 1), "time")),
        ("no error", without(&refused, "error")),
        ("a response in a refusal", with(&refused, "response", id(3))),
        ("an unknown field", with(&refused, "note", json!("x"))),
        ("a field twice", with(&refused, "error", json!("no"))),
        ("an unknown event", line(&world, "gift", &[batches(1)])),
        ("a control character", grant_with(&world, 1, "\n")),
    ] {
        assert_eq!(read(&[grant(3), wrong]), Err(2), "{what}");
    }
    assert_eq!(read(&[grant(3), charge(1, 1), charge(1, 1)]), Err(3), "a request is charged twice");
    assert_eq!(read(&[charge(1, 1)]), Err(1), "nothing was granted");
    // Spaces are not part of a line, even if its digest covers them.
    let spaced = ledger(&[grant(3)]).replace("\"seq\":1", "\"seq\": 1");
    let end = spaced.find(",\"digest\"").expect("it has one");
    let (record, digest) = (&spaced[..end], digest_of(&spaced[..end]));
    let spaced = format!("{record},\"digest\":\"{digest}\"}}\n");
    let refused = leakdex_private::fuzzing::read_ledger(spaced.as_bytes());
    assert!(matches!(refused, Err(Error::LedgerDamaged { line: 1 })));
}

#[test]
fn a_charge_of_another_request_with_the_same_id_buys_nothing() {
    let world = World::new(&[Kind::Kvnr]);
    let other = World::new(&[Kind::Kvnr]);
    let request = world.request(1, 2);
    let grant = |of| line(of, "grant", &[batches(5), ("members", json!(1)), ("reason", json!(""))]);
    let charge = |of, number| {
        let id = json!(crate::forge::id_of(&request));
        line(of, "charge", &[("request", id), batches(number)])
    };
    // Another insurer, and the same epoch.
    let epoch = Epoch::from_text(world.epoch.to_text().as_bytes()).expect("an epoch");
    let mixed = World { epoch, ..World::new(&[Kind::Kvnr]) };
    for (of, number, is_same) in [
        (&world, 2, true),
        (&world, 1, false),
        (&world, 3, false),
        (&other, 2, false),
        (&mixed, 2, false),
    ] {
        let text = ledger(&[grant(&world), grant(of), charge(of, number)]);
        std::fs::write(world.ledger.path(), &text).expect("it is ours");
        match world.charge(&request) {
            Ok(charged) => assert!(is_same && charged.is_repeated(), "{number}"),
            Err(Error::OtherCharge { line: 3 }) => assert!(!is_same, "{number}"),
            Err(other) => panic!("{other}"),
        }
        let left = std::fs::read_to_string(world.ledger.path()).expect("it is ours");
        assert!(left == text, "nothing was added");
    }
}

#[test]
fn sums_of_grants_that_overflow_are_refused() {
    let world = World::new(&[Kind::Kvnr]);
    let more = [batches(u64::MAX), ("members", json!(1)), ("reason", json!(""))];
    let text = ledger(&[line(&world, "grant", &more)]);
    let refused = leakdex_private::fuzzing::read_ledger(text.as_bytes());
    assert!(matches!(refused, Err(Error::LedgerDamaged { line: 1 })));
}
