//! Parquet files, and Arrow files and streams.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Int64Array, LargeStringArray, ListArray, RecordBatch,
    RecordBatchOptions, RecordBatchWriter, StringArray, StringViewArray, StructArray,
    TimestampMicrosecondArray,
    types::{Int8Type, Int32Type},
};
use arrow_ipc::{
    CompressionType,
    writer::{FileWriter, IpcWriteOptions, StreamWriter},
};
use arrow_schema::{DataType, Field as ArrowField, Schema};
use leakdex_input::{Format, Input, Options};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, GzipLevel, ZstdLevel},
    file::properties::WriterProperties,
};
use sha2::{Digest as _, Sha256};

mod damage;
mod others;

/// Rows as text, the unused columns, and the description without its first line.
type Read = (Vec<String>, Vec<String>, Vec<String>);

fn read(input: Input) -> Result<Read, String> {
    let read = super::batches::try_read(input).map_err(|error| error.to_string())?;
    Ok((read.rows, read.unused, read.described))
}

fn open(path: &Path, options: &Options) -> Result<Read, String> {
    read(Input::open(path, options).map_err(|error| error.to_string())?)
}

fn of_bytes(bytes: &[u8]) -> Result<Read, String> {
    let input = Input::of_bytes(bytes.to_vec(), &Options::default());
    read(input.map_err(|error| error.to_string())?)
}

/// A table of this many people.
fn people(count: i64) -> RecordBatch {
    let texts = |text: fn(i64) -> String| (0..count).map(text);
    let mails = texts(|number| format!("person.{number}@example.de")).collect::<Vec<_>>();
    let names = ["Müller", "Weiß", "Yılmaz"].into_iter().cycle().take(mails.len());
    let dates = (0..count)
        .map(|number| (number % 11 > 0).then(|| i32::try_from(number % 9000).unwrap_or(0)));
    let columns: [(&str, ArrayRef); 6] = [
        ("member_id", Arc::new(Int64Array::from_iter_values(0..count))),
        ("last_name", Arc::new(names.map(Some).collect::<DictionaryArray<Int8Type>>())),
        ("birth_date", Arc::new(dates.collect::<Date32Array>())),
        (
            "plz",
            Arc::new(LargeStringArray::from_iter_values(texts(|number| {
                format!("{:05}", number % 99_999)
            }))),
        ),
        ("contact", Arc::new(StringViewArray::from_iter_values(&mails))),
        ("note", Arc::new(StringArray::from(vec![None::<&str>; mails.len()]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .expect("a table")
}

/// The reading of the same table as a record batch in memory.
fn in_memory(table: &RecordBatch) -> Read {
    let input = Input::of_batches(
        "memory",
        Box::new(arrow_array::RecordBatchIterator::new([Ok(table.clone())], table.schema())),
        &Options::default(),
    );
    read(input.expect("a table")).expect("readable")
}

fn parquet(table: &RecordBatch, properties: WriterProperties) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, table.schema(), Some(properties)).expect("a schema");
    writer.write(table).expect("written");
    writer.close().expect("closed");
    bytes
}

fn groups_of(rows: usize) -> WriterProperties {
    WriterProperties::builder().set_max_row_group_row_count(Some(rows)).build()
}

fn arrow_options(packing: Option<CompressionType>) -> IpcWriteOptions {
    IpcWriteOptions::default().try_with_compression(packing).expect("known")
}

fn arrow_file(table: &RecordBatch, rows: usize, packing: Option<CompressionType>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = arrow_options(packing);
    let writer = FileWriter::try_new_with_options(&mut bytes, &table.schema(), options);
    write_batches(writer.expect("a schema"), table, rows);
    bytes
}

fn arrow_stream(table: &RecordBatch, rows: usize, packing: Option<CompressionType>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = arrow_options(packing);
    let writer = StreamWriter::try_new_with_options(&mut bytes, &table.schema(), options);
    write_batches(writer.expect("a schema"), table, rows);
    bytes
}

/// Writes the table in batches of this many rows.
fn write_batches(mut writer: impl RecordBatchWriter, table: &RecordBatch, rows: usize) {
    for start in (0..table.num_rows()).step_by(rows) {
        let batch = table.slice(start, rows.min(table.num_rows() - start));
        writer.write(&batch).expect("written");
    }
    writer.close().expect("closed");
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

#[test]
fn files_of_all_kinds_are_read_as_the_same_table_in_memory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let table = people(70_000);
    let expected = in_memory(&table);
    assert_eq!(expected.0.len(), 70_000);
    assert!(expected.0[69_998].contains("postal-code=Ok(\"69998\")"), "{}", expected.0[69_998]);
    assert!(expected.2.iter().any(|line| line.contains("'contact' (column 5) is not used")));
    let packings = [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)];
    let mut files = vec![
        ("one.parquet", parquet(&table, groups_of(1 << 20))),
        ("many.parquet", parquet(&table, groups_of(1000))),
    ];
    files.extend(packings.map(|packing| ("file.arrow", arrow_file(&table, 30_000, packing))));
    files.push(("stream.arrows", arrow_stream(&table, 999, None)));
    for (name, bytes) in files {
        let (mut rows, unused, described) =
            open(&file(folder.path(), name, &bytes), &Options::default()).expect(name);
        let place =
            |line: &String| line.replace(&folder.path().join(name).display().to_string(), "memory");
        let described: Vec<String> = described.iter().map(place).collect();
        assert_eq!(described, expected.2, "{name}");
        assert_eq!(unused, expected.1, "{name}");
        assert!(rows == expected.0, "{name}");
        if name == "one.parquet" {
            rows = of_bytes(&bytes).expect(name).0;
            assert!(rows == expected.0, "{name} in memory");
        }
    }
}

#[test]
fn every_compression_that_the_usual_writers_use_is_read() {
    let table = people(500);
    let expected = in_memory(&table).0;
    for packing in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::LZ4_RAW,
        Compression::LZ4,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let properties = WriterProperties::builder().set_compression(packing).build();
        let (rows, ..) = of_bytes(&parquet(&table, properties)).expect("readable");
        assert!(rows == expected, "{packing}");
    }
}

