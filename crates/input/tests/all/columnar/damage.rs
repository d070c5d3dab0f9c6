//! Files that are damaged or cut off, or state sizes that are too large.

use super::*;

/// Whether this is one of the errors that a damaged file may give.
fn is_clear(error: &str) -> bool {
    [
        "is damaged",
        "without its end marker",
        "invalid offsets",
        "there are columns, but no rows",
        "failed to fill",
    ]
    .iter()
    .any(|words| error.contains(words))
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_an_error() {
    let table = people(300);
    for (name, bytes) in [
        ("parquet", parquet(&table, groups_of(100))),
        ("file", arrow_file(&table, 100, None)),
        ("stream", arrow_stream(&table, 100, None)),
    ] {
        for length in (9..bytes.len()).step_by(7) {
            let error = of_bytes(&bytes[..length]);
            let error = error.map(|(rows, ..)| rows.len()).expect_err(name);
            // A stream that is too short is not recognised as one.
            assert!(is_clear(&error) || length < 600, "{name} cut to {length}: {error}");
        }
    }
}

#[test]
fn a_stream_without_its_end_marker_is_an_error() {
    let bytes = arrow_stream(&people(300), 100, None);
    // The last eight bytes are the end marker.
    let error = of_bytes(&bytes[..bytes.len() - 8]).expect_err("it may be cut off");
    assert!(error.contains("without its end marker, so record batches may be missing"), "{error}");
    let two = [bytes.clone(), bytes].concat();
    let error = of_bytes(&two).expect_err("a second stream would be lost");
    assert!(error.contains("something after its end"), "{error}");
}

/// Where the footer of an Arrow file begins. Its length and six letters follow it.
fn footer_at(bytes: &[u8]) -> usize {
    let place = bytes.len() - 10;
    let length = bytes[place..place + 4].try_into().expect("four bytes");
    place - u32::from_le_bytes(length) as usize
}

#[test]
fn an_arrow_file_that_lacks_a_record_batch_is_an_error() {
    let table = people(300);
    let whole = arrow_file(&table, 100, None);
    let fewer = arrow_file(&table.slice(0, 200), 100, None);
    // The footer of the whole file, after fewer record batches.
    let body = &fewer[..footer_at(&fewer)];
    let footer = &whole[footer_at(&whole)..];
    let error = of_bytes(&[body, footer].concat()).expect_err("a record batch is missing");
    assert!(error.contains("is damaged"), "{error}");
}

#[test]
fn a_footer_that_does_not_list_each_record_batch_once_is_an_error() {
    let table = people(600);
    let bytes = arrow_file(&table, 100, None);
    assert_eq!(of_bytes(&bytes).expect("readable").0.len(), 600);
    let footer = footer_at(&bytes);
    // The footer has the number of record batches, and then 24 bytes for each of them.
    let of_batch = |place: usize| {
        let offset = bytes[place + 4..place + 12].try_into().expect("eight bytes");
        let start = usize::try_from(u64::from_le_bytes(offset)).unwrap_or(usize::MAX);
        bytes.get(start..).is_some_and(|rest| rest.starts_with(&[0xFF; 4]))
    };
    let places = (footer..bytes.len() - 160)
        .filter(|&place| bytes[place..place + 4] == 6_u32.to_le_bytes() && of_batch(place));
    let places: Vec<usize> = places.collect();
    assert_eq!(places.len(), 1, "{places:?}");
    for fewer in 0..6 {
        let mut changed = bytes.clone();
        changed[places[0]] = fewer;
        let error = of_bytes(&changed).map(|(rows, ..)| rows.len()).expect_err("rows are lost");
        assert!(error.contains("is damaged"), "{fewer}: {error}");
    }
    // The first record batch twice, and not the second.
    let mut changed = bytes.clone();
    changed.copy_within(places[0] + 4..places[0] + 28, places[0] + 28);
    let error = of_bytes(&changed).map(|(rows, ..)| rows.len()).expect_err("rows are lost");
    assert!(error.contains("is damaged"), "{error}");
}

#[test]
fn two_files_in_one_are_an_error() {
    let (one, two) = (people(300), people(2000));
    for (name, one, two) in [
        ("file", arrow_file(&one, 100, None), arrow_file(&two, 100, None)),
        ("parquet", parquet(&one, groups_of(100)), parquet(&two, groups_of(500))),
    ] {
        for both in [[one.clone(), two.clone()], [two.clone(), one.clone()], [one.clone(), one]] {
            let read = of_bytes(&both.concat()).map(|(rows, ..)| rows.len());
            let error = read.expect_err("the rows of a file are lost");
            assert!(
                error.contains("is damaged") || error.contains("concatenation"),
                "{name}: {error}"
            );
        }
    }
}

#[test]
fn the_checksums_of_pages_are_verified() {
    // pyarrow wrote this file, with checksums and without a dictionary.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/columnar");
    let bytes = std::fs::read(folder.join("checksums.parquet")).expect("it is there");
    // In the page, the length of each value precedes the value.
    let mails = b"a@example.de\x0C\0\0\0c@example.de";
    let place = bytes.windows(mails.len()).position(|text| text == mails).expect("in the clear");
    assert_eq!(of_bytes(&bytes).expect("readable").0.len(), 3);
    let mut changed = bytes;
    changed[place] ^= 2;
    let error = of_bytes(&changed).expect_err("a value was changed");
    assert!(error.contains("is damaged"), "{error}");
}

#[test]
fn a_parquet_file_whose_footer_falsely_claims_no_rows_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = parquet(&people(300), groups_of(300));
    let whole = file(folder.path(), "whole.parquet", &bytes);
    assert_eq!(leakdex_input::parquet_rows(&whole), Some(300));
    let footer = bytes.len() - 8;
    let length = bytes[footer..footer + 4].try_into().expect("four bytes");
    let start = footer - u32::from_le_bytes(length) as usize;
    // The 300 rows of the file, as a number of Thrift.
    let place =
        start + bytes[start..].windows(2).position(|item| item == [0xD8, 0x04]).expect("300");
    let mut changed = bytes;
    changed[place..place + 2].copy_from_slice(&[0x80, 0x00]);
    let changed = file(folder.path(), "changed.parquet", &changed);
    assert_eq!(leakdex_input::parquet_rows(&changed), None, "its rows would be passed over");
    let error = open(&changed, &Options::default()).expect_err("rows are lost");
    assert!(error.contains("is damaged"), "{error}");
    let empty = file(folder.path(), "empty.parquet", &parquet(&people(0), groups_of(3)));
    assert_eq!(leakdex_input::parquet_rows(&empty), Some(0));
}

