//! A provider that answers wrongly, or that does not treat all insurers alike.

use std::{io::Cursor, sync::LazyLock};

use curve25519_dalek::Scalar;
use leakdex::Batch;
use leakdex_private::{Error, FileType, Finisher, Request, Response, Signer, State, Table};
use serde_json::json;

use crate::{
    exchange::{
        Changing, WORLD, World, ask, finish, list, member, note, open, table_of, write_request,
    },
    forge::{self, BATCH, Content},
};

/// An exchange with two batches, up to the response.
struct Exchange {
    tables: [Table; 1],
    members: Batch,
    state: State,
    request: Vec<u8>,
    response: Content,
}

static EXCHANGE: LazyLock<Exchange> = LazyLock::new(Exchange::new);

impl Exchange {
    fn new() -> Self {
        let table = WORLD.table();
        let members = list(&table, (0..5000).map(member));
        let (state, request) = ask(&table, &WORLD.insurer, &[&members]);
        let response = forge::response(&request, &WORLD.epoch);
        Self { tables: [table], members, state, request, response }
    }

    fn sign(response: &Content) -> Vec<u8> {
        forge::file(forge::RESPONSE, response, &WORLD.provider)
    }

    fn finish(&self, response: &[u8]) -> Result<usize, Error> {
        let files = (&self.request[..], response);
        let found = finish(&self.state, &self.tables, files, &[&self.members])?;
        Ok(found[0].len())
    }
}

/// The length of a batch of a response.
const LENGTH: usize = 32 * BATCH + 64;

#[test]
fn one_wrong_evaluation_fails_the_whole_response() {
    let exchange = &*EXCHANGE;
    let good = &exchange.response;
    assert_eq!(exchange.finish(&Exchange::sign(good)).expect("all is right"), 50);
    let with = |change: &dyn Fn(&mut [u8])| {
        let mut response = good.clone();
        change(&mut response.body);
        exchange.finish(&Exchange::sign(&response)).expect_err("one is wrong")
    };
    let copy = |body: &mut [u8], from: usize, to: usize, length: usize| {
        let bytes = body[from..from + length].to_vec();
        body[to..to + length].copy_from_slice(&bytes);
    };
    let swapped = with(&|body| {
        let (one, other) = body.split_at_mut(32 * 8);
        one[32 * 7..].swap_with_slice(&mut other[..32]);
    });
    assert!(matches!(swapped, Error::ProofFailed { batch: 0, .. }));
    let repeated = with(&|body| copy(body, 32 * 3, 32 * 4, 32));
    assert!(matches!(repeated, Error::ProofFailed { batch: 0, .. }));
    // In the padding at the end of the last batch.
    let padding = with(&|body| copy(body, 32 * 3, LENGTH + 32 * (BATCH - 1), 32));
    assert!(matches!(padding, Error::ProofFailed { batch: 1, .. }));
    let proof_of_another = with(&|body| copy(body, LENGTH - 64, 2 * LENGTH - 64, 64));
    assert!(matches!(proof_of_another, Error::ProofFailed { batch: 1, .. }));
    let batches_swapped = with(&|body| {
        let (one, other) = body.split_at_mut(LENGTH);
        one.swap_with_slice(other);
    });
    assert!(matches!(batches_swapped, Error::ProofFailed { batch: 0, .. }));
    for (place, byte) in [(0, 0), (LENGTH + 32 * 77, 0), (32 * (BATCH - 1), 0xFF)] {
        let bad = with(&|body| body[place..place + 32].fill(byte));
        let batch = (place / LENGTH) as u64;
        assert!(matches!(bad, Error::BadElement { file: FileType::Response, batch: found, .. }
            if found == batch));
    }
    // Scalars of proofs that are zero, or not canonical.
    for byte in [0, 0xFF] {
        let bad = with(&|body| body[LENGTH - 64..LENGTH].fill(byte));
        assert!(matches!(bad, Error::ProofFailed { batch: 0, .. }));
    }
    let other = Scalar::from(7_u8);
    let other_key = forge::response_by(&exchange.request, |_| forge::Pair::of_secret(other));
    let other_key = exchange.finish(&Exchange::sign(&other_key)).expect_err("another key");
    assert!(matches!(other_key, Error::ProofFailed { batch: 0, .. }));
}

