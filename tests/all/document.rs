//! Reads an index file as `docs/FORMAT.md` describes it, without the library's reader.

use aes::{
    Aes128Enc, Block,
    cipher::{BlockCipherEncrypt as _, KeyInit as _},
};
use leakdex::{Index, Kind, LookupResult, Pseudonym};

use crate::fuzz::{
    forge::{Parts, mac, subkey},
    key,
};

/// A posting, with its codes still sealed. It sorts in the order of files.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Posting {
    pub origin: usize,
    pub tag: u64,
    pub kind: usize,
    pub is_first: bool,
    pub sealed: u64,
}

/// All pseudonyms as the table stores them, each with its postings.
///
/// # Panics
///
/// If the table breaks a promise of `docs/FORMAT.md`.
pub fn entries(file: &[u8], parts: &Parts) -> Vec<(u128, Vec<Posting>)> {
    let [_, _, _, _, _, groups, buckets, heads, tails, slot_groups, slot_marks, slots, ..] =
        &parts.sections;
    let (bits, tail) = (u32::from(file[56]), usize::from(file[57]));
    let mark = |place: usize| {
        small(number(&groups[place / 256 * 8..][..8]) + number(&buckets[place * 2..][..2]))
    };
    let slot_mark = |place: usize| {
        small(number(&slot_groups[place / 256 * 8..][..8]) + number(&slot_marks[place * 4..][..4]))
    };

    let postings_of = PostingReader::of(parts, usize::from(file[58]));
    let mut entries = Vec::new();
    let bucket_count = 1_usize << bits;
    assert_eq!((mark(0), mark(bucket_count) as u64), (0, parts.entries));
    assert_eq!((slot_mark(0), slot_mark(bucket_count) as u64), (0, parts.slots));
    for bucket in 0..bucket_count {
        let of_bucket = slot_mark(bucket)..slot_mark(bucket + 1);
        let width = postings_of.slot_length;
        let mut slots = &slots[of_bucket.start * width..of_bucket.end * width];
        for entry in mark(bucket)..mark(bucket + 1) {
            let leading = (bucket as u128) << 32 | number(&heads[entry * 4..][..4]);
            let (stored, trailing_bits) = (number(&tails[entry * tail..][..tail]), 96 - bits);
            let pseudonym = leading << trailing_bits | stored & ((1 << trailing_bits) - 1);
            assert_eq!(pseudonym & ((1 << (8 * tail)) - 1), stored, "entry {entry}");
            let postings = postings_of.take(pseudonym, &mut slots);
            assert!(!postings.is_empty() && postings.is_sorted_by(|one, other| one < other));
            entries.push((pseudonym, postings));
        }
        assert!(slots.is_empty(), "a slot of no entry in bucket {bucket}");
    }
    assert!(entries.is_sorted_by(|(one, _), (other, _)| one < other), "not in order");
    entries
}

/// Asserts everything that `docs/FORMAT.md` promises about a verified table, from the bytes.
///
/// # Panics
///
/// If a promise is broken.
pub fn assert_sound(index: &Index) {
    let parts = Parts::of(index.as_bytes());
    let [_, _, _, _, filter, .., origins, sets] = &parts.sections;
    let mut expected_filter = vec![0; filter.len()];
    assert_eq!(filter.len() as u64, (parts.entries * 12).div_ceil(512).max(1) * 64);
    for (entry, (pseudonym, postings)) in (0..).zip(entries(index.as_bytes(), &parts)) {
        set_in_filter(&mut expected_filter, pseudonym >> 64);
        for posting in &postings {
            assert!((posting.origin as u64) < parts.origins && posting.kind < Kind::ALL.len());
        }
        let pseudonym = Pseudonym::from_number(pseudonym);
        assert_eq!(index.look_up(pseudonym), LookupResult::Found(entry));
        let exposure = index.exposure(pseudonym);
        let records = exposure.expect("it is not damaged").records();
        assert_eq!(records, postings.len() as u64, "entry {entry}");
    }
    assert_eq!(*filter, expected_filter, "another filter");

    let metadata = index.metadata();
    let pairs: Vec<(u128, u128)> =
        origins.chunks(8).map(|origin| (number(&origin[..4]), number(&origin[4..]))).collect();
    assert!(pairs.is_sorted_by(|one, other| one < other), "an origin twice");
    for (breach, class_set) in pairs {
        assert!(breach < metadata.breaches.len() as u128);
        assert!(class_set < sets.len() as u128 / 32);
    }
    for set in sets.chunks(32) {
        let places = (0..256).filter(|place| set[place / 8] >> (place % 8) & 1 == 1);
        assert!(places.max() < Some(metadata.data_classes.len()), "a class that is not known");
    }
    let identifiers: u64 = metadata.kinds.iter().map(|count| count.identifiers).sum();
    assert_eq!((identifiers, index.len()), (parts.entries, parts.entries));
}

