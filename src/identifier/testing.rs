//! What the tests of normal forms share.

use super::{Normaliser, Outcome};

/// What a rule makes of a value: the outcome, and the normal form.
pub(super) fn applied(
    rule: fn(&str, Normaliser, &mut String) -> Outcome,
    raw: &str,
) -> (Outcome, String) {
    let mut normal_form = String::new();
    let outcome = rule(raw, Normaliser::new(), &mut normal_form);
    (outcome, normal_form)
}
