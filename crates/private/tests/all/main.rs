//! Tests of the private check's public interface.

mod exchange;
mod forge;
mod verdicts;
