//! The number of matches in a run that are expected to be accidental.

use std::collections::BTreeMap;

use leakdex::{DecoyRate, Decoys, Estimate, Kind, RunCaveat, Side, Sign, Strength};
use serde::{Deserialize, Serialize, Serializer};

/// The strengths that depend on names, dates of birth and postcodes. Each has the number of leaked records
/// per allowed accident, and the sign of the caveat if there are more accidents.
const LIMITS: [(Strength, f64, Sign); 2] = [
    (Strength::Probable, 10_000.0, Sign::AccidentalProbable),
    (Strength::Candidate, 100.0, Sign::AccidentalCandidates),
];

/// The expected number of accidental matches in a run, as measured by decoys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FalseMatchEstimate {
    /// The number of decoys per million members. Constant within a run.
    #[serde(rename = "decoys_per_million_members")]
    pub rate: DecoyRate,
    /// The counts of the decoys.
    #[serde(flatten)]
    pub decoys: Decoys,
    /// By strength, for those that depend on names, dates of birth and postcodes. Known at the end.
    #[serde(skip_deserializing)]
    pub by_strength: BTreeMap<&'static str, Accidents>,
    /// By match key, for those with a date of birth that found members or decoys. Known at the end.
    #[serde(skip_deserializing)]
    pub by_kind: BTreeMap<&'static str, Accidents>,
}

/// The members who matched with one strength or by one kind, and the expected number of accidents among them.
#[derive(Clone, Debug, Serialize)]
pub struct Accidents {
    /// All members with this strength or kind.
    pub matches: u64,
    /// The members among these whom decoys cannot test, since no kind with a date of birth matched.
    pub not_measurable: u64,
    /// The number of decoys that matched.
    pub decoys_matched: u64,
    /// The expected number of accidents, if enough decoys matched for an estimate.
    #[serde(serialize_with = "rounded")]
    pub expected: Option<f64>,
    /// The lower end of a 95% confidence interval for the number of accidents. `None` if no decoy was
    /// checked.
    #[serde(serialize_with = "rounded")]
    pub low: Option<f64>,
    /// The upper end of that interval.
    #[serde(serialize_with = "rounded")]
    pub high: Option<f64>,
    /// The number of accidents that this run may have; `None` for a kind.
    #[serde(serialize_with = "rounded")]
    pub limit: Option<f64>,
    /// Whether even the lower end of the interval is above the limit.
    pub is_above_limit: bool,
}

/// Rounds an estimate to two decimals.
#[expect(clippy::ref_option, reason = "serde passes a reference to an `Option`")]
fn rounded<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    number.map(|number| (number * 100.0).round() / 100.0).serialize(serializer)
}

impl Accidents {
    fn new(matches: u64, estimate: Option<Estimate>) -> Self {
        Self {
            matches,
            not_measurable: 0,
            decoys_matched: estimate.map_or(0, |item| item.hits),
            expected: estimate.filter(Estimate::is_precise).map(|estimate| estimate.expected),
            low: estimate.map(|estimate| estimate.low),
            high: estimate.map(|estimate| estimate.high),
            limit: None,
            is_above_limit: false,
        }
    }

    /// A rough number of accidents, even if few decoys matched.
    fn about(&self) -> u64 {
        let middle = f64::midpoint(self.low.unwrap_or(0.0), self.high.unwrap_or(0.0));
        round_to_count(self.expected.unwrap_or(middle))
    }
}

/// Rounds to a whole number.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is not negative, and a number that is too large becomes `u64::MAX`"
)]
pub fn round_to_count(number: f64) -> u64 {
    number.round() as u64
}

impl FalseMatchEstimate {
    /// The estimate for a run with this rate of decoys, before the first decoy.
    #[must_use]
    pub fn new(rate: DecoyRate) -> Self {
        let decoys = Decoys::default();
        Self { rate, decoys, by_strength: BTreeMap::new(), by_kind: BTreeMap::new() }
    }

