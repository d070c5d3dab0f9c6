//! People for the tests, and streams of them.

use std::sync::Arc;

use leakdex::{Breach, IndexBuilder, IndexSet, Key, Record};
use leakdex_arrow::{
    Batches, Error, Options, Verdicts,
    arrow_array::{
        Array as _, ArrayRef, RecordBatch, RecordBatchIterator, StringArray, cast::AsArray as _,
    },
    arrow_schema::{ArrowError, Field, Schema},
    check,
};

/// An index of some people, and of 40 others with e-mail addresses.
pub fn indexes() -> Arc<IndexSet> {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let mut builder = IndexBuilder::new(&key, Breach::named("portal").expect("a name"));
    let mut records = vec![
        Record::new().email("m.muster@example.de").kvnr("A123456780"),
        Record::new().last_name("Müller").first_name("Eva").birth_date("1970-02-01"),
        Record::new().phone("0171 1234567"),
    ];
    records.extend((0..40).map(|number| Record::new().email(&format!("x{number}@example.de"))));
    for record in records {
        let _ = builder.add(&record).expect("added");
    }
    Arc::new(IndexSet::new(vec![builder.build().expect("built")]).expect("one index"))
}

/// A column of strings. An empty string becomes a null.
pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> ArrayRef {
    let some = |text: &'a str| (!text.is_empty()).then_some(text);
    Arc::new(texts.into_iter().map(some).collect::<StringArray>())
}

/// A batch of these columns.
pub fn batch<'a>(columns: impl IntoIterator<Item = (&'a str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter();
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array))
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("columns of one length")
}

/// A stream of batches.
pub fn stream(batches: Vec<RecordBatch>) -> Batches {
    stream_of(batches.into_iter().map(Ok).collect())
}

/// A stream of batches and errors that begins with a batch.
pub fn stream_of(batches: Vec<Result<RecordBatch, ArrowError>>) -> Batches {
    let schema = batches[0].as_ref().expect("a batch").schema();
    Box::new(RecordBatchIterator::new(batches, schema))
}

/// The result batches and the verdicts of a check that succeeds.
pub fn run_check(members: Batches, options: &Options) -> (Vec<RecordBatch>, Verdicts) {
    run_check_against(indexes(), members, options)
}

/// The same against these indexes.
pub fn run_check_against(
    indexes: Arc<IndexSet>,
    members: Batches,
    options: &Options,
) -> (Vec<RecordBatch>, Verdicts) {
    let mut verdicts = check(indexes, members, options).expect("the columns can be used");
    let mut batches = Vec::new();
    while let Some(batch) = verdicts.next_batch().expect("the stream ends well") {
        batches.push(batch);
    }
    (batches, verdicts)
}

pub fn start_check(members: Batches, options: &Options) -> Result<Verdicts, Error> {
    check(indexes(), members, options)
}

/// The texts of a column in all batches; `-` for a null.
pub fn column(batches: &[RecordBatch], name: &str) -> Vec<String> {
    let text = |batch: &RecordBatch| {
        let array = batch.column_by_name(name).expect("there is such a column").clone();
        let texts = array.as_string::<i32>().clone();
        (0..texts.len())
            .map(
                |row| if texts.is_null(row) { "-".to_owned() } else { texts.value(row).to_owned() },
            )
            .collect::<Vec<_>>()
    };
    batches.iter().flat_map(text).collect()
}
