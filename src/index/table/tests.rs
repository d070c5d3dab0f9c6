//! Lookups compared with a map, in tables of many sizes and shapes, intact and damaged.

mod postings;

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};

use super::*;
use crate::{
    Key,
    build::{Encoder, NumberedOrigins, Size},
    identifier::Kind,
    index::{ClassSet, Metadata, Origin, Posting, RowAccount, Seal, slots_of},
};

/// Pseudonyms, and how many postings each of them has.
type Entries = BTreeMap<u128, usize>;

impl Table<'_> {
    fn look_up(self, pseudonym: Pseudonym) -> LookupResult {
        if self.may_hold(pseudonym) { self.search(pseudonym) } else { LookupResult::Absent }
    }
}

fn key() -> Key {
    Key::from_bytes(&[5; 32]).expect("a key")
}

fn small(number: usize) -> u32 {
    number.try_into().expect("a small number")
}

/// Reduces a number that looks random to one below `end`.
fn mixed_below(mixed: u64, end: u32) -> u32 {
    u32::try_from(mixed % u64::from(end)).expect("the remainder is smaller")
}

/// This many postings of this pseudonym, in ascending order, each with one of the origins.
fn postings_of(number: u128, count: usize, origins: u32) -> Vec<Posting> {
    let posting = |place: u32| {
        let mixed =
            (number ^ u128::from(place)).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let words = Pseudonym::from_number(mixed);
        Posting {
            origin: mixed_below(words.second_half(), origins),
            tag: words.first_half(),
            kind: Kind::ALL[(number % Kind::ALL.len() as u128) as usize],
            is_first: place.is_multiple_of(3),
            sealed_codes: words.second_half(),
        }
    };
    let mut all: Vec<Posting> = (0..small(count)).map(posting).collect();
    all.sort_unstable();
    all
}

/// A file with a table, and the cipher of its postings.
struct TestTable {
    bytes: Vec<u8>,
    layout: Layout,
    chunks: Chunks,
    cipher: PostingCipher,
}

impl TestTable {
    fn table(&self) -> Table<'_> {
        Table::new(&self.bytes, &self.layout, &self.chunks)
    }

    fn is_sound(&self) -> bool {
        self.table().is_sound(&self.cipher)
    }

    /// The entries in order, with their postings as far as they can be read.
    fn in_order(&self) -> Vec<(u128, Vec<Option<Posting>>)> {
        let all = self.table().entries_in_order(&self.cipher);
        all.map(|(pseudonym, postings)| (pseudonym.number(), postings.iter().collect())).collect()
    }
}

/// A file of these entries, whose postings have this many origins.
fn file(entries: &Entries, origins: u32) -> TestTable {
    let mut numbered = NumberedOrigins::default();
    numbered.class_sets = vec![ClassSet::default()];
    numbered.origins = (0..origins).map(|breach| Origin { breach, class_set: 0 }).collect();
    let (key, mut bytes) = (key(), Vec::new());
    let metadata = Metadata::new(key.id(), RowAccount::default());
    let slots = entries.values().map(|&count| slots_of(count as u64)).sum();
    let size = Size { entries: entries.len() as u64, slots, ..Size::default() };
    let mut encoder = Encoder::new(&key, metadata, size, &numbered, &mut bytes).expect("it fits");
    for (&number, &count) in entries {
        let postings = postings_of(number, count, origins);
        encoder.push(Pseudonym::from_number(number), &postings).expect("it fits");
    }
    encoder.finish(&Seal::new(&key)).expect("it fits");
    let layout = Layout::decode(&bytes, bytes.len() as u64).expect("it is whole");
    let cipher = PostingCipher::new(&key, layout.salt);
    // No digest is checked, so tests can change anything.
    let chunks = Chunks::unverified(&layout);
    chunks.set_whole();
    TestTable { bytes, layout, chunks, cipher }
}

/// The right result of a lookup for each probe: the index of the entry among all.
fn expected(entries: &Entries, probes: &[Pseudonym]) -> Vec<LookupResult> {
    let places: BTreeMap<u128, u32> = entries.keys().copied().zip(0..).collect();
    let place = |probe: &Pseudonym| places.get(&probe.number()).copied();
    probes
        .iter()
        .map(|probe| place(probe).map_or(LookupResult::Absent, LookupResult::Found))
        .collect()
}

/// Numbers that are evenly distributed, or crowded in buckets of up to 255, with 1 to
/// `max_postings` postings each.
fn entries(count: usize, crowd: usize, max_postings: usize, random: &mut ChaCha8Rng) -> Entries {
    let bits = Shape::new(count as u64, 0, 1, 0).fan_out_bits;
    let (mut entries, mut sizes) = (Entries::new(), BTreeMap::new());
    while entries.len() < count {
        let first: u128 = random.random();
        let size = sizes.entry(first.checked_shr(128 - bits).unwrap_or(0)).or_insert(0);
        *size += crowd;
        if *size > LARGEST_BUCKET {
            continue;
        }
        for _ in 0..crowd.min(count - entries.len()) {
            // Two shifts, because there may be no bit to change.
            let number = first ^ (random.random::<u128>() >> bits);
            entries.insert(number, random.random_range(1..=max_postings));
        }
    }
    entries
}

