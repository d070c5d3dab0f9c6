//! Files that only the key's holder could have made: changed, with digests and MAC recomputed.

mod damaged_postings;
mod golden;
mod records;
mod sealing;
mod second_look;

use super::{format::Layout, seal::Seal, *};
use crate::{
    Breach, BuildFault, Error, Field, FieldSet, IndexBuilder, IndexFault, IndexMerger, Key, Kind,
    NORMALISER, Pseudonymiser, Reason, Record,
};

fn key() -> Key {
    Key::from_bytes(&[5; 32]).expect("a key")
}

fn bytes() -> Vec<u8> {
    let key = key();
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    for number in 0..200 {
        let _ = builder.add(&Record::new().username(&format!("user{number}"))).expect("added");
    }
    let _ = builder.add(&Record::new().username("ärger")).expect("added");
    builder.into_bytes().expect("the index fits the format")
}

/// Changes a section of the file and seals it again.
fn resealed(section: Section, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    resealed_of(bytes(), section, change)
}

fn resealed_of(mut bytes: Vec<u8>, section: Section, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let layout = Layout::decode(&bytes, bytes.len() as u64).expect("whole");
    change(&mut bytes[layout.range(section)]);
    Seal::new(&key()).reseal(&mut bytes, &layout);
    bytes
}

/// Replaces a text in the metadata with another one of the same length.
fn with_metadata(text: &str, other: &str) -> Vec<u8> {
    with_metadata_of(bytes(), text, other)
}

fn with_metadata_of(bytes: Vec<u8>, text: &str, other: &str) -> Vec<u8> {
    assert_eq!(text.len(), other.len());
    resealed_of(bytes, Section::Metadata, |metadata| {
        let place = metadata.windows(text.len()).position(|window| window == text.as_bytes());
        let place = place.expect("the text is in the metadata");
        metadata[place..place + text.len()].copy_from_slice(other.as_bytes());
    })
}

fn with_class(mut record: Record, class: &str) -> Record {
    record.push_data_class(class.parse().expect("a class"));
    record
}

fn fault(bytes: Vec<u8>) -> IndexFault {
    match Index::from_bytes(bytes, &key()) {
        Err(Error::Index { fault, .. }) => fault,
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("the index was accepted"),
    }
}

#[test]
fn an_index_of_another_normaliser_is_refused() {
    let bytes = with_metadata("\"normaliser\":3", "\"normaliser\":4");
    assert_eq!(fault(bytes), IndexFault::OtherNormaliser { found: 4, known: NORMALISER });
}

#[test]
fn an_index_of_another_scheme_is_refused() {
    let bytes = with_metadata("hmac-sha256-64/1", "hmac-sha256-64/9");
    assert_eq!(
        fault(bytes),
        IndexFault::UnknownScheme { found: "aes-cmac-64+hmac-sha256-64/9".into() }
    );
}

#[test]
fn with_another_version_of_unicode_only_ascii_is_sure() {
    let version = unicode_version();
    let bytes = with_metadata(&version, &"9".repeat(version.len()));
    let index = Index::from_bytes(bytes, &key()).expect("it opens");
    let slug = |name| index.check(&Record::new().username(name)).slug();
    assert_eq!((slug("user7"), slug("ärger")), ("affected", "affected"));
    assert_eq!((slug("nobody"), slug("öde")), ("not_affected", "indeterminate"));
    let verdict = index.check(&Record::new().username("öde"));
    assert_eq!(verdict.coverage().problems[0].reason, Reason::OtherUnicode);
}

#[test]
fn a_part_of_a_match_key_in_the_index_is_not_absent() {
    let key = key();
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    let named = Record::new().last_name("Muster").first_name("Eva").birth_date("1.2.1970");
    let _ = builder.add(&named.kvnr("A123456780")).expect("added");
    builder.has_no_more_columns(FieldSet::EMPTY);
    let bytes = builder.into_bytes().expect("the index fits the format");
    let (listed, lie) = (b"\"steuer-id\"", b"\"last-name\"");
    let bytes = resealed_of(bytes, Section::Metadata, |metadata| {
        let place = metadata.windows(listed.len()).position(|window| window == listed);
        metadata[place.expect("it is absent")..][..lie.len()].copy_from_slice(lie);
    });
    let index = Index::from_bytes(bytes, &key).expect("it opens");
    let verdict = index.check(&Record::new().kvnr("B123456782").last_name("Weidenbach"));
    assert!(verdict.is_partially_checked(), "{verdict:?}");
    assert!(verdict.coverage().unused.contains(Field::LastName), "{verdict:?}");
}

