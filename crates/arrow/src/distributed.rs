//! A build whose parts run on several machines and exchange record batches.
//!
//! Tasks hash leaked batches ([`LeakTask`]). An engine brings the identifiers of each shard to one worker, which
//! sorts and counts them ([`ShardCollector`]). The driver makes a plan from all results ([`LeakAccount::plan`]).
//! Workers write the shards by this plan.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{
    Array, ArrayRef, BinaryArray, Int32Array, RecordBatch, StringArray,
    builder::{BinaryBuilder, Int32Builder, StringBuilder},
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use leakdex::{
    Breach, FieldSet, IndexBuilder, Key, KindSet, LeakedIdentifier, LeakedIdentifiers, Normaliser,
    RowAccount, ShardBuilder, ShardContent, ShardCount, ShardPlan, ShardSummary, Side, TaskAccount,
};
use leakdex_input::{Input, OrderBasis, UnusedCounts};
use leakdex_screening::{Reading, lost_cells, lost_rows, refuse_empty_index, refuse_unreadable};
use serde::{Deserialize, Serialize};

use crate::{
    columns::{self, ResolvedColumns},
    error::Error,
    options::Options,
    stream::Batches,
    threads::on_threads,
};

/// The settings that all tasks of a build and its driver share. They travel as JSON.
#[derive(Clone, Serialize, Deserialize)]
pub struct BuildSettings {
    /// The breach.
    pub breach: Breach,
    /// The number of shards of the index.
    pub shards: ShardCount,
    /// The number that orders successive indexes.
    pub generation: u64,
    /// Nobody was born after this year.
    pub current_year: u16,
    kinds: u32,
    email_hashes: u32,
}

impl BuildSettings {
    /// All kinds of identifier, and no hashes of plain addresses.
    #[must_use]
    pub fn new(breach: Breach, shards: ShardCount, current_year: u16) -> Self {
        let (kinds, email_hashes) = (KindSet::all().bits(), KindSet::EMPTY.bits());
        Self { breach, shards, generation: 0, current_year, kinds, email_hashes }
    }

    /// Indexes only these kinds.
    pub const fn set_kinds(&mut self, kinds: KindSet) {
        self.kinds = kinds.bits();
    }

    /// Also indexes these hashes of each plain address. All must be in [`KindSet::EMAIL_HASHES`].
    pub const fn set_email_hashes(&mut self, hashes: KindSet) {
        self.email_hashes = hashes.bits();
    }

    const fn rules(&self) -> Normaliser {
        Normaliser::new().current_year(self.current_year)
    }

    fn builder<'k>(&self, key: &'k Key) -> IndexBuilder<'k> {
        let hashes = KindSet::from_bits(self.email_hashes).intersection(KindSet::EMAIL_HASHES);
        IndexBuilder::new(key, self.breach.clone())
            .normaliser(self.rules())
            .kinds(KindSet::from_bits(self.kinds))
            .email_hashes(hashes)
            .generation(self.generation)
    }
}

/// Recognises the columns of a list for tasks from a sample of its rows, without an index. Every column that would
/// identify persons must be used, since an index may hold any kind.
///
/// # Errors
///
/// As [`check`](crate::check) and [`add`](crate::add), and [`Error::Columns`] if dates do not show whether the day
/// or the month comes first, since a sample may mislead all tasks.
pub fn resolve_without_index(
    sample: Batches,
    options: &Options,
    side: Side,
    rules: Normaliser,
) -> Result<ResolvedColumns, Error> {
    let name = match side {
        Side::Leak => columns::LEAK,
        Side::Members => columns::MEMBERS,
    };
    let input = columns::open(name, sample, options, KindSet::all(), rules)?;
    let dates = input.date_columns();
    if let Some(column) = dates.iter().find(|date| date.basis == OrderBasis::Unproven) {
        return Err(Error::Columns(format!(
            "the dates in '{}' do not show whether the day or the month comes first, so persons could be \
             missed: give date_order, 'day-first' or 'month-first'",
            column.header
        )));
    }
    Ok(ResolvedColumns::of(&input))
}

/// The columns of hashed identifiers: a shard, a class set, and several of their identifiers, concatenated. An
/// engine moves a few rows of several kilobytes faster than many small ones.
fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("shard", DataType::Int32, false),
        Field::new("class_set", DataType::Utf8, false),
        Field::new("identifiers", DataType::Binary, false),
    ]))
}

/// The largest number of identifiers in a row. Spark sends 10,000 rows to a worker at once: 44 megabytes.
const IDENTIFIERS_IN_A_ROW: usize = 128;

/// A task that hashes leaked rows.
pub struct LeakTask {
    key: Key,
    settings: BuildSettings,
    options: Options,
    account: Option<LeakAccount>,
}

