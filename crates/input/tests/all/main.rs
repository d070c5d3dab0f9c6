//! Tests of the public interface.

mod columns;
mod fuzz;
mod headings;
mod shown_names;
mod unused;
