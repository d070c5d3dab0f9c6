//! Arrow record batches.

use std::collections::VecDeque;

use arrow_array::{Array as _, ArrayRef, RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use arrow_select::concat::concat_batches;
use leakdex::Field;

use crate::{
    batch::{ArrayValidator, Batch, Kind, TextSize, type_name},
    columns::Names,
    error::InputProblem,
    fit::shows_as_reference,
    header::Header,
    opening::{BatchSource, Cutter, OpenInput, names_of, numbers},
    options::{Format, Options, Target},
    rows::Layout,
};

/// Record batches from any source.
pub(crate) type Batches = Box<dyn Iterator<Item = Result<RecordBatch, InputProblem>> + Send>;

/// Opens a stream.
pub(crate) fn open(
    reader: Box<dyn RecordBatchReader + Send>,
    options: &Options,
) -> Result<OpenInput, InputProblem> {
    let schema = reader.schema();
    let batches = reader.map(|batch| batch.map_err(|error| InputProblem::Batches(kind_of(&error))));
    of_batches(Format::Batches, schema, Box::new(batches), "record batches".to_owned(), options)
}

/// Opens record batches of a format. A batch with a different schema is an error.
pub(super) fn of_batches(
    format: Format,
    schema: SchemaRef,
    batches: Batches,
    reading_mode: String,
    options: &Options,
) -> Result<OpenInput, InputProblem> {
    let count = schema.fields().len();
    let (headers, names) = match names_of(options) {
        Names::Numbers => (numbers(count), Names::Numbers),
        _ => (schema.fields().iter().map(|field| field.name().clone()).collect(), Names::Keys),
    };
    let types: Vec<DataType> =
        schema.fields().iter().map(|field| field.data_type().clone()).collect();
    let rows = BatchRows {
        batches: Some(batches),
        schema,
        validator: ArrayValidator::default(),
        rest: None,
        waiting: VecDeque::new(),
    };
    let mut opening = OpenInput::of_table(
        format,
        headers,
        names,
        Cutter::Batches(Box::new(rows)),
        reading_mode,
        options,
    )?;
    opening.layout.types = types;
    refuse_types(&opening.layout)?;
    Ok(opening)
}

/// Refuses a column whose type does not fit its use. Its values would be lost or wrong.
pub(crate) fn refuse_types(layout: &Layout) -> Result<(), InputProblem> {
    for (number, data_type) in layout.types.iter().enumerate() {
        let column = &layout.columns.list[number];
        // The caller may map a reference to a field, too. If values alone show a field, no digits are missing.
        let identifier = column.identifier.filter(|&field| !shows_as_reference(field));
        let identifier = identifier.map(Target::Field);
        for target in [Some(&column.target), identifier.as_ref()].into_iter().flatten() {
            let Some(why) = type_mismatch(target, Kind::of(data_type)) else { continue };
            let target = match target {
                Target::Field(field) => field.slug(),
                _ => "id",
            };
            let (column, found) = (layout.place(number), type_name(data_type));
            return Err(InputProblem::ColumnType { column, target, found, why });
        }
    }
    Ok(())
}

/// Why a column of this type does not fit its use, and the remedy.
fn type_mismatch(target: &Target, kind: Kind) -> Option<&'static str> {
    match (target, kind) {
        (Target::Ignore | Target::Class(_), _)
        | (_, Kind::Text | Kind::Null)
        | (Target::Id, Kind::Date | Kind::Instant | Kind::Integer | Kind::Fraction)
        | (Target::Field(Field::BirthDate), Kind::Date) => None,
        (Target::Field(Field::BirthDate), Kind::Instant) => Some(
            "the day of a point in time depends on the time zone; cast it to a date in the time zone of the \
             dates",
        ),
        (_, Kind::Date | Kind::Instant) => Some("dates do not fit this field; use another column"),
        (_, Kind::Integer) => Some(
            "whole numbers have lost their leading zeros; export it as text from a source that still has the zeros",
        ),
        (_, Kind::Fraction) => Some(
            "such numbers have lost zeros and perhaps other digits; export it as text from a source that \
             still has them",
        ),
        (_, Kind::Bytes) => Some("bytes are not always text; cast it to text"),
        (_, Kind::Nested) => {
            Some("nested values are not read; move their text to a column of its own")
        }
        (_, Kind::Other) => Some("it has no text; use another column"),
    }
}

