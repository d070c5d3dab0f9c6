//! Match keys, through the public interface. Two records match in a kind if a check of one finds
//! the other by this kind, even if their other fields show that they are two persons.

use std::collections::BTreeSet;

use leakdex::{
    Field, Index, IndexSet, Kind, Normaliser, Outcome, Record, internal::koelner_phonetik,
};
use proptest::prelude::*;

use crate::{
    in_campaign,
    support::{index_of, key},
};

const MATCH_KEYS: [Kind; 6] = [
    Kind::BirthPostcode,
    Kind::StartsBirth,
    Kind::EndsBirth,
    Kind::SoundPostcode,
    Kind::NameBirthday,
    Kind::FirstBirthRegion,
];

/// Last name, first name, date of birth, postcode. An empty value is missing.
type Person = [String; 4];

const FIELDS: [Field; 4] = [Field::LastName, Field::FirstName, Field::BirthDate, Field::PostalCode];

fn record(person: &Person) -> Record {
    let mut record = Record::new();
    for (field, value) in FIELDS.into_iter().zip(person) {
        record.push(field, value);
    }
    record
}

fn of(last: &str, first: &str, birth_date: &str, postal_code: &str) -> Person {
    [last, first, birth_date, postal_code].map(str::to_owned)
}

/// The kinds in which a member matches a leaked record.
fn matched_kinds(leaked: &Person, member: &Person) -> BTreeSet<Kind> {
    matched_kinds_in(index_of(&key(), &[record(leaked)]), member)
}

fn matched_kinds_in(index: Index, member: &Person) -> BTreeSet<Kind> {
    let set = IndexSet::new([index]).expect("one key");
    let evidence = set.explain(&record(member));
    evidence.iter().flat_map(|record| record.kinds.iter()).collect()
}

#[track_caller]
fn assert_matches(one: &Person, other: &Person, expected: &[Kind]) {
    let expected: BTreeSet<Kind> = expected.iter().copied().collect();
    assert_eq!(matched_kinds(one, other), expected, "{one:?} {other:?}");
    assert_eq!(matched_kinds(other, one), expected, "{other:?} {one:?}");
}

/// All match keys but these.
fn all_but(without: &[Kind]) -> Vec<Kind> {
    MATCH_KEYS.into_iter().filter(|kind| !without.contains(kind)).collect()
}

#[test]
fn the_same_person_in_other_spellings_matches_in_every_key() {
    let one = of("Müller-Lüdenscheidt", "Jörg Peter", "1.2.1970", "1067");
    let other = of("MUELLER LUEDENSCHEIDT", "Joerg", "1970-02-01", "01067");
    assert_matches(&one, &other, &MATCH_KEYS);
    let joined = of("Müllerlüdenscheidt", "Jörgpeter", "1.2.1970", "01067");
    assert_matches(&one, &joined, &MATCH_KEYS);
}

#[test]
fn a_part_of_a_surname_matches_the_whole() {
    let whole = of("Müller-Lüdenscheidt", "Anna", "1.2.1970", "");
    let keys = [Kind::StartsBirth, Kind::EndsBirth, Kind::NameBirthday];
    for part in ["Müller", "Lüdenscheidt", "Lüdenscheidt-Krause", "Lüdenscheidt Müller"] {
        assert_matches(&whole, &of(part, "Anna", "1.2.1970", ""), &keys);
    }
    let swapped = of("Anna", "Müller", "1.2.1970", "");
    assert_matches(&whole, &swapped, &keys);
    let other = of("Müllerin", "Anna", "1.2.1970", "");
    assert_matches(&whole, &other, &[Kind::StartsBirth]);
    let other = of("Krause", "Anna", "1.2.1970", "");
    assert_matches(&whole, &other, &[]);
}

#[test]
fn a_name_that_sounds_the_same_matches() {
    let one = of("Meyer", "Stefan", "1.2.1970", "10115");
    let other = of("Maier", "Stephan", "3.4.1971", "10115");
    assert_matches(&one, &other, &[Kind::SoundPostcode]);
    let swapped = of("Stephan", "Maier", "", "10115");
    assert_matches(&one, &swapped, &[Kind::SoundPostcode]);
    let moved = of("Maier", "Stephan", "3.4.1971", "10117");
    assert_matches(&one, &moved, &[]);
    // Some files have only the first given name, some have all, some have a hyphen.
    let both = of("Meyer", "Stefan Uwe", "", "10115");
    assert_matches(&one, &both, &[Kind::SoundPostcode]);
    let joined = of("Meyer", "Stefanuwe", "", "10115");
    assert_matches(&joined, &both, &[Kind::SoundPostcode]);
    assert_matches(&one, &joined, &[]);
}

