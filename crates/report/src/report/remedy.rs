//! The remedies for the gaps of a check.

use crate::{causes, language::Language, words::Words};

/// The remedy for a reason why persons were not checked, or only in part.
pub fn of(reason: &str, language: Language) -> &'static str {
    let remedy = match reason {
        causes::RUN_CAVEAT => "columns",
        causes::MATCH_REFUTED => "compare",
        causes::OUT_OF_REACH => "reach",
        "damaged-index" | "other-unicode" => "index",
        causes::FIELD_NOT_COMPARED | "kind-not-indexed" => "leak",
        "absent" | "no-identifier" | "placeholder" | "single-name" => "add",
        "unknown-date-format"
        | "two-digit-year"
        | "impossible-date"
        | "year-out-of-range"
        | "time-zone"
        | "serial-number" => "dates",
        "scientific-notation" | "lost-digits" | "formula-without-value" => "text",
        "invalid-encoding" | "escaped-text" | "mojibake" => "encoding",
        "replacement-character" | "lost-character" => "letters",
        _ => "correct",
    };
    Words::report(language).of(&format!("remedies.{remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_remedy_in_each_language() {
        let reasons = leakdex::Reason::ALL.iter().map(|reason| reason.code());
        for reason in reasons.chain(causes::OTHERS) {
            for language in Language::ALL {
                assert!(!of(reason, language).is_empty(), "{reason}");
            }
        }
    }

    /// No option can restore a letter that is missing from the file.
    #[test]
    fn every_text_about_a_lost_letter_asks_for_a_new_export_or_a_correction() {
        for code in ["lost-character", "replacement-character"] {
            let message = of(code, Language::De);
            assert!(
                message.contains("exportieren") && message.contains("berichtigen"),
                "{message}"
            );
            assert!(!message.contains("--encoding"), "{message}");
            let message = Language::De.remedy(code, false);
            assert!(message.contains("--encoding hilft nicht. Exportieren"), "{message}");
            assert!(message.contains("berichtigen"), "{message}");
        }
    }

    /// If the code of a reason changed, it would get only the general remedy.
    #[test]
    fn every_remedy_has_an_existing_reason() {
        let source = include_str!("remedy.rs").split("#[cfg(test)]").next().unwrap_or_default();
        let quoted = source.split('"').skip(1).step_by(2).filter(|text| text.contains('-'));
        let known = |code: &str| leakdex::Reason::ALL.iter().any(|reason| reason.code() == code);
        let unknown: Vec<&str> = quoted.filter(|code| !known(code)).collect();
        assert_eq!(unknown, [""; 0]);
    }
}
