//! An index of found entries gives the same verdicts as the index of the whole leak.

use std::slice;

use leakdex::{
    Batch, DataClass, Field, FieldSet, FoundIndex, Index, IndexBuilder, IndexFault, IndexMerger,
    IndexSet, Key, Kind, KindSet, LeakDescription, LeakedRecord, Profile, Record, RunCaveat,
    canary_normal_forms,
};
use leakdex_synthetic::{leak::Fragments, members::members as synthetic_members};
use serde_json::{Value, json};

use crate::support::{breach, fault, filled, folder, key, publish_shards, without};

pub fn kinds(kinds: &[Kind]) -> KindSet {
    kinds.iter().copied().collect()
}

/// The key of the members' side.
pub fn members_key() -> Key {
    Key::from_bytes(&[9; 32]).expect("a key")
}

pub fn leak_of(records: &[Record], indexed: KindSet, hashes: KindSet) -> Index {
    let key = key();
    let builder = IndexBuilder::new(&key, breach("leak")).kinds(indexed).email_hashes(hashes);
    let mut builder = builder.without_codes().generation(7);
    let mut batch = builder.batch();
    for part in records.chunks(500) {
        batch.clear();
        part.iter().for_each(|record| batch.push(record));
        let _ = builder.add_batch(&batch).expect("there are few classes");
    }
    builder.build().expect("it fits")
}

/// The index of the entries that these members hit, and their batch.
fn found(leak: &Index, description: &LeakDescription, members: &[Record]) -> (Index, Batch) {
    let new = || FoundIndex::new(&members_key(), description).expect("a sound description");
    let mut batch = new().build().expect("no entries fit").batch().profiled();
    members.iter().for_each(|member| batch.push(member));
    let mut found = new();
    let in_leak = |kind| leak.kinds().contains(kind);
    for identifier in batch.canonical_identifiers().filter(|identifier| in_leak(identifier.kind)) {
        let (kind, canonical) = (identifier.kind, identifier.canonical);
        let records = leak.leaked_records(kind, canonical).expect("nothing is damaged");
        found.add(kind, canonical, &records).expect("the kind is described");
    }
    (found.build().expect("it fits"), batch)
}

/// The caveats from both profiles.
pub fn run_caveats(index: &Index, fields: FieldSet, members: &Batch) -> Vec<RunCaveat> {
    let mut caveats = index.leak_caveats();
    for field in fields.iter() {
        let mut sum = Profile::default();
        let profiles = members.profiles().filter(|(_, of_column, _)| *of_column == field);
        profiles.for_each(|(_, _, profile)| sum += profile);
        caveats.extend(index.difference(field, &sum));
    }
    caveats.extend(index.reach_caveats(fields));
    caveats.extend(index.erasure_caveat());
    // A description omits the columns that make no held kind. No verdict depends on them.
    let is_of_held_kinds = |run_caveat: &RunCaveat| {
        run_caveat.field.is_none() || !run_caveat.kinds().intersection(index.kinds()).is_empty()
    };
    caveats.retain(is_of_held_kinds);
    caveats
}

/// Compares both checks row by row, and returns the number of affected members.
#[track_caller]
fn assert_same(leak: &Index, fields: &[Field], members: &[Record]) -> usize {
    let text = serde_json::to_string(&leak.description().expect("one leak")).expect("JSON");
    let description: LeakDescription = serde_json::from_str(&text).expect("as it was written");
    let (found, batch) = found(leak, &description, members);
    let mut reference = leak.batch().profiled();
    members.iter().for_each(|member| reference.push(member));
    let (expected, verdicts) = (leak.check_batch(&reference), found.check_batch(&batch));
    assert!(found.len() < leak.len(), "it holds the found entries only");
    assert_eq!(verdicts.len(), members.len());
    for row in 0..members.len() {
        assert!(verdicts.get(row) == expected.get(row), "row {row}: {:?}", verdicts.get(row));
        assert_eq!(verdicts.state(row), expected.state(row));
        assert_eq!(verdicts.caveats()[row], expected.caveats()[row], "row {row}");
        assert_eq!(verdicts.coverage(row), expected.coverage(row), "row {row}");
    }
    assert_eq!(verdicts.matched(), expected.matched());
    assert!(verdicts.concordance() == expected.concordance());
    let fields = fields.iter().copied().collect();
    assert_eq!(run_caveats(&found, fields, &batch), run_caveats(leak, fields, &reference));
    assert_eq!(found.generation(), leak.generation());
    let (metadata, of_leak) = (found.metadata(), leak.metadata());
    assert_eq!((&metadata.rows, metadata.records), (&of_leak.rows, of_leak.records));
    verdicts.iter().filter(|verdict| verdict.slug() == "affected").count()
}

