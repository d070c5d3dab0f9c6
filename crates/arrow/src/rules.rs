//! The command's rules of normalisation, for the bindings.

use std::time::SystemTime;

use chrono::{DateTime, Datelike as _};
use leakdex::{DateEvidence, DateOrder, Field, Normaliser, Record};

use crate::error::Error;

/// The rules by which the command normalises: nobody was born after the current year. Pass them to
/// [`IndexSet::with_normaliser`](leakdex::IndexSet::with_normaliser) and
/// [`IndexBuilder::normaliser`](leakdex::IndexBuilder::normaliser), to get the verdicts of the command.
#[must_use]
pub fn rules() -> Normaliser {
    Normaliser::new().current_year(current_year())
}

/// Adds the date of birth of a single member. The order of day and month is the given one, or the only one in which
/// this date exists.
///
/// # Errors
///
/// [`Error::Columns`] without an order if the date has two meanings. In a list, the other dates show the order. For a
/// single date, the order would be a guess.
pub fn push_birth_date(
    record: &mut Record,
    value: &str,
    order: Option<DateOrder>,
) -> Result<(), Error> {
    let order = match (order, rules().date_evidence(value.as_bytes())) {
        (None, DateEvidence::Open) => {
            return Err(Error::Columns(
                "the date of birth is another date if the month comes first: give the date order, or write it as \
                 YYYY-MM-DD"
                    .to_owned(),
            ));
        }
        (None, DateEvidence::Proves(proven)) => Some(proven),
        (given, _) => given,
    };
    match order {
        Some(order) => record.push_birth_date(value, order),
        None => record.push(Field::BirthDate, value),
    }
    Ok(())
}

/// The current year in UTC. Apart from the command, only this function reads the clock.
#[must_use]
pub fn current_year() -> u16 {
    let year = DateTime::<chrono::Utc>::from(SystemTime::now()).year();
    u16::try_from(year).unwrap_or(u16::MAX)
}
