//! Audits: an insurer opens elements, and an auditor sees who is not a member.

use std::{collections::BTreeMap, io::Cursor};

use curve25519_dalek::Scalar;
use hmac::{Hmac, KeyInit, Mac};
use leakdex::{Batch, Breach, Kind, Record};
use leakdex_private::{
    AuditResult, Challenge, Error, FileType, OpenedIdentifier, Opening, Place, Request, Sample,
    Signer, audit, write_openings,
};
use serde_json::json;
use sha2::{Digest, Sha256, Sha512};
use voprf_ng::{Ristretto255, VoprfClient};
use zeroize::Zeroizing;

use crate::{
    forge::{self, BATCH, Content, content_of},
    provider::World,
};

const OPENINGS: forge::Type = (4, "openings");

/// A request with known inputs and blinds.
struct KnownRequest {
    world: World,
    request: Vec<u8>,
    inputs: Vec<Vec<u8>>,
}

fn blind(number: u64) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&Sha512::digest(number.to_le_bytes()).into())
}

/// The elements of a request with these inputs. Another implementation blinds them.
fn blinded(inputs: &[Vec<u8>]) -> Vec<u8> {
    let element = |(number, input): (u64, &Vec<u8>)| {
        let blinded =
            VoprfClient::<Ristretto255>::deterministic_blind_unchecked(input, blind(number));
        <[u8; 32]>::from(blinded.expect("inputs are short").message.serialize())
    };
    (0..).zip(inputs).flat_map(element).collect()
}

fn number_of(member: usize) -> String {
    leakdex_synthetic::numbers::kvnr(u32::try_from(member).expect("there are few"))
}

impl KnownRequest {
    /// A batch with a canary, these members, and padding.
    fn new(members: std::ops::Range<usize>) -> Self {
        let world = World::new(&[Kind::Kvnr]);
        let mut inputs = vec![forge::canary("kvnr")];
        inputs.extend(members.map(|member| forge::input("kvnr", number_of(member).as_bytes())));
        inputs.extend((inputs.len()..BATCH).map(|number| padding(number as u64)));
        let metadata = json!({
            "epoch": world.epoch.id().to_string(),
            "kinds": [{"kind": "kvnr", "batches": 1}],
        });
        let content = Content { metadata, body: blinded(&inputs) };
        let request = forge::file(forge::REQUEST, &content, &world.insurer);
        Self { world, request, inputs }
    }

    fn request(&self) -> Request<Cursor<&[u8]>> {
        Request::open(Cursor::new(self.request.as_slice())).expect("it is sound")
    }

    fn sample(&self, samples: u64) -> Sample {
        Sample::draw(challenge(), &self.request(), samples).expect("a sample")
    }

    fn opening(&self, place: Place) -> Opening {
        assert_eq!((place.kind, place.number), (Kind::Kvnr, place.element));
        let number = usize::try_from(place.number).expect("it is a place of the batch");
        Opening {
            input: Zeroizing::new(self.inputs[number].clone()),
            blind: Zeroizing::new(blind(place.number).to_bytes()),
        }
    }

    fn openings(&self, sample: &Sample) -> Vec<u8> {
        let mut openings = Vec::new();
        let opening_of = |place| Ok(self.opening(place));
        let (request, signer) = (&mut self.request(), &self.world.insurer);
        let id = write_openings(request, sample, signer, opening_of, &mut openings);
        assert_eq!(id.expect("they fit").to_string(), forge::id_of(&openings));
        openings
    }

    fn audit(&self, sample: &Sample, openings: &[u8]) -> Result<AuditResult, Error> {
        audit(&mut self.request(), sample, Cursor::new(openings))
    }
}

fn padding(number: u64) -> Vec<u8> {
    [&b"leakdex/private/1 padding kvnr "[..], &number.to_le_bytes()].concat()
}

fn challenge() -> Challenge {
    "5a".repeat(32).parse().expect("a challenge")
}

/// Members in the books of the insurer.
fn members(world: &World, numbers: std::ops::Range<usize>) -> Batch {
    let key = world.epoch.table_key().expect("there are random bytes");
    let mut batch = key.builder(Breach::named("vector-1").expect("a name")).batch();
    for number in numbers {
        batch.push(&Record::new().kvnr(&number_of(number)));
    }
    batch
}