#[test]
fn a_table_out_of_order_is_refused() {
    for section in [Section::Groups, Section::Buckets, Section::Heads, Section::SlotGroups] {
        let bytes = resealed(section, |bytes| bytes[..8].fill(0xFF));
        assert_eq!(fault(bytes), IndexFault::Damaged { part: "table" }, "{section:?}");
    }
}

#[test]
fn a_class_set_with_an_unknown_class_is_refused() {
    // A letter would omit a class of data that leaked.
    let bytes = resealed(Section::ClassSets, |sets| sets[31] = 0x80);
    assert_eq!(fault(bytes), IndexFault::Damaged { part: "table" });
}

#[test]
fn a_filter_that_does_not_fit_the_entries_is_refused() {
    // A cleared bit hides an entry: a lookup would call a member not affected.
    let length = resealed(Section::Filter, |_| {}).len();
    let mut cleared = 0;
    for word in 0..5 * 8 {
        let bytes = resealed(Section::Filter, |filter| {
            let word = &mut filter[8 * word..][..8];
            if let Some(byte) = word.iter_mut().find(|byte| **byte != 0) {
                *byte &= *byte - 1;
                cleared += 1;
            }
        });
        assert_eq!(bytes.len(), length);
        assert_eq!(fault(bytes), IndexFault::Damaged { part: "table" }, "word {word}");
    }
    assert_eq!(cleared, 5 * 8, "201 entries have five blocks");
    // An additional bit hides nothing, but no encoder sets it.
    let bytes = resealed(Section::Filter, |filter| filter[17] = 0xFF);
    assert_eq!(fault(bytes), IndexFault::Damaged { part: "table" });
}

#[test]
fn a_cleared_bit_of_the_filter_hides_an_entry() {
    // This shows that the test above is useful. Only somebody with the key can make such a file.
    let bytes = resealed(Section::Filter, |filter| filter.fill(0));
    let index = Index::from_storage(bytes.into(), &key()).expect("the head is right");
    let slug = || index.check(&Record::new().username("user7")).slug();
    assert_eq!(slug(), "not_affected");
    assert!(index.verify().is_err() && !index.is_verified());
    assert_eq!(slug(), "indeterminate", "it answers nothing after that");
}

#[test]
fn a_shard_filters_only_its_own_first_halves() {
    let (key, folder) = (key(), tempfile::tempdir().expect("a temporary folder"));
    let target = folder.path().join("shards");
    let pseudonymiser = Pseudonymiser::new(&key);
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    let mut leaked = Vec::new();
    for number in 0..2000 {
        let name = format!("user{number}");
        let _ = builder.add(&Record::new().username(&name)).expect("added");
        leaked.push(pseudonymiser.pseudonym(Kind::Username, name.as_bytes()));
    }
    let count = "4".parse().expect("a power of two");
    builder.prepare_shards(&target, count).expect("prepared").publish().expect("published");
    let (mut strangers, mut found_strangers) = (0, 0);
    for file in files_in(&target).expect("they are there") {
        let index = Index::open(file, &key).expect("it is whole");
        let shard = *index.shard().expect("it is one of four");
        let of_shard = leaked.iter().filter(|&&pseudonym| shard.contains(pseudonym));
        let first_halves: Vec<u64> = of_shard.map(|pseudonym| pseudonym.first_half()).collect();
        let mut places = Vec::new();
        index.prefilter(&first_halves, |candidate| places.push(candidate.place));
        assert!(places.into_iter().eq(0..first_halves.len()));

        // The last bit of each head is different.
        let last = 64 - shard.count().bits() - index.layout.shape.fan_out_bits - 32;
        let others: Vec<u64> =
            first_halves.iter().map(|first_half| first_half ^ 1 << last).collect();
        index.prefilter(&others, |_| found_strangers += 1);
        strangers += others.len();
    }
    assert_eq!((strangers, found_strangers), (2000, 0));
}

