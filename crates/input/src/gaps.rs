//! Rows without content between the rows of an input.

use memchr::memmem;

/// Blank rows of a block: blank lines, and sheet rows without a filled cell. They do not count as rows of the
/// input, but a spreadsheet program numbers them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// For each gap, the row after it, from 0, and the total number of blank rows up to that row.
    list: Vec<(u64, u64)>,
}

impl Gaps {
    /// The number of blank rows before a row of the block. Rows count from 0.
    #[must_use]
    pub fn count_before(&self, row: u64) -> u64 {
        let next = self.list.partition_point(|&(after, _)| after <= row);
        next.checked_sub(1).map_or(0, |gap| self.list[gap].1)
    }

    /// The number of blank rows in the block, including those at its end.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.list.last().map_or(0, |&(_, total)| total)
    }

    /// Adds blank rows before this row of the block. Calls must be in the order of the rows.
    pub(crate) fn push(&mut self, row: u64, count: u64) {
        let total = self.total() + count;
        match self.list.last_mut() {
            Some((same, sum)) if *same == row => *sum = total,
            _ if count > 0 => self.list.push((row, total)),
            _ => {}
        }
    }
}

/// A quick check whether some lines may be blank.
pub(crate) fn may_have_blank_lines(bytes: &[u8], line_end: u8) -> bool {
    let begin = bytes.strip_prefix(b"\r").unwrap_or(bytes);
    begin.first() == Some(&line_end)
        || memmem::find(bytes, &[line_end, line_end]).is_some()
        || memmem::find(bytes, &[line_end, b'\r', line_end]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_counts_for_the_rows_after_it() {
        let mut gaps = Gaps::default();
        assert_eq!((gaps.count_before(0), gaps.total()), (0, 0));
        for (row, count) in [(0, 2), (3, 1), (3, 1), (4, 0), (5, 4)] {
            gaps.push(row, count);
        }
        let before: Vec<u64> = (0..7).map(|row| gaps.count_before(row)).collect();
        assert_eq!(before, [2, 2, 2, 4, 4, 8, 8]);
        assert_eq!(gaps.total(), 8);
    }

    #[test]
    fn blank_lines_are_seen_wherever_they_are() {
        for text in ["\na", "\r\na", "a\n\nb", "a\r\n\r\nb", "a\n\r\n"] {
            assert!(may_have_blank_lines(text.as_bytes(), b'\n'), "{text:?}");
        }
        for text in ["", "a", "a\n", "a\r\nb\r\n", "\ra\n"] {
            assert!(!may_have_blank_lines(text.as_bytes(), b'\n'), "{text:?}");
        }
    }
}
