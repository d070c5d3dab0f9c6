//! Runs the tests against one mutant after another.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    compile::Compiled,
    list::Mutant,
    outcome::Outcome,
    process::{Place, Run, each},
    reach::Test,
    results::{Ending, Results},
};

/// The first pass runs the likely tests of a mutant up to this sum of their times.
const SECONDS_OF_FIRST_PASS: f64 = 4.0;
/// The first tests of a mutant are the likely ones. So the first batch is small, and the next ones are larger.
const FIRST_BATCH: usize = 4;
const GROWTH: usize = 3;
const LARGEST_BATCH: usize = 150;
/// The end of the time is noticed between two batches.
const SECONDS_OF_BATCH: f64 = 30.0;

pub struct Campaign<'a> {
    state: &'a Path,
    sources: &'a Path,
    compiled: &'a Compiled,
    tests: &'a [Test],
    /// For each mutant that tests reach, their places in the list.
    reaching: HashMap<u32, Vec<usize>>,
    deadline: Instant,
    shared: Mutex<Shared<'a>>,
}

struct Shared<'a> {
    results: &'a mut Results,
    /// How many mutants each test caught: all, and those of a file.
    caught: HashMap<usize, f64>,
    caught_in: HashMap<(String, usize), f64>,
}

impl<'a> Campaign<'a> {
    pub fn new(
        state: &'a Path,
        sources: &'a Path,
        compiled: &'a Compiled,
        tests: &'a [Test],
        deadline: Instant,
        results: &'a mut Results,
    ) -> Self {
        let mut reaching = HashMap::<u32, Vec<usize>>::new();
        for (place, test) in tests.iter().enumerate() {
            test.reached.iter().for_each(|id| reaching.entry(*id).or_default().push(place));
        }
        let shared = Shared { results, caught: HashMap::new(), caught_in: HashMap::new() };
        Self { state, sources, compiled, tests, reaching, deadline, shared: Mutex::new(shared) }
    }

    pub fn is_reached(&self, id: u32) -> bool {
        self.reaching.contains_key(&id)
    }

    /// Tries the mutants, and then runs all tests against those that survived.
    pub fn run(&self, mutants: &[(u32, &Mutant)]) -> Outcome<()> {
        let ending_of = |(_, mutant): &(u32, &Mutant)| {
            self.shared().results.get(&mutant.key, self.compiled.digest)
        };
        let (mut first, rest): (Vec<_>, Vec<_>) =
            mutants.iter().partition(|mutant| ending_of(mutant).is_none());
        // The order is random but the same each time, so a short run takes a fair sample.
        first.sort_by_cached_key(|(_, mutant)| {
            BuildHasherDefault::<DefaultHasher>::new().hash_one(&mutant.key)
        });
        self.pass(first.clone(), SECONDS_OF_FIRST_PASS)?;
        let mut survivors: Vec<_> = first.into_iter().chain(rest).collect();
        survivors.retain(|mutant| ending_of(mutant) == Some(Ending::Undecided));
        // More of them are decided if the cheap ones come first.
        survivors.sort_by(|(a, _), (b, _)| self.seconds_of(*a).total_cmp(&self.seconds_of(*b)));
        self.pass(survivors, f64::INFINITY)
    }

    fn shared(&self) -> MutexGuard<'_, Shared<'a>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seconds_of(&self, id: u32) -> f64 {
        self.reaching[&id].iter().map(|&test| self.tests[test].seconds).sum()
    }

    fn pass(&self, mutants: Vec<(u32, &Mutant)>, seconds: f64) -> Outcome<()> {
        println!("{} mutants, with tests of up to {seconds} s each", mutants.len());
        each(mutants, self.state, self.sources, |place, (id, mutant)| {
            if let Some(ending) = self.attempt(place, id, mutant, seconds)? {
                self.shared().results.add(&mutant.key, ending, self.compiled.digest)?;
            }
            Ok(())
        })
    }

    /// Runs tests against a mutant until one fails. Returns nothing if the time is up.
    fn attempt(
        &self,
        place: &Place,
        id: u32,
        mutant: &Mutant,
        most: f64,
    ) -> Outcome<Option<Ending>> {
        let tests = self.likely_first(id, &mutant.file);
        let mut left = tests.as_slice();
        let (mut spent, mut size) = (0.0, FIRST_BATCH);
        while !left.is_empty() {
            if spent >= most {
                return Ok(Some(Ending::Undecided));
            }
            if Instant::now() >= self.deadline {
                return Ok(None);
            }
            let (batch, rest) = left.split_at(self.length_of_batch(left, size));
            (left, size) = (rest, (size * GROWTH).min(LARGEST_BATCH));
            for program in 0..self.compiled.programs.len() {
                let of_program =
                    batch.iter().copied().filter(|&test| self.tests[test].program == program);
                let of_program: Vec<usize> = of_program.collect();
                let seconds = of_program.iter().map(|&test| self.tests[test].seconds).sum::<f64>();
                spent += seconds;
                match self.run_batch(place, id, mutant, &of_program, seconds)? {
                    Run::Passed => {}
                    Run::Failed => return Ok(Some(Ending::Caught)),
                    Run::TimedOut => return Ok(Some(Ending::TimedOut)),
                }
            }
        }
        Ok(Some(Ending::Missed))
    }

    fn length_of_batch(&self, tests: &[usize], size: usize) -> usize {
        let mut seconds = 0.0;
        let fits = |test: &&usize| {
            seconds += self.tests[**test].seconds;
            seconds <= SECONDS_OF_BATCH
        };
        tests.iter().take(size).take_while(fits).count().max(1)
    }

    fn run_batch(
        &self,
        place: &Place,
        id: u32,
        mutant: &Mutant,
        tests: &[usize],
        seconds: f64,
    ) -> Outcome<Run> {
        let Some(&first) = tests.first() else { return Ok(Run::Passed) };
        let program = &self.compiled.programs[self.tests[first].program];
        let names: Vec<&str> = tests.iter().map(|&test| self.tests[test].name.as_str()).collect();
        // The times were measured beside other tests. The machine may be busier now.
        let limit = Duration::from_secs_f64(seconds * 4.0 + 8.0);
        let number = id.to_string();
        let (run, failed) = place.run(program, &names, ("LEAKDEX_MUTANT", &number), limit)?;
        let failed = failed.and_then(|failed| names.iter().position(|name| *name == failed));
        if let Some(test) = failed.map(|position| tests[position]) {
            let mut shared = self.shared();
            *shared.caught.entry(test).or_default() += 1.0;
            *shared.caught_in.entry((mutant.file.clone(), test)).or_default() += 1.0;
        }
        Ok(run)
    }

    /// The tests that reach a mutant: first those that caught many, also in this file, in little time.
    fn likely_first(&self, id: u32, file: &str) -> Vec<usize> {
        let shared = self.shared();
        let score = |test: usize| {
            let caught = shared.caught.get(&test).unwrap_or(&0.0);
            let caught_in = shared.caught_in.get(&(file.to_owned(), test)).unwrap_or(&0.0);
            (3.0 * caught_in + 0.02 * caught + 0.05) / (self.tests[test].seconds + 0.03)
        };
        let mut scored: Vec<_> =
            self.reaching[&id].iter().map(|&test| (score(test), test)).collect();
        scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        scored.into_iter().map(|(_, test)| test).collect()
    }
}
