//! Requests, and the lists that they are made from.

use std::collections::BTreeSet;

use leakdex::{Batch, Kind, Normaliser, Record};
use leakdex_private::{Error, Finisher, ListDigest, Request, RequestWriter, Response, State};
use leakdex_synthetic::members::{list_order, members};

use crate::{
    exchange::{WORLD, World, YEAR, ask, begin, finish, list, member, note, write_request},
    forge,
};

#[test]
fn a_request_is_the_same_for_1_2_and_7_threads() {
    let leak = [Record::new().kvnr("A123456780").email("m.muster@example.de")];
    let world = World::new(&[Kind::Kvnr, Kind::Email], &leak);
    let table = world.table();
    let people = members(list_order(0, 6000, 0..6000));
    let people: Vec<Record> = people.into_iter().map(|member| member.record).collect();
    let whole = list(&table, people.iter().cloned());
    let state = begin(&table, &[&whole]);
    // Neither the portions of the list nor the number of threads matter.
    let requests = [(1, 6000), (2, 1000), (7, 113)].map(|(threads, rows)| {
        let portions = people.chunks(rows).map(|part| list(&table, part.iter().cloned()));
        let portions: Vec<Batch> = portions.collect();
        let portions: Vec<&Batch> = portions.iter().collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| write_request(&state, &world.insurer, &portions)).expect("the list fits")
    });
    assert!(requests[0] == requests[1] && requests[0] == requests[2]);
    let batches = |content: &forge::Content| content.metadata["kinds"].to_string();
    let content = forge::content_of(&requests[0]);
    assert_eq!(batches(&content), r#"[{"batches":1,"kind":"email"},{"batches":2,"kind":"kvnr"}]"#);
}

#[test]
fn two_requests_for_one_list_share_no_element() {
    let table = WORLD.table();
    let members = list(&table, (0..10).map(member));
    let requests = [(); 2].map(|()| ask(&table, &WORLD.insurer, &[&members]).1);
    let mut seen = BTreeSet::new();
    for request in &requests {
        let content = forge::content_of(request);
        // Canaries and padding differ, too.
        assert!(forge::elements(&content.body).into_iter().all(|element| seen.insert(element)));
    }
    assert_eq!(seen.len(), 2 * forge::BATCH);
}

#[test]
fn lists_with_equal_batch_counts_make_requests_of_equal_length() {
    let table = WORLD.table();
    let lengths = [0_u32, 1, 4095].map(|count| {
        let members = list(&table, (0..count).map(member));
        ask(&table, &WORLD.insurer, &[&members]).1.len()
    });
    assert_eq!((lengths[0], lengths[1]), (lengths[1], lengths[2]));
    let members = list(&table, (0..4096).map(member));
    let longer = ask(&table, &WORLD.insurer, &[&members]).1;
    assert_eq!(longer.len(), lengths[0] + 32 * forge::BATCH);
}

#[test]
fn a_changed_list_gives_no_result() {
    let table = WORLD.table();
    let one = list(&table, [member(1), member(60)]);
    let two = list(&table, [member(2)]);
    let (state, request) = ask(&table, &WORLD.insurer, &[&one, &two]);
    let response = WORLD.response(&request);
    let tables = [table];
    let files = (&request[..], &response[..]);
    finish(&state, &tables, files, &[&one, &two]).expect("the lists are the same");

    let table = &tables[0];
    let (more, other) = (list(table, [member(3)]), list(table, [member(1), member(61)]));
    let changed: [&[&Batch]; 6] =
        [&[&two, &one], &[&one], &[&one, &two, &more], &[&other, &two], &[&two, &two, &two], &[]];
    for lists in changed {
        let result = finish(&state, &tables, files, lists);
        assert!(matches!(result, Err(Error::ListChanged)));
        let again = write_request(&state, &WORLD.insurer, lists);
        assert!(matches!(again, Err(Error::ListChanged)));
    }
}

#[test]
fn a_request_is_written_again_after_a_crash() {
    let table = WORLD.table();
    let members = list(&table, (0..100).map(member));
    let state = begin(&table, &[&members]);
    let text = state.to_text();
    let first = write_request(&state, &WORLD.insurer, &[&members]).expect("the list fits");
    let mut read = State::from_text(&text).expect("a state");
    assert!(read.request().is_none());
    let again = write_request(&read, &WORLD.insurer, &[&members]).expect("the list fits");
    assert!(first == again);

    let response = WORLD.response(&first);
    let tables = [table];
    let early = finish(&read, &tables, (&first, &response), &[&members]);
    assert!(matches!(early, Err(Error::NoRequest)));
    note(&mut read, &first);
    let read = State::from_text(&read.to_text()).expect("a state");
    let found = finish(&read, &tables, (&first, &response), &[&members]).expect("all is right");
    assert_eq!(found[0].len(), 50);
}

