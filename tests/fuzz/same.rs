//! Compares verdicts.

use leakdex::{Finding, Verdict};

/// Asserts that two ways to check the same members give the same verdicts.
///
/// # Panics
///
/// If they do not.
pub fn assert_same(one: &[Verdict], other: &[Verdict]) {
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        assert_eq!((one.slug(), one.coverage()), (other.slug(), other.coverage()));
        let found = |finding: &Finding| (finding.matched(), finding.strength());
        assert_eq!(one.finding().map(found), other.finding().map(found));
        let exposure = |verdict| Verdict::finding(verdict).map(Finding::exposure);
        assert_eq!(exposure(one), exposure(other));
    }
}
