//! The faults of filled-in work lists. One error lists them all, so people correct a list only once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use leakdex_report::{Decision, DecisionReason, Language, WorklistColumn, worklist_headers};

use crate::human::{by_number, counted};

/// The maximum number of wrong rows that an error names.
const MAX_SHOWN: usize = 10;

/// The faults of work lists, by list and row.
#[derive(Default)]
pub struct Faults {
    lists: Vec<String>,
    rows: BTreeMap<(usize, u64), Vec<String>>,
    /// The languages of lists with an unknown word.
    pub unknown_words: BTreeSet<Language>,
}

impl Faults {
    /// Starts the next list, and returns its number.
    pub fn begin(&mut self, path: &Path) -> usize {
        self.lists.push(path.display().to_string());
        self.lists.len() - 1
    }

    /// Records a fault of a row in the list with this number.
    pub fn add(&mut self, list: usize, row: u64, fault: String) {
        self.rows.entry((list, row)).or_default().push(fault);
    }

    /// Refuses all lists if a row of one is wrong.
    pub fn refuse(&self) -> anyhow::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let number = self.rows.len() as u64;
        let (rows, are) = (counted(number, "row"), by_number(number, "is", "are"));
        let mut text = format!("nothing was recorded, since {rows} {are} wrong:");
        for ((list, row), faults) in self.rows.iter().take(MAX_SHOWN) {
            let _ = write!(text, "\n  - {}, row {row}: {}", self.lists[*list], faults.join("; "));
        }
        let more = self.rows.len().saturating_sub(MAX_SHOWN);
        if more > 0 {
            let _ = write!(text, "\n  - and {}", counted(more as u64, "more row"));
        }
        text += "\nCorrect the rows and run this again.";
        let has = |words: &str| self.rows.values().flatten().any(|fault| fault.contains(words));
        if has(NO_NAME) {
            text += " --by NAME gives the person who decided, for all rows without a name.";
        }
        for &language in &self.unknown_words {
            let decisions = Decision::ALL.map(|decision| decision.words(language));
            let reasons = DecisionReason::ALL.map(|reason| reason.words(language));
            for (column, words) in [
                (WorklistColumn::Decision, decisions.join(", ")),
                (WorklistColumn::Reason, reasons.join(", ")),
            ] {
                let header = worklist_headers(column)[language as usize];
                let _ = write!(text, "\n{header} takes: {words}");
            }
        }
        anyhow::bail!(text)
    }
}

/// The fault of an empty cell for the person who decided.
pub const NO_NAME: &str = "is empty: the person who decided is missing";

/// The fault of a cell with a word that its column does not allow.
pub const UNKNOWN: &str = "has an unknown word";