#[test]
fn an_unfinished_pass_gives_no_result() {
    let table = WORLD.table();
    let members = list(&table, [member(1)]);
    let (state, request) = ask(&table, &WORLD.insurer, &[&members]);
    let mut request_writer =
        RequestWriter::new(&state, &WORLD.insurer, Vec::new()).expect("a writer");
    let pass = request_writer.next_pass().expect("the first").expect("one kind");
    drop(pass);
    assert!(matches!(request_writer.next_pass(), Err(Error::PassNotEnded)));
    assert!(matches!(request_writer.finish(), Err(Error::PassNotEnded)));
    let request_writer = RequestWriter::new(&state, &WORLD.insurer, Vec::new()).expect("a writer");
    assert!(matches!(request_writer.finish(), Err(Error::PassNotEnded)));

    let response = WORLD.response(&request);
    let mut request = Request::open(std::io::Cursor::new(request)).expect("a request");
    let mut response = Response::open(std::io::Cursor::new(response)).expect("a response");
    let tables = [table];
    let mut finisher =
        Finisher::new(&state, &tables, &mut request, &mut response).expect("they fit");
    let pass = finisher.next_pass().expect("the first").expect("one kind");
    drop(pass);
    assert!(matches!(finisher.next_pass(), Err(Error::PassNotEnded)));
    assert!(matches!(finisher.finish(), Err(Error::PassNotEnded)));
}

#[test]
fn a_list_of_last_year_has_the_same_digest_after_new_year() {
    let world = World::new(&[Kind::StartsBirth], &[member(1)]);
    let born = Record::new().last_name("Muster").first_name("Eva").birth_date("2027-01-01");
    let in_year = |year| world.table().with_normaliser(Normaliser::new().current_year(year));
    let table = in_year(YEAR);
    let state = begin(&table, &[&list(&table, [born.clone()])]);
    let state = State::from_text(&state.to_text()).expect("it was just written");
    assert_eq!(state.year(), YEAR);
    let digest_in = |year| {
        let mut digest = ListDigest::new(&state);
        digest.feed(&list(&in_year(year), [born.clone()]));
        digest.finish()
    };
    digest_in(state.year()).expect("the list is the same");
    assert!(matches!(digest_in(YEAR + 1), Err(Error::ListChanged)), "nobody was born in 2027");
}

#[test]
fn a_state_with_impossible_values_is_refused() {
    let table = WORLD.table();
    let members = list(&table, [member(1)]);
    let state = begin(&table, &[&members]);
    let text = state.to_text();
    let line = text.split(|byte| *byte == b'\n').next().expect("a line");
    let line: serde_json::Value = serde_json::from_slice(line).expect("it is JSON");
    let seed = line["seed"].as_str().expect("a text");
    let seed: [u8; 32] = hex::decode(seed).expect("digits").try_into().expect("32 bytes");
    assert!(forge::state(&line, &seed) == **text, "the format is that of the document");
    let changes: [(&str, serde_json::Value); 10] = [
        ("year", serde_json::json!(1899)),
        ("year", serde_json::json!(10_000)),
        ("year", serde_json::json!("2026")),
        ("year", serde_json::json!(null)),
        ("kinds", serde_json::json!([])),
        ("kinds", serde_json::json!([{"kind": "kvnr", "identifiers": 1, "batches": 2}])),
        ("kinds", serde_json::json!([{"kind": "kvnr", "identifiers": u64::MAX, "batches": 1}])),
        ("list_digest", serde_json::json!("00")),
        ("provider", serde_json::json!("00")),
        ("seed", serde_json::json!("00".repeat(32))),
    ];
    for (field, value) in changes {
        let mut line = line.clone();
        line[field] = value;
        let seed = if field == "seed" { [0; 32] } else { seed };
        let result = State::from_text(&forge::state(&line, &seed));
        assert!(matches!(result, Err(Error::StateDamaged)), "{field}");
    }
    let mut without_year = line;
    without_year.as_object_mut().expect("an object").remove("year");
    let result = State::from_text(&forge::state(&without_year, &seed));
    assert!(matches!(result, Err(Error::StateDamaged)));
    assert!(matches!(State::from_text(b"leakdex-key-v1:"), Err(Error::NotASecret(_))));
}
