//! The steps after a check, with the provisions to look at. These are pointers; what they
//! mean in a case is not for a program to say.

use serde::{Serialize, Serializer};

use super::model::Caveat;
use crate::summary::CheckSummary;

/// Something to do. Its words stand with those of the language.
#[derive(Debug, Serialize)]
pub struct Step {
    pub id: &'static str,
    pub legal_basis: &'static [Provision],
}

/// A provision as each language cites it; JSON has the English form.
#[derive(Debug)]
pub struct Provision {
    pub german: &'static str,
    pub english: &'static str,
}

impl Serialize for Provision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.english)
    }
}

const fn provision(german: &'static str, english: &'static str) -> Provision {
    Provision { german, english }
}

const COMPLETE: Step = Step {
    id: "complete-the-check",
    legal_basis: &[
        provision("Art. 33 Abs. 4 DSGVO", "Art. 33(4) GDPR"),
        provision("Art. 5 Abs. 2 DSGVO", "Art. 5(2) GDPR"),
    ],
};

const REVIEW: Step = Step {
    id: "review-uncertain-matches",
    legal_basis: &[provision("Art. 5 Abs. 1 lit. d DSGVO", "Art. 5(1)(d) GDPR")],
};

/// The steps after every check, whatever its outcome.
const ALWAYS: [Step; 5] = [
    Step {
        id: "notify-supervisory-authority",
        legal_basis: &[
            provision("Art. 33 Abs. 1 bis 4 DSGVO", "Art. 33(1) to (4) GDPR"),
            provision("Art. 55 DSGVO", "Art. 55 GDPR"),
        ],
    },
    Step {
        id: "notify-legal-supervision",
        legal_basis: &[
            provision("§ 83a SGB X", "§ 83a SGB X"),
            provision("§ 35 SGB I", "§ 35 SGB I"),
        ],
    },
    Step {
        id: "inform-persons",
        legal_basis: &[provision("Art. 34 Abs. 1 bis 3 DSGVO", "Art. 34(1) to (3) GDPR")],
    },
    Step { id: "document", legal_basis: &[provision("Art. 33 Abs. 5 DSGVO", "Art. 33(5) GDPR")] },
    Step {
        id: "protect-and-erase",
        legal_basis: &[
            provision("Art. 5 Abs. 1 lit. e und f DSGVO", "Art. 5(1)(e) and (f) GDPR"),
            provision("Art. 32 DSGVO", "Art. 32 GDPR"),
        ],
    },
];

/// The steps after a check with this summary and these caveats, in their order.
pub fn after(summary: &CheckSummary, caveats: &[Caveat]) -> Vec<Step> {
    let is_uncertain = |strength: &str| strength == "probable" || strength == "candidate";
    let mut steps = Vec::new();
    if !caveats.is_empty() {
        steps.push(COMPLETE);
    }
    if summary.by_strength.keys().any(|strength| is_uncertain(strength)) {
        steps.push(REVIEW);
    }
    steps.extend(ALWAYS);
    steps
}
