//! Arbitrary bytes as openings: they are refused, unless they are the true ones.

use std::{io::Cursor, sync::LazyLock};

use leakdex_private::{
    Challenge, FileType, Opener, Request, Sample, audit, fuzzing::sealed, write_openings,
};

use super::{
    framed::{self, signer},
    parties::{PARTIES, members},
};

/// The sample, and the metadata and the body of its true openings.
struct TrueOpenings {
    sample: Sample,
    metadata: Vec<u8>,
    body: Vec<u8>,
}

static TRUE_OPENINGS: LazyLock<TrueOpenings> = LazyLock::new(|| {
    let challenge: Challenge = "5a".repeat(32).parse().expect("a challenge");
    let mut request = request();
    let sample = Sample::draw(challenge, &request, 3).expect("a sample");
    let mut opener = Opener::new(&PARTIES.state, &sample);
    opener.feed(&members(&PARTIES.table));
    let opened = opener.finish().expect("it is the same list");
    let mut file = Vec::new();
    write_openings(&mut request, &sample, &signer(), |place| opened.opening_of(place), &mut file)
        .expect("it goes to memory");
    let length = u32::from_le_bytes(file[12..16].try_into().expect("four bytes"));
    let end = 64 + usize::try_from(length).expect("it is short");
    let (metadata, body) = (file[64..end].to_vec(), file[end..file.len() - 64].to_vec());
    TrueOpenings { sample, metadata, body }
});

fn request() -> Request<Cursor<&'static Vec<u8>>> {
    Request::open(Cursor::new(&PARTIES.request)).expect("it is sound")
}

/// Checks the promises for the openings in these bytes. A stretched file is the true one with some bytes changed.
/// Three bytes describe each change: two for the place, and one for the bits.
pub fn check(data: &[u8]) {
    let Some((choice, rest)) = framed::split(data) else { return };
    let TrueOpenings { sample, metadata, body } = &*TRUE_OPENINGS;
    let is_true = choice.is_signed() && choice.is_stretched();
    let mut changed = body.clone();
    let file = if is_true {
        for change in rest.chunks_exact(3) {
            let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % body.len();
            changed[place] ^= change[2];
        }
        sealed(FileType::Openings, metadata, &changed, &signer())
    } else {
        let values = [("REQUEST", request().id().to_string())];
        framed::file(FileType::Openings, (choice, rest), &values, |_, given| given.to_vec())
    };
    let Some(file) = file else { return };
    let outcome = audit(&mut request(), sample, Cursor::new(&file));
    assert_eq!(outcome.is_ok(), is_true && changed == *body);
    if let Ok(audited) = outcome {
        let places = audited.identifiers().count() as u64 + audited.canaries() + audited.padding();
        assert_eq!(places, 3);
    }
}
