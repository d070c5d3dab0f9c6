//! The leaked records that a work list names.

use std::{collections::HashMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The id of a leaked record: a keyed digest. A work list shows it if the row of the record in the leak is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeakedRecord(pub u64);

/// The row of a leaked record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeakedRow {
    /// The leaked file.
    pub file: String,
    /// The number of the row in the file.
    pub row: u64,
    /// The number of the row in a spreadsheet.
    #[serde(rename = "spreadsheet_row")]
    pub shown: u64,
}

/// The rows of leaked records.
pub type LeakedRows = HashMap<LeakedRecord, LeakedRow>;

/// Because an id begins with a letter, no spreadsheet takes it for a number.
const PREFIX: char = 'R';

impl fmt::Display for LeakedRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{:016x}", self.0)
    }
}

impl FromStr for LeakedRecord {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix(PREFIX).ok_or(())?;
        let is_plain = digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let digits = Some(digits).filter(|_| is_plain).ok_or(())?;
        u64::from_str_radix(digits, 16).map(Self).map_err(|_| ())
    }
}