pub const FIELDS: &[Field] = &[
    Field::Kvnr,
    Field::Email,
    Field::LastName,
    Field::FirstName,
    Field::Name,
    Field::BirthDate,
    Field::PostalCode,
];

#[test]
fn the_verdicts_are_those_of_the_index_of_the_whole_leak() {
    let indexed = kinds(&[Kind::Kvnr, Kind::Email, Kind::StartsBirth]);
    let leak = leak_of(&Fragments::of(0..2_000).rows, indexed, KindSet::EMPTY);
    let members: Vec<Record> =
        synthetic_members(1_000..6_000).into_iter().map(|member| member.record).collect();
    let affected = assert_same(&leak, FIELDS, &members);
    assert!((700..1_500).contains(&affected), "{affected}");
}

#[test]
fn the_verdicts_are_the_same_with_addresses_and_their_hashes() {
    let rows = Fragments::of(0..200).rows;
    let members: Vec<Record> =
        synthetic_members(100..300).into_iter().map(|member| member.record).collect();
    let indexed = kinds(&[Kind::Email, Kind::EmailAlias, Kind::Md5Email]);
    // A record with only a hash: members' plain addresses also need the hash.
    let hash = Record::new().md5_email("6b56db1f84a3997b902509d3fbf0a306");
    let anna = Record::new().email("Anna@example.com");
    for (more, hashes) in [
        (vec![], KindSet::EMPTY),
        (vec![], kinds(&[Kind::Md5Email])),
        (vec![hash.clone()], kinds(&[Kind::Md5Email])),
        (vec![hash.clone()], KindSet::EMPTY),
    ] {
        let leak = leak_of(&[&rows[..], &more].concat(), indexed, hashes);
        let members = [&members[..], &[anna.clone(), hash.clone()]].concat();
        assert!(assert_same(&leak, &[Field::Email, Field::Md5Email], &members) > 0);
    }
}

/// A check reads 64 records of each entry. They are the same, since the order is the same.
#[test]
fn the_verdicts_are_the_same_where_many_records_share_a_value() {
    let letters = |number: u32| {
        let letter = |number: u32| char::from(b'a' + u8::try_from(number % 26).expect("below 26"));
        [number, number / 26, number / 5].map(letter).into_iter().collect::<String>()
    };
    let person = |number: u32| {
        let mut record = Record::new()
            .email(if number < 150 { "hotline@example.de" } else { "office@example.de" })
            .username(&format!("user{number}"))
            .first_name(&format!("Eva{}", letters(number)))
            .last_name(&format!("Muster{}", letters(number * 7)))
            .birth_date("1.2.1970");
        if !number.is_multiple_of(3) {
            let class = if number % 3 == 1 { DataClass::PASSWORDS } else { DataClass::USERNAMES };
            record.push_data_class(class);
        }
        record
    };
    let rows: Vec<Record> = (0..300).map(person).collect();
    let indexed = kinds(&[Kind::Email, Kind::Username, Kind::StartsBirth]);
    let leak = leak_of(&rows, indexed, KindSet::EMPTY);
    let nobody = Record::new().email("nobody@example.de").username("nobody");
    let stranger =
        Record::new().first_name("Evamaria").last_name("Musterer").birth_date("1.2.1970");
    let members = [&rows[..20], &[nobody, stranger]].concat();
    assert_eq!(assert_same(&leak, &[Field::Email, Field::Username], &members), 21);
}

