//! The command's rules of normalisation, for the bindings.

use std::time::SystemTime;

use chrono::{DateTime, Datelike as _};
use leakdex::{DateEvidence, Normaliser};

use crate::error::Error;

/// The rules by which the command normalises: nobody was born after the current year. Pass them to
/// [`IndexSet::with_normaliser`](leakdex::IndexSet::with_normaliser) and
/// [`IndexBuilder::normaliser`](leakdex::IndexBuilder::normaliser), to get the verdicts of the command.
#[must_use]
pub fn rules() -> Normaliser {
    Normaliser::new().current_year(current_year())
}

/// Refuses a single member's date of birth if it has two meanings, because day and month could be swapped. In a
/// list, the other dates show the order. For a single date, the order would be a guess.
///
/// # Errors
///
/// [`Error::Columns`] for such a date.
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

/// The current year in UTC. Apart from the command, only this function reads the clock.
#[must_use]
pub fn current_year() -> u16 {
    let year = DateTime::<chrono::Utc>::from(SystemTime::now()).year();
    u16::try_from(year).unwrap_or(u16::MAX)
}
