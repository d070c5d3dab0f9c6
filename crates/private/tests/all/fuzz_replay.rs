//! Runs each fuzz target over its committed inputs: seeds, and inputs that once broke it. See `fuzz/README.md`.

#[path = "../../../../tests/fuzz/replay.rs"]
mod replay;

use crate::fuzz::{
    private_ledger, private_openings, private_request, private_response, private_state,
    private_table,
};
use replay::replay;

#[test]
fn private_request_holds_for_all_committed_inputs() {
    replay("private_request", private_request::check);
}

#[test]
fn private_response_holds_for_all_committed_inputs() {
    replay("private_response", private_response::check);
}

#[test]
fn private_table_holds_for_all_committed_inputs() {
    replay("private_table", private_table::check);
}

#[test]
fn private_openings_holds_for_all_committed_inputs() {
    replay("private_openings", private_openings::check);
}

#[test]
fn private_ledger_holds_for_all_committed_inputs() {
    replay("private_ledger", private_ledger::check);
}

#[test]
fn private_state_holds_for_all_committed_inputs() {
    replay("private_state", private_state::check);
}
