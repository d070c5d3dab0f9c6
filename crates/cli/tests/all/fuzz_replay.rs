//! Runs the command's fuzz target over its committed inputs: seeds, and inputs that once broke it. See
//! `fuzz/README.md`.

use crate::fuzz::{replay::replay, report_cells};

#[test]
fn report_cells_holds_for_all_committed_inputs() {
    replay("report_cells", report_cells::check);
}
