//! Numbers that are a person's alone, with right check digits.

/// A valid insured number. No digit follows its like, so it cannot be taken for a test number, of
/// which there are 26 · 10 · 9⁷; a factor prime to that spreads the persons over them.
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

/// The check digit of an insured number (§ 290 SGB V): the letter as two digits, weights 1 and 2 in
/// turn, the sum of the products' digit sums modulo 10.
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

/// A card number ends with a new card; the leak has the old ones.
#[derive(Clone, Copy)]
pub enum Card {
    /// The card at the time of the leak.
    Old,
    /// The card since.
    New,
}

/// A card number: the prefix for German health insurance, an issuer, and ten digits.
pub fn iccsn(number: u32, card: Card) -> String {
    const SERIALS: u64 = 10_u64.pow(10);
    const FACTOR: u64 = 4_283_185_307;
    let serial = (u64::from(number) * 2 + card as u64) * FACTOR % SERIALS;
    format!("8027688311{serial:010}")
}
