//! Candidates that look like relatives, such as twins, and the affected members whose relatives they seem to be.

use serde::{Deserialize, Serialize};

/// How many candidates look like relatives of a leaked person. Known at the end of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relatives {
    /// Candidates who share last name and place, but not the first name, with each record that counts.
    pub look_like_relatives: u64,
    /// Those of them with a record that confirms another person.
    pub of_affected: u64,
}
