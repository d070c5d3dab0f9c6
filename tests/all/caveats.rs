//! Caveats of a leak survive files, shards and merges, and profiles change no verdict.

use std::collections::BTreeSet;

use leakdex::{
    Caveat, Column, Columns, Field, FieldSet, Index, IndexBuilder, IndexMerger, IndexSet, Key,
    Profile, Record, RunCaveat, Side, Sign, Verdict,
};
use leakdex_synthetic::numbers::kvnr;

use crate::support::{breach, filled, folder, index_of, key, merge, merged, publish_shards};

fn person(number: u32) -> Record {
    Record::new()
        .username(&format!("{}{}", letters(number, 6), number % 10))
        .email(&format!("{}@example.de", letters(number, 8)))
}

/// Letters without any pattern that a profile could show.
fn letters(number: u32, length: usize) -> String {
    let mut rest = u64::from(number) + 1;
    let mut letter = || {
        rest = rest.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ rest >> 29;
        char::from(b'a' + u8::try_from((rest >> 40) % 26).expect("below 26"))
    };
    (0..length).map(|_| letter()).collect()
}

/// The builder of a leak with `alike` people who share one address, and `sound` people with their
/// own.
fn builder<'k>(key: &'k Key, name: &str, alike: u32, sound: u32) -> IndexBuilder<'k> {
    filled(IndexBuilder::new(key, breach(name)), people(0, alike, sound))
}

/// The people of such a leak, numbered from `first` on.
fn people(first: u32, alike: u32, sound: u32) -> impl Iterator<Item = Record> {
    (first..first + alike + sound).map(move |number| {
        if number < first + alike {
            Record::new().username(&letters(number, 9)).email("info@example.de")
        } else {
            person(number)
        }
    })
}

fn given_caveat() -> RunCaveat {
    RunCaveat::of_rows(Side::Leak, Sign::CutOff, 1, 1)
}

fn repeated(count: u64, of: u64) -> RunCaveat {
    RunCaveat::new(Side::Leak, Field::Email, Sign::RepeatedValue, count, of)
}

/// Whether there is such a caveat. A hash class may contain a few other values.
fn has(caveats: &[RunCaveat], sought: RunCaveat) -> bool {
    let RunCaveat { count, .. } = sought;
    let is_same = |run_caveat: &RunCaveat| {
        (run_caveat.side, run_caveat.field, run_caveat.sign, run_caveat.of)
            == (sought.side, sought.field, sought.sign, sought.of)
    };
    caveats.iter().any(|caveat| is_same(caveat) && (count..count + 4).contains(&caveat.count))
}

/// The given caveat as an index stores it: without its counts, because they are small.
fn stored() -> RunCaveat {
    RunCaveat::of_rows(Side::Leak, Sign::CutOff, 0, 0)
}

#[test]
fn an_index_has_the_caveats_of_its_leak_in_memory_in_a_file_and_in_shards() {
    let (key, folder) = (key(), folder());
    let damaged = || {
        let mut builder = builder(&key, "leak", 60, 140);
        builder.add_caveat(given_caveat());
        builder
    };
    let of_builder = damaged().caveats();
    assert!(
        has(&of_builder, repeated(60, 200)) && has(&of_builder, given_caveat()),
        "{of_builder:?}"
    );
    let built = damaged().build().expect("it fits");
    let expected = built.leak_caveats();
    assert!(has(&expected, repeated(60, 200)) && has(&expected, stored()), "{expected:?}");

    let file = folder.path().join("leak.leakdex");
    damaged().publish(&file).expect("there is room");
    assert_eq!(Index::open(&file, &key).expect("it is whole").leak_caveats(), expected);
    assert_eq!(crate::support::map(&file, &key).expect("it is whole").leak_caveats(), expected);

    let shards = folder.path().join("shards");
    publish_shards(damaged(), &shards, 4);
    let set = IndexSet::open_shards(&shards, &key).expect("all are there");
    for shard in set.indexes() {
        assert_eq!(shard.leak_caveats(), expected, "each shard has those of the whole leak");
    }

    let sound = builder(&key, "leak", 0, 200).build().expect("it fits");
    assert_eq!(sound.leak_caveats(), []);
}

