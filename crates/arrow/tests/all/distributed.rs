//! A build whose parts run on several machines, with record batches between them.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use leakdex::{
    Breach, DateOrder, IndexBuilder, IndexSet, Key, Normaliser, ShardContent, ShardCount, Side,
    Sign,
};
use leakdex_arrow::{
    BuildSettings, Error, LeakAccount, LeakTask, Options, ShardCollector, add,
    arrow_array::{Int32Array, RecordBatch, cast::AsArray as _, types::Int32Type},
    resolve_without_index, write_shard,
};

use super::people::{batch, stream, texts};

fn key() -> Key {
    Key::from_bytes(&[7; 32]).expect("a key")
}

fn breach() -> Breach {
    Breach::named("portal").expect("a name")
}

fn shards() -> ShardCount {
    4.try_into().expect("a power of two")
}

fn settings() -> BuildSettings {
    BuildSettings::new(breach(), shards(), 2026)
}

/// Leaked rows. Some are duplicates, a few have no usable value, and a few have too many.
fn leaked(from: usize, to: usize) -> RecordBatch {
    let email = |number: usize| match number % 20 {
        7 => String::new(),
        8 if number % 100 == 8 => (0..9)
            .map(|person| format!("p{person}-{number}@example.de"))
            .collect::<Vec<_>>()
            .join(";"),
        9 => format!("p{}@example.de", number / 2),
        _ => format!("p{number}@example.de"),
    };
    let emails: Vec<String> = (from..to).map(email).collect();
    let passwords = (from..to).map(|number| if number % 3 == 0 { "geheim" } else { "" });
    let towns = (from..to).map(|_| "Köln");
    batch([
        ("E-Mail", texts(emails.iter().map(String::as_str))),
        ("Passwort", texts(passwords)),
        ("Ort", texts(towns)),
    ])
}

fn rules() -> Normaliser {
    Normaliser::new().current_year(2026)
}

fn options() -> Options {
    let mut options = Options::default();
    let sample = stream(vec![leaked(0, 50)]);
    let resolved = resolve_without_index(sample, &options, Side::Leak, rules())
        .expect("the columns can be used");
    resolved.apply(&mut options).expect("they can be mapped");
    options
}

/// The output of two tasks: the rows for each shard, and the sum of the accounts.
fn hashed() -> (Vec<Vec<RecordBatch>>, LeakAccount) {
    let mut by_shard = vec![Vec::new(); 4];
    let mut accounts = Vec::new();
    for (from, to) in [(0, 700), (700, 1000)] {
        let mut task = LeakTask::new(key(), settings(), options());
        for start in (from..to).step_by(150) {
            let part = leaked(start, to.min(start + 150));
            let rows = task.hash(stream(vec![part])).expect("hashed");
            let numbers = rows.column(0).as_primitive::<Int32Type>().clone();
            for (row, shard) in numbers.values().iter().enumerate() {
                by_shard[usize::try_from(*shard).expect("a number of a shard")]
                    .push(rows.slice(row, 1));
            }
        }
        accounts.push(task.into_account().expect("there were rows").seal(&key()));
    }
    let mut sum = LeakAccount::open(&accounts[1], &key()).expect("sealed");
    sum.add(LeakAccount::open(&accounts[0], &key()).expect("sealed")).expect("of one build");
    (by_shard, sum)
}

fn content(rows: &[RecordBatch], number: u32, memory: usize, folder: &Path) -> ShardContent {
    let collector = ShardCollector::new(number, shards(), memory, folder.to_owned());
    let mut collector = collector.expect("there is such a shard");
    rows.iter().for_each(|rows| collector.add(rows).expect("of this shard"));
    collector.finish().expect("there is room")
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

#[test]
fn a_build_on_several_machines_gives_the_files_of_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, many) = (folder.path().join("one"), folder.path().join("many"));
    let key = key();
    let mut builder = IndexBuilder::new(&key, breach()).normaliser(rules());
    let added = add(&mut builder, stream(vec![leaked(0, 1000)]), &options()).expect("added");
    assert_eq!((added.rows, added.rejected), (1000, 60));
    builder.prepare_shards(&one, shards()).expect("room").publish().expect("room");

    let (by_shard, sum) = hashed();
    let numbered = || by_shard.iter().zip(0..);
    let summaries = numbered()
        .map(|(rows, number)| content(rows, number, 1 << 20, folder.path()).summary().clone());
    let plan = sum.plan(&key, &settings(), summaries.collect()).expect("all fits together");
    for (rows, number) in numbered() {
        write_shard(content(rows, number, 10_000, folder.path()), &many, &plan, &key)
            .expect("room");
    }
    plan.verify(&many, &key).expect("all are there");
    assert!(files(&one) == files(&many));
    let index = IndexSet::open_shards(&many, &key).expect("all are there");
    let caveats = index.indexes()[0].leak_caveats();
    assert!(caveats.iter().any(|caveat| caveat.sign == Sign::CutOff), "{caveats:?}");
}

