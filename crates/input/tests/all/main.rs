//! Tests of the public interface.

#[cfg(feature = "arrow")]
mod batches;
mod changed_files;
#[cfg(feature = "parquet")]
mod columnar;
mod columns;
mod delimiters;
mod fhir;
mod fuzz;
mod headings;
mod shown_names;
mod unused;
mod uses;
mod vsd;
