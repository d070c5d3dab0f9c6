//! Packs the codes of records and reads them again.

use super::*;

const ALL_KEYS: [Kind; 6] = [
    Kind::BirthPostcode,
    Kind::StartsBirth,
    Kind::EndsBirth,
    Kind::SoundPostcode,
    Kind::NameBirthday,
    Kind::FirstBirthRegion,
];

fn person(last: &str, first: &str, date: &str, postal_code: &str) -> PersonCodes {
    let names =
        |name: &str| if name.is_empty() { vec![] } else { vec![NameCodes::of(name.as_bytes())] };
    PersonCodes {
        last: names(last),
        first: names(first),
        dates: Date::of(date.as_bytes()).into_iter().collect(),
        postal_codes: PostalCode::of(postal_code.as_bytes())
            .into_iter()
            .filter(|_| !postal_code.is_empty())
            .collect(),
    }
}

/// The canonical bytes of this person's match key.
fn key(kind: Kind, [last, first, date, postal_code]: [&str; 4]) -> Vec<u8> {
    let mut names = [last, first];
    names.sort_unstable();
    let [low, high] = names;
    let start: String = first.chars().take(3).collect();
    let parts = match kind {
        Kind::BirthPostcode => vec![date, postal_code],
        Kind::SoundPostcode => vec![low, high, postal_code],
        Kind::NameBirthday => vec![low, high, &date[5..]],
        Kind::FirstBirthRegion => vec![&start[..], date, &postal_code[..3]],
        _ => vec![low, high, date],
    };
    parts.join("\u{1F}").into_bytes()
}

fn read(kind: Kind, whole: [&str; 4], given: &PersonCodes) -> RecordCodes {
    RecordCodes::of(kind, &key(kind, whole), given.content(kind))
}

#[test]
fn each_layout_round_trips_names_date_and_postcode() {
    for whole in [
        ["mueller", "joerg", "1970-02-01", "01067"],
        ["王小明", "юрий", "2026-12-31", "99998"],
        ["abel", "zoe", "1900-01-02", "sw1a 1aa"],
    ] {
        let [last, first, date, postal_code] = whole;
        let codes = person(last, first, date, postal_code);
        for kind in ALL_KEYS {
            let record = read(kind, whole, &codes);
            assert!(record.last_like(&codes.last[0]).is_some_and(Common::is_all), "{kind} {last}");
            assert!(
                record.first_like(&codes.first[0]).is_some_and(Common::is_all),
                "{kind} {first}"
            );
            assert!(record.date == Date::of(date.as_bytes()), "{kind} {date}");
            assert!(
                record.postal_code == PostalCode::of(postal_code.as_bytes()),
                "{kind} {postal_code}"
            );
            let stranger = NameCodes::of(b"wqxtk");
            assert!(record.last_like(&stranger).is_some_and(|common| common.count() < 2), "{kind}");
        }
    }
}

#[test]
fn a_placeholder_date_is_not_known() {
    for date in ["1900-01-01", "1899-12-30", "1899-12-31"] {
        let whole = ["mueller", "joerg", date, "01067"];
        let codes = person("mueller", "joerg", date, "01067");
        assert!(codes.decade() == Decade::of(None), "{date}");
        for kind in ALL_KEYS {
            assert!(read(kind, whole, &codes).date.is_none(), "{kind} {date}");
        }
    }
}

