//! Writes seeds for every fuzz target to `fuzz/corpus/`, or to the folder given as an argument. The
//! seeds are the committed inputs (also with other first bytes), the inputs of the test vectors,
//! and small indexes. They are the same on every run.
//!
//! ```sh
//! cargo run --package leakdex --example fuzz_seeds
//! ```

use std::{
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

#[path = "../tests/fuzz/key.rs"]
mod key;
#[path = "../tests/fuzz/sound.rs"]
mod sound;

/// The folders of committed inputs. Each has one folder for each target.
const COMMITTED: [&str; 4] = [
    "tests/data/fuzz",
    "crates/input/tests/data/fuzz",
    "crates/private/tests/data/fuzz",
    "crates/cli/tests/data/fuzz",
];

/// Values of the first byte. It selects how the rest of an input is read, unless that is an index.
const CHOICES: [u8; 14] = [0, 1, 2, 3, 4, 6, 8, 12, 20, 24, 28, 34, 66, 98];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = env::args_os().nth(1).map_or_else(|| root.join("fuzz/corpus"), PathBuf::from);
    let put = |target: &str, name: &str, seed: &[u8]| -> io::Result<()> {
        fs::create_dir_all(corpus.join(target))?;
        fs::write(corpus.join(target).join(name), seed)
    };
    for target in COMMITTED.iter().flat_map(|folder| files_in(&root.join(folder))) {
        let target_name = name_of(&target);
        for input in files_in(&target) {
            let (name, mut bytes) = (name_of(&input), fs::read(&input)?);
            put(target_name, name, &bytes)?;
            if target_name != "open_bytes" {
                for choice in CHOICES {
                    bytes[0] = choice;
                    put(target_name, &format!("seed-{name}-{choice}"), &bytes)?;
                }
            }
        }
    }
    for file in files_in(&root.join("tests/data/vectors")) {
        for (number, row) in csv::Reader::from_path(&file)?.records().enumerate() {
            let seed = [&[CHOICES[number % 4]], row?[1].as_bytes()].concat();
            put("normalize", &format!("seed-{}-{number}", name_of(&file)), &seed)?;
        }
    }
    let indexes = sound::sound_files();
    for (number, index) in (0..).zip(&indexes) {
        put("open_bytes", &format!("seed-{number}"), index)?;
        // One edit: 8 bytes at the start of a section, or, for the last three numbers, a count.
        for section in 0..17 {
            let edit = [&[number, 1, section, 0, 8, 8], &[0xFF; 10][..]].concat();
            put("open_bytes_resealed", &format!("seed-{number}-{section}"), &edit)?;
        }
        for at in (0..240).step_by(4) {
            let patch = [number | 8, 0, at, 0, 4, 0xFF, 1, 0, 0x80];
            put("open_bytes_resealed", &format!("seed-{number}-head-{at}"), &patch)?;
        }
    }
    // Any bytes describe a leak and members. The pseudonyms of an index serve as random bytes.
    for number in 1..40_u8 {
        let choices = &indexes[3][8192 + 40 * usize::from(number)..][..40 * usize::from(number)];
        put("build_then_check", &format!("seed-{number}"), &[&[number], choices].concat())?;
    }
    Ok(())
}

/// The entries of a folder, in order.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is part of the repository");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.sort();
    files
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("names are plain")
}
