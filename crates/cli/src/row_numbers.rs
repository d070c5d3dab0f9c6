//! Row numbers: among the rows of a file, and as a spreadsheet program shows them.

use std::fmt;

use leakdex_input::Gaps;

/// The number of a row, from 1.
#[derive(Clone, Copy)]
pub struct RowNumber {
    /// Among the rows of the file, without the header.
    pub row: u64,
    /// Among all lines that a spreadsheet program numbers in the file or sheet, including titles, the
    /// header, and rows without content.
    pub shown: u64,
}

/// Both numbers, for people: findings for programs have the first one, and Excel shows the second one.
impl fmt::Display for RowNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, shown } = self;
        if row == shown {
            return write!(formatter, "row {row}");
        }
        write!(formatter, "row {row} (row {shown} in Excel)")
    }
}

/// Numbers the rows of a block.
#[derive(Clone, Copy)]
pub struct RowNumbers<'a> {
    /// The number of rows of the file before the block.
    pub rows_before: u64,
    /// The number of other lines before the block.
    pub others_before: u64,
    pub gaps: &'a Gaps,
}

impl RowNumbers<'_> {
    /// The number of a row of the block, from 0.
    pub fn of(&self, row: u64) -> RowNumber {
        let number = self.rows_before + row + 1;
        RowNumber { row: number, shown: number + self.others_before + self.gaps.count_before(row) }
    }
}
