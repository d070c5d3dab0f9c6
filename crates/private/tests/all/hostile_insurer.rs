//! An insurer that sends invalid requests.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use leakdex::Kind;
use leakdex_private::{CheckedRequest, Error, FileType, Request, Signer, answer, verify_file};
use serde_json::{Value, json};

use crate::{
    exchange::Changing,
    forge::{self, BATCH, Content},
    provider::{World, element},
};

/// The encoding of −1 modulo the prime of the field: it is negative, so not canonical.
const MINUS_ONE: [u8; 32] = {
    let mut bytes = [0xFF; 32];
    (bytes[0], bytes[31]) = (0xEC, 0x7F);
    bytes
};

fn open(file: &[u8]) -> Result<Request<Cursor<&[u8]>>, Error> {
    Request::open(Cursor::new(file))
}

fn is_malformed(outcome: &Result<Request<Cursor<&[u8]>>, Error>) -> bool {
    matches!(outcome, Err(Error::Malformed { file: FileType::Request, .. }))
}

#[test]
fn an_invalid_element_ends_the_answer_and_the_charge_stays() {
    let (of_two_kinds, of_two_batches) =
        (World::new(&[Kind::Kvnr, Kind::Email]), World::new(&[Kind::Kvnr]));
    for (world, batches, place, wrong, kind, batch) in [
        (&of_two_kinds, 1, 0, [0; 32], Kind::Email, 0),
        (&of_two_kinds, 1, 2 * BATCH - 1, [0xFF; 32], Kind::Kvnr, 0),
        (&of_two_batches, 2, BATCH - 1, MINUS_ONE, Kind::Kvnr, 0),
        (&of_two_batches, 2, BATCH, [1; 32], Kind::Kvnr, 1),
    ] {
        world.grant(batches);
        let before = world.accounts()[0].1;
        let mut content = world.content(1, batches);
        content.body[32 * place..][..32].copy_from_slice(&wrong);
        let request = forge::file(forge::REQUEST, &content, &world.insurer);
        // A repeated request costs nothing more.
        for _ in 0..2 {
            let error = world.answer(&request).expect_err("it is not an element");
            let expected = (FileType::Request, kind, batch);
            assert!(
                matches!(error, Error::BadElement { file, kind, batch }
                    if (file, kind, batch) == expected),
                "place {place}: {error}"
            );
            assert!(world.accounts().iter().all(|account| account.1 == before + batches));
        }
    }
}

#[test]
fn a_request_with_no_or_too_many_batches_is_refused() {
    let world = World::new(&[Kind::Kvnr, Kind::Email]);
    let Content { metadata, body } = world.content(1, 1);
    let requested = |kind: &str, batches: u64| json!({"kind": kind, "batches": batches});
    for kinds in [
        vec![],
        vec![requested("email", 0), requested("kvnr", 2)],
        vec![requested("email", 0), requested("kvnr", 0)],
        vec![requested("email", 1)],
        vec![requested("email", 1), requested("kvnr", 2)],
        vec![requested("email", 1), requested("email", 1)],
        vec![requested("kvnr", 1), requested("email", 1)],
        vec![requested("email", 1), requested("nothing", 1)],
        vec![requested("email", 1), requested("Kvnr", 1)],
        vec![requested("email", u64::MAX), requested("kvnr", 3)],
        vec![requested("email", u64::MAX / 2), requested("kvnr", u64::MAX / 2)],
        // Multiplied by the length of a batch, their sum overflows to the length of two batches.
        vec![requested("email", 1 << 47), requested("kvnr", 2)],
        vec![json!({"kind": "email", "batches": -1}), requested("kvnr", 1)],
        vec![json!({"kind": "email", "batches": 1.0}), requested("kvnr", 1)],
        vec![json!({"kind": "email", "batches": 1, "more": 1}), requested("kvnr", 1)],
        vec![json!({"kind": "email"}), requested("kvnr", 1)],
    ] {
        let metadata = json!({"epoch": metadata["epoch"], "kinds": kinds});
        let content = Content { metadata, body: body.clone() };
        let file = forge::file(forge::REQUEST, &content, &world.insurer);
        assert!(is_malformed(&open(&file)), "{}", content.metadata);
        // Its signature is valid, so the ledger can record it.
        let name = Request::identify(Cursor::new(&file)).expect("its signature holds");
        assert_eq!(name.0.to_string(), forge::id_of(&file));
        assert_eq!(name.1, world.insurer.fingerprint());
    }
}

