//! Runs the command's fuzz target over its committed inputs: seeds, and inputs that once broke it. See
//! `fuzz/README.md`.

use std::path::Path;

use crate::fuzz::{replay, report_cells};

#[test]
fn report_cells_holds_for_all_committed_inputs() {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz/report_cells");
    replay::replay(&inputs, report_cells::check);
}
