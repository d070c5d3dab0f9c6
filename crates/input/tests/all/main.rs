//! Tests of the public interface.

mod columns;
mod fuzz;
mod headings;
mod unused;
