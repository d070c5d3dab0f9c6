//! Postings that the holder of the key forged. A verified file with them is refused. A mapped file
//! that was not verified as a whole calls nobody *not affected* because of them.

use std::sync::LazyLock;

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};

use super::*;
use crate::{DataClass, IndexSet, pseudonym::Pseudonym};

/// Persons with one record, one person with two, and an address in 100 records.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let key = key();
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    for number in 0..100 {
        let mut record = Record::new().username(&format!("user{number}"));
        record = record.email("office@example.de").kvnr("A123456780");
        if number % 3 == 0 {
            record.push_data_class(DataClass::PASSWORDS);
        }
        let _ = builder.add(&record).expect("added");
    }
    let _ = builder.add(&Record::new().username("user7")).expect("added");
    builder.into_bytes().expect("it fits")
});

fn sound() -> Vec<u8> {
    SOUND.clone()
}

fn members() -> Vec<Record> {
    let users = (0..100).map(|number| Record::new().username(&format!("user{number}")));
    let office = Record::new().email("office@example.de");
    users.chain([office, Record::new().kvnr("A123456780")]).collect()
}

/// The file with a changed section, sealed again.
fn changed(section: Section, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    resealed_of(sound(), section, change)
}

/// How many of the members cannot be checked against an index that was not verified. All others are
/// affected.
fn damaged(bytes: Vec<u8>) -> usize {
    let index = Index::from_storage(bytes.into(), &key()).expect("the head is right");
    let mut damaged = 0;
    for verdict in index.check_all(&members()).iter() {
        let problems = &verdict.coverage().problems;
        if verdict.slug() == "indeterminate" {
            assert!(problems.iter().any(|problem| problem.reason == Reason::DamagedIndex));
            damaged += 1;
        } else {
            let finding = verdict.finding().expect("a damaged index calls nobody not affected");
            assert!(finding.exposure().records() > 0, "affected, and in no breach");
        }
    }
    assert!(!index.is_verified());
    damaged
}

fn assert_refused(bytes: Vec<u8>, what: &str) {
    assert_eq!(fault(bytes), IndexFault::Damaged { part: "table" }, "{what}");
}

#[test]
fn the_sound_file_has_all_members() {
    assert_eq!(damaged(sound()), 0);
    assert!(Index::from_bytes(sound(), &key()).is_ok());
}

#[test]
fn wrong_marks_hide_nobody() {
    // There is one group, which begins at 0.
    let all = [(Section::SlotGroups, 0xFF), (Section::SlotGroups, 1)];
    for (section, value) in
        all.into_iter().chain([0, 0xFF, 1].map(|value| (Section::SlotMarks, value)))
    {
        let bytes = changed(section, |marks| marks.fill(value));
        assert_refused(bytes.clone(), "all marks");
        assert!(damaged(bytes) > 50, "{section:?}, {value}");
    }
    for mark in 0..16 {
        let bytes = changed(Section::SlotMarks, |marks| marks[4 * mark] ^= 1);
        assert_refused(bytes.clone(), "one mark");
        assert!(damaged(bytes) > 0, "mark {mark}");
    }
}

#[test]
fn invalid_flags_hide_nobody() {
    let layout = Layout::decode(&sound(), sound().len() as u64).expect("whole");
    let length = layout.shape.slot_length();
    for flag in [0x80, 0x40] {
        let all =
            |slots: &mut [u8]| slots.iter_mut().step_by(length).for_each(|slot| *slot ^= flag);
        let bytes = changed(Section::Postings, all);
        assert_refused(bytes.clone(), "all flags");
        assert!(damaged(bytes) > 20);
        for slot in (0..layout.range(Section::Postings).len() / length).step_by(7) {
            let bytes = changed(Section::Postings, |slots| slots[slot * length] ^= flag);
            assert_refused(bytes.clone(), "one flag");
            let _ = damaged(bytes);
        }
    }
}

