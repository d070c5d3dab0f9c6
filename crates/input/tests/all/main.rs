//! Tests of the public interface.

mod columns;
mod fhir;
mod fuzz;
mod headings;
mod shown_names;
mod unused;
mod vsd;
