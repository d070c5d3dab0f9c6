//! Helpers for tests of normal forms.

use super::{Normaliser, Outcome};

/// The outcome and the normal form that a rule gives for a value.
pub(super) fn applied(
    rule: fn(&str, Normaliser, &mut String) -> Outcome,
    raw: &str,
) -> (Outcome, String) {
    let mut normal_form = String::new();
    let outcome = rule(raw, Normaliser::new(), &mut normal_form);
    (outcome, normal_form)
}

/// All characters, except those of planes 4 to 13, which are unassigned, and private-use characters
/// after the first one of each plane.
pub(super) fn characters() -> impl Iterator<Item = char> {
    ('\0'..='\u{3FFFF}').chain('\u{E0000}'..='\u{F00FF}').chain('\u{100000}'..='\u{1000FF}')
}
