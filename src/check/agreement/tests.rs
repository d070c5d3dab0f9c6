//! Levels of agreement and their weights.

use super::*;
use crate::identifier::Kind;

fn person(last: &[&str], first: &[&str], dates: &[&str], postal_codes: &[&str]) -> PersonCodes {
    let names = |names: &[&str]| names.iter().map(|name| NameCodes::of(name.as_bytes())).collect();
    PersonCodes {
        last: names(last),
        first: names(first),
        dates: dates.iter().filter_map(|date| Date::of(date.as_bytes())).collect(),
        postal_codes: postal_codes
            .iter()
            .filter_map(|code| PostalCode::of(code.as_bytes()))
            .collect(),
    }
}

/// The agreement between a member and a record that has these values. An empty value is missing.
fn compare([last, first, date, postal_code]: [&str; 4], member: &PersonCodes) -> Agreement {
    let some = |value: &str| if value.is_empty() { vec![] } else { vec![value.to_owned()] };
    let values = [some(last), some(first), some(date), some(postal_code)];
    let [last, first, dates, codes] =
        values.each_ref().map(|values| values.iter().map(String::as_str).collect::<Vec<_>>());
    let codes_of_record = person(&last, &first, &dates, &codes);
    let (kind, key) = if postal_code.is_empty() {
        (Kind::StartsBirth, format!("a\u{1F}b\u{1F}{date}"))
    } else if date.is_empty() {
        (Kind::SoundPostcode, format!("1\u{1F}2\u{1F}{postal_code}"))
    } else {
        (Kind::BirthPostcode, format!("{date}\u{1F}{postal_code}"))
    };
    let record = RecordCodes::of(kind, key.as_bytes(), codes_of_record.content(kind));
    Agreement::of(&record, member, &Weights::of(&NameCounts::default()))
}

const DATE: &str = "1970-02-01";
const CODE: &str = "50667";

fn eva() -> PersonCodes {
    person(&["abel"], &["eva"], &[DATE], &[CODE])
}

#[test]
fn the_thresholds_are_those_in_identifiers_md() {
    assert_eq!(Agreement::weight_needed(crate::Strength::Candidate), Some(109));
    assert_eq!(Agreement::weight_needed(crate::Strength::Probable), Some(174));
}

#[test]
fn equal_parts_on_both_sides_weigh_most() {
    let agreement = compare(["abel", "eva", DATE, CODE], &eva());
    let levels =
        (agreement.last_name, agreement.first_name, agreement.birth_date, agreement.postal_code);
    let expected =
        (NameAgreement::Same, NameAgreement::Same, DateAgreement::Same, PostalCodeAgreement::Same);
    assert_eq!(levels, expected);
    assert!(!agreement.names_swapped && agreement.supporting == agreement.weight);
    for other in [
        ["berg", "eva", DATE, CODE],
        ["abel", "max", DATE, CODE],
        ["abel", "eva", "1970-03-01", CODE],
        ["abel", "eva", DATE, "50677"],
        ["abel", "eva", "", CODE],
        ["abel", "eva", DATE, ""],
        ["", "eva", DATE, CODE],
        ["eva", "abel", DATE, CODE],
    ] {
        assert!(compare(other, &eva()).weight < agreement.weight, "{other:?}");
    }
}

#[test]
fn swapped_names_agree_at_a_small_cost() {
    let swapped = compare(["eva", "abel", DATE, CODE], &eva());
    assert!(swapped.names_swapped);
    assert_eq!((swapped.last_name, swapped.first_name), (NameAgreement::Same, NameAgreement::Same));
    let straight = compare(["abel", "eva", DATE, CODE], &eva());
    assert_eq!(swapped.weight, straight.weight + NAMES_SWAPPED);
}

