//! Both sides of the crate, from the table to verdicts and an audit.

use std::io::Cursor;

use leakdex_private::{
    Challenge, CheckedRequest, Epoch, Error, Factor, Grant, Ledger, OpenedIdentifier, Opener,
    Place, Request, Sample, Signer, Timestamp, answer, audit, write_openings,
};

use crate::exchange::{LEAKED, WORLD, ask, finish, list, member};

/// The response that the crate gives to a request of this insurer.
pub fn answered(request: &[u8], epoch: &Epoch, provider: &Signer, insurer: &Signer) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = Ledger::at(folder.path().join("ledger"));
    let insurer = insurer.fingerprint();
    let grant = Grant::for_members(insurer, epoch, 10_000, |_| Factor::DEFAULT, "");
    ledger.grant(&grant.expect("a grant"), Timestamp::UNIX_EPOCH).expect("it is granted");
    let mut request = Request::open(Cursor::new(request)).expect("a request");
    let checked = CheckedRequest::new(epoch, &mut request).expect("it fits");
    let charged = ledger.charge(&checked, Timestamp::UNIX_EPOCH).expect("it was granted");
    let mut response = Vec::new();
    answer(checked, &charged, provider, |_, _| (), &mut response).expect("it is answered");
    response
}

#[test]
fn both_sides_find_whose_data_leaked_and_an_audit_passes() {
    let table = WORLD.table();
    let members = list(&table, (40..4500).map(member));
    let (state, request) = ask(&table, &WORLD.insurer, &[&members]);
    let response = answered(&request, &WORLD.epoch, &WORLD.provider, &WORLD.insurer);
    let tables = [table];
    let mut found = finish(&state, &tables, (&request, &response), &[&members]).expect("right");
    let index = found.pop().expect("one table").into_index();
    let index = index.expect("an index");
    let verdicts = index.check_batch(&members);
    for row in 0..members.len() {
        let is_leaked = row < LEAKED.len() - 40;
        let expected = if is_leaked { "affected" } else { "not_affected" };
        assert_eq!(verdicts.get(row).slug(), expected, "row {row}");
    }

    let mut opened_request = Request::open(Cursor::new(&request)).expect("a request");
    let challenge = Challenge::generate().expect("random bytes");
    let sample = Sample::draw(challenge, &opened_request, 500).expect("a sample");
    let mut opener = Opener::new(&state, &sample);
    // The portions differ from those of the request.
    opener.feed(&list(&tables[0], (40..1000).map(member)));
    opener.feed(&list(&tables[0], (1000..4500).map(member)));
    let elements = opener.finish().expect("the list is the same");
    let mut openings = Vec::new();
    let opening_of = |place| elements.opening_of(place);
    write_openings(&mut opened_request, &sample, &WORLD.insurer, opening_of, &mut openings)
        .expect("every opening fits its element");
    let mut audited =
        audit(&mut opened_request, &sample, Cursor::new(openings)).expect("the auditor agrees");
    // Of 8192 elements, 4460 are members and two are canaries.
    let members_opened = audited.identifiers().count();
    assert!((200..330).contains(&members_opened), "{members_opened}");
    assert!(audited.padding() > 150);
    // The books lack one member.
    let canonical = audited.identifiers().nth(7).expect("there are more").canonical().to_vec();
    let books = (40..4500)
        .filter(|number| leakdex_synthetic::numbers::kvnr(*number).as_bytes() != canonical);
    audited.remove_members(&list(&tables[0], books.map(member)));
    let left: Vec<&[u8]> = audited.identifiers().map(OpenedIdentifier::canonical).collect();
    assert!(left == [&*canonical]);

    // Nothing is opened from another list, and nothing that was not drawn.
    let mut opener = Opener::new(&state, &sample);
    opener.feed(&list(&tables[0], (41..4501).map(member)));
    assert!(matches!(opener.finish(), Err(Error::ListChanged)));
    let drawn: Vec<u64> = sample.places().map(|place| place.element).collect();
    let other = (1..4000).find(|element| !drawn.contains(element)).expect("few are drawn");
    let place = Place { element: other, kind: leakdex::Kind::Kvnr, number: other };
    assert!(
        matches!(elements.opening_of(place), Err(Error::FalseOpening { element }) if element == other)
    );
}
