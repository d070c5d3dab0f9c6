//! Numbers of documents: how they are read, and which ones match.

use proptest::prelude::*;

use crate::identifier::{Field, Normaliser, Outcome, Reason};

fn read(raw: &str) -> (Outcome, String) {
    let mut normal_form = String::new();
    let outcome = Normaliser::new().normalise(Field::IdentityDocument, raw, &mut normal_form);
    (outcome, normal_form)
}

#[track_caller]
fn assert_reads(raws: &[&str], outcome: Outcome, normal_form: &str) {
    for raw in raws {
        assert_eq!(read(raw), (outcome, normal_form.to_owned()), "{raw:?}");
    }
}

#[test]
fn all_spellings_of_a_german_number_match() {
    let raws = [
        "L9F6MKYMJ",
        "l9f6 mkym j",
        "L9F6MKYMJ0",
        "L9F6MKYMJ0D",
        "L9F6MKYMJD",
        "L9F6MKYMJ0D<<",
        "DL9F6MKYMJ",
        "D L9F6MKYMJ",
        "D<<L9F6MKYMJ0",
        "D<L9F6MKYMJ",
        "DE-L9F6MKYMJ",
        "DEU L9F6MKYMJ",
        "IDD<<L9F6MKYMJ0<<<<<<<<<<<<<<<",
        "IDD<<L9F6MKYMJ0",
        "IDD<<L9F6MKYMJ0<<<<<<<<<<<<<<<\n6408125<2010315D<<<<<<<<<<<<<4\nMUSTERMANN<<ERIKA<<<<<<<<<<<<<",
        "IDD<<L9F6MKYMJ0<<<<<<<<<<<<<<<6408125<2010315D<<<<<<<<<<<<<4MUSTERMANN<<ERIKA<<<<<<<<<<<<<",
        "IDD<<L9F6MKYMJ0<<<<<<<<<<<<<<< 6408125<2010315D<<<<<<<<<<<<<4",
        "DL9F6MKYMJD<<",
        "L9F6MKYMJ064081252010315D4",
        "L9F6MKYMJ0 6408125 2010315 D 4",
    ];
    assert_reads(&raws, Outcome::Ok, "D<L9F6MKYMJ");
}

#[test]
fn a_german_passport_is_read_from_its_zone_or_its_second_line() {
    let raws = [
        "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<C11T002JM4D<<9608122F1310317<<<<<<<<<<<<<<<6",
        "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\r\nC11T002JM4D<<9608122F1310317<<<<<<<<<<<<<<<6",
        "C11T002JM4D<<9608122F1310317<<<<<<<<<<<<<<<6",
        "C11T002JM4D<<9608122F1310317",
        "c11t002jm",
    ];
    assert_reads(&raws, Outcome::Ok, "D<C11T002JM");
}

#[test]
fn an_old_german_number_has_ten_digits() {
    let raws = [
        "2406055684",
        "2406055684D",
        "2406055684D<<6810203<0705109<<<<<<6",
        "240605568468102030705109D6",
        "2406055684D681020307051096",
        "D 240605568",
        "IDD<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<\n2406055684D<<6810203<0705109<<<<<<<6",
    ];
    assert_reads(&raws, Outcome::Ok, "D<240605568");
    // It could also be a number of another state.
    assert_eq!(read("240605568").0, Outcome::Invalid(Reason::NoIssuingState));
}

#[test]
fn a_wrong_check_digit_is_suspect() {
    let wrong = Outcome::Suspect(Reason::WrongCheckDigit);
    assert_reads(&["L9F6MKYMJ1", "L9F6MKYMJ9D<<", "IDD<<L9F6MKYMJ5<<<"], wrong, "D<L9F6MKYMJ");
    assert_reads(&["2406055685"], wrong, "D<240605568");
}

#[test]
fn a_number_of_another_state_needs_its_state() {
    let raws = ["AUT P1234567", "aut-P 1234567", "AUT<P1234567", "AUT/P1234567", "AUT<<P1234567<"];
    assert_reads(&raws, Outcome::Ok, "AUT<P1234567");
    let raws = ["DNK 123456789", "DNK<123456789"];
    assert_reads(&raws, Outcome::Ok, "DNK<123456789");
    for raw in
        ["P1234567", "123456789", "AUTP1234567", "BPA P1234567", "QQQ<P1234567", "P1234567<5"]
    {
        assert_eq!(read(raw).0, Outcome::Invalid(Reason::NoIssuingState), "{raw}");
    }
    // A Portuguese number, or a German one in groups.
    assert_eq!(read("PRT 123 456").0, Outcome::Invalid(Reason::NoIssuingState));
    assert_reads(&["PRT<123456"], Outcome::Ok, "PRT<123456");
    assert_reads(&["PRT123456"], Outcome::Ok, "D<PRT123456");
}

