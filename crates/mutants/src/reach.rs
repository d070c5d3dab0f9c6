//! Which tests reach which mutants, and how long each takes.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::Write as _,
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    compile::Compiled,
    outcome::Outcome,
    process::{Place, Run, each, tests_of},
};

#[derive(Deserialize, Serialize)]
pub struct Test {
    /// The digest of the test programs.
    programs: u64,
    /// The program, by its place in the list.
    pub program: usize,
    pub name: String,
    /// Whether it passes without a mutant.
    is_sound: bool,
    pub seconds: f64,
    pub reached: Vec<u32>,
}

const LIMIT: Duration = Duration::from_secs(600);

/// Runs each test alone, unless an earlier run did so with the same programs. Tests that fail are left out.
pub fn reach(state: &Path, sources: &Path, compiled: &Compiled) -> Outcome<Vec<Test>> {
    let path = state.join("reached.jsonl");
    let text = fs::read_to_string(&path).unwrap_or_default();
    // An interrupted run leaves half a line.
    let tests = text.lines().filter_map(|line| serde_json::from_str::<Test>(line).ok());
    let tests: Vec<Test> = tests.filter(|test| test.programs == compiled.digest).collect();
    let known: HashSet<_> = tests.iter().map(|test| (test.program, test.name.clone())).collect();
    let mut left = Vec::new();
    for (program, path) in compiled.programs.iter().enumerate() {
        left.extend(tests_of(path, sources)?.into_iter().map(|name| (program, name)));
    }
    left.retain(|test| !known.contains(test));
    println!("recording which mutants {} tests reach; {} are known", left.len(), known.len());
    // Lines of other programs are of no use any more.
    let mut file = File::create(&path)?;
    for test in &tests {
        writeln!(file, "{}", serde_json::to_string(test)?)?;
    }
    let recorded = Mutex::new((tests, file));
    each(left, state, sources, |place, (program, name)| {
        let new = record(place, compiled, program, name)?;
        let mut recorded = recorded.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(recorded.1, "{}", serde_json::to_string(&new)?)?;
        recorded.0.push(new);
        Ok(())
    })?;
    let (mut tests, _) = recorded.into_inner().unwrap_or_else(PoisonError::into_inner);
    for test in tests.extract_if(.., |test| !test.is_sound) {
        println!("left out, since it fails without a mutant: {}", test.name);
    }
    Ok(tests)
}

fn record(place: &Place, compiled: &Compiled, program: usize, name: String) -> Outcome<Test> {
    fs::create_dir_all(&place.folder)?;
    let (path, file) = (&compiled.programs[program], place.folder.join("reached"));
    fs::write(&file, "")?;
    let file_name = file.to_str().ok_or("the path of the state is not UTF-8")?;
    let start = Instant::now();
    let (mut run, _) = place.run(path, &[&name], ("LEAKDEX_REACHED", file_name), LIMIT)?;
    let seconds = start.elapsed().as_secs_f64();
    if run != Run::Passed {
        // Writing the record may disturb a test.
        (run, _) = place.run(path, &[&name], ("LEAKDEX_MUTANT", "0"), LIMIT)?;
    }
    let bytes = fs::read(&file)?;
    let mut reached: Vec<u32> =
        bytes.as_chunks().0.iter().map(|id| u32::from_le_bytes(*id)).collect();
    // Each process of a test writes its own mutants.
    reached.sort_unstable();
    reached.dedup();
    let (programs, is_sound) = (compiled.digest, run == Run::Passed);
    Ok(Test { programs, program, name, is_sound, seconds, reached })
}
