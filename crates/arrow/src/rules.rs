//! The rules of normalisation that the command has, for the bindings.

use std::time::SystemTime;

use chrono::{DateTime, Datelike as _};
use leakdex::Normaliser;

/// The rules by which the command normalises: nobody was born after the current year. Give them to
/// [`IndexSet::with_normaliser`](leakdex::IndexSet::with_normaliser) and
/// [`IndexBuilder::normaliser`](leakdex::IndexBuilder::normaliser), so that verdicts are those of the command.
#[must_use]
pub fn rules() -> Normaliser {
    Normaliser::new().current_year(current_year())
}

/// The current year in UTC. This is the only look at the clock beside the command's.
#[must_use]
pub fn current_year() -> u16 {
    let year = DateTime::<chrono::Utc>::from(SystemTime::now()).year();
    u16::try_from(year).unwrap_or(u16::MAX)
}
