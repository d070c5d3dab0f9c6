//! Compiles the library with all mutants. Those that do not compile are left out, one error after another.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    ops::Range,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;

use crate::{
    list::Mutant,
    outcome::Outcome,
    render::Rewritten,
    results::{Ending, Results},
    rewrite::rewrite,
    sources::Sources,
};

pub struct Compiled {
    /// The test programs.
    pub programs: Vec<PathBuf>,
    /// The mutants that have a switch.
    pub switched: HashSet<u32>,
    /// A digest of the programs and of what they read.
    pub digest: u64,
}

/// A line of cargo's output.
#[derive(Deserialize)]
struct Report {
    message: Option<Diagnostic>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    rendered: Option<String>,
    spans: Vec<DiagnosticSpan>,
}

#[derive(Deserialize)]
struct DiagnosticSpan {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}

/// Each error removes at least one mutant, and most errors of the library are in one of a few rounds.
const MOST_ROUNDS: usize = 60;

/// Compiles the tests. `texts` are the files that have mutants; the number of a mutant is its place in the list,
/// from 1.
pub fn compile(
    state: &Path,
    sources: &Sources,
    texts: &HashMap<String, String>,
    mutants: &[Mutant],
    results: &mut Results,
) -> Outcome<Compiled> {
    let mut by_file = HashMap::<&str, Vec<_>>::new();
    for (id, mutant) in (1..).zip(mutants) {
        by_file.entry(&mutant.file).or_default().push((id, mutant));
    }
    // Functions that a constant calls stay `const`.
    let list_of_constants = state.join("constants.txt");
    let mut constants: BTreeSet<String> = fs::read_to_string(&list_of_constants)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    for round in 1..=MOST_ROUNDS {
        let left_out = |(_, mutant): &(u32, &Mutant)| {
            let ending = results.get(&mutant.key, 0);
            matches!(ending, Some(Ending::Unviable | Ending::Unswitchable))
        };
        let without = (1..).zip(mutants).filter(left_out).map(|(id, _)| id).collect();
        let mut files = HashMap::new();
        for (&file, of_file) in &by_file {
            let rewritten = rewrite(&texts[file], of_file, &without, &constants)
                .map_err(|error| format!("{file}: {error}"))?;
            sources.write(file, rewritten.text.as_bytes())?;
            files.insert(file, rewritten);
        }
        let (_, errors) = cargo(state, sources, &["check", "--tests"], "1")?;
        if errors.is_empty() {
            let (programs, errors) = cargo(state, sources, &["test", "--no-run"], "0")?;
            if programs.is_empty() {
                return Err(rendered(&errors).into());
            }
            let switched = files.values().flat_map(Rewritten::switched).collect();
            let digest = sources.digest(&programs)?;
            return Ok(Compiled { programs, switched, digest });
        }
        let removed = leave_out(&errors, &files, mutants, results, &mut constants)?;
        println!("round {round}: {} errors, {removed} mutants left out", errors.len());
        let names: Vec<&str> = constants.iter().map(String::as_str).collect();
        fs::write(&list_of_constants, names.join("\n"))?;
        if removed == 0 {
            return Err(rendered(&errors).into());
        }
    }
    Err(format!("mutants still do not compile after {MOST_ROUNDS} rounds").into())
}

fn rendered(errors: &[Diagnostic]) -> String {
    errors.iter().filter_map(|error| error.rendered.as_deref()).take(5).collect()
}

/// Leaves out the mutants that the errors are in. Returns their number, with the functions that stay `const`.
fn leave_out(
    errors: &[Diagnostic],
    files: &HashMap<&str, Rewritten>,
    mutants: &[Mutant],
    results: &mut Results,
    constants: &mut BTreeSet<String>,
) -> Outcome<usize> {
    let mut removed = HashSet::new();
    let count = constants.len();
    for error in errors {
        if let Some(name) = called_by_a_constant(&error.message) {
            constants.insert(name);
            continue;
        }
        for span in error.spans.iter().filter(|span| span.is_primary) {
            let bytes = Range { start: span.byte_start, end: span.byte_end };
            let file = files.get(span.file_name.as_str());
            let Some(place) = file.and_then(|file| file.place_of(&bytes)) else { continue };
            let ending = if place.is_part { Ending::Unviable } else { Ending::Unswitchable };
            for &id in place.ids.iter().filter(|&&id| removed.insert(id)) {
                results.add(&mutants[id as usize - 1].key, ending, 0)?;
            }
        }
    }
    Ok(removed.len() + constants.len() - count)
}

/// The name of the function, without its type, if the error says that a constant calls a function that is not `const`
/// any more.
fn called_by_a_constant(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("cannot call non-const ")?;
    let mut depth = 0;
    // Type arguments may contain paths, too.
    let path = rest.split('`').nth(1)?.replace(
        |sign| {
            depth += i32::from(sign == '<');
            let is_inside = depth > 0;
            depth -= i32::from(sign == '>');
            is_inside
        },
        "",
    );
    let name = path.trim_end_matches("::").rsplit("::").next()?;
    (name != "on").then(|| name.to_owned())
}

/// Runs cargo on the copy. Returns the programs and the errors.
fn cargo(
    state: &Path,
    sources: &Sources,
    command: &[&str],
    incremental: &str,
) -> Outcome<(Vec<PathBuf>, Vec<Diagnostic>)> {
    let output = Command::new("cargo")
        .args(command)
        .args(["--package", "leakdex", "--all-features", "--locked", "--quiet"])
        .args(if command[0] == "test" { &["--lib", "--test", "all"][..] } else { &["--lib"][..] })
        .args(["--message-format=json", "--config=profile.dev.package.leakdex.opt-level=1"])
        .current_dir(&sources.folder)
        .env("CARGO_TARGET_DIR", state.join("build"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", incremental)
        .env("RUSTFLAGS", "--cap-lints=allow")
        .stderr(Stdio::inherit())
        .output()?;
    let (mut programs, mut errors) = (Vec::new(), Vec::new());
    for line in String::from_utf8(output.stdout)?.lines() {
        let Ok(report) = serde_json::from_str::<Report>(line) else { continue };
        errors.extend(report.message.filter(|found| found.level == "error"));
        programs.extend(report.executable);
    }
    if !output.status.success() && errors.is_empty() {
        return Err(format!("cargo {} failed", command[0]).into());
    }
    Ok((programs, errors))
}

#[cfg(test)]
mod tests {
    use super::called_by_a_constant;

    #[test]
    fn a_function_that_a_constant_calls_is_named_without_its_type() {
        for (path, name) in [
            ("identifier::Kind::new", "new"),
            ("Bits::<4>::of", "of"),
            ("rule::<u8>", "rule"),
            ("<T as Trait>::sound", "sound"),
        ] {
            let message =
                format!("cannot call non-const associated function `{path}` in constants");
            assert_eq!(called_by_a_constant(&message).as_deref(), Some(name));
        }
        let switch = "cannot call non-const function `mutants::on` in statics";
        assert_eq!(called_by_a_constant(switch), None);
    }
}
