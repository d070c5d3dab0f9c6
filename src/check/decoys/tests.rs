//! Which members have decoys, which dates these get, and how their matches count.

use super::*;
use crate::{Breach, IndexBuilder, Key, Record};

#[test]
fn shifts_differ_and_change_day_and_month_by_a_few_weeks() {
    for text in ["1970-01-01", "1970-01-31", "2000-02-29", "1999-12-15", "1980-06-30"] {
        let date = Date::read(text).expect("a day of the calendar");
        let (mut is_earlier, mut is_later) = (false, false);
        for hash in 0..50 {
            let mut shifts = shifts(date, 8, &mut Random(hash));
            for days in &shifts {
                is_earlier |= *days < 0;
                is_later |= *days > 0;
                let moved = date.moved(*days).expect("a day of the calendar");
                assert!((MIN_DAYS..=MAX_DAYS).contains(&days.abs()));
                assert!(moved.month != date.month && moved.day != date.day, "{text} {days}");
            }
            shifts.sort_unstable();
            shifts.dedup();
            assert_eq!(shifts.len(), 8);
        }
        assert!(is_earlier && is_later, "{text} moves in both directions");
    }
}

#[test]
fn the_numbers_are_those_of_splitmix64() {
    // The high 31 bits of the published sequence: e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f.
    let mut random = Random(0);
    let numbers: [u32; 3] = std::array::from_fn(|_| random.below(1 << 31));
    assert_eq!(numbers, [0x7110_541C, 0x373C_4F35, 0x0362_2E8C]);
}

#[test]
fn a_rate_gives_as_many_decoys_as_it_says() {
    for (rate, expected) in [(0, 0), (50_000, 5_000), (1_000_000, 100_000), (2_500_000, 250_000)] {
        let rate = DecoyRate::per_million(rate);
        let all: usize = (0..100_000).map(|hash| rate.decoys_of(&mut Random(hash))).sum();
        assert!(all.abs_diff(expected) <= expected / 20, "{all} of {expected}");
    }
    for (members, rate) in
        [(0, 8_000_000), (1_000, 8_000_000), (20_000_000, 100_000), (1_000_000_000, 50_000)]
    {
        assert_eq!(DecoyRate::for_members(members), DecoyRate::per_million(rate), "{members}");
    }
}

