//! Runs the tests of the library against its mutants, which are compiled into one program:
//!
//! ```text
//! leakdex-mutants CARGO_MUTANTS STATE MINUTES [OPTION…]
//! ```
//!
//! `.ci/mutants` calls it, and says what it does. `CARGO_MUTANTS` is the program that names the mutants. The OPTIONs
//! go to it, and select mutants. `STATE` is a folder for the copy of the sources and for the results.

mod campaign;
mod compile;
mod list;
mod outcome;
mod process;
mod reach;
mod render;
mod results;
mod rewrite;
mod sources;
#[allow(dead_code, reason = "the copy of the library uses it; here it is checked")]
mod switch;

use std::{
    collections::{HashMap, HashSet},
    env, fs,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::{
    campaign::Campaign,
    list::Mutant,
    outcome::Outcome,
    results::{Ending, Results},
    sources::Sources,
};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether no mutant survived.
fn run() -> Outcome<bool> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [program, state, minutes, options @ ..] = arguments.as_slice() else {
        return Err("usage: leakdex-mutants CARGO_MUTANTS STATE MINUTES [OPTION…]".into());
    };
    let deadline = Instant::now() + Duration::from_secs(minutes.parse::<u64>()? * 60);
    fs::create_dir_all(state)?;
    // Tests begin in another folder.
    let (program, state) = (Path::new(program), fs::canonicalize(state)?);
    // All mutants are compiled, so that runs with other options need no other program.
    let mut mutants = list::list(program, &[])?;
    let selected: HashSet<String> =
        list::list(program, options)?.into_iter().map(|mutant| mutant.name).collect();
    let mut texts = HashMap::new();
    for mutant in &mutants {
        if !texts.contains_key(&mutant.file) {
            texts.insert(mutant.file.clone(), fs::read_to_string(&mutant.file)?);
        }
    }
    list::add_keys(&mut mutants, &texts);
    let sources = Sources::copy(state.join("sources"), &texts)?;
    let mut results = Results::open(&state.join("results.jsonl"))?;
    println!("compiling {} mutants into one program", mutants.len());
    let compiled = compile::compile(&state, &sources, &texts, &mutants, &mut results)?;
    let reach = reach::reach(&state, &sources.folder, &compiled)?;
    let campaign =
        Campaign::new(&state, &sources.folder, &compiled, &reach, deadline, &mut results);
    let numbered = (1..).zip(&mutants).filter(|(_, mutant)| selected.contains(&mutant.name));
    let numbered: Vec<(u32, &Mutant)> = numbered.collect();
    let (reached, others): (Vec<_>, Vec<_>) =
        numbered.iter().copied().partition(|(id, _)| campaign.is_reached(*id));
    campaign.run(&reached)?;
    let unreached: HashSet<u32> =
        others.iter().map(|(id, _)| *id).filter(|id| compiled.switched.contains(id)).collect();
    drop(campaign);
    report(&numbered, &unreached, &reached, &results, compiled.digest, &state)
}

/// Prints the counts and the survivors. The names of those that cannot be switched go to a file.
fn report(
    mutants: &[(u32, &Mutant)],
    unreached: &HashSet<u32>,
    reached: &[(u32, &Mutant)],
    results: &Results,
    digest: u64,
    state: &Path,
) -> Outcome<bool> {
    let reached: HashSet<u32> = reached.iter().map(|(id, _)| *id).collect();
    let (mut counts, mut unswitched) = (HashMap::<&str, usize>::new(), String::new());
    for (id, mutant) in mutants {
        let kind = match results.get(&mutant.key, digest) {
            Some(Ending::Unviable) => "do not compile",
            _ if unreached.contains(id) => "not reached by a test",
            _ if !reached.contains(id) => "cannot be switched",
            Some(Ending::Caught) => "caught",
            Some(Ending::TimedOut) => "timed out",
            Some(Ending::Missed) => "missed",
            Some(Ending::Undecided) => "survived the likely tests",
            Some(Ending::Unswitchable) | None => "not tried",
        };
        *counts.entry(kind).or_default() += 1;
        match kind {
            "missed" | "not reached by a test" => println!("{kind}: {}", mutant.name),
            "cannot be switched" => unswitched += &format!("{}\n", mutant.name),
            _ => {}
        }
    }
    fs::write(state.join("unswitched.txt"), unswitched)?;
    let count = |kind| counts.get(kind).copied().unwrap_or(0);
    println!("{} mutants:", mutants.len());
    for kind in KINDS {
        println!("{:6} {kind}", count(kind));
    }
    Ok(count("missed") + count("not reached by a test") == 0)
}

const KINDS: [&str; 8] = [
    "caught",
    "timed out",
    "missed",
    "not reached by a test",
    "survived the likely tests",
    "not tried",
    "do not compile",
    "cannot be switched",
];
