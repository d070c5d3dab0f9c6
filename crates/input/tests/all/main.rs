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

/// The message of the error of a text that cannot be opened.
fn refused(text: &str, options: &Options) -> String {
    match Input::of_bytes(text.into(), options) {
        Ok(input) => panic!("opened: {:?}", input.describe()),
        Err(error) => error.to_string(),
    }
}

fn mapped(columns: &[&str]) -> Options {
    let columns = columns.iter().map(|text| text.parse().expect("well formed")).collect();
    Options { columns, ..Options::default() }
}