#[test]
fn names_without_a_sound_match_by_their_letters() {
    for person in [
        of("王小明", "Anna", "1.2.1970", "10115"),
        of("Meyer", "Юрий", "1.2.1970", "10115"),
        of("H", "Anna", "1.2.1970", "10115"),
    ] {
        assert_matches(&person, &person, &MATCH_KEYS);
    }
    let one = of("Шевцов", "Юрий", "", "10115");
    assert_matches(&one, &of("Шевцов", "Юрий", "", "10115"), &[Kind::SoundPostcode]);
    assert_matches(&one, &of("Шевцова", "Юрий", "", "10115"), &[]);
}

#[test]
fn joined_parts_sound_as_one_name() {
    // `t` before `s` would sound different with the hyphen between them.
    let one = of("Hart-Schmidt", "Anna", "", "10115");
    let other = of("Hartschmidt", "Anna", "", "10115");
    assert_matches(&one, &other, &[Kind::SoundPostcode]);
}

#[test]
fn typing_errors_leave_some_keys() {
    let right = of("Krämer", "Özlem", "1.2.1970", "10115");
    let at_the_end = of("Kraemre", "Özlme", "1.2.1970", "10115");
    assert_matches(&right, &at_the_end, &all_but(&[Kind::EndsBirth, Kind::NameBirthday]));
    let at_the_start = of("Rkaemer", "Ozelem", "1.2.1970", "10115");
    assert_matches(&right, &at_the_start, &[Kind::BirthPostcode, Kind::EndsBirth]);
    let place = of("Krämer", "Özlem", "1.2.1970", "10151");
    assert_matches(&right, &place, &all_but(&[Kind::BirthPostcode, Kind::SoundPostcode]));
    let region = of("Krämer", "Özlem", "1.2.1970", "11015");
    let keys = [Kind::StartsBirth, Kind::EndsBirth, Kind::NameBirthday];
    assert_matches(&right, &region, &keys);
    let year = of("Krämer", "Özlem", "1.2.1971", "10115");
    assert_matches(&right, &year, &[Kind::NameBirthday, Kind::SoundPostcode]);
    let day = of("Krämer", "Özlem", "2.2.1970", "10115");
    assert_matches(&right, &day, &[Kind::SoundPostcode]);
}

/// Letters of other scripts take several bytes.
#[test]
fn the_first_and_last_letters_are_letters_and_not_bytes() {
    let one = of("Юрьев", "Яна", "1.2.1970", "");
    assert_matches(&one, &of("Юрьин", "Янина", "1.2.1970", ""), &[]);
    assert_matches(&one, &of("Юрьин", "Яна", "1.2.1970", ""), &[Kind::StartsBirth]);
    assert_matches(&one, &of("Арьев", "Яна", "1.2.1970", ""), &[Kind::EndsBirth]);
    // All of these begin with the same byte.
    assert_matches(&one, &of("Шевцов", "Роман", "1.2.1970", ""), &[]);
    // Short names count in full.
    let short = of("Ng", "Li", "1.2.1970", "");
    assert_matches(&short, &short, &[Kind::StartsBirth, Kind::EndsBirth, Kind::NameBirthday]);
    assert_matches(&short, &of("Nguyen", "Li", "1.2.1970", ""), &[]);
}

#[test]
fn a_postcode_of_another_country_makes_keys_too() {
    let one = of("Berg", "Anna", "1.2.1970", "SW1A 1AA");
    assert_matches(&one, &one, &MATCH_KEYS);
    let near = of("Berg", "Anna", "1.2.1970", "SW1A 2AA");
    assert_matches(&one, &near, &all_but(&[Kind::BirthPostcode, Kind::SoundPostcode]));
}

/// The check also looks up the exchanged date, so an index needs no keys for it.
#[test]
fn a_member_finds_a_record_whose_day_and_month_are_exchanged() {
    let expected = BTreeSet::from([Kind::BirthPostcode, Kind::StartsBirth, Kind::SoundPostcode]);
    let one = of("Berg", "Anna", "1.2.1970", "10115");
    let swapped = of("Berg", "Anna", "2.1.1970", "10115");
    assert_eq!(matched_kinds(&one, &swapped), expected);
    assert_eq!(matched_kinds(&swapped, &one), expected);
    // There is no 13th month, and 5 May exchanged is 5 May.
    for (one, other) in [("13.2.1970", "2.1.1970"), ("5.5.1970", "2.1.1970")] {
        let one = of("Berg", "Anna", one, "");
        assert_matches(&one, &of("Berg", "Anna", other, ""), &[]);
        assert_matches(&one, &one, &[Kind::StartsBirth, Kind::EndsBirth, Kind::NameBirthday]);
    }
    let index = index_of(&key(), &[record(&one)]);
    let kinds = &index.metadata().kinds;
    assert!(kinds.iter().all(|count| count.identifiers == 1), "{kinds:?}");
}

