//! Checks members and indexes leaks that are Arrow record batches.

#![forbid(unsafe_code)]

use std::{fmt, num::NonZeroUsize, sync::Arc};

pub use arrow_array;
pub use arrow_schema;
use arrow_array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, RecordBatchReader, StringArray, cast::AsArray as _,
};
use arrow_schema::{ArrowError, DataType, Field as ArrowField, Schema, SchemaRef};
use leakdex::{DateOrder, Field, IndexBuilder, IndexSet, Record, Verdict};
use leakdex_input::{Mapping, Target};
use serde::{Deserialize, Serialize};

/// A stream of record batches.
pub type Batches = Box<dyn RecordBatchReader + Send>;

/// How to read record batches, and what comes back beside the verdicts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The columns that the caller maps. The others are recognised by their names and values.
    pub columns: Vec<Mapping>,
    /// The order of day and month in dates of birth that are text. Without one, each column shows it.
    pub date_order: Option<DateOrder>,
    /// The columns of the input that come back beside the verdicts.
    pub keep: Vec<String>,
    /// The number of threads; all cores if not given. One means the calling thread.
    pub threads: Option<NonZeroUsize>,
}

/// An error of this crate. It holds no value of a person.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The columns cannot be used as they are.
    Columns(String),
    /// The stream of record batches ended with an error, or has an invalid batch.
    Stream(String),
    /// An error of the library: a key, an index, a build.
    Library(leakdex::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns(text) | Self::Stream(text) => formatter.write_str(text),
            Self::Library(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for Error {}

impl From<leakdex::Error> for Error {
    fn from(error: leakdex::Error) -> Self {
        Self::Library(error)
    }
}

/// Checks members against indexes. The verdicts come batch by batch, in the order of the members.
pub fn check(indexes: Arc<IndexSet>, members: Batches, options: &Options) -> Result<Verdicts, Error> {
    let schema = members.schema();
    let mut used = Vec::new();
    for (place, field) in schema.fields().iter().enumerate() {
        let mapped = options.columns.iter().find(|own| own.header == *field.name());
        let target = match mapped {
            Some(own) => own.target.clone(),
            None => field.name().parse().map_or(Target::Ignore, Target::Field),
        };
        if let Target::Field(own) = target {
            used.push((place, field.name().clone(), own));
        }
    }
    let kept = options.keep.iter().map(|name| {
        schema.index_of(name).map_err(|_| Error::Columns(format!("no column '{name}' to keep")))
    });
    let kept = kept.collect::<Result<Vec<_>, _>>()?;
    let mut fields: Vec<ArrowField> = kept.iter().map(|&place| schema.field(place).clone()).collect();
    fields.extend(verdict_fields());
    Ok(Verdicts { indexes, members, used, kept, schema: Arc::new(Schema::new(fields)), counts: RunCounts::default(), is_done: false })
}

fn verdict_fields() -> Vec<ArrowField> {
    let text = |name: &str, nullable| ArrowField::new(name, DataType::Utf8, nullable);
    vec![
        text("verdict", false),
        text("strength", true),
        text("matched", false),
        text("breaches", false),
        text("breach_strengths", false),
        text("data_classes", false),
        ArrowField::new("records", DataType::Int64, true),
        ArrowField::new("partial", DataType::Boolean, false),
        text("reasons", false),
    ]
}

/// Verdicts on members, batch by batch.
pub struct Verdicts {
    indexes: Arc<IndexSet>,
    members: Batches,
    used: Vec<(usize, String, Field)>,
    kept: Vec<usize>,
    schema: SchemaRef,
    counts: RunCounts,
    is_done: bool,
}

impl Verdicts {
    /// The columns that are used, each with its content: the slug of a field, `id`, or `class:SLUG`.
    pub fn columns_used(&self) -> Vec<(String, String)> {
        self.used.iter().map(|(_, name, field)| (name.clone(), field.to_string())).collect()
    }

    /// The columns that are not used.
    pub fn columns_ignored(&self) -> Vec<String> {
        Vec::new()
    }

    /// The counts of the run, once all verdicts were given.
    pub fn counts(&self) -> Option<&RunCounts> {
        self.is_done.then_some(&self.counts)
    }

    /// The caveats of the run, once all verdicts were given.
    pub fn caveats(&self) -> Option<Vec<RunCaveat>> {
        self.counts().map(|counts| counts.caveats(&self.indexes))
    }

    /// The next verdicts.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        let Some(batch) = self.members.next() else {
            self.is_done = true;
            return Ok(None);
        };
        let batch = batch.map_err(|_| Error::Stream("the stream ended with an error".to_owned()))?;
        let verdicts: Vec<Verdict> = (0..batch.num_rows())
            .map(|row| {
                let mut record = Record::new();
                for (place, _, field) in &self.used {
                    record.push(*field, batch.column(*place).as_string::<i32>().value(row));
                }
                self.indexes.check(&record)
            })
            .collect();
        self.counts.rows += verdicts.len() as u64;
        let mut columns: Vec<ArrayRef> = self.kept.iter().map(|&place| batch.column(place).clone()).collect();
        let texts = |of: &dyn Fn(&Verdict) -> Option<String>| -> ArrayRef {
            Arc::new(verdicts.iter().map(of).collect::<StringArray>())
        };
        let found = |of: &dyn Fn(&leakdex::Finding) -> Vec<String>| {
            texts(&|own| Some(own.finding().map(of).unwrap_or_default().join(" ")))
        };
        columns.push(texts(&|own| Some(own.slug().to_owned())));
        columns.push(texts(&|own| own.finding().map(|own| own.strength().slug().to_owned())));
        columns.push(found(&|own| own.matched().iter().map(|kind| kind.slug().to_owned()).collect()));
        columns.push(found(&|own| own.exposure().by_breach().iter().map(|part| part.breach.name().to_string()).collect()));
        columns.push(found(&|own| own.exposure().by_breach().iter().map(|part| part.strength.slug().to_owned()).collect()));
        columns.push(found(&|own| own.exposure().data_classes().iter().map(|class| class.as_str().to_owned()).collect()));
        columns.push(Arc::new(verdicts.iter().map(|own| own.finding().map(|own| own.exposure().records() as i64)).collect::<Int64Array>()));
        columns.push(Arc::new(BooleanArray::from(vec![false; verdicts.len()])));
        columns.push(texts(&|_| Some(String::new())));
        RecordBatch::try_new(self.schema.clone(), columns).map(Some).map_err(|error| Error::Stream(error.to_string()))
    }
}

