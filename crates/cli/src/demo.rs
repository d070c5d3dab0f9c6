//! A synthetic breach with known truth: generated, indexed, checked and compared.
//!
//! It is modelled on the Bitmarck breach of January 2023: fragments of persons in many spellings, with
//! duplicates and former members, against a member list with gaps, errors and changes. Everything follows
//! from fixed seeds and is the same for any number of threads. The expected findings come from the
//! generator, not from the library under test.

mod report;
mod score;
#[cfg(test)]
mod tests;

use std::{
    io::Write,
    ops::Range,
    time::{Duration, Instant},
};

use leakdex::{Batch, Breach, Index, IndexBuilder, Key, Kind, Record};
use leakdex_synthetic::{
    leak::{Fragments, LeakTruth, Rows},
    members::{Member, list_order, members},
};
use rayon::prelude::*;

use report::Times;
use score::Tally;

/// The size of the breach.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Accounts in the leak. A fifth of them are former members.
    pub accounts: u32,
    /// Members on the list.
    pub members: u32,
}

impl Sizes {
    fn former(&self) -> u32 {
        self.accounts / 5
    }
}

impl Default for Sizes {
    /// About as many accounts as in the Bitmarck breach, and a fairly large insurer.
    fn default() -> Self {
        Self { accounts: 300_000, members: 1_000_000 }
    }
}

/// The outcome, without the times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The row counts of the leak.
    pub rows: Rows,
    /// The expected row counts.
    pub expected_rows: Rows,
    /// The number of pseudonyms in the index.
    pub entries: u64,
    /// The size of the index in bytes.
    pub index_bytes: u64,
    /// The verdicts compared with the truth.
    pub tally: Tally,
}

impl Outcome {
    /// Whether the demo keeps its promise. Identifiers of strength certain and strong found everybody who
    /// has one in the leak, and nobody else. Everybody was found whose names, date of birth and postcode
    /// leaked together and are unchanged. The truth explains every other verdict.
    pub fn promise_holds(&self) -> bool {
        self.tally.certain.is_perfect()
            && self.tally.strong.is_perfect()
            && self.tally.unexplained == 0
            && self.rows == self.expected_rows
    }
}

/// Generates the breach, builds the index, checks the members, and writes the outcome.
pub fn run(out: &mut dyn Write, sizes: &Sizes) -> anyhow::Result<Outcome> {
    let mut times = Times::default();
    let key = Key::generate()?;
    let (index, truth) = build(&key, sizes, &mut times)?;
    let tally = check(&index, &truth, sizes, &mut times);

    let rows = index.metadata().rows.clone();
    let outcome = Outcome {
        rows: Rows {
            read: rows.read,
            indexed: rows.indexed,
            duplicate: rows.duplicate,
            rejected: rows.rejected,
        },
        expected_rows: truth.rows(),
        entries: index.len(),
        index_bytes: index.as_bytes().len() as u64,
        tally,
    };
    report::write(out, sizes, &outcome, &times)?;
    Ok(outcome)
}

/// The number of persons that one thread generates and handles together.
const CHUNK: u32 = 2_048;
/// The number of persons in memory at once.
const WAVE: u32 = 32 * CHUNK;

fn build(key: &Key, sizes: &Sizes, times: &mut Times) -> anyhow::Result<(Index, LeakTruth)> {
    // Address aliases would find people whom the demo does not expect.
    let values = [Kind::Email, Kind::Kvnr, Kind::Iccsn, Kind::Username];
    let match_keys = Kind::ALL.iter().copied().filter(|kind| kind.is_match_key());
    let kinds = values.into_iter().chain(match_keys).collect();
    let breach = Breach::named("demo")?;
    let mut builder = IndexBuilder::new(key, breach).kinds(kinds);
    let mut truth = LeakTruth::default();
    for wave in parts(0..sizes.accounts, WAVE) {
        let chunks: Vec<Vec<Record>> = timed(&mut times.generate, || {
            let chunks: Vec<_> = parts(wave, CHUNK).collect();
            let fragments: Vec<_> = chunks.into_par_iter().map(Fragments::of).collect();
            let rows = fragments.into_iter().map(|chunk| truth.take(chunk));
            rows.collect()
        });
        timed(&mut times.build, || {
            let fill = |rows: &Vec<Record>| {
                let mut batch = builder.batch();
                for row in rows {
                    batch.push(row);
                }
                batch
            };
            let batches: Vec<Batch> = chunks.par_iter().map(fill).collect();
            batches.iter().try_for_each(|batch| builder.add_batch(batch).map(drop))
        })?;
    }
    let index = timed(&mut times.build, || builder.build())?;
    Ok((index, truth))
}

fn check(index: &Index, truth: &LeakTruth, sizes: &Sizes, times: &mut Times) -> Tally {
    let former = sizes.former();
    let mut tally = Tally::default();
    for wave in parts(0..sizes.members, WAVE) {
        let chunks: Vec<Vec<Member>> = timed(&mut times.generate, || {
            let chunks: Vec<_> = parts(wave, CHUNK).collect();
            let make = |part| members(list_order(former, sizes.members, part));
            chunks.into_par_iter().map(make).collect()
        });
        let of_wave = timed(&mut times.check, || {
            chunks
                .par_iter()
                .map_init(
                    || index.batch(),
                    |batch, members| check_chunk(index, truth, batch, members),
                )
                .reduce(Tally::default, Tally::plus)
        });
        tally = tally.plus(of_wave);
    }
    tally
}

fn check_chunk(index: &Index, truth: &LeakTruth, batch: &mut Batch, members: &[Member]) -> Tally {
    batch.clear();
    for member in members {
        batch.push(&member.record);
    }
    let mut tally = Tally::default();
    for (verdict, member) in index.check_batch(batch).iter().zip(members) {
        tally.count(&verdict, &member.truth, truth);
    }
    tally
}

/// Splits the range into parts of this length. The last one may be shorter.
fn parts(range: Range<u32>, length: u32) -> impl Iterator<Item = Range<u32>> {
    let end = range.end;
    let step = usize::try_from(length).unwrap_or(usize::MAX);
    range.step_by(step).map(move |start| start..end.min(start.saturating_add(length)))
}

/// Runs the work and adds its time to the total.
fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *total += start.elapsed();
    result
}
