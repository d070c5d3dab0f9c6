//! The expected number of accidental matches, from the number of decoys that matched.

/// The expected number of members who match by accident, with an interval that contains the true
/// number in at least 95 of 100 runs: the exact interval of a Poisson distribution (Garwood).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// How many decoys matched.
    pub hits: u64,
    /// How many members are expected to match by accident.
    pub expected: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

/// The largest probability that the true number is beyond one end of the interval.
const BEYOND: f64 = 0.025;

/// The standard deviations beyond which one side of a normal distribution has this probability.
const DEVIATIONS: f64 = 1.959_963_984_540_054;

/// From this many hits on, the approximation is good enough.
const MANY: u64 = 200;

/// With fewer hits, only the interval is reported.
const MIN_COUNT: u64 = 20;

impl Estimate {
    /// `hits` of `checked` decoys matched. The decoys represent `members` people.
    pub(super) fn new(hits: u64, checked: u64, members: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "an estimate has a few digits")]
        let (scale, count) = (members as f64 / checked as f64, hits as f64);
        let (low, high) = (lower_end(hits), upper_end(hits));
        Self { hits, expected: count * scale, low: low * scale, high: high * scale }
    }

    /// Whether enough decoys matched to report one number beside the interval.
    #[must_use]
    pub const fn is_precise(&self) -> bool {
        self.hits >= MIN_COUNT
    }
}

fn lower_end(hits: u64) -> f64 {
    match hits {
        0 => 0.0,
        // The lowest mean at which this many hits or more are not rare.
        1..MANY => solve(|mean| 1.0 - at_most(hits - 1, mean) > BEYOND),
        _ => approximate(hits, -DEVIATIONS),
    }
}

fn upper_end(hits: u64) -> f64 {
    if hits < MANY {
        // The lowest mean at which this many hits or fewer are rare.
        solve(|mean| at_most(hits, mean) < BEYOND)
    } else {
        approximate(hits + 1, DEVIATIONS)
    }
}

/// The lowest mean at which the condition holds, by bisection.
fn solve(is_beyond: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 400.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if is_beyond(middle) { high = middle } else { low = middle }
    }
    f64::midpoint(low, high)
}

/// The probability of at most `events` events with this mean.
fn at_most(events: u64, mean: f64) -> f64 {
    let (mut term, mut sum, mut number) = ((-mean).exp(), (-mean).exp(), 0.0);
    for _ in 0..events {
        number += 1.0;
        term *= mean / number;
        sum += term;
    }
    sum
}

/// An end of the interval, by the Wilson-Hilferty approximation of the chi-squared distribution.
#[expect(clippy::cast_precision_loss, reason = "an approximation has a few digits")]
fn approximate(hits: u64, deviations: f64) -> f64 {
    let hits = hits as f64;
    hits * (1.0 - 1.0 / (9.0 * hits) + deviations / (3.0 * hits.sqrt())).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_published_tables() {
        // Garwood's table, as in Ulm (1990), American Journal of Epidemiology 131, 373.
        for (hits, low, high) in [
            (0, 0.0, 3.689),
            (1, 0.0253, 5.572),
            (2, 0.242, 7.225),
            (9, 4.115, 17.085),
            (20, 12.217, 30.888),
            (50, 37.111, 65.919),
            (100, 81.364, 121.627),
        ] {
            let estimate = Estimate::new(hits, 1, 1);
            assert!((estimate.low - low).abs() < 0.001, "{estimate:?}");
            assert!((estimate.high - high).abs() < 0.001, "{estimate:?}");
        }
    }

    #[test]
    fn the_approximation_continues_where_the_exact_sum_ends() {
        let (below, from) = (Estimate::new(MANY - 1, 1, 1), Estimate::new(MANY, 1, 1));
        for (one, next) in [(below.low, from.low), (below.high, from.high)] {
            assert!((0.9..1.1).contains(&(next - one)), "{one} {next}");
        }
        let many = Estimate::new(1_000_000, 1, 1);
        assert!(many.low > 998_000.0 && many.high < 1_002_000.0);
    }

    #[test]
    fn hits_are_scaled_from_decoys_to_members() {
        let estimate = Estimate::new(20, 2_000_000, 25_000_000);
        assert!((estimate.expected - 250.0).abs() < 1e-9 && estimate.is_precise());
        assert!(!Estimate::new(19, 1, 1).is_precise());
    }
}
