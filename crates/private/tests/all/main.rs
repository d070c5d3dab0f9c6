//! Tests of the private check's public interface.

mod answering;
mod audits;
mod exchange;
mod files;
mod forge;
mod forged_ledgers;
mod fuzz_replay;
mod hostile_insurer;
mod hostile_provider;
mod killed;
mod ledger;
#[cfg(unix)]
mod power_failures;
mod provider;
mod requests;
mod secrets;
mod tables;
mod vectors;
mod verdicts;
mod whole;

/// The fuzz targets' checks, which `fuzz/` uses too.
#[path = "../fuzz"]
mod fuzz {
    mod framed;
    mod parties;
    pub mod private_ledger;
    pub mod private_openings;
    pub mod private_request;
    pub mod private_response;
    pub mod private_state;
    pub mod private_table;
}