#[test]
fn equal_sums_of_both_orders_leave_the_names_as_they_are() {
    // The consonants of the last names are the same: 18. Exchanged, the beginnings are the same, too: 20 - 2.
    let member = person(&["mara"], &["meiro"], &[DATE], &[CODE]);
    let agreement = compare(["meier", "", DATE, CODE], &member);
    assert_eq!(agreement.last_name, NameAgreement::Remote);
    assert_eq!(agreement.first_name, NameAgreement::Unknown);
    assert!(!agreement.names_swapped);
}

#[test]
fn a_name_agrees_as_far_as_its_features_do() {
    let level = |last: &str| compare([last, "eva", DATE, CODE], &eva()).last_name;
    for (last, expected) in [
        ("abel", NameAgreement::Same),
        ("abbel", NameAgreement::Similar),
        ("abels", NameAgreement::Remote),
        ("berg", NameAgreement::Differs),
        ("", NameAgreement::Unknown),
    ] {
        assert_eq!(level(last), expected, "{last}");
    }
}

#[test]
fn the_rarest_names_have_the_last_weight() {
    let same = SameName { first: 8, by_bits: &[31, 48], rare: 40, unknown: 0 };
    assert_eq!([0, 8, 9, 40].map(|bits| same.weight(Rarity::Bits(bits))), [31, 31, 48, 48]);
    assert_eq!([8, 40].map(|bits| same.weight(Rarity::Rare(bits))), [40, 48]);
}

#[test]
fn dates_agree_in_part_or_swapped() {
    use DateAgreement::{Differs, OnePartDiffers, Swapped};
    let date = |text: &str| Date::of(text.as_bytes()).expect("a date");
    for (record, expected) in [
        ("1970-01-02", (Swapped, 29)),
        // One digit differs, or two are exchanged.
        ("1971-02-01", (OnePartDiffers, 10)),
        ("1907-02-01", (OnePartDiffers, 10)),
        ("1970-03-01", (OnePartDiffers, 10)),
        ("1970-02-10", (OnePartDiffers, 10)),
        ("1938-02-01", (OnePartDiffers, -40)),
        ("1970-11-01", (OnePartDiffers, -29)),
        ("1970-02-23", (OnePartDiffers, -36)),
        // The day of one date is the month of the other, but not vice versa.
        ("1970-05-02", (Differs, -57)),
        ("1970-01-05", (Differs, -57)),
        ("1970-03-04", (Differs, -57)),
        ("1971-02-03", (Differs, -77)),
        ("1971-03-01", (Differs, -65)),
        ("1981-11-23", (Differs, -102)),
        ("1971-01-02", (Differs, -102)),
    ] {
        assert_eq!(dates(date(DATE), date(record)), expected, "{record}");
        let agreement = compare(["abel", "eva", record, CODE], &eva());
        assert_eq!(agreement.birth_date, expected.0, "{record}");
    }
}

#[test]
fn years_that_an_index_stores_alike_agree_with_the_nearest_year() {
    let date = |text: &str| Date::of(text.as_bytes()).expect("a date");
    // An index stores 2027 as 1900.
    let record = date("1900-02-01");
    assert_eq!(dates(date("2027-02-01"), record), (DateAgreement::Same, 61));
    assert_eq!(dates(date("2026-02-01"), record), (DateAgreement::OnePartDiffers, 10));
    assert_eq!(dates(date("1901-02-01"), record), (DateAgreement::OnePartDiffers, 10));
    assert_eq!(dates(date("1973-02-01"), record), (DateAgreement::OnePartDiffers, -40));
}

