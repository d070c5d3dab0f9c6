//! Files that are damaged, cut off, or promise too much.

use super::*;

/// All that may be said of a damaged file; never a shorter list.
fn is_clear(error: &str) -> bool {
    [
        "is damaged",
        "without the mark of its end",
        "invalid offsets",
        "has columns and no rows",
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
            // Too short a stream is no stream.
            assert!(is_clear(&error) || length < 600, "{name} cut to {length}: {error}");
        }
    }
}

#[test]
fn a_stream_without_the_mark_of_its_end_is_an_error() {
    let bytes = arrow_stream(&people(300), 100, None);
    // The last eight bytes are the mark.
    let error = of_bytes(&bytes[..bytes.len() - 8]).expect_err("it may be cut off");
    assert!(
        error.contains("without the mark of its end, so that record batches may be missing"),
        "{error}"
    );
    let two = [bytes.clone(), bytes].concat();
    let error = of_bytes(&two).expect_err("a second stream would be lost");
    assert!(error.contains("something after its end"), "{error}");
}

#[test]
fn an_arrow_file_that_lacks_a_record_batch_is_an_error() {
    let table = people(300);
    let whole = arrow_file(&table, 100, None);
    let fewer = arrow_file(&table.slice(0, 200), 100, None);
    // The footer of the whole, after fewer record batches.
    let length = |bytes: &[u8]| {
        let place = bytes.len() - 10;
        u32::from_le_bytes(bytes[place..place + 4].try_into().expect("four bytes")) as usize + 10
    };
    let body = &fewer[..fewer.len() - length(&fewer)];
    let footer = &whole[whole.len() - length(&whole)..];
    let error = of_bytes(&[body, footer].concat()).expect_err("a record batch is missing");
    assert!(error.contains("is damaged"), "{error}");
}

#[test]
fn no_changed_byte_makes_a_crash() {
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
                // Without checksums, some changes are a change of a value.
                let _ = of_bytes(&changed);
            }
        }
    }
}

#[test]
fn an_encrypted_file_is_named_so() {
    let mut bytes = parquet(&people(10), groups_of(10));
    let length = bytes.len();
    bytes[length - 4..].copy_from_slice(b"PARE");
    let error = of_bytes(&bytes).expect_err("encrypted");
    assert!(error.contains("is an encrypted Parquet file; decrypt it"), "{error}");
}

#[test]
fn a_promise_of_much_takes_no_memory() {
    // A message of 2 GiB in a stream that has none of it.
    let bytes = arrow_stream(&people(300), 100, None);
    let metadata = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes")) as usize + 8;
    let mut promise = bytes[..metadata].to_vec();
    promise.extend([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]);
    let error = of_bytes(&promise).expect_err("there is no such message");
    assert!(is_clear(&error), "{error}");
}
