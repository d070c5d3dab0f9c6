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

use std::process::ExitCode;

use leakdex::{Error, Kind};
use leakdex_synthetic::copies::{Row, World};

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
    let world = World::new();
    let indexed: Vec<Row> = (0..persons).map(|number| world.row(number)).collect();
    let copies = indexed.iter().map(|row| world.copy(row));
    let strangers = (persons..2 * persons).zip(&indexed).map(|(number, row)| {
        let mut stranger = world.row(number);
        if twins > 0 && number.is_multiple_of(twins) {
            stranger.be_twin_of(row);
        }
        stranger
    });
    let members: Vec<Row> = copies.chain(strangers).collect();

    let mut report = Report {
        persons,
        shared_names: [world.last_names.shared(), world.first_names.shared()],
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