#[test]
fn the_caveats_of_damage_and_erasure_are_those_of_the_index_of_the_whole_leak() {
    let rows: Vec<Record> = (0..400_u32)
        .map(|number| Record::new().email("info@example.de").username(&format!("user{number}x")))
        .collect();
    let indexed = kinds(&[Kind::Email, Kind::Username]);
    let (leak, _) = without([leak_of(&rows, indexed, KindSet::EMPTY)], &rows[..3]);
    assert!(leak.erasure_caveat().is_some() && leak.leak_caveats().len() > 1);
    let members: Vec<Record> =
        ["user1x", "user9x", "nobody"].map(|name| Record::new().username(name)).into();
    assert_eq!(assert_same(&leak, &[Field::Email, Field::Username], &members), 1);
}

/// A described kind stays held even if no added entry has it.
#[test]
fn a_member_whose_identifier_was_not_added_is_not_affected() {
    let indexed = kinds(&[Kind::Kvnr, Kind::Email]);
    let row = Record::new().kvnr("A123456780").email("eva@example.de");
    let leak = leak_of(slice::from_ref(&row), indexed, KindSet::EMPTY);
    let description = leak.description().expect("one leak");
    let (empty, _) = found(&leak, &description, &[]);
    assert_eq!((empty.len(), empty.kinds()), (0, indexed));
    assert!(empty.is_empty() && !leak.is_empty());
    assert_eq!(empty.check(&row).slug(), "not_affected");
    let (other, _) = found(&leak, &description, &[Record::new().email("eva@example.de")]);
    assert_eq!(other.check(&row).slug(), "affected");
    assert_eq!(other.check(&Record::new().kvnr("A123456780")).slug(), "not_affected");
    let mut found = FoundIndex::new(&members_key(), &description).expect("sound");
    let refused = fault(found.add(Kind::Iban, b"DE89370400440532013000", &[]));
    assert_eq!(refused, IndexFault::KindNotHeld { kind: Kind::Iban });
    assert_eq!((found.len(), found.is_empty()), (0, true));
}

#[test]
fn adding_an_identifier_again_changes_nothing() {
    let rows: Vec<Record> = (0..3)
        .map(|number| Record::new().email("eva@example.de").username(&format!("eva{number}")))
        .collect();
    let leak = leak_of(&rows, kinds(&[Kind::Email, Kind::Username]), KindSet::EMPTY);
    let description = leak.description().expect("one leak");
    let records = leak.leaked_records(Kind::Email, b"eva@example.de").expect("sound");
    assert!(records.len() == 3 && records.is_sorted_by_key(|record| record.tag));
    let index = |parts: &[&[LeakedRecord]]| {
        let mut found = FoundIndex::new(&members_key(), &description).expect("sound");
        for part in parts {
            found.add(Kind::Email, b"eva@example.de", part).expect("it is described");
        }
        assert_eq!(found.len(), 1);
        assert!(found.contains(Kind::Email, b"eva@example.de"));
        assert!(!found.contains(Kind::Username, b"eva0"));
        let expected = format!("FoundIndex {{ entries: 1, kinds: {:?}, .. }}", leak.kinds());
        assert_eq!(format!("{found:?}"), expected, "no value");
        found.build().expect("it fits")
    };
    let once = index(&[&records]);
    let thrice = index(&[&records[1..], &records, &records[..2], &[]]);
    assert_eq!(once.as_bytes(), thrice.as_bytes());
}

#[test]
fn a_record_with_unknown_data_classes_is_still_found() {
    let row = Record::new().kvnr("A123456780");
    let leak = leak_of(slice::from_ref(&row), kinds(&[Kind::Kvnr]), KindSet::EMPTY);
    let description = leak.description().expect("one leak");
    for class_set in [None, Some(1), Some(u32::MAX)] {
        let mut found = FoundIndex::new(&members_key(), &description).expect("sound");
        let record = LeakedRecord { tag: 5, kinds: KindSet::EMPTY, is_first: false, class_set };
        found.add(Kind::Kvnr, b"A123456780", &[record]).expect("it is described");
        let verdict = found.build().expect("it fits").check(&row);
        let exposure = verdict.finding().expect("it was found").exposure();
        assert_eq!((exposure.records(), exposure.data_classes().len()), (1, 0));
    }
}

/// A description with one thing changed.
pub fn changed(
    description: &LeakDescription,
    pointer: &str,
    value: Value,
) -> Option<LeakDescription> {
    let mut json = serde_json::to_value(description).expect("JSON");
    *json.pointer_mut(pointer).expect("it has this part") = value;
    serde_json::from_value(json).ok()
}

