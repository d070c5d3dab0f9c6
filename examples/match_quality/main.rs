//! Measures how well match keys find persons whose data were written down twice, with errors.
//!
//! ```sh
//! cargo run --release --example match_quality
//! ```
//!
//! Synthetic persons are indexed as they are. Members are corrupted copies of all of them, and as
//! many persons who are not in the index. The rates of corruption stand in [`leakdex_synthetic::copies::RATES`] and are
//! printed; they are those of heavily damaged data, as in the FEBRL sets that record linkage is
//! tested with. Names have the uneven frequencies of German ones. Exit status 1 says that a goal
//! was missed.

mod join;
mod report;
mod score;

use std::{collections::HashMap, process::ExitCode};

use leakdex::{Error, Field, Kind};
use leakdex_synthetic::{
    copies::{Row, copy, row},
    spelling::spell_plainly,
};

use join::exact_join;
use report::Report;
use score::{Score, Union, hits};

/// How many persons are in the index, and how many members are not.
const PERSONS: u32 = 20_000;

/// Of so many members outside the index one is a twin of somebody in it, in the second run.
const TWINS: u32 = 100;

const MATCH_KEYS: [Kind; 7] = [
    Kind::NameBirth,
    Kind::FirstBirthPostcode,
    Kind::LastBirthPostcode,
    Kind::NamePostcode,
    Kind::SurnamePartBirth,
    Kind::SoundBirth,
    Kind::InitialsBirthPostcode,
];

const NUMBERS: [Kind; 3] = [Kind::Kvnr, Kind::Iccsn, Kind::Email];

fn main() -> Result<ExitCode, Error> {
    let report = measure(PERSONS, 0)?;
    print!("{report}");
    print!("{}", measure(PERSONS, TWINS)?.about_twins());
    Ok(if report.goals_are_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Members `0..persons` are copies of the persons with the same number; the others are strangers.
fn measure(persons: u32, twins: u32) -> Result<Report, Error> {
    let indexed: Vec<Row> = (0..persons).map(row).collect();
    let copies = indexed.iter().map(copy);
    let strangers = (persons..2 * persons).zip(&indexed).map(|(number, other)| {
        let mut stranger = row(number);
        if twins > 0 && number.is_multiple_of(twins) {
            stranger.be_twin_of(other);
        }
        stranger
    });
    let members: Vec<Row> = copies.chain(strangers).collect();

    let mut report = Report {
        persons,
        shared_names: [Field::LastName, Field::FirstName].map(|field| shared(&indexed, field)),
        exact: exact_join(&indexed, &members),
        keys: Vec::new(),
        with_numbers: Score::default(),
    };
    let mut union = Union::new(persons);
    for kind in MATCH_KEYS {
        let hits = hits(kind, &indexed, &members)?;
        let alone = Score::of(&hits);
        report.keys.push((kind, alone, union.add(&hits)));
    }
    for kind in NUMBERS {
        report.with_numbers = union.add(&hits(kind, &indexed, &members)?);
    }
    Ok(report)
}

/// How probable it is that two of these persons have the same name.
fn shared(rows: &[Row], field: Field) -> f64 {
    let mut counts = HashMap::<String, u32>::new();
    rows.iter().for_each(|row| *counts.entry(spell_plainly(&row.person, field)).or_default() += 1);
    let pairs = |count: f64| count * (count - 1.0);
    let shared: f64 = counts.values().map(|&count| pairs(count.into())).sum();
    shared / pairs(counts.values().map(|&count| f64::from(count)).sum())
}
