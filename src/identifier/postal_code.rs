//! A postcode: five digits for Germany; others are kept, but for case and spaces.

use unicode_normalization::UnicodeNormalization;

use super::{Normaliser, Outcome, Reason, is_placeholder};

/// Four digits are a German postcode that lost its leading zero to a spreadsheet. That also pads
/// the four digits of other countries, on both sides alike.
pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    let pushed = if raw.is_ascii() {
        push_plain(raw.trim().chars(), normal_form)
    } else {
        push_plain(raw.trim().nfkc(), normal_form)
    };
    if let Err(reason) = pushed {
        return Outcome::Invalid(reason);
    }
    let german = ["DE-", "D-"].iter().find(|prefix| {
        normal_form.strip_prefix(**prefix).is_some_and(|rest| is_digits(rest, 4..=5))
    });
    if let Some(prefix) = german {
        normal_form.drain(..prefix.len());
    }
    if is_placeholder(normal_form) || normal_form.bytes().all(|byte| byte == b'0') {
        return Outcome::Absent;
    }
    if !LENGTHS.contains(&normal_form.len()) {
        return Outcome::Invalid(Reason::WrongLength);
    }
    // A town's name in the wrong column, say: every country's postcode has a digit.
    if !normal_form.bytes().any(|byte| byte.is_ascii_digit()) {
        return Outcome::Invalid(Reason::WrongCharacter);
    }
    if is_digits(normal_form, 4..=4) {
        normal_form.insert(0, '0');
    }
    Outcome::Ok
}

/// Characters of a postcode anywhere; two of them are the country's sign and a hyphen at most.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=10;

/// No country's postcode has more than letters, digits and hyphens. A full stop is a spreadsheet's
/// damage (`12345.0`), and would silently never match.
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
    use super::*;

    fn of(raw: &str) -> (Outcome, String) {
        let mut normal_form = String::new();
        let outcome = normalise(raw, Normaliser::new(), &mut normal_form);
        (outcome, normal_form)
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
            ("12345 Berlin", Reason::WrongLength),
            ("12345.0", Reason::WrongCharacter),
            ("Berlin", Reason::WrongCharacter),
            ("1234\0", Reason::ControlCharacter),
        ];
        for (raw, reason) in faults {
            assert_eq!(of(raw).0, Outcome::Invalid(reason), "{raw}");
        }
    }
}
