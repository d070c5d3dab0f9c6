//! Member lists that are checked, as a whole and in parts.

use leakdex::{Breach, IndexBuilder, IndexSet, Key, Record, Sign, State};
use leakdex_input::{Input, InputError, Layout, UnusedCounts};
use leakdex_screening::{
    ColumnCaveat, ListProfile, Reading, Screener, is_wholly_clear, pipeline, probes_dates,
};

use super::input;

/// An index with one person.
fn indexes() -> IndexSet {
    let key = Key::generate().expect("there is randomness");
    let breach = Breach::named("example").expect("it is a name");
    let mut builder = IndexBuilder::new(&key, breach);
    let leaked = Record::new().email("p0@example.de").kvnr("A123456780");
    let added = builder.add(&leaked).expect("it is added");
    assert!(added.problems().is_empty());
    let index = builder.build().expect("it is built");
    IndexSet::new(vec![index]).expect("it is a set")
}

/// The profile of a list, with how many members are affected and how many are wholly clear.
fn check(members: &mut Input, indexes: &IndexSet) -> (ListProfile, u64, u64) {
    let layout = members.layout();
    let (mut list, mut affected, mut clear) = (ListProfile::default(), 0, 0);
    let work = |screener: &mut Screener<'_>, block: &_| {
        let (mut profile, mut unused) = (ListProfile::default(), UnusedCounts::default());
        let mut counts = (0, 0);
        layout.rows_and_unused(block, &mut unused, |rows| {
            let verdicts = screener.check(rows, probes_dates(block.number()), &mut profile);
            assert_eq!(screener.batch().len(), rows.len());
            for member in 0..verdicts.len() {
                counts.0 += u64::from(verdicts.state(member) == State::Affected);
                counts.1 += u64::from(is_wholly_clear(&verdicts, member));
            }
        });
        profile.add_unused(unused);
        (profile, counts)
    };
    let take = |(profile, counts): (ListProfile, (u64, u64))| {
        list += profile;
        affected += counts.0;
        clear += counts.1;
        Ok::<_, InputError>(true)
    };
    pipeline::run(|| members.next_block(), || Screener::new(indexes), work, take)
        .expect("it can be read");
    (list, affected, clear)
}

/// The rows of a list with signs of damage: invalid insured numbers, dates of an unknown order, and a
/// column of addresses that has no known name.
fn rows(numbers: std::ops::Range<u32>) -> String {
    let row = |number: u32| {
        let date = format!("{:02}/{:02}/1980", number % 9 + 1, number % 7 + 1);
        format!("M-{number};p{number}@example.de;X{number};{date};q{number}@example.de\n")
    };
    "Mitglied;E-Mail;KVNR;Geburtsdatum;Feld\n".to_owned() + &numbers.map(row).collect::<String>()
}

fn comparable(caveats: Vec<ColumnCaveat>) -> Vec<String> {
    let text = |entry: ColumnCaveat| format!("{:?} {:?}", entry.column, entry.caveat);
    let mut caveats: Vec<String> = caveats.into_iter().map(text).collect();
    caveats.sort();
    caveats
}

#[test]
fn the_parts_of_a_list_add_up_to_the_caveats_of_the_whole() {
    let indexes = indexes();
    let (_folder, mut whole) = input(&rows(0..600));
    let (list, affected, clear) = check(&mut whole, &indexes);
    let (caveats, doubted) = list.judge(&whole, &indexes, Vec::new());
    assert_eq!(affected, 1);
    for sign in [Sign::InvalidValues, Sign::UnprovenDateOrder] {
        assert!(caveats.iter().any(|entry| entry.caveat.sign == sign), "{sign:?}: {caveats:?}");
    }

    // As with tasks on several machines, which send their results as JSON.
    let mut sum: Option<(Reading, ListProfile)> = None;
    let (mut layout, mut affected_in_parts, mut clear_in_parts) = (None, 0, 0);
    for numbers in [0..200, 200..201, 201..600] {
        let (_folder, mut part) = input(&rows(numbers));
        let (profile, affected, clear) = check(&mut part, &indexes);
        affected_in_parts += affected;
        clear_in_parts += clear;
        let json = serde_json::to_string(&(Reading::new(&part), profile)).expect("it is JSON");
        let more: (Reading, ListProfile) = serde_json::from_str(&json).expect("it is the same");
        sum = Some(match sum.take() {
            None => more,
            Some((mut reading, mut profile)) => {
                reading += more.0;
                profile += more.1;
                (reading, profile)
            }
        });
        layout = Some(part.layout());
    }
    let (reading, profile) = sum.expect("there are parts");
    let layout: &Layout = &layout.expect("there are parts");
    let (of_parts, doubted_in_parts) = profile.judge_parts(&reading, layout, &indexes, Vec::new());
    assert_eq!(comparable(of_parts), comparable(caveats));
    assert_eq!((affected_in_parts, clear_in_parts), (affected, clear));
    assert_eq!(doubted_in_parts, doubted);
}

#[test]
fn a_profile_that_lacks_a_count_is_refused() {
    let mut profile = serde_json::to_value(ListProfile::default()).expect("it is JSON");
    let removed = profile.as_object_mut().and_then(|profile| profile.remove("run_together"));
    assert!(removed.is_some() && serde_json::from_value::<ListProfile>(profile).is_err());
}

#[test]
fn all_clears_that_rely_on_a_damaged_column_are_doubted() {
    let indexes = indexes();
    let rows = "M;the.same@example.de\n".repeat(300);
    let (_folder, mut members) = input(&format!("Mitglied;E-Mail\n{rows}"));
    let (list, affected, clear) = check(&mut members, &indexes);
    let (caveats, doubted) = list.judge(&members, &indexes, Vec::new());
    assert_eq!((affected, clear), (0, 300));
    assert!(caveats.iter().any(|entry| entry.caveat.sign == Sign::RepeatedValue), "{caveats:?}");
    assert_eq!(doubted, 300);
}

#[test]
fn the_first_blocks_and_a_sample_of_the_others_are_probed() {
    let probed: Vec<u64> = (0..600).filter(|block| probes_dates(*block)).collect();
    assert_eq!(probed, [0, 1, 2, 3, 256, 512]);
}
