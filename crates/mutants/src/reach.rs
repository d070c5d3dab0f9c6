//! Which tests reach which mutants, and how long each takes.

use std::{
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    compile::Compiled,
    outcome::Outcome,
    process::{Run, each, tests_of},
};

#[derive(Deserialize, Serialize)]
pub struct Test {
    /// The program, by its place in the list.
    pub program: usize,
    pub name: String,
    pub seconds: f64,
    pub reached: Vec<u32>,
}

#[derive(Deserialize, Serialize)]
struct Record {
    /// The digest of the test programs.
    programs: u64,
    tests: Vec<Test>,
    /// The tests that fail without a mutant.
    failed: Vec<String>,
}

const LIMIT: Duration = Duration::from_secs(600);

/// Runs each test alone, or takes the record of an earlier run of the same programs. Tests that fail are left out.
pub fn reach(state: &Path, sources: &Path, compiled: &Compiled) -> Outcome<Vec<Test>> {
    let path = state.join("reached.json");
    let old = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
    let record = match old.filter(|record| record.programs == compiled.digest) {
        Some(record) => record,
        None => record(state, sources, compiled)?,
    };
    fs::write(&path, serde_json::to_vec(&record)?)?;
    for name in &record.failed {
        println!("left out, since it fails without a mutant: {name}");
    }
    Ok(record.tests)
}

fn record(state: &Path, sources: &Path, compiled: &Compiled) -> Outcome<Record> {
    let mut names = Vec::new();
    for (number, program) in compiled.programs.iter().enumerate() {
        names.extend(tests_of(program, sources)?.into_iter().map(|name| (number, name)));
    }
    println!("recording which mutants {} tests reach", names.len());
    let record = Record { programs: compiled.digest, tests: Vec::new(), failed: Vec::new() };
    let record = Mutex::new(record);
    each(names, state, sources, |place, (number, name)| {
        let (program, file) = (&compiled.programs[number], place.folder.join("reached"));
        fs::create_dir_all(&place.folder)?;
        fs::write(&file, "")?;
        let file_name = file.to_str().ok_or("the path of the state is not UTF-8")?;
        let start = Instant::now();
        let (mut run, _) = place.run(program, &[&name], ("LEAKDEX_REACHED", file_name), LIMIT)?;
        let seconds = start.elapsed().as_secs_f64();
        if run != Run::Passed {
            // Writing the record may disturb a test.
            (run, _) = place.run(program, &[&name], ("LEAKDEX_MUTANT", "0"), LIMIT)?;
        }
        let bytes = fs::read(&file)?;
        let ids = bytes.as_chunks().0.iter().map(|id| u32::from_le_bytes(*id));
        // Each process of a test writes its own mutants.
        let mut reached: Vec<u32> = ids.collect();
        reached.sort_unstable();
        reached.dedup();
        let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
        match run {
            Run::Passed => record.tests.push(Test { program: number, name, seconds, reached }),
            Run::Failed | Run::TimedOut => record.failed.push(name),
        }
        Ok(())
    })?;
    Ok(record.into_inner().unwrap_or_else(PoisonError::into_inner))
}
