//! Damaged and forged index files. A damaged file is refused. A file that the holder of the key
//! forged is refused, or it is sound if it can be verified. Tries every byte and every length; in a
//! campaign, every bit.

use std::{
    fs, iter,
    ops::{Add, Range},
    sync::LazyLock,
};

use leakdex::{
    DataClass, Index, IndexBuilder, IndexFault, Key, Kind, Pseudonym, Pseudonymiser, Record,
    Verdict,
};
use rayon::prelude::*;

use crate::{
    document::assert_sound,
    fuzz::{forge::Parts, key},
    in_campaign,
    support::{breach, fault, filled, folder, is_sure_all_clear, map},
};

/// The offset of the metadata in every file.
const METADATA_AT: usize = 304;
/// The position of the salt in the fixed fields.
const SALT: Range<usize> = 64..80;
const MAC_LENGTH: usize = 32;

static KEY: LazyLock<Key> = LazyLock::new(|| Key::from_bytes(&key::KEY).expect("a key"));

/// An index, and the records and pseudonyms that the tests look up in it.
struct Sample {
    bytes: Vec<u8>,
    /// The records that it was built from; all are in it.
    leaked: Vec<Record>,
    /// Pseudonyms of some of these values, and some that the index does not hold.
    pseudonyms: Vec<Pseudonym>,
}

/// Samples have the same shape and heads of the same length, unless `many` differs.
fn sample(letter: char, many: u32) -> Sample {
    let email = format!("{letter}+x@example.de");
    let (user, last) = (format!("user-{letter}"), format!("{letter}uster"));
    let kvnr = format!("{letter}123456780");
    let mut with_password = Record::new().email(&email).kvnr(&kvnr);
    with_password.push_data_class(DataClass::PASSWORDS);
    let person = Record::new().last_name(&last).first_name("Eva").birth_date("1.2.1970");
    let mut leaked = vec![with_password, person, Record::new().username(&user)];
    leaked.extend((0..many).map(|number| Record::new().username(&format!("{user}{number}"))));

    let kinds = [Kind::Email, Kind::EmailAlias, Kind::Kvnr, Kind::Username, Kind::StartsBirth];
    let kinds = kinds.into_iter().chain([Kind::NameBirthday]).collect();
    let builder = filled(IndexBuilder::new(&KEY, breach("leak")).kinds(kinds), &leaked);
    let bytes = builder.into_bytes().expect("the index fits the format");

    let pseudonymiser = Pseudonymiser::new(&KEY);
    let mut pseudonyms: Vec<Pseudonym> = [Kind::Email, Kind::Kvnr, Kind::Username]
        .into_iter()
        .zip([&email, &kvnr, &user])
        .map(|(kind, value)| pseudonymiser.pseudonym(kind, value.as_bytes()))
        .collect();
    let edges = (0..8).map(|bucket: u128| Pseudonym::from_number(bucket << 125 | 1));
    pseudonyms.extend(edges.chain([Pseudonym::from_number(u128::MAX)]));
    Sample { bytes, leaked, pseudonyms }
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| sample('A', 0));

impl Sample {
    fn head_length(&self) -> usize {
        let field = self.bytes[24..].first_chunk().expect("it has fixed fields");
        usize::try_from(u64::from_le_bytes(*field)).expect("it is in memory")
    }
}

/// The number of damaged files that were tried and mapped, and the answers of the mapped ones about leaked members.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    tried: u64,
    mapped: u64,
    verified: u64,
    affected: u64,
    indeterminate: u64,
    not_affected: u64,
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            tried: self.tried + other.tried,
            mapped: self.mapped + other.mapped,
            verified: self.verified + other.verified,
            affected: self.affected + other.affected,
            indeterminate: self.indeterminate + other.indeterminate,
            not_affected: self.not_affected + other.not_affected,
        }
    }
}

/// Maps each file of a list, one at a time on each thread, and queries those that can be mapped.
fn map_each(
    count: usize,
    sample: &Sample,
    file: impl Fn(usize) -> Vec<u8> + Sync,
    check: impl Fn(&Index) + Sync,
) -> Tally {
    let folder = folder();
    let try_one = |number: usize| {
        let path = folder.path().join(number.to_string());
        fs::write(&path, file(number)).expect("written");
        let mut tally = Tally { tried: 1, ..Tally::default() };
        let metadata = Index::read_unverified(&path);
        if let Ok(index) = map(&path, &KEY) {
            assert_eq!(metadata.expect("it was mapped").metadata, *index.metadata());
            tally = tally + query(&index, sample);
            check(&index);
        }
        fs::remove_file(&path).expect("it is there");
        tally
    };
    let tally = (0..count).into_par_iter().map(try_one).reduce(Tally::default, Add::add);
    println!("{tally:?}");
    tally
}

