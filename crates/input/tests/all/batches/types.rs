//! Columns of all types.

use arrow_array::{
    BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Float16Array,
    Float64Array, Int32Array, Int64Array, LargeBinaryArray, ListArray, NullArray, RunArray,
    StructArray, Time32SecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt8Array,
    types::{ArrowPrimitiveType, Float16Type, Int32Type, UInt64Type},
};

use arrow_buffer::OffsetBuffer;
use arrow_schema::DataType;

use super::*;

/// The 4th of March 1970, in days since 1970 began.
const DAY: i32 = 62;

const SECONDS: i64 = 62 * 24 * 60 * 60;

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

/// The rows of a table with a name and this date of birth.
fn rows_with_date(date: ArrayRef) -> Vec<String> {
    let (last, first) = (texts(&vec!["Muster"; date.len()]), texts(&vec!["Eva"; date.len()]));
    let columns = [("last_name", last), ("first_name", first), ("birth_date", date)];
    read(stream(&columns, 1000, &Options::default()).expect("a table")).rows
}

#[test]
fn dates_and_times_without_a_time_zone_are_dates_of_birth() {
    let evening = SECONDS + 23 * 60 * 60 + 5 * 60 + 7;
    for date in [
        array(Date32Array::from(vec![Some(DAY), None])),
        array(Date64Array::from(vec![Some(SECONDS * 1000), None])),
        array(TimestampSecondArray::from(vec![Some(SECONDS), None])),
        array(TimestampMillisecondArray::from(vec![Some(SECONDS * 1000), None])),
        array(TimestampMicrosecondArray::from(vec![Some(SECONDS * 1_000_000), None])),
        array(TimestampNanosecondArray::from(vec![Some(SECONDS * 1_000_000_000), None])),
    ] {
        let rows = rows_with_date(date);
        assert_eq!(
            rows[0].trim(),
            "last-name=Ok(\"Muster\") first-name=Ok(\"Eva\") birth-date=Ok(\"1970-03-04\")"
        );
        assert_eq!(
            rows[1].trim(),
            "last-name=Ok(\"Muster\") first-name=Ok(\"Eva\") birth-date=Ok(\"\")"
        );
    }
    let rows = rows_with_date(array(TimestampSecondArray::from(vec![evening])));
    assert!(rows[0].contains("\"1970-03-04 23:05:07\""), "{}", rows[0]);
    // Each number has a text form. The rules decide whether it is a valid date.
    let rows = rows_with_date(array(Date32Array::from(vec![i32::MIN, i32::MAX, 0])));
    assert!(rows[2].contains("\"1970-01-01\""), "{}", rows[2]);
    rows_with_date(array(TimestampSecondArray::from(vec![i64::MIN, i64::MAX, -1])));
}

#[test]
fn a_dictionary_of_dates_with_64_bit_keys_is_read() {
    let values = array(Date32Array::from(vec![Some(DAY), None]));
    let keys = arrow_array::PrimitiveArray::<UInt64Type>::from(vec![Some(1), Some(0), None]);
    let rows = rows_with_date(array(DictionaryArray::new(keys, values)));
    assert!(
        rows[1].contains("\"1970-03-04\"") && rows[0].contains("\"\"") && rows[2].contains("\"\"")
    );
}

