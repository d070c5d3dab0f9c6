//! A username: kept as it is, except for case and for variants of the same character.

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
    // Full-width characters may become a placeholder.
    if is_placeholder(normal_form) {
        Outcome::Absent
    } else if normal_form.chars().any(char::is_control) {
        Outcome::Invalid(Reason::ControlCharacter)
    } else if normal_form.chars().nth(MAX_LENGTH).is_some() {
        Outcome::Invalid(Reason::TooLong)
    } else if placeholder::meaning(normal_form) != Meaning::Name
        || placeholder::is_spreadsheet_error(normal_form)
    {
        // Somebody may have chosen this word as a username.
        Outcome::Suspect(Reason::Placeholder)
    } else {
        Outcome::Ok
    }
}

/// The length of the longest username, in characters.
const MAX_LENGTH: usize = 256;

/// Applies NFKC, lower case and trimming. Each step can create work for the others, so they repeat
/// until nothing changes. One round is nearly always enough.
fn fold_until_stable(raw: &str) -> String {
    let mut folded = fold(raw);
    // One round is enough for every single character. The limit only makes sure that the loop ends.
    for _ in 0..4 {
        let again = fold(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

/// Lower-cases character by character, because a final sigma depends on its neighbours.
fn fold(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    folded.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_stable_after_one_round() {
        for character in crate::identifier::testing::characters() {
            let folded = fold(&character.to_string());
            assert_eq!(fold(&folded), folded, "{character:?}");
        }
    }
}