/// Runs all queries on a mapped index, then verifies it as a whole.
fn query(index: &Index, sample: &Sample) -> Tally {
    let mut answers = Vec::new();
    index.look_up_all(&sample.pseudonyms, &mut answers);
    for (&pseudonym, &answer) in sample.pseudonyms.iter().zip(&answers) {
        assert_eq!(index.look_up(pseudonym), answer);
        let _ = index.exposure(pseudonym);
    }
    let strangers = [Record::new().email("x@example.de").kvnr("Z123456783"), Record::new()];
    assert!(strangers.iter().all(|stranger| index.check(stranger).finding().is_none()));

    let mut tally = Tally { mapped: 1, ..Tally::default() };
    let mut batch = index.batch();
    sample.leaked.iter().for_each(|record| batch.push(record));
    let together = index.check_batch(&batch).to_vec();
    for (record, verdict) in sample.leaked.iter().zip(&together) {
        assert_eq!(index.check(record).slug(), verdict.slug());
        match verdict {
            Verdict::Affected(finding) => {
                let _ = finding.exposure();
                tally.affected += 1;
            }
            Verdict::NotAffected(_) => tally.not_affected += 1,
            Verdict::Indeterminate(_) => tally.indeterminate += 1,
        }
    }
    tally.verified = u64::from(index.verify().is_ok());
    assert_eq!(index.is_verified(), tally.verified == 1);
    tally
}

/// The bits of these bytes: all in a campaign, otherwise one of each byte.
fn bits_of(bytes: Range<usize>) -> Vec<usize> {
    let of_byte = |at: usize| in_campaign(0..8, at % 8..at % 8 + 1).map(move |bit| at * 8 + bit);
    bytes.flat_map(of_byte).collect()
}

fn with_bit_changed(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[bit / 8] ^= 1 << (bit % 8);
    changed
}

#[test]
fn the_sample_is_sound_and_holds_its_records() {
    let index = Index::from_bytes(SAMPLE.bytes.clone(), &KEY).expect("nothing is damaged");
    assert_sound(&index);
    assert!(SAMPLE.leaked.iter().all(|record| index.check(record).slug() == "affected"));
    assert!(Parts::of(&SAMPLE.bytes).origins >= 2);
    let nobody = Record::new().kvnr("Z123456783").email("nobody@example.org").last_name("Niemand");
    let nobody = nobody.first_name("Nora").birth_date("3.4.1975");
    assert!(is_sure_all_clear(&index.check(&nobody)));
}

#[test]
fn an_index_with_any_bit_changed_is_refused() {
    bits_of(0..SAMPLE.bytes.len()).into_par_iter().for_each(|bit| {
        let refused = Index::from_bytes(with_bit_changed(&SAMPLE.bytes, bit), &KEY).is_err();
        assert!(refused, "byte {}, bit {}", bit / 8, bit % 8);
    });
}

#[test]
fn a_small_index_with_any_bit_changed_is_not_mapped() {
    // Its body is one chunk, which mapping touches. `first_touch` has larger bodies.
    let bits = bits_of(0..SAMPLE.bytes.len());
    let changed = |number: usize| with_bit_changed(&SAMPLE.bytes, bits[number]);
    assert_eq!(map_each(bits.len(), &SAMPLE, changed, |_| {}).mapped, 0);
}

#[test]
fn a_truncated_index_is_refused_at_every_length() {
    let bytes = &SAMPLE.bytes;
    for length in 0..bytes.len() {
        let fault = fault(Index::from_bytes(bytes[..length].to_vec(), &KEY));
        let cut = matches!(fault, IndexFault::WrongLength { found, .. } if found == length as u64);
        assert!(cut || length == 0, "{length}: {fault:?}");
    }
    let tally = map_each(bytes.len(), &SAMPLE, |length| bytes[..length].to_vec(), |_| {});
    assert_eq!(tally.mapped, 0);
}