#[test]
fn a_field_that_is_missing_or_has_several_values_is_not_known() {
    let whole = ["mueller", "joerg", "1970-02-01", "01067"];
    let mut several = person("mueller", "joerg", "1970-02-01", "01067");
    several.last.push(NameCodes::of(b"abel"));
    several.first.push(NameCodes::of(b"zoe"));
    several.dates.extend(Date::of(b"1971-02-01"));
    several.postal_codes.extend(PostalCode::of(b"10115"));
    for codes in [PersonCodes::default(), several] {
        for kind in ALL_KEYS {
            assert!(kind == Kind::NameBirthday || codes.content(kind) == 0, "{kind}");
            let record = read(kind, whole, &codes);
            let names = [
                record.last_like(&NameCodes::of(b"mueller")),
                record.first_like(&NameCodes::of(b"joerg")),
            ];
            let has_names = names.iter().any(Option::is_some);
            // This kind of key contains the whole names.
            assert_eq!(has_names, kind == Kind::NameBirthday, "{kind}");
            let has_date = !matches!(kind, Kind::SoundPostcode | Kind::NameBirthday);
            assert_eq!(record.date.is_some(), has_date, "{kind}");
            let has_code = matches!(kind, Kind::SoundPostcode | Kind::BirthPostcode);
            assert_eq!(record.postal_code.is_some(), has_code, "{kind}");
        }
    }
}

#[test]
fn the_name_birthday_key_identifies_the_name_in_a_record_with_several() {
    let whole = ["mueller", "joerg", "1970-02-01", "01067"];
    let mut codes = person("mueller", "joerg", "1970-02-01", "01067");
    codes.last.push(NameCodes::of(b"abel"));
    let record = read(Kind::NameBirthday, whole, &codes);
    // There is one first name, and it shows which of the two names is which.
    assert!(record.last_like(&NameCodes::of(b"mueller")).is_some_and(Common::is_all));
    assert!(record.first_like(&NameCodes::of(b"joerg")).is_some_and(Common::is_all));
}

#[test]
fn similar_names_have_some_features_in_common() {
    let common = |one: &str, other: &str| {
        let packed = PackedName::of(&NameCodes::of(one.as_bytes()));
        packed.common(&NameCodes::of(other.as_bytes())).map(Common::number)
    };
    // First letters 1, last letters 2, consonants 4, set of letters 8.
    assert_eq!(common("krause", "krause"), Some(15));
    assert_eq!(common("krause", "krausse"), Some(1 | 4 | 8));
    assert_eq!(common("meyer", "meier"), Some(4));
    assert_eq!(common("kraemer", "kreamer"), Some(2 | 4 | 8));
    assert_eq!(common("schmidt", "schmied"), Some(1));
    assert_eq!(common("юрьев", "юрьин"), Some(1));
    assert_eq!(common("berg", "funk"), Some(0));
}

#[test]
fn a_year_is_read_as_one_of_127_and_a_partial_date_as_none() {
    let year = |date: &str| {
        let packed = Date::of(date.as_bytes()).expect("a date").packed();
        Date::unpacked(packed.into()).expect("it was packed").year
    };
    assert_eq!((year("1900-01-01"), year("2026-12-31")), (1900, 2026));
    assert_eq!((year("1899-12-31"), year("2027-01-01")), (2026, 1900));
    for partial in ["1958-12-00", "1958-00-00", "1958-12", "1958", ""] {
        assert!(Date::of(partial.as_bytes()).is_none(), "{partial}");
    }
    assert!(Date::unpacked(0).is_none());
}

#[test]
fn a_postcode_of_another_country_has_no_digits_and_is_not_a_german_one() {
    let digits = |code: &str| PostalCode::of(code.as_bytes()).and_then(PostalCode::digits);
    assert_eq!(digits("01067"), Some([0, 1, 0, 6, 7]));
    assert_eq!(digits("99998"), Some([9, 9, 9, 9, 8]));
    // The number of `140515` is the first one after those of German postcodes.
    let others = ["1010", "8001", "sw1a1aa", "123456", "140515"];
    let mut numbers = Vec::new();
    for other in others {
        assert_eq!(digits(other), None, "{other}");
        let code = PostalCode::of(other.as_bytes()).expect("it has a number");
        assert!(
            PostalCode::unpacked(code.0.into()) == Some(code) && code.0 < 1 << POSTAL_CODE_BITS
        );
        numbers.push(code.0);
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((numbers.len(), numbers[0]), (others.len(), PostalCode::OTHERS));
}