/// The profile of a column of these addresses.
fn profile_of(index: &Index, addresses: impl Iterator<Item = String>) -> Profile {
    let mut batch = index.batch().profiled();
    addresses.for_each(|address| batch.push(&Record::new().email(&address)));
    let mut sum = Profile::default();
    batch.profiles().for_each(|(_, _, profile)| sum += profile);
    sum
}

#[test]
fn the_profile_of_a_member_list_has_its_own_caveats() {
    let index = index_of(&key(), &[person(0)]);
    let addresses = |alike: u32| {
        (0..200).map(move |number| {
            let name = if number < alike { "info".to_owned() } else { letters(number, 8) };
            name + "@example.de"
        })
    };
    let caveats = profile_of(&index, addresses(60)).caveats(Field::Email);
    assert!(caveats.iter().any(|run_caveat| {
        (run_caveat.side, run_caveat.sign) == (Side::Members, Sign::RepeatedValue)
    }));
    assert_eq!(profile_of(&index, addresses(0)).caveats(Field::Email), []);
}

/// Most names have no letter that can be lost. So three of them in less than 1500 rows are a sign.
#[test]
fn a_few_names_with_lost_letters_are_a_sign_for_the_whole_column() {
    let key = key();
    for (rows, expected) in [(1499, true), (1500, false)] {
        let names = (0..rows).map(|row| if row < 3 { "M\u{FFFD}ller" } else { "Muster" });
        let person =
            |last: &str| Record::new().last_name(last).first_name("Eva").birth_date("1.2.1970");
        let builder = filled(IndexBuilder::new(&key, breach("leak")), names.map(person));
        let lost = RunCaveat::new(Side::Leak, Field::LastName, Sign::SuspectValues, 3, rows);
        assert_eq!(builder.caveats().contains(&lost), expected, "{rows} rows");
    }
}

#[test]
fn a_merge_keeps_the_caveats_of_each_part_and_leaves_none_of_a_breach_that_is_erased() {
    let key = key();
    let damaged = || {
        let mut builder = builder(&key, "damaged", 100, 100);
        builder.add_caveat(given_caveat());
        builder.build().expect("it fits")
    };
    let sound = || builder(&key, "sound", 0, 200).build().expect("it fits");
    let both = merged([damaged(), sound()]);
    let caveats = both.leak_caveats();
    assert!(has(&caveats, stored()), "{caveats:?}");
    // A sound leak does not dilute a damaged one.
    assert!(has(&caveats, repeated(100, 200)), "{caveats:?}");

    let erase = |merger: &mut IndexMerger<'_>| {
        merger.without_breach(&"damaged".parse().expect("well formed")).expect("it is there");
    };
    for (name, indexes) in [("rest", vec![both]), ("once", vec![damaged(), sound()])] {
        let (rest, _) = merge(indexes, erase).expect("a breach is left");
        assert_eq!(rest.leak_caveats(), [], "{name}");
        // The members are not compared with the removed leak, in which half of the addresses were
        // equal.
        let members =
            profile_of(&rest, (0..400).map(|number| letters(number + 7000, 8) + "@example.de"));
        assert_eq!(
            rest.difference(Field::Email, &members),
            sound().difference(Field::Email, &members)
        );
        assert_eq!(rest.difference(Field::Email, &members), None);
        // The caveats of reach are those of the sound leak alone, too.
        let fields: FieldSet = [Field::Username].into_iter().collect();
        assert_eq!(rest.reach_caveats(fields), sound().reach_caveats(fields));
    }
}

#[test]
fn parts_of_one_breach_add_up_to_one_profile() {
    let part = |first: u32, alike: u32| {
        index_of(&key(), &people(first, alike, 100 - alike).collect::<Vec<_>>())
    };
    for (alike, expected) in [(12, Some(repeated(24, 200))), (6, None)] {
        let caveats = merged([part(0, alike), part(100, alike)]).leak_caveats();
        let is_repeated = |run_caveat: &RunCaveat| run_caveat.sign == Sign::RepeatedValue;
        // No part stores a count of six rows, so their sum is unknown.
        assert_eq!(caveats.iter().any(is_repeated), expected.is_some(), "{caveats:?}");
        assert!(expected.is_none_or(|expected| has(&caveats, expected)), "{caveats:?}");
    }
}

