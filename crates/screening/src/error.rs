//! The errors of adding a leak to an index.

use std::{collections::BTreeMap, error, fmt};

use leakdex_input::InputError;

/// Why a leak cannot be added to an index. Neither the message nor `Debug`, which is the same text, shows a
/// person's value.
#[non_exhaustive]
pub enum Error {
    /// The input cannot be read.
    Input(InputError),
    /// The index cannot take the rows.
    Index(leakdex::Error),
    /// Too few of the rows can be used.
    Unusable(UnusableLeak),
}

/// Too little of a leak can be used: an index of the rest would report people as *not affected* who are in the
/// leak.
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

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(formatter),
            Self::Index(error) => error.fmt(formatter),
            Self::Unusable(error) => error.fmt(formatter),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        // The messages above already include the inner errors.
        match self {
            Self::Input(error) => error.source(),
            Self::Index(error) => error.source(),
            Self::Unusable(error) => error.source(),
        }
    }
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<leakdex::Error> for Error {
    fn from(error: leakdex::Error) -> Self {
        Self::Index(error)
    }
}

impl From<UnusableLeak> for Error {
    fn from(error: UnusableLeak) -> Self {
        Self::Unusable(error)
    }
}

impl fmt::Display for UnusableLeak {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing { reasons } => write!(
                formatter,
                "no leaked row has a usable identifier ({}); look at the rows, and at which column was \
                 taken for which field",
                list(reasons)
            ),
            Self::Rows { file, rejected, read, reasons } => write!(
                formatter,
                "{file}: {rejected} of its {read} rows could not be used, which is more than a \
                 tenth ({}); look at the rows, and at which column was taken for which field",
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
