//! Postings in tables: few and many for one entry, intact and damaged.

use super::*;
use crate::index::write_slots;

/// Numbers of postings around the limit above which a slot contains the number.
const COUNTS: [usize; 6] = [1, 2, 64, 65, 66, 1000];

/// Some entries with these numbers of postings, all in one bucket.
fn in_one_bucket(counts: &[usize]) -> Entries {
    (1..).map(|place: u128| place << 100 | place).zip(counts.iter().copied()).collect()
}

/// The postings of all entries, as the table returns them; `None` for those of a damaged entry.
fn read(test_table: &TestTable, entries: &Entries) -> Vec<Option<Vec<Option<Posting>>>> {
    let numbered = (0..).zip(entries.keys());
    let postings = numbered.map(|(place, &number)| {
        test_table.table().postings(place, Pseudonym::from_number(number), &test_table.cipher)
    });
    postings.map(|postings| postings.map(|postings| postings.iter().collect())).collect()
}

fn assert_holds(test_table: &TestTable, entries: &Entries, origins: u32) {
    let expected = |(&number, &count)| {
        Some(postings_of(number, count, origins).into_iter().map(Some).collect())
    };
    let expected: Vec<Option<Vec<Option<Posting>>>> = entries.iter().map(expected).collect();
    assert!(read(test_table, entries) == expected, "{:?}, {origins} origins", entries.values());
}

#[test]
fn any_number_of_postings_round_trips() {
    for one in COUNTS {
        for other in COUNTS {
            let widths = if one == other { &[1, 2, 257, 70_000][..] } else { &[1, 2] };
            for &origins in widths {
                let entries = in_one_bucket(&[1, one, other, one, 2]);
                let test_table = file(&entries, origins);
                assert!(test_table.is_sound());
                assert_holds(&test_table, &entries, origins);
                for (place, (&number, &count)) in (0..).zip(&entries) {
                    let entry = Pseudonym::from_number(number);
                    let postings = test_table.table().postings(place, entry, &test_table.cipher);
                    let postings = postings.expect("it is sound");
                    assert_eq!(postings.len(), count);
                    assert!(postings.get(count).is_none(), "the next one is of another entry");
                }
            }
        }
    }
}

#[test]
fn a_slot_takes_17_to_21_bytes_and_many_postings_need_one_more() {
    assert!(COUNTS.map(|count| slots_of(count as u64)) == [1, 2, 64, 66, 67, 1001]);
    for (origins, length) in [(1, 17), (2, 18), (256, 18), (257, 19), (65_537, 21)] {
        assert_eq!(Shape::new(9, 9, origins, 0).slot_length(), length);
    }
}

/// Changes one bit in each byte of a section in turn.
fn for_each_changed(
    test_table: &mut TestTable,
    section: Section,
    bit: u8,
    each: impl Fn(&TestTable, usize),
) {
    let range = test_table.layout.range(section);
    for place in range.clone() {
        test_table.bytes[place] ^= bit;
        each(test_table, place - range.start);
        test_table.bytes[place] ^= bit;
    }
}

#[test]
fn a_changed_mark_of_the_slots_is_not_sound() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let entries = entries(300, 1, 3, &mut random);
    let mut test_table = file(&entries, 3);
    for section in [Section::SlotGroups, Section::SlotMarks] {
        for bit in [1, 0x80] {
            for_each_changed(&mut test_table, section, bit, |test_table, place| {
                assert!(!test_table.is_sound(), "{section:?}, byte {place}");
                let _ = (read(test_table, &entries), test_table.in_order());
            });
        }
    }
    assert!(test_table.is_sound());
}

#[test]
fn a_changed_flag_of_a_slot_is_not_sound() {
    let entries = in_one_bucket(&[1, 2, 64, 65, 1, 66, 3]);
    let mut test_table = file(&entries, 3);
    let length = test_table.layout.shape.slot_length();
    for flag in [0x80, 0x40, 0xC0] {
        for slot in test_table.layout.range(Section::Postings).step_by(length) {
            test_table.bytes[slot] ^= flag;
            assert!(!test_table.is_sound(), "{flag:x} of the slot at {slot}");
            let _ = (read(&test_table, &entries), test_table.in_order());
            test_table.bytes[slot] ^= flag;
        }
    }
    assert!(test_table.is_sound());
}

