//! Examines cells for values of fields that their column is not used for.

#[cfg(feature = "arrow")]
use super::Block;
use super::{ColumnSelection, Layout, share::Parsed};
use crate::unused::{Counts, UnusedCounts};
#[cfg(feature = "arrow")]
use crate::{
    batch::{Kind, each_text},
    unused::MAX_COLUMNS,
};

impl Layout {
    /// Counts the values in unused columns in the rows of the sample, and notes the forms of all values. For
    /// [`ColumnSelection::All`], it also notes the fields that cells of used columns may hold.
    pub(super) fn examine(
        &self,
        parsed: &Parsed<'_>,
        selection: ColumnSelection,
        is_in_sample: impl Fn(u64) -> bool,
        unused: &mut UnusedCounts,
    ) {
        let mut normal_form = String::new();
        for cells in &parsed.share.judged {
            let is_late = cells.origin >= self.columns.list.len();
            let counts = unused.of(cells.origin, parsed.column(cells.origin), is_late);
            let Some(counts) = counts else { continue };
            for (row, value) in parsed.values(cells) {
                counts.note_form(value);
                if is_in_sample(row as u64) {
                    counts.count(value, self.normaliser, &mut normal_form);
                }
            }
        }
        for (origin, row, value) in parsed.further() {
            let (column, is_late) = (parsed.column(origin), origin >= self.columns.list.len());
            if let Some(counts) = unused.of(origin, column, is_late) {
                counts.note_form(value);
                if is_in_sample(row as u64) {
                    counts.count(value, self.normaliser, &mut normal_form);
                }
            } else if is_late && column.is_unused() && is_in_sample(row as u64) {
                let mut counts = Counts::default();
                counts.count(value, self.normaliser, &mut normal_form);
                unused.pool(counts);
            }
        }
        if selection == ColumnSelection::All {
            for cells in &parsed.share.columns {
                let column = parsed.column(cells.origin);
                for (_, value) in parsed.values(cells) {
                    unused.note_used(column, value, self.normaliser);
                }
            }
        }
    }

    /// Counts the texts in unused columns of lists, structs and the like. They may be the only way to
    /// identify some persons.
    #[cfg(feature = "arrow")]
    pub(super) fn count_nested(
        &self,
        block: &Block,
        selection: ColumnSelection,
        sample: ColumnSelection,
        unused: &mut UnusedCounts,
    ) {
        let Some(batch) = block.batch() else { return };
        let mut normal_form = String::new();
        let columns = self.columns.list.iter().zip(&self.types).enumerate().take(MAX_COLUMNS);
        let nested = columns.filter(|(_, (_, data_type))| Kind::of(data_type) == Kind::Nested);
        for (number, (column, _)) in nested {
            let Some(counts) = unused.of(number, column, false) else { continue };
            for row in (0..batch.num_rows()).filter(|&row| selection.judges(row as u64)) {
                each_text(batch.column(number), row, &mut |text| {
                    counts.note_form(Ok(text));
                    if sample.judges(row as u64) {
                        counts.count(Ok(text), self.normaliser, &mut normal_form);
                    }
                });
            }
        }
    }
}
