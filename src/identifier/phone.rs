//! A phone number in E.164, as libphonenumber reads and validates it (feature `phone`).

use std::{fmt, str::FromStr};

use super::{Normaliser, Outcome};
use crate::parse_error::ParseError;

#[cfg(feature = "phone")]
mod cell;
#[cfg(feature = "phone")]
mod reader;

pub(super) use reader::normalise;

/// The country of numbers without a country code: two letters of ISO 3166-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Region([u8; 2]);

impl Region {
    /// Germany, the default.
    pub const DE: Self = Self(*b"DE");

    fn as_str(&self) -> &str {
        // The letters are ASCII.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Region {
    type Err = ParseError;

    /// Accepts two letters in any case. With the feature `phone`, the country must have phone
    /// numbers.
    fn from_str(code: &str) -> Result<Self, ParseError> {
        let &[first, second] = code.as_bytes() else {
            return Err(UNKNOWN);
        };
        if !(first.is_ascii_alphabetic() && second.is_ascii_alphabetic()) {
            return Err(UNKNOWN);
        }
        let region = Self([first.to_ascii_uppercase(), second.to_ascii_uppercase()]);
        // The tables of numbers take 10 ms to prepare. A command that reads no numbers does not
        // need them.
        if region == Self::DE || reader::has_numbers(region) { Ok(region) } else { Err(UNKNOWN) }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The error for a text that is not a country.
const UNKNOWN: ParseError =
    ParseError::new("not a country; expected two letters of ISO 3166-1, such as DE");

#[cfg(not(feature = "phone"))]
mod reader {
    use super::{Normaliser, Outcome, Region};
    use crate::identifier::Reason;

    pub fn normalise(_: &str, _: Normaliser, _: &mut String) -> Outcome {
        Outcome::Invalid(Reason::Unsupported)
    }

    pub const fn has_numbers(_: Region) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_two_letters_in_any_case() {
        assert_eq!("DE".parse(), Ok(Region::DE));
        assert_eq!("de".parse(), Ok(Region::DE));
        assert_eq!(Region::DE.to_string(), "DE");
        for code in ["", "D", "DEU", "D1", "Ä", "49"] {
            assert_eq!(code.parse::<Region>(), Err(UNKNOWN), "{code}");
        }
    }

    #[cfg(not(feature = "phone"))]
    #[test]
    fn a_build_without_phone_numbers_reports_it() {
        let mut normal_form = String::new();
        let outcome = normalise("030 123456", Normaliser::new(), &mut normal_form);
        assert_eq!(outcome, Outcome::Invalid(crate::Reason::Unsupported));
    }
}

#[cfg(all(test, feature = "phone"))]
mod reader_tests {
    use super::*;
    use crate::identifier::Reason;

    fn of(raw: &str, region: Region) -> (Outcome, String) {
        let mut normal_form = String::new();
        let outcome = normalise(raw, Normaliser::new().region(region), &mut normal_form);
        (outcome, normal_form)
    }

    #[test]
    fn a_number_without_a_country_code_is_of_the_region() {
        let austria = "AT".parse().expect("a country");
        assert_eq!(of("0171 1234567", Region::DE), (Outcome::Ok, "+491711234567".to_owned()));
        assert_eq!(of("01 234567", austria), (Outcome::Ok, "+431234567".to_owned()));
        // It may have lost its plus, but both readings give the same number.
        let america = "US".parse().expect("a country");
        assert_eq!(of("1 202 555 0123", america), (Outcome::Ok, "+12025550123".to_owned()));
        // America writes no 0 before an area code.
        let two = "+12025550123; +12025550199".to_owned();
        assert_eq!(of("202 555 0123; 202 555 0199", america), (Outcome::Ok, two));
        // Russia dials abroad with 8 10, so a number of Emden has lost no plus.
        let russia = "RU".parse().expect("a country");
        assert_eq!(of("8 10 49 4921 12345", russia), (Outcome::Ok, "+49492112345".to_owned()));
        assert_eq!("ZZ".parse::<Region>(), Err(UNKNOWN));
    }

    #[test]
    fn a_foreign_mobile_number_without_its_plus_is_ambiguous_in_every_region() {
        let ambiguous = (Outcome::Invalid(Reason::AmbiguousNumber), String::new());
        for (raw, code) in
            [("48601234567", "DE"), ("31 612 345 678", "AT"), ("48 601 234 567", "LU")]
        {
            let region = code.parse().expect("a country");
            assert_eq!(of(raw, region), ambiguous, "{raw} in {code}");
            let with_plus = format!("+{}", raw.replace(' ', ""));
            assert_eq!(of(&with_plus, region), (Outcome::Ok, with_plus.clone()), "{code}");
        }
        // A number of Radom, and an Austrian mobile number without its 0.
        let poland = "PL".parse().expect("a country");
        assert_eq!(of("483601234", poland), (Outcome::Ok, "+48483601234".to_owned()));
        let austria = "AT".parse().expect("a country");
        assert_eq!(of("66412345678", austria), (Outcome::Ok, "+4366412345678".to_owned()));
    }

    #[test]
    fn a_normal_form_is_stable_in_every_region() {
        for code in ["DE", "AT", "US", "IT", "SM", "AR"] {
            let region = code.parse().expect("a country");
            for normal_form in ["+491711234567", "+431234567", "+390549886377"] {
                let expected = (Outcome::Ok, normal_form.to_owned());
                assert_eq!(of(normal_form, region), expected, "{code}");
            }
        }
    }
}
