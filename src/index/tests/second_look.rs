//! Chunks that become damaged after a lookup has touched them. The bytes are in memory, so no file
//! time shows the change.

use super::*;
use crate::{LookupResult, pseudonym::Pseudonym};

const PEOPLE: usize = 20_000;

fn pseudonym(number: usize) -> Pseudonym {
    Pseudonymiser::new(&key()).pseudonym(Kind::Username, format!("user{number}").as_bytes())
}

/// An index of several chunks. Only the last one has been read.
fn index() -> Index {
    let key = key();
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    for number in 0..PEOPLE {
        let _ = builder.add(&Record::new().username(&format!("user{number}"))).expect("added");
    }
    let bytes = builder.into_bytes().expect("it fits");
    Index::from_storage(bytes.into(), &key).expect("it is sound")
}

/// The index with one byte changed.
fn flipped(mut index: Index, at: usize) -> Index {
    let mut bytes = index.storage.to_vec();
    bytes[at] ^= 1;
    index.storage = bytes.into();
    index
}

fn recheck(index: &Index) -> Result<(), IndexFault> {
    index.chunks.verify_touched(&index.storage, &index.layout)
}

#[test]
fn the_second_check_finds_damage_only_in_touched_chunks() {
    let start = index().layout.body_start();
    let chunks = (index().layout.file_length() - start).div_ceil(CHUNK_LENGTH);
    let mut found = 0;
    for number in 0..chunks {
        let at = start + number * CHUNK_LENGTH;
        let index = index();
        assert!(matches!(index.look_up(pseudonym(7)), LookupResult::Found(_)));
        assert_eq!(recheck(&index), Ok(()));
        let index = flipped(index, at + 9);
        let outcome = recheck(&index);
        if outcome.is_ok() {
            continue;
        }
        found += 1;
        let fault = || Err(IndexFault::DamagedChunk { at: at as u64 });
        assert_eq!((outcome, index.chunks.require_sound()), (fault(), fault()));
        assert_eq!(index.look_up(pseudonym(7)), LookupResult::Damaged);
    }
    // The last one, and those of the filter, the marks, the head and the tail.
    assert!((3..=6).contains(&found) && found + 3 < chunks, "{found} of {chunks}");
}

#[test]
fn the_second_check_finds_damaged_digests() {
    let at = index().layout.digests().start;
    let index = flipped(index(), at);
    assert_eq!(recheck(&index), Err(IndexFault::DamagedChunk { at: at as u64 }));
}

#[test]
fn a_fully_verified_index_is_rechecked_in_full() {
    let index = index();
    index.verify().expect("it is sound");
    let at = index.layout.range(Section::Postings).start + 9;
    let index = flipped(index, at);
    assert!(recheck(&index).is_err() && !index.is_verified());
}
