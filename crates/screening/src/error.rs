//! The error for a leak from which no index must be built.

use std::{collections::BTreeMap, error, fmt};

/// Too little of a leak can be used. An index of the rest would report people in the leak as *not affected*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnusableLeak {
    /// No row has a usable identifier.
    Nothing {
        /// How often each reason kept a row out.
        reasons: BTreeMap<String, u64>,
    },
    /// More than a tenth of the rows was rejected.
    Rows {
        /// The name of the leak, as the caller gave it.
        file: String,
        /// The rejected rows.
        rejected: u64,
        /// All rows of the leak.
        read: u64,
        /// How often each reason occurred.
        reasons: BTreeMap<String, u64>,
    },
}

impl fmt::Display for UnusableLeak {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing { reasons } => write!(
                formatter,
                "no leaked row has a usable identifier ({}); look at the rows, and at the field of \
                 each column",
                list(reasons)
            ),
            Self::Rows { file, rejected, read, reasons } => write!(
                formatter,
                "{file}: {rejected} of its {read} rows could not be used, which is more than a \
                 tenth ({}); look at the rows, and at the field of each column",
                list(reasons)
            ),
        }
    }
}

impl error::Error for UnusableLeak {}

fn list(reasons: &BTreeMap<String, u64>) -> String {
    let parts: Vec<String> =
        reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    parts.join(", ")
}
