//! Tests of the private check's public interface.

mod exchange;
mod files;
mod forge;
mod hostile_provider;
mod requests;
mod vectors;
mod verdicts;
