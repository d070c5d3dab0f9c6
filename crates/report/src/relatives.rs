//! Candidates who look like relatives, such as twins, and the affected members to whom they seem to be
//! related.

use serde::{Deserialize, Serialize};

/// The number of candidates who look like relatives of a leaked person. Known at the end of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relatives {
    /// Candidates who share the last name and the place, but not the first name, with every record that
    /// counts.
    pub look_like_relatives: u64,
    /// The candidates among these with a record that confirms another person.
    pub of_affected: u64,
}