#[test]
fn a_sample_follows_from_the_challenge_and_the_request() {
    let known = KnownRequest::new(0..0);
    let sample = known.sample(500);
    let id = hex::decode(forge::id_of(&known.request)).expect("digits");
    for (place, drawn) in (0_u64..).zip(sample.places()) {
        let mac = Hmac::<Sha256>::new_from_slice(&[0x5A; 32]).expect("any length");
        let digest = mac.chain_update(&id).chain_update(place.to_le_bytes()).finalize();
        let first = digest.into_bytes()[..8].try_into().expect("eight bytes");
        assert_eq!(drawn.element, u64::from_le_bytes(first) % BATCH as u64);
    }
    assert_eq!(sample.places().count(), 500);
    for wrong in [0, 1_000_001] {
        let drawn = Sample::draw(challenge(), &known.request(), wrong);
        assert!(matches!(drawn, Err(Error::WrongSample)));
    }
    assert!("5a".parse::<Challenge>().is_err());
}

#[test]
fn an_audit_finds_a_stranger() {
    // The books have the members 0 to 2499. The other 500 are strangers, so each sample has some.
    let known = KnownRequest::new(0..3000);
    let sample = known.sample(1000);
    let openings = known.openings(&sample);
    let mut audited = known.audit(&sample, &openings).expect("they fit");

    let drawn: BTreeMap<u64, usize> = sample.places().fold(BTreeMap::new(), |mut all, place| {
        *all.entry(place.element).or_default() += 1;
        all
    });
    let identifiers: Vec<u64> =
        drawn.keys().copied().filter(|drawn| (1..=3000).contains(drawn)).collect();
    let padding: usize =
        drawn.iter().filter(|(place, _)| **place > 3000).map(|(_, times)| times).sum();
    assert_eq!(audited.identifiers().count(), identifiers.len());
    assert_eq!(audited.padding(), padding as u64);
    assert_eq!(audited.canaries(), drawn.get(&0).copied().unwrap_or(0) as u64);

    audited.remove_members(&members(&known.world, 0..1500));
    audited.remove_members(&members(&known.world, 1500..2500));
    let strangers: Vec<&[u8]> = audited.identifiers().map(OpenedIdentifier::canonical).collect();
    let mut expected: Vec<String> = identifiers
        .iter()
        .filter(|&&identifier| identifier > 2500)
        .map(|element| number_of(usize::try_from(*element).expect("it is small") - 1))
        .collect();
    expected.sort_unstable();
    assert!(!expected.is_empty(), "the sample has strangers");
    assert!(strangers == expected.iter().map(String::as_bytes).collect::<Vec<_>>());
    assert!(audited.identifiers().all(|identifier| identifier.kind() == Kind::Kvnr));
}

