//! What exports write for "nothing": surely so, or a word that can also be a name.

/// Whether a cell holds what exports write for "nothing": blanks only, `NULL`, `n/a`, `k.A.`, `keine
/// Angabe`, hyphens only, or the `\N` of database dumps.
///
/// ```
/// use leakdex::is_placeholder;
///
/// assert!(is_placeholder("NULL") && is_placeholder(" - ") && is_placeholder(""));
/// assert!(!is_placeholder("Muster"));
/// ```
#[must_use]
pub fn is_placeholder(raw: &str) -> bool {
    is_sure(raw) || are_initials(raw)
}

/// Whether it is one also where a name is expected.
pub(super) fn is_sure(raw: &str) -> bool {
    // Longer than most, and with nothing to trim: the first byte tells.
    if let [first, _, .., _, _, last] = raw.as_bytes()
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return match first {
            b'k' | b'K' => matches!(raw.len(), 12 | 13) && is_one_of_all(raw),
            b'-' | b'(' | b'<' => is_one_of_all(raw),
            _ => false,
        };
    }
    is_one_of_all(raw.trim())
}

fn is_one_of_all(text: &str) -> bool {
    let is = |known: &str| text.eq_ignore_ascii_case(known);
    match text.len() {
        // Before the others, since it is true of no text at all, too.
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

/// Whether this is an abbreviation of "keine Angabe" or "not available", which can be the initials
/// of a name.
pub(super) fn are_initials(raw: &str) -> bool {
    // Nearly all others end with something else.
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

/// What the normal form of a name or a username says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Name,
    /// A word that exports write for "nothing", and that some people are called.
    Doubtful,
    Nothing,
}

/// Whether a word in normal form surely is a name. Most names begin with other letters than the
/// words that stand for "nothing".
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

/// Whether this is what a spreadsheet shows for a formula without a result, in lower case.
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
    fn a_placeholder_for_no_value_is_nothing() {
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
    fn possible_initials_are_nothing_except_among_names() {
        for text in ["k.A.", " K.A. ", "k. A.", "n.a.", "N. A."] {
            assert!(is_placeholder(text) && !is_sure(text), "{text:?}");
        }
    }

    #[test]
    fn a_possible_name_is_not_surely_nothing() {
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
    fn a_normal_form_that_is_surely_nothing_means_nothing() {
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
    fn every_placeholder_is_found_whatever_stands_around_it() {
        for text in ["-", "\\N", "null", "n/a", "(null)", "keine Angabe", "-----", "k. A."] {
            for blanks in ["", " ", "  ", "\t", "\u{3000}", "    "] {
                for padded in [format!("{blanks}{text}"), format!("{text}{blanks}")] {
                    assert!(is_placeholder(&padded), "{padded:?}");
                }
            }
        }
    }
}
