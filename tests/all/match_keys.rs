//! Match keys, through the public interface: two records meet in a kind if an index of the one,
//! limited to that kind, finds the other.

use std::collections::BTreeSet;

use leakdex::{
    Field, Index, Kind, KindSet, Normaliser, Outcome, Record, internal::koelner_phonetik,
};
use proptest::prelude::*;

use crate::{
    in_campaign,
    support::{index_of, key},
};

const MATCH_KEYS: [Kind; 7] = [
    Kind::NameBirth,
    Kind::FirstBirthPostcode,
    Kind::LastBirthPostcode,
    Kind::NamePostcode,
    Kind::SurnamePartBirth,
    Kind::SoundBirth,
    Kind::InitialsBirthPostcode,
];

/// Last name, first name, date of birth, postcode; an empty one is not given.
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

/// The kinds in which the two meet.
fn meet(one: &Person, other: &Person) -> BTreeSet<Kind> {
    matched(&index_of(&key(), &[record(one)]), other).iter().collect()
}

fn matched(index: &Index, person: &Person) -> KindSet {
    let verdict = index.check(&record(person));
    verdict.finding().map_or(KindSet::EMPTY, leakdex::Finding::matched)
}

#[track_caller]
fn assert_meet(one: &Person, other: &Person, expected: &[Kind]) {
    let expected: BTreeSet<Kind> = expected.iter().copied().collect();
    assert_eq!(meet(one, other), expected, "{one:?} {other:?}");
    assert_eq!(meet(other, one), expected, "{other:?} {one:?}");
}

#[test]
fn the_same_person_in_other_spellings_meets_in_every_key() {
    let one = of("Müller-Lüdenscheidt", "Jörg Peter", "1.2.1970", "1067");
    let other = of("MUELLER LUEDENSCHEIDT", "Joerg", "1970-02-01", "01067");
    assert_meet(&one, &other, &MATCH_KEYS);
}

#[test]
fn a_part_of_a_surname_meets_the_whole() {
    let whole = of("Müller-Lüdenscheidt", "Anna", "1.2.1970", "");
    for part in ["Müller", "Lüdenscheidt", "Lüdenscheidt-Krause"] {
        let part = of(part, "Anna", "1.2.1970", "");
        assert_meet(&whole, &part, &[Kind::SurnamePartBirth]);
    }
    // The order of the parts does not matter either, nor that of the names.
    let turned = of("Lüdenscheidt Müller", "Anna", "1.2.1970", "");
    assert_meet(&whole, &turned, &[Kind::SurnamePartBirth]);
    let swapped = of("Anna", "Müller", "1.2.1970", "");
    assert_meet(&whole, &swapped, &[Kind::SurnamePartBirth]);
    let other = of("Müllerin", "Anna", "1.2.1970", "");
    assert_meet(&whole, &other, &[]);
}

#[test]
fn a_name_that_sounds_the_same_meets() {
    let one = of("Meyer", "Stefan", "1.2.1970", "");
    let other = of("Maier", "Stephan", "1.2.1970", "");
    assert_meet(&one, &other, &[Kind::SoundBirth]);
    let swapped = of("Stephan", "Maier", "1.2.1970", "");
    assert_meet(&one, &swapped, &[Kind::SoundBirth]);
    let born_later = of("Maier", "Stephan", "2.2.1970", "");
    assert_meet(&one, &born_later, &[]);
}

#[test]
fn names_without_a_sound_make_no_sound_key() {
    let mut others: Vec<Kind> = MATCH_KEYS.to_vec();
    others.retain(|&kind| kind != Kind::SoundBirth);
    for person in [
        of("王小明", "Anna", "1.2.1970", "10115"),
        of("Meyer", "Юрий", "1.2.1970", "10115"),
        of("H", "Anna", "1.2.1970", "10115"),
    ] {
        assert_meet(&person, &person, &others);
    }
}