#[test]
fn rows_of_another_shard_or_of_no_shard_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (by_shard, _) = hashed();
    let collector =
        || ShardCollector::new(1, shards(), 1 << 20, folder.path().to_owned()).expect("a shard");
    let refused = |rows: &RecordBatch| {
        let error = collector().add(rows).expect_err("it is not of this shard");
        assert!(matches!(error, Error::Stream(_) | Error::Library(_)), "{error}");
    };
    refused(&by_shard[2][0]);
    refused(&leaked(0, 3));
    // A row with the number of this shard and the identifiers of another.
    let mut columns = by_shard[2][0].columns().to_vec();
    columns[0] = Arc::new(Int32Array::from(vec![1]));
    refused(&RecordBatch::try_new(by_shard[2][0].schema(), columns).expect("one row"));
    collector().add(&by_shard[1][0]).expect("it is of this shard");
}

#[test]
fn an_account_of_another_key_or_with_other_columns_is_refused() {
    let (_, sum) = hashed();
    let other = Key::from_bytes(&[8; 32]).expect("a key");
    let sealed = sum.seal(&key());
    assert!(LeakAccount::open(&sealed, &other).is_err());
    assert!(LeakAccount::open(&sealed[..sealed.len() - 1], &key()).is_err());
    assert!(LeakAccount::open(&[], &key()).is_err());
    let mut changed = options();
    changed.columns.retain(|column| column.header != "Passwort");
    let mut task = LeakTask::new(key(), settings(), changed);
    let _ = task.hash(stream(vec![leaked(0, 10)])).expect("hashed");
    let mut sum = sum;
    let error = sum.add(task.into_account().expect("there were rows"));
    assert!(matches!(error, Err(Error::Counts(_))));
}

#[test]
fn an_account_with_any_changed_byte_is_refused() {
    let sealed = hashed().1.seal(&key());
    assert!(!sealed.windows(6).any(|part| part == b"E-Mail"), "the columns are encrypted");
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(LeakAccount::open(&changed, &key()).is_err(), "byte {place}");
    }
    let longer = [&sealed[..], b" "].concat();
    assert!(LeakAccount::open(&longer, &key()).is_err());
}

#[test]
fn dates_that_do_not_show_their_order_are_refused_before_the_first_task() {
    let sample = |date| {
        stream(vec![batch([("E-Mail", texts(["a@example.de"])), ("Geburtsdatum", texts([date]))])])
    };
    let resolve = |date, options: &Options| {
        resolve_without_index(sample(date), options, Side::Members, rules())
    };
    let error = resolve("03/04/1970", &Options::default()).expect_err("it has two meanings");
    assert!(error.to_string().contains("date_order"), "{error}");
    let given = Options { date_order: Some(DateOrder::MonthFirst), ..Options::default() };
    let orders = |date, options: &Options| {
        let mut of_task = Options::default();
        let resolved = resolve(date, options).expect("it is clear");
        resolved.apply(&mut of_task).expect("they can be mapped");
        of_task.date_orders.into_iter().map(|(_, order)| order).collect::<Vec<_>>()
    };
    assert_eq!(orders("03/04/1970", &given), [DateOrder::MonthFirst]);
    assert_eq!(orders("03/24/1970", &Options::default()), [DateOrder::MonthFirst]);
    // Each task finds this order itself, since other rows may have slashes.
    assert_eq!(orders("1970-03-04", &Options::default()), []);
}

#[test]
fn a_leak_with_many_unusable_rows_is_not_planned() {
    let mut task = LeakTask::new(key(), settings(), options());
    let emails = (0..20).map(|number| if number < 15 { "a@example.de" } else { "kaputt" });
    let leaked = batch([
        ("E-Mail", texts(emails)),
        ("Passwort", texts(["geheim"; 20])),
        ("Ort", texts(["Köln"; 20])),
    ]);
    let _ = task.hash(stream(vec![leaked])).expect("hashed");
    let account = task.into_account().expect("there were rows");
    let error = account.plan(&key(), &settings(), Vec::new()).expect_err("a quarter is rejected");
    assert!(matches!(error, Error::Unusable(_)), "{error}");
}