    /// Compares the decoys with the members who matched, by strength and by kind. `records` is the number of
    /// leaked records.
    pub fn complete(
        &mut self,
        by_strength: &BTreeMap<String, u64>,
        by_kind: &BTreeMap<String, u64>,
        records: u64,
    ) {
        let count = |counts: &BTreeMap<String, u64>, slug| counts.get(slug).copied().unwrap_or(0);
        for (strength, one_in, _) in LIMITS {
            let slug = strength.slug();
            let mut accidents =
                Accidents::new(count(by_strength, slug), self.decoys.estimate(strength));
            accidents.not_measurable = self.decoys.not_measurable(strength);
            // One accident is harmless, however small the leak is.
            #[expect(clippy::cast_precision_loss, reason = "a limit has a few digits")]
            let limit = (records as f64 / one_in).max(1.0);
            accidents.limit = Some(limit);
            accidents.is_above_limit = accidents.low.is_some_and(|low| low > limit);
            self.by_strength.insert(slug, accidents);
        }
        for kind in Kind::ALL {
            let matches = count(by_kind, kind.slug());
            let estimate = self.decoys.estimate_of_kind(*kind);
            if estimate.is_some_and(|estimate| matches > 0 || estimate.hits > 0) {
                self.by_kind.insert(kind.slug(), Accidents::new(matches, estimate));
            }
        }
    }

    /// The strengths with more accidents than allowed.
    pub fn above_limit(&self) -> impl Iterator<Item = Strength> {
        LIMITS.iter().map(|(strength, ..)| *strength).filter(|strength| {
            let accidents = self.by_strength.get(strength.slug());
            accidents.is_some_and(|found| found.is_above_limit)
        })
    }

    /// A caveat for each strength with more accidents than allowed.
    pub fn caveats(&self) -> impl Iterator<Item = RunCaveat> {
        self.above_limit().filter_map(|strength| {
            let (.., sign) = LIMITS.into_iter().find(|(item, ..)| *item == strength)?;
            let accidents = &self.by_strength[strength.slug()];
            let count = accidents.about().min(accidents.matches);
            Some(RunCaveat::of_rows(Side::Leak, sign, count, accidents.matches))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with 2,000,000 members and as many decoys. `hits` decoys matched as probable.
    fn run(hits: u64, matches: u64, records: u64) -> FalseMatchEstimate {
        let decoys = serde_json::json!({
            "members": 2_000_000, "asked": 2_000_000,
            "matched_by_strength": { "probable": hits }, "matched_by_kind": { "name-birthday": hits },
            "not_measurable": {},
        });
        let mut run = FalseMatchEstimate::new(DecoyRate::for_members(2_000_000));
        run.decoys = serde_json::from_value(decoys).expect("counts of decoys");
        let counts = |slug: &str| BTreeMap::from([(slug.to_owned(), matches)]);
        run.complete(&counts("probable"), &counts("name-birthday"), records);
        run
    }

    #[test]
    fn a_strength_is_above_its_limit_if_the_lower_end_is() {
        // The interval of 50 hits begins at 37.1.
        let above = run(50, 60, 370_000);
        assert_eq!(above.above_limit().collect::<Vec<_>>(), [Strength::Probable]);
        let caveat = above.caveats().next().expect("it is above");
        assert_eq!((caveat.sign, caveat.count, caveat.of), (Sign::AccidentalProbable, 50, 60));
        assert_eq!(run(50, 60, 380_000).caveats().count(), 0);
        // One accident in a small leak is no reason to withhold letters.
        assert_eq!(run(3, 60, 10).caveats().count(), 0);
        assert_eq!(run(6, 60, 10).caveats().count(), 1);
    }

    #[test]
    fn few_hits_give_an_interval_and_no_number() {
        let few = run(9, 1_204, 300_000);
        let strength = &few.by_strength["probable"];
        assert_eq!(
            (strength.matches, strength.decoys_matched, strength.expected),
            (1_204, 9, None)
        );
        assert!(strength.low.is_some_and(|low| (4.1..4.2).contains(&low)));
        assert!(few.by_kind["name-birthday"].high.is_some_and(|high| (17.0..17.1).contains(&high)));
        assert_eq!(run(20, 1_204, 300_000).by_strength["probable"].expected, Some(20.0));
    }

    #[test]
    fn without_decoys_there_is_no_interval() {
        let mut none = FalseMatchEstimate::new(DecoyRate::for_members(1));
        none.complete(&BTreeMap::new(), &BTreeMap::new(), 0);
        let strength = &none.by_strength["candidate"];
        assert_eq!((strength.low, strength.high, strength.is_above_limit), (None, None, false));
        assert!(none.by_kind.is_empty());
    }
}
