//! Postings reveal nothing to somebody who has the file but not the key.

use std::collections::BTreeMap;

use super::*;
use crate::{pseudonym::Pseudonym, record::Record};

/// A leaked record with two identifiers.
fn person(number: u32) -> Record {
    Record::new().username(&format!("user{number}")).email(&format!("person{number}@example.de"))
}

fn people(count: u32) -> Vec<Record> {
    (0..count).map(person).collect()
}

fn built(records: &[Record]) -> Index {
    built_as(records, 0)
}

fn built_as(records: &[Record], generation: u64) -> Index {
    let key = key();
    let breach = Breach::named("leak").expect("well formed");
    let mut builder = IndexBuilder::new(&key, breach).generation(generation);
    for record in records {
        let _ = builder.add(record).expect("added");
    }
    builder.build().expect("it fits")
}

/// The shards of an index, in order.
fn shards(records: &[Record], count: &str) -> Vec<Index> {
    let (key, folder) = (key(), tempfile::tempdir().expect("a temporary folder"));
    let target = folder.path().join("shards");
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    for record in records {
        let _ = builder.add(record).expect("added");
    }
    let count = count.parse().expect("a power of two");
    builder.prepare_shards(&target, count).expect("prepared").publish().expect("published");
    let files = files_in(&target).expect("they are there");
    files.iter().map(|file| Index::open(file, &key).expect("it is whole")).collect()
}

/// A posting and its slot.
type Sealed<'a> = (Posting, &'a [u8]);

/// The postings and the slots of each entry. No entry has more than 64 postings.
fn slots(index: &Index) -> Vec<(Pseudonym, Vec<Sealed<'_>>)> {
    let length = index.layout.shape.slot_length();
    let mut slots = index.storage[index.layout.range(Section::Postings)].chunks_exact(length);
    let with_slots = |(entry, postings): (Pseudonym, Postings<'_>)| {
        let all = postings.iter().map(|posting| posting.expect("it is sound"));
        (entry, all.zip(slots.by_ref()).collect())
    };
    index.entries_in_order().map(with_slots).collect()
}

/// How many of these pairs have equal bytes, and how many pairs there are.
fn equal(pairs: impl Iterator<Item = (u8, u8)>) -> (usize, usize) {
    pairs.fold((0, 0), |(equal, all), (one, other)| (equal + usize::from(one == other), all + 1))
}

/// One in 256 is equal by chance.
fn assert_unlike((equal, all): (usize, usize)) {
    assert!(all > 2000 && equal * 85 < all, "{equal} of {all}");
}

#[test]
fn the_slots_of_one_record_show_no_equal_bytes() {
    for origins in [1, 2] {
        let mut records = people(300);
        // With two origins, a slot has one byte for the origin.
        if origins == 2 {
            records[7] = with_class(person(7), "passwords");
        }
        let index = built(&records);
        let mut of_record = BTreeMap::<u64, Vec<&[u8]>>::new();
        for (posting, slot) in slots(&index).into_iter().flat_map(|(_, all)| all) {
            of_record.entry(posting.tag).or_default().push(slot);
        }
        assert_eq!(of_record.len(), 300);
        // The address, its alias and the username. The first byte has flags that are not sealed.
        let pairs = of_record.values().flat_map(|slots| {
            assert_eq!(slots.len(), 3);
            [(0, 1), (0, 2), (1, 2)].map(|(one, other)| (&slots[one][1..], &slots[other][1..]))
        });
        assert_unlike(equal(pairs.flat_map(|(one, other)| {
            one.iter().copied().zip(other.iter().copied()).collect::<Vec<_>>()
        })));
    }
}

