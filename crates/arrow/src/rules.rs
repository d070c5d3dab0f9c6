//! The rules of normalisation that the command has, for the bindings.

use std::time::SystemTime;

use chrono::{DateTime, Datelike as _};
use leakdex::{DateEvidence, Normaliser};

use crate::error::Error;

/// The rules by which the command normalises: nobody was born after the current year. Give them to
/// [`IndexSet::with_normaliser`](leakdex::IndexSet::with_normaliser) and
/// [`IndexBuilder::normaliser`](leakdex::IndexBuilder::normaliser), so that verdicts are those of the command.
#[must_use]
pub fn rules() -> Normaliser {
    Normaliser::new().current_year(current_year())
}

/// Refuses a date of birth of a single member that is another date if the month comes first instead of the
/// day. In a list, the other dates show the order; of one date, it would be a guess.
///
/// # Errors
///
/// [`Error::Columns`] if it is such a date.
pub fn refuse_open_date(value: &str) -> Result<(), Error> {
    if rules().date_evidence(value.as_bytes()) == DateEvidence::Open {
        return Err(Error::Columns(
            "the date of birth is another date if the month comes first: give the date order, or write it as \
             YYYY-MM-DD"
                .to_owned(),
        ));
    }
    Ok(())
}

/// The current year in UTC. This is the only look at the clock beside the command's.
#[must_use]
pub fn current_year() -> u16 {
    let year = DateTime::<chrono::Utc>::from(SystemTime::now()).year();
    u16::try_from(year).unwrap_or(u16::MAX)
}
