//! Streams that end with an error, and arrays that are not valid.

use std::sync::Arc;

use leakdex_arrow::{
    Error, Options, StreamError,
    arrow_array::{
        Array as _, ArrayRef, RecordBatchIterator, StringArray, ffi::FFI_ArrowArray,
        ffi_stream::FFI_ArrowArrayStream, make_array,
    },
    arrow_schema::{ArrowError, DataType, Field, ffi::FFI_ArrowSchema},
    batches,
};

use super::people::{batch, column, run_check, start_check, stream, stream_of, texts};

fn emails(rows: usize) -> ArrayRef {
    Arc::new(StringArray::from(vec!["m.muster@example.de"; rows]))
}

#[test]
fn a_stream_that_ends_with_an_error_gives_no_result() {
    let secret = ArrowError::CastError("cannot cast 'Erika Mustermann'".to_owned());
    let members = vec![Ok(batch([("E-Mail", emails(100_000))])), Err(secret)];
    let outcome = start_check(stream_of(members), &Options::default());
    let mut verdicts = outcome.expect("the first rows can be used");
    let error = loop {
        match verdicts.next_batch() {
            Ok(batch) => assert!(batch.is_some(), "the error is not skipped"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Stream(_)), "{error}");
    assert!(!error.to_string().contains("Mustermann"), "{error}");
    assert!(verdicts.next_batch().is_err() && verdicts.outcome().is_none());
}

#[test]
fn the_rows_of_a_c_stream_are_checked() {
    let members = batch([("E-Mail", texts(["m.muster@example.de", ""]))]);
    let schema = members.schema();
    let reader = RecordBatchIterator::new(vec![Ok(members)], schema);
    let stream = FFI_ArrowArrayStream::new(Box::new(reader));
    let members = batches(stream).expect("a stream");
    let (batches, _) = run_check(members, &Options::default());
    assert_eq!(column(&batches, "verdict"), ["affected", "indeterminate"]);
}

#[test]
fn a_released_stream_is_refused() {
    assert!(matches!(batches(FFI_ArrowArrayStream::empty()), Err(Error::Stream(_))));
}

#[test]
fn offsets_that_are_not_sound_are_refused() {
    for offsets in [[0_i32, 9, 4], [0, 4, 900], [-4, 0, 4]] {
        let data = arrow_data::ArrayData::builder(DataType::Utf8)
            .len(2)
            .add_buffer(arrow_buffer::Buffer::from_slice_ref(offsets))
            .add_buffer(arrow_buffer::Buffer::from(b"a@b.example.de"));
        // SAFETY: the array is invalid on purpose. Only the code under test reads it, and validates it first.
        #[expect(unsafe_code, reason = "a test of invalid arrays")]
        let array = make_array(unsafe { data.build_unchecked() });
        let outcome = start_check(stream(vec![batch([("E-Mail", array)])]), &Options::default());
        let error = outcome.err().expect("refused");
        assert!(matches!(error, Error::Stream(_)), "{offsets:?}: {error}");
        assert!(error.to_string().contains("E-Mail"), "{error}");
    }
}

#[test]
fn offsets_that_are_not_aligned_are_refused() {
    let short: Vec<u8> = [0_i32, 14].into_iter().flat_map(i32::to_ne_bytes).collect();
    let long: Vec<u8> = [0_i64, 14].into_iter().flat_map(i64::to_ne_bytes).collect();
    for (of, offsets) in [(DataType::Utf8, short), (DataType::LargeUtf8, long)] {
        let moved = [&[0], &offsets[..]].concat();
        let text = arrow_data::ArrayData::builder(of.clone())
            .len(1)
            .add_buffer(arrow_buffer::Buffer::from_slice_ref(moved).slice(1))
            .add_buffer(arrow_buffer::Buffer::from(b"a@b.example.de"));
        let columns = vec![Field::new("E-Mail", of.clone(), true)];
        let rows = arrow_data::ArrayData::builder(DataType::Struct(columns.into())).len(1);
        // SAFETY: the array is invalid on purpose. Only the code under test reads it, and validates it first.
        #[expect(unsafe_code, reason = "a test of invalid arrays")]
        let rows = unsafe { rows.add_child_data(text.build_unchecked()).build_unchecked() };
        let schema = FFI_ArrowSchema::try_from(rows.data_type()).expect("a schema");
        let members = leakdex_arrow::batch(FFI_ArrowArray::new(&rows), &schema);
        let error = members.expect("a table").next().expect("a batch").expect_err("refused");
        assert!(error.to_string().contains("not aligned"), "{of}: {error}");
    }
}

#[test]
fn an_empty_list_is_an_error() {
    let members = batch([("E-Mail", emails(3))]).slice(0, 0);
    assert_eq!(members.column(0).len(), 0);
    assert!(start_check(stream(vec![members]), &Options::default()).is_err());
}

#[test]
fn a_failed_stream_reports_whether_ctrl_c_was_the_cause() {
    for (text, is_interrupted) in [("cannot read 'Mustermann'", false), ("KeyboardInterrupt", true)]
    {
        let schema = batch([("E-Mail", emails(1))]).schema();
        let failing = vec![Err(ArrowError::ComputeError(text.to_owned()))];
        let reader = RecordBatchIterator::new(failing, schema);
        let mut members = batches(FFI_ArrowArrayStream::new(Box::new(reader))).expect("a stream");
        let error = members.next().expect("an error").expect_err("an error");
        assert!(!error.to_string().contains("Mustermann"), "{error}");
        let ArrowError::ExternalError(source) = error else { panic!("{error}") };
        let ended = source.downcast_ref::<StreamError>().expect("the producer ended it");
        assert_eq!(ended.is_interrupted, is_interrupted);
    }
}
