//! Selects the columns to parse, since not every pass over an input needs all of them.

use leakdex::Field;

use super::{
    Block,
    share::{Cells, Share},
};
use crate::{columns::Column, unused::MAX_COLUMNS};

/// Which columns are parsed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnSelection {
    /// The mapped columns.
    Mapped,
    /// The mapped columns, and also the unused ones in one of this many rows.
    Judged(u64),
    /// The mapped columns, and also the other ones in all rows.
    All,
    /// The columns of dates of birth.
    BirthDates,
}

impl ColumnSelection {
    /// The number of blocks at the start, about two mebibytes, in which all rows are judged.
    const BLOCKS_JUDGED_WHOLE: u64 = 8;

    /// Chooses the rows of a block in which unused columns are judged. The choice depends only on the place
    /// of the block in the input, so the number of threads does not affect the result.
    pub const fn sample_of(block: &Block) -> Self {
        Self::Judged(if block.number < Self::BLOCKS_JUDGED_WHOLE { 1 } else { 16 })
    }

    /// Whether a column is used and part of this selection.
    pub fn takes(self, column: &Column) -> bool {
        match self {
            Self::BirthDates => column.field() == Some(Field::BirthDate),
            Self::Mapped | Self::Judged(_) | Self::All => column.is_read(),
        }
    }

    /// Whether the cells of a column are kept to be judged. With [`All`](Self::All), the cells of the other columns
    /// are examined where they are used.
    pub fn examines(self, column: &Column) -> bool {
        match self {
            Self::Mapped | Self::BirthDates => false,
            Self::Judged(_) => column.is_judged(),
            Self::All => column.field().is_none(),
        }
    }

    /// Adds the used and the judged columns to an empty share.
    pub fn prepare(self, columns: &[Column], share: &mut Share) {
        let taken = (0..columns.len()).filter(|&number| self.takes(&columns[number]));
        share.columns.extend(taken.map(Cells::of));
        let judged = (0..columns.len()).filter(|&number| self.examines(&columns[number]));
        share.judged.extend(judged.take(MAX_COLUMNS).map(Cells::of));
    }

    pub const fn judges(self, row: u64) -> bool {
        match self {
            Self::Mapped | Self::BirthDates => false,
            Self::Judged(every) => row.is_multiple_of(every),
            Self::All => true,
        }
    }
}
