//! Indexes of leaks, and checks of member lists against them.

use std::{collections::BTreeMap, ops::Range};

use leakdex::{
    Breach, Caveat, Error, Index, IndexBuilder, IndexSet, Key, Normaliser, Strength, Verdict,
};
use leakdex_synthetic::copies::Row;
use rayon::prelude::*;

/// The number of rows in a batch.
const ROWS: u32 = 4096;

/// The beginning of the names of leaks.
const NAMES: &str = "leak";

fn normaliser() -> Normaliser {
    Normaliser::new().current_year(2026)
}

/// The cost of an index, or of a check.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    pub people: u64,
    pub hashes: u64,
    pub bytes: u64,
}

impl Cost {
    pub fn add(&mut self, other: Self) {
        self.people += other.people;
        self.hashes += other.hashes;
        self.bytes += other.bytes;
    }
}

/// An index for each leak. All rows of a leak have the same fields.
pub fn indexes(leaks: Vec<Vec<Row>>) -> Result<(IndexSet, Cost), Error> {
    let built = leaks.into_par_iter().enumerate();
    let built: Vec<(Index, Cost)> =
        built.map(|(number, rows)| index(number, &rows)).collect::<Result<_, _>>()?;
    let mut cost = Cost::default();
    built.iter().for_each(|(_, of_index)| cost.add(*of_index));
    let set = IndexSet::new(built.into_iter().map(|(index, _)| index))?;
    Ok((set.with_normaliser(normaliser()), cost))
}

fn index(number: usize, rows: &[Row]) -> Result<(Index, Cost), Error> {
    let key = Key::from_bytes(&[142; 32]).expect("a key");
    let breach = Breach::named(&format!("{NAMES}-{number}")).expect("the name is well formed");
    let mut builder = IndexBuilder::new(&key, breach).normaliser(normaliser());
    let mut cost = Cost::default();
    let mut batch = builder.batch();
    for rows in rows.chunks(ROWS as usize) {
        batch.clear();
        rows.iter().for_each(|row| batch.push(&row.record()));
        cost.people += batch.len() as u64;
        cost.hashes += batch.identifier_count() as u64;
        builder.add_batch(&batch)?;
    }
    let index = builder.build()?;
    cost.bytes = index.as_bytes().len() as u64;
    Ok((index, cost))
}

/// The result of checking one member.
#[derive(Clone, Default)]
pub struct Hit {
    /// The strength of the match, for each leak with a record of the member.
    pub strengths: Vec<Strength>,
    /// Whether a match was refuted.
    pub is_refuted: bool,
}

impl Hit {
    fn of(verdict: &Verdict, is_refuted: bool) -> Option<Self> {
        let exposure = verdict.finding().map(|finding| finding.exposure().by_breach());
        let strengths = exposure.into_iter().flatten().map(|part| part.strength).collect();
        (is_refuted || verdict.finding().is_some()).then_some(Self { strengths, is_refuted })
    }
}

/// Checks the members with these numbers on all threads. Returns the hits by number.
pub fn check(
    set: &IndexSet,
    members: Range<u32>,
    row: impl Fn(u32) -> Row + Sync,
) -> (BTreeMap<u32, Hit>, Cost) {
    let starts: Vec<u32> = members.clone().step_by(ROWS as usize).collect();
    let block = |start: u32| {
        let numbers = start..members.end.min(start + ROWS);
        let mut batch = set.batch();
        numbers.clone().for_each(|number| batch.push(&row(number).record()));
        let verdicts = set.check_batch(&batch);
        let found = numbers.zip(0..).filter_map(|(number, place)| {
            let is_refuted = verdicts.caveats()[place].contains(Caveat::MatchRefuted);
            if verdicts.matched()[place].is_empty() && !is_refuted {
                return None;
            }
            Some((number, Hit::of(&verdicts.get(place), is_refuted)?))
        });
        let (people, hashes) = (batch.len() as u64, batch.identifier_count() as u64);
        (found.collect::<Vec<_>>(), Cost { people, hashes, bytes: 0 })
    };
    let blocks: Vec<_> = starts.into_par_iter().map(block).collect();
    let mut cost = Cost::default();
    blocks.iter().for_each(|(_, of_block)| cost.add(*of_block));
    (blocks.into_iter().flat_map(|(found, _)| found).collect(), cost)
}
