//! Exact intervals for counts.

/// Each end of an interval is wrong with this probability, so both are right in 95 of 100 runs.
const ONE_SIDED: f64 = 0.025;

/// The interval of the mean of a Poisson distribution, given a count drawn from it.
pub fn poisson(count: u64) -> [f64; 2] {
    let most = 2.0 * float(count) + 30.0;
    let at_most = |count: u64, mean: f64| {
        let terms = (0..=count).scan(-mean, move |log, number| {
            if number > 0 {
                *log += (mean / float(number)).ln();
            }
            Some(log.exp())
        });
        terms.sum::<f64>()
    };
    let lower = count
        .checked_sub(1)
        .map_or(0.0, |below| root(most, |mean| 1.0 - at_most(below, mean) < ONE_SIDED));
    [lower, root(most, |mean| at_most(count, mean) > ONE_SIDED)]
}

/// The interval of a share in a population, given a count in a sample of size `whole` (Clopper and
/// Pearson).
pub fn binomial(count: u64, whole: u64) -> [f64; 2] {
    let at_most = |count: u64, share: f64| {
        let (log_in, log_out) = (share.ln(), (1.0 - share).ln());
        let terms = (0..=count).scan(float(whole) * log_out, move |log, number| {
            if number > 0 {
                *log += (float(whole - number + 1) / float(number)).ln() + log_in - log_out;
            }
            Some(log.exp())
        });
        terms.sum::<f64>()
    };
    let lower = count
        .checked_sub(1)
        .map_or(0.0, |below| root(1.0, |share| 1.0 - at_most(below, share) < ONE_SIDED));
    let upper =
        if count == whole { 1.0 } else { root(1.0, |share| at_most(count, share) > ONE_SIDED) };
    [lower, upper]
}

/// The number up to which a condition holds. It holds at 0, and does not hold at `most`.
fn root(most: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut lower, mut upper) = (0.0, most);
    for _ in 0..50 {
        let middle = f64::midpoint(lower, upper);
        if holds(middle) {
            lower = middle;
        } else {
            upper = middle;
        }
    }
    f64::midpoint(lower, upper)
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are far below 2⁵²")]
pub fn float(number: u64) -> f64 {
    number as f64
}
