//! Leaks for which a table can be written, and leaks that are refused.

use std::sync::atomic::{AtomicU64, Ordering};

use leakdex::{Breach, DataClass, Kind, Record, RunCaveat, Side, Sign};
use leakdex_private::{Epoch, Error, Signer, write_table};

use crate::exchange::{member, open};

/// The table of a leak of this breach, and the number of identifiers that were evaluated.
fn table_of(breach: Breach, leak: impl Iterator<Item = Record>) -> (Result<Vec<u8>, Error>, u64) {
    let kinds = [Kind::Kvnr].into_iter().collect();
    let epoch = Epoch::generate("many".parse().expect("a name"), kinds).expect("an epoch");
    let provider = Signer::generate().expect("a key");
    let key = epoch.table_key().expect("there are random bytes");
    let mut builder = key.builder(breach);
    let mut batch = builder.batch();
    leak.for_each(|record| batch.push(&record));
    builder.add_batch(&batch).expect("the rows are added");
    // A caveat of whole rows names no field.
    builder.add_caveat(RunCaveat::of_rows(Side::Leak, Sign::CutOff, 100, 100));
    let (index, identifiers) = builder.build_with_identifiers().expect("an index");
    let (done, mut table) = (AtomicU64::new(0), Vec::new());
    let progress = |now, _| done.store(now, Ordering::Relaxed);
    let written = write_table(&epoch, &key, &index, &identifiers, &provider, progress, &mut table);
    assert!(written.is_ok() || table.is_empty(), "nothing is written before an error");
    (written.map(|_| table), done.into_inner())
}

fn breach() -> Breach {
    Breach::named("many").expect("a name")
}

/// Rows with this many different sets of data classes. In the metadata, a set has some 740 bytes.
fn many_sets(count: u32) -> impl Iterator<Item = Record> {
    let class = |number| DataClass::new(&format!("a{number:03}")).expect("a class");
    let classes: Vec<DataClass> = (0..240).map(class).collect();
    (0..count).map(move |number| {
        let mut row = member(number % 50);
        let of_number = (0..16).filter(|bit| number >> bit & 1 == 1);
        let places = of_number.chain(40..240);
        places.for_each(|place: usize| row.push_data_class(classes[place].clone()));
        row
    })
}

#[test]
fn a_leak_with_many_sets_of_data_classes_has_a_table() {
    let (table, done) = table_of(breach(), many_sets(2200));
    let table = table.expect("a table");
    let metadata = u32::from_le_bytes(table[12..16].try_into().expect("four bytes"));
    assert!(metadata > 1 << 20, "{metadata}");
    assert_eq!(done, 50);
    assert_eq!(open(&table).expect("it is good").description().class_sets.len(), 2200);
}

#[test]
fn a_leak_with_too_many_sets_of_data_classes_is_refused_before_the_work() {
    let (table, done) = table_of(breach(), many_sets(24_000));
    // `expect_err` would print the table, which has megabytes.
    let Err(error) = table else { panic!("the metadata are too long") };
    assert!(matches!(error, Error::WrongLeak(_)), "{error}");
    assert!(error.to_string().contains("=ignore"), "it says what to do: {error}");
    assert_eq!(done, 0);
}

#[test]
fn a_breach_with_control_characters_is_refused_before_the_work() {
    let mut titled = breach();
    titled.title = Some("a\u{1B}[2Jb".to_owned());
    let (table, done) = table_of(titled, std::iter::once(member(1)));
    assert!(matches!(table, Err(Error::WrongLeak(_))));
    assert_eq!(done, 0);
    let mut described = breach();
    described.description = Some("One line.\nAnd another one.".to_owned());
    let (table, _) = table_of(described, std::iter::once(member(1)));
    open(&table.expect("it has two lines")).expect("it is good");
}
