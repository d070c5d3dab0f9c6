//! Names in ASCII.

/// The letters of a name in lower case, with umlauts and accents written out in ASCII.
pub fn letters(name: &str) -> String {
    let mut letters = written_out(name);
    letters.retain(|character| character.is_ascii_alphabetic());
    letters.make_ascii_lowercase();
    letters
}

/// The name with umlauts and accents written out, as on a typewriter that lacks them.
pub fn written_out(name: &str) -> String {
    let mut written = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        match character {
            'ä' | 'æ' => written.push_str("ae"),
            'ö' => written.push_str("oe"),
            'ü' => written.push_str("ue"),
            'ß' => written.push_str("ss"),
            'å' => written.push_str("aa"),
            'Ä' => written.push_str("Ae"),
            'Ö' => written.push_str("Oe"),
            'Ü' => written.push_str("Ue"),
            'Å' => written.push_str("Aa"),
            'á' => written.push('a'),
            'ç' | 'ć' | 'č' => written.push('c'),
            'Ç' | 'Ć' => written.push('C'),
            'é' | 'ê' => written.push('e'),
            'ğ' => written.push('g'),
            'í' | 'ı' => written.push('i'),
            'ş' | 'š' => written.push('s'),
            'Ş' => written.push('S'),
            other => written.push(other),
        }
    }
    written
}
