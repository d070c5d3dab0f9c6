//! The steps after a check, with the relevant provisions. These are pointers: a program cannot judge what
//! they mean in a case.

use serde::{Serialize, Serializer};

use super::model::Caveat;
use crate::{language::Language, summary::CheckSummary};

/// Something to do. Its text is among the words of the language.
#[derive(Debug, Serialize)]
pub struct Step {
    pub id: &'static str,
    /// The provisions as cited in each language, in the order of [`Language`]'s variants.
    #[serde(serialize_with = "in_english")]
    pub legal_basis: &'static [[&'static str; 2]],
}

/// JSON contains the English form.
fn in_english<S: Serializer>(provisions: &[[&str; 2]], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(provisions.iter().map(|provision| provision[Language::En as usize]))
}

const fn step(id: &'static str, legal_basis: &'static [[&'static str; 2]]) -> Step {
    Step { id, legal_basis }
}

const COMPLETE: Step = step(
    "complete-the-check",
    &[["Art. 33 Abs. 4 DSGVO", "Art. 33(4) GDPR"], ["Art. 5 Abs. 2 DSGVO", "Art. 5(2) GDPR"]],
);

const REVIEW: Step =
    step("review-uncertain-matches", &[["Art. 5 Abs. 1 lit. d DSGVO", "Art. 5(1)(d) GDPR"]]);

/// The steps after every check, regardless of its outcome.
const ALWAYS: [Step; 5] = [
    step(
        "notify-supervisory-authority",
        &[
            ["Art. 33 Abs. 1 bis 4 DSGVO", "Art. 33(1) to (4) GDPR"],
            ["Art. 55 DSGVO", "Art. 55 GDPR"],
        ],
    ),
    step(
        "notify-legal-supervision",
        &[["§ 83a SGB X", "§ 83a SGB X"], ["§ 35 SGB I", "§ 35 SGB I"]],
    ),
    step("inform-persons", &[["Art. 34 Abs. 1 bis 3 DSGVO", "Art. 34(1) to (3) GDPR"]]),
    step("document", &[["Art. 33 Abs. 5 DSGVO", "Art. 33(5) GDPR"]]),
    step(
        "protect-and-erase",
        &[
            ["Art. 5 Abs. 1 lit. e und f DSGVO", "Art. 5(1)(e) and (f) GDPR"],
            ["Art. 32 DSGVO", "Art. 32 GDPR"],
        ],
    ),
];

/// The steps after a check with this summary and these caveats, in order.
pub fn after_check(summary: &CheckSummary, caveats: &[Caveat]) -> Vec<Step> {
    let is_uncertain = |strength: &str| strength == "probable" || strength == "candidate";
    let mut steps = Vec::new();
    if !caveats.is_empty() {
        steps.push(COMPLETE);
    }
    if summary.members.by_strength.keys().any(|strength| is_uncertain(strength)) {
        steps.push(REVIEW);
    }
    steps.extend(ALWAYS);
    steps
}
