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

use leakdex_input::{Input, Options};

fn open(text: &str, options: &Options) -> Input {
    match Input::of_bytes(text.into(), options) {
        Ok(input) => input,
        Err(error) => panic!("{error}"),
    }
}

fn mapped(columns: &[&str]) -> Options {
    let columns = columns.iter().map(|text| text.parse().expect("well formed")).collect();
    Options { columns, ..Options::default() }
}
