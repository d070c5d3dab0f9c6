//! Members and leaks as Python gives them: streams of record batches.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use leakdex_arrow::{
    Batches,
    arrow_array::{
        Array, ArrayReader, ArrayRef, RecordBatch, RecordBatchOptions, RecordBatchReader,
        StructArray, ffi_stream::ArrayStreamReader,
    },
    arrow_schema::{ArrowError, DataType, Schema, SchemaRef},
};
use pyo3::{
    prelude::*,
    types::{PyCapsule, PyDict, PyList, PyString, PyTuple},
};

use crate::{
    failure::{Failure, Signals, guarded},
    raw::{self, ForeignArray},
};

/// What a stream and whoever has it read tell each other beside Arrow, through which goes a text only.
#[derive(Default)]
pub struct Link {
    failure: Mutex<Option<Failure>>,
    is_stopped: AtomicBool,
}

impl Link {
    /// The failure that the stream left, or else this one.
    pub fn cause(&self, other: impl Into<Failure>) -> Failure {
        let own = self.failure.lock().map_or(None, |mut failure| failure.take());
        own.unwrap_or_else(|| other.into())
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
    /// The stream of anything that speaks the Arrow PyCapsule interface.
    pub fn of(table: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = table.py();
        let source = if table.hasattr("__arrow_c_stream__")? {
            let capsule = table.call_method0("__arrow_c_stream__")?.cast_into::<PyCapsule>()?;
            let stream = raw::stream_in(&capsule)?;
            py.detach(|| guarded(|| Source::of_stream(ArrayStreamReader::try_new(stream))))
        } else if table.hasattr("__arrow_c_array__")? {
            let pair = table.call_method0("__arrow_c_array__")?;
            let (schema, array) = pair.extract::<Capsules<'_>>()?;
            let array = ForeignArray::new(&schema, &array)?;
            guarded(|| Source::of_array(array.import()))
        } else {
            Err(no_table(table))
        };
        let (source, schema) = source.map_err(|failure| failure.raise(py))?;
        let link = Arc::<Link>::default();
        let signals = Signals::new();
        let batches = Watched { source, schema, signals, link: Arc::clone(&link) };
        Ok(Self { batches: Box::new(batches), link })
    }

    /// The batches, and the link to them.
    pub fn into_parts(self) -> (Batches, Arc<Link>) {
        (self.batches, self.link)
    }
}

/// Says what to give instead.
fn no_table(given: &Bound<'_, PyAny>) -> Failure {
    let module = given.get_type().module().map_or_else(|_| String::new(), |name| name.to_string());
    let class = given.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    let remedy = if module.starts_with("pandas") {
        "this pandas does not speak Arrow; give pyarrow.Table.from_pandas(frame), or use pandas 3"
    } else if given.is_instance_of::<PyString>() {
        "a text is not read as a file; give pyarrow.parquet.ParquetFile(path).iter_batches() through \
         pyarrow.RecordBatchReader.from_batches(schema, batches), or a DuckDB relation of the file"
    } else if given.is_instance_of::<PyDict>() {
        "give pyarrow.table(columns), or check_one(member) for one member"
    } else if given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>() {
        "give pyarrow.Table.from_pylist(rows), with all values as text"
    } else if given.hasattr("__next__").unwrap_or(false) {
        "give pyarrow.RecordBatchReader.from_batches(schema, batches)"
    } else {
        "give a table of pyarrow, polars, pandas 3 or DuckDB"
    };
    Failure::wrong_type(format!("no Arrow table, but a {class}: {remedy}"))
}

/// Where batches come from.
enum Source {
    Stream(ArrayStreamReader),
    One(Option<ArrayRef>),
}

/// A source and the schema of its batches.
type Opened = Result<(Source, SchemaRef), Failure>;

impl Source {
    fn of_stream(reader: Result<ArrayStreamReader, ArrowError>) -> Opened {
        let reader = reader.map_err(|_| {
            Failure::stream(
                "the stream cannot be opened: it was read before, or its producer failed; make a new one",
            )
        })?;
        let field = reader.field();
        let schema = schema_of(field.data_type())?;
        Ok((Self::Stream(reader), schema))
    }

    fn of_array(array: Result<Option<ArrayRef>, ArrowError>) -> Opened {
        let array = array
            .map_err(|_| invalid())?
            .ok_or_else(|| Failure::stream("the record batch was taken before; make a new one"))?;
        let schema = schema_of(array.data_type())?;
        Ok((Self::One(Some(array)), schema))
    }

    fn next(&mut self) -> Option<Result<ArrayRef, ArrowError>> {
        match self {
            Self::Stream(reader) => reader.next(),
            Self::One(array) => array.take().map(Ok),
        }
    }
}

fn schema_of(table: &DataType) -> Result<SchemaRef, Failure> {
    match table {
        DataType::Struct(fields) => Ok(Arc::new(Schema::new(fields.clone()))),
        other => Err(Failure::wrong_type(format!(
            "one column of type {other}, and no table; give a table that names its columns"
        ))),
    }
}

fn invalid() -> Failure {
    Failure::stream("a record batch is invalid: its arrays do not fit its schema, or each other")
}

/// Batches that look for Ctrl-C, and leave the failure that ends them.
struct Watched {
    source: Source,
    schema: SchemaRef,
    signals: Signals,
    link: Arc<Link>,
}

impl Watched {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, Failure> {
        if self.link.is_stopped.load(Ordering::Relaxed) {
            return Err(Failure::stream("the stream was stopped"));
        }
        self.signals.check()?;
        let Some(array) = guarded(|| Ok(self.source.next())).map_err(|_| invalid())? else {
            return Ok(None);
        };
        let array = array.map_err(|error| ended(&error))?;
        let table = array.as_any().downcast_ref::<StructArray>().ok_or_else(invalid)?;
        if table.null_count() > 0 {
            // The values below a null are undefined.
            return Err(Failure::stream(
                "a row is null as a whole; give a table whose rows are all there",
            ));
        }
        let rows = RecordBatchOptions::new().with_row_count(Some(table.len()));
        let columns = table.columns().to_vec();
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &rows);
        batch.map(Some).map_err(|_| invalid())
    }
}

/// A stream that ended with an error. The producer's text may hold a value.
fn ended(error: &ArrowError) -> Failure {
    let text = error.to_string();
    if text.contains("KeyboardInterrupt") {
        return Failure::Python(pyo3::exceptions::PyKeyboardInterrupt::new_err(()));
    }
    let code = text.split("Error code: ").nth(1).and_then(|rest| rest.split('.').next());
    let code = code.map_or_else(String::new, |code| format!(" (code {code})"));
    Failure::stream(format!(
        "the stream ended with an error of its producer{code}, and there is no result; its text may hold \
         values and is not shown: read the stream without leakdex to see it"
    ))
}

impl Iterator for Watched {
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

impl RecordBatchReader for Watched {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