#[test]
fn a_response_to_another_request_is_refused() {
    let exchange = &*EXCHANGE;
    let again = ask(&exchange.tables[0], &WORLD.insurer, &[&exchange.members]).1;
    let to_another = WORLD.response(&again);
    let refused = |request: &[u8], response: &[u8]| {
        let lists = [&exchange.members];
        finish(&exchange.state, &exchange.tables, (request, response), &lists)
            .expect_err("it is refused")
    };
    let result = refused(&exchange.request, &to_another);
    assert!(matches!(result, Error::OtherRequest(FileType::Response)));
    let result = refused(&again, &to_another);
    assert!(matches!(result, Error::OtherRequest(FileType::Request)));
    // A response that names this request, but has the elements of another.
    let mut relabelled = forge::content_of(&to_another);
    relabelled.metadata["request"] = exchange.response.metadata["request"].clone();
    let result = refused(&exchange.request, &Exchange::sign(&relabelled));
    assert!(matches!(result, Error::ProofFailed { .. }));

    let good = &exchange.response;
    let by_another = forge::file(forge::RESPONSE, good, &WORLD.insurer);
    let result = refused(&exchange.request, &by_another);
    assert!(matches!(result, Error::UnknownSigner { file: FileType::Response, .. }));
    let changed = |field: &str, value: serde_json::Value| {
        let mut response = good.clone();
        response.metadata[field] = value;
        refused(&exchange.request, &Exchange::sign(&response))
    };
    let epoch = changed("epoch", json!("00".repeat(16)));
    assert!(matches!(epoch, Error::OtherEpoch(FileType::Response)));
    let kinds = changed("kinds", json!([{"kind": "email", "batches": 2}]));
    assert!(matches!(kinds, Error::Malformed { file: FileType::Response, .. }));
    let fewer = changed("kinds", json!([{"kind": "kvnr", "batches": 1}]));
    assert!(matches!(fewer, Error::Malformed { file: FileType::Response, .. }));
    let unknown = changed("note", json!("it might matter"));
    assert!(matches!(unknown, Error::Malformed { file: FileType::Response, .. }));
}

#[test]
fn a_table_of_another_epoch_signer_or_generation_is_refused() {
    let exchange = &*EXCHANGE;
    let good = Exchange::sign(&exchange.response);
    let refused = |table: &[u8]| {
        let tables = [WORLD.table(), open(table).expect("a table")];
        let files = (&exchange.request[..], &good[..]);
        finish(&exchange.state, &tables, files, &[&exchange.members]).expect_err("it is refused")
    };
    let leak = [member(1)];
    let other = World::new(&[leakdex::Kind::Kvnr], &leak);
    let of_epoch = table_of(&other.epoch, &WORLD.provider, &leak);
    assert!(matches!(refused(&of_epoch), Error::OtherEpoch(FileType::Table)));
    let of_signer = table_of(&WORLD.epoch, &other.provider, &leak);
    assert!(matches!(refused(&of_signer), Error::UnknownSigner { file: FileType::Table, .. }));
    let expected = Some(WORLD.provider.fingerprint());
    let opened = Table::open(Cursor::new(&of_signer), expected.as_ref());
    assert!(matches!(opened, Err(Error::UnknownSigner { file: FileType::Table, .. })));

    let table = WORLD.table();
    table.require(Some(table.id()), Some(0)).expect("it is the table");
    let result = table.require(None, Some(1));
    assert!(matches!(result, Err(Error::TooOld { generation: 0, required: 1 })));
    let result = table.require(Some(open(&of_signer).expect("a table").id()), None);
    assert!(matches!(result, Err(Error::OtherTable { .. })));
}

#[test]
fn a_provider_that_normalises_differently_is_refused() {
    let mut content = forge::content_of(&WORLD.table);
    let found = leakdex::NORMALISER + 1;
    content.metadata["leak"]["normaliser"] = json!(found);
    let table = forge::file(forge::TABLE, &content, &WORLD.provider);
    let result = open(&table);
    assert!(matches!(result, Err(Error::OtherNormaliser { found: rules }) if rules == found));

    // A provider that hides its other rules. Its made-up identifiers have other normal forms.
    let pair = forge::Pair::of(&WORLD.epoch, "kvnr");
    let canary = pair.output(&forge::canary("kvnr"));
    let other = pair.output(&[&forge::canary("kvnr")[..], b"B123456782\n"].concat());
    let result = with_canary(&canary, &[(other, CANARY)]);
    assert!(matches!(result, Err(Error::CanaryFailed { batch: 0, .. })));
    let mut payload = CANARY;
    for change in [0, 1, 5, 15] {
        payload[change] ^= 4;
        let result = with_canary(&canary, &[(canary, payload)]);
        assert!(matches!(result, Err(Error::CanaryFailed { batch: 0, .. })));
    }
    with_canary(&canary, &[(canary, CANARY)]).expect("this is the right one");
}

