//! Unique personal numbers with valid check digits.

use leakdex::{Field, Normaliser, Outcome};

/// A valid insured number. No digit repeats the one before it, so it cannot be mistaken for a test number.
/// There are 26 · 10 · 9⁷ such numbers. A factor that is coprime to this count spreads the persons over them.
pub fn kvnr(number: u32) -> String {
    const NUMBERS: u64 = 26 * 10 * 9_u64.pow(7);
    const FACTOR: u64 = 700_000_001;
    let mut rest = u64::from(number) * FACTOR % NUMBERS;
    let mut take = |of: u64| {
        let taken = rest % of;
        rest /= of;
        u8::try_from(taken).expect("it is below 26")
    };
    let letter = take(26);
    let mut digit = take(10);
    let mut digits = vec![digit];
    for _ in 0..7 {
        digit = (digit + 1 + take(9)) % 10;
        digits.push(digit);
    }
    let mut text = String::from(char::from(b'A' + letter));
    text.extend(digits.iter().map(|digit| char::from(b'0' + digit)));
    text.push(check_digit(&text));
    text
}

/// The check digit of an insured number (§ 290 SGB V): the letter as two digits, weights 1 and 2 in turn,
/// the sum of the products' digit sums modulo 10.
pub fn check_digit(before: &str) -> char {
    let digits = before
        .bytes()
        .flat_map(|character| match character {
            b'A'..=b'Z' => vec![(character - b'A' + 1) / 10, (character - b'A' + 1) % 10],
            digit => vec![digit - b'0'],
        })
        .zip([1, 2].into_iter().cycle());
    let sum: u32 =
        digits.map(|(digit, weight)| u32::from(digit * weight / 10 + digit * weight % 10)).sum();
    char::from_digit(sum % 10, 10).expect("it is below 10")
}

/// The card of a number. A new card gets a new number, and the leak has the old ones.
#[derive(Clone, Copy)]
pub enum Card {
    /// The card at the time of the leak.
    Old,
    /// The current card.
    New,
}

/// A card number: the prefix for German health insurance, an issuer, and ten digits.
pub fn iccsn(number: u32, card: Card) -> String {
    const SERIALS: u64 = 10_u64.pow(10);
    const FACTOR: u64 = 4_283_185_307;
    let serial = (u64::from(number) * 2 + card as u64) * FACTOR % SERIALS;
    let number = format!("8027688311{serial:010}");
    // The few numbers that look rounded are invalid. All of them are even, so an odd number is valid.
    let mut normal_form = String::new();
    match Normaliser::new().normalise(Field::Iccsn, &number, &mut normal_form) {
        Outcome::Ok => number,
        _ => format!("8027688312{:010}", serial + 1),
    }
}

/// A valid German account number: a made-up bank code and ten digits.
pub fn iban(number: u32) -> String {
    const ACCOUNTS: u64 = 10_u64.pow(10);
    const FACTOR: u64 = 7_640_251_331;
    let account = u64::from(number) * FACTOR % ACCOUNTS;
    let bank = 10_000_000 + u64::from(number % 997) * 70_001;
    // `DE00` after the account, each letter as two digits.
    let without: u128 = format!("{bank:08}{account:010}131400").parse().expect("these are digits");
    format!("DE{:02}{bank:08}{account:010}", 98 - without % 97)
}

/// A valid tax identification number (§ 139b AO): among the first ten digits, one occurs twice and one is
/// missing.
pub fn steuer_id(number: u32) -> String {
    const NUMBERS: u64 = 9 * 362_880 * 8;
    const FACTOR: u64 = 15_485_863;
    let mut rest = u64::from(number) * FACTOR % NUMBERS;
    let mut take = |of: usize| {
        let taken = rest % of as u64;
        rest /= of as u64;
        usize::try_from(taken).expect("it is small")
    };
    let first = 1 + take(9);
    let mut others: Vec<usize> = (0..10).filter(|&digit| digit != first).collect();
    let mut digits = vec![first];
    while !others.is_empty() {
        digits.push(others.swap_remove(take(others.len())));
    }
    // A digit after the first one is repeated at the last position.
    digits[9] = digits[1 + take(8)];
    // ISO 7064, MOD 11,10.
    let product = digits.iter().fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    digits.push((11 - product) % 10);
    digits.iter().map(ToString::to_string).collect()
}
