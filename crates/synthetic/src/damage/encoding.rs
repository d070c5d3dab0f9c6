//! Damage by encodings.

use leakdex::Field;

use super::{ALL, Cell, Damage, NAMES, harmless, noticeable, unnoticeable};

const LETTERS: &[Field] = &[Field::Email, Field::LastName, Field::FirstName, Field::Name];

pub(super) const DAMAGES: &[Damage] = &[
    noticeable("UTF-8 read as windows-1252", NAMES, |cell| as_windows_1252(cell.written)),
    noticeable("UTF-8 read as windows-1252 twice", NAMES, |cell| {
        as_windows_1252(&as_windows_1252(cell.written))
    }),
    noticeable("CP850 read as windows-1252", NAMES, |cell| {
        // The byte of `ü` is 81, which windows-1252 does not assign.
        replaced(cell, &["„", "”", "\u{81}", "Ž", "™", "š", "á"])
    }),
    noticeable("windows-1252 read as CP850", NAMES, |cell| {
        replaced(cell, &["õ", "÷", "³", "─", "Í", "▄", "▀"])
    }),
    noticeable("windows-1252 read as MacRoman", NAMES, |cell| {
        replaced(cell, &["‰", "ˆ", "¸", "ƒ", "÷", "‹", "ﬂ"])
    }),
    noticeable("question marks", NAMES, |cell| replaced(cell, &["?"; 7])),
    noticeable("replacement characters", NAMES, |cell| replaced(cell, &["\u{fffd}"; 7])),
    noticeable("underscores", NAMES, |cell| replaced(cell, &["_"; 7])),
    noticeable("blanks for umlauts in surnames", &[Field::LastName, Field::Name], |cell| {
        replaced(cell, &[" "; 7])
    }),
    unnoticeable(
        "blanks for umlauts in given names",
        &[Field::FirstName],
        "few given names have an umlaut, and many have a blank",
        |cell| replaced(cell, &[" "; 7]),
    ),
    unnoticeable(
        "umlauts left out",
        NAMES,
        "a name without one of its letters is a name",
        |cell| replaced(cell, &[""; 7]),
    ),
    harmless("umlauts written out", NAMES, |cell| {
        replaced(cell, &["ae", "oe", "ue", "Ae", "Oe", "Ue", "ss"])
    }),
    noticeable("byte order mark in the value", ALL, |cell| format!("\u{feff}{}", cell.written)),
    noticeable("NUL in the value", ALL, |cell| format!("{}\0", cell.written)),
    noticeable("letters of another alphabet", LETTERS, |cell| {
        cell.written.replace(['a', 'A'], "а").replace(['e', 'E'], "е").replace(['o', 'O'], "о")
    }),
];

/// The text with replacements for ä, ö, ü, Ä, Ö, Ü and ß.
fn replaced(cell: &Cell<'_>, by: &[&str; 7]) -> String {
    let umlauts = "äöüÄÖÜß".chars().zip(by);
    umlauts.fold(cell.written.to_owned(), |text, (umlaut, other)| text.replace(umlaut, other))
}

/// The text that results if a reader decodes UTF-8 as windows-1252.
pub(super) fn as_windows_1252(text: &str) -> String {
    /// The characters of the bytes 80 to 9F. Unassigned bytes are controls.
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let character = |byte: u8| match byte {
        0x80..=0x9F => HIGH.chars().nth(usize::from(byte - 0x80)).unwrap_or('?'),
        other => char::from(other),
    };
    text.bytes().map(character).collect()
}
