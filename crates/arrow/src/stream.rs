//! Imports record batches through Arrow's C data and stream interfaces.
//!
//! Arrow does not validate the structure of an imported array. A wrong one would make it read out of bounds. So this
//! module first checks counts, lengths, and the offsets from which Arrow computes the size of a buffer. Readers
//! validate the content of the buffers later. The interface does not tell the true size of a buffer, so this module
//! cannot catch a producer that gives a wrong one.

#![allow(unsafe_code)]

use std::{
    ffi::CStr,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use arrow_array::{
    Array, RecordBatch, RecordBatchOptions, RecordBatchReader, StructArray,
    ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type},
    ffi_stream::FFI_ArrowArrayStream,
};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};

use crate::error::Error;

/// A stream of record batches.
pub type Batches = Box<dyn RecordBatchReader + Send>;

/// Takes ownership of a C stream, and returns its record batches.
///
/// # Errors
///
/// [`Error::Stream`] if the stream was already released, or if its schema is missing or cannot be read.
/// [`Error::Columns`] if its schema is a single column, not a table.
pub fn batches(mut stream: FFI_ArrowArrayStream) -> Result<Batches, Error> {
    let schema = catch_panic(|| schema_of(&mut stream)).flatten().ok_or_else(no_stream)?;
    let schema = columns_of(&schema)?;
    Ok(Box::new(ForeignStream { source: Source::Stream(stream), schema }))
}

/// Takes ownership of a C array with one record batch, and returns it as a stream.
///
/// # Errors
///
/// [`Error::Stream`] if the array was already released, or if the schema cannot be read. [`Error::Columns`] if the
/// schema is a single column, not a table.
pub fn batch(array: FFI_ArrowArray, schema: &FFI_ArrowSchema) -> Result<Batches, Error> {
    if array.is_released() {
        return Err(no_stream());
    }
    let schema = columns_of(schema)?;
    Ok(Box::new(ForeignStream { source: Source::Array(Some(array)), schema }))
}

fn no_stream() -> Error {
    Error::Stream(
        "the stream cannot be opened: it was read before, or its producer failed; make a new one"
            .to_owned(),
    )
}

/// The columns of a schema.
fn columns_of(schema: &FFI_ArrowSchema) -> Result<SchemaRef, Error> {
    let found = catch_panic(|| DataType::try_from(schema).ok()).flatten().ok_or_else(|| {
        Error::Stream(
            "the schema of the stream cannot be read: it was released before, or the name or the metadata of a \
             column is not UTF-8; leave such columns out, or give them without metadata"
                .to_owned(),
        )
    })?;
    match found {
        DataType::Struct(fields) => Ok(Arc::new(Schema::new(fields))),
        other => Err(Error::Columns(format!(
            "this is one column of type {other}, not a table; give a table that names its columns"
        ))),
    }
}

/// The error with which a producer ended its stream. It does not keep the producer's message, which may contain
/// values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamError {
    /// The producer's code.
    pub code: i32,
    /// Whether somebody pressed Ctrl-C in a producer that is written in Python.
    pub is_interrupted: bool,
}

impl fmt::Display for StreamError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the stream ended with an error of its producer (code {})", self.code)
    }
}

impl std::error::Error for StreamError {}

/// Calls `work`, and returns `None` if it panics.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn schema_of(stream: &mut FFI_ArrowArrayStream) -> Option<FFI_ArrowSchema> {
    stream.release()?;
    stream.get_next()?;
    let get_schema = stream.get_schema()?;
    let mut schema = FFI_ArrowSchema::empty();
    // SAFETY: the stream is live, and its own function is called with it.
    let status = unsafe { get_schema(stream, &raw mut schema) };
    // Do not ask for the producer's error message: it may contain values.
    (status == 0).then_some(schema)
}

/// The source of foreign batches.
enum Source {
    Stream(FFI_ArrowArrayStream),
    Array(Option<FFI_ArrowArray>),
}

struct ForeignStream {
    source: Source,
    schema: SchemaRef,
}

/// Why a batch cannot be read.
enum Fault {
    StreamError(StreamError),
    Invalid(&'static str),
}

impl From<&'static str> for Fault {
    fn from(text: &'static str) -> Self {
        Self::Invalid(text)
    }
}

impl Source {
    /// The next array; `None` at the end.
    fn next(&mut self) -> Result<Option<FFI_ArrowArray>, Fault> {
        let stream = match self {
            Self::Stream(stream) => stream,
            Self::Array(array) => return Ok(array.take()),
        };
        let get_next = stream.get_next().ok_or("it has no function for the next batch")?;
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: the stream is live, and its own function is called with it.
        let status = unsafe { get_next(stream, &raw mut array) };
        if status != 0 {
            let is_interrupted = was_interrupted(stream);
            return Err(Fault::StreamError(StreamError { code: status, is_interrupted }));
        }
        Ok((!array.is_released()).then_some(array))
    }
}

/// Whether Ctrl-C caused the last error. A Python producer then reports a `KeyboardInterrupt`.
fn was_interrupted(stream: &mut FFI_ArrowArrayStream) -> bool {
    let Some(get_last_error) = stream.get_last_error() else { return false };
    // SAFETY: the stream is live, and its own function is called with it after an error.
    let text = unsafe { get_last_error(stream) };
    // SAFETY: a text that is not null ends with a zero byte, and lives until the next call.
    !text.is_null()
        && unsafe { CStr::from_ptr(text) }.to_string_lossy().contains("KeyboardInterrupt")
}