/// The kind of an error. Its full text may contain values.
fn kind_of(error: &ArrowError) -> &'static str {
    match error {
        ArrowError::ExternalError(_) => "an error of its source",
        ArrowError::IoError(..) => "an error of reading",
        ArrowError::MemoryError(_) => "too little memory",
        ArrowError::CDataInterface(_) => "an error of the producer behind the C data interface",
        ArrowError::IpcError(_) | ArrowError::ParquetError(_) => "damaged data",
        ArrowError::NotYetImplemented(_) => "something that is not supported",
        _ => "invalid data",
    }
}

/// Validates record batches and cuts them into blocks. The blocks do not depend on how the batches are split.
struct BatchRows {
    /// `None` after an error or the end.
    batches: Option<Batches>,
    schema: SchemaRef,
    validator: ArrayValidator,
    /// The last batch, and the next row in it.
    rest: Option<(RecordBatch, TextSize, usize)>,
    /// Blocks that are ready.
    waiting: VecDeque<Batch>,
}

/// Small batches are joined up to this size in memory.
const MAX_JOINED: usize = 16 << 20;

impl BatchSource for BatchRows {
    fn next_batch(&mut self, size: usize) -> Result<Option<Batch>, InputProblem> {
        if let Some(batch) = self.waiting.pop_front() {
            return Ok(Some(batch));
        }
        let (mut pieces, mut bytes) = (Vec::new(), 0);
        let mut memory = 0;
        while bytes < size && memory < MAX_JOINED {
            let Some((batch, text, start)) = self.take_rest()? else { break };
            let (count, is_full) = text.rows_for(start, size - bytes);
            let rows = batch.slice(start, count);
            bytes += text.size_before(start + count) - text.size_before(start);
            if start + count < batch.num_rows() {
                self.rest = Some((batch, text, start + count));
            }
            if !is_full || !pieces.is_empty() {
                memory += memory_of(&rows);
            }
            pieces.push(rows);
        }
        match &pieces[..] {
            [] => return Ok(None),
            [_] => {}
            _ => {
                // Joining fails if the dictionaries of the batches have too many values together.
                if let Ok(rows) = concat_batches(&self.schema, &pieces) {
                    pieces = vec![rows];
                }
            }
        }
        let mean = bytes.div_ceil(pieces.iter().map(RecordBatch::num_rows).sum::<usize>().max(1));
        let batches = pieces.into_iter().map(|rows| Batch { size: mean * rows.num_rows(), rows });
        self.waiting.extend(batches);
        Ok(self.waiting.pop_front())
    }
}

/// The approximate size of a copy of the rows, in bytes. Text in views and dictionaries is not copied.
fn memory_of(rows: &RecordBatch) -> usize {
    let memory = |array: &ArrayRef| {
        let size = match array.data_type() {
            DataType::Utf8View | DataType::BinaryView | DataType::Dictionary(..) => None,
            _ => array.to_data().get_slice_memory_size().ok(),
        };
        size.unwrap_or(array.len() * size_of::<u128>())
    };
    rows.columns().iter().map(memory).fold(0, usize::saturating_add)
}

impl BatchRows {
    /// The current batch from its next row on.
    fn take_rest(&mut self) -> Result<Option<(RecordBatch, TextSize, usize)>, InputProblem> {
        if self.rest.is_some() {
            return Ok(self.rest.take());
        }
        let batch = self.next_filled()?;
        Ok(batch.map(|batch| {
            let size = TextSize::of(&batch);
            (batch, size, 0)
        }))
    }

    /// Reads and validates the next batch that has rows.
    fn next_filled(&mut self) -> Result<Option<RecordBatch>, InputProblem> {
        let Some(batches) = &mut self.batches else { return Ok(None) };
        let next = batches.find(|batch| !batch.as_ref().is_ok_and(|batch| batch.num_rows() == 0));
        let sound = match next {
            Some(Ok(batch)) => self.sound(batch).map(Some),
            Some(Err(problem)) => Err(problem),
            None => Ok(None),
        };
        if !matches!(sound, Ok(Some(_))) {
            self.batches = None;
        }
        sound
    }

    fn sound(&mut self, batch: RecordBatch) -> Result<RecordBatch, InputProblem> {
        let (fields, all) = (batch.schema_ref().fields(), self.schema.fields());
        let is_same = fields.len() == all.len()
            && fields.iter().zip(all).all(|(item, field)| {
                item.name() == field.name() && item.data_type() == field.data_type()
            });
        if !is_same {
            return Err(InputProblem::OtherSchema);
        }
        for (number, array) in batch.columns().iter().enumerate() {
            if !self.validator.is_sound(number, array) {
                let name = self.schema.field(number).name().clone();
                let column = Header::new(name, Some(number + 1)).to_string();
                return Err(InputProblem::InvalidArray(column));
            }
        }
        Ok(batch)
    }
}
