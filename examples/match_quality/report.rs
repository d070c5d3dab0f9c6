//! The figures, and the goals that they have to reach.

use std::fmt::{self, Write as _};

use leakdex::Kind;
use leakdex_synthetic::copies::RATES;

use crate::{
    TWINS,
    score::{Score, ratio},
};

pub struct Report {
    pub persons: u32,
    /// How probable it is that two persons have the same last name, and the same first name.
    pub shared_names: [f64; 2],
    pub exact: Score,
    /// Each match key alone, and together with those before it.
    pub keys: Vec<(Kind, Score, Score)>,
    pub with_numbers: Score,
}

impl Report {
    const LEAST_GAIN: f64 = 1.8;
    const LEAST_PRECISION: f64 = 0.999;
    const LEAST_RECALL_WITH_NUMBERS: f64 = 0.98;

    fn union(&self) -> Score {
        self.keys.last().map_or(Score::default(), |&(_, _, union)| union)
    }

    /// How many times the true pairs of the exact join the match keys find.
    fn gain(&self) -> f64 {
        ratio(self.union().found, self.exact.found)
    }

    pub fn goals_are_met(&self) -> bool {
        self.gain() >= Self::LEAST_GAIN
            && self.union().precision() >= Self::LEAST_PRECISION
            && self.with_numbers.recall(self.persons) >= Self::LEAST_RECALL_WITH_NUMBERS
    }

    pub fn about_twins(&self) -> String {
        let mut text = format!(
            "\nThe same with twins: one in {TWINS} of the members outside the index has the last name, \
             date of birth\nand postcode of somebody in it.\n\n"
        );
        self.push_keys(&mut text);
        text
    }

    fn push_keys(&self, text: &mut String) {
        let mut line = |name: &str, alone: Option<Score>, union: Score| {
            let columns = |score: Score| {
                let (recall, precision) = (score.recall(self.persons), score.precision());
                format!("{recall:>7.4} {precision:>10.5} {:>6}", score.wrong)
            };
            let alone = alone.map_or(" ".repeat(25), columns);
            text.push_str(&format!("{name:<26} {alone}   {}\n", columns(union)));
        };
        line("exact name+birth join", Some(self.exact), self.exact);
        for &(kind, alone, union) in &self.keys {
            line(kind.slug(), Some(alone), union);
        }
        line("with kvnr, iccsn, email", None, self.with_numbers);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!(
            "{} persons in the index; members: a corrupted copy of each, and {} others.\n\
             Two persons share a last name with probability {:.5}, a first name with {:.5}.\n\n\
             What happens to a copy:\n",
            self.persons, self.persons, self.shared_names[0], self.shared_names[1]
        );
        for (what, rate) in RATES {
            writeln!(text, "{:>5.0} %  {what}", rate * 100.0)?;
        }
        let head = " recall  precision  wrong";
        writeln!(text, "\n{:<26} {:<25}   and all above", "kind", "alone")?;
        writeln!(text, "{:<26} {head}   {head}", "")?;
        self.push_keys(&mut text);
        writeln!(
            text,
            "\nWithout any number, {:.2} times the true pairs of the exact join (goal: {:.1}) at \
             a precision of {:.5}\n(goal: {:.3}); with numbers a recall of {:.4} (goal: {:.2}): {}",
            self.gain(),
            Self::LEAST_GAIN,
            self.union().precision(),
            Self::LEAST_PRECISION,
            self.with_numbers.recall(self.persons),
            Self::LEAST_RECALL_WITH_NUMBERS,
            if self.goals_are_met() { "met." } else { "MISSED." }
        )?;
        formatter.write_str(&text)
    }
}
