//! Look-ups against a map, in tables of many sizes and shapes, whole and damaged.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};

use super::*;
use crate::{
    Key,
    build::{Encoder, NumberedExposures},
    index::{ClassSet, Metadata, Occurrence, RowAccount, Seal},
};

type Entries = BTreeMap<u128, usize>;

/// An index of these entries: each pseudonym with the number of its exposure.
fn file(entries: &Entries, exposures: usize) -> (Vec<u8>, Layout) {
    let key = Key::from_bytes(&[5; 32]).expect("a key");
    let exposure = |records| vec![Occurrence { breach: 0, class_set: 0, records }];
    let numbered = NumberedExposures {
        class_sets: vec![ClassSet::default()],
        exposures: (0..exposures as u64).map(exposure).collect(),
        ..NumberedExposures::default()
    };
    let metadata = Metadata::new(key.id(), RowAccount::default());
    let mut bytes = Vec::new();
    let count = entries.len() as u64;
    let mut encoder = Encoder::new(metadata, count, &numbered, &mut bytes).expect("it fits");
    for (&number, &exposure) in entries {
        encoder.push(Pseudonym::from_number(number), exposure).expect("it fits");
    }
    encoder.finish(&Seal::new(&key)).expect("it fits");
    let layout = Layout::decode(&bytes, bytes.len() as u64).expect("it is whole");
    (bytes, layout)
}

/// Numbers that are evenly spread, or crowd in buckets of up to 255.
fn entries(count: usize, crowd: usize, exposures: usize, random: &mut ChaCha8Rng) -> Entries {
    let bits = Shape::new(count as u64, exposures as u64, 0).fan_out_bits;
    let mut entries = Entries::new();
    while entries.len() < count {
        let first: u128 = random.random();
        for _ in 0..crowd.min(count - entries.len()) {
            // In two steps, since there may be no bit to change.
            let number = first ^ (random.random::<u128>() >> bits);
            entries.insert(number, random.random_range(0..exposures));
        }
    }
    entries
}

/// All entries, numbers that differ from one of them in little, and others; in random order.
fn probes(entries: &Entries, random: &mut ChaCha8Rng) -> Vec<Pseudonym> {
    let mut numbers = vec![0, 1, u128::MAX, u128::MAX - 1];
    for &number in entries.keys() {
        let other_bit = 1 << random.random_range(0..128);
        numbers.extend([
            number,
            number ^ 1,
            number ^ 1 << 127,
            number ^ other_bit,
            random.random(),
        ]);
    }
    for place in (1..numbers.len()).rev() {
        numbers.swap(place, random.random_range(0..=place));
    }
    numbers.into_iter().map(Pseudonym::from_number).collect()
}

const BOTH: [First; 2] = [First::Heads, First::Fingerprints];

fn all_at_once(table: Table<'_>, first: First, probes: &[Pseudonym]) -> Vec<LookUp> {
    // What stands in the results already has to stay.
    let mut results = vec![LookUp::Damaged];
    table.look_up_all(probes, first, &mut results);
    assert_eq!(results.remove(0), LookUp::Damaged);
    results
}

#[test]
fn look_ups_say_what_a_map_says() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for count in [0, 1, 4, 5, 8, 9, 63, 64, 65, 255, 257, 1023, 1025, 4096, 4097] {
        for (crowd, exposures) in [(1, 1), (1, 256), (12, 257), (255, 3)] {
            let entries = entries(count, crowd, exposures, &mut random);
            let (bytes, layout) = file(&entries, exposures);
            let table = Table::new(&bytes, &layout);
            assert!(table.is_sound());
            let probes = probes(&entries, &mut random);
            let expected: Vec<LookUp> = probes
                .iter()
                .map(|probe| match entries.get(&probe.number()) {
                    Some(&exposure) => LookUp::Found(exposure.try_into().expect("a small number")),
                    None => LookUp::Absent,
                })
                .collect();
            for first in BOTH {
                let one_by_one: Vec<LookUp> =
                    probes.iter().map(|&probe| table.look_up(probe, first)).collect();
                let what = format!("{first:?}, {count} entries, crowds of {crowd}");
                // Not `assert_eq!`, which would print thousands of them.
                assert!(one_by_one == expected, "one by one, {what}");
                assert!(all_at_once(table, first, &probes) == expected, "all at once, {what}");
            }
        }
    }
}

