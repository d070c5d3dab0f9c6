//! Arbitrary bytes as the buffers of arrays, as another program may hand them over: they are refused, or give the
//! same rows however the stream is split.
//!
//! The first byte of an input chooses the type, the second the number of rows, and the third the size of the
//! batches.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator, StringArray, make_array};
use arrow_buffer::Buffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use leakdex_input::{Input, Options};

/// Checks the promises for arrays with these bytes.
pub fn check(data: &[u8]) {
    let [mode, rows, chunk, data @ ..] = data else { return };
    let (rows, chunk) = (usize::from(*rows % 64) + 1, usize::from(*chunk) + 1);
    let array = array(*mode, rows, data);
    let whole = read(&array, rows);
    let split = read(&array, chunk);
    // A fault in the whole batch is a fault in the smaller batch with its row.
    assert_eq!(whole, split, "batches of {chunk} rows");
    if let Ok(found) = whole {
        assert_eq!(found.len(), rows);
    }
}

/// An array that was not validated. Its buffers are as long as its rows need. Everything else may be wrong.
fn array(mode: u8, rows: usize, data: &[u8]) -> ArrayRef {
    let mut bytes = data.iter().copied().chain(std::iter::repeat(0));
    let mut take = |count: usize| -> Vec<u8> { bytes.by_ref().take(count).collect() };
    let nulls = (mode & 0x80 != 0).then(|| Buffer::from_vec(take(rows.div_ceil(8))));
    let dictionary = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let (data_type, width) = match mode % 8 {
        0 | 7 => (DataType::Utf8, 0),
        1 => (DataType::LargeUtf8, 0),
        2 => (DataType::Utf8View, 16),
        3 => (dictionary, 1),
        4 => (DataType::Date32, 4),
        5 => (DataType::Timestamp(TimeUnit::Second, None), 8),
        _ => (DataType::Int64, 8),
    };
    let mut buffers = Vec::new();
    let mut child = Vec::new();
    match &data_type {
        DataType::Utf8 | DataType::LargeUtf8 => {
            // Each offset comes from one byte, so that some are valid.
            let offsets = take(rows + 1);
            let offset = |byte: &u8| if *byte == 0xFF { -1 } else { i32::from(*byte) };
            let mut offsets: Vec<i32> = offsets.iter().map(offset).collect();
            if mode & 0x40 != 0 {
                offsets.sort_unstable();
            }
            buffers.push(if data_type == DataType::Utf8 {
                Buffer::from_vec(offsets)
            } else {
                Buffer::from_vec(offsets.into_iter().map(i64::from).collect())
            });
            buffers.push(Buffer::from_vec(take(256)));
        }
        DataType::Utf8View => {
            let views = take(rows * width);
            let view = |view: &[u8]| u128::from_le_bytes(view.try_into().expect("16 bytes"));
            buffers.push(Buffer::from_vec(views.chunks(16).map(view).collect()));
            buffers.push(Buffer::from_vec(take(256)));
        }
        DataType::Dictionary(..) => {
            buffers.push(Buffer::from_vec(take(rows)));
            child.push(StringArray::from(vec!["a@b.de", "c@d.de", ""]).into());
        }
        DataType::Date32 => {
            let days = take(rows * width);
            let day = |day: &[u8]| i32::from_le_bytes(day.try_into().expect("4 bytes"));
            buffers.push(Buffer::from_vec(days.chunks(4).map(day).collect()));
        }
        _ => {
            let numbers = take(rows * width);
            let number = |number: &[u8]| i64::from_le_bytes(number.try_into().expect("8 bytes"));
            buffers.push(Buffer::from_vec(numbers.chunks(8).map(number).collect()));
        }
    }
    let builder = ArrayData::builder(data_type).len(rows).null_bit_buffer(nulls);
    let builder = builder.buffers(buffers).child_data(child);
    // SAFETY: the array may be invalid, like one from the C data interface. The reader validates it before use.
    #[expect(unsafe_code, reason = "arrays of other programs are not checked either")]
    make_array(unsafe { builder.build_unchecked() })
}

/// The result of each row, or the message of the error.
fn read(array: &ArrayRef, chunk: usize) -> Result<Vec<String>, String> {
    let name = match array.data_type() {
        DataType::Date32 | DataType::Timestamp(..) => "birth_date",
        DataType::Int64 => "id",
        _ => "email",
    };
    let names: ArrayRef = Arc::new(StringArray::from(vec!["Muster"; array.len()]));
    let fields = vec![
        Field::new(name, array.data_type().clone(), true),
        Field::new("last_name", DataType::Utf8, false),
        Field::new("plz", DataType::Utf8, false),
    ];
    let schema = Arc::new(Schema::new(fields));
    let columns = vec![Arc::clone(array), Arc::clone(&names), names];
    let whole =
        RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|error| error.to_string())?;
    let batches: Vec<_> = (0..whole.num_rows())
        .step_by(chunk)
        .map(|start| Ok(whole.slice(start, chunk.min(whole.num_rows() - start))))
        .collect();
    let stream = Box::new(RecordBatchIterator::new(batches, schema));
    let message = |error: leakdex_input::InputError| error.to_string();
    let mut input = Input::of_batches("fuzz", stream, &Options::default()).map_err(message)?;
    let (layout, mut rows) = (input.layout(), Vec::new());
    while let Some(block) = input.next_block().map_err(message)? {
        let before = rows.len();
        let count = layout.rows(&block, |share| {
            for row in 0..share.len() {
                let columns = share.columns().columns().iter();
                let values: Vec<_> = columns.map(|column| column.text(row)).collect();
                rows.push(format!("{} {values:?}", share.id(row)));
            }
        });
        assert_eq!(u64::try_from(rows.len() - before), Ok(count), "each row is counted once");
    }
    Ok(rows)
}
