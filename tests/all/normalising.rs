//! For every field and any text: no panic, and normalising a normal form does not change it.

use leakdex::{Field, Normaliser};
use proptest::prelude::*;

use crate::{fuzz::normalize, in_campaign};

fn assert_stable(raw: &str) {
    let normaliser = Normaliser::new().current_year(2026);
    Field::ALL.iter().for_each(|&field| normalize::assert_stable(normaliser, field, raw));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(in_campaign(2000, 500)))]

    #[test]
    fn any_text_is_stable(raw in any::<String>()) {
        assert_stable(&raw);
    }

    #[test]
    fn text_of_the_characters_that_matter_is_stable(
        raw in "[a-zA-Z0-9 @.,'`\"<>?|:;/+\\-\u{A0}\u{AD}\u{200B}´’äÄßẞİıſŁÅéÃ¼\u{301}\u{308}\u{323}\u{345}\u{3099}ΑΣςиガ王ＡＤ０－，＠。]{0,40}"
    ) {
        assert_stable(&raw);
    }

    #[test]
    fn names_of_particles_and_initials_are_stable(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "von", "v.", "d.", "u.", "Graf", "Dr.", "h.", "c.", "M.", "A.", "Sc.", "Null", "O'",
                "Karl", "Müller", "Berg-", ",", "'", "-", "n/a", "zu", "t", "Herr", "geb.", "née",
                "sen", "jr.", "III", "und", "&", ";", "(", ")", "y", "la", "Prof.", "Ing.", "phil",
                "Dipl.-", "Hans-Peter", "MA", "of", "Master", "in", "GmbH", "e.", "j", "c/o", "\"",
                "Große", "Van", "u.", "mag", "a", "b.", "ph", "Junior", "vorm.", "z.", "Hd.", "x_",
                "Frau", "D.", "O.", "med.", "Nat", "jun", "Ä.", "verw.", "eth", "Zürich", "Ritter",
                "-Graf", "Brand-", "Le",
            ]),
            0..10,
        ),
        separator in prop::sample::select(vec![" ", "", "-", ", "]),
    ) {
        assert_stable(&words.join(separator));
    }

    #[test]
    fn addresses_are_stable(
        raw in "[\"'<]{0,2}(mailto:)?[\"'< ]{0,2}[a-zA-ZäΣİ.'+]{1,8}@([a-zA-Zäßς0-9-]{0,6}|xn--[a-z0-9-]{1,8})[.。][a-zA-ZрФ]{1,4}[\"'> ]{0,3}"
    ) {
        assert_stable(&raw);
    }

    #[test]
    fn numbers_are_stable(raw in "(5A0A)?[A-Za-z]?[0-9 -]{8,12}([0-9]{10}){0,1}([A-Z][0-9]{9})?") {
        assert_stable(&raw);
    }

    #[test]
    fn card_numbers_are_stable(raw in "(5a0a)?80276[0-9]{15}") {
        assert_stable(&raw);
    }

    #[test]
    fn pension_tax_and_account_numbers_are_stable(
        raw in "[0-9]{8}[A-Za-z][0-9]{3}|[0-9]{11}|(iban:? ?)?(DE|NO|GB|IB)[0-9]{2}[A-Z0-9 ]{11,18}"
    ) {
        assert_stable(&raw);
    }

    #[test]
    fn addresses_with_tags_are_stable(
        raw in "[a-z4.+'%]{1,8}@(gmail|googlemail|web)\\.(com|de)"
    ) {
        assert_stable(&raw);
    }

    #[test]
    fn hashes_are_stable(raw in " ?[0-9a-fA-F]{64} ?") {
        assert_stable(&raw);
    }

    #[test]
    fn a_phone_number_is_stable_whatever_the_region(
        raw in "(\\+|00|0|)[ (]?(49|1|39|54|52|55|44|7|[0-9]{1,3})[ )/-]{0,2}[0-9]{4,12}( ?(x|ext\\.) ?[0-9])?",
        regions in prop::array::uniform2(prop::sample::select(vec![
            "DE", "AT", "CH", "US", "IT", "AR", "MX", "BR", "GB", "RU", "KZ", "CI", "SM", "HU",
        ])),
    ) {
        let [first, second] = regions.map(|code| code.parse().expect("a country with numbers"));
        normalize::assert_phone_is_stable(first, second, &raw);
    }

    #[test]
    fn dates_are_stable(
        raw in "[0-9]{1,2}[./ -][ ]?([0-9]{1,2}|Mai|März)[./ -][12]?[0-9]{1,3}( 00:00)?|[12][0-9]{3}(-?[0-9]{2}){0,2}"
    ) {
        assert_stable(&raw);
    }
}

#[test]
fn the_longest_texts_are_stable() {
    for part in ["a", "ß", "von ", "a, ", "\u{FDFA}", "a@", "1", "'", "?", "ガ", "ガ\u{3099}"] {
        for length in [1, 64, 256, 4096] {
            let mut raw = part.repeat(length);
            let end = (0..=raw.len().min(4096)).rev().find(|&end| raw.is_char_boundary(end));
            raw.truncate(end.unwrap_or_default());
            assert_stable(&raw);
        }
    }
}
