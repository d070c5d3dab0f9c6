//! Adds the rows of a leak to an index.

use std::collections::BTreeMap;

use leakdex::{
    AddOutcome, FieldSet, IndexBuilder, KindSet, Reason, RowAccount, RunCaveat, Side, Sign,
};
use leakdex_input::{Input, InputError, UnusedColumn};

use crate::{
    batches::{Headers, each_batch},
    caveats::ColumnCaveat,
    error::UnusableLeak,
    reading::Reading,
};

/// The rows of a block, after they were added to an index.
pub struct AddedBlock<'a> {
    /// The number of rows of the leak before the block.
    pub rows_before: u64,
    /// The outcome of each row.
    pub added: &'a [AddOutcome],
    /// The tag of each row's record; `None` for a rejected row.
    pub tags: &'a [Option<u64>],
    /// The headers of the columns that the rows come from.
    pub headers: &'a Headers,
    /// The account of all rows of the builder, including this block.
    pub account: &'a RowAccount,
}

/// A leak, after its rows were added to an index.
#[must_use = "it says whether enough of the leak can be used"]
pub struct AddedLeak {
    unused: Vec<UnusedColumn>,
    caveats: Vec<ColumnCaveat>,
    unusable: Option<UnusableLeak>,
}

/// Adds the rows of a leak to the builder, on all threads. Calls `before_block` before it reads each block, and
/// `take` with each block in the order of the rows. `take` may return false to stop. The builder receives the
/// caveats from the reading of the leak.
///
/// # Errors
///
/// If the input cannot be read, if the builder cannot write to its files, or if `take` fails.
pub fn add_leak<E>(
    leak: &mut Input,
    builder: &mut IndexBuilder<'_>,
    before_block: impl FnMut() + Send,
    mut take: impl FnMut(&AddedBlock<'_>) -> Result<bool, E> + Send,
) -> Result<AddedLeak, E>
where
    E: From<InputError> + From<leakdex::Error> + Send,
{
    let (empty, hasher) = (builder.batch(), builder.hasher());
    let before = builder.rows().clone();
    let mut rows_before = 0;
    let counts = each_batch(
        leak,
        &empty,
        before_block,
        |batch| hasher.hash(batch),
        |hashed, headers| {
            let tags = hashed.tags().to_vec();
            let added = builder.add_hashed(hashed)?;
            let account = builder.rows();
            let (added, tags, headers) = (&added[..], &tags[..], &headers);
            let continues = take(&AddedBlock { rows_before, added, tags, headers, account })?;
            rows_before += added.len() as u64;
            Ok::<_, E>(continues)
        },
    )?;
    let layout = leak.layout();
    let unused = layout.unused_columns(&counts);
    // A cell that was not read may hold any field.
    let loses_content =
        leak.leaves_out_content() || lost_cells(&before) != lost_cells(builder.rows());
    let possible = if loses_content { FieldSet::all() } else { layout.possible_fields(&counts) };
    builder.has_no_more_columns(possible);
    let unusable = refuse_unreadable(leak.name(), &before, builder.rows()).err();
    let mut caveats = Reading::new(leak).caveats(Side::Leak, &unused, KindSet::all());
    caveats.extend(lost_rows(&before, builder.rows()).map(|caveat| ColumnCaveat {
        file: leak.name().to_owned(),
        column: None,
        caveat,
    }));
    caveats.iter().for_each(|column| builder.add_caveat(column.caveat));
    Ok(AddedLeak { unused, caveats, unusable })
}

/// The number of rows with cells that could not be read, or that are not in the columns of the header. Such a cell may
/// hold any field.
#[must_use]
pub fn lost_cells(account: &RowAccount) -> u64 {
    let reasons = [
        Reason::TooManyFields,
        Reason::StrayQuote,
        Reason::StrayLineEnd,
        Reason::OtherHeader,
        Reason::RowTooLong,
        Reason::InvalidJson,
        Reason::InvalidSql,
        Reason::InvalidRecord,
        Reason::NestedValue,
    ];
    let counts = reasons.iter().filter_map(|reason| account.rejects_by_reason.get(reason.code()));
    counts.sum()
}

/// The reasons that hide rows: one row holds several, or the rows after it are misread.
pub(crate) const HIDING_ROWS: [Reason; 3] =
    [Reason::StrayLineEnd, Reason::RowTooLong, Reason::OtherHeader];

/// The sign that rows of a leak may be missing, from the accounts before and after it. One row or cell can hold the data
/// of many people.
#[must_use]
pub fn lost_rows(before: &RowAccount, after: &RowAccount) -> Option<RunCaveat> {
    /// A cell of numbers or addresses with more values than this is not used.
    const MAX_VALUES: u64 = 8;
    let count = |reason: Reason| {
        let of = |rows: &RowAccount| rows.rejects_by_reason.get(reason.code()).copied();
        of(after).unwrap_or_default() - of(before).unwrap_or_default()
    };
    let read = after.read - before.read;
    let run_together: u64 = HIDING_ROWS.iter().map(|&reason| count(reason)).sum();
    let too_wide = Some(count(Reason::TooManyFields)).filter(|rows| rows * 50 > read);
    let full_cells = Some(count(Reason::TooManyValues));
    let full_cells = full_cells.filter(|cells| cells * (MAX_VALUES + 1) * 100 > read);
    let lost = run_together + too_wide.unwrap_or_default() + full_cells.unwrap_or_default();
    (lost > 0).then(|| RunCaveat::of_rows(Side::Leak, Sign::CutOff, lost.min(read), read))
}

impl AddedLeak {
    /// The unused columns, and the caveats from the reading of the leak.
    ///
    /// # Errors
    ///
    /// If more than a tenth of its rows were rejected.
    pub fn usable(self) -> Result<(Vec<UnusedColumn>, Vec<ColumnCaveat>), UnusableLeak> {
        self.unusable.map_or(Ok((self.unused, self.caveats)), Err)
    }

    /// The same for any number of rejected rows, for callers that set a limit of their own.
    #[must_use]
    pub fn into_parts(self) -> (Vec<UnusedColumn>, Vec<ColumnCaveat>) {
        (self.unused, self.caveats)
    }
}

/// Refuses a file if more than a tenth of its rows were rejected: members whose record is among those rows would
/// be reported as not affected. Takes the accounts before and after the file.
///
/// # Errors
///
/// If more than a tenth were rejected.
pub fn refuse_unreadable(
    file: &str,
    before: &RowAccount,
    after: &RowAccount,
) -> Result<(), UnusableLeak> {
    let left_out = |rows: &RowAccount| {
        // These rows are not faulty: the caller did not choose their kinds.
        let unwanted = rows.rejects_by_reason.get(Reason::KindNotIndexed.code());
        rows.rejected - unwanted.copied().unwrap_or_default()
    };
    let (read, rejected) = (after.read - before.read, left_out(after) - left_out(before));
    if rejected <= read / 10 {
        return Ok(());
    }
    refuse_empty_index(after)?;
    let reasons = reasons_since(before, after);
    Err(UnusableLeak::Rows { file: file.to_owned(), rejected, read, reasons })
}

/// How often each reason occurred between these two accounts.
#[must_use]
pub fn reasons_since(before: &RowAccount, after: &RowAccount) -> BTreeMap<String, u64> {
    let mut reasons = after.rejects_by_reason.clone();
    for (reason, count) in &before.rejects_by_reason {
        reasons.entry(reason.clone()).and_modify(|now| *now -= count);
    }
    reasons.retain(|_, count| *count > 0);
    reasons
}

/// Refuses an empty index, which would report nobody as affected.
///
/// # Errors
///
/// If no row is indexed.
pub fn refuse_empty_index(rows: &RowAccount) -> Result<(), UnusableLeak> {
    if rows.indexed == 0 {
        return Err(UnusableLeak::Nothing { reasons: rows.rejects_by_reason.clone() });
    }
    Ok(())
}
