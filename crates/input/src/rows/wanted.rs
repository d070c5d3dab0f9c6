//! The choice of columns that are parsed: a pass over an input does not need all of them.

use leakdex::Field;

use super::Block;
use crate::columns::Column;

/// Which columns are parsed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The mapped columns.
    Mapped,
    /// The mapped columns, and in one row of so many the unused ones, too.
    Judged(u64),
    /// The columns of dates of birth.
    BirthDates,
}

impl Wanted {
    /// All rows of these first blocks are judged, about two mebibytes.
    const BLOCKS_JUDGED_WHOLE: u64 = 8;

    /// The rows of a block in which unused columns are judged. Only their place in the input decides,
    /// so that the number of threads changes nothing.
    pub const fn sample_of(block: &Block) -> Self {
        Self::Judged(if block.number < Self::BLOCKS_JUDGED_WHOLE { 1 } else { 16 })
    }

    /// Whether a column is used, and is wanted.
    pub fn takes(self, column: &Column) -> bool {
        match self {
            Self::BirthDates => column.field() == Some(Field::BirthDate),
            Self::Mapped | Self::Judged(_) => column.is_read(),
        }
    }

    pub const fn judges_any(self) -> bool {
        matches!(self, Self::Judged(_))
    }

    pub const fn judges(self, row: u64) -> bool {
        match self {
            Self::Mapped | Self::BirthDates => false,
            Self::Judged(every) => row.is_multiple_of(every),
        }
    }
}