#[test]
fn twins_match_by_date_and_postcode() {
    let one = of("Berg", "Anna", "1.2.1970", "10115");
    let other = of("Berg", "Lina", "1.2.1970", "10115");
    assert_matches(&one, &other, &[Kind::BirthPostcode]);
}

#[test]
fn a_partial_date_makes_no_key_with_it() {
    for birth_date in ["1958-12", "1933", "00.00.1933", "00.12.1958"] {
        let person = of("Berg", "Anna", birth_date, "10115");
        assert_matches(&person, &person, &[Kind::SoundPostcode]);
    }
}

#[test]
fn each_key_is_made_exactly_if_its_parts_are_there() {
    let whole = of("Berg", "Anna", "1.2.1970", "10115");
    for given in 0..16 {
        let has = |field: usize| given >> field & 1 == 1;
        let (last, first, birth_date, postal_code) = (has(0), has(1), has(2), has(3));
        let mut person = whole.clone();
        for (field, value) in person.iter_mut().enumerate() {
            if !has(field) {
                value.clear();
            }
        }
        let expected = MATCH_KEYS.into_iter().filter(|kind| match kind {
            Kind::BirthPostcode => (last || first) && birth_date && postal_code,
            Kind::SoundPostcode => last && first && postal_code,
            Kind::FirstBirthRegion => first && birth_date && postal_code,
            _ => last && first && birth_date,
        });
        let expected: Vec<Kind> = expected.collect();
        assert_matches(&person, &person, &expected);
        assert_matches(&person, &whole, &expected);
    }
}

#[test]
fn a_surname_of_very_many_parts_makes_few_keys() {
    let person = of("aa bb cc dd ee ff", "Anna", "1.2.1970", "");
    let index = index_of(&key(), &[record(&person)]);
    let count = |kind: Kind| {
        let kinds = &index.metadata().kinds;
        kinds.iter().find(|count| count.kind == kind.slug()).map_or(0, |count| count.identifiers)
    };
    // All parts joined, and each of the first three.
    assert_eq!(count(Kind::NameBirthday), 4);
    assert_eq!(count(Kind::StartsBirth), 4);
    assert_eq!(count(Kind::EndsBirth), 4);
}

fn normal(field: Field, raw: &str) -> Option<String> {
    let mut normal_form = String::new();
    let outcome = Normaliser::new().normalise(field, raw, &mut normal_form);
    matches!(outcome, Outcome::Ok | Outcome::Suspect(_)).then_some(normal_form)
}

/// Persons with few letters, so different persons have the same letters, divided differently.
fn person() -> impl Strategy<Value = Person> {
    let name = || "([ab]{1,2}[ -]){0,2}[abh]{1,4}|";
    (name(), name(), "(1970-01-1[01]|1970-1[01]-01|1971-01-10)?", "(101[01][01])?")
        .prop_map(|(last, first, birth_date, postal_code)| [last, first, birth_date, postal_code])
}