#[test]
fn metadata_that_breaks_the_format_is_refused() {
    let world = World::new(&[Kind::Kvnr]);
    let Content { metadata, body } = world.content(1, 1);
    let with = |name: &str, value: Value| {
        let mut metadata = metadata.clone();
        metadata[name] = value;
        metadata
    };
    for metadata in [
        with("more", json!(1)),
        with("epoch", json!("00")),
        with("epoch", json!("zz".repeat(16))),
        with("epoch", json!(null)),
        with("kinds", json!({})),
        json!({"epoch": metadata["epoch"]}),
        json!({"kinds": metadata["kinds"]}),
        json!([]),
        json!(null),
    ] {
        let content = Content { metadata, body: body.clone() };
        let file = forge::file(forge::REQUEST, &content, &world.insurer);
        assert!(is_malformed(&open(&file)), "{}", content.metadata);
    }
    let too_long = with("more", json!("x".repeat(1 << 24)));
    let file = forge::file(forge::REQUEST, &Content { metadata: too_long, body }, &world.insurer);
    assert!(matches!(open(&file), Err(Error::WrongLength(FileType::Request))));
}

#[test]
fn a_body_of_a_wrong_length_is_refused() {
    let world = World::new(&[Kind::Kvnr]);
    let content = world.content(1, 1);
    for length in [0, 1, 32, content.body.len() - 32, content.body.len() - 1] {
        let body = content.body[..length].to_vec();
        let content = Content { metadata: content.metadata.clone(), body };
        let file = forge::file(forge::REQUEST, &content, &world.insurer);
        assert!(is_malformed(&open(&file)), "{length} bytes");
    }
    let body = [&content.body[..], &element(1, 1)].concat();
    let longer = Content { metadata: content.metadata.clone(), body };
    assert!(is_malformed(&open(&forge::file(forge::REQUEST, &longer, &world.insurer))));

    let sound = forge::file(forge::REQUEST, &content, &world.insurer);
    for length in (0..sound.len()).rev().step_by(997).chain(0..200) {
        let expected = if length < 64 {
            matches!(open(&sound[..length]), Err(Error::NotThisFile(FileType::Request)))
        } else {
            matches!(open(&sound[..length]), Err(Error::WrongLength(FileType::Request)))
        };
        assert!(expected, "{length} bytes");
    }
    let longer = [&sound[..], b"\n"].concat();
    assert!(matches!(open(&longer), Err(Error::WrongLength(FileType::Request))));
}

#[test]
fn files_of_other_types_and_versions_are_refused() {
    let world = World::new(&[Kind::Kvnr]);
    let content = world.content(1, 1);
    for of_type in [forge::TABLE, forge::RESPONSE, (4, "openings"), (5, "request"), (0, "request")]
    {
        let file = forge::file(of_type, &content, &world.insurer);
        assert!(matches!(open(&file), Err(Error::NotThisFile(FileType::Request))));
    }
    // A request that was signed as something else.
    let file = forge::file((2, "response"), &content, &world.insurer);
    assert!(matches!(open(&file), Err(Error::BadSignature(FileType::Request))));
    let mut file = forge::file(forge::REQUEST, &content, &world.insurer);
    file[10] = 2;
    let expected =
        matches!(open(&file), Err(Error::UnknownVersion { file: FileType::Request, version: 2 }));
    assert!(expected);
}

#[test]
fn signers_of_small_order_are_refused() {
    // Points of small order: for some messages, a signature without the secret key is valid for them.
    let world = World::new(&[Kind::Kvnr]);
    let sound = world.request(1, 1);
    let one = std::array::from_fn(|place| u8::from(place == 0));
    for key in [[0; 32], one, MINUS_ONE] {
        let mut file = sound.clone();
        file[24..56].copy_from_slice(&key);
        let length = file.len();
        file[length - 64..].fill(0);
        file[length - 64] = 1;
        assert!(matches!(open(&file), Err(Error::BadSignature(FileType::Request))));
    }
}

#[test]
fn a_request_for_another_epoch_or_for_other_kinds_is_refused() {
    let world = World::new(&[Kind::Kvnr]);
    let other = World::new(&[Kind::Kvnr]);
    world.grant(5);
    let request = other.request(1, 1);
    assert!(matches!(world.charge(&request), Err(Error::OtherEpoch(FileType::Request))));
    for kinds in [&["email"][..], &["email", "kvnr"]] {
        let kinds: Vec<Value> =
            kinds.iter().map(|kind| json!({"kind": kind, "batches": 1})).collect();
        let body = (0..kinds.len() * BATCH).flat_map(|number| element(1, number as u64)).collect();
        let metadata = json!({"epoch": world.epoch.id().to_string(), "kinds": kinds});
        let file = forge::file(forge::REQUEST, &Content { metadata, body }, &world.insurer);
        let error = world.charge(&file).expect_err("they are other kinds");
        assert!(matches!(error, Error::Malformed { file: FileType::Request, .. }), "{error}");
    }
    assert_eq!(world.accounts(), [(5, 0)]);
}