/// A slot is sealed with a key stream, so a changed bit changes the same bit of the content.
#[test]
fn a_counting_slot_has_no_other_content() {
    let entries = in_one_bucket(&[1, 65, 1]);
    let mut test_table = file(&entries, 3);
    let length = test_table.layout.shape.slot_length();
    let counting = length..2 * length;
    for_each_changed(&mut test_table, Section::Postings, 1, |test_table, place| {
        assert!(!test_table.is_sound() || !counting.contains(&place), "byte {place}");
    });
}

#[test]
fn an_unknown_kind_is_damage() {
    let entries = in_one_bucket(&[1, 1]);
    let mut test_table = file(&entries, 1);
    let (&first, _) = entries.first_key_value().expect("there are two");
    let kind = postings_of(first, 1, 1)[0].kind as u8;
    let at = test_table.layout.range(Section::Postings).start;
    test_table.bytes[at] ^= kind ^ 0x1F;
    let read = read(&test_table, &entries);
    assert!(!test_table.is_sound() && read[0] == Some(vec![None]));
    assert!(read[1].as_ref().is_some_and(|postings| postings[0].is_some()));
}

/// A file of one entry with these postings, in this order.
fn file_of(postings: &[Posting], origins: u32) -> (TestTable, Entries) {
    let entries = in_one_bucket(&[postings.len()]);
    let mut test_table = file(&entries, origins);
    let entry = Pseudonym::from_number(*entries.keys().next().expect("one"));
    let mut slots = Vec::new();
    write_slots(entry, postings, test_table.layout.shape, &test_table.cipher, &mut slots);
    let range = test_table.layout.range(Section::Postings);
    test_table.bytes[range].copy_from_slice(&slots);
    (test_table, entries)
}

#[test]
fn an_origin_beyond_the_last_is_not_sound() {
    for count in [1, 65] {
        for (origin, is_sound) in [(2, true), (3, false), (255, false)] {
            let mut postings = postings_of(7, count, 3);
            postings.last_mut().expect("one at least").origin = origin;
            let (test_table, _) = file_of(&postings, 3);
            assert_eq!(test_table.is_sound(), is_sound, "origin {origin} of {count}");
        }
    }
}

#[test]
fn postings_out_of_order_or_twice_are_not_sound() {
    for count in [2, 3, 64, 65, 100] {
        let sound = postings_of(7, count, 3);
        assert!(file_of(&sound, 3).0.is_sound());
        for place in 1..count {
            let (mut twice, mut exchanged) = (sound.clone(), sound.clone());
            twice[place] = twice[place - 1];
            exchanged.swap(place - 1, place);
            for postings in [twice, exchanged] {
                assert!(!file_of(&postings, 3).0.is_sound(), "{place} of {count}");
            }
        }
    }
}

#[test]
fn an_entry_without_a_posting_is_not_sound() {
    for counts in [&[0][..], &[0, 1], &[1, 0], &[1, 0, 70]] {
        let entries = in_one_bucket(counts);
        let test_table = file(&entries, 1);
        assert!(!test_table.is_sound(), "{counts:?}");
        assert!(read(&test_table, &entries).contains(&None), "{counts:?}");
    }
}

#[test]
fn damaged_postings_are_read_within_bounds() {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let (mut damaged, mut whole) = (0, 0);
    for round in 0..200 {
        let entries = entries(random.random_range(1..200), 1, 80, &mut random);
        let mut test_table = file(&entries, 3);
        let sections = [Section::SlotGroups, Section::SlotMarks, Section::Postings];
        let range = test_table.layout.range(sections[round % sections.len()]);
        let value = [0, 0xFF, random.random()][round / 3 % 3];
        for _ in 0..random.random_range(1..=range.len().min(60)) {
            test_table.bytes[random.random_range(range.clone())] = value;
        }
        let _ = (test_table.is_sound(), test_table.in_order());
        for postings in read(&test_table, &entries) {
            match postings {
                Some(postings) => {
                    assert!(!postings.is_empty());
                    whole += 1;
                }
                None => damaged += 1,
            }
        }
    }
    assert!(damaged > 100 && whole > 100, "{damaged} damaged, {whole} whole");
}
