//! Members and leaks from Python, as streams of record batches.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use leakdex_arrow::{
    Batches, Error, StreamError,
    arrow_array::{RecordBatch, RecordBatchReader},
    arrow_schema::{ArrowError, SchemaRef},
};
use pyo3::{
    exceptions::PyException,
    prelude::*,
    types::{PyCapsule, PyDict, PyList, PyString, PyTuple},
};

use crate::{
    failure::{Failure, Signals, guarded},
    raw,
};

/// Connects a stream with its reader. Arrow itself passes only an error text between them.
#[derive(Default)]
pub struct Link {
    failure: Mutex<Option<Failure>>,
    is_stopped: AtomicBool,
}

impl Link {
    /// The failure that the stream recorded, or else `other`.
    pub fn cause(&self, other: impl Into<Failure>) -> Failure {
        let recorded = self.failure.lock().map_or(None, |mut failure| failure.take());
        recorded.unwrap_or_else(|| other.into())
    }

    /// Ends the stream with an error before its next batch.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

/// The type and the array of `__arrow_c_array__`.
type Capsules<'py> = (Bound<'py, PyCapsule>, Bound<'py, PyCapsule>);

/// A table from Python, as a stream of record batches.
pub struct Members {
    batches: Batches,
    link: Arc<Link>,
}

impl Members {
    /// The stream of any object with the Arrow PyCapsule interface.
    pub fn of(table: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = table.py();
        let by_producer = |error| producer_failure(py, error);
        let batches = if table.hasattr("__arrow_c_stream__").map_err(by_producer)? {
            let capsule = table.call_method0("__arrow_c_stream__").map_err(by_producer)?;
            let capsule = capsule.cast_into::<PyCapsule>()?;
            let stream = raw::stream_in(&capsule)?;
            py.detach(|| guarded(|| leakdex_arrow::batches(stream).map_err(no_columns)))
        } else if table.hasattr("__arrow_c_array__").map_err(by_producer)? {
            let pair = table.call_method0("__arrow_c_array__").map_err(by_producer)?;
            let (schema, array) = pair.extract::<Capsules<'_>>()?;
            let (array, schema) = raw::array_in(&schema, &array)?;
            guarded(|| leakdex_arrow::batch(array, &schema).map_err(no_columns))
        } else {
            Err(not_a_table(table))
        };
        let batches = batches.map_err(|failure| failure.into_exception(py))?;
        let link = Arc::<Link>::default();
        let batches = WatchedBatches { batches, signals: Signals::new(), link: Arc::clone(&link) };
        Ok(Self { batches: Box::new(batches), link })
    }

    /// The batches, and the link to them.
    pub fn into_parts(self) -> (Batches, Arc<Link>) {
        (self.batches, self.link)
    }
}

/// Replaces an exception that a table raised when leakdex asked for its stream. The text of such an exception may hold
/// values, such as the cell that a library cannot convert. So the exception is not passed on.
fn producer_failure(py: Python<'_>, error: PyErr) -> PyErr {
    // Ctrl-C and the like are no errors.
    if !error.is_instance_of::<PyException>(py) {
        return error;
    }
    let class = error.get_type(py).name().map_or_else(|_| String::new(), |name| name.to_string());
    Failure::stream(format!(
        "the table raised {class} when leakdex asked for its Arrow stream; the text of the exception may hold \
         values, so it is not shown: convert the table to Arrow without leakdex to see it"
    ))
    .into_exception(py)
}

/// The error for an object that is not a table, with advice.
fn not_a_table(given: &Bound<'_, PyAny>) -> Failure {
    let module = given.get_type().module().map_or_else(|_| String::new(), |name| name.to_string());
    let class = given.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    let remedy = if module.starts_with("pandas") {
        "this version of pandas does not support Arrow; give pyarrow.Table.from_pandas(frame), or use pandas 3"
    } else if given.is_instance_of::<PyString>() {
        "a text is not read as a file; give pyarrow.parquet.read_table(path), or a DuckDB relation of the file"
    } else if class == "LazyFrame" {
        "give frame.collect()"
    } else if class == "ParquetFile" {
        "give file.read()"
    } else if class.ends_with("Dataset") {
        "give dataset.scanner().to_reader()"
    } else if given.is_instance_of::<PyDict>() {
        "give pyarrow.table(columns), or check_one(member) for one member"
    } else if given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>() {
        "give pyarrow.Table.from_pylist(rows), with all values as text"
    } else if given.hasattr("__next__").unwrap_or(false) {
        "give pyarrow.RecordBatchReader.from_batches(schema, batches)"
    } else {
        "give a table of pyarrow, polars, pandas 3 or DuckDB"
    };
    Failure::wrong_type(format!("not an Arrow table, but a {class}: {remedy}"))
}

/// Turns the error for an Arrow object without columns into a type error: such an object is not a table.
fn no_columns(error: Error) -> Failure {
    match error {
        Error::Columns(message) => Failure::wrong_type(message),
        other => other.into(),
    }
}

/// Batches that check for Ctrl-C, and record the failure that ends them.
struct WatchedBatches {
    batches: Batches,
    signals: Signals,
    link: Arc<Link>,
}

impl WatchedBatches {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, Failure> {
        if self.link.is_stopped.load(Ordering::Relaxed) {
            return Err(Failure::stream("the stream was stopped"));
        }
        self.signals.check()?;
        guarded(|| self.batches.next().transpose().map_err(|error| stream_failure(&error)))
    }
}

/// The failure of a stream that ended with an error or with an invalid batch.
fn stream_failure(error: &ArrowError) -> Failure {
    let producer = match error {
        ArrowError::ExternalError(error) => error.downcast_ref::<StreamError>(),
        // These texts come from the checks before a batch is imported. They contain no value.
        ArrowError::CDataInterface(text) => {
            return Failure::stream(format!(
                "a record batch is invalid, and there is no result: {text}; make a table of it whose arrays \
                 fit its schema and each other"
            ));
        }
        _ => None,
    };
    if producer.is_some_and(|stream_error| stream_error.is_interrupted) {
        return Failure::Python(pyo3::exceptions::PyKeyboardInterrupt::new_err(()));
    }
    let code =
        producer.map_or_else(String::new, |stream_error| format!(" (code {})", stream_error.code));
    Failure::stream(format!(
        "the stream ended with an error of its producer{code}, and there is no result; its text may hold \
         values and is not shown: read the stream without leakdex to see it"
    ))
}

impl Iterator for WatchedBatches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose().map(|batch| {
            batch.map_err(|failure| {
                if let Ok(mut place) = self.link.failure.lock() {
                    *place = Some(failure);
                }
                ArrowError::CDataInterface("the stream ended with an error".to_owned())
            })
        })
    }
}

impl RecordBatchReader for WatchedBatches {
    fn schema(&self) -> SchemaRef {
        self.batches.schema()
    }
}