/// All entries, numbers that differ from one of them only a little, and others, in random order.
/// Some have the bucket and head of an entry, and some its whole first half.
fn probes(entries: &Entries, random: &mut ChaCha8Rng) -> Vec<Pseudonym> {
    let mut numbers = vec![0, 1, u128::MAX, u128::MAX - 1];
    for &number in entries.keys() {
        let other_bit = 1 << random.random_range(0..128);
        numbers.extend([
            number,
            number ^ 1 << 64,
            number ^ 1 << 32,
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

fn one_by_one(table: Table<'_>, probes: &[Pseudonym]) -> Vec<LookupResult> {
    probes.iter().map(|&probe| table.look_up(probe)).collect()
}

fn all_at_once(table: Table<'_>, probes: &[Pseudonym]) -> Vec<LookupResult> {
    // Existing results must stay.
    let mut results = vec![LookupResult::Damaged];
    table.look_up_all(probes, &mut results);
    assert_eq!(results.remove(0), LookupResult::Damaged);
    results
}

/// The results of a search without filter and fan-out: all first halves with the bucket and head of
/// an entry.
fn naive_prefilter(entries: &Entries, probes: &[Pseudonym], shape: Shape) -> Vec<usize> {
    let leading = |number: u128| number >> (96 - shape.fan_out_bits);
    let all: BTreeSet<u128> = entries.keys().map(|&number| leading(number)).collect();
    let is_candidate = |&place: &usize| all.contains(&leading(probes[place].number()));
    (0..probes.len()).filter(is_candidate).collect()
}

fn prefiltered(table: Table<'_>, probes: &[Pseudonym]) -> Vec<usize> {
    let mut places = Vec::new();
    table.prefilter(probes.iter().map(|probe| probe.first_half()), |candidates| {
        places.extend(candidates.iter().map(|candidate| candidate.place));
    });
    places
}

#[test]
fn lookups_agree_with_a_map() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for count in [0, 1, 4, 5, 8, 9, 63, 64, 65, 255, 257, 1023, 1025, 4096, 4097] {
        for (crowd, max_postings, origins) in [(1, 1, 1), (1, 3, 256), (12, 2, 257), (255, 1, 2)] {
            let entries = entries(count, crowd, max_postings, &mut random);
            let test_table = file(&entries, origins);
            let table = test_table.table();
            assert!(test_table.is_sound());
            let probes = probes(&entries, &mut random);
            let expected = expected(&entries, &probes);
            let name = format!("{count} entries, crowds of {crowd}");
            // Not `assert_eq!`, which would print thousands of results.
            assert!(one_by_one(table, &probes) == expected, "one by one, {name}");
            assert!(all_at_once(table, &probes) == expected, "all at once, {name}");
        }
    }
}

#[test]
fn lookup_batches_of_every_length_are_complete() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let entries = entries(500, 1, 1, &mut random);
    let test_table = file(&entries, 1);
    let table = test_table.table();
    let present: Vec<Pseudonym> = entries.keys().copied().map(Pseudonym::from_number).collect();
    for length in 0..=5 * RING + 1 {
        let answers = all_at_once(table, &present[..length]);
        assert!(answers.into_iter().eq((0..small(length)).map(LookupResult::Found)), "{length}");
        assert!(prefiltered(table, &present[..length]).into_iter().eq(0..length), "{length}");
    }
}

#[test]
fn all_lookup_methods_agree_on_a_damaged_table() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let (mut damaged, mut absent) = (0, 0);
    for round in 0..60 {
        let entries = entries(random.random_range(1..2000), 1, 2, &mut random);
        let mut test_table = file(&entries, 3);
        let probes = probes(&entries, &mut random);
        damage(&mut test_table, round, &mut random);
        let _ = test_table.is_sound();
        let table = test_table.table();
        let searched = one_by_one(table, &probes);
        assert!(all_at_once(table, &probes) == searched, "all at once, round {round}");
        let places = prefiltered(table, &probes);
        let is_candidate = |place: usize| places.binary_search(&place).is_ok();
        let mut all = searched.iter().enumerate();
        assert!(all.all(|(place, &result)| result == LookupResult::Absent || is_candidate(place)));
        damaged += searched.iter().filter(|&&result| result == LookupResult::Damaged).count();
        absent += searched.iter().filter(|&&result| result == LookupResult::Absent).count();
    }
    assert!(damaged > 2000 && absent > 2000, "{damaged} damaged, {absent} absent");
}

/// Changes random bytes of one section, or the whole section, to random or extreme values.
fn damage(test_table: &mut TestTable, round: usize, random: &mut ChaCha8Rng) {
    let sections =
        [Section::Filter, Section::Groups, Section::Buckets, Section::Heads, Section::Tails];
    let range = test_table.layout.range(sections[round % sections.len()]);
    let value = [0, 0xFF, random.random()][round % 3];
    if random.random() {
        return test_table.bytes[range].fill(value);
    }
    for _ in 0..random.random_range(1..=range.len()) {
        test_table.bytes[random.random_range(range.clone())] = value;
    }
}

/// An entry moves to the bucket next to its own. The table is then unsound, or the entry has become
/// a different pseudonym, which a lookup finds.
#[test]
fn an_off_by_one_mark_hides_no_entry_of_a_sound_table() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let entries = entries(5000, 1, 2, &mut random);
    let mut test_table = file(&entries, 1);
    let (mut sound, mut unsound) = (0, 0);
    for (section, width) in [(Section::Groups, 8), (Section::Buckets, 2)] {
        for mark in test_table.layout.range(section).step_by(width * 7) {
            test_table.bytes[mark] ^= 1;
            if test_table.is_sound() {
                let stored = test_table.table().entries_in_order(&test_table.cipher);
                let mut numbered = (0..).zip(stored.map(|(pseudonym, _)| pseudonym));
                assert!(numbered.all(|(number, entry)| test_table.table().look_up(entry)
                    == LookupResult::Found(number)));
                sound += 1;
            } else {
                unsound += 1;
            }
            test_table.bytes[mark] ^= 1;
        }
    }
    assert!(unsound > 100 && sound * 10 < unsound, "{sound} sound, {unsound} not");
    assert!(test_table.is_sound());
}