#[test]
fn a_request_that_somebody_else_signs_again_is_charged_to_that_insurer() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(1);
    let content = world.content(1, 1);
    let thief = Signer::generate().expect("a key");
    world.answer(&forge::file(forge::REQUEST, &content, &world.insurer)).expect("it was granted");
    let stolen = forge::file(forge::REQUEST, &content, &thief);
    let error = world.charge(&stolen).expect_err("it has no grant");
    assert!(matches!(error, Error::NoGrant(insurer) if insurer == thief.fingerprint()), "{error}");
    assert_eq!(world.accounts(), [(1, 1)]);
}

#[test]
fn a_request_that_changes_while_it_is_answered_is_not_answered() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(1);
    let sound = world.request(1, 1);
    let charged = world.charge(&sound).expect("it was granted");
    // A byte in which the first two elements differ. One bit of it changes.
    let mut swapped = sound.clone();
    let body = sound.len() - 64 - 32 * BATCH;
    swapped.copy_within(body + 32..body + 64, body);
    let place =
        (body..sound.len()).find(|&place| sound[place] != swapped[place]).expect("they differ");
    for place in [40, 70, place] {
        let mut request = Request::open(Changing::new(&sound, Some(place))).expect("it is sound");
        let checked = CheckedRequest::new(&world.epoch, &mut request).expect("it is of this epoch");
        let outcome = answer(checked, &charged, &world.provider, |_, _| (), io::sink());
        let is_refused =
            matches!(outcome, Err(Error::ChangedWhileRead(_) | Error::BadElement { .. }));
        assert!(is_refused, "byte {place}");
    }
}

/// A file that claims to be very long, but ends early.
struct Claiming {
    head: Cursor<Vec<u8>>,
    length: u64,
}

impl Read for Claiming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.head.read(buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

impl Seek for Claiming {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::End(0) => Ok(self.length),
            other => self.head.seek(other),
        }
    }
}

/// All types of file that parties exchange, with their numbers. The same reader opens all of them.
const FILE_TYPES: [(u16, FileType); 4] = [
    (1, FileType::Table),
    (2, FileType::Request),
    (3, FileType::Response),
    (4, FileType::Openings),
];

#[test]
fn forged_lengths_take_bounded_memory() {
    // A reader that allocated this much memory would abort the test.
    let world = World::new(&[Kind::Kvnr]);
    let batches: u64 = 1 << 40;
    let metadata = json!({
        "epoch": world.epoch.id().to_string(),
        "kinds": [{"kind": "kvnr", "batches": batches}],
    });
    let mut file = forge::file(forge::REQUEST, &Content { metadata, body: vec![] }, &world.insurer);
    let length = batches * 32 * BATCH as u64;
    file[16..24].copy_from_slice(&length.to_le_bytes());
    let metadata_length = u64::from(u32::from_le_bytes(file[12..16].try_into().expect("four")));
    let length = 64 + metadata_length + length + 64;
    let outcome = Request::open(Claiming { head: Cursor::new(file.clone()), length });
    assert!(matches!(outcome, Err(Error::Io { .. })));

    // Lengths whose sums overflow, and metadata of 4 GiB.
    for (metadata, body) in
        [(u32::MAX, 0), (0, u64::MAX), (u32::MAX, u64::MAX), (1 << 20, u64::MAX - (1 << 20) - 127)]
    {
        let mut file = file.clone();
        file[12..16].copy_from_slice(&metadata.to_le_bytes());
        file[16..24].copy_from_slice(&body.to_le_bytes());
        for length in [file.len() as u64, u64::from(metadata) + 128, u64::MAX] {
            for (number, file_type) in FILE_TYPES {
                file[8..10].copy_from_slice(&number.to_le_bytes());
                let source = Claiming { head: Cursor::new(file.clone()), length };
                let outcome = verify_file(file_type, source);
                let is_refused = matches!(outcome, Err(Error::WrongLength(_) | Error::Io { .. }));
                assert!(is_refused, "a {file_type} of {metadata} and {body} bytes");
            }
        }
    }
}