#[test]
fn joined_parts_sound_as_one_name() {
    // `t` before `s` would sound otherwise if the hyphen stood between them.
    let one = of("Hart-Schmidt", "Anna", "1.2.1970", "");
    let other = of("Hartschmidt", "Anna", "1.2.1970", "");
    assert_meet(&one, &other, &[Kind::NameBirth, Kind::SoundBirth]);
}

#[test]
fn initials_meet_across_typing_errors() {
    let one = of("Krämer", "Özlem", "1.2.1970", "10115");
    let other = of("Kreamer", "Oezelm", "1.2.1970", "10115");
    assert_meet(&one, &other, &[Kind::SoundBirth, Kind::InitialsBirthPostcode]);
    let swapped = of("Oslem", "Kraus", "1.2.1970", "10115");
    assert_meet(&one, &swapped, &[Kind::InitialsBirthPostcode]);
    let moved = of("Kraus", "Oslem", "1.2.1970", "10117");
    assert_meet(&one, &moved, &[]);
}

#[test]
fn other_initials_do_not_meet() {
    let one = of("Krämer", "Özlem", "1.2.1970", "10115");
    for (last, first) in [("Bauer", "Ida"), ("Kraus", "Ida"), ("Bauer", "Oslem")] {
        assert_meet(&one, &of(last, first, "1.2.1970", "10115"), &[]);
    }
    // All of these begin with the same byte.
    let one = of("Юрьев", "Яна", "1.2.1970", "10115");
    let other = of("Шевцов", "Роман", "1.2.1970", "10115");
    assert_meet(&one, &other, &[]);
    let other = of("Юдин", "Яков", "1.2.1970", "10115");
    assert_meet(&one, &other, &[Kind::InitialsBirthPostcode]);
}

#[test]
fn twins_meet_in_the_keys_that_are_candidates_only() {
    let one = of("Berg", "Anna", "1.2.1970", "10115");
    let other = of("Berg", "Alina", "1.2.1970", "10115");
    assert_meet(&one, &other, &[Kind::LastBirthPostcode, Kind::InitialsBirthPostcode]);
}

#[test]
fn a_partial_date_makes_no_key_with_it() {
    for birth_date in ["1958-12", "1933", "00.00.1933", "00.12.1958"] {
        let person = of("Berg", "Anna", birth_date, "10115");
        assert_meet(&person, &person, &[Kind::NamePostcode]);
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
            Kind::NameBirth | Kind::SurnamePartBirth | Kind::SoundBirth => {
                last && first && birth_date
            }
            Kind::FirstBirthPostcode => first && birth_date && postal_code,
            Kind::LastBirthPostcode => last && birth_date && postal_code,
            Kind::NamePostcode => last && first && postal_code,
            _ => last && first && birth_date && postal_code,
        });
        let expected: Vec<Kind> = expected.collect();
        assert_meet(&person, &person, &expected);
        assert_meet(&person, &whole, &expected);
    }
}

#[test]
fn a_surname_of_very_many_parts_makes_few_keys() {
    let person = of(&"a-b ".repeat(1000), "Anna", "1.2.1970", "");
    let index = index_of(&key(), &[record(&person)]);
    let count = |kind: Kind| {
        let kinds = &index.metadata().kinds;
        kinds.iter().find(|count| count.kind == kind.slug()).map_or(0, |count| count.identifiers)
    };
    assert_eq!(count(Kind::SurnamePartBirth), 2);
    assert_eq!(count(Kind::NameBirth), 1);
}

fn normal(field: Field, raw: &str) -> Option<String> {
    let mut normal_form = String::new();
    let outcome = Normaliser::new().normalise(field, raw, &mut normal_form);
    matches!(outcome, Outcome::Ok | Outcome::Suspect(_)).then_some(normal_form)
}

/// Persons of few letters, so that different ones have the same letters in another division.
fn person() -> impl Strategy<Value = Person> {
    let name = || "([ab]{1,2}[ -]){0,2}[abh]{1,2}|";
    (name(), name(), "(1970-01-1[01])?", "(1010[01])?")
        .prop_map(|(last, first, birth_date, postal_code)| [last, first, birth_date, postal_code])
}

