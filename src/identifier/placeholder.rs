//! Text that exports write for "no value": sure placeholders, and words that can also be names.

/// Whether a cell holds text that exports write for "no value": only blanks, only hyphens, `NULL`,
/// `(null)`, `<null>`, `n/a`, `n.a.`, `k.A.`, `keine Angabe`, or the `\N` of database dumps.
///
/// ```
/// use leakdex::is_placeholder;
///
/// assert!(is_placeholder("NULL") && is_placeholder(" - ") && is_placeholder(""));
/// assert!(!is_placeholder("Muster"));
/// ```
#[must_use]
pub fn is_placeholder(raw: &str) -> bool {
    is_sure(raw) || may_be_initials(raw)
}

/// Whether this is a placeholder even in a field for names.
pub(super) fn is_sure(raw: &str) -> bool {
    // A fast path for cells of five bytes or more that need no trimming: most first bytes rule out
    // a placeholder.
    if let [first, _, .., _, _, last] = raw.as_bytes()
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return match first {
            b'k' | b'K' => matches!(raw.len(), 12 | 13) && is_general_placeholder(raw),
            b'-' | b'(' | b'<' => is_general_placeholder(raw),
            _ => false,
        };
    }
    is_general_placeholder(raw.trim())
}

fn is_general_placeholder(text: &str) -> bool {
    let is = |known: &str| text.eq_ignore_ascii_case(known);
    match text.len() {
        // Hyphens of any number, or no text at all. The arms below match a length each.
        _ if text.bytes().all(|byte| byte == b'-') => true,
        2 => text == "\\N",
        3 => is("n/a"),
        4 => is("null"),
        6 => is("(null)") || is("<null>"),
        12 => is("keine Angabe"),
        13 => is("keine Angaben"),
        _ => false,
    }
}

/// Whether this is an abbreviation of "keine Angabe" or "not available" that can also be the
/// initials of a name.
pub(super) fn may_be_initials(raw: &str) -> bool {
    // A fast path: nearly all other texts do not end with a dot or a blank.
    if raw.as_bytes().last().is_some_and(|last| last.is_ascii_graphic() && *last != b'.') {
        return false;
    }
    let text = raw.trim();
    let is = |known: &str| text.eq_ignore_ascii_case(known);
    match text.len() {
        4 => is("k.A.") || is("n.a."),
        5 => is("k. A.") || is("n. a."),
        _ => false,
    }
}

/// Whether this is a word that people write for "no value". Not for names and usernames: there, it
/// may be the value itself.
pub(super) fn is_word_for_none(raw: &str) -> bool {
    const WORDS: [&str; 22] = [
        "kein",
        "keine",
        "keiner",
        "keins",
        "nein",
        "ohne",
        "entfällt",
        "entfaellt",
        "unbekannt",
        "nicht bekannt",
        "nicht vorhanden",
        "nicht angegeben",
        "no",
        "none",
        "nan",
        "na",
        "unknown",
        "0",
        "x",
        "?",
        ".",
        "/",
    ];
    let text = raw.trim();
    text.len() <= 16 && WORDS.contains(&text.to_lowercase().as_str())
}

/// The meaning of the normal form of a name or a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Name,
    /// A word that exports write for "no value", and that is also a name of some people.
    Doubtful,
    Nothing,
}

/// Whether a word in normal form is certainly a name. The first letter of most names rules out a
/// placeholder of [`meaning`].
pub(super) fn is_name(word: &[u8]) -> bool {
    !matches!(word.first(), Some(b'e' | b'k' | b'n' | b'u'))
        || str::from_utf8(word).is_ok_and(|word| meaning(word) == Meaning::Name)
}

pub(super) fn meaning(normal_form: &str) -> Meaning {
    match normal_form {
        "null" | "keine angabe" | "keine angaben" => Meaning::Nothing,
        "na" | "k a" | "n a" | "nan" | "none" | "keine" | "unknown" | "entfaellt" | "unbekannt"
        | "undefined" => Meaning::Doubtful,
        _ => Meaning::Name,
    }
}

/// Whether this is a spreadsheet's error value for a formula, in lower case.
pub(super) fn is_spreadsheet_error(text: &str) -> bool {
    const ERRORS: [&str; 11] = [
        "#nv", "#n/a", "#ref!", "#bezug!", "#wert!", "#value!", "#name?", "#null!", "#zahl!",
        "#num!", "#div/0!",
    ];
    text.starts_with('#') && ERRORS.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sure_placeholders_are_recognised() {
        for text in [
            "",
            " ",
            "\u{A0}",
            "-",
            "--",
            " ------ ",
            "\\N",
            "NULL",
            "n/a",
            " N/A ",
            "(null)",
            "<NULL>",
            "keine Angabe",
            "KEINE ANGABEN",
            " keine Angabe ",
        ] {
            assert!(is_sure(text) && is_placeholder(text), "{text:?}");
        }
    }

    #[test]
    fn possible_initials_are_placeholders_but_not_sure_ones() {
        for text in ["k.A.", " K.A. ", "k. A.", "n.a.", "N. A."] {
            assert!(is_placeholder(text) && !is_sure(text), "{text:?}");
        }
    }

    #[test]
    fn a_possible_name_is_not_a_certain_placeholder() {
        for text in [
            "Nan",
            "None",
            "Keine",
            "unbekannt",
            "undefined",
            "NA",
            "Koch",
            "Karla",
            "keine-angabe",
            "Keine Angabex",
            "-x-",
            "--------x",
            "- -",
            "(nil)",
            "K.B.",
            "k.a",
            "\\n",
            "nulls",
        ] {
            assert!(!is_placeholder(text), "{text:?}");
        }
    }

    #[test]
    fn a_certain_placeholder_means_no_value() {
        for text in ["null", "keine angabe", "keine angaben"] {
            assert!(is_sure(text) && meaning(text) == Meaning::Nothing, "{text}");
        }
        for text in ["nan", "k a", "unbekannt"] {
            assert!(!is_sure(text) && meaning(text) == Meaning::Doubtful, "{text}");
        }
        for text in ["nana", "koch", "mueller", "ka", "王小明"] {
            assert_eq!(meaning(text), Meaning::Name, "{text}");
        }
    }

    #[test]
    fn every_placeholder_is_found_beside_blanks() {
        for text in ["-", "\\N", "null", "n/a", "(null)", "keine Angabe", "-----", "k. A."] {
            for blanks in ["", " ", "  ", "\t", "\u{3000}", "    "] {
                for padded in [format!("{blanks}{text}"), format!("{text}{blanks}")] {
                    assert!(is_placeholder(&padded), "{padded:?}");
                }
            }
        }
    }
}
