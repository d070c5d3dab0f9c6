//! The faults of filled-in work lists. One error has them all, so that people correct a list once.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use leakdex_report::{Decision, DecisionReason, Language, WorklistColumn, worklist_headers};

use crate::human::count;

/// The most wrong rows that an error names.
const MOST_TOLD: usize = 10;

/// The faults of work lists, by list and row.
#[derive(Default)]
pub struct Faults {
    lists: Vec<String>,
    rows: BTreeMap<(usize, u64), Vec<String>>,
}

impl Faults {
    /// Begins with the next list, and gives its number.
    pub fn begin(&mut self, path: &Path) -> usize {
        self.lists.push(path.display().to_string());
        self.lists.len() - 1
    }

    /// Notes a fault of a row in the list of this number.
    pub fn add(&mut self, list: usize, row: u64, fault: String) {
        self.rows.entry((list, row)).or_default().push(fault);
    }

    /// Refuses all lists if a row of one is wrong.
    pub fn refuse(&self) -> anyhow::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = match self.rows.len() {
            1 => "1 row is".to_owned(),
            several => format!("{} rows are", count(several as u64)),
        };
        let mut text = format!("nothing was taken, since {rows} wrong:");
        for ((list, row), faults) in self.rows.iter().take(MOST_TOLD) {
            let _ = write!(text, "\n  - {}, row {row}: {}", self.lists[*list], faults.join("; "));
        }
        let more = self.rows.len().saturating_sub(MOST_TOLD);
        if more > 0 {
            let _ = write!(text, "\n  - and {} more rows", count(more as u64));
        }
        text += "\nCorrect the rows and run this again.";
        let has = |words: &str| self.rows.values().flatten().any(|fault| fault.contains(words));
        if has(NO_NAME) {
            text += " --by NAME gives the person who decided, for all rows without a name.";
        }
        if has(UNKNOWN) {
            let decisions = Decision::ALL.map(|own| bilingual(|language| own.words(language)));
            let reasons = DecisionReason::ALL.map(|own| bilingual(|language| own.words(language)));
            for (column, words) in [
                (WorklistColumn::Decision, decisions.join(", ")),
                (WorklistColumn::Reason, reasons.join(", ")),
            ] {
                let [german, english] = worklist_headers(column);
                let _ = write!(text, "\n{german} ({english}) takes: {words}");
            }
        }
        anyhow::bail!(text)
    }
}

/// The fault of an empty cell for the person who decided.
pub const NO_NAME: &str = "is empty: the person who decided is missing";

/// The fault of a cell with a word that its column does not take.
pub const UNKNOWN: &str = "has an unknown word";

fn bilingual(words: impl Fn(Language) -> &'static str) -> String {
    let [german, english] = Language::ALL.map(words);
    format!("{german} ({english})")
}