#[test]
fn an_opening_of_another_identifier_is_refused() {
    let known = KnownRequest::new(0..4000);
    let sample = known.sample(20);
    let sound = content_of(&known.openings(&sample));
    let sealed = |content: &Content, signer: &Signer| forge::file(OPENINGS, content, signer);
    let signed = |content: &Content| sealed(content, &known.world.insurer);
    assert!(known.audit(&sample, &signed(&sound)).is_ok());

    // Every opening that differs in its number, input or blind.
    let first = sample.places().next().expect("there are twenty").element;
    let inputs_at = 8 + 4;
    let input_length = known.inputs[usize::try_from(first).expect("a place")].len();
    let is_false = |body: Vec<u8>| {
        let content = Content { metadata: sound.metadata.clone(), body };
        let outcome = known.audit(&sample, &signed(&content)).map(drop);
        assert!(
            matches!(outcome, Err(Error::FalseOpening { element }) if element == first),
            "{outcome:?}"
        );
    };
    for place in (0..8).chain(inputs_at..inputs_at + input_length + 31) {
        let mut body = sound.body.clone();
        body[place] ^= 1;
        is_false(body);
    }
    // Another member with the same blind, and blinds that are not scalars.
    let with = |input: &[u8], blind: &[u8; 32]| {
        let mut body = first.to_le_bytes().to_vec();
        body.extend(u32::try_from(input.len()).expect("it is short").to_le_bytes());
        body.extend([input, blind, &sound.body[inputs_at + input_length + 32..]].concat());
        body
    };
    let input = known.inputs[usize::try_from(first).expect("a place")].clone();
    is_false(with(&forge::input("kvnr", b"A123456780"), &blind(first).to_bytes()));
    is_false(with(&input, &[0; 32]));
    is_false(with(&input, &[0xFF; 32]));
    is_false(with(b"", &blind(first).to_bytes()));

    let with_metadata = |name: &str, value: serde_json::Value| {
        let mut content = sound.clone();
        content.metadata[name] = value;
        known.audit(&sample, &signed(&content)).map(drop)
    };
    let other = with_metadata("challenge", json!("5b".repeat(32)));
    assert!(matches!(other, Err(Error::OtherSample)), "{other:?}");
    let fewer = with_metadata("samples", json!(19));
    assert!(matches!(fewer, Err(Error::OtherSample)), "{fewer:?}");
    let other = with_metadata("request", json!("00".repeat(16)));
    assert!(matches!(other, Err(Error::OtherRequest(FileType::Openings))), "{other:?}");
    let more = with_metadata("more", json!(1));
    assert!(matches!(more, Err(Error::Malformed { .. })), "{more:?}");

    // Cut and longer bodies, and an input whose stated length exceeds the file.
    for length in (0..sound.body.len()).step_by(61) {
        let body = sound.body[..length].to_vec();
        let content = Content { metadata: sound.metadata.clone(), body };
        let outcome = known.audit(&sample, &signed(&content)).map(drop);
        assert!(matches!(outcome, Err(Error::Malformed { .. })), "{length} bytes: {outcome:?}");
    }
    for (place, bytes) in [(sound.body.len(), &[0][..]), (8, &[0xFF; 4]), (8, &[0xFF, 0xFF, 0, 0])]
    {
        let mut body = sound.body.clone();
        body.resize(body.len().max(place + bytes.len()), 0);
        body[place..place + bytes.len()].copy_from_slice(bytes);
        let content = Content { metadata: sound.metadata.clone(), body };
        let outcome = known.audit(&sample, &signed(&content)).map(drop);
        assert!(matches!(outcome, Err(Error::Malformed { .. })), "{outcome:?}");
    }

    let stranger = Signer::generate().expect("a key");
    let outcome = known.audit(&sample, &sealed(&sound, &stranger)).map(drop);
    let by = stranger.fingerprint();
    let file = FileType::Openings;
    assert!(
        matches!(outcome, Err(Error::UnknownSigner { file: of, signer }) if (of, signer) == (file, by)),
        "{outcome:?}"
    );
}

#[test]
fn an_input_that_no_honest_request_has_is_refused() {
    // The insurer asked for inputs that are not identifiers of this kind, and opens them truthfully.
    for wrong in [
        forge::input("email", b"eva@example.de"),
        padding(7),
        b"leakdex/private/1 input kvnr normaliser 999\0A123456780".to_vec(),
        b"A123456780".to_vec(),
        forge::canary("kvnr"),
    ] {
        let mut known = KnownRequest::new(0..4);
        // The sample depends on the request, so all elements but the first have the same input.
        known.inputs[1..].fill(wrong.clone());
        let metadata = content_of(&known.request).metadata;
        let content = Content { metadata, body: blinded(&known.inputs) };
        known.request = forge::file(forge::REQUEST, &content, &known.world.insurer);
        let sample = known.sample(30);
        let openings = known.openings(&sample);
        let outcome = known.audit(&sample, &openings).map(drop);
        assert!(matches!(outcome, Err(Error::FalseOpening { .. })), "{outcome:?}");
    }
}

#[test]
fn opening_with_changed_lists_is_an_error() {
    let known = KnownRequest::new(0..4000);
    let sample = known.sample(5);
    let mut openings = Vec::new();
    let opening_of = |place: Place| {
        let input = Zeroizing::new(forge::input("kvnr", b"A123456780"));
        Ok(Opening { input, ..known.opening(place) })
    };
    let (request, signer) = (&mut known.request(), &known.world.insurer);
    let outcome = write_openings(request, &sample, signer, opening_of, &mut openings);
    assert!(matches!(outcome, Err(Error::FalseOpening { .. })));
    assert!(openings.is_empty(), "nothing is written");
}
