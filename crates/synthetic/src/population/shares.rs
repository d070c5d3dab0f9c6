//! Draws from a list by the share of each entry.

/// The cumulative shares of a list's entries, as parts of 2³².
pub struct Shares(Vec<u32>);

impl Shares {
    /// Shares in proportion to these weights.
    pub fn new(weights: &[f64]) -> Self {
        let all: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let parts = weights.iter().map(|weight| {
            sum += weight;
            part(sum / all)
        });
        Self(parts.collect())
    }

    /// The entry for a number of 32 random bits.
    pub fn pick(&self, drawn: u32) -> usize {
        // Rounding could make the last sum a little too small.
        self.0.partition_point(|&sum| sum <= drawn).min(self.0.len() - 1)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn part(share: f64) -> u32 {
    (share * 2_f64.powi(32)) as u32
}
