//! Answers: the same bytes each time, and only for the request that was charged.

use std::{
    io::{self, Cursor, Write},
    sync::atomic::{AtomicU64, Ordering},
};

use leakdex::Kind;
use leakdex_private::{CheckedRequest, Error, FileType, Request, Response, answer};
use rayon::ThreadPoolBuilder;

use crate::{
    forge::{self, BATCH, Pair, content_of, elements},
    provider::World,
};

#[test]
fn a_request_that_is_answered_again_is_charged_once_and_answered_alike() {
    let world = World::new(&[Kind::Kvnr, Kind::Email]);
    world.grant(1);
    let request = world.request(1, 1);
    let response = world.answer(&request).expect("it was granted");
    assert!(world.answer(&request).expect("it was charged") == response);
    assert_eq!(world.accounts(), [(1, 1), (1, 1)]);

    // The response names everything that it belongs to.
    let opened = Response::open(Cursor::new(&response)).expect("it is sound");
    assert_eq!(opened.id().to_string(), forge::id_of(&response));
    assert_eq!(opened.request().to_string(), forge::id_of(&request));
    assert_eq!(opened.provider(), world.provider.fingerprint());
    assert_eq!(opened.epoch(), world.epoch.id());
    let line = &world.lines()[1];
    assert_eq!(
        (opened.charge().seq, opened.charge().digest.to_string().as_str()),
        (2, line["digest"].as_str().expect("a text"))
    );
    let kinds: Vec<_> = opened.batches().iter().map(|batch| (batch.kind, batch.batches)).collect();
    assert_eq!(kinds, [(Kind::Email, 1), (Kind::Kvnr, 1)]);
}

#[test]
fn every_element_is_multiplied_by_the_key_of_its_kind() {
    let world = World::new(&[Kind::Kvnr, Kind::Email]);
    world.grant(2);
    let request = world.request(1, 2);
    let response = content_of(&world.answer(&request).expect("it was granted"));
    let request = content_of(&request);
    let batches = request.body.chunks(32 * BATCH).zip(response.body.chunks(32 * BATCH + 64));
    for ((blinded, evaluated), kind) in batches.zip(["email", "email", "kvnr", "kvnr"]) {
        let pair = Pair::of(&world.epoch, kind);
        let (blinded, evaluated) = (elements(blinded), elements(&evaluated[..32 * BATCH]));
        // The elements repeat after 64.
        assert!(pair.evaluated(&blinded[..70])[..] == evaluated[..70]);
        assert!(pair.evaluated(&blinded[BATCH - 9..])[..] == evaluated[BATCH - 9..]);
    }
}

#[test]
fn a_response_is_the_same_for_1_2_and_7_threads() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(5);
    let request = world.request(1, 5);
    let with_threads = |threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| world.answer(&request).expect("it was granted"))
    };
    let expected = with_threads(1);
    assert!([2, 7].map(with_threads).iter().all(|response| *response == expected));
}

#[test]
fn progress_is_shown_to_its_end() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(3);
    let request = world.request(1, 3);
    let charged = world.charge(&request).expect("it was granted");
    let mut opened = Request::open(Cursor::new(&request)).expect("it is sound");
    let checked = CheckedRequest::new(&world.epoch, &mut opened).expect("it is of this epoch");
    let last = AtomicU64::new(0);
    let progress = |done: u64, total: u64| {
        assert_eq!(total, 3 * BATCH as u64);
        assert!(last.swap(done, Ordering::Relaxed) < done && done <= total);
    };
    answer(checked, &charged, &world.provider, progress, io::sink()).expect("it was granted");
    assert_eq!(last.into_inner(), 3 * BATCH as u64);
}

#[test]
fn the_charge_of_one_request_buys_no_other() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(1);
    let charged = world.charge(&world.request(1, 1)).expect("it was granted");
    let mut other = Request::open(Cursor::new(world.request(2, 1))).expect("it is sound");
    let checked = CheckedRequest::new(&world.epoch, &mut other).expect("it is of this epoch");
    let error = answer(checked, &charged, &world.provider, |_, _| (), io::sink());
    assert!(matches!(error, Err(Error::OtherRequest(FileType::Request))));
}

#[test]
fn a_full_disk_is_an_error_and_the_request_can_be_answered_again() {
    /// A disk with room for this many bytes.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let world = World::new(&[Kind::Kvnr]);
    world.grant(1);
    let request = world.request(1, 1);
    for room in [0, 100, 32 * BATCH, 32 * BATCH + 200] {
        let charged = world.charge(&request).expect("it was granted");
        let mut opened = Request::open(Cursor::new(&request)).expect("it is sound");
        let checked = CheckedRequest::new(&world.epoch, &mut opened).expect("it is of this epoch");
        let error = answer(checked, &charged, &world.provider, |_, _| (), Full(room));
        assert!(matches!(error, Err(Error::Io { .. })), "room for {room}");
    }
    world.answer(&request).expect("it was charged");
    assert_eq!(world.accounts(), [(1, 1)]);
}
