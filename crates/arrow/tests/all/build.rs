//! Leaks in record batches.

use leakdex::{Breach, Field, IndexBuilder, Key, Record};
use leakdex_arrow::{Error, Options, add};

use super::people::{batch, stream, texts};

fn builder(key: &Key) -> IndexBuilder<'_> {
    IndexBuilder::new(key, Breach::named("portal").expect("a name"))
}

#[test]
fn batches_and_records_give_the_same_index() {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let emails = ["m.muster@example.de", "e.muster@example.de", "m.muster@example.de"];
    let mut from_batches = builder(&key);
    let leaked = batch([("E-Mail", texts(emails)), ("Passwort", texts(["geheim", "", "geheim"]))]);
    let added = add(&mut from_batches, stream(vec![leaked]), &Options::default()).expect("added");
    assert_eq!((added.rows, added.indexed, added.rejected), (3, 3, 0));
    let contents: Vec<&str> =
        added.columns_used.iter().map(|column_use| &*column_use.content).collect();
    assert_eq!(contents, ["email", "class:passwords"]);

    let mut from_records = builder(&key);
    for email in emails {
        let mut record = Record::new().email(email);
        if email.starts_with('m') {
            record.push_data_class("passwords".parse().expect("a class"));
        }
        let _ = from_records.add(&record).expect("added");
    }
    // Words in the column of passwords may be names, so the index does not rule names out.
    let names = [Field::LastName, Field::FirstName, Field::Name];
    from_records.has_no_more_columns(names.into_iter().collect());
    assert!(from_batches.into_bytes().expect("built") == from_records.into_bytes().expect("built"));
}

#[test]
fn a_leak_with_many_unusable_rows_is_refused() {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let emails = (0..20).map(|number| if number < 15 { "a@example.de" } else { "kaputt" });
    let leaked = batch([("E-Mail", texts(emails))]);
    let error = add(&mut builder(&key), stream(vec![leaked]), &Options::default());
    let error = error.expect_err("a quarter is rejected");
    assert!(matches!(error, Error::Unusable(_)), "{error}");
    assert!(error.to_string().contains("5 of its 20 rows"), "{error}");
}