#[test]
fn decoys_match_as_often_as_full_checks_find_them() -> Result<(), Box<dyn std::error::Error>> {
    /// The first member is born in March, so that all decoys are born on days that the leak has.
    const FIRST: usize = 60;
    const ROWS: usize = 200;
    let key = Key::from_bytes(&[7; 32])?;
    let mut builder = IndexBuilder::new(&key, Breach::named("leak")?);
    let names = [("Muster", "Eva"), ("von Berg", "Hans Peter"), ("Öztürk", "Ayşe")];
    let person = |number: usize, date: &str| {
        let (last, first) = names[number % names.len()];
        Record::new().last_name(last).first_name(first).birth_date(date)
    };
    // The postcodes differ, so names and postcode find no member.
    let leaked = |number, date: &str| person(number, date).postal_code("50667");
    let member = |number, date: &str| person(number, date).postal_code("50668");
    let date_of = |number: usize| -> Result<String, Box<dyn std::error::Error>> {
        let first = Date::read("1970-01-01").expect("a day of the calendar");
        let date = first.moved(i32::try_from(number)?).expect("a day of the calendar");
        Ok(String::from_utf8(date.written().to_vec())?)
    };
    for number in 0..600 {
        let _ = builder.add(&leaked(number, &date_of(number)?))?;
    }
    let set = IndexSet::new([builder.build()?])?;
    let mut batch = set.batch();
    // The leaked person with this date has another name.
    for number in FIRST..FIRST + ROWS {
        batch.push(&member(number, &date_of(number - 1)?));
    }
    batch.push(&member(0, "1.12.1971").birth_date("24.12.1985"));
    // An affected member and one without a match key have no decoys.
    batch.push(&leaked(FIRST, &date_of(FIRST)?));
    batch.push(&Record::new().kvnr("B123456782"));
    let verdicts = set.check_batch(&batch);
    let rate = DecoyRate::per_million(8_000_000);
    let decoys = set.check_decoys(&batch, &verdicts, rate);

    let identifiers = set.identifiers_with_date(&batch, &verdicts);
    let unaffected = verdicts.matched()[..=ROWS].iter().filter(|matched| matched.is_empty());
    assert_eq!(identifiers.len(), unaffected.count());
    let kinds = measured_kinds().intersection(set.kinds());
    let of_two_dates = (0_u32..).zip(batch.identifiers()).filter(|(_, identifier)| {
        identifier.row as usize == ROWS && kinds.contains(identifier.kind)
    });
    let first = of_two_dates.min_by_key(|(number, identifier)| (identifier.kind, *number));
    let chosen = identifiers.iter().find(|(_, identifier)| identifier.row as usize == ROWS);
    let number_of = |(number, _): &(u32, Identifier)| *number;
    assert_eq!(chosen.map(number_of), first.map(|(number, _)| number));
    let dates = set.dates_of_decoys(&identifiers, &batch, rate);
    assert!(dates.iter().any(|(row, _)| *row == ROWS), "the member with two dates has decoys");
    let (members, checked) = (identifiers.len() as u64, dates.len() as u64);
    assert!(checked > 1100, "a check takes 1024 dates together, and then the others");
    let mut expected = Decoys { members, checked, ..Decoys::default() };
    for (row, date) in dates {
        let date = date.written();
        let number = if row == ROWS { 0 } else { FIRST + row };
        let verdict = set.check(&member(number, str::from_utf8(&date)?));
        let Some(finding) = verdict.finding() else { continue };
        if finding.matched().iter().any(Kind::has_date) {
            add(&mut expected.matched_by_strength, finding.strength().slug());
            finding
                .matched()
                .iter()
                .for_each(|kind| add(&mut expected.matched_by_kind, kind.slug()));
        }
    }
    assert_eq!(decoys, expected);
    assert!(expected.matched_by_strength.values().sum::<u64>() > 20, "{expected:?}");

    assert_eq!((decoys.members(), decoys.checked()), (members, checked));
    let estimate = |hits| Some(Estimate::new(hits, checked, members));
    for strength in [Strength::Candidate, Strength::Probable] {
        let hits = expected.matched_by_strength.get(strength.slug()).copied().unwrap_or(0);
        assert_eq!(decoys.estimate(strength), estimate(hits), "{strength}");
    }
    assert_eq!(decoys.estimate(Strength::Strong), None);
    for (slug, &hits) in &expected.matched_by_kind {
        assert_eq!(decoys.estimate_of_kind(slug.parse()?), estimate(hits), "{slug}");
    }
    assert_eq!(decoys.estimate_of_kind(Kind::Email), None);
    Ok(())
}

#[test]
fn only_candidates_and_probable_matches_without_a_date_are_not_measurable()
-> Result<(), Box<dyn std::error::Error>> {
    let key = Key::from_bytes(&[7; 32])?;
    let mut builder = IndexBuilder::new(&key, Breach::named("leak")?);
    let person = Record::new().last_name("Muster").first_name("Eva").postal_code("50667");
    let address = Record::new().email("max@example.de");
    for record in [&person, &address] {
        let _ = builder.add(record)?;
    }
    let set = IndexSet::new([builder.build()?])?;
    let mut batch = set.batch();
    [&person, &person, &address].into_iter().for_each(|member| batch.push(member));
    let verdicts = set.check_batch(&batch);
    let decoys = set.check_decoys(&batch, &verdicts, DecoyRate::per_million(1_000_000));
    let by_strength = [Strength::Candidate, Strength::Probable, Strength::Strong];
    assert_eq!(by_strength.map(|strength| decoys.not_measurable(strength)), [2, 0, 0]);
    // Without a date of birth, there is no decoy.
    assert_eq!((decoys.checked(), decoys.estimate(Strength::Candidate)), (0, None));
    Ok(())
}

#[test]
fn the_counts_of_parts_add_up() {
    let of = |count| {
        let counts = |count| Counts::from([(Cow::Borrowed("any"), count)]);
        Decoys {
            members: count,
            checked: 10 * count,
            matched_by_strength: counts(2 * count),
            matched_by_kind: counts(3 * count),
            not_measurable: counts(4 * count),
        }
    };
    let mut sum = Decoys::default();
    [of(2), of(3)].into_iter().for_each(|part| sum += part);
    assert_eq!(sum, of(5));
}
