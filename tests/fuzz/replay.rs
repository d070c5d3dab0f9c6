//! Runs a fuzz target over committed inputs.

use std::{fs, path::Path};

/// Runs the target over every file of the folder: seeds, and inputs that once broke it.
///
/// # Panics
///
/// If the target does, or if there is no file: then nothing would be tested.
pub fn replay(folder: &Path, check: fn(&[u8])) {
    let entries = fs::read_dir(folder).expect("the inputs are part of the repository");
    let mut files: Vec<_> =
        entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{}: no inputs", folder.display());
    for file in files {
        // Shown with the panic.
        println!("{}", file.display());
        check(&fs::read(&file).expect("the input can be read"));
    }
}
