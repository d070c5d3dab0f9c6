//! Verdicts on many members, as Arrow tables and streams.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use leakdex::IndexSet;
use leakdex_arrow::{
    Options, RunOutcome, Verdicts as ArrowVerdicts,
    arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader},
    arrow_schema::{ArrowError, SchemaRef},
};
use pyo3::{
    exceptions::PyKeyboardInterrupt,
    prelude::*,
    types::{PyBytes, PyCapsule},
};

use crate::{
    account::{Caveat, Counts, caveat_list},
    failure::{Failure, Signals, detached, guarded},
    members::{Link, Members},
    raw,
};

/// A check that proceeds batch by batch.
struct Run {
    verdicts: ArrowVerdicts,
    link: Arc<Link>,
    signals: Signals,
}

/// The columns that a check uses, and those that it ignores.
#[derive(Clone)]
struct ColumnUsage {
    columns: BTreeMap<String, String>,
    ignored: Vec<String>,
}

/// The counts and caveats of a run.
struct RunResult {
    outcome: RunOutcome,
    /// The counts as JSON, to be added to those of other tasks.
    run_counts: Vec<u8>,
}

impl Run {
    fn begin(indexes: Arc<IndexSet>, members: Members, options: &Options) -> Result<Self, Failure> {
        let (batches, link) = members.into_parts();
        let verdicts = leakdex_arrow::check(indexes, batches, options);
        let verdicts = verdicts.map_err(|error| link.cause(error))?;
        Ok(Self { verdicts, link, signals: Signals::new() })
    }

    fn used(&self) -> ColumnUsage {
        ColumnUsage {
            columns: (self.verdicts.columns_used().into_iter())
                .map(|used| (used.column, used.content))
                .collect(),
            ignored: self.verdicts.columns_ignored(),
        }
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        self.signals.check()?;
        self.verdicts.next_batch().map_err(|error| self.link.cause(error))
    }

    /// The counts and caveats, after the last batch.
    fn end(&self) -> Result<RunResult, Failure> {
        let no_end = || Failure::stream("the check ended without its counts");
        let outcome = self.verdicts.outcome().ok_or_else(no_end)??;
        let counts = self.verdicts.counts().ok_or_else(no_end)?;
        let run_counts = serde_json::to_vec(counts).map_err(|_| no_end())?;
        Ok(RunResult { outcome, run_counts })
    }
}

/// The verdicts on all members, in order, as an Arrow table: pyarrow.table(verdicts),
/// polars.DataFrame(verdicts). Its columns are those of keep, then verdict, strength, matched, breaches,
/// breach_strengths, data_classes, records, partial, checked and reasons.
#[pyclass(frozen, module = "leakdex")]
pub struct Verdicts {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    used: ColumnUsage,
    end: RunResult,
}

impl Verdicts {
    pub fn of(
        py: Python<'_>,
        indexes: Arc<IndexSet>,
        members: Members,
        options: &Options,
    ) -> PyResult<Self> {
        detached(py, || {
            let mut run = Run::begin(indexes, members, options)?;
            let mut batches = Vec::new();
            while let Some(batch) = run.next()? {
                batches.push(batch);
            }
            let (schema, used, end) = (run.verdicts.schema(), run.used(), run.end()?);
            Ok(Self { schema, batches, used, end })
        })
    }
}

#[pymethods]
impl Verdicts {
    /// The number of members.
    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The verdicts as an Arrow stream. It can be requested again.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface allows a producer to ignore it.
        let _ = requested_schema;
        let batches = self.batches.clone().into_iter().map(Ok);
        let reader = RecordBatchIterator::new(batches, Arc::clone(&self.schema));
        raw::stream_out(py, Box::new(reader))
    }

    /// The number of members by verdict.
    #[getter]
    fn counts(&self) -> Counts {
        (&self.end.outcome).into()
    }

    /// The used columns, each with its field.
    #[getter]
    fn columns_used(&self) -> BTreeMap<String, String> {
        self.used.columns.clone()
    }

    /// The unused columns.
    #[getter]
    fn columns_ignored(&self) -> Vec<String> {
        self.used.ignored.clone()
    }

    /// Signs that a column of the members or of the leak is damaged. An all-clear that relies on such a
    /// column proves little.
    #[getter]
    fn caveats(&self, py: Python<'_>) -> PyResult<Vec<Py<Caveat>>> {
        caveat_list(py, self.end.outcome.caveats.iter().cloned())
    }

    /// The counts of this run for Index.outcome, which adds up the counts of several tasks. They contain
    /// hashes and shares of values: treat them like an index.
    #[getter]
    fn run_counts(&self) -> &[u8] {
        &self.end.run_counts
    }

    fn __repr__(&self) -> String {
        let RunOutcome { rows, affected, not_affected, indeterminate, .. } = self.end.outcome;
        format!(
            "<Verdicts on {rows} members: {affected} affected, {not_affected} not affected, \
             {indeterminate} indeterminate; {} caveats>",
            self.end.outcome.caveats.len()
        )
    }
}

/// The state of a stream of verdicts.
enum State {
    Unread(Box<Run>),
    Reading,
    Ended(Arc<RunResult>),
    Failed(String),
}

