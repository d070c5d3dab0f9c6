//! Checks the rows of blocks.

use leakdex::{Batch, IndexSet, State, Verdicts};
use leakdex_input::Rows;

use crate::{leak::HIDING_ROWS, list_profile::ListProfile};

/// A check also searches with changed dates of birth in the first blocks, and then in one of every `PROBED` blocks.
/// That doubles the time of these blocks.
const PROBED_WHOLE: u64 = 4;
const PROBED: u64 = 256;

/// Whether the members of the block with this number, from 0, are also searched with changed dates of birth.
#[must_use]
pub const fn probes_dates(block: u64) -> bool {
    block < PROBED_WHOLE || block.is_multiple_of(PROBED)
}

/// Whether a member is not affected and was checked in full, judged by the row alone. The caveats of the run are
/// known later.
#[must_use]
pub fn is_wholly_clear(verdicts: &Verdicts, member: usize) -> bool {
    verdicts.state(member) == State::NotAffected && verdicts.caveats()[member].is_empty()
}

/// Whether rows may be lost within or after the row of a member.
fn may_hide_rows(verdicts: &Verdicts, member: usize) -> bool {
    verdicts.problems(member).iter().any(|problem| HIDING_ROWS.contains(&problem.reason))
}

/// Checks the rows of blocks, one after the other. It keeps its memory from one block to the next.
pub struct Screener<'a> {
    indexes: &'a IndexSet,
    batch: Batch,
}

impl<'a> Screener<'a> {
    /// Checks against these indexes.
    #[must_use]
    pub fn new(indexes: &'a IndexSet) -> Self {
        Self { indexes, batch: indexes.batch().profiled() }
    }

    /// Checks rows, and with `probes_dates` also with changed dates of birth. The profile receives the columns and
    /// all other sources of the caveats of the list, except its unused columns ([`ListProfile::add_unused`]).
    pub fn check(
        &mut self,
        rows: &Rows<'_>,
        probes_dates: bool,
        profile: &mut ListProfile,
    ) -> Verdicts {
        self.batch.clear();
        self.batch.push_columns(rows.columns());
        profile.add(&self.batch, rows);
        let verdicts = self.indexes.check_batch(&self.batch);
        profile.add_concordance(verdicts.concordance());
        if probes_dates {
            profile.add_dates(self.indexes.probe_dates(&self.batch, &verdicts));
        }
        for member in 0..verdicts.len() {
            if is_wholly_clear(&verdicts, member) {
                profile.count_whole(verdicts.checked()[member]);
            } else if may_hide_rows(&verdicts, member) {
                profile.count_run_together();
            }
        }
        verdicts
    }

    /// The identifiers of the rows that were checked last.
    #[must_use]
    pub const fn batch(&self) -> &Batch {
        &self.batch
    }
}
