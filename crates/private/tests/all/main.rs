//! Tests of the private check's public interface.

mod answering;
mod audits;
mod forge;
mod forged_ledgers;
mod hostile_insurer;
mod killed;
mod ledger;
mod provider;