#[test]
fn packed_files_and_files_in_archives_are_read_from_memory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let table = people(5_000);
    let expected = in_memory(&table).0;
    for (name, bytes) in [
        ("members.parquet", parquet(&table, groups_of(777))),
        ("members.arrow", arrow_file(&table, 900, None)),
    ] {
        let path = file(folder.path(), &format!("{name}.gz"), &super::vsd::gzip(&bytes));
        assert!(open(&path, &Options::default()).expect(name).0 == expected, "{name}");

        let path = folder.path().join("members.zip");
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).expect("created"));
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a file");
        archive.write_all(&bytes).expect("written");
        archive.finish().expect("closed");
        assert!(open(&path.join(name), &Options::default()).expect(name).0 == expected, "{name}");
    }
}

#[test]
fn a_given_format_is_used_and_a_wrong_one_is_an_error() {
    let table = people(10);
    let bytes = parquet(&table, groups_of(10));
    let given = |format: &str, bytes: &[u8]| {
        let format: Format = format.parse().expect("a format");
        let options = Options { format: Some(format), ..Options::default() };
        Input::of_bytes(bytes.to_vec(), &options).map_err(|error| error.to_string()).and_then(read)
    };
    assert_eq!(given("parquet", &bytes).expect("readable").0.len(), 10);
    assert_eq!(given("arrow", &arrow_stream(&table, 3, None)).expect("readable").0.len(), 10);
    for format in ["parquet", "arrow"] {
        let error = given(format, b"email\na@b.de\n").expect_err("text");
        assert!(error.contains("is damaged"), "{error}");
    }
    // A text file may begin with the same letters.
    assert_eq!(of_bytes(b"PAR1;email\n1;a@b.de\n").expect("text").0, [" email=Ok(\"a@b.de\")"]);
}

#[test]
fn the_digest_covers_the_whole_file_and_progress_nearly_reaches_its_size() {
    use std::sync::atomic::Ordering;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let table = people(70_000);
    for (name, bytes) in [
        ("a.parquet", parquet(&table, groups_of(20_000))),
        ("a.arrow", arrow_file(&table, 50_000, None)),
    ] {
        let path = file(folder.path(), name, &bytes);
        let mut input =
            Input::open(&path, &Options { digest: true, ..Options::default() }).expect("readable");
        while input.next_block().expect("readable").is_some() {
            let position = input.position().load(Ordering::Relaxed);
            assert!(Some(position) <= input.size(), "{name}");
        }
        let size = input.size().expect("it has one");
        assert!(input.position().load(Ordering::Relaxed) > size - size / 20, "{name}");
        let digest = input.hashed().expect("asked for").finish().expect("readable");
        let expected = (hex::encode(Sha256::digest(&bytes)), size);
        assert_eq!((digest.sha256, digest.bytes), expected, "{name}");
    }
}

