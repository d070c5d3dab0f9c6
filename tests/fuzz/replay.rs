//! Runs a fuzz target over committed inputs, and over inputs that fuzzing has found: `LEAKDEX_FUZZ_CORPUS` names a
//! folder with a subfolder for each target. `.ci/coverage` sets it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Runs a target over all of its committed inputs: seeds, and inputs that once broke it.
///
/// # Panics
///
/// If the target panics, or if there is no file, since nothing would then be tested.
pub fn replay(target: impl AsRef<Path>, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz").join(target);
    let mut files = files_in(&folder);
    if let (Some(corpus), Some(target)) = (env::var_os("LEAKDEX_FUZZ_CORPUS"), folder.file_name()) {
        let found = Path::new(&corpus).join(target);
        if found.is_dir() {
            files.extend(files_in(&found));
        }
    }
    assert!(!files.is_empty(), "{}: no inputs", folder.display());
    for file in files {
        // Shown with the panic.
        println!("{}", file.display());
        check(&fs::read(&file).expect("the input can be read"));
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the inputs are part of the repository");
    let mut files: Vec<_> =
        entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.sort();
    files
}