/// A writer counts only the postings of an entry that has more than 64.
#[test]
fn a_count_of_64_postings_is_refused() {
    let shape = Layout::decode(&sound(), sound().len() as u64).expect("whole").shape;
    let (cipher, entry) = (PostingCipher::new(&key(), [0; SALT_LENGTH]), Pseudonym::from_number(7));
    let posting =
        |tag| Posting { origin: 0, tag, kind: Kind::Email, is_first: false, sealed_codes: 0 };
    let mut slots = Vec::new();
    write_slots(entry, &(0..65).map(posting).collect::<Vec<_>>(), shape, &cipher, &mut slots);
    let is_taken = |slots: &[u8]| Postings::at_start(slots, entry, shape, &cipher).is_some();
    assert!(is_taken(&slots));
    // The first slot ends with the number of postings, in eight bytes, and eight other bytes.
    slots[shape.slot_length() - 16] ^= 0x41 ^ 0x40;
    assert!(!is_taken(&slots));
}

#[test]
fn an_unknown_kind_or_origin_hides_nobody() {
    let layout = Layout::decode(&sound(), sound().len() as u64).expect("whole");
    let length = layout.shape.slot_length();
    let count = layout.range(Section::Postings).len() / length;
    // A slot is sealed with a key stream, so each changed bit changes its content.
    for place in [0, 1] {
        for bit in [0x04, 0x10] {
            let all = |slots: &mut [u8]| {
                (0..count).for_each(|slot| slots[slot * length + place] ^= bit);
            };
            let bytes = changed(Section::Postings, all);
            assert!(Index::from_bytes(bytes.clone(), &key()).is_err(), "byte {place}, {bit:x}");
            let unchecked = damaged(bytes);
            assert!(unchecked > 50 || place == 0, "byte {place}, {bit:x}: {unchecked}");
        }
    }
}

#[test]
fn an_origin_without_a_breach_hides_nobody() {
    // A finding without a breach is as bad.
    for place in [0, 4] {
        let all = |origins: &mut [u8]| {
            origins.iter_mut().skip(place).step_by(8).for_each(|byte| *byte = 9);
        };
        let bytes = changed(Section::Origins, all);
        assert_refused(bytes.clone(), "origins");
        assert_eq!(damaged(bytes), members().len());
    }
}

#[test]
fn damage_never_makes_anybody_not_affected() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let sections = [Section::SlotGroups, Section::SlotMarks, Section::Postings, Section::Origins];
    let (mut unchecked, mut refused) = (0, 0);
    for round in 0..80 {
        let bytes = changed(sections[round % sections.len()], |section| {
            for _ in 0..random.random_range(1..=20) {
                let place = random.random_range(0..section.len());
                section[place] = random.random();
            }
        });
        refused += usize::from(Index::from_bytes(bytes.clone(), &key()).is_err());
        unchecked += damaged(bytes);
    }
    assert!(unchecked > 100 && refused > 60, "{unchecked} unchecked, {refused} refused");
}

/// A damaged index does not show whether it has a member. No other index of the set can show it.
#[test]
fn a_damaged_index_in_a_set_leaves_nobody_not_affected() {
    let bytes = changed(Section::SlotMarks, |marks| marks.fill(0xFF));
    let index = Index::from_storage(bytes.into(), &key()).expect("the head is right");
    let key = key();
    let mut builder = IndexBuilder::new(&key, Breach::named("other").expect("well formed"));
    let _ = builder.add(&Record::new().username("user3").email("x@example.de")).expect("added");
    let other = builder.build().expect("it fits");
    let set = IndexSet::new([index, other]).expect("one key");
    for (name, slug) in [("user3", "affected"), ("user4", "indeterminate"), ("x", "not_affected")] {
        let verdict = set.check(&Record::new().username(name));
        assert_eq!(verdict.slug(), slug, "{name}");
    }
}