#[test]
fn a_sound_part_does_not_hide_a_damaged_one_of_the_same_leak() {
    let key = key();
    let part = |leak: Vec<Record>| index_of(&key, &leak);
    let damaged = builder(&key, "leak", 30, 70);
    assert!(has(&damaged.caveats(), repeated(30, 100)));
    let sound = part((1000..3000).map(person).collect());
    let mut whole = merged([damaged.build().expect("it fits"), sound]);
    assert!(has(&whole.leak_caveats(), repeated(30, 100)), "{:?}", whole.leak_caveats());

    // A merge with a merged index keeps this caveat, and does not add one for each merge.
    for first in [5000, 6000, 7000] {
        whole = merged([whole, part(people(first, 20, 80).collect())]);
    }
    let caveats = whole.leak_caveats();
    assert!(has(&caveats, repeated(30, 100)), "{caveats:?}");
    let is_repeated = |run_caveat: &&RunCaveat| run_caveat.sign == Sign::RepeatedValue;
    assert!(caveats.iter().filter(is_repeated).count() <= 2, "{caveats:?}");
    let description = serde_json::to_value(whole.description().expect("one leak")).expect("JSON");
    let stored = description["profile"]["told"].as_array().expect("a list");
    let distinct: BTreeSet<String> =
        stored.iter().map(|caveat| format!("{} {}", caveat["field"], caveat["sign"])).collect();
    assert_eq!(stored.len(), distinct.len(), "{stored:?}");
}

/// No file of the damaged part has enough rejected rows for a caveat. The part has.
#[test]
fn a_sound_part_does_not_hide_a_damaged_one_of_several_files() {
    let key = key();
    let mut damaged = IndexBuilder::new(&key, breach("leak"));
    for first in [0, 100] {
        let rejected = (0..6).map(|_| Record::new().email("no address"));
        damaged = filled(damaged, people(first, 0, 94).chain(rejected));
        damaged.end_file();
    }
    let rejected = RunCaveat::of_rows(Side::Leak, Sign::RejectedRows, 12, 200);
    assert!(has(&damaged.caveats(), rejected), "{:?}", damaged.caveats());
    let sound = index_of(&key, &(1000..3000).map(person).collect::<Vec<_>>());
    let caveats = merged([damaged.build().expect("it fits"), sound]).leak_caveats();
    assert!(has(&caveats, rejected), "{caveats:?}");
}

#[test]
fn columns_of_another_form_and_rows_out_of_reach_are_caveats() {
    let insured = (0..100).map(|number| Record::new().kvnr(&kvnr(number)));
    let leak = index_of(&key(), &people(0, 0, 100).chain(insured).collect::<Vec<_>>());
    let caveats = |fields: &[Field]| leak.reach_caveats(fields.iter().copied().collect());
    let out_of_reach = RunCaveat::of_rows(Side::Leak, Sign::OutOfReach, 100, 200);
    assert_eq!(caveats(&[Field::Email]), [out_of_reach]);
    assert_eq!(caveats(&[Field::Email, Field::Kvnr]), []);

    let difference = |length: usize| {
        let addresses = (5000..5100).map(|number| letters(number, length) + "@example.de");
        leak.difference(Field::Email, &profile_of(&leak, addresses))
    };
    let caveat = difference(20).expect("the addresses of the leak have eight letters");
    let expected = (Side::Members, Some(Field::Email), Sign::UnlikeOtherSide, 100);
    assert_eq!((caveat.side, caveat.field, caveat.sign, caveat.of), expected);
    assert_eq!(difference(8), None);
}