impl LeakTask {
    /// A task of a build. The options must map all columns to use, so that all tasks read in the same way.
    #[must_use]
    pub const fn new(key: Key, settings: BuildSettings, options: Options) -> Self {
        Self { key, settings, options, account: None }
    }

    /// Hashes some batches together. Pass about ten thousand rows at a time, since all of their identifiers are in
    /// memory.
    ///
    /// # Errors
    ///
    /// [`Error::Columns`] if the columns are not those of the options; [`Error::Stream`] if a batch is invalid.
    pub fn hash(&mut self, leaked: Batches) -> Result<RecordBatch, Error> {
        let fields = leaked.schema();
        let headers = fields.fields().iter().map(|field| field.name().clone()).collect();
        let (kinds, rules) = (KindSet::all(), self.settings.rules());
        let mut input = columns::open(columns::LEAK, leaked, &self.options, kinds, rules)?;
        let layout = input.layout();
        let mut builder = self.settings.builder(&self.key);
        let (empty, hasher) = (builder.batch(), builder.hasher());
        let mut unused = UnusedCounts::default();
        while let Some(block) = input.next_block()? {
            let (mut batch, mut of_block) = (empty.clone(), UnusedCounts::default());
            layout.rows_of_leak(&block, &mut of_block, |rows| batch.push_columns(rows.columns()));
            builder.add_hashed(hasher.hash(&batch))?;
            unused.merge(of_block);
        }
        let (identifiers, task) = builder.into_task_account()?;
        let account = LeakAccount::new(&input, headers, task, unused);
        match &mut self.account {
            Some(all) => all.add(account)?,
            None => self.account = Some(account),
        }
        Ok(by_shard(&identifiers, self.settings.shards))
    }

    /// The account of all hashed rows; `None` if there were none.
    #[must_use]
    pub fn into_account(self) -> Option<LeakAccount> {
        self.account
    }
}

fn by_shard(identifiers: &LeakedIdentifiers, shards: ShardCount) -> RecordBatch {
    let sets = identifiers.class_sets();
    let mut rows: Vec<Vec<u8>> = vec![Vec::new(); shards.get() as usize * sets.len()];
    let (mut numbers, mut names) = (Int32Builder::new(), StringBuilder::new());
    let mut bytes = BinaryBuilder::new();
    let mut append_row = |place: usize, row: &mut Vec<u8>| {
        numbers.append_value(i32::try_from(place / sets.len()).expect("shards are few"));
        names.append_value(&sets[place % sets.len()]);
        bytes.append_value(&*row);
        row.clear();
    };
    for (identifier, set) in identifiers.iter() {
        let place = shards.shard_of(identifier.pseudonym()) as usize * sets.len() + set;
        let row = &mut rows[place];
        row.extend(identifier.to_bytes());
        if row.len() == IDENTIFIERS_IN_A_ROW * LeakedIdentifier::LENGTH {
            append_row(place, row);
        }
    }
    for (place, row) in rows.iter_mut().enumerate() {
        if !row.is_empty() {
            append_row(place, row);
        }
    }
    let arrays: Vec<ArrayRef> =
        vec![Arc::new(numbers.finish()), Arc::new(names.finish()), Arc::new(bytes.finish())];
    RecordBatch::try_new(schema(), arrays).expect("the arrays are those of the schema")
}

/// The account of leaked rows: their number, their profile, and how they were read. Accounts of several tasks add
/// up. An account holds no values. But it holds small counts, which reveal something about a few people, so it is
/// encrypted.
pub struct LeakAccount {
    task: TaskAccount,
    columns: LeakColumns,
}

/// How the columns of a leak were read.
#[derive(Serialize, Deserialize)]
struct LeakColumns {
    /// The columns, in order.
    headers: Vec<String>,
    /// The columns that are used or explicitly ignored, with their contents.
    mapped: Vec<(String, String)>,
    /// How they were read.
    reading: Reading,
    unused: UnusedCounts,
}

impl LeakAccount {
    fn new(input: &Input, headers: Vec<String>, task: TaskAccount, unused: UnusedCounts) -> Self {
        let mapped = columns::mapped(input);
        Self {
            task,
            columns: LeakColumns { headers, mapped, reading: Reading::new(input), unused },
        }
    }

    /// The account as encrypted bytes. They include how the columns were read. This decides which members get a whole
    /// all-clear, so nobody may change it.
    ///
    /// # Panics
    ///
    /// If the key is not the key of the build.
    #[must_use]
    pub fn seal(&self, key: &Key) -> Vec<u8> {
        let columns = serde_json::to_string(&self.columns).expect("JSON in memory cannot fail");
        self.task.seal_with(&columns, key)
    }

    /// The account with these bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if it is damaged, or was sealed under another key; [`Error::Counts`] if it comes from
    /// another version of leakdex.
    pub fn open(bytes: &[u8], key: &Key) -> Result<Self, Error> {
        let (task, columns) = TaskAccount::open_with(bytes, key)?;
        let columns = serde_json::from_str(&columns).map_err(|_| {
            Error::Counts(
                "an account cannot be read; use one version of leakdex on all machines".to_owned(),
            )
        })?;
        Ok(Self { task, columns })
    }

