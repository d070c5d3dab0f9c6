//! Measures how many people the match keys find, and how many they match by accident, if a leak holds only
//! names, dates of birth and postcodes.
//!
//! ```sh
//! # A few seconds: it fails only if it misses a goal by far.
//! cargo run --release --package leakdex-synthetic --example match_quality
//! # Minutes, on all cores: the figures in the docs.
//! cargo run --release --package leakdex-synthetic --example match_quality -- --large
//! ```
//!
//! `--seed N`, up to 14, selects other people. They come from [`leakdex_synthetic::population`]: they have
//! regional surnames, households and twins. [`leakdex_synthetic::copies::ERRORS`] lists the errors in their
//! leaked copies.
//!
//! Accidental matches are counted between members and leaked strangers: no leaked person is on the list or
//! lives with a member. Relatives of leaked people are counted separately, with their own limits.
//!
//! Exit status 1 means that a goal was missed. A large run is strict: the upper end of an interval must
//! stay below a limit, and recall itself must reach its goal. A small run misses a goal only if the whole
//! interval does.

mod check;
mod goals;
mod interval;
mod join;
mod report;
mod scenes;

use std::process::ExitCode;

use leakdex::Error;

use report::Report;
use scenes::{
    Accidents, HEAVY, LIGHT, PLAIN, Recall, Size, Writing, with_wrong_digits, without_dates,
    without_postal_codes,
};

/// Takes a few seconds.
const SMALL: Size =
    Size { members: 200_000, leaks: 4, strangers: 50_000, members_of_list: 200_000, lists: 1 };

/// Four times the pairs of 25 million members and 300,000 leaked strangers. Fewer pairs have too few
/// accidental *probable* matches to distinguish 20 from 30.
const LARGE: Size =
    Size { members: 10_000_000, leaks: 10, strangers: 300_000, members_of_list: 200_000, lists: 5 };

/// Other leaks of strangers, which have no goals.
const OTHER_STRANGERS: [Writing; 3] = [
    Writing { name: "heavy errors", ..HEAVY },
    without_dates("no dates", PLAIN),
    without_postal_codes("no postcodes", PLAIN),
];

const OTHER_RECALL: [Writing; 6] = [
    with_wrong_digits("light errors, wrong digits", LIGHT),
    with_wrong_digits("heavy errors, wrong digits", HEAVY),
    without_dates("light errors, no dates", LIGHT),
    without_dates("heavy errors, no dates", HEAVY),
    without_postal_codes("light errors, no postcodes", LIGHT),
    without_postal_codes("heavy errors, no postcodes", HEAVY),
];

/// The highest seed. A higher one would need numbers of people that a lower seed uses for its strangers.
const SEEDS: u32 = 14;

fn main() -> Result<ExitCode, Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_large = arguments.iter().any(|argument| argument == "--large");
    let seed = arguments.iter().position(|argument| argument == "--seed");
    let seed = seed.map_or(Some(1), |place| arguments.get(place + 1)?.parse().ok());
    let Some(seed) = seed.filter(|seed| (0..=SEEDS).contains(seed)) else {
        eprintln!("--seed takes a number up to {SEEDS}");
        return Ok(ExitCode::from(2));
    };
    let report = measure(is_large, seed)?;
    print!("{report}");
    Ok(if report.goals_are_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(is_large: bool, seed: u32) -> Result<Report, Error> {
    let size = if is_large { LARGE } else { SMALL };
    // No two seeds have the same members or the same strangers.
    let first_member = seed * 40_000_000;
    let first_stranger = 600_000_000 + seed * 40_000_000;
    let further = size.leaks * size.strangers;
    let mut accidents =
        vec![Accidents::of(PLAIN, &size, size.leaks, [first_member, first_stranger])?];
    // Fewer people suffice where there is no goal.
    let fewer = Size { members: size.members / 4, ..size };
    for writing in OTHER_STRANGERS {
        accidents.push(Accidents::of(
            writing,
            &fewer,
            1,
            [first_member, first_stranger + further],
        )?);
    }
    let mut recall = Vec::new();
    for writing in [LIGHT, HEAVY].into_iter().chain(OTHER_RECALL) {
        recall.push(Recall::of(writing, &size, first_member)?);
    }
    // A larger leak shows more precisely how rare its names are, but it has more namesakes.
    let merged = Size { members_of_list: size.members_of_list * size.lists, lists: 1, ..size };
    for (name, writing) in
        [("light errors, larger leak", LIGHT), ("heavy errors, larger leak", HEAVY)]
    {
        if is_large {
            recall.push(Recall::of(Writing { name, ..writing }, &merged, first_member)?);
        }
    }
    Ok(Report { is_large, accidents, recall })
}