#[test]
fn equal_numbers_of_two_states_never_match() {
    assert_ne!(read("AUT P1234567").1, read("CHE P1234567").1);
    assert_ne!(read("AUT C11T002JM").1, read("C11T002JM").1);
}

#[test]
fn the_examples_of_doc_9303_are_test_numbers() {
    let test = Outcome::Suspect(Reason::TestNumber);
    let raws = [
        "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
    ];
    assert_reads(&raws, test, "UTO<D23145890");
    let raws = [
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    ];
    assert_reads(&raws, test, "UTO<L898902C3");
    for raw in ["T220001293", "L01X00T47", "LZ6311T47", "C01X00T478", "1220001297D", "XXXXXXXXX"] {
        assert_eq!(read(raw).0, test, "{raw}");
    }
}

#[test]
fn the_line_of_a_foreigner_without_the_issuer_is_suspect() {
    let line = "P123456789AUT9608122F1310317<<<<<<<<<<<<<<<6";
    assert_reads(&[line], Outcome::Suspect(Reason::NoIssuingState), "AUT<P12345678");
    // A refugee's document belongs to the state that issued it.
    let whole = "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\nC11T002JM4SYR9608122F1310317<<<<<<<<<<<<<<<6";
    assert_reads(&[whole], Outcome::Ok, "D<C11T002JM");
    let line = "C11T002JM4SYR9608122F1310317<<<<<<<<<<<<<<<6";
    assert_reads(&[line], Outcome::Suspect(Reason::NoIssuingState), "SYR<C11T002JM");
}

#[test]
fn a_long_card_number_continues_in_the_optional_data() {
    // Doc 9303-5: the check digit covers all characters.
    let zone = "I<UTOD23145890<7349<<<<<<<<<<<";
    assert_reads(&[zone], Outcome::Suspect(Reason::TestNumber), "UTO<D23145890734");
    let wrong = zone.replace("7349", "7348");
    assert_reads(&[&wrong], Outcome::Suspect(Reason::WrongCheckDigit), "UTO<D23145890734");
    assert_reads(&["BEL 590-3301010-85"], Outcome::Ok, "BEL<590330101085");
}

#[test]
fn a_number_of_letters_only_is_read_from_its_zone() {
    assert_reads(&["IDD<<LKLXGNKMY0<<<<<<<<<<<<<<<"], Outcome::Ok, "D<LKLXGNKMY");
}

#[test]
fn a_zone_without_the_line_of_the_number_is_invalid() {
    for raw in [
        "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<",
        "6408125<2010315D<<<<<<<<<<<<<4",
        "MUSTERMANN<<ERIKA<<<<<<<<<<<<<",
    ] {
        assert_eq!(read(raw).0, Outcome::Invalid(Reason::NoDocumentNumber), "{raw}");
    }
}

#[test]
fn each_fault_maps_to_its_reason() {
    for (raw, reason) in [
        ("D L9F6MKYM", Reason::WrongLength),
        ("D L9F6MKYMJ00", Reason::WrongLength),
        ("D LAF6MKYMJ", Reason::WrongCharacter),
        ("D L9F6MKYMJX", Reason::WrongCharacter),
        ("AUT ABCDEFG", Reason::WrongCharacter),
        ("AUT 1234567890", Reason::WrongLength),
        ("L9F6MKYMJ!", Reason::WrongCharacter),
        ("LO1X00T47", Reason::NoIssuingState),
        ("1.22E+09", Reason::ScientificNotation),
    ] {
        assert_eq!(read(raw).0, Outcome::Invalid(reason), "{raw}");
    }
    assert_eq!(read("000000000").0, Outcome::Absent);
}

proptest! {
    #[test]
    fn a_normal_form_is_read_as_itself(raw in "[A-Z0-9< ]{0,46}|(D|AUT|IND|AND|UNO)<[A-Z0-9]{5,20}") {
        let (outcome, normal_form) = read(&raw);
        if !normal_form.is_empty() {
            let (again, same) = read(&normal_form);
            prop_assert_eq!(&same, &normal_form, "{} {:?}", &raw, outcome);
            prop_assert!(!matches!(again, Outcome::Invalid(_)));
        }
    }
}