    /// Adds the account of another task.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] or [`Error::Counts`] if it is of another build.
    pub fn add(&mut self, other: Self) -> Result<(), Error> {
        let Self { task, columns } = other;
        if self.columns.headers != columns.headers || self.columns.mapped != columns.mapped {
            return Err(Error::Counts(
                "these accounts are not of one build: the tasks had other columns, or used them differently"
                    .to_owned(),
            ));
        }
        self.task.add(&task)?;
        self.columns.unused.merge(columns.unused);
        self.columns.reading += columns.reading;
        Ok(())
    }

    /// Plans the shards.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the parts are not those of one build, or do not fit together; [`Error::Unusable`] if
    /// no row is usable, or more than a tenth were rejected.
    pub fn plan(
        self,
        key: &Key,
        settings: &BuildSettings,
        summaries: Vec<ShardSummary>,
    ) -> Result<ShardPlan, Error> {
        let Self { mut task, columns: LeakColumns { headers, mapped, reading, unused } } = self;
        refuse_unreadable(columns::LEAK, &RowAccount::default(), task.rows())?;
        refuse_empty_index(task.rows())?;
        let layout = columns::layout_of(headers, &mapped, settings.rules())?;
        task.has_no_more_columns(if lost_cells(task.rows()) > 0 {
            FieldSet::all()
        } else {
            layout.possible_fields(&unused)
        });
        let unused = layout.unused_columns(&unused);
        let caveats = reading.caveats(Side::Leak, &unused, KindSet::all());
        caveats.iter().for_each(|item| task.add_caveat(item.caveat));
        let lost = lost_rows(&RowAccount::default(), task.rows());
        lost.into_iter().for_each(|caveat| task.add_caveat(caveat));
        Ok(settings.builder(key).plan_shards(task, summaries)?)
    }
}

/// Collects the identifiers of one shard.
pub struct ShardCollector {
    number: u32,
    builder: ShardBuilder,
}

impl ShardCollector {
    /// A collector for the shard with this number, from 0. It keeps at most `memory` bytes of identifiers in
    /// memory, and the others in `folder`.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if there is no such shard.
    pub fn new(
        number: u32,
        shards: ShardCount,
        memory: usize,
        folder: PathBuf,
    ) -> Result<Self, Error> {
        Ok(Self { number, builder: ShardBuilder::new(number, shards)?.memory(memory, folder) })
    }

    /// Adds rows of this shard. A row without identifiers only shows that the shard exists.
    ///
    /// # Errors
    ///
    /// [`Error::Stream`] if the batch does not come from a [`LeakTask`]; [`Error::Library`] if it belongs to
    /// another shard, or the disk is full.
    pub fn add(&mut self, rows: &RecordBatch) -> Result<(), Error> {
        let (shards, sets, identifiers) = columns_of(rows).ok_or_else(malformed)?;
        for row in 0..rows.num_rows() {
            if shards.is_null(row) || u32::try_from(shards.value(row)) != Ok(self.number) {
                return Err(malformed());
            }
            if identifiers.is_null(row) {
                continue;
            }
            if sets.is_null(row) {
                return Err(malformed());
            }
            let (set, all) = (sets.value(row), identifiers.value(row));
            for bytes in all.chunks(LeakedIdentifier::LENGTH) {
                self.builder.add(LeakedIdentifier::from_bytes(bytes)?, set)?;
            }
        }
        Ok(())
    }

    /// Sorts and counts the identifiers on one thread, since an engine runs a task for each core.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the disk fails.
    pub fn finish(self) -> Result<ShardContent, Error> {
        Ok(on_threads(NonZeroUsize::new(1), || self.builder.finish())?)
    }
}

/// Writes a shard as planned. Overwrites the shard if it is already there.
///
/// # Errors
///
/// [`Error::Library`] if the content is not the planned one, if the folder holds another index, or if the disk
/// fails.
pub fn write_shard(
    content: ShardContent,
    folder: &Path,
    plan: &ShardPlan,
    key: &Key,
) -> Result<(), Error> {
    on_threads(NonZeroUsize::new(1), || Ok(content.prepare(folder, plan, key)?.publish()?))
}

fn columns_of(rows: &RecordBatch) -> Option<(&Int32Array, &StringArray, &BinaryArray)> {
    let column = |name| rows.column_by_name(name).map(Array::as_any);
    let shards = column("shard")?.downcast_ref()?;
    let sets = column("class_set")?.downcast_ref()?;
    Some((shards, sets, column("identifiers")?.downcast_ref()?))
}

fn malformed() -> Error {
    Error::Stream(
        "this batch does not hold the identifiers of this shard as a task returns them".to_owned(),
    )
}
