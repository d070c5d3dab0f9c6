//! An international bank account number (ISO 13616): the country, two check digits (ISO 7064 MOD
//! 97-10), and an account number of the length that the country uses.
//!
//! The inner structure of the account number differs between countries and is not checked.

use super::{Normaliser, Outcome, Reason, number};

pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    if let Err(outcome) = number::plain(raw, normal_form) {
        return outcome;
    }
    if let Some(number) = normal_form.strip_prefix(PREFIX) {
        let number = number.strip_prefix(':').unwrap_or(number);
        normal_form.drain(..normal_form.len() - number.len());
    }
    match fault(normal_form.as_bytes()) {
        Some(reason) => Outcome::Invalid(reason),
        None => Outcome::Ok,
    }
}

/// Often printed before the number. No country has the code `IB`.
const PREFIX: &str = "IBAN";

fn fault(characters: &[u8]) -> Option<Reason> {
    if !characters.iter().all(u8::is_ascii_alphanumeric) {
        return Some(Reason::WrongCharacter);
    }
    let Some((country, rest)) = characters.split_first_chunk::<2>() else {
        return Some(Reason::WrongLength);
    };
    let Some(length) = length_of(*country) else {
        return Some(Reason::WrongPrefix);
    };
    if characters.len() != length {
        return Some(Reason::WrongLength);
    }
    let (check_digits, account) = rest.split_first_chunk::<2>()?;
    if !check_digits.iter().all(u8::is_ascii_digit) {
        return Some(Reason::WrongCharacter);
    }
    // These have the same remainders as 97, 98 and 02, which are the ones in use.
    let is_never_issued = matches!(check_digits, b"00" | b"01" | b"99");
    let fits = remainder(account.iter().chain(country).chain(check_digits)) == 1;
    (is_never_issued || !fits).then_some(Reason::WrongCheckDigit)
}

/// The remainder modulo 97 of the number, with letters as two digits: `A` is 10 and `Z` is 35.
fn remainder<'a>(characters: impl Iterator<Item = &'a u8>) -> u32 {
    characters.fold(0, |remainder, &character| match character {
        b'A'..=b'Z' => (remainder * 100 + u32::from(character - b'A') + 10) % 97,
        _ => (remainder * 10 + u32::from(character.wrapping_sub(b'0'))) % 97,
    })
}

/// The length of a country's numbers. Each list begins with the countries of the SWIFT IBAN
/// registry, release 101. Then the alphabet starts again, with territories that the registry lists
/// under France, Finland and the United Kingdom, and with countries that issue such numbers but are
/// not in the registry.
const fn length_of(country: [u8; 2]) -> Option<usize> {
    Some(match &country {
        b"NO" => 15,
        b"BE" => 16,
        b"DK" | b"FI" | b"FK" | b"FO" | b"GL" | b"NL" | b"SD" | b"AX" => 18,
        b"MK" | b"SI" => 19,
        b"AT" | b"BA" | b"EE" | b"KZ" | b"LT" | b"LU" | b"MN" | b"XK" => 20,
        b"CH" | b"HR" | b"LI" | b"LV" => 21,
        b"BG" | b"BH" | b"CR" | b"DE" | b"GB" | b"GE" | b"IE" | b"ME" | b"RS" | b"VA" | b"GG"
        | b"IM" | b"JE" => 22,
        b"AE" | b"GI" | b"IL" | b"IQ" | b"OM" | b"SO" | b"TL" => 23,
        b"AD" | b"CZ" | b"ES" | b"MD" | b"PK" | b"RO" | b"SA" | b"SE" | b"SK" | b"TN" | b"VG" => 24,
        b"LY" | b"PT" | b"ST" | b"AO" | b"CV" | b"GW" | b"MZ" => 25,
        b"IS" | b"TR" | b"DZ" | b"IR" => 26,
        b"BI" | b"DJ" | b"FR" | b"GR" | b"IT" | b"MC" | b"MR" | b"SM" | b"BL" | b"GF" | b"GP"
        | b"MF" | b"MQ" | b"NC" | b"PF" | b"PM" | b"RE" | b"TF" | b"WF" | b"YT" | b"CF" | b"CG"
        | b"CM" | b"GA" | b"GQ" | b"KM" | b"MG" | b"TD" => 27,
        b"AL" | b"AZ" | b"BY" | b"CY" | b"DO" | b"GT" | b"HN" | b"HU" | b"LB" | b"NI" | b"PL"
        | b"SV" | b"BF" | b"BJ" | b"CI" | b"MA" | b"ML" | b"NE" | b"SN" | b"TG" => 28,
        b"BR" | b"EG" | b"PS" | b"QA" | b"UA" => 29,
        b"JO" | b"KW" | b"MU" | b"YE" => 30,
        b"MT" | b"SC" => 31,
        b"LC" => 32,
        b"RU" => 33,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::testing::applied, *};

    fn of(raw: &str) -> (Outcome, String) {
        applied(normalise, raw)
    }

    #[test]
    fn check_digits_that_are_never_issued_are_wrong_even_if_they_fit() {
        for (issued, never) in [("97", "00"), ("98", "01"), ("02", "99")] {
            let account = (0..10_000)
                .map(|number| format!("37040044{number:010}"))
                .find(|account| of(&format!("DE{issued}{account}")).0 == Outcome::Ok)
                .expect("one account in 97 has these check digits");
            let outcome = of(&format!("DE{never}{account}")).0;
            assert_eq!(outcome, Outcome::Invalid(Reason::WrongCheckDigit), "{never}");
        }
    }
}