#[test]
fn a_file_that_is_changed_meanwhile_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = parquet(&people(20_000), groups_of(6000));
    let path = file(folder.path(), "a.parquet", &bytes);
    let mut input = Input::open(&path, &Options::default()).expect("readable");
    let mut changed = bytes.clone();
    let half = changed.len() / 2;
    changed[half] ^= 0xFF;
    std::fs::write(&path, &changed).expect("written");
    let error = loop {
        match input.next_block() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the change was not noticed"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("was changed while it was read"), "{error}");
}

#[test]
fn an_input_can_be_dropped_before_its_end() {
    let bytes = parquet(&people(20_000), groups_of(1000));
    for _ in 0..20 {
        let mut input = Input::of_bytes(bytes.clone(), &Options::default()).expect("readable");
        assert!(input.next_block().expect("readable").is_some());
    }
}

#[test]
fn nested_columns_give_a_warning_and_no_column_is_lost() {
    let numbers = ListArray::from_iter_primitive::<Int32Type, _, _>(
        (0..50).map(|number| Some([Some(number)])),
    );
    let inner: ArrayRef = Arc::new(StringArray::from(vec!["a@b.de"; 50]));
    let inner_field = Arc::new(ArrowField::new("mail", DataType::Utf8, true));
    let people = StructArray::from(vec![(inner_field, inner)]);
    let emails: ArrayRef = Arc::new(StringArray::from(vec!["a@b.de"; 50]));
    let table = RecordBatch::try_from_iter([
        ("liste", Arc::new(numbers) as ArrayRef),
        ("email", emails),
        ("kontakt", Arc::new(people) as ArrayRef),
    ])
    .expect("a table");
    for bytes in [parquet(&table, groups_of(20)), arrow_file(&table, 20, None)] {
        let (rows, _, described) = of_bytes(&bytes).expect("readable");
        assert_eq!(rows.len(), 50);
        let description = described.join("\n");
        assert!(
            description.contains("'liste' is nested too deeply")
                && description.contains("'kontakt' is nested too deeply"),
            "{description}"
        );
    }
}

#[test]
fn addresses_in_texts_of_an_unused_column_raise_a_question() {
    let texts = |text: fn(i64) -> String| -> ArrayRef {
        Arc::new((0..50).map(|number| Some(text(number))).collect::<StringArray>())
    };
    let table = RecordBatch::try_from_iter([
        ("email", texts(|number| format!("b{number}@example.de"))),
        ("meta", texts(|number| format!("{{\"email\": \"a{number}@example.de\"}}"))),
    ])
    .expect("a table");
    for bytes in [parquet(&table, groups_of(20)), arrow_file(&table, 20, None)] {
        let (_, _, described) = of_bytes(&bytes).expect("readable");
        let description = described.join("\n");
        assert!(
            description.contains("50 of its first 50 values contain email beside other text"),
            "{description}"
        );
    }
}

#[test]
fn a_time_in_utc_is_not_a_date_of_birth() {
    let times = TimestampMicrosecondArray::from(vec![0; 3]).with_timezone("UTC");
    let names: ArrayRef = Arc::new(StringArray::from(vec!["Muster"; 3]));
    let columns = [("last_name", names), ("birth_date", Arc::new(times) as ArrayRef)];
    let table = RecordBatch::try_from_iter(columns).expect("a table");
    let error = of_bytes(&parquet(&table, groups_of(3))).expect_err("refused");
    assert!(error.contains("cast it to a date in the time zone"), "{error}");
}

#[test]
fn a_table_without_rows_or_columns_is_an_error() {
    let empty = people(0);
    let schema = Arc::new(Schema::empty());
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let bare = RecordBatch::try_new_with_options(schema, vec![], &options).expect("a table");
    for table in [empty, bare] {
        for bytes in [arrow_file(&table, 10, None), arrow_stream(&table, 10, None)] {
            let error = of_bytes(&bytes).expect_err("there is nobody");
            assert!(error.contains("no rows") || error.contains("no value has a name"), "{error}");
        }
    }
    let error = of_bytes(&parquet(&people(0), groups_of(3))).expect_err("there is nobody");
    assert!(error.contains("there are columns, but no rows"), "{error}");
}
