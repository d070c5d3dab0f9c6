//! Verdicts on members in record batches.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use leakdex::{Breach, Index, IndexBuilder, IndexSet, Key, Record};
use leakdex_arrow::{
    Options,
    arrow_array::{
        Array as _, ArrayRef, Date32Array, DictionaryArray, Int64Array, LargeStringArray,
        RecordBatch, RecordBatchIterator, StringArray, StringViewArray, cast::AsArray as _,
        types::Int32Type, types::Int64Type,
    },
    check, on_threads,
};

use super::people::{batch, column, indexes, run_check, start_check, stream, texts};

const EMAILS: [&str; 4] = ["M.Muster@example.de", "niemand@example.de", "", "kaputt"];

#[test]
fn every_type_of_text_gives_the_same_verdicts() {
    let arrays: [ArrayRef; 5] = [
        texts(EMAILS),
        Arc::new(LargeStringArray::from(EMAILS.to_vec())),
        Arc::new(StringViewArray::from(EMAILS.to_vec())),
        Arc::new(EMAILS.into_iter().collect::<DictionaryArray<Int32Type>>()),
        texts(["davor"].into_iter().chain(EMAILS)).slice(1, EMAILS.len()),
    ];
    for array in arrays {
        let kind = array.data_type().clone();
        let (batches, verdicts) =
            run_check(stream(vec![batch([("E-Mail", array)])]), &Options::default());
        let expected = ["affected", "not_affected", "indeterminate", "indeterminate"];
        assert_eq!(column(&batches, "verdict"), expected, "{kind}");
        assert_eq!(column(&batches, "strength"), ["strong", "-", "-", "-"], "{kind}");
        assert_eq!(column(&batches, "matched"), ["email email-alias", "", "", ""], "{kind}");
        assert_eq!(column(&batches, "breaches"), ["portal", "", "", ""]);
        assert_eq!(column(&batches, "breach_strengths"), ["strong", "", "", ""]);
        assert!(column(&batches, "data_classes")[0].starts_with("email-addresses "));
        assert_eq!(column(&batches, "reasons")[2..], ["no-identifier", "no-at-sign"]);
        let records = batches[0].column_by_name("records").expect("it is there").clone();
        let records = records.as_primitive::<Int64Type>();
        assert!(records.value(0) == 1 && records.is_null(1));
        let counts = verdicts.counts().expect("all is read");
        let states = (counts.rows, counts.affected, counts.not_affected, counts.indeterminate);
        assert_eq!(states, (4, 1, 1, 2));
    }
}

#[test]
fn a_date_of_birth_may_be_a_date() {
    // The 1st of February 1970, in days since 1970 began.
    let dates = Date32Array::from(vec![Some(31), None]);
    let members = batch([
        ("Nachname", texts(["Mueller", "Mueller"])),
        ("Vorname", texts(["Eva", "Eva"])),
        ("Geburtsdatum", Arc::new(dates)),
    ]);
    let (batches, _) = run_check(stream(vec![members]), &Options::default());
    assert_eq!(column(&batches, "verdict"), ["affected", "indeterminate"]);
}

/// Many members, in batches of this many rows.
fn many(rows: usize, batch_rows: usize) -> Vec<RecordBatch> {
    let mut batches = Vec::new();
    for start in (0..rows).step_by(batch_rows) {
        let numbers = start..(start + batch_rows).min(rows);
        let emails: Vec<String> =
            numbers.clone().map(|number| format!("x{}@example.de", number % 97)).collect();
        let ids: Vec<i64> = numbers.map(|number| number.try_into().expect("small")).collect();
        batches.push(batch([
            ("id", Arc::new(Int64Array::from(ids)) as ArrayRef),
            ("email", Arc::new(StringArray::from(emails))),
        ]));
    }
    batches
}

#[test]
fn verdicts_are_in_the_order_of_the_members_for_any_division_into_batches() {
    let indexes = indexes();
    let expected: Vec<&str> = (0..20_000)
        .map(|number| Record::new().email(&format!("x{}@example.de", number % 97)))
        .map(|record| indexes.check(&record).slug())
        .collect();
    for (batch_rows, threads) in [(7, 2), (4096, 1), (20_000, 3)] {
        let threads = NonZeroUsize::new(threads);
        let options = Options { keep: vec!["id".to_owned()], threads, ..Options::default() };
        let (batches, _) = run_check(stream(many(20_000, batch_rows)), &options);
        assert_eq!(column(&batches, "verdict"), expected);
        let ids = batches
            .iter()
            .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec());
        assert!(ids.eq(0..20_000));
    }
}

#[test]
fn only_a_window_of_the_members_is_read_ahead() {
    let read = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&read);
    let batches = many(300_000, 1000);
    let (all, schema) = (batches.len(), batches[0].schema());
    let watched = batches.into_iter().inspect(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let members = Box::new(RecordBatchIterator::new(watched.map(Ok), schema));
    let options = Options { threads: NonZeroUsize::new(1), ..Options::default() };
    let mut verdicts = start_check(members, &options).expect("the columns can be used");
    verdicts.next_batch().expect("no error").expect("a batch");
    let ahead = read.load(Ordering::Relaxed);
    assert!(ahead < all / 2, "{ahead} of {all} batches were read for the first verdicts");
    assert!(verdicts.counts().is_none() && verdicts.outcome().is_none());
}

/// The environment variable that makes the test below run its checks.
const IN_OWN_PROCESS: &str = "LEAKDEX_TEST_OWN_PROCESS";

#[test]
fn a_check_of_a_mapped_index_does_not_start_the_global_pool_of_rayon() {
    const NAME: &str = "check::a_check_of_a_mapped_index_does_not_start_the_global_pool_of_rayon";
    if std::env::var_os(IN_OWN_PROCESS).is_some() {
        return check_a_mapped_index();
    }
    // Other tests in this process may start the pool.
    let program = std::env::current_exe().expect("this test is a program");
    let mut command = std::process::Command::new(program);
    let output = command.args(["--exact", NAME]).env(IN_OWN_PROCESS, "1").output();
    let output = output.expect("it starts");
    let message = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && message.contains("1 passed"), "{message}");
}

/// A forked child has none of its parent's threads, so it would wait for that pool for ever.
fn check_a_mapped_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.leakdex");
    let index = on_threads(NonZeroUsize::new(2), || {
        let key = Key::from_bytes(&[7; 32]).expect("a key");
        let mut builder = IndexBuilder::new(&key, Breach::named("portal").expect("a name"));
        let _ = builder.add(&Record::new().email("m.muster@example.de")).expect("added");
        builder.publish(&path).expect("published");
        #[expect(unsafe_code, reason = "nobody changes the file")]
        // SAFETY: as above.
        unsafe { Index::map(&path, &key) }.expect("it is sound")
    });
    let indexes = Arc::new(IndexSet::new(vec![index]).expect("one index"));
    for threads in [NonZeroUsize::new(1), NonZeroUsize::new(2), None] {
        let members = stream(vec![batch([("E-Mail", texts(EMAILS))])]);
        let options = Options { threads, ..Options::default() };
        let verdicts = check(Arc::clone(&indexes), members, &options).expect("it begins");
        assert_eq!(verdicts.map(|batch| batch.expect("checked").num_rows()).sum::<usize>(), 4);
    }
    // A new hard link changes the state of the file, so the index compares again what was read.
    std::fs::hard_link(&path, folder.path().join("b.leakdex")).expect("linked");
    indexes.verify_unchanged().expect("the content is the same");
    let global = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
    global.expect("nothing has started the pool");
}