#[test]
fn an_index_with_something_appended_is_refused() {
    let appended = |filler: u8, count: usize| {
        let filler = iter::repeat_n(filler, count);
        SAMPLE.bytes.iter().copied().chain(filler).collect::<Vec<u8>>()
    };
    for filler in [0, 0xFF, SAMPLE.bytes[0]] {
        for count in 1..=4096 {
            let fault = fault(Index::from_bytes(appended(filler, count), &KEY));
            assert!(matches!(fault, IndexFault::WrongLength { .. }), "{count}: {fault:?}");
        }
    }
    let tally = map_each(4096, &SAMPLE, |count| appended(0, count + 1), |_| {});
    assert_eq!(tally.mapped, 0);
    // A changed length in the head does not help: the MAC detects it.
    let mut longer = appended(0, 16);
    let length = longer.len() as u64;
    longer[16..24].copy_from_slice(&length.to_le_bytes());
    assert_eq!(fault(Index::from_bytes(longer, &KEY)), IndexFault::Damaged { part: "header" });
}

#[test]
fn the_head_of_one_index_before_the_body_of_another_is_refused() {
    let head = SAMPLE.head_length();
    let other = sample('Q', 0);
    assert_eq!((other.head_length(), other.bytes.len()), (head, SAMPLE.bytes.len()));
    let spliced = [&SAMPLE.bytes[..head], &other.bytes[head..]].concat();
    let fault = fault(Index::from_bytes(spliced.clone(), &KEY));
    assert_eq!(fault, IndexFault::DamagedChunk { at: head as u64 }, "the digests differ");
    assert_eq!(map_each(1, &SAMPLE, |_| spliced.clone(), |_| {}).mapped, 0);

    for many in [1, 5, 300] {
        let other = sample('Q', many);
        let (bytes, others) = (&SAMPLE.bytes, &other.bytes);
        let with_other_body = || [&bytes[..head], &others[other.head_length()..]].concat();
        let mut cut = with_other_body();
        cut.resize(bytes.len(), 0);
        let with_sample_body = [&others[..other.head_length()], &bytes[head..]].concat();
        for spliced in [with_other_body(), cut, with_sample_body] {
            assert!(Index::from_bytes(spliced, &KEY).is_err(), "{many}");
        }
    }
}

/// The bytes of each section, by the section table.
fn sections(bytes: &[u8]) -> Vec<Range<usize>> {
    let number = |at: usize| {
        let field = bytes[at..].first_chunk().expect("it has a section table");
        usize::try_from(u64::from_le_bytes(*field)).expect("it is in memory")
    };
    (80..METADATA_AT).step_by(16).map(|at| number(at)..number(at) + number(at + 8)).collect()
}

#[test]
fn a_section_of_another_index_of_the_same_key_is_refused() {
    let other = sample('Q', 0);
    let sections = sections(&SAMPLE.bytes);
    let folder = folder();
    let path = folder.path().join("spliced");
    let mut differing = Vec::new();
    for (number, range) in sections.into_iter().enumerate() {
        let mut spliced = SAMPLE.bytes.clone();
        spliced[range.clone()].copy_from_slice(&other.bytes[range]);
        if spliced == SAMPLE.bytes {
            continue;
        }
        differing.push(number);
        fs::write(&path, &spliced).expect("written");
        assert!(Index::from_bytes(spliced, &KEY).is_err(), "section {number}");
        assert!(map(&path, &KEY).is_err(), "section {number}");
    }
    // Roots, digests, filter, heads, tails and postings are among them.
    assert!([2, 3, 4, 7, 8, 11].iter().all(|number| differing.contains(number)), "{differing:?}");
}

#[test]
fn the_metadata_of_one_index_in_another_is_refused() {
    let (bytes, mut renamed) = (&SAMPLE.bytes, Parts::of(&SAMPLE.bytes));
    let text = String::from_utf8(renamed.sections[0].clone()).expect("JSON");
    renamed.sections[0] = text.replace("\"leak\"", "\"kale\"").into_bytes();
    let other = renamed.write(|_| {});
    assert!(Index::from_bytes(other.clone(), &KEY).is_ok(), "its writer has the key");
    let end = METADATA_AT + text.len();
    let swapped = [&bytes[..METADATA_AT], &other[METADATA_AT..end], &bytes[end..]].concat();
    assert_eq!(
        fault(Index::from_bytes(swapped.clone(), &KEY)),
        IndexFault::Damaged { part: "head" }
    );
    assert_eq!(map_each(1, &SAMPLE, |_| swapped.clone(), |_| {}).mapped, 0);

    // Wrong counts are refused even if the holder of the key wrote them.
    for many in [1, 5, 300] {
        let mut forged = Parts::of(bytes);
        forged.sections[0] = Parts::of(&sample('Q', many).bytes).sections[0].clone();
        assert_eq!(
            fault(Index::from_bytes(forged.write(|_| {}), &KEY)),
            IndexFault::Damaged { part: "metadata" }
        );
    }
}

