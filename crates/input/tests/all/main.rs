//! Tests of the public interface.

mod columns;
mod fhir;
mod fuzz;
mod headings;
mod unused;
mod vsd;