#[test]
fn references_may_be_numbers() {
    let mails = || texts(&["a@b.de", "c@d.de"]);
    let half = <Float16Type as ArrowPrimitiveType>::Native::from_f32;
    let ids: [(ArrayRef, [&str; 2]); 6] = [
        (array(Int64Array::from(vec![Some(-7), None])), ["-7", ""]),
        (array(UInt8Array::from(vec![0, 255])), ["0", "255"]),
        (
            array(
                Decimal128Array::from(vec![12, 7]).with_precision_and_scale(10, 0).expect("fits"),
            ),
            ["12", "7"],
        ),
        (array(Float16Array::from(vec![half(1.5), half(2e4)])), ["1.5", "2E4"]),
        (array(Float64Array::from(vec![1.0, 2e20])), ["1", "2E20"]),
        (array(Date32Array::from(vec![0, DAY])), ["1970-01-01", "1970-03-04"]),
    ];
    for (id, expected) in ids {
        let columns = [("id", id), ("email", mails())];
        let rows = read(stream(&columns, 1000, &Options::default()).expect("a table")).rows;
        let found: Vec<&str> =
            rows.iter().map(|row| row.split(' ').next().unwrap_or_default()).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_field_of_another_type_is_refused_with_its_column_its_type_and_a_remedy() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)]), None]);
    let instant = TimestampSecondArray::from(vec![0, 1]).with_timezone("UTC");
    let numbers = || array(Int64Array::from(vec![1067, 99_084]));
    for (name, values, expected) in [
        (
            "plz",
            numbers(),
            "'plz' (column 2) is used as postal-code, but its type is Int64: whole numbers have lost their leading zeros; export it as text",
        ),
        (
            "telefon",
            array(Float64Array::from(vec![1.0, 2.0])),
            "phone, but its type is Float64: such numbers",
        ),
        (
            "nachname",
            array(BinaryArray::from_vec(vec![b"a", b"b"])),
            "last-name, but its type is Binary: bytes are not always text; cast",
        ),
        (
            "vorname",
            array(list),
            "first-name, but its type is List: nested values are not read; move",
        ),
        (
            "geburtsdatum",
            array(instant),
            "birth-date, but its type is Timestamp with a time zone: the day of a point in time",
        ),
        ("geburtsdatum", numbers(), "birth-date, but its type is Int64"),
        ("kvnr", array(Date32Array::from(vec![1, 2])), "kvnr, but its type is Date32: dates"),
        (
            "name",
            array(BooleanArray::from(vec![true, false])),
            "name, but its type is Boolean: it has no text",
        ),
        ("id", array(BinaryArray::from_vec(vec![b"a", b"b"])), "id, but its type is Binary"),
    ] {
        let columns = [("email", texts(&["a@b.de", "c@d.de"])), (name, values)];
        let error = refused(&columns, &Options::default());
        assert!(error.contains(expected), "{error}");
        let ignored = vec![format!("{name}=ignore").parse().expect("well formed")];
        let options = Options { columns: ignored, ..Options::default() };
        read(stream(&columns, 1000, &options).expect("it is ignored"));
    }
    // The same holds for a column that the caller maps.
    let mapped = vec!["x=postal-code".parse().expect("well formed")];
    let options = Options { columns: mapped, ..Options::default() };
    let error = refused(&[("x", numbers()), ("email", texts(&["a@b.de", "c@d.de"]))], &options);
    assert!(error.contains("'x' (column 1) is used as postal-code"), "{error}");
    let both = ["x=id", "x=phone"].map(|mapping| mapping.parse().expect("well formed"));
    let options = Options { columns: both.into(), only_mapped: true, ..Options::default() };
    let error = refused(&[("x", numbers()), ("email", texts(&["a@b.de", "c@d.de"]))], &options);
    assert!(error.contains("'x' (column 1) is used as phone"), "{error}");
}

#[test]
fn unused_columns_of_other_types_are_judged_by_their_text() {
    let count = 40;
    let numbers = (0..i64::from(count)).map(|number| 1_000 + number);
    let mails: Vec<String> = (0..count).map(|number| format!("p{number}@example.de")).collect();
    let list =
        ListArray::from_iter_primitive::<Int32Type, _, _>((0..count).map(|_| Some([Some(1)])));
    let columns = [
        ("kvnr", texts(&vec!["A123456780"; mails.len()])),
        ("zahl", array(Int64Array::from_iter_values(numbers.map(|number| number * 10 + 10_000)))),
        ("roh", array(LargeBinaryArray::from_iter_values(&mails))),
        ("uhr", array(Time32SecondArray::from(vec![1; mails.len()]))),
        ("liste", array(list)),
        ("nichts", array(NullArray::new(mails.len()))),
        ("passwort", array(BooleanArray::from(vec![true; mails.len()]))),
    ];
    let reading = read(stream(&columns, 7, &Options::default()).expect("a table"));
    let description = reading.described.join("\n");
    assert!(
        description.contains(
            "'roh' (column 3) is not used, but 40 of its first 40 values look like email"
        ),
        "{description}"
    );
    assert!(
        description.contains(
            "'zahl' (column 2) is not used, but 40 of its first 40 values look like postal-code"
        ),
        "{description}"
    );
    assert!(description.contains("'liste' is nested too deeply to be read"), "{description}");
    assert!(
        !description.contains("question: memory: 'uhr'")
            && !description.contains("question: memory: 'nichts'"),
        "{description}"
    );
    assert!(reading.rows[0].ends_with("passwords"), "{}", reading.rows[0]);
    let nested =
        reading.unused.iter().find(|unused| unused.contains("liste")).expect("it is unused");
    assert!(nested.contains("is_nested: true"), "{nested}");
}

#[test]
fn unused_nested_columns_show_what_their_texts_look_like() {
    let mails: Vec<String> = (0..40).map(|number| format!("p{number}@example.de")).collect();
    let mail = || array(StringArray::from(mails.clone()));
    let field = || Arc::new(ArrowField::new("e", DataType::Utf8, true));
    let list = ListArray::new(field(), OffsetBuffer::from_lengths([1; 40]), mail(), None);
    let keys = Int32Array::from_iter_values(0..40);
    let columns = [
        ("kvnr", texts(&["A123456780"; 40])),
        ("liste", array(list)),
        ("objekt", array(StructArray::from(vec![(field(), mail())]))),
        ("lauf", array(mails.iter().map(|mail| Some(&**mail)).collect::<RunArray<Int32Type>>())),
        (
            "wort",
            array(DictionaryArray::new(keys.clone(), array(DictionaryArray::new(keys, mail())))),
        ),
    ];
    let reading = read(stream(&columns, 7, &Options::default()).expect("a table"));
    assert_eq!(reading.unused.len(), 4);
    for unused in reading.unused {
        let is_email = unused.contains("looks_like: Some(Email)") && unused.contains("fitting: 40");
        assert!(is_email && unused.contains("is_nested: true"), "{unused}");
    }
}