#[test]
fn batches_of_every_length_are_looked_up_whole() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let entries = entries(500, 1, 1, &mut random);
    let (bytes, layout) = file(&entries, 1);
    let table = Table::new(&bytes, &layout);
    let present: Vec<Pseudonym> = entries.keys().copied().map(Pseudonym::from_number).collect();
    for length in 0..=3 * RING + 1 {
        for first in BOTH {
            let answers = all_at_once(table, first, &present[..length]);
            assert_eq!(answers, vec![LookUp::Found(0); length]);
        }
    }
}

#[test]
fn wide_exposure_numbers_are_found() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let entries = entries(100, 1, 70_000, &mut random);
    let (bytes, layout) = file(&entries, 70_000);
    let table = Table::new(&bytes, &layout);
    assert!(table.is_sound());
    for (&number, &exposure) in &entries {
        let found = LookUp::Found(exposure.try_into().expect("a small number"));
        assert_eq!(table.look_up(Pseudonym::from_number(number), First::Heads), found);
    }
}

#[test]
fn a_damaged_table_says_the_same_in_every_way_of_asking() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let (mut damaged, mut absent) = (0, 0);
    for round in 0..60 {
        let entries = entries(random.random_range(1..2000), 1, 3, &mut random);
        let (mut bytes, layout) = file(&entries, 3);
        let probes = probes(&entries, &mut random);
        damage(&mut bytes, &layout, round, &mut random);
        let table = Table::new(&bytes, &layout);
        let _ = table.is_sound();
        // The search of a whole bucket checks its marks.
        let searched: Vec<LookUp> = probes.iter().map(|&probe| table.search(probe)).collect();
        for first in BOTH {
            let one_by_one: Vec<LookUp> =
                probes.iter().map(|&probe| table.look_up(probe, first)).collect();
            assert!(one_by_one == searched, "one by one, round {round}, {first:?}");
            let at_once = all_at_once(table, first, &probes);
            assert!(at_once == searched, "all at once, round {round}, {first:?}");
        }
        damaged += searched.iter().filter(|&&result| result == LookUp::Damaged).count();
        absent += searched.iter().filter(|&&result| result == LookUp::Absent).count();
    }
    assert!(damaged > 2000 && absent > 2000, "{damaged} damaged, {absent} absent");
}

/// Changes random bytes of one section, or all of it, to random or to extreme values.
fn damage(bytes: &mut [u8], layout: &Layout, round: usize, random: &mut ChaCha8Rng) {
    let sections = [Section::Groups, Section::Buckets, Section::Heads, Section::Tails];
    let range = layout.range(sections[round % sections.len()]);
    let value = [0, 0xFF, random.random()][round % 3];
    if random.random() {
        return bytes[range].fill(value);
    }
    for _ in 0..random.random_range(1..=range.len()) {
        bytes[random.random_range(range.clone())] = value;
    }
}

#[test]
fn a_table_with_a_mark_that_is_off_by_one_is_not_sound() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let entries = entries(5000, 1, 1, &mut random);
    let (mut bytes, layout) = file(&entries, 1);
    for (section, width) in [(Section::Groups, 8), (Section::Buckets, 2)] {
        for mark in layout.range(section).step_by(width * 7) {
            bytes[mark] ^= 1;
            assert!(!Table::new(&bytes, &layout).is_sound(), "{section:?} at {mark}");
            bytes[mark] ^= 1;
        }
    }
    assert!(Table::new(&bytes, &layout).is_sound());
}