pub fn small_leak() -> Index {
    let mut rows: Vec<Record> = (0..40_u32)
        .map(|number| {
            let record = Record::new().email(&format!("eva{number}@example.de"));
            record.last_name("Muster").first_name("Eva").birth_date("1.2.1970").kvnr("4711")
        })
        .collect();
    rows.push(Record::new().postal_code("50667"));
    leak_of(&rows, kinds(&[Kind::Email, Kind::StartsBirth]), KindSet::EMPTY)
}

/// A member is indeterminate if another version of Unicode may compose all of its values
/// differently.
#[test]
fn another_version_of_unicode_leaves_members_indeterminate() {
    let description = small_leak().description().expect("one leak");
    let other = changed(&description, "/unicode", json!("1.0.0")).expect("it is a version");
    let index = FoundIndex::new(&members_key(), &other).expect("sound").build().expect("it fits");
    let verdict = index.check(&Record::new().email("jörg@example.de"));
    assert_eq!(verdict.slug(), "indeterminate");
    assert_eq!(index.check(&Record::new().email("joerg@example.de")).slug(), "not_affected");
}

/// It would hide everybody whose identifiers were not looked up.
#[test]
fn an_index_of_found_entries_is_never_taken_for_an_index_of_a_leak() {
    let leak = small_leak();
    let description = leak.description().expect("one leak");
    let member = Record::new().email("eva1@example.de");
    let (index, _) = found(&leak, &description, slice::from_ref(&member));
    assert_eq!(index.check(&member).slug(), "affected");
    let opened = fault(Index::from_bytes(index.as_bytes().to_vec(), &members_key()));
    assert_eq!(opened, IndexFault::Damaged { part: "head" });
    assert_eq!(fault(index.description()), IndexFault::OnlyFoundEntries);
    let key = members_key();
    let merged = fault(IndexMerger::new(&key).add(index));
    assert_eq!(merged, IndexFault::OnlyFoundEntries);
}

#[test]
fn a_shard_does_not_answer_for_others() {
    let (key, folder) = (key(), folder());
    let path = folder.path().join("shards");
    let builder = IndexBuilder::new(&key, breach("leak"));
    publish_shards(filled(builder, [Record::new().kvnr("A123456780")]), &path, 2);
    let shards = IndexSet::open_shards(&path, &key).expect("both are there").into_indexes();
    let answers: Vec<_> = shards
        .iter()
        .map(|shard| shard.leaked_records(Kind::Kvnr, b"A123456780").map(|all| all.len()))
        .collect();
    assert!(answers == [Some(1), None] || answers == [None, Some(1)], "{answers:?}");
}

/// Two passes over a list give the identifiers in the same order, however its rows are split.
#[test]
fn canonical_identifiers_come_row_by_row_however_the_rows_are_divided() {
    let rows: Vec<Record> =
        synthetic_members(0..90).into_iter().map(|member| member.record).collect();
    let empty = leak_of(&rows[..1], KindSet::all(), KindSet::EMPTY).batch();
    let identifiers = |length: usize| {
        let mut all = Vec::new();
        for (part, rows) in rows.chunks(length).enumerate() {
            let mut batch = empty.clone();
            rows.iter().for_each(|row| batch.push(row));
            assert_eq!(batch.canonical_identifiers().count(), batch.identifier_count());
            all.extend(batch.canonical_identifiers().map(|identifier| {
                let row = part * length + identifier.row;
                (row, identifier.kind, identifier.canonical.to_vec())
            }));
        }
        all
    };
    let all = identifiers(90);
    assert!(all.is_sorted_by_key(|(row, ..)| *row) && all.len() > 180);
    assert!(identifiers(7) == all && identifiers(1) == all);
}

#[test]
fn each_kind_has_normal_forms_of_made_up_values() {
    for &kind in Kind::ALL {
        let forms = canary_normal_forms(kind);
        assert_eq!(forms.is_none(), kind == Kind::Phone && !cfg!(feature = "phone"), "{kind}");
        assert!(forms.is_none_or(|forms| forms.ends_with(b"\n")));
    }
}
