//! No secret appears in a file that parties exchange, in the ledger, or on a screen. Identifiers appear only in
//! openings.

use std::{fs, io::Cursor};

use leakdex::Kind;
use leakdex_private::{
    Challenge, CheckedRequest, Opener, Request, Sample, State, audit, write_openings,
};

use crate::{
    exchange::{self, ask, list, member, open, table_of},
    forge::{Pair, hex_of},
    provider::{World, time},
};

#[test]
fn no_secret_is_in_any_private_message_or_file() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(1);
    // Half of the elements of the request are members, so the sample has one.
    let members: Vec<_> = (20..2068).map(member).collect();
    let leak: Vec<_> = (0..50).map(member).collect();
    let table_file = table_of(&world.epoch, &world.provider, &leak);
    let table = open(&table_file).expect("it is sound");
    let lists = list(&table, members);
    let (state, request) = ask(&table, &world.insurer, &[&lists]);
    let response = world.answer(&request).expect("it was granted");
    let found = exchange::finish(
        &state,
        &[open(&table_file).expect("it is sound")],
        (&request, &response),
        &[&lists],
    );
    assert_eq!(found.expect("it is sound").len(), 1);

    let mut opened = Request::open(Cursor::new(&request)).expect("it is sound");
    let challenge: Challenge = "5a".repeat(32).parse().expect("a challenge");
    let sample = Sample::draw(challenge, &opened, 50).expect("a sample");
    let mut drawn = Opener::new(&state, &sample);
    drawn.feed(&lists);
    let identifiers = drawn.finish().expect("it is the same list");
    let mut openings = Vec::new();
    let opening_of = |place| identifiers.opening_of(place);
    write_openings(&mut opened, &sample, &world.insurer, opening_of, &mut openings)
        .expect("they fit");
    audit(&mut opened, &sample, Cursor::new(&openings)).expect("they fit");

    // Errors, and the output of `Debug`.
    let refused = world.charge(&world.request(7, 1)).expect_err("one was granted");
    let name = Request::identify(Cursor::new(&request)).expect("it is sound");
    world.ledger.refused(name, world.epoch.id(), &refused, time()).expect("there is room");
    let state_text = state.to_text();
    let damaged = State::from_text(&state_text[..state_text.len() - 9]).expect_err("it is cut");
    let charged = world.charge(&request).expect("it was charged");
    let mut again = Request::open(Cursor::new(&request)).expect("it is sound");
    let checked = CheckedRequest::new(&world.epoch, &mut again).expect("it is of this epoch");
    let shown = format!(
        "{:?} {:?} {:?} {charged:?} {refused} {refused:?} {damaged} {damaged:?} {:?} {} {challenge:?}",
        world.epoch,
        world.provider,
        state,
        world.ledger,
        checked.request()
    );
    let ledger = fs::read(world.ledger.path()).expect("it is there");

    let mut secrets: Vec<(String, Vec<u8>)> = vec![
        ("seed of the epoch".to_owned(), hex_of(&world.epoch.to_text()).to_vec()),
        ("provider's key".to_owned(), hex_of(&world.provider.to_text()).to_vec()),
        ("insurer's key".to_owned(), hex_of(&world.insurer.to_text()).to_vec()),
        ("secret scalar".to_owned(), Pair::of(&world.epoch, "kvnr").secret.to_bytes().to_vec()),
    ];
    let state_line = state_text.split(|&byte| byte == b'\n').next().expect("it has lines");
    let line: serde_json::Value = serde_json::from_slice(state_line).expect("it is JSON");
    let seed = hex::decode(line["seed"].as_str().expect("a text")).expect("digits");
    secrets.push(("seed of the state".to_owned(), seed));
    let is_in = |whole: &[u8], part: &[u8]| whole.windows(part.len()).any(|window| window == part);
    for (file, content) in [
        ("table", table_file.as_slice()),
        ("request", &request),
        ("response", &response),
        ("ledger", &ledger),
        ("openings", &openings),
        ("screen", shown.as_bytes()),
    ] {
        for (secret, bytes) in &secrets {
            // Not even a part of a secret may appear.
            for part in bytes.chunks(8) {
                assert!(!is_in(content, part), "{secret} in the {file}");
                assert!(!is_in(content, hex::encode(part).as_bytes()), "{secret} in the {file}");
            }
        }
        let has = |number| is_in(content, leakdex_synthetic::numbers::kvnr(number).as_bytes());
        if file == "openings" {
            assert!((20..2068).any(has), "the search finds an identifier where it is");
        } else {
            assert!(!(0..90).any(has), "an identifier in the {file}");
        }
    }
}