#[test]
fn no_changed_byte_causes_a_panic() {
    let table = people(40);
    for bytes in [
        parquet(&table, groups_of(20)),
        arrow_file(&table, 20, None),
        arrow_stream(&table, 20, Some(CompressionType::LZ4_FRAME)),
    ] {
        for place in (4..bytes.len()).step_by(13) {
            for value in [0, 0x7F, 0xFF] {
                let mut changed = bytes.clone();
                changed[place] = value;
                // Without checksums, some changes only alter a value, which is not an error.
                let _ = of_bytes(&changed);
            }
        }
    }
}

#[test]
fn a_long_text_in_many_rows_takes_no_memory_for_each_of_them() {
    // The file is small, but has 2.6 GB when it is unpacked.
    let count = 65_536;
    let text = "x".repeat(40_000);
    let letters: DictionaryArray<Int32Type> = std::iter::repeat_n(Some(&*text), count).collect();
    let mails: ArrayRef = Arc::new(StringArray::from(vec!["a@b.de"; count]));
    let table =
        RecordBatch::try_from_iter([("email", mails), ("brief", Arc::new(letters) as ArrayRef)]);
    let bytes = parquet(&table.expect("a table"), groups_of(count));
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    let mut input = Input::of_bytes(bytes, &Options::default()).expect("readable");
    let block = input.next_block().expect("readable").expect("there are rows");
    let memory = block.batch().expect("it has arrays").get_array_memory_size();
    assert!(memory < 16 << 20, "{memory}");
}

#[test]
fn the_error_for_an_encrypted_file_says_that_it_is_encrypted() {
    let mut bytes = parquet(&people(10), groups_of(10));
    let length = bytes.len();
    bytes[length - 4..].copy_from_slice(b"PARE");
    let error = of_bytes(&bytes).expect_err("encrypted");
    assert!(error.contains("is an encrypted Parquet file; decrypt it"), "{error}");
}

#[test]
fn a_message_that_claims_to_be_long_is_an_error() {
    // A stream that announces a message of 2 GiB, and has no byte of it.
    let bytes = arrow_stream(&people(300), 100, None);
    let metadata = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes")) as usize + 8;
    let mut promise = bytes[..metadata].to_vec();
    promise.extend([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]);
    let error = of_bytes(&promise).expect_err("there is no such message");
    assert!(is_clear(&error), "{error}");
}
