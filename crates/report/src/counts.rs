//! Counts members by verdict.

use std::ops::{AddAssign, SubAssign};

use serde::{Deserialize, Serialize};

/// Members by verdict: `rows = affected + not_affected + indeterminate`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Counts {
    /// The members: rows of member lists.
    pub rows: u64,
    /// Members with an identifier in the leak.
    pub affected: u64,
    /// Members with a checked identifier and no match.
    pub not_affected: u64,
    /// Members without an identifier that could be checked.
    pub indeterminate: u64,
    /// The members among `not_affected` who were not checked in full.
    pub partially_checked: u64,
    /// Members without a reference.
    pub without_reference: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.affected += other.affected;
        self.not_affected += other.not_affected;
        self.indeterminate += other.indeterminate;
        self.partially_checked += other.partially_checked;
        self.without_reference += other.without_reference;
    }
}

impl SubAssign for Counts {
    fn sub_assign(&mut self, other: Self) {
        self.rows -= other.rows;
        self.affected -= other.affected;
        self.not_affected -= other.not_affected;
        self.indeterminate -= other.indeterminate;
        self.partially_checked -= other.partially_checked;
        self.without_reference -= other.without_reference;
    }
}