/// The sections of the body except the class sets. Digests and roots are recomputed anyway.
const FORGED_SECTIONS: [usize; 9] = [4, 5, 6, 7, 8, 9, 10, 11, 12];

#[test]
fn a_body_that_the_key_holder_changed_is_sound_wherever_it_is_accepted() {
    let parts = Parts::of(&SAMPLE.bytes);
    let bits: Vec<(usize, usize)> = FORGED_SECTIONS
        .into_iter()
        .flat_map(|section| {
            bits_of(0..parts.sections[section].len()).into_iter().map(move |bit| (section, bit))
        })
        .collect();
    let forged = |number: usize| {
        let (section, bit) = bits[number];
        let mut parts = parts.clone();
        parts.sections[section] = with_bit_changed(&parts.sections[section], bit);
        parts.write(|_| {})
    };
    let tally = map_each(bits.len(), &SAMPLE, forged, assert_sound_if_verified);
    assert_eq!(tally.mapped, bits.len() as u64);
    // Some changes are sound: pseudonyms that stay in order, other known origins, tags and codes.
    assert!(0 < tally.verified && tally.verified < tally.mapped, "{tally:?}");
}

#[test]
fn a_head_that_the_key_holder_changed_is_sound_wherever_it_is_accepted() {
    let parts = Parts::of(&SAMPLE.bytes);
    let metadata_end = METADATA_AT + parts.sections[0].len();
    let bits = [bits_of(0..SALT.start), bits_of(SALT.end..metadata_end)].concat();
    let with_bit = |bit: usize| parts.write(|head| head[bit / 8] ^= 1 << (bit % 8));
    let forged = |number: usize| with_bit(bits[number]);
    let tally = map_each(bits.len(), &SAMPLE, forged, assert_sound_if_verified);
    // The accepted changes are in a breach name or in a count of records or rows. The index
    // repeats what the holder of the key wrote.
    assert!(0 < tally.verified && tally.verified == tally.mapped, "{tally:?}");

    // With another salt, postings decrypt to something else.
    let salt_bits = bits_of(SALT);
    let with_other_salt = |number: usize| with_bit(salt_bits[number]);
    let tally = map_each(salt_bits.len(), &SAMPLE, with_other_salt, |_| {});
    assert_eq!((tally.mapped, tally.verified), (tally.tried, 0), "{tally:?}");

    let profiles_end = metadata_end + parts.sections[1].len();
    let roots_end = profiles_end.next_multiple_of(64) + parts.sections[2].len();
    let padding = roots_end..SAMPLE.head_length() - MAC_LENGTH;
    padding.into_par_iter().for_each(|at| {
        let forged = parts.write(|head| head[at] ^= 1);
        assert!(Index::from_bytes(forged, &KEY).is_ok(), "padding may hold anything, {at}");
    });
}

#[test]
fn an_index_whose_counts_the_key_holder_changed_is_refused() {
    let parts = Parts::of(&SAMPLE.bytes);
    let sound = (parts.entries, parts.slots, parts.origins);
    let counts = (0..40).flat_map(|entries| (0..8).map(move |origins| (entries, sound.1, origins)));
    let slots = (0..40).map(|slots| (sound.0, slots, sound.2));
    let large = [(5000, sound.1, 3), (sound.0, 5000, 3), (sound.0, sound.1, 257), (9, 9, 65_537)];
    for (entries, slots, origins) in counts.chain(slots).chain(large) {
        let mut forged = Parts { entries, slots, origins, ..parts.clone() };
        forged.fit();
        if let Ok(index) = Index::from_bytes(forged.write(|_| {}), &KEY) {
            assert_sound(&index);
            assert_eq!((entries, slots, origins), sound);
        }
    }
}

fn assert_sound_if_verified(index: &Index) {
    if index.is_verified() {
        assert_sound(index);
    }
}