const CANARY: [u8; 16] = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Finishes with a table whose canary is replaced by these entries.
fn with_canary(canary: &[u8; 64], entries: &[([u8; 64], [u8; 16])]) -> Result<(), Error> {
    let mut content = forge::content_of(&WORLD.table);
    let salt = forge::salt_of(&content);
    let entries = entries.iter().map(|(output, payload)| forge::entry(output, &salt, 0, *payload));
    replace(&mut content, &forge::entry_key(canary, &salt, 0), entries);
    let table = open(&forge::file(forge::TABLE, &content, &WORLD.provider)).expect("a table");
    let (request, response) = (&EXCHANGE.request, Exchange::sign(&EXCHANGE.response));
    finish(&EXCHANGE.state, &[table], (request, &response), &[&EXCHANGE.members]).map(drop)
}

/// Replaces the entry that has the label of `old` with others, and pads the table.
fn replace(content: &mut Content, old: &[u8; 32], new: impl IntoIterator<Item = [u8; 32]>) {
    let mut entries = forge::elements(&content.body);
    let before = entries.len();
    entries.retain(|entry| entry[..16] != old[..16]);
    assert_eq!(entries.len() + 1, before, "it was there");
    entries.extend(new);
    let count = entries.len();
    let padding = (0_u64..).map(|number| {
        let mut entry = [0xAB; 32];
        entry[8..16].copy_from_slice(&number.to_le_bytes());
        entry
    });
    entries.extend(padding.take(count.next_multiple_of(BATCH) - count));
    entries.sort_unstable();
    content.metadata["entries"] = json!(entries.len());
    content.body = entries.concat();
}

#[test]
fn a_batch_without_its_canary_fails_the_whole_response() {
    let exchange = &*EXCHANGE;
    // An insurer whose program has a fault: in the second batch, a member is in the place of the canary.
    let mut content = forge::content_of(&exchange.request);
    content.body.copy_within(32 * 5..32 * 6, 32 * BATCH);
    let request = forge::file(forge::REQUEST, &content, &WORLD.insurer);
    let mut state = State::from_text(&exchange.state.to_text()).expect("a state");
    note(&mut state, &request);
    let response = WORLD.response(&request);
    let result = finish(&state, &exchange.tables, (&request, &response), &[&exchange.members]);
    assert!(matches!(result, Err(Error::CanaryFailed { batch: 1, .. })));
    // An element that nobody can evaluate fails the whole response, too.
    let mut content = forge::content_of(&exchange.request);
    content.body[32 * 4100..32 * 4101].fill(0);
    let request = forge::file(forge::REQUEST, &content, &WORLD.insurer);
    note(&mut state, &request);
    let mut response = exchange.response.clone();
    response.metadata["request"] = json!(forge::id_of(&request));
    let response = Exchange::sign(&response);
    let result = finish(&state, &exchange.tables, (&request, &response), &[&exchange.members]);
    let Err(Error::BadElement { file, batch, .. }) = result else { panic!("it is refused") };
    assert_eq!((file, batch), (FileType::Request, 1));
}

#[test]
fn an_entry_that_cannot_be_read_is_found_and_fails_nothing() {
    let pair = forge::Pair::of(&WORLD.epoch, "kvnr");
    let kvnr = leakdex_synthetic::numbers::kvnr(7);
    let output = pair.output(&forge::input("kvnr", kvnr.as_bytes()));
    let good = {
        let mut payload = [0; 16];
        payload[0] = 5;
        payload[1] = 2;
        payload[8] = 77;
        payload
    };
    let with = |place: usize, value: u8| {
        let mut payload = good;
        payload[place] = value;
        payload
    };
    // Each list has the payloads of one member's records. The number counts the distinct records.
    let lists: [(&[[u8; 16]], u64); 9] = [
        (&[good], 1),
        (&[[0xFF; 16]], 1),
        (&[[0; 16]], 1),
        (&[CANARY], 1),
        (&[with(1, 0), with(2, 0xFF)], 2),
        (&[with(5, 200), with(7, 1)], 2),
        // One record with two contents.
        (&[good, with(0, 1), with(5, 0)], 1),
        (&[good, with(8, 78), with(8, 78)], 2),
        (&[with(0, 1)], 1),
    ];
    // One request is for all of these tables.
    let tables = lists.map(|(payloads, _)| {
        let mut content = forge::content_of(&WORLD.table);
        let salt = forge::salt_of(&content);
        let entries = (0..).zip(payloads);
        let entries =
            entries.map(|(number, payload)| forge::entry(&output, &salt, number, *payload));
        replace(&mut content, &forge::entry_key(&output, &salt, 0), entries);
        open(&forge::file(forge::TABLE, &content, &WORLD.provider)).expect("a table")
    });
    let members = list(&tables[0], (5..9).chain([100]).map(member));
    let (state, request) = ask(&tables[0], &WORLD.insurer, &[&members]);
    let response = WORLD.response(&request);
    let found = finish(&state, &tables, (&request, &response), &[&members]);
    for (found, (payloads, records)) in
        found.expect("no entry fails the whole").into_iter().zip(lists)
    {
        let index = found.into_index().expect("an index");
        let verdicts = index.check_batch(&members);
        let slugs: Vec<_> = (0..5).map(|row| verdicts.get(row).slug()).collect();
        assert_eq!(slugs, ["affected", "affected", "affected", "affected", "not_affected"]);
        let verdict = verdicts.get(2);
        let exposure = verdict.finding().expect("affected").exposure();
        assert_eq!(exposure.records(), records, "{payloads:?}");
        let is_readable = payloads[0][..8] == good[..8] || payloads[0][..2] == [1, 2];
        assert_eq!(exposure.data_classes().len(), usize::from(is_readable), "{payloads:?}");
    }
}