/// Compares the slots of two records under one identifier.
#[test]
fn the_slots_of_one_entry_show_no_equal_bytes() {
    let records: Vec<Record> =
        (0..200).flat_map(|number| [person(number), with_class(person(number), "x")]).collect();
    let index = built(&records);
    let pairs = slots(&index).into_iter().flat_map(|(_, all)| {
        let [(_, one), (_, other)] = all[..] else { panic!("two records have each identifier") };
        one[1..].iter().copied().zip(other[1..].iter().copied()).collect::<Vec<_>>()
    });
    assert_unlike(equal(pairs));
}

/// The key stream over origin and tag, for each entry. Each entry has one posting.
fn streams(index: &Index) -> BTreeMap<u128, Vec<u8>> {
    let width = index.layout.shape.origin_width;
    let stream = |(entry, all): (Pseudonym, Vec<Sealed<'_>>)| {
        let [(posting, slot)] = all[..] else { panic!("each identifier is in one record") };
        let origin = posting.origin.to_le_bytes();
        let plain = origin[..width].iter().copied().chain(posting.tag.to_le_bytes());
        (
            entry.number(),
            slot[1..].iter().zip(plain).map(|(sealed, plain)| sealed ^ plain).collect(),
        )
    };
    slots(index).into_iter().map(stream).collect()
}

/// The key streams of the entries that both indexes have, byte by byte.
fn common_streams(one: &Index, other: &Index) -> Vec<(u8, u8)> {
    let (one, other) = (streams(one), streams(other));
    let common = one.iter().filter_map(|(entry, stream)| Some((stream, other.get(entry)?)));
    common.flat_map(|(stream, other)| stream.iter().copied().zip(other.iter().copied())).collect()
}

#[test]
fn two_files_with_different_content_share_no_stream() {
    let records = people(200);
    let index = built(&records);
    let more = [&records[..], &[Record::new().username("more")]].concat();
    let mut other_class = records.clone();
    other_class[3] = with_class(person(3), "passwords");
    for others in [&more[..], &other_class, &records[1..]] {
        let other = built(others);
        assert_unlike(equal(common_streams(&index, &other).into_iter()));
        assert!(index.layout.salt != other.layout.salt);
    }
    assert!(common_streams(&index, &built(&records)).iter().all(|(one, other)| one == other));
}

/// A record in another shard can change the numbers of the origins in this shard. With the same
/// salt in both builds, one key stream would then seal two different texts.
#[test]
fn a_shard_shares_no_stream_with_the_same_shard_of_another_build() {
    let records = people(400);
    let first_build = shards(&records, "2");
    // A record with only a username is in only one of the shards.
    let is_in = |index: &Index, name: &str| {
        let pseudonym = Pseudonymiser::new(&key()).pseudonym(Kind::Username, name.as_bytes());
        index.shard().is_some_and(|shard| shard.contains(pseudonym))
    };
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let elsewhere =
        names.into_iter().find(|name| is_in(&first_build[1], name)).expect("one of eight");
    let more = [records, vec![Record::new().username(elsewhere)]].concat();
    let others = shards(&more, "2");
    assert_eq!(first_build[0].len(), others[0].len(), "the first shard has the same entries");
    assert!(first_build[0].layout.shape.origin_width < others[0].layout.shape.origin_width);
    assert_unlike(equal(common_streams(&first_build[0], &others[0]).into_iter()));
}

#[test]
fn equal_content_has_equal_slots_and_salts() {
    let records = people(100);
    let mut backwards = records.clone();
    backwards.reverse();
    backwards.push(person(5));
    let section = |index: &Index| index.storage[index.layout.range(Section::Postings)].to_vec();
    let index = built(&records);
    for other in [built(&backwards), built_as(&records, 7)] {
        assert!(index.layout.salt == other.layout.salt);
        assert!(section(&index) == section(&other));
    }
}

#[test]
fn another_key_gives_another_salt() {
    let digest = [7; 32];
    let other = Key::from_bytes(&[6; 32]).expect("a key");
    assert!(salt_of(&key(), &digest) != salt_of(&other, &digest));
    assert!(salt_of(&key(), &digest) != salt_of(&key(), &[8; 32]));
}
