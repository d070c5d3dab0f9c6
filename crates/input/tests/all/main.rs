//! Tests of the public interface.

mod changed_files;
mod columns;
mod fhir;
mod fuzz;
mod headings;
mod shown_names;
mod unused;
mod vsd;