#[test]
fn a_number_with_thousands_of_records_is_found_once_for_thousands_of_members() {
    let pair = forge::Pair::of(&WORLD.epoch, "kvnr");
    let kvnr = leakdex_synthetic::numbers::kvnr(7);
    let output = pair.output(&forge::input("kvnr", kvnr.as_bytes()));
    let mut content = forge::content_of(&WORLD.table);
    let salt = forge::salt_of(&content);
    let entries: Vec<[u8; 32]> = (0_u64..6000)
        .map(|number| {
            let mut payload = [5, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            payload[8..].copy_from_slice(&number.to_le_bytes());
            forge::entry(&output, &salt, number, payload)
        })
        .collect();
    replace(&mut content, &forge::entry_key(&output, &salt, 0), entries);
    let table = open(&forge::file(forge::TABLE, &content, &WORLD.provider)).expect("a table");
    // This would take long if the entries were read anew for each member.
    let members = list(&table, (0..4000).map(|_| member(7)));
    let (state, request) = ask(&table, &WORLD.insurer, &[&members]);
    let response = WORLD.response(&request);
    let found = finish(&state, &[table], (&request, &response), &[&members]);
    let found = found.expect("all is right").pop().expect("one table");
    assert_eq!(found.len(), 1);
    let index = found.into_index().expect("an index");
    let verdict = index.check_batch(&members).get(3999);
    assert_eq!(verdict.finding().expect("affected").exposure().records(), 6000);
}

#[test]
fn a_file_that_changes_while_it_is_read_gives_no_result() {
    let exchange = &*EXCHANGE;
    let good = Exchange::sign(&exchange.response);
    // A byte in the metadata, in an element of padding, and in a proof.
    let places = [70, good.len() - 64 - 100, good.len() - 64 - 1];
    for (of_response, place) in
        [(true, places[0]), (true, places[1]), (true, places[2]), (false, 70)]
    {
        let source = |file: &[u8], changes: bool| Changing::new(file, changes.then_some(place));
        let mut request =
            Request::open(source(&exchange.request, !of_response)).expect("it is good at first");
        let mut response = Response::open(source(&good, of_response)).expect("it is good at first");
        let result = (|| {
            let (state, tables) = (&exchange.state, &exchange.tables);
            let mut finisher = Finisher::new(state, tables, &mut request, &mut response)?;
            while let Some(mut pass) = finisher.next_pass()? {
                pass.feed(&exchange.members)?;
                pass.end()?;
            }
            finisher.finish().map(|(found, _)| found)
        })();
        let expected = if of_response { FileType::Response } else { FileType::Request };
        match result.expect_err("it changed") {
            Error::ChangedWhileRead(file) | Error::BadElement { file, .. } => {
                assert_eq!(file, expected);
            }
            Error::ProofFailed { .. } => assert!(of_response),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn another_signer_changes_the_signature_and_not_the_elements() {
    let table = WORLD.table();
    let members = list(&table, [member(1)]);
    let (state, request) = ask(&table, &WORLD.insurer, &[&members]);
    let other = write_request(&state, &Signer::generate().expect("a key"), &[&members]);
    let other = other.expect("the list fits");
    assert!(forge::content_of(&other).body == forge::content_of(&request).body && other != request);
}