#[test]
fn all_entries_in_order_are_those_of_the_map() {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    for (count, crowd, max_postings, origins) in
        [(0, 1, 1, 1), (1, 1, 1, 1), (300, 1, 70, 300), (4097, 12, 3, 3)]
    {
        let entries = entries(count, crowd, max_postings, &mut random);
        let in_order = file(&entries, origins).in_order();
        let postings = |(&number, &count): (&u128, &usize)| {
            (number, postings_of(number, count, origins).into_iter().map(Some).collect())
        };
        let expected: Vec<(u128, Vec<Option<Posting>>)> = entries.iter().map(postings).collect();
        assert!(in_order == expected, "{count} entries, crowds of {crowd}");
    }
}

#[test]
fn a_table_with_an_entry_twice_or_two_exchanged_is_not_sound() {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let entries = entries(60, 12, 1, &mut random);
    let TestTable { bytes: whole, layout, chunks, cipher } = file(&entries, 1);
    let is_sound = |bytes: &[u8]| Table::new(bytes, &layout, &chunks).is_sound(&cipher);
    assert!(is_sound(&whole));
    let columns = [(Section::Heads, HEAD_WIDTH), (Section::Tails, layout.shape.tail_width())];
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

/// Crowds share bucket and head, and often all but the last bits of the first half.
#[test]
fn near_collisions_are_filtered_like_a_full_search() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let (mut passed, mut ruled_out) = (0, 0);
    for count in [1, 9, 64, 1000, 4097] {
        for shared_bits in [48, 60, 64, 90] {
            let mut entries = Entries::new();
            while entries.len() < count {
                let first: u128 = random.random();
                for _ in 0..random.random_range(1..=40).min(count - entries.len()) {
                    entries.insert(first ^ random.random::<u128>() >> shared_bits, 1);
                }
            }
            let test_table = file(&entries, 1);
            let table = test_table.table();
            assert!(test_table.is_sound());
            let probes = probes(&entries, &mut random);
            let places = prefiltered(table, &probes);
            let expected = naive_prefilter(&entries, &probes, test_table.layout.shape);
            // The filter excludes some first halves with an entry's head, but none of an entry.
            assert!(places.iter().all(|place| expected.binary_search(place).is_ok()));
            let firsts: BTreeSet<u64> =
                entries.keys().map(|&number| Pseudonym::from_number(number).first_half()).collect();
            for &place in &expected {
                let is_candidate = places.binary_search(&place).is_ok();
                assert!(is_candidate || !firsts.contains(&probes[place].first_half()));
                let may_hold = table.may_hold(probes[place]);
                assert_eq!(is_candidate, may_hold);
            }
            passed += places.len();
            ruled_out += probes.len() - expected.len();
        }
    }
    assert!(passed > 10_000 && ruled_out > 10_000, "{passed} passed, {ruled_out} ruled out");
}

#[test]
fn the_tail_completes_bucket_and_head() {
    let mut random = ChaCha8Rng::seed_from_u64(10);
    for bits in 0..=32 {
        for shard_bits in 0..=8 {
            let shape = Shape { fan_out_bits: bits, shard_bits, ..Shape::new(9, 9, 1, 0) };
            assert!((8..=12).contains(&shape.tail_width()));
            let number: u128 = random.random();
            for pseudonym in [0, u128::MAX, number].map(Pseudonym::from_number) {
                let split = Split::new(pseudonym, shape);
                let first_half = pseudonym.first_half() << shard_bits;
                let stored = Pseudonym::from_halves(first_half, pseudonym.second_half());
                assert!(split.stored(shape) == stored, "{bits} and {shard_bits} bits");
                assert!(split.tail < 1 << (8 * shape.tail_width()));
            }
        }
    }
}