#[test]
fn an_index_that_claims_more_identifiers_than_it_holds_is_refused() {
    let bytes = with_metadata("\"identifiers\":201", "\"identifiers\":202");
    assert_eq!(fault(bytes), IndexFault::Damaged { part: "metadata" });
}

#[test]
fn a_shard_with_a_number_that_no_shard_has_is_refused() {
    let (key, folder) = (key(), tempfile::tempdir().expect("a temporary folder"));
    let target = folder.path().join("shards");
    let builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    let count = "2".parse().expect("a power of two");
    builder.prepare_shards(&target, count).expect("prepared").publish().expect("published");
    let file = files_in(&target).expect("they are there").pop().expect("the second of two");
    let bytes = std::fs::read(file).expect("it is there");
    let bytes = with_metadata_of(bytes, "\"number\":1,\"count\":2", "\"number\":2,\"count\":2");
    assert_eq!(fault(bytes), IndexFault::Damaged { part: "metadata" });
}

#[test]
fn an_unverified_damaged_table_calls_nobody_not_affected() {
    // All marks of the fan-out point beyond the entries, or backwards.
    for mark in [0xFF, 0x01] {
        let bytes = resealed(Section::Buckets, |marks| {
            marks.chunks_exact_mut(2).enumerate().for_each(|(number, bytes)| {
                bytes.fill(if number % 2 == 0 { mark } else { 0 });
            });
        });
        let index = Index::from_storage(bytes.into(), &key()).expect("the head is right");
        for number in 0..200 {
            let verdict = index.check(&Record::new().username(&format!("user{number}")));
            assert_ne!(verdict.slug(), "not_affected");
        }
    }
}

#[test]
fn an_index_whose_builder_normalised_differently_is_refused() {
    let bytes = bytes();
    let index = Index::from_bytes(bytes, &key()).expect("it is as it was built");
    let [canary] = &index.metadata().canaries[..] else { panic!("one kind is held") };
    let other = canary.pseudonym.replace(|digit: char| digit.is_ascii_digit(), "a");
    let drifted = with_metadata(&canary.pseudonym, &other);
    assert_eq!(fault(drifted), IndexFault::Drifted { kind: Kind::Username });
}

#[test]
fn an_index_without_a_canary_of_a_kind_that_it_holds_is_refused() {
    // Nobody would notice that the builder normalised differently.
    let bytes = with_metadata("\"username\",\"pseudonym\"", "\"usernomm\",\"pseudonym\"");
    assert_eq!(fault(bytes), IndexFault::Damaged { part: "metadata" });
}

#[test]
fn indexes_that_normalised_a_kind_differently_are_not_merged() {
    // This library does not know the kind, so opening the indexes does not detect the difference.
    let of_new_kind = |change: fn(&str) -> String| {
        let bytes = resealed(Section::Metadata, |metadata| {
            let text = String::from_utf8_lossy(metadata).replace("username", "usernomm");
            metadata.copy_from_slice(change(&text).as_bytes());
        });
        Index::from_bytes(bytes, &key()).expect("a newer leakdex may know more kinds")
    };
    let drifted = |text: &str| {
        let canary = text.find("\"pseudonym\":\"").expect("there is a canary") + 13;
        let digit = if &text[canary..=canary] == "0" { "1" } else { "0" };
        format!("{}{digit}{}", &text[..canary], &text[canary + 1..])
    };
    let (same, key) = (str::to_owned, key());
    let mut merger = IndexMerger::new(&key);
    merger.add(of_new_kind(same)).expect("the first one");
    merger.add(of_new_kind(same)).expect("normalised alike");
    let error = merger.add(of_new_kind(drifted)).expect_err("normalised differently");
    assert!(matches!(error, Error::Build(BuildFault::NormalisedDifferently)), "{error}");
}
