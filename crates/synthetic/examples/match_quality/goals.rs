//! The goals that the figures must reach.

use std::fmt;

use crate::{
    interval::{binomial, float, poisson},
    scenes::{Accidents, Recall},
};

/// The number of pairs of 25 million members and 300,000 leaked strangers.
pub const PAIRS: u64 = 25_000_000 * 300_000;

/// The maximum number of accidental matches among these pairs, by strength.
const PROBABLE_ACCIDENTS: f64 = 30.0;
const CANDIDATE_ACCIDENTS: f64 = 3_000.0;

/// The minimum recall: with light and with heavy errors, each for *probable* and for all strengths.
pub const RECALL: [[f64; 2]; 2] = [[0.93, 0.985], [0.75, 0.93]];

/// The maximum share of twins of leaked people that may be *probable*. Twins have the same last name, date of
/// birth and postcode, so only the first name speaks against a match. In one of a hundred pairs, the first
/// names begin, end or sound alike, as *Marie* and *Marion* do. A leaked *Marie* with a typing error looks no
/// different. A lower limit would lose people with a mistyped or shortened first name. A letter to a twin
/// reaches a family that is affected.
const PROBABLE_TWINS: f64 = 0.02;

/// The maximum share of other people in the households of leaked people that may be *probable*. It is
/// small, since first name and date of birth differ.
const PROBABLE_HOUSEHOLD: f64 = 0.0005;

/// The maximum share of these people that may be candidates, such as a father and a son with the same name.
const CANDIDATE_HOUSEHOLD: f64 = 0.002;

/// The minimum gain with heavy errors: leaked people found, for each one that the exact join finds.
const GAIN: f64 = 1.8;

/// The limit of a figure, and the side on which the figure must be.
#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// A figure and its limit.
pub struct Goal {
    what: String,
    figure: f64,
    interval: [f64; 2],
    limit: Limit,
    is_met: bool,
}

impl Goal {
    fn new(what: String, figure: f64, interval: [f64; 2], limit: Limit, is_large: bool) -> Self {
        let [lower, upper] = interval;
        let is_met = match limit {
            Limit::AtMost(most) if is_large => upper <= most,
            Limit::AtMost(most) => lower <= most,
            Limit::AtLeast(least) if is_large => figure >= least,
            Limit::AtLeast(least) => upper >= least,
        };
        Self { what, figure, interval, limit, is_met }
    }

    pub const fn is_met(&self) -> bool {
        self.is_met
    }

    /// The goals for members against leaked strangers.
    pub fn of_accidents(accidents: &Accidents, is_large: bool) -> [Self; 2] {
        let counts = accidents.counts;
        let goal = |what: &str, count, most| {
            let (figure, interval) = scaled(count, accidents.pairs);
            Self::new(what.to_owned(), figure, interval, Limit::AtMost(most), is_large)
        };
        [
            goal("accidents, probable", counts.probable, PROBABLE_ACCIDENTS),
            goal("accidents, candidate", counts.found - counts.probable, CANDIDATE_ACCIDENTS),
        ]
    }

    /// The goals for a list with members who are in the leak.
    pub fn of_recall(recall: &Recall, [probable, all]: [f64; 2], is_large: bool) -> Vec<Self> {
        let name = recall.writing.name;
        let share = |what: &str, (count, whole), limit| {
            let figure = float(count) / float(whole);
            let what = format!("{name}: {what}");
            Self::new(what, figure, binomial(count, whole), limit, is_large)
        };
        let Recall { leaked, twins, household, .. } = recall;
        let candidates = household.found - household.probable;
        vec![
            share("recall, probable", (leaked.probable, leaked.whole), Limit::AtLeast(probable)),
            share("recall, all", (leaked.found, leaked.whole), Limit::AtLeast(all)),
            share("twins, probable", (twins.probable, twins.whole), Limit::AtMost(PROBABLE_TWINS)),
            share(
                "household, probable",
                (household.probable, household.whole),
                Limit::AtMost(PROBABLE_HOUSEHOLD),
            ),
            share(
                "household, candidate",
                (candidates, household.whole),
                Limit::AtMost(CANDIDATE_HOUSEHOLD),
            ),
        ]
    }

    /// The goal for the gain over an exact join of names and date.
    pub fn of_gain(recall: &Recall, is_large: bool) -> Self {
        let gain = float(recall.leaked.found) / float(recall.exact.found.max(1));
        let what = format!("{}: times the exact join", recall.writing.name);
        Self::new(what, gain, [gain; 2], Limit::AtLeast(GAIN), is_large)
    }
}

/// A count, scaled to [`PAIRS`], and the interval of its mean.
pub fn scaled(count: u64, pairs: u64) -> (f64, [f64; 2]) {
    let scale = float(PAIRS) / float(pairs);
    (float(count) * scale, poisson(count).map(|end| end * scale))
}

impl fmt::Display for Goal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (relation, limit) = match self.limit {
            Limit::AtMost(most) => ("≤", most),
            Limit::AtLeast(least) => ("≥", least),
        };
        let places = if self.figure.max(limit) > 1.9 { 1 } else { 4 };
        let Self { what, figure, interval: [lower, upper], .. } = self;
        let met = if self.is_met { "met" } else { "MISSED" };
        write!(
            formatter,
            "| {what} | {figure:.places$} | {lower:.places$} to {upper:.places$} | {relation} {limit} | {met} |"
        )
    }
}