#[test]
fn postcodes_with_one_wrong_or_two_swapped_digits_agree_partly() {
    let level = |code: &str| compare(["abel", "eva", DATE, code], &eva()).postal_code;
    assert_eq!(level("57660"), PostalCodeAgreement::Differs, "two that are not neighbours");
    assert_eq!(level("50676"), PostalCodeAgreement::Transposed);
    assert_eq!(level("05667"), PostalCodeAgreement::Transposed);
    assert_eq!(level("40667"), PostalCodeAgreement::OneDigitDiffers);
    assert_eq!(level("50668"), PostalCodeAgreement::OneDigitDiffers);
    assert_eq!(level("10115"), PostalCodeAgreement::Differs);
    assert_eq!(level("1010"), PostalCodeAgreement::Differs, "an Austrian one");
    let weight = |code: &str| compare(["abel", "eva", DATE, code], &eva()).weight;
    // A last digit that differs is often a neighbouring place, with other people.
    let lost = ["50676", "40667", "50668", "10115"].map(|code| weight(CODE) - weight(code));
    assert_eq!(lost, [56 - 50, 56 - 24, 56 + 1, 56 + 35]);
    let of_vienna = person(&["abel"], &["eva"], &[DATE], &["1010"]);
    let agreement = compare(["abel", "eva", DATE, "1010"], &of_vienna);
    assert_eq!(agreement.postal_code, PostalCodeAgreement::Same);
}

#[test]
fn the_best_of_several_member_values_counts() {
    let member =
        person(&["berg", "abel"], &["max", "eva"], &["1981-11-23", DATE], &["10115", CODE]);
    let agreement = compare(["abel", "eva", DATE, CODE], &member);
    assert_eq!(agreement.weight, compare(["abel", "eva", DATE, CODE], &eva()).weight);
}

#[test]
fn a_part_that_one_side_lacks_is_unknown() {
    let nobody = PersonCodes::default();
    let agreement = compare(["abel", "eva", DATE, CODE], &nobody);
    let levels =
        (agreement.last_name, agreement.first_name, agreement.birth_date, agreement.postal_code);
    let expected = (
        NameAgreement::Unknown,
        NameAgreement::Unknown,
        DateAgreement::Unknown,
        PostalCodeAgreement::Unknown,
    );
    assert_eq!(levels, expected);
    assert!(agreement.weight < 0 && !agreement.has_a_name() && agreement.may_have_a_name());
    let other = compare(["berg", "max", DATE, CODE], &eva());
    assert!(!other.may_have_a_name());
}

#[test]
fn a_missing_value_costs_more_the_more_records_lack_it() {
    let weights: Vec<i32> = [None, Some(6.0), Some(4.0), Some(2.0), Some(0.0)]
        .iter()
        .map(|halvings| weight_of_missing(*halvings, -12, -48))
        .collect();
    assert_eq!(weights, [0, 0, -12, -30, -48]);
}

#[test]
fn a_twin_is_like_a_relative_and_a_married_person_is_not() {
    assert!(compare(["abel", "max", DATE, CODE], &eva()).is_like_a_relative());
    assert!(!compare(["berg", "eva", DATE, CODE], &eva()).is_like_a_relative());
    assert!(!compare(["abel", "max", DATE, "10115"], &eva()).is_like_a_relative());
    assert!(!compare(["abel", "eva", DATE, CODE], &eva()).is_like_a_relative());
    assert!(!compare(["abel", "", DATE, CODE], &eva()).is_like_a_relative(), "no first name");
    assert!(compare(["abel", "max", DATE, CODE], &eva()).may_be_relative());
    assert!(!compare(["berg", "max", DATE, CODE], &eva()).may_be_relative());
    assert!(!compare(["abel", "eva", DATE, CODE], &eva()).may_be_relative());
}

#[test]
fn the_best_agreement_is_without_difference_if_any_is() {
    let same = compare(["abel", "eva", DATE, CODE], &eva());
    let same = Agreement { is_without_difference: true, ..same };
    let heavier =
        Agreement { is_without_difference: false, weight: same.weight + 1, supporting: 0, ..same };
    for best in [same.best_of(heavier), heavier.best_of(same)] {
        assert!(best.is_without_difference() && best.weight == heavier.weight);
    }
    assert!(!heavier.best_of(heavier).is_without_difference());
}