#[test]
fn all_entries_in_order_are_those_of_the_map() {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    for (count, crowd, exposures) in [(0, 1, 1), (1, 1, 1), (300, 1, 300), (4097, 12, 3)] {
        let entries = entries(count, crowd, exposures, &mut random);
        let (bytes, layout) = file(&entries, exposures);
        let in_order: Vec<(u128, usize)> = Table::new(&bytes, &layout)
            .entries_in_order()
            .map(|(pseudonym, number)| (pseudonym.number(), number.try_into().expect("it fits")))
            .collect();
        assert!(in_order == Vec::from_iter(entries), "{count} entries, crowds of {crowd}");
    }
}

#[test]
fn a_table_with_the_number_of_no_exposure_is_not_sound() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let entries = entries(100, 1, 3, &mut random);
    let (mut bytes, layout) = file(&entries, 3);
    for (number, is_sound) in [(2, true), (3, false), (255, false)] {
        bytes[layout.range(Section::Numbers).start + 50] = number;
        assert_eq!(Table::new(&bytes, &layout).is_sound(), is_sound, "{number}");
    }
}

#[test]
fn a_table_with_an_entry_twice_or_two_exchanged_is_not_sound() {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let entries = entries(60, 12, 1, &mut random);
    let (whole, layout) = file(&entries, 1);
    let is_sound = |bytes: &[u8]| Table::new(bytes, &layout).is_sound();
    assert!(is_sound(&whole));
    let columns = [
        (Section::Fingerprints, 1),
        (Section::Heads, 8),
        (Section::Tails, layout.shape.tail_width()),
    ];
    for entry in 0..59 {
        let (mut twice, mut exchanged) = (whole.clone(), whole.clone());
        for (section, width) in columns {
            let one = layout.range(section).start + entry * width;
            let other = one + width;
            twice.copy_within(one..other, other);
            exchanged[one..other + width].rotate_left(width);
        }
        assert!(!is_sound(&twice) && !is_sound(&exchanged), "entry {entry}");
    }
}

#[test]
fn windows_cover_their_buckets_unless_those_are_too_large_or_the_last_of_a_group() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut unknown = [0, 0];
    for crowd in [1, 12, 40] {
        let entries = entries(5000, crowd, 1, &mut random);
        let (bytes, layout) = file(&entries, 1);
        let table = Table::new(&bytes, &layout);
        let (heads, fingerprints) = (HeadSieve::of(table), FingerprintSieve::of(table));
        for pseudonym in entries.into_keys().map(Pseudonym::from_number) {
            let bucket = Split::new(pseudonym, layout.shape).bucket;
            let (start, end) = table.bucket(bucket).expect("the table is sound");
            let is_last = bucket % GROUP == GROUP - 1;

            let window = heads.window_over(pseudonym);
            let is_one_line = start / 8 == (end - 1) / 8;
            let expected = if is_one_line { start / 8 * 8 } else { start };
            let expected = if end - start > 8 || is_last { usize::MAX } else { expected };
            assert_eq!(window, expected, "over {start} to {end}");
            unknown[0] += usize::from(window == usize::MAX);

            let window = fingerprints.window_over(pseudonym);
            let is_unknown = end - start > 16 || is_last;
            assert_eq!(window == FingerprintSieve::UNKNOWN, is_unknown, "bucket {bucket}");
            if !is_unknown {
                assert_eq!((window.start, window.size), (start, end - start));
            }
            unknown[1] += usize::from(is_unknown);
        }
    }
    assert!(unknown[1] > 1000 && unknown[0] > unknown[1] && unknown[0] < 12_000, "{unknown:?}");
}

#[test]
fn the_sieves_rule_out_most_that_are_not_there() {
    let mut random = ChaCha8Rng::seed_from_u64(10);
    let (bytes, layout) = file(&entries(5000, 1, 1, &mut random), 1);
    let table = Table::new(&bytes, &layout);
    let mut absent = || Pseudonym::from_number(random.random());
    let by_heads = (0..1000).filter(|_| HeadSieve::of(table).rules_out(absent())).count();
    let by_fingerprints =
        (0..1000).filter(|_| FingerprintSieve::of(table).rules_out(absent())).count();
    assert!(by_heads > 970 && by_fingerprints > 970, "{by_heads} {by_fingerprints}");
}