impl Iterator for Verdicts {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().map_err(|error| ArrowError::ExternalError(Box::new(error))).transpose()
    }
}

impl RecordBatchReader for Verdicts {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

/// Counts of a run. Those of several tasks add up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunCounts {
    pub rows: u64,
    pub affected: u64,
    pub not_affected: u64,
    pub indeterminate: u64,
    /// Of those not affected, how many were partially checked.
    pub partially_checked: u64,
}

impl RunCounts {
    /// The caveats that follow.
    pub fn caveats(&self, _indexes: &IndexSet) -> Vec<RunCaveat> {
        Vec::new()
    }
}

/// A caveat of a run.
#[derive(Clone, Debug, Serialize)]
pub struct RunCaveat {
    /// `leak` or `members`.
    pub side: String,
    /// The column, if one is meant.
    pub column: Option<String>,
    pub field: Option<String>,
    /// The slug of the sign.
    pub sign: String,
    pub explanation: String,
    pub count: u64,
    pub of: u64,
}

/// Adds leaked rows to a builder. Gives the columns that are used and those that are not.
pub fn add(_builder: &mut IndexBuilder<'_>, _leaked: Batches, _options: &Options) -> Result<Added, Error> {
    Err(Error::Columns("not yet".to_owned()))
}

/// The outcome of [`add`].
#[derive(Clone, Debug, Default)]
pub struct Added {
    pub rows: u64,
    pub indexed: u64,
    pub rejected: u64,
    pub columns_used: Vec<(String, String)>,
    pub columns_ignored: Vec<String>,
    pub caveats: Vec<RunCaveat>,
}

/// Runs work on a pool of threads that belongs to this process: a forked child makes its own.
pub fn on_threads<T: Send>(_threads: Option<NonZeroUsize>, work: impl FnOnce() -> T + Send) -> T {
    work()
}
