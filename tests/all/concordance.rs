//! Concordance: people who are in both files agree in their other values, or there is a sign of
//! disagreement.

use leakdex::{
    Concordance, Field, FieldAgreement, Index, IndexBuilder, IndexSet, Kind, KindSet, Record, Sign,
};
use leakdex_synthetic::numbers;

use crate::support::{breach, built, index_of, key, merged};

/// A person. Each field is the number of the person whose value this person has.
struct Person {
    email: u32,
    iban: u32,
    name: u32,
    birth: u32,
}

impl Person {
    const fn of(number: u32) -> Self {
        Self { email: number, iban: number, name: number, birth: number }
    }

    fn record(&self) -> Record {
        let letters = |number: u32| -> String {
            let letter =
                |number: u32| char::from(b'a' + u8::try_from(number % 26).expect("a letter"));
            [number, number / 26, number / 7].map(letter).into_iter().collect()
        };
        let Self { email, iban, name, birth } = *self;
        let (year, month, day) = (1930 + birth % 71, 1 + birth % 12, 1 + birth % 28);
        Record::new()
            .email(&format!("e{email}@example.org"))
            .iban(&numbers::iban(iban))
            .last_name(&format!("Ber{}", letters(name)))
            .first_name(&format!("Ka{}", letters(name * 3 + 1)))
            .birth_date(&format!("{year}-{month:02}-{day:02}"))
    }
}

fn index(people: impl Iterator<Item = Person>) -> Index {
    index_of(&key(), &people.map(|person| person.record()).collect::<Vec<_>>())
}

fn members(people: impl Iterator<Item = Person>) -> Vec<Record> {
    people.map(|person| person.record()).collect()
}

fn agreement_of(concordance: &Concordance, field: Field) -> FieldAgreement {
    let agreements = concordance.agreements(KindSet::all());
    let found = agreements.into_iter().find(|agreement| agreement.field == field);
    found.expect("it is one of all fields")
}

/// The number of anchors that agree, the number of all anchors, and whether that is a sign.
fn shown(concordance: &Concordance, field: Field) -> (u64, u64, bool) {
    let FieldAgreement { agreed, anchors, .. } = agreement_of(concordance, field);
    (agreed, anchors, agreement_of(concordance, field).caveat().is_some())
}

#[test]
fn sound_columns_agree() {
    let index = index((0..300).map(Person::of));
    let concordance = index.check_all(&members((100..500).map(Person::of))).concordance();
    for field in [Field::Email, Field::Iban, Field::LastName, Field::FirstName, Field::BirthDate] {
        assert_eq!(shown(&concordance, field), (200, 200, false), "{field}");
    }
    assert_eq!(shown(&concordance, Field::Kvnr), (0, 0, false), "nobody gives one");
    assert!(!agreement_of(&concordance, Field::Kvnr).measurable);
}

/// No profile can detect this: each value looks sound.
#[test]
fn a_column_that_slipped_by_a_row_is_a_sign_on_either_side() {
    let slipped = |number| Person { email: number + 1, ..Person::of(number) };
    for (leak, list) in [
        (index((0..300).map(slipped)), members((0..300).map(Person::of))),
        (index((0..300).map(Person::of)), members((0..300).map(slipped))),
    ] {
        let concordance = leak.check_all(&list).concordance();
        assert_eq!(shown(&concordance, Field::Email), (0, 300, true));
        let caveat = agreement_of(&concordance, Field::Email).caveat().expect("it is a sign");
        assert_eq!((caveat.sign, caveat.count, caveat.of), (Sign::Disagreement, 300, 300));
        assert!(caveat.kinds().contains(Kind::Email));
        assert!(!caveat.kinds().iter().any(Kind::is_match_key), "only the address is in doubt");
        // The account finds the right person. The wrong address finds a person with another name.
        assert_eq!(shown(&concordance, Field::LastName).0, 300, "the names agree");
        assert!(!shown(&concordance, Field::Iban).2, "no right address could show that");
    }
}

#[test]
fn a_part_of_match_keys_that_slipped_makes_the_keys_with_it_doubtful() {
    let slipped = |number| Person { birth: number + 1, ..Person::of(number) };
    let index = index((0..100).map(Person::of));
    let concordance = index.check_all(&members((0..100).map(slipped))).concordance();
    assert_eq!(shown(&concordance, Field::BirthDate), (0, 100, true));
    // Without a postcode, each key of names also contains the date.
    assert_eq!(shown(&concordance, Field::LastName), (0, 100, true));
    assert_eq!(shown(&concordance, Field::Email), (100, 100, false));

    let record = |person: Person| person.record().postal_code("50667");
    let index =
        index_of(&key(), &(0..60).map(|number| record(Person::of(number))).collect::<Vec<_>>());
    let list: Vec<Record> = (0..60).map(|number| record(slipped(number))).collect();
    let concordance = index.check_all(&list).concordance();
    assert_eq!(shown(&concordance, Field::LastName), (60, 60, false));
    assert_eq!(shown(&concordance, Field::BirthDate).0, 0);
}

#[test]
fn people_who_change_their_address_give_no_sign() {
    // Nine in ten have changed their address.
    let moved = |number: u32| {
        let email = if number.is_multiple_of(10) { number } else { number + 100_000 };
        Person { email, ..Person::of(number) }
    };
    let index = index((0..1000).map(Person::of));
    let concordance = index.check_all(&members((0..1000).map(moved))).concordance();
    assert_eq!(shown(&concordance, Field::Email), (100, 1000, false));
}

