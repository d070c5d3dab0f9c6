//! The order of day and month in columns of dates of birth. It is determined before the first row is used.

use std::ops::ControlFlow;

use leakdex::{DateEvidence, DateOrder, Field, Normaliser};

use crate::{
    columns::Column,
    header::Header,
    options::Options,
    rows::{Block, ColumnSelection, Layout},
};

/// The order of day and month in a column of dates of birth, and the evidence for it.
///
/// The counts cover only the rows that were read ahead to find the order.
#[derive(Clone, PartialEq, Eq)]
pub struct DateColumn {
    /// The column's name, or its number if there is no header.
    pub header: Header,
    /// The order in which its dates are read.
    pub order: DateOrder,
    /// The reason for that order.
    pub basis: OrderBasis,
    /// The number of dates that are valid only with the day first.
    pub day_first: u64,
    /// The number of dates that are valid only with the month first.
    pub month_first: u64,
    /// The number of dates with slashes that would be a different date in the other order.
    pub open: u64,
}

/// The reason for the order of day and month in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderBasis {
    /// The options give the order.
    Given,
    /// Dates prove this order, and none proves the other one.
    Proven,
    /// Some dates prove one order, some the other. The order with more dates wins; with equally many, the day is
    /// taken to be first.
    Contradicted,
    /// Dates with slashes prove neither order. The day is taken to be first.
    Unproven,
    /// No date depends on the order, or only dates with dots do, as they are written in Germany. The day is
    /// taken to be first.
    Usual,
}

/// The evidence in the columns of dates of birth so far.
pub(crate) struct Evidence {
    /// Each column of dates of birth, with its number.
    columns: Vec<(usize, DateEvidenceCounts)>,
    rules: Normaliser,
}

/// The number of values in a column for each kind of evidence.
#[derive(Clone, Copy, Default)]
struct DateEvidenceCounts {
    day_first: u64,
    month_first: u64,
    open: u64,
    /// Dates whose form depends on the order, but that do not count as open: both orders give the same date,
    /// or the date is written with dots.
    same_or_with_dots: u64,
    one_form: u64,
}

impl Evidence {
    /// Starts without evidence, for an input with this layout.
    pub fn new(layout: &Layout, rules: Normaliser) -> Self {
        let fields = layout.columns.list.iter().map(Column::field).enumerate();
        let dates = fields.filter(|(_, field)| *field == Some(Field::BirthDate));
        Self {
            columns: dates.map(|(number, _)| (number, DateEvidenceCounts::default())).collect(),
            rules,
        }
    }

    /// Adds the dates of a block.
    pub fn add(&mut self, layout: &Layout, block: &Block) {
        let Self { columns, rules } = self;
        if columns.is_empty() {
            return;
        }
        layout.parse(block, ColumnSelection::BirthDates, &mut |parsed| {
            for cells in &parsed.share.columns {
                // A key of JSON that first appears after the sample has no entry in `columns`.
                let known = columns.iter_mut().find(|(number, _)| *number == cells.origin);
                let Some((_, counts)) = known else { continue };
                let values = cells.values(parsed.bytes);
                for raw in (0..parsed.share.rows).filter_map(|row| values.value(row).ok()) {
                    if !raw.is_empty() {
                        counts.note(rules.date_evidence(raw));
                    }
                }
            }
            ControlFlow::Continue(())
        });
    }

    /// Whether no further rows are needed.
    pub fn is_settled(&self) -> bool {
        self.columns.iter().all(|(_, counts)| counts.is_settled())
    }

    /// Whether the caller gives the order of every column.
    pub fn is_given(&self, layout: &Layout, options: &Options) -> bool {
        let columns = self.columns.iter();
        columns
            .map(|(number, _)| &layout.columns.list[*number].header)
            .all(|header| order_by_option(header, options).is_some())
    }

    /// Sets the order of each column. An order from the caller has priority.
    pub fn settle(self, options: &Options, layout: &mut Layout) -> Vec<DateColumn> {
        let settle = |(number, counts): (usize, DateEvidenceCounts)| {
            let (order, basis) = match order_by_option(&layout.columns.list[number].header, options)
            {
                Some(order) => (order, OrderBasis::Given),
                None => counts.order(),
            };
            let column = &mut layout.columns.list[number];
            column.date_order = Some(order);
            let DateEvidenceCounts { day_first, month_first, open, .. } = counts;
            DateColumn { header: column.header.clone(), order, basis, day_first, month_first, open }
        };
        self.columns.into_iter().map(settle).collect()
    }
}

/// The caller's order for a column.
fn order_by_option(header: &Header, options: &Options) -> Option<DateOrder> {
    let mut date_orders =
        options.date_orders.iter().filter(|(name, _)| name == header.as_written());
    date_orders.next().map(|&(_, order)| order).or(options.date_order)
}

impl DateEvidenceCounts {
    fn note(&mut self, evidence: DateEvidence) {
        let count = match evidence {
            DateEvidence::NoDate => return,
            DateEvidence::OneForm => &mut self.one_form,
            DateEvidence::Proves(DateOrder::DayFirst) => &mut self.day_first,
            DateEvidence::Proves(DateOrder::MonthFirst) => &mut self.month_first,
            DateEvidence::Open => &mut self.open,
            DateEvidence::Same | DateEvidence::OpenWithDots => &mut self.same_or_with_dots,
        };
        *count += 1;
    }

    /// Whether one order is proven, or there are dates and none depends on the order.
    const fn is_settled(&self) -> bool {
        let is_dependent = self.open + self.same_or_with_dots > 0;
        self.day_first + self.month_first > 0 || (self.one_form > 0 && !is_dependent)
    }

    const fn order(&self) -> (DateOrder, OrderBasis) {
        let order = if self.month_first > self.day_first {
            DateOrder::MonthFirst
        } else {
            DateOrder::DayFirst
        };
        let basis = match (self.day_first, self.month_first) {
            (0, 0) if self.open > 0 => OrderBasis::Unproven,
            (0, 0) => OrderBasis::Usual,
            (_, 0) | (0, _) => OrderBasis::Proven,
            _ => OrderBasis::Contradicted,
        };
        (order, basis)
    }
}

impl DateColumn {
    /// A line for people with the order and the reason for it; `None` for the usual order.
    pub(crate) fn line(&self) -> Option<String> {
        let Self { header, order, basis, day_first, month_first, open } = self;
        let first = if *order == DateOrder::DayFirst { "day" } else { "month" };
        match (basis, order) {
            (OrderBasis::Given | OrderBasis::Proven | OrderBasis::Usual, DateOrder::DayFirst) => {
                None
            }
            (OrderBasis::Given, _) => {
                Some(format!("  '{header}': the month comes first, as --date-order says"))
            }
            (OrderBasis::Proven | OrderBasis::Usual, _) => Some(format!(
                "  '{header}': the month comes first, shown by {month_first} of its dates"
            )),
            (OrderBasis::Contradicted, _) => Some(format!(
                "  warning: '{header}': the day comes first in {day_first} of its dates and the month \
                 in {month_first}; all are read with the {first} first: ask for a new export, or give \
                 --date-order if that is wrong"
            )),
            (OrderBasis::Unproven, _) => Some(format!(
                "  warning: '{header}': the day or the month may come first in {open} of its dates, \
                 and none shows which; all are read with the {first} first: give --date-order"
            )),
        }
    }
}

#[cfg(test)]
mod tests;