impl ForeignStream {
    fn read(&mut self) -> Result<Option<RecordBatch>, Fault> {
        let Some(array) = self.source.next()? else { return Ok(None) };
        let columns = DataType::Struct(self.schema.fields().clone());
        check_array(&array, &columns)?;
        // SAFETY: `check_array` has checked the array.
        let data = unsafe { from_ffi_and_data_type(array, columns) };
        let rows = StructArray::from(data.map_err(|_| "a batch does not match its schema")?);
        if rows.null_count() > 0 {
            // The values below a null are undefined.
            return Err("a row is null as a whole".into());
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let (_, columns, _) = rows.into_parts();
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .map(Some)
            .map_err(|_| "a batch does not match its schema".into())
    }
}

impl Iterator for ForeignStream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Arrow panics on some arrays.
        let read = catch_panic(|| self.read());
        let read = read.unwrap_or(Err(Fault::Invalid("a batch does not match its schema")));
        let error = |fault| match fault {
            Fault::StreamError(ended) => ArrowError::ExternalError(Box::new(ended)),
            Fault::Invalid(text) => ArrowError::CDataInterface(text.to_owned()),
        };
        read.map_err(error).transpose()
    }
}

impl RecordBatchReader for ForeignStream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// Refuses an array that Arrow would read incorrectly.
fn check_array(array: &FFI_ArrowArray, data_type: &DataType) -> Result<(), &'static str> {
    const MAX_BYTES: usize = isize::MAX as usize / 64;
    // Negative numbers appear as huge ones here.
    let (length, offset) = (array.len(), array.offset());
    let end = length.checked_add(offset).filter(|&end| end <= MAX_BYTES);
    let end = end.ok_or("an array has an impossible length")?;
    let (buffers, children) = counts_of(data_type);
    let is_view = matches!(data_type, DataType::Utf8View | DataType::BinaryView);
    let has_buffers = array.num_buffers() == buffers || (is_view && array.num_buffers() >= buffers);
    if !has_buffers || array.num_buffers() > MAX_BYTES {
        return Err("an array has too few or too many buffers for its type");
    }
    if array.num_children() != children.len() {
        return Err("an array has too few or too many children for its type");
    }
    let has_validity =
        !matches!(data_type, DataType::Null | DataType::Union(..) | DataType::RunEndEncoded(..));
    let has_nulls = has_validity && array.null_count_opt().is_some_and(|nulls| nulls > 0);
    if has_nulls && (array.null_count() > length || array.buffer(0).is_null()) {
        return Err("an array has more nulls than values, or nulls without a validity buffer");
    }
    match data_type {
        DataType::Utf8 | DataType::Binary if end > 0 => {
            // SAFETY: an array with `end` values has `end + 1` offsets.
            let last = unsafe { item::<i32>(array, 1, end)? };
            usize::try_from(last).map_err(|_| "an offset is negative")?;
        }
        DataType::LargeUtf8 | DataType::LargeBinary if end > 0 => {
            // SAFETY: as above.
            let last = unsafe { item::<i64>(array, 1, end)? };
            let last = usize::try_from(last).map_err(|_| "an offset is negative")?;
            if last > MAX_BYTES {
                return Err("an offset is impossibly large");
            }
        }
        DataType::Utf8View | DataType::BinaryView => {
            for number in 0..array.num_buffers() - buffers {
                // SAFETY: the last buffer has the length of each variadic buffer.
                let length = unsafe { item::<i64>(array, array.num_buffers() - 1, number)? };
                usize::try_from(length).map_err(|_| "a length is negative")?;
            }
        }
        DataType::Dictionary(_, values) => {
            check_array(array.dictionary().ok_or("a dictionary has no values")?, values)?;
        }
        _ => {}
    }
    let is_struct = matches!(data_type, DataType::Struct(_));
    for (place, child) in children.into_iter().enumerate() {
        let array = array.child(place);
        check_array(array, child)?;
        if is_struct && array.len() < end {
            return Err("a column is shorter than its batch");
        }
    }
    Ok(())
}

/// The minimum number of buffers for a type, and the types of its children.
fn counts_of(data_type: &DataType) -> (usize, Vec<&DataType>) {
    match data_type {
        DataType::Null => (0, Vec::new()),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => {
            (3, Vec::new())
        }
        // Validity, views, and the lengths of the variadic buffers.
        DataType::Utf8View | DataType::BinaryView => (3, Vec::new()),
        DataType::Struct(fields) => (1, fields.iter().map(|field| field.data_type()).collect()),
        DataType::FixedSizeList(field, _) => (1, vec![field.data_type()]),
        DataType::List(field) | DataType::LargeList(field) | DataType::Map(field, _) => {
            (2, vec![field.data_type()])
        }
        DataType::ListView(field) | DataType::LargeListView(field) => (3, vec![field.data_type()]),
        DataType::RunEndEncoded(ends, values) => (0, vec![ends.data_type(), values.data_type()]),
        DataType::Union(fields, mode) => {
            let is_dense = *mode == arrow_schema::UnionMode::Dense;
            let children = fields.iter().map(|(_, field)| field.data_type()).collect();
            (1 + usize::from(is_dense), children)
        }
        _ => (2, Vec::new()),
    }
}

/// An item of the buffer with this number.
///
/// # Safety
///
/// The buffer is null, or has an item of this type at this index.
unsafe fn item<T: Copy>(
    array: &FFI_ArrowArray,
    buffer: usize,
    index: usize,
) -> Result<T, &'static str> {
    let items = array.buffer(buffer).cast::<T>();
    if items.is_null() {
        return Err("an array of text has no offsets, or no lengths");
    }
    // Arrow reads these items without a check of their alignment.
    if !items.is_aligned() {
        return Err("the offsets or the lengths of an array of text are not aligned in memory");
    }
    // SAFETY: as the caller promises.
    Ok(unsafe { items.add(index).read() })
}
