//! Tests of the public interface.

mod columns;
mod fuzz;
mod unused;
