//! Streams that are damaged.

use arrow_array::{Int32Array, RecordBatchReader, make_array};
use arrow_buffer::Buffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, SchemaRef};

use super::*;

/// A stream of the given batches, valid or not.
struct Stream {
    schema: SchemaRef,
    batches: std::vec::IntoIter<Result<RecordBatch, ArrowError>>,
}

impl Iterator for Stream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next()
    }
}

impl RecordBatchReader for Stream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

fn mails(count: usize) -> RecordBatch {
    let mails = texts(&vec!["geheim@example.de"; count]);
    RecordBatch::try_from_iter([("email", mails)]).expect("a table")
}

/// Reads a stream to its end or its error.
fn outcome(batches: Vec<Result<RecordBatch, ArrowError>>) -> Result<u64, String> {
    let schema = mails(1).schema();
    let stream = Stream { schema, batches: batches.into_iter() };
    let mut input = Input::of_batches("members", Box::new(stream), &Options::default())
        .map_err(|error| error.to_string())?;
    let (layout, mut rows) = (input.layout(), 0);
    while let Some(block) = input.next_block().map_err(|error| error.to_string())? {
        rows += layout.rows(&block, |_| {});
    }
    // The stream stays at its end.
    assert!(input.next_block().expect("it ended well").is_none());
    Ok(rows)
}

#[test]
fn a_stream_that_ends_with_an_error_is_an_error_that_shows_no_value() {
    assert_eq!(outcome(vec![Ok(mails(3)), Ok(mails(0)), Ok(mails(2))]), Ok(5));
    for before in [vec![], vec![Ok(mails(30_000))]] {
        let failed = Err(ArrowError::ComputeError("geheim@example.de is no number".to_owned()));
        let error = outcome([before, vec![failed, Ok(mails(1))]].into_iter().flatten().collect());
        let error = error.expect_err("it ended with an error");
        assert!(
            error.starts_with("members: the stream of record batches ended with an error"),
            "{error}"
        );
        assert!(!error.contains("geheim"), "{error}");
    }
}

#[test]
fn a_stream_without_rows_is_reported() {
    for batches in [vec![], vec![Ok(mails(0))]] {
        let error = outcome(batches).expect_err("it has no rows");
        assert_eq!(
            error,
            "members: there are columns, but no rows; look at the export or the query"
        );
    }
}

#[test]
fn a_batch_of_other_columns_is_refused() {
    let other = [
        RecordBatch::try_from_iter([("mail", texts(&["a@b.de"]))]),
        RecordBatch::try_from_iter([("email", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]),
        RecordBatch::try_from_iter([("email", texts(&["a@b.de"])), ("x", texts(&["a@b.de"]))]),
    ];
    for batch in other {
        let error = outcome(vec![Ok(mails(1)), Ok(batch.expect("a table"))]).expect_err("refused");
        assert!(error.contains("columns of other names or types"), "{error}");
    }
}

/// An array that was not validated.
fn unchecked(
    data_type: DataType,
    length: usize,
    buffers: Vec<Buffer>,
    child: Vec<ArrayData>,
) -> ArrayRef {
    let builder = ArrayData::builder(data_type).len(length).buffers(buffers).child_data(child);
    // SAFETY: the array may be invalid, like one from the C data interface. The reader validates it before use.
    #[expect(unsafe_code, reason = "arrays from other programs are not checked either")]
    make_array(unsafe { builder.build_unchecked() })
}

#[test]
fn arrays_that_are_not_sound_are_refused() {
    let text = || Buffer::from_slice_ref(b"geheim@example.deM\xFCller");
    let offsets = |offsets: &[i32]| Buffer::from_slice_ref(offsets);
    let dictionary = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let values = || StringArray::from(vec!["geheim@example.de"]).to_data();
    let bad = [
        unchecked(DataType::Utf8, 2, vec![offsets(&[0, 24, 17]), text()], vec![]),
        unchecked(DataType::Utf8, 2, vec![offsets(&[0, 17, 24]), text()], vec![]),
        unchecked(DataType::Utf8, 2, vec![offsets(&[0, 5, 4000]), text()], vec![]),
        unchecked(dictionary.clone(), 2, vec![Buffer::from_slice_ref([0_i8, 1])], vec![values()]),
        unchecked(dictionary, 2, vec![Buffer::from_slice_ref([0_i8, -1])], vec![values()]),
    ];
    for array in bad {
        let sound = array.slice(0, 0);
        let schema = Schema::new(vec![ArrowField::new("email", array.data_type().clone(), true)]);
        let schema = Arc::new(schema);
        let batches: Vec<_> = [sound, array]
            .map(|array| RecordBatch::try_new(Arc::clone(&schema), vec![array]))
            .into_iter()
            .collect();
        let stream = Stream { schema, batches: batches.into_iter() };
        let error = Input::of_batches("members", Box::new(stream), &Options::default())
            .err()
            .expect("it is refused")
            .to_string();
        assert_eq!(
            error,
            "members: email of a record batch has invalid offsets, keys or text; correct the program that made \
             the batch"
        );
    }
}