/// What a kind is made of, as lists of parts, by the rules as they are written down.
fn parts_of(kind: Kind, person: &Person) -> BTreeSet<Vec<String>> {
    let [last, first, birth_date, postal_code] = [0, 1, 2, 3].map(|field| {
        let value = normal(FIELDS[field], &person[field]);
        value.filter(|value| field != 2 || !value.ends_with("-00"))
    });
    let first = first.map(|names| names.split(' ').next().unwrap_or_default().to_owned());
    let joined = last.as_ref().map(|name| name.replace(' ', ""));
    let initial = |name: &Option<String>| name.as_ref().map(|name| name[..1].to_owned());
    let sound = |name: &Option<String>| {
        let mut code = String::new();
        koelner_phonetik(name.as_ref()?, &mut code);
        (!code.is_empty()).then_some(code)
    };
    let key = |names: [Option<String>; 2], rest: &[&Option<String>]| -> Option<Vec<String>> {
        let mut names = names.into_iter().collect::<Option<Vec<String>>>()?;
        names.sort_unstable();
        for part in rest {
            names.push((*part).clone()?);
        }
        Some(names)
    };
    let place = [&birth_date, &postal_code];
    match kind {
        Kind::NameBirth => key([joined, first], &[&birth_date]).into_iter().collect(),
        Kind::FirstBirthPostcode => key([first.clone(), first], &place).into_iter().collect(),
        Kind::LastBirthPostcode => key([joined.clone(), joined], &place).into_iter().collect(),
        Kind::NamePostcode => key([joined, first], &[&postal_code]).into_iter().collect(),
        Kind::SurnamePartBirth => last
            .iter()
            .flat_map(|last| last.split(' '))
            .filter_map(|part| key([Some(part.to_owned()), first.clone()], &[&birth_date]))
            .collect(),
        Kind::SoundBirth => {
            key([sound(&joined), sound(&first)], &[&birth_date]).into_iter().collect()
        }
        _ => key([initial(&joined), initial(&first)], &place).into_iter().collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(in_campaign(1000, 250)))]

    /// No two meet because the letters of one part stand in the next, and all meet who should.
    #[test]
    fn two_persons_meet_exactly_if_they_have_the_same_parts(one in person(), other in person()) {
        let expected: BTreeSet<Kind> = MATCH_KEYS
            .into_iter()
            .filter(|&kind| !parts_of(kind, &one).is_disjoint(&parts_of(kind, &other)))
            .collect();
        prop_assert_eq!(meet(&one, &other), expected);
    }

    #[test]
    fn swapped_names_meet(
        last in "\\p{L}{1,8}", first in "\\p{L}{1,8}", birth_date in "19[0-9]{2}-0[1-9]-1[0-9]"
    ) {
        // A single letter can stand for several words, of which the first alone is the first name.
        let is_one_word = |name| {
            normal(Field::LastName, name).is_none_or(|name| !name.contains(' '))
        };
        prop_assume!(is_one_word(&last) && is_one_word(&first));
        let person = of(&last, &first, &birth_date, "10115");
        let swapped = of(&first, &last, &birth_date, "10115");
        let own = meet(&person, &person);
        let both = meet(&person, &swapped);
        for kind in [
            Kind::NameBirth,
            Kind::NamePostcode,
            Kind::SurnamePartBirth,
            Kind::SoundBirth,
            Kind::InitialsBirthPostcode,
        ] {
            prop_assert_eq!(both.contains(&kind), own.contains(&kind), "{}", kind);
        }
    }

    #[test]
    fn any_text_is_taken(
        one in any::<Person>(), other in any::<Person>(), text in any::<String>()
    ) {
        let own = meet(&one, &one);
        prop_assert!(meet(&one, &other).is_subset(&own));
        let mut code = String::new();
        koelner_phonetik(&text, &mut code);
        prop_assert!(code.bytes().all(|digit| (b'0'..=b'8').contains(&digit)));
        prop_assert!(!code.chars().skip(1).any(|digit| digit == '0'));
    }
}