#[test]
fn an_all_clear_by_a_damaged_column_of_the_leak_is_not_complete() {
    let (key, folder) = (key(), folder());
    let damaged = || builder(&key, "damaged", 100, 100);
    let shards = folder.path().join("shards");
    publish_shards(damaged(), &shards, 4);
    let sound = || builder(&key, "sound", 0, 200).build().expect("it fits");
    let sets = [
        IndexSet::new([damaged().build().expect("it fits")]).expect("one key"),
        IndexSet::new([sound(), damaged().build().expect("it fits")]).expect("one key"),
        IndexSet::open_shards(&shards, &key).expect("all are there"),
    ];
    let by_address = Record::new().email("nobody@example.de");
    let by_name = Record::new().username("nobody");
    for set in &sets {
        let Verdict::NotAffected(coverage) = set.check(&by_address) else { panic!("not in it") };
        assert!(!coverage.is_whole(), "{coverage:?}");
        assert_eq!(coverage.doubtful, coverage.checked, "{coverage:?}");
        assert!(coverage.caveats().contains(Caveat::DoubtfulColumn));
        let Verdict::NotAffected(coverage) = set.check(&by_name) else { panic!("not in it") };
        assert!(coverage.is_whole() && coverage.doubtful.is_empty(), "{coverage:?}");
        // A match stays a match.
        let found = set.check(&Record::new().email("info@example.de"));
        assert!(matches!(found, Verdict::Affected(_)));
    }
    let Verdict::NotAffected(coverage) = sound().check(&by_address) else { panic!("not in it") };
    assert!(coverage.is_whole(), "{coverage:?}");
}

#[test]
fn a_profile_changes_no_verdict_and_no_problem() {
    let index = builder(&key(), "leak", 20, 200).build().expect("it fits");
    let addresses = (0..300).map(|number| match number % 5 {
        0 => "no address".to_owned(),
        1 => "Info@Example.de ".to_owned(),
        2 => String::new(),
        _ => letters(number, 8) + "@example.de",
    });
    let (mut text, mut offsets) = (String::new(), vec![0]);
    for address in addresses {
        text += &address;
        offsets.push(i32::try_from(text.len()).expect("short"));
    }
    let mut columns = Columns::new(300);
    columns.push(Column::new(Field::Email, text.as_bytes(), &offsets));
    let (mut plain, mut profiled) = (index.batch(), index.batch().profiled());
    for _ in 0..2 {
        plain.clear();
        profiled.clear();
        plain.push_columns(&columns);
        profiled.push_columns(&columns);
        let results = [&plain, &profiled].map(|batch| {
            let verdicts = index.check_batch(batch).to_vec();
            serde_json::to_string(&verdicts).expect("to memory")
        });
        assert_eq!(results[0], results[1]);
        assert!(results[0].contains("\"affected\"") && results[0].contains("\"not_affected\""));
        assert_eq!(plain.profiles().count(), 0);
        let profile = profiled.profiles().next().expect("it was asked for").2;
        assert_eq!((profile.filled(), profile.invalid(), profile.suspect()), (240, 60, 0));
    }
}

#[test]
fn a_sound_file_does_not_hide_a_damaged_one_of_the_same_leak() {
    let key = key();
    for ends_files in [false, true] {
        let mut builder = builder(&key, "leak", 30, 70);
        if ends_files {
            builder.end_file();
        }
        builder = filled(builder, (1000..3000).map(person));
        if ends_files {
            builder.end_file();
        }
        assert_eq!(has(&builder.caveats(), repeated(30, 100)), ends_files);
        let index = builder.build().expect("it fits");
        assert_eq!(has(&index.leak_caveats(), repeated(30, 100)), ends_files);

        // Each file is a task of a distributed build.
        let account = |file: Vec<Record>| {
            let builder = filled(IndexBuilder::new(&key, breach("leak")), file);
            builder.into_task_account().expect("it uses no disk").1
        };
        let mut whole = account(people(0, 30, 70).collect());
        if ends_files {
            whole.end_file();
        }
        whole.add(&account((1000..3000).map(person).collect())).expect("of one build");
        assert_eq!(has(&whole.caveats(), repeated(30, 100)), ends_files);
    }
}