/// Verdicts that are computed while they are read, in bounded memory:
/// pyarrow.RecordBatchReader.from_stream(stream). It can be read once. Counts and caveats are available
/// after the last batch.
#[pyclass(frozen, module = "leakdex")]
pub struct VerdictStream {
    schema: SchemaRef,
    used: ColumnUsage,
    state: Arc<Mutex<State>>,
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Panics are caught below, and leave a valid state.
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl VerdictStream {
    pub fn of(
        py: Python<'_>,
        indexes: Arc<IndexSet>,
        members: Members,
        options: &Options,
    ) -> PyResult<Self> {
        let run = detached(py, || Run::begin(indexes, members, options))?;
        let (schema, used) = (run.verdicts.schema(), run.used());
        Ok(Self { schema, used, state: Arc::new(Mutex::new(State::Unread(Box::new(run)))) })
    }

    fn ended<T>(
        &self,
        py: Python<'_>,
        take: impl FnOnce(&RunResult) -> PyResult<T>,
    ) -> PyResult<T> {
        // `take` and an exception run Python code, which may need the state. The lock ends with this statement.
        let ended = match &*locked(&self.state) {
            State::Ended(end) => Ok(Arc::clone(end)),
            State::Failed(message) => Err(format!("the stream of verdicts failed: {message}")),
            State::Unread(_) | State::Reading => {
                Err("counts and caveats are known after the last batch; read the stream to its end"
                    .to_owned())
            }
        };
        let end = ended.map_err(|failure| Failure::stream(failure).into_exception(py))?;
        take(&end)
    }
}

#[pymethods]
impl VerdictStream {
    /// The verdicts as an Arrow stream. The second call raises ClosedError.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let mut state = locked(&self.state);
        let run = match std::mem::replace(&mut *state, State::Reading) {
            State::Unread(run) => Some(run),
            other => {
                *state = other;
                None
            }
        };
        // The code below runs Python code, and that code may need the state.
        drop(state);
        if run.is_none() {
            let message = "a stream of verdicts is read once; call check_stream again";
            return Err(Failure::closed(message).into_exception(py));
        }
        let schema = Arc::clone(&self.schema);
        let reader = Reader { schema, run, state: Arc::clone(&self.state) };
        raw::stream_out(py, Box::new(reader))
    }

    /// The number of members by verdict. Raises StreamError before the end of the stream.
    #[getter]
    fn counts(&self, py: Python<'_>) -> PyResult<Counts> {
        self.ended(py, |end| Ok((&end.outcome).into()))
    }

    /// The used columns, each with its field.
    #[getter]
    fn columns_used(&self) -> BTreeMap<String, String> {
        self.used.columns.clone()
    }

    /// The unused columns.
    #[getter]
    fn columns_ignored(&self) -> Vec<String> {
        self.used.ignored.clone()
    }

    /// Signs that a column of the members or of the leak is damaged. Raises StreamError before the end of
    /// the stream.
    #[getter]
    fn caveats(&self, py: Python<'_>) -> PyResult<Vec<Py<Caveat>>> {
        self.ended(py, |end| caveat_list(py, end.outcome.caveats.iter().cloned()))
    }

    /// The counts of this run for Index.outcome, which adds up the counts of several tasks. They contain
    /// hashes and shares of values: treat them like an index. Raises StreamError before the end of the
    /// stream.
    #[getter]
    fn run_counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.ended(py, |end| Ok(PyBytes::new(py, &end.run_counts)))
    }

    fn __repr__(&self) -> String {
        match &*locked(&self.state) {
            State::Unread(_) => "<VerdictStream, not read yet>".to_owned(),
            State::Reading => "<VerdictStream, read in part>".to_owned(),
            State::Ended(end) => format!("<VerdictStream, read: {} members>", end.outcome.rows),
            State::Failed(_) => "<VerdictStream, failed>".to_owned(),
        }
    }
}

/// Exports the stream to another library. No Python exception and no panic may pass through it.
struct Reader {
    schema: SchemaRef,
    run: Option<Box<Run>>,
    state: Arc<Mutex<State>>,
}

impl Reader {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let Some(run) = &mut self.run else { return Ok(None) };
        if let Some(batch) = run.next()? {
            return Ok(Some(batch));
        }
        *locked(&self.state) = State::Ended(Arc::new(run.end()?));
        self.run = None;
        Ok(None)
    }

    /// Stores the failure for the stream's owner, and returns its text for the reader.
    fn fail(&mut self, failure: &Failure) -> ArrowError {
        self.run = None;
        let message = Python::try_attach(|py| {
            if let Failure::Python(error) = failure
                && error.is_instance_of::<PyKeyboardInterrupt>(py)
            {
                // The reader raises its own error. Python raises this one at its next step.
                py.run(c"import _thread; _thread.interrupt_main()", None, None).unwrap_or_default();
                return "interrupted by Ctrl-C".to_owned();
            }
            failure.message(py)
        });
        // The text goes through C, where a zero would end it.
        let message = message.unwrap_or_else(|| "Python has ended".to_owned()).replace('\0', " ");
        *locked(&self.state) = State::Failed(message.clone());
        ArrowError::CDataInterface(message)
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = guarded(|| self.next_batch());
        batch.map_err(|failure| self.fail(&failure)).transpose()
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