#[test]
fn fewer_than_thirty_anchors_are_not_measurable() {
    let slipped = |number| Person { email: number + 1, ..Person::of(number) };
    for (people, measurable) in [(29, false), (30, true)] {
        let index = index((0..people).map(Person::of));
        let concordance = index.check_all(&members((0..people).map(slipped))).concordance();
        let agreement = agreement_of(&concordance, Field::Email);
        assert_eq!(agreement.measurable, measurable);
        assert!(agreement.caveat().is_none(), "30 are still too few");
    }
}

#[test]
fn a_value_that_is_shared_suspect_or_of_candidates_is_not_an_anchor() {
    let with_office =
        |person: Person| person.record().username("office").email("office@example.org");
    let leak: Vec<Record> = (0..100).map(|number| with_office(Person::of(number))).collect();
    let only_office: Vec<Record> =
        (200..300).map(|_| Record::new().email("office@example.org").username("eva")).collect();
    let concordance = index_of(&key(), &leak).check_all(&only_office).concordance();
    assert_eq!(shown(&concordance, Field::Username), (0, 0, false), "the address is shared");

    // The number is the same in both files. But its check digit is wrong, so it may belong to
    // somebody else.
    let suspect = |number: u32, name: &str| {
        let mut kvnr = numbers::kvnr(number);
        let digit = kvnr.pop().and_then(|digit| digit.to_digit(10)).expect("a digit");
        Record::new().kvnr(&format!("{kvnr}{}", (digit + 1) % 10)).username(name)
    };
    let leak: Vec<Record> = (0..200).map(|number| suspect(number, &format!("x{number}"))).collect();
    let list: Vec<Record> = (0..200).map(|number| suspect(number, &format!("y{number}"))).collect();
    let concordance = index_of(&key(), &leak).check_all(&list).concordance();
    assert_eq!(shown(&concordance, Field::Username), (0, 0, false), "the numbers are suspect");

    // Strangers have the same username on two portals.
    let account = |number: u32, mail: &str| {
        Record::new().username(&format!("x{number}")).email(&format!("{mail}{number}@example.org"))
    };
    let leak: Vec<Record> = (0..100).map(|number| account(number, "a")).collect();
    let list: Vec<Record> = (0..100).map(|number| account(number, "b")).collect();
    let concordance = index_of(&key(), &leak).check_all(&list).concordance();
    assert_eq!(shown(&concordance, Field::Email), (0, 0, false));
}

/// A family shares an account. The child has its own address.
#[test]
fn a_record_agrees_if_one_member_of_a_family_does() {
    let leak = index((0..100).map(Person::of));
    let family = |number: u32| {
        let child =
            Person { email: number + 5_000, name: number + 9, birth: number + 31, iban: number };
        [Person::of(number), child]
    };
    let concordance = leak.check_all(&members((0..100).flat_map(family))).concordance();
    for field in [Field::Email, Field::LastName, Field::BirthDate] {
        assert_eq!(shown(&concordance, field), (100, 100, false), "{field}");
    }
}

#[test]
fn any_split_and_any_order_give_the_same_counts() {
    let account = |number: u32, email: u32| {
        Record::new().iban(&numbers::iban(number)).email(&format!("e{email}@example.org"))
    };
    let leak: Vec<Record> = (0..2_200).map(|number| account(number, number)).collect();
    let index = index_of(&key(), &leak);
    let list: Vec<Record> = (0..2_200).map(|number| account(number, number + number % 2)).collect();
    let whole = index.check_all(&list).concordance();
    assert!(agreement_of(&whole, Field::Email).one_in > 1, "it is a sample");
    for size in [77, 1024] {
        let mut sum = Concordance::default();
        for part in list.chunks(size).rev() {
            let part: Vec<Record> = part.iter().rev().cloned().collect();
            sum += index.check_all(&part).concordance();
        }
        assert!(sum == whole, "parts of {size}");
    }
    let kept = serde_json::to_string(&whole).expect("to memory");
    assert!(serde_json::from_str::<Concordance>(&kept).expect("it was written so") == whole);
}

/// A sound breach does not hide a damaged one.
#[test]
fn each_breach_is_measured_by_itself_and_all_of_them_together() {
    let slipped = |number| Person { email: number + 1, ..Person::of(number) };
    let build =
        |name: &str, leak: Vec<Record>| built(IndexBuilder::new(&key(), breach(name)), &leak);
    let sound = || build("sound", members((0..300).map(Person::of)));
    let damaged = || build("damaged", members((0..100).map(slipped)));
    let list = members((0..300).map(Person::of));
    let expected = [("damaged", 0, 100, true), ("sound", 300, 300, false), ("", 300, 400, false)];
    let check = |concordance: &Concordance| {
        let all = concordance.agreements([Kind::Email].into_iter().collect());
        let all: Vec<_> = all
            .iter()
            .map(|agreement| {
                let name = agreement.breach.as_ref().map_or("", |name| name.as_str());
                (name, agreement.agreed, agreement.anchors, agreement.caveat().is_some())
            })
            .collect();
        assert_eq!(all, expected);
    };
    let set = IndexSet::new([sound(), damaged()]).expect("they fit together");
    check(&set.check_all(&list).concordance());
    check(&merged([sound(), damaged()]).check_all(&list).concordance());
}
