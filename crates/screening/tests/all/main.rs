//! The public interface: leaks that are added to an index, and lists that are checked.

mod leaks;
mod lists;

use std::fs;

use leakdex_input::{Input, Options};
use tempfile::TempDir;

/// An input with this text, and the folder that holds it.
fn input(text: &str) -> (TempDir, Input) {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("people.csv");
    fs::write(&file, text).expect("it can be written");
    let input = Input::open(&file, &Options::default()).expect("it can be read");
    (folder, input)
}
