//! Columns that cannot be used as they are.

use std::sync::Arc;

use arrow_buffer::OffsetBuffer;
use leakdex::{DateOrder, Record};
use leakdex_arrow::{
    Error, Options, ResolvedColumns,
    arrow_array::{ArrayRef, Int64Array, ListArray, RunArray, StructArray, types::Int32Type},
    arrow_schema::{DataType, Field},
    push_birth_date, resolve,
};

use super::people::{batch, column, indexes, run_check, start_check, stream, texts};

fn refused(columns: Vec<(&str, ArrayRef)>, options: &Options) -> String {
    let error = start_check(stream(vec![batch(columns)]), options).err().expect("refused");
    assert!(matches!(error, Error::Columns(_)), "{error}");
    error.to_string()
}

fn emails() -> ArrayRef {
    texts(["m.muster@example.de"; 40])
}

#[test]
fn a_column_that_would_identify_persons_must_be_used_or_ignored_on_purpose() {
    let phones = || texts(["0171 1234567"; 40]);
    let columns = || vec![("E-Mail", emails()), ("Spalte 7", phones())];
    let message = refused(columns(), &Options::default());
    assert!(message.contains("'Spalte 7'") && message.contains("phone"), "{message}");
    assert!(message.contains("'ignore'") && !message.contains("0171"), "{message}");

    for target in ["ignore", "phone"] {
        let mut options = Options::default();
        options.map("Spalte 7", target).expect("a target");
        let (batches, verdicts) = run_check(stream(vec![batch(columns())]), &options);
        let first = column(&batches, "matched").swap_remove(0);
        assert_eq!(first.contains("phone"), target == "phone", "{first}");
        let ignored = verdicts.columns_ignored();
        assert_eq!(ignored.is_empty(), target == "phone", "{ignored:?}");
        let _ = verdicts.outcome().expect("all is read").expect("the same indexes");
    }
}

#[test]
fn a_nested_column_must_be_ignored_on_purpose() {
    let texts = || emails();
    let field = |data_type: DataType| Arc::new(Field::new("e", data_type, true));
    let list =
        ListArray::new(field(DataType::Utf8), OffsetBuffer::from_lengths([1; 40]), texts(), None);
    let nested: [ArrayRef; 3] = [
        Arc::new(list),
        Arc::new(StructArray::from(vec![(field(DataType::Utf8), texts())])),
        Arc::new(RunArray::<Int32Type>::from_iter(["a@example.de"; 40])),
    ];
    // An address is a class of data, but its postcode would identify persons.
    for (array, name) in nested.iter().flat_map(|nested| [(nested, "Feld 9"), (nested, "Adresse")])
    {
        let columns = || vec![("E-Mail", emails()), (name, Arc::clone(array))];
        let message = refused(columns(), &Options::default());
        assert!(
            message.contains(&format!("'{name}'")) && message.contains("'ignore'"),
            "{message}"
        );
        let mut options = Options::default();
        options.map(name, "ignore").expect("a target");
        let (batches, _) = run_check(stream(vec![batch(columns())]), &options);
        assert_eq!(column(&batches, "verdict")[0], "affected");
    }
}

#[test]
fn an_ambiguous_date_of_one_member_needs_an_order() {
    let push = |date, order| push_birth_date(&mut Record::new(), date, order);
    let error = push("03/04/1970", None).expect_err("April or March");
    assert!(!error.to_string().contains("1970"), "{error}");
    push("03/04/1970", Some(DateOrder::MonthFirst)).expect("it has an order");
    for date in ["1970-04-03", "03.04.1970", "31/03/1970", "04/04/1970", "", "?"] {
        push(date, None).expect("it has one meaning, or none");
    }
    // This date exists only with the month first.
    let mut record = Record::new();
    push_birth_date(&mut record, "12/25/1970", None).expect("it has one meaning");
    let verdict = indexes().check(&record);
    let is_of_date = |problem: &leakdex::Problem| problem.field == Some(leakdex::Field::BirthDate);
    assert!(!verdict.coverage().problems.iter().any(is_of_date), "the date was not used");
}

#[test]
fn a_column_of_integer_postcodes_is_refused() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1067; 40]));
    let columns = vec![
        ("Nachname", texts(["Müller"; 40])),
        ("Vorname", texts(["Eva"; 40])),
        ("PLZ", numbers),
    ];
    let message = refused(columns, &Options::default());
    assert!(message.contains("'PLZ'") && message.contains("Int64"), "{message}");
    assert!(message.contains("text") && !message.contains("1067"), "{message}");
}

#[test]
fn missing_and_clashing_columns_are_refused() {
    let mut options = Options::default();
    options.map("Telefon", "phone").expect("a target");
    let message = refused(vec![("E-Mail", emails())], &options);
    assert!(message.contains("'Telefon'"), "{message}");

    for (keep, word) in
        [(vec!["Nummer"], "no column"), (vec!["verdict"], "rename"), (vec!["E-Mail"; 2], "twice")]
    {
        let keep = keep.into_iter().map(str::to_owned).collect();
        let mut options = Options { keep, ..Options::default() };
        options.map("verdict", "ignore").expect("a target");
        let columns = vec![("E-Mail", emails()), ("verdict", emails())];
        let message = refused(columns, &options);
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn a_list_without_a_usable_column_is_an_error() {
    let message = refused(vec![("Ort", texts(["Essen"; 40]))], &Options::default());
    assert!(!message.contains("Essen"), "{message}");
}

#[test]
fn tasks_use_the_columns_that_were_resolved_before() {
    let columns = || {
        batch([
            ("E-Mail", emails()),
            ("Geburtsdatum", texts(["03/31/1970"; 40])),
            ("Nachname", texts(["Müller"; 40])),
            ("Vorname", texts(["Eva"; 40])),
        ])
    };
    let resolved = resolve(stream(vec![columns()]), &Options::default(), &indexes());
    let resolved = resolved.expect("of use");
    let text = serde_json::to_string(&resolved).expect("JSON");
    let resolved: ResolvedColumns = serde_json::from_str(&text).expect("JSON");
    let mut options = Options::default();
    resolved.apply(&mut options).expect("known fields");
    // This part of the list alone does not show the order of day and month.
    let part = batch([
        ("E-Mail", texts(["niemand@example.de"])),
        ("Geburtsdatum", texts(["02/01/1970"])),
        ("Nachname", texts(["Müller"])),
        ("Vorname", texts(["Eva"])),
    ]);
    let (batches, _) = run_check(stream(vec![part]), &options);
    assert_eq!(column(&batches, "verdict"), ["affected"]);
}
