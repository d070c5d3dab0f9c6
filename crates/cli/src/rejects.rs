//! Unusable fields and rows: the rejects file, the counts, the limit.

use std::{borrow::Cow, collections::BTreeMap, fmt::Display, io::Write};

use leakdex::{Batch, Caveat, Field, Kind, Problem, Reason, State, Verdicts};
use leakdex_report::{Cell, Language, RejectsByField, SheetFormat, SheetWriter};

use crate::{
    args::{RejectLimit, ResultArguments},
    findings::{Words, is_changed_by_excel},
    human::counted,
    output::Output,
    row_numbers::RowNumbers,
    screen::most,
    status::TooManyRejects,
};

/// The key of the remedy for a value of a field that no leak can hold, whatever the reason of the reject.
const NOT_LEAKED: &str = "not-leaked";

/// An unusable field or row.
pub struct Reject {
    /// The row within its block, from 0.
    pub row: u64,
    /// The caller's reference of the member. Empty if there is none, and for a leaked row.
    pub member: String,
    /// The name of the column. Empty for the row as a whole.
    pub column: String,
    /// The field of the column. `None` for the row as a whole.
    pub field: Option<Field>,
    pub reason: Reason,
    /// Whether the value is suspect: it is used, and makes the check of its member partial.
    pub is_suspect: bool,
    /// Whether no leak can hold the field. The member was then checked in full without it.
    pub is_absent_from_leaks: bool,
}

impl Reject {
    /// A reject in this row of the block, with nothing known about its member and the leaks.
    pub const fn new(row: u64, column: String, field: Option<Field>, reason: Reason) -> Self {
        let member = String::new();
        Self { row, member, column, field, reason, is_suspect: false, is_absent_from_leaks: false }
    }
}

/// Adds the rejects of further rows of a block. `rows_before` is the number of rows of the block before them.
/// `header` returns the header of a column, given a row among them and the number of the column.
pub fn add_rejects<'p, H: Display>(
    rows_before: u64,
    problems: impl Iterator<Item = &'p [Problem]>,
    header: impl Fn(usize, usize) -> H,
    rejects: &mut Vec<Reject>,
) {
    for (row, problems) in problems.enumerate() {
        for &Problem { value, field, reason, .. } in problems {
            let column = value.map(|value| header(row, value).to_string()).unwrap_or_default();
            let row = rows_before + row as u64;
            rejects.push(Reject::new(row, column, field, reason));
        }
    }
}

/// Adds the suspect values of members who are not affected, if they make a check partial. People can
/// correct them and check again. `batch` has the members. `rejects` has the other rejects of these rows,
/// and stays sorted.
pub fn add_suspects<H: Display>(
    rows_before: u64,
    (verdicts, batch): (&Verdicts, &Batch),
    header: impl Fn(usize) -> H,
    rejects: &mut Vec<Reject>,
) {
    let start = rejects.partition_point(|reject| reject.row < rows_before);
    let rejects_before = rejects.len();
    for member in 0..verdicts.len() {
        let is_partial = verdicts.caveats()[member].contains(Caveat::SuspectValue);
        if !is_partial || verdicts.state(member) != State::NotAffected {
            continue;
        }
        let suspect = verdicts.suspect()[member];
        for &Problem { value, field, reason, .. } in batch.suspicions(member) {
            let is_checked = field.is_none_or(|field| match field.kind() {
                Some(_) => !field.kinds().intersection(suspect).is_empty(),
                None => suspect.iter().any(Kind::is_match_key),
            });
            if is_checked {
                let column = value.map(|value| header(value).to_string()).unwrap_or_default();
                let row = rows_before + member as u64;
                rejects
                    .push(Reject { is_suspect: true, ..Reject::new(row, column, field, reason) });
            }
        }
    }
    if rejects.len() > rejects_before {
        rejects[start..].sort_by_key(|reject| reject.row);
    }
}

/// The format of rejects.
#[derive(Clone, Copy)]
pub struct Layout {
    pub format: SheetFormat,
    /// The language of tables for people.
    pub language: Language,
    /// Whether the rejects are of a leak, whose values nobody can correct.
    pub of_leak: bool,
}

impl Layout {
    fn words(self) -> Words {
        Words::of(self.format, self.language)
    }

    fn header(self) -> &'static [&'static str] {
        match (self.words().language(), self.of_leak) {
            (None, _) => &["file", "row", "column", "reason"],
            (Some(_), false) => &["member", "file", "row", "column", "reason", "remedy", "code"],
            (Some(_), true) => &["leaked-file", "row", "column", "reason", "remedy", "code"],
        }
    }
}

/// Counts and writes rejects.
pub struct Rejects<W: Write = Output> {
    writer: Option<(SheetWriter<W>, Layout)>,
    limit: Option<RejectLimit>,
    pub by_field: RejectsByField,
    /// Suspect values of members who are not affected. They are used, so they do not count for the limit.
    pub suspects_by_field: RejectsByField,
    /// The number of references that Excel shows as another number or a date when it opens the file.
    pub lost_references: u64,
}

