//! A username: kept but for case and spelling variants of the same character.

use unicode_normalization::UnicodeNormalization;

use super::{
    Normaliser, Outcome, Reason, is_placeholder,
    placeholder::{self, Meaning},
};

pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    let raw = raw.trim();
    if raw.is_ascii() {
        normal_form.push_str(raw);
        normal_form.make_ascii_lowercase();
    } else {
        normal_form.push_str(&fold_until_stable(raw));
    }
    // Full-width characters may turn out to be a placeholder.
    if is_placeholder(normal_form) {
        Outcome::Absent
    } else if normal_form.chars().any(char::is_control) {
        Outcome::Invalid(Reason::ControlCharacter)
    } else if normal_form.chars().nth(LONGEST).is_some() {
        Outcome::Invalid(Reason::TooLong)
    } else if placeholder::meaning(normal_form) != Meaning::Name
        || placeholder::is_spreadsheet_error(normal_form)
    {
        // Somebody may have chosen it.
        Outcome::Suspect(Reason::Placeholder)
    } else {
        Outcome::Ok
    }
}

/// Characters of the longest username.
const LONGEST: usize = 256;

/// NFKC, lower case and trimming. Each can make work for the others, so they repeat until nothing
/// changes; that is nearly always at once.
fn fold_until_stable(raw: &str) -> String {
    let mut folded = fold(raw);
    // Two rounds are enough for every character; the bound is for peace of mind.
    for _ in 0..4 {
        let again = fold(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

/// Lower-cases character by character: a final sigma would depend on its neighbours.
fn fold(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    folded.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{super::testing::applied, *};

    fn of(raw: &str) -> (Outcome, String) {
        applied(normalise, raw)
    }

    #[test]
    fn case_width_and_surrounding_white_space_do_not_matter() {
        for raw in ["Max.Muster_1", " max.muster_1\n", "ＭＡＸ.muster_1"] {
            assert_eq!(of(raw), (Outcome::Ok, "max.muster_1".to_owned()), "{raw}");
        }
        assert_eq!(of("JÖRG").1, of("Jo\u{308}rg").1);
    }

    #[test]
    fn a_control_character_is_invalid() {
        assert_eq!(of("max\0muster").0, Outcome::Invalid(Reason::ControlCharacter));
    }

    #[test]
    fn two_hundred_and_fifty_six_characters_are_the_limit() {
        assert_eq!(of(&"ä".repeat(256)).0, Outcome::Ok);
        assert_eq!(of(&"ä".repeat(257)).0, Outcome::Invalid(Reason::TooLong));
    }

    #[test]
    fn a_placeholder_in_full_width_characters_is_absent() {
        assert_eq!(of("ＮＵＬＬ").0, Outcome::Absent);
    }

    #[test]
    fn what_exports_write_for_nothing_is_absent_or_suspect() {
        for raw in ["k.A.", "ｋ.Ａ.", "keine Angabe", "--", "(null)"] {
            assert_eq!(of(raw).0, Outcome::Absent, "{raw}");
        }
        for raw in ["nan", "None", "UNBEKANNT", "undefined", "#NV", "#DIV/0!", "NA"] {
            let suspect = Outcome::Suspect(Reason::Placeholder);
            assert_eq!(of(raw), (suspect, raw.to_lowercase()), "{raw}");
        }
        for raw in ["nana", "none1", "#nv1", "ka", "anna"] {
            assert_eq!(of(raw).0, Outcome::Ok, "{raw}");
        }
    }

    #[test]
    fn every_character_is_stable_after_one_round() {
        for character in '\0'..=char::MAX {
            let folded = fold(&character.to_string());
            assert_eq!(fold(&folded), folded, "{character:?}");
        }
    }
}