/// A number in little-endian order.
pub fn number(bytes: &[u8]) -> u128 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u128::from(byte))
}

pub fn small(number: u128) -> usize {
    usize::try_from(number).expect("it is within the file")
}

/// The first eight bytes as a number.
pub fn wide(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes"))
}

/// Opens the postings of one file.
struct PostingReader {
    cipher: Aes128Enc,
    origin_width: usize,
    slot_length: usize,
}

impl PostingReader {
    fn of(parts: &Parts, origin_width: usize) -> Self {
        let mac = mac(&subkey("posting cipher"), &[&parts.salt]);
        let key: [u8; 16] = *mac.first_chunk().expect("a MAC has 32 bytes");
        let cipher = Aes128Enc::new(&key.into());
        Self { cipher, origin_width, slot_length: 17 + origin_width }
    }

    /// The opened bytes of a slot, with the codes still sealed.
    fn open(&self, entry: u128, place: usize, slot: &[u8]) -> Vec<u8> {
        let mut block = Block::from((entry ^ place as u128).to_le_bytes());
        self.cipher.encrypt_block(&mut block);
        block[0] &= 0x3F;
        let (sealed, codes) = slot.split_at(slot.len() - 8);
        sealed
            .iter()
            .zip(block)
            .map(|(byte, mask)| byte ^ mask)
            .chain(codes.iter().copied())
            .collect()
    }

    /// Takes the slots of the next entry and opens them.
    fn take(&self, entry: u128, slots: &mut &[u8]) -> Vec<Posting> {
        let mut place = 0;
        let mut next = || {
            let (slot, rest) = slots.split_at(self.slot_length);
            *slots = rest;
            place += 1;
            self.open(entry, place - 1, slot)
        };
        let (tag_at, codes_at) = (1 + self.origin_width, 9 + self.origin_width);
        let mut slot = next();
        let mut count = None;
        if slot[0] & 0x40 != 0 {
            assert!(slot[0] == 0xC0 && slot[1..tag_at].iter().all(|&byte| byte == 0));
            assert!(slot[codes_at..].iter().all(|&byte| byte == 0));
            count = Some(small(number(&slot[tag_at..codes_at])));
            slot = next();
        }
        let mut postings = Vec::new();
        loop {
            assert_eq!(slot[0] & 0x40, 0, "only the first slot counts");
            postings.push(Posting {
                origin: small(number(&slot[1..tag_at])),
                tag: wide(&slot[tag_at..]),
                kind: usize::from(slot[0] & 0x1F),
                is_first: slot[0] & 0x20 != 0,
                sealed: wide(&slot[codes_at..]),
            });
            if slot[0] & 0x80 == 0 {
                break;
            }
            slot = next();
        }
        assert_eq!(count, (postings.len() > 64).then_some(postings.len()));
        postings
    }
}

/// Sets the bits of a first half.
fn set_in_filter(filter: &mut [u8], first_half: u128) {
    let block = (first_half * (filter.len() as u128 / 64)) >> 64;
    let product = first_half * 0x9E37_79B9_7F4A_7C15 % (1 << 64);
    for word in 0..8 {
        let place = product >> (16 + 6 * word) & 63;
        let bit = usize::try_from(512 * block + 64 * word + place).expect("it is small");
        filter[bit / 8] |= 1 << (bit % 8);
    }
}

#[test]
fn the_files_of_the_library_are_as_the_document_says() {
    let key = leakdex::Key::from_bytes(&key::KEY).expect("a key");
    for file in crate::fuzz::sound::sound_files() {
        assert_sound(&Index::from_bytes(file, &key).expect("it was just built"));
    }
}