impl Rejects {
    /// The rejects of a leak: a workbook if the file name says so.
    pub fn of_leak(arguments: &ResultArguments, language: Language) -> anyhow::Result<Self> {
        let path = arguments.rejects.as_deref();
        let is_workbook = path.is_some_and(SheetFormat::is_workbook);
        let format = if is_workbook { SheetFormat::Xlsx } else { SheetFormat::Csv };
        let layout = Layout { format, language, of_leak: true };
        Self::new(Output::create_optional(path)?, layout, arguments.max_rejects)
    }

    /// The rejects file with everything written so far, if there is one.
    pub fn flushed(&mut self) -> anyhow::Result<Option<&Output>> {
        let Some((writer, _)) = &mut self.writer else { return Ok(None) };
        Ok(Some(writer.flushed()?))
    }
}

impl<W: Write> Rejects<W> {
    /// Writes to the output, if there is one.
    pub fn new(
        output: Option<W>,
        layout: Layout,
        limit: Option<RejectLimit>,
    ) -> anyhow::Result<Self> {
        let words = layout.words();
        let header: Vec<_> = layout.header().iter().map(|slug| words.of_table(slug)).collect();
        let header: Vec<&str> = header.iter().map(|name| &**name).collect();
        let name = words.of_table("rejects");
        let begin = |output| SheetWriter::new(output, layout.format, &name, &header);
        let writer = output.map(begin).transpose()?.map(|writer| (writer, layout));
        Ok(Self { writer, ..Self::unwritten(limit) })
    }

    /// Counts rejects without writing them.
    pub const fn unwritten(limit: Option<RejectLimit>) -> Self {
        Self {
            writer: None,
            limit,
            by_field: BTreeMap::new(),
            suspects_by_field: BTreeMap::new(),
            lost_references: 0,
        }
    }

    /// Continues earlier rejects, with their counts by field and reason, and with their suspect values.
    pub fn resumed(
        output: Option<W>,
        layout: Layout,
        limit: Option<RejectLimit>,
        (by_field, suspects_by_field): (RejectsByField, RejectsByField),
    ) -> Self {
        let resumed = |output| (SheetWriter::resumed(output, layout.format), layout);
        let writer = output.map(resumed);
        Self { writer, limit, by_field, suspects_by_field, lost_references: 0 }
    }

    /// Adds the rejects of a block, whose rows have these numbers.
    pub fn add(
        &mut self,
        file: &str,
        numbers: RowNumbers<'_>,
        rejects: Vec<Reject>,
    ) -> anyhow::Result<()> {
        for reject in rejects {
            let (field, reason) = (reject.field.map_or("row", Field::slug), reject.reason.code());
            let counts =
                if reject.is_suspect { &mut self.suspects_by_field } else { &mut self.by_field };
            let by_reason = counts.entry(field.into()).or_default();
            *by_reason.entry(reason.into()).or_default() += 1;
            let Some((writer, layout)) = &mut self.writer else { continue };
            let (number, column) = (numbers.of(reject.row), &*reject.column);
            let Some(language) = layout.words().language() else {
                let row = Cell::Number(number.row);
                writer.row(&[Cell::Text(file), row, Cell::Text(column), Cell::Text(reason)])?;
                continue;
            };
            if layout.format == SheetFormat::Excel && is_changed_by_excel(&reject.member) {
                self.lost_references += 1;
            }
            let whole_row = language.of_table("whole-row");
            let explanation = language.reason(reason);
            let remedy_key = if reject.is_absent_from_leaks { NOT_LEAKED } else { reason };
            let cells = [
                Cell::Text(&reject.member),
                Cell::Text(file),
                Cell::Number(number.shown),
                Cell::Text(if column.is_empty() { &whole_row } else { column }),
                Cell::Text(&explanation),
                Cell::Text(language.remedy(remedy_key, layout.of_leak)),
                Cell::Text(reason),
            ];
            // Leaked rows have no reference.
            writer.row(&cells[usize::from(layout.of_leak)..])?;
        }
        Ok(())
    }

    /// Whether there are more rejects than allowed. A percentage is known only at the end.
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

    /// The error that there are too many rejects. It names the option or command that lists them.
    pub fn too_many(&self, showing: &str) -> anyhow::Error {
        let (rejects, reasons) = (counted(self.count(), "reject"), most(&self.by_reason(), 200));
        let message = format!(
            "{rejects}, more than --max-rejects allows; nothing was published ({reasons}); \
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

    /// The writer, with all rejects written.
    pub fn into_inner(self) -> anyhow::Result<Option<W>> {
        Ok(self.writer.map(|(writer, _)| writer.finish()).transpose()?)
    }
}