/// The keys of a kind, as lists of parts, by the documented rules.
fn keys_of(kind: Kind, person: &Person, is_member: bool) -> BTreeSet<Vec<String>> {
    let [last, first, birth_date, postal_code] = [0, 1, 2, 3].map(|field| {
        let value = normal(FIELDS[field], &person[field]);
        value.filter(|value| field != 2 || !value.ends_with("-00"))
    });
    let spellings = |names: Option<String>| -> Vec<String> {
        names.iter().flat_map(|names| names.split("; ")).map(str::to_owned).collect()
    };
    let joined = |name: &String| name.replace(' ', "");
    let lasts: Vec<String> = spellings(last.clone()).iter().map(joined).collect();
    let parts_of_last: Vec<String> = spellings(last)
        .iter()
        .flat_map(|name| name.split(' ').take(3).map(str::to_owned).collect::<Vec<_>>())
        .chain(lasts.clone())
        .collect();
    let firsts: Vec<String> = spellings(first.clone())
        .iter()
        .map(|names| names.split(' ').next().unwrap_or_default().to_owned())
        .collect();
    let all_firsts: Vec<String> =
        spellings(first).iter().map(joined).chain(firsts.clone()).collect();

    let start = |name: &str| name.chars().take(3).collect::<String>();
    let end = |name: &str| {
        let skipped = name.chars().count().saturating_sub(3);
        name.chars().skip(skipped).collect::<String>()
    };
    let sound = |name: &str| {
        let mut code = String::new();
        koelner_phonetik(name, &mut code);
        if code.is_empty() { name.to_owned() } else { code }
    };
    let swapped = birth_date.as_ref().filter(|_| is_member).and_then(|date| {
        let (year, month, day) = (&date[..4], &date[5..7], &date[8..]);
        (day <= "12").then(|| format!("{year}-{day}-{month}"))
    });
    let looked_up: Vec<String> = birth_date.clone().into_iter().chain(swapped).collect();
    let date: Vec<String> = birth_date.clone().into_iter().collect();
    let birthday: Vec<String> = birth_date.iter().map(|date| date[5..].to_owned()).collect();
    let place: Vec<String> = postal_code.clone().into_iter().collect();
    let region: Vec<String> = postal_code.iter().map(|code| start(code)).collect();

    let pairs = |lasts: &[String], firsts: &[String], form_of: &dyn Fn(&str) -> String| {
        let pair = |last: &String, first: &String| {
            let mut names = vec![form_of(last), form_of(first)];
            names.sort_unstable();
            names
        };
        let all = lasts.iter().flat_map(|last| firsts.iter().map(move |first| pair(last, first)));
        all.collect::<Vec<Vec<String>>>()
    };
    let with = |names: Vec<Vec<String>>, rest: &[&Vec<String>]| -> BTreeSet<Vec<String>> {
        rest.iter()
            .fold(names, |keys, values| {
                let longer = |key: Vec<String>| {
                    values.iter().map(move |value| [key.clone(), vec![value.clone()]].concat())
                };
                keys.into_iter().flat_map(longer).collect()
            })
            .into_iter()
            .collect()
    };
    match kind {
        // The key contains no name, but only a person with a name has it.
        Kind::BirthPostcode if lasts.is_empty() && firsts.is_empty() => BTreeSet::new(),
        Kind::BirthPostcode => with(vec![vec![]], &[&looked_up, &place]),
        Kind::StartsBirth => with(pairs(&parts_of_last, &all_firsts, &start), &[&looked_up]),
        Kind::EndsBirth => with(pairs(&parts_of_last, &all_firsts, &end), &[&date]),
        Kind::SoundPostcode => with(pairs(&lasts, &all_firsts, &sound), &[&place]),
        Kind::NameBirthday => {
            with(pairs(&parts_of_last, &all_firsts, &str::to_owned), &[&birthday])
        }
        _ => with(firsts.iter().map(|name| vec![start(name)]).collect(), &[&date, &region]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(in_campaign(1000, 250)))]

    /// No two persons match only because letters moved from one part to the next. All persons who
    /// should match do.
    #[test]
    fn two_persons_match_exactly_if_they_have_the_same_parts(leaked in person(), member in person()) {
        let expected: BTreeSet<Kind> = MATCH_KEYS
            .into_iter()
            .filter(|&kind| {
                !keys_of(kind, &leaked, false).is_disjoint(&keys_of(kind, &member, true))
            })
            .collect();
        prop_assert_eq!(matched_kinds(&leaked, &member), expected);
    }

    #[test]
    fn swapped_names_match(
        last in "\\p{L}{1,8}", first in "\\p{L}{1,8}", birth_date in "19[0-9]{2}-0[1-9]-1[0-9]"
    ) {
        // A single letter can expand to several words. Only the first of them is the first name.
        let is_one_word = |name| {
            normal(Field::LastName, name).is_none_or(|name| !name.contains(' '))
        };
        prop_assume!(is_one_word(&last) && is_one_word(&first));
        let person = of(&last, &first, &birth_date, "10115");
        let swapped = of(&first, &last, &birth_date, "10115");
        let with_itself = matched_kinds(&person, &person);
        let with_swapped = matched_kinds(&person, &swapped);
        for kind in [
            Kind::StartsBirth,
            Kind::EndsBirth,
            Kind::SoundPostcode,
            Kind::NameBirthday,
        ] {
            prop_assert_eq!(with_swapped.contains(&kind), with_itself.contains(&kind), "{}", kind);
        }
    }

    #[test]
    fn any_text_is_accepted(
        one in any::<Person>(), other in any::<Person>(), text in any::<String>()
    ) {
        let with_itself = matched_kinds(&one, &one);
        prop_assert!(matched_kinds(&one, &other).is_subset(&with_itself));
        let mut code = String::new();
        koelner_phonetik(&text, &mut code);
        prop_assert!(code.bytes().all(|digit| (b'0'..=b'8').contains(&digit)));
        prop_assert!(!code.chars().skip(1).any(|digit| digit == '0'));
    }
}
