//! A postcode: five digits for Germany; others are kept, but for case and spaces.

use super::{
    Normaliser, Outcome, Reason, is_placeholder,
    number::{composed, without_decimal_zero},
};

/// Four digits are a German postcode that lost its leading zero to a spreadsheet. That also pads
/// the four digits of other countries, on both sides alike. The `.0` that a spreadsheet puts after a
/// whole number is dropped, and so are the country's sign before a German postcode and the town
/// after it.
pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    let text = composed(raw);
    let text = without_decimal_zero(&text).trim();
    if let Err(reason) = push_plain(without_town(text).chars(), normal_form) {
        return Outcome::Invalid(reason);
    }
    if let Some(digits) = without_sign(normal_form).map(str::len) {
        normal_form.drain(..normal_form.len() - digits);
    }
    if is_placeholder(normal_form) || normal_form.bytes().all(|byte| byte == b'0') {
        return Outcome::Absent;
    }
    if !LENGTHS.contains(&normal_form.len()) {
        return Outcome::Invalid(Reason::WrongLength);
    }
    // Without a digit it is a town's name in the wrong column, say: every country's postcode has one.
    let has_digit = normal_form.bytes().any(|byte| byte.is_ascii_digit());
    if normal_form.starts_with('-') || normal_form.ends_with('-') || !has_digit {
        return Outcome::Invalid(Reason::WrongCharacter);
    }
    if is_digits(normal_form, 4..=4) {
        normal_form.insert(0, '0');
    }
    Outcome::Ok
}

/// Characters of a postcode anywhere; two of them are the country's sign and a hyphen at most.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=10;

/// The postcode before a town: of `45127 Essen` or `D-45127 Essen`. A Dutch `1234 AB` has no town.
fn without_town(text: &str) -> &str {
    let sign = text.find(|character: char| character.is_ascii_digit()).unwrap_or(text.len());
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    let (postcode, town) = text.split_at(sign + digits);
    let is_town = town.starts_with(' ') && town.trim_start().starts_with(char::is_alphabetic);
    let is_german = (4..=5).contains(&digits) && town.trim().chars().count() > 2;
    if is_town && is_german { postcode } else { text }
}

/// The digits of a German postcode after the country's sign: of `D-45127` or `DE45127`.
fn without_sign(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("DE").or_else(|| text.strip_prefix('D'))?;
    Some(rest.strip_prefix('-').unwrap_or(rest)).filter(|digits| is_digits(digits, 4..=5))
}

/// No country's postcode has more than letters, digits and hyphens; anything else would silently
/// never match.
fn push_plain(characters: impl Iterator<Item = char>, plain: &mut String) -> Result<(), Reason> {
    for character in characters {
        match character {
            ' ' => {}
            '-' | '0'..='9' | 'A'..='Z' => plain.push(character),
            'a'..='z' => plain.push(character.to_ascii_uppercase()),
            _ if character.is_control() => return Err(Reason::ControlCharacter),
            _ => return Err(Reason::WrongCharacter),
        }
    }
    Ok(())
}

fn is_digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{super::testing::applied, *};

    fn of(raw: &str) -> (Outcome, String) {
        applied(normalise, raw)
    }

    #[test]
    fn a_countrys_sign_and_a_town_are_no_part_of_a_german_postcode() {
        for raw in
            ["D-89073", "DE-89073", "d 89073", "D89073", "89073 Ulm", "89073  Köln", "D-89073 Ulm"]
        {
            assert_eq!(of(raw), (Outcome::Ok, "89073".into()), "{raw}");
        }
        assert_eq!(of("1067 Dresden"), (Outcome::Ok, "01067".into()));
        assert_eq!(of("1234 AB"), (Outcome::Ok, "1234AB".into()));
        assert_eq!(of("12345-").0, Outcome::Invalid(Reason::WrongCharacter));
    }

    #[test]
    fn a_german_postcode_has_five_digits() {
        let spellings =
            ["01067", "1067", " 01067 ", "D-01067", "de-01067", "D - 01067", "０１０６７"];
        for raw in spellings {
            assert_eq!(of(raw), (Outcome::Ok, "01067".to_owned()), "{raw}");
        }
    }

    #[test]
    fn the_decimal_zero_of_a_spreadsheet_is_dropped() {
        assert_eq!(of("12345.0"), (Outcome::Ok, "12345".to_owned()));
        assert_eq!(of(" 1067.0 "), (Outcome::Ok, "01067".to_owned()));
        assert_eq!(of("0.0").0, Outcome::Absent);
    }

    #[test]
    fn others_are_kept_in_upper_case_without_spaces() {
        assert_eq!(of("sw1a 1aa"), (Outcome::Ok, "SW1A1AA".to_owned()));
        assert_eq!(of("CH-8001"), (Outcome::Ok, "CH-8001".to_owned()));
        assert_eq!(of("110-0005"), (Outcome::Ok, "110-0005".to_owned()));
    }

    #[test]
    fn zeros_only_are_absent() {
        for raw in ["0", "00000", "D-00000"] {
            assert_eq!(of(raw).0, Outcome::Absent, "{raw}");
        }
    }

    #[test]
    fn what_is_no_postcode_is_invalid() {
        let faults = [
            ("7", Reason::WrongLength),
            ("1234567890123", Reason::WrongLength),
            ("12345.5", Reason::WrongCharacter),
            ("D-12345.0", Reason::WrongCharacter),
            ("Berlin", Reason::WrongCharacter),
            ("1234\0", Reason::ControlCharacter),
        ];
        for (raw, reason) in faults {
            assert_eq!(of(raw).0, Outcome::Invalid(reason), "{raw}");
        }
    }
}
