//! What could not be used: the rejects file, the counts, the limit.

use std::{borrow::Cow, collections::BTreeMap, fmt::Display, io::Write};

use leakdex::{Field, Problem, Reason};
use leakdex_report::{RejectsByField, inert};

use crate::{
    args::RejectLimit, findings::written, human::count, output::Output, screen::most,
    status::TooManyRejects,
};

/// A field or a row that could not be used.
#[derive(Debug)]
pub struct Reject {
    /// The row within its block, from 0.
    pub row: u64,
    /// The column's name; empty for the row as a whole.
    pub column: String,
    /// What the column holds; none for the row as a whole.
    pub field: Option<Field>,
    pub reason: Reason,
}

/// Adds the rejects of rows that come after so many rows of the block, given what could not be used of
/// each, and the headers: of the column of this number that this row comes from.
pub fn add_rejects<'p, H: Display>(
    rows_before: u64,
    problems: impl Iterator<Item = &'p [Problem]>,
    header: impl Fn(usize, usize) -> H,
    rejects: &mut Vec<Reject>,
) {
    for (row, problems) in problems.enumerate() {
        for &Problem { value, field, reason, .. } in problems {
            let column = value.map(|value| header(row, value).to_string()).unwrap_or_default();
            rejects.push(Reject { row: rows_before + row as u64, column, field, reason });
        }
    }
}

/// Counts rejects and writes them down.
pub struct Rejects<W: Write = Output> {
    writer: Option<csv::Writer<W>>,
    limit: Option<RejectLimit>,
    pub by_field: RejectsByField,
}

impl Rejects {
    /// The rejects file, if there is one, with all that was written.
    pub fn flushed(&mut self) -> anyhow::Result<Option<&Output>> {
        let Some(writer) = &mut self.writer else { return Ok(None) };
        writer.flush()?;
        Ok(Some(writer.get_ref()))
    }
}

impl<W: Write> Rejects<W> {
    /// Writes to the output if there is one.
    pub fn new(output: Option<W>, limit: Option<RejectLimit>) -> anyhow::Result<Self> {
        let mut rejects = Self::resumed(output, limit, BTreeMap::new());
        if let Some(writer) = &mut rejects.writer {
            writer.write_record(["file", "row", "column", "reason"])?;
        }
        Ok(rejects)
    }

    /// Goes on with rejects that were begun, so many of each field for each reason.
    pub fn resumed(
        output: Option<W>,
        limit: Option<RejectLimit>,
        by_field: RejectsByField,
    ) -> Self {
        Self { writer: output.map(csv::Writer::from_writer), limit, by_field }
    }

    /// Takes in the rejects of a block that begins after so many rows of a file.
    pub fn add(
        &mut self,
        file: &str,
        rows_before: u64,
        rejects: Vec<Reject>,
    ) -> anyhow::Result<()> {
        for reject in rejects {
            let (field, reason) = (reject.field.map_or("row", Field::slug), reject.reason.code());
            let by_reason = self.by_field.entry(field.into()).or_default();
            *by_reason.entry(reason.into()).or_default() += 1;
            if let Some(writer) = &mut self.writer {
                let row = (rows_before + reject.row + 1).to_string();
                let (file, column) = (inert(file), inert(&reject.column));
                writer.write_record([&*file, &row, &*column, reason])?;
            }
        }
        Ok(())
    }

    /// Whether there are more rejects than allowed. A percentage can only be told at the end.
    pub fn are_too_many(&self, rows: u64, at_end: bool) -> bool {
        match self.limit {
            None => false,
            Some(RejectLimit::Number(limit)) => self.count() > limit,
            #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
            Some(RejectLimit::Percent(limit)) => {
                at_end && self.count() as f64 > rows as f64 * limit / 100.0
            }
        }
    }

    /// Whether the user set a limit.
    pub const fn are_limited(&self) -> bool {
        self.limit.is_some()
    }

    /// The error that there are too many; it names the option or command that shows which they are.
    pub fn too_many(&self, showing: &str) -> anyhow::Error {
        let (number, reasons) = (count(self.count()), most(&self.by_reason(), 200));
        let message = format!(
            "{number} rejects are more than --max-rejects allows; nothing was published ({reasons}); \
             give a higher --max-rejects, and {showing} to see which fields they are"
        );
        TooManyRejects(message).into()
    }

    fn count(&self) -> u64 {
        self.by_field.values().flat_map(BTreeMap::values).sum()
    }

    pub fn by_reason(&self) -> BTreeMap<Cow<'static, str>, u64> {
        let mut by_reason = BTreeMap::new();
        for (reason, count) in self.by_field.values().flatten() {
            *by_reason.entry(reason.clone()).or_default() += count;
        }
        by_reason
    }

    /// What the rejects were written to, with all of them.
    pub fn into_inner(self) -> anyhow::Result<Option<W>> {
        self.writer.map(written).transpose()
    }
}
