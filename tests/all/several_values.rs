//! Leaked rows and members with several values of a field, and records with small differences.

use leakdex::{
    Field, IndexBuilder, IndexSet, Kind, NameAgreement, PostalCodeAgreement, Record, State,
    Strength,
};

use crate::support::{breach, built, index_of, key};

fn names() -> Record {
    Record::new().last_name("Weidenbach").first_name("Johanna")
}

fn strength(leaked: &Record, member: &Record) -> Option<Strength> {
    let verdict = index_of(&key(), std::slice::from_ref(leaked)).check(member);
    verdict.finding().map(leakdex::Finding::strength)
}

#[test]
fn a_date_in_two_columns_is_one_date() {
    let member = names().birth_date("3.4.1951").postal_code("50667");
    let once = strength(&member, &member);
    let twice = member.clone().birth_date("1951-04-03").postal_code("50667");
    assert_eq!(strength(&twice, &member), once);
    assert_eq!(strength(&member, &twice), once);
}

#[test]
fn either_of_two_leaked_dates_matches() {
    let leaked = names().birth_date("3.4.1951").birth_date("1.1.1980");
    for birth_date in ["3.4.1951", "1.1.1980"] {
        assert!(strength(&leaked, &names().birth_date(birth_date)).is_some(), "{birth_date}");
    }
}

#[test]
fn either_of_two_leaked_last_names_matches() {
    for rest in [Record::new().postal_code("50667"), Record::new().birth_date("3.4.1951")] {
        let person = |last: &str| {
            let mut person = rest.clone().first_name("Johanna");
            person.push(Field::LastName, last);
            person
        };
        let leaked = person("Weidenbach geb. Klein");
        for last in ["Weidenbach", "Klein"] {
            assert!(strength(&leaked, &person(last)).is_some(), "{last}");
        }
    }
}

/// `hans peter` and `hanspeter` are one name. So the key keeps the code of the name, although two
/// postcodes make the key.
#[test]
fn a_first_name_in_two_spellings_is_compared_beside_two_postcodes() {
    let person = |first: &str| {
        Record::new().last_name("Weidenbach").first_name(first).birth_date("3.4.1951")
    };
    // `Hans` has the same code, since the code is made of the first word.
    let with_short_form = person("Hans-Peter").first_name("Hans");
    for leaked in [person("Hans-Peter"), with_short_form] {
        let leaked = leaked.postal_code("50667").postal_code("20095");
        let index = IndexSet::new([index_of(&key(), &[leaked])]).expect("one index");
        for (first, expected) in
            [("Hans-Peter", NameAgreement::Same), ("Hannelore", NameAgreement::Remote)]
        {
            let evidence = index.explain(&person(first).postal_code("80331"));
            let agreement = evidence.first().and_then(|record| record.agreement);
            let agreement = agreement.map(|found| (found.first_name, found.postal_code));
            // The key stands for both postcodes, so it has the code of neither.
            assert_eq!(agreement, Some((expected, PostalCodeAgreement::Unknown)), "{first}");
        }
    }
}

/// Two lists side by side have two columns of each field. The keys made of names and a date have no
/// postcode, so they must keep the codes of the names.
#[test]
fn of_two_persons_in_a_row_each_is_found_even_after_a_move() {
    let persons = [
        ("Weidenbach", "Johanna", "3.4.1951", "50667"),
        ("Achternbusch", "Friedhelm", "17.11.1983", "20095"),
    ];
    let add = |record: Record, (last, first, date, code): (&str, &str, &str, &str)| {
        record.last_name(last).first_name(first).birth_date(date).postal_code(code)
    };
    let leaked = persons.into_iter().fold(Record::new(), add);
    for (last, first, date, code) in persons {
        let member = add(Record::new(), (last, first, date, code));
        assert!(strength(&leaked, &member).is_some(), "{last}");
        let moved = add(Record::new(), (last, first, date, "80331"));
        assert!(strength(&leaked, &moved).is_some(), "{last} after a move");
    }
}

#[test]
fn a_leak_without_names_says_nothing_of_dates_and_postcodes() {
    let place = || Record::new().birth_date("3.4.1951").postal_code("50667");
    let index = index_of(&key(), &[place().email("j.w@example.de")]);
    let member = names().birth_date("3.4.1951").postal_code("50667");
    assert_eq!(index.check(&member).slug(), "indeterminate");
}

#[test]
fn records_that_differ_in_a_part_that_no_kind_holds_are_each_found() {
    let persons: Vec<Record> =
        (1950..1990).map(|year| names().birth_date(&format!("3.4.{year}"))).collect();
    let key = key();
    let kinds = [Kind::NameBirthday].into_iter().collect();
    let index = built(IndexBuilder::new(&key, breach("leak")).kinds(kinds), &persons);
    assert_eq!(index.metadata().records, 40);
    for person in &persons {
        assert_eq!(index.check(person).slug(), "affected");
    }
}

#[test]
fn a_record_in_two_spellings_counts_once_and_a_further_given_name_makes_another() {
    let records = |first_names: &[&str]| {
        let person = |first: &&str| {
            Record::new().last_name("Weidenbach").first_name(first).postal_code("50667")
        };
        let leak: Vec<Record> = first_names.iter().map(person).collect();
        index_of(&key(), &leak).metadata().records
    };
    assert_eq!(records(&["Hans-Peter", "Hans Peter", "HANS-PETER"]), 1);
    assert_eq!(records(&["Hans-Peter", "Hans", "Hans Peter Otto"]), 3);
    // Both sound alike, so all match keys are the same.
    assert_eq!(records(&["Eva", "Eva Io"]), 2);
}

#[test]
fn a_verdict_does_not_depend_on_other_members() {
    let spell = |number: u32| {
        let (day, month) = (number % 12 + 1, number % 11 + 1);
        let person = Record::new()
            .last_name(["Weidenbach geb. Klein", "Klein", "O'Neill"][number as usize % 3])
            .first_name(["Hans Peter", "Hans-Peter", "Eva"][number as usize / 3 % 3])
            .birth_date(&format!("{day}.{month}.1951"))
            .postal_code(["50667", "50676"][number as usize % 2]);
        if number.is_multiple_of(4) {
            person.birth_date(&format!("{month}.{day}.1951"))
        } else {
            person
        }
    };
    let persons: Vec<Record> = (0..400).map(spell).collect();
    let index = index_of(&key(), &persons);
    let mut batch = index.batch();
    persons.iter().for_each(|person| batch.push(person));
    let together = index.check_batch(&batch);
    for (number, person) in persons.iter().enumerate() {
        assert_eq!(together.get(number), index.check(person), "{number}");
        assert_eq!(together.state(number), State::Affected);
    }
}
