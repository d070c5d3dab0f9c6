//! Runs test programs, on all processors and within limits.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::outcome::Outcome;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    Passed,
    Failed,
    TimedOut,
}

/// A folder for the files of the tests, and the folder that tests begin in.
pub struct Place {
    pub folder: PathBuf,
    pub sources: PathBuf,
}

/// No mutant may fill the memory or the disk. A file that would be larger than 4 GiB is an error, not a signal, since a
/// test tries whether the disk allows a huge file.
const LIMITS: &str =
    "ulimit -v 10485760; ulimit -f 4194304; ulimit -c 0; trap '' XFSZ; exec timeout -s KILL \"$@\"";

impl Place {
    /// Runs some tests, one after another, until one fails. Returns the test that did not pass, too.
    pub fn run(
        &self,
        program: &Path,
        tests: &[&str],
        variable: (&str, &str),
        limit: Duration,
    ) -> Outcome<(Run, Option<String>)> {
        let temporary = self.folder.join("tmp");
        fs::create_dir_all(&temporary)?;
        let output = self.folder.join("output");
        let start = Instant::now();
        let status = Command::new("bash")
            .args(["-c", LIMITS, "bash", &limit.as_secs_f64().to_string()])
            .arg(program)
            .args(["--exact", "--test-threads=1", "-Zunstable-options", "--fail-fast"])
            .args(tests)
            .current_dir(&self.sources)
            .env(variable.0, variable.1)
            // Test programs have unstable options, too.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUST_BACKTRACE", "0")
            .env("TMPDIR", &temporary)
            .env("CARGO_MANIFEST_DIR", &self.sources)
            // The same cases each time. A smaller example of a failure helps nobody here.
            .env("PROPTEST_RNG_SEED", "20230118")
            .env("PROPTEST_MAX_SHRINK_ITERS", "0")
            .env("LEAKDEX_SOAK_SECONDS", "1")
            .stdin(Stdio::null())
            .stdout(File::create(&output)?)
            .stderr(Stdio::null())
            .status()?;
        if status.success() {
            return Ok((Run::Passed, None));
        }
        // A test that was killed leaves its files.
        fs::remove_dir_all(&temporary)?;
        let run = if start.elapsed() < limit { Run::Failed } else { Run::TimedOut };
        let output = fs::read(&output).unwrap_or_default();
        Ok((run, not_passed(&String::from_utf8_lossy(&output))))
    }
}

/// The first test in the output of a test program that did not pass.
fn not_passed(output: &str) -> Option<String> {
    let tests = output.lines().filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "));
    let mut others = tests.filter(|(_, result)| *result != "ok" && !result.starts_with("ignored"));
    others.next().map(|(name, _)| name.trim_end_matches(" - should panic").to_owned())
}

/// The tests of a program.
pub fn tests_of(program: &Path, sources: &Path) -> Outcome<Vec<String>> {
    let list = ["--list", "--format=terse"];
    let output = Command::new(program).args(list).current_dir(sources).output()?;
    let lines = String::from_utf8(output.stdout)?;
    Ok(lines.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

/// Does the work for each item, on all processors. An error ends the work.
pub fn each<T: Send>(
    items: Vec<T>,
    state: &Path,
    sources: &Path,
    work: impl Fn(&Place, T) -> Outcome<()> + Sync,
) -> Outcome<()> {
    let items = Mutex::new(items.into_iter());
    let take = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work_all = |number: usize| -> Result<(), String> {
        let folder = state.join(format!("worker-{number}"));
        let place = Place { folder, sources: sources.to_owned() };
        while let Some(item) = take() {
            if let Err(error) = work(&place, item) {
                // The other workers find no more items.
                while take().is_some() {}
                return Err(error.to_string());
            }
        }
        Ok(())
    };
    let count = thread::available_parallelism()?.get();
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..count).map(|number| scope.spawn(move || work_all(number))).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err("a worker panicked".to_owned()))
        })
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::not_passed;

    #[test]
    fn a_test_that_failed_or_was_killed_is_found() {
        let failed = "running 2 tests\ntest a ... ok\ntest b - should panic ... FAILED\n\ntest result: FAILED.";
        assert_eq!(not_passed(failed).as_deref(), Some("b"));
        assert_eq!(not_passed("test a ... ok\ntest c::d ... ").as_deref(), Some("c::d"));
        assert_eq!(not_passed("test a ... ok\n\ntest result: ok. 1 passed"), None);
    }
}
