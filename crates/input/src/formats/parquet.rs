//! Parquet files.
//!
//! Row groups are decoded on several threads, in units of up to 65,536 rows, and returned in order.

mod units;
mod whole;

use std::{io::Read, path::Path, sync::Arc};

use arrow_schema::{DataType, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use parquet::{
    arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions},
    basic::{Compression, Type},
    errors::ParquetError,
    file::metadata::{ParquetMetaData, RowGroupMetaData},
};

use super::{
    batches,
    chunks::{Chunks, guarded},
};
use crate::{
    error::InputProblem,
    opening::OpenInput,
    options::{Format, Options},
};
use units::Units;

const TOO_LARGE: &str =
    "a Parquet file of more than 1 GiB that is compressed, in an archive or on standard input";

/// Opens a plain file directly, and copies any other input into memory.
pub(super) fn open(
    source: impl Read,
    file: Option<&Path>,
    options: &Options,
) -> Result<OpenInput, InputProblem> {
    let chunks = Chunks::open(source, file, TOO_LARGE, options)?;
    let load = || {
        let metadata = ArrowReaderMetadata::load(&chunks, reader_options())?;
        let views = reader_options().with_schema(with_views(metadata.schema()));
        ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), views)
    };
    let metadata = guarded(|| load().map_err(|error| unreadable(&error)), damaged)?;
    refuse_packed(metadata.metadata())?;
    guarded(|| whole::refuse_several(&chunks, metadata.metadata()), damaged)?;
    let schema = Arc::clone(metadata.schema());
    let instants = instants(metadata.metadata(), schema.fields().len());
    let rows = metadata.metadata().file_metadata().num_rows();
    let count = metadata.metadata().num_row_groups();
    let groups = if count == 1 { "row group" } else { "row groups" };
    let units = Units::start(chunks, metadata)?;
    let reading_mode = format!("Parquet, {count} {groups}");
    let mut opening =
        batches::of_batches(Format::Parquet, schema, Box::new(units), reading_mode, options)?;
    for place in instants {
        opening.layout.types[place] = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    }
    batches::refuse_types(&opening.layout)?;
    if file.is_some() {
        opening.layout.total_rows = u64::try_from(rows).unwrap_or(0);
    }
    Ok(opening)
}

/// The number of rows in a file, if its footer and all its row groups agree.
pub(super) fn row_count(path: &Path) -> Option<u64> {
    let chunks = Chunks::open(std::io::empty(), Some(path), TOO_LARGE, &Options::default()).ok()?;
    let load =
        || ArrowReaderMetadata::load(&chunks, reader_options()).map_err(|error| unreadable(&error));
    let metadata = guarded(load, damaged).ok()?;
    let count = |rows: i64| u64::try_from(rows).ok();
    let all = count(metadata.metadata().file_metadata().num_rows())?;
    let mut rest = all;
    for group in metadata.metadata().row_groups() {
        rest = rest.checked_sub(count(group.num_rows())?)?;
    }
    (rest == 0).then_some(all)
}

/// Skips the Arrow schema that a file may contain, since it adds nothing to the supported types.
fn reader_options() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}

/// Replaces text and bytes in the schema with views, so all rows share a value in the dictionary of a page.
/// With copies, a long value in many rows would take unlimited memory.
fn with_views(schema: &Schema) -> SchemaRef {
    let of_field = |field: &FieldRef| {
        let data_type = match field.data_type() {
            DataType::Utf8 => DataType::Utf8View,
            DataType::Binary => DataType::BinaryView,
            _ => return Arc::clone(field),
        };
        Arc::new(field.as_ref().clone().with_data_type(data_type))
    };
    let fields: Fields = schema.fields().iter().map(of_field).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// The columns whose times are points in time although their type has no time zone. Spark and Hive write the
/// time in UTC in 96 bits.
fn instants(metadata: &ParquetMetaData, count: usize) -> Vec<usize> {
    let schema = metadata.file_metadata().schema_descr();
    let is_instant = |place: &usize| {
        let field = &schema.root_schema().get_fields()[*place];
        field.is_primitive() && field.get_physical_type() == Type::INT96
    };
    (0..count).filter(is_instant).collect()
}

/// Refuses columns with an unsupported compression.
fn refuse_packed(metadata: &ParquetMetaData) -> Result<(), InputProblem> {
    let mut columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let is_unknown = |packing| matches!(packing, Compression::BROTLI(_) | Compression::LZO);
    if columns.any(|column| is_unknown(column.compression())) {
        return Err(InputProblem::Refused(
            "a Parquet file compressed with Brotli or LZO, which are not read",
            "write it with zstd or Snappy",
        ));
    }
    Ok(())
}

/// Classifies an error. Its message is dropped, since it may show a value.
fn unreadable(error: &ParquetError) -> InputProblem {
    if error.to_string().contains("encrypt") {
        return InputProblem::Refused("an encrypted Parquet file", "decrypt it");
    }
    damaged()
}

fn damaged() -> InputProblem {
    let text = "the Parquet file is damaged or cut off, or has something that is not read";
    std::io::Error::new(std::io::ErrorKind::InvalidData, text).into()
}
