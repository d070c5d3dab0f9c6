//! Plain persons for benches: they have few different names, and are generated quickly.

use leakdex::Record;

use crate::numbers::check_digit;

const FIRST: &str = "Anna,Maria,Jürgen,Peter,Hans,Karl,Sabine,Jörg,Lena,Paul,Emma,Felix,Ursula,\
                     Thomas,Michael,Karl Heinz,Wolfgang,Klaus,Monika,Petra";

const LAST: &str = "Müller,Schmidt,Schneider,Fischer,Weber,Meyer,Wagner,Becker,Schulz,Hoffmann,\
                    Schäfer,Koch,Bauer,Richter,Klein,Wolf,Schröder,Neumann,Müller-Lüdenscheidt,\
                    von Berg";

/// The person with this number: e-mail address, insured number, names, date of birth.
pub fn person(number: u32) -> Record {
    let draw = |salt, below| mixed(number, salt) % below;
    let name = |names: &'static str, salt| {
        let place = usize::try_from(draw(salt, 20)).expect("it is small");
        names.split(',').nth(place).expect("there are 20")
    };
    let (first, last) = (name(FIRST, 1), name(LAST, 2));
    let (day, month, year) = (1 + draw(3, 28), 1 + draw(4, 12), 1930 + draw(5, 80));
    Record::new()
        .email(&format!("mail.{}{number}@example.de", draw(6, 1000)))
        .kvnr(&insured_number(number))
        .first_name(first)
        .last_name(last)
        .birth_date(&format!("{day:02}.{month:02}.{year}"))
}

/// A letter, eight digits and the check digit.
fn insured_number(number: u32) -> String {
    let place = usize::try_from(number % 26).expect("it is small");
    let letter = char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place]);
    let digits = u64::from(number / 26) * 7919 % 100_000_000;
    let mut text = format!("{letter}{digits:08}");
    text.push(check_digit(&text));
    text
}

/// A pseudo-random number (the mixing of `SplitMix64`).
fn mixed(number: u32, salt: u64) -> u64 {
    let mut bits = (u64::from(number) ^ salt << 48).wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    (bits ^ bits >> 31) >> 16
}
