//! Tests of the private check's public interface.

mod answering;
mod audits;
mod exchange;
mod files;
mod forge;
mod forged_ledgers;
mod hostile_insurer;
mod hostile_provider;
mod killed;
mod ledger;
mod provider;
mod requests;
mod vectors;
mod verdicts;
mod whole;
