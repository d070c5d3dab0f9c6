//! A build on several machines gives the bytes of a build on one, and refuses inconsistent parts.

mod refusals;

use std::{collections::BTreeMap, fs, path::Path};

use leakdex::{
    DataClass, Index, IndexBuilder, IndexSet, Key, Kind, KindSet, LeakedIdentifier, Normaliser,
    Record, RunCaveat, ShardBuilder, ShardContent, ShardCount, ShardSummary, Side, Sign,
    TaskAccount,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::support::{breach, folder, key, publish_shards};

/// An identifier as an engine carries it: its bytes and the class set of its record.
type Carried = (Vec<u8>, String);

type Settings = fn(&Key) -> IndexBuilder<'_>;

/// How the parts of a build run.
#[derive(Clone, Copy)]
struct BuildSetup {
    tasks: usize,
    /// The number of rows after which a task delivers its identifiers.
    rows_at_once: usize,
    backwards: bool,
    memory: usize,
}

const PLAIN: BuildSetup =
    BuildSetup { tasks: 1, rows_at_once: 1 << 20, backwards: false, memory: 1 << 30 };

fn count(shards: u32) -> ShardCount {
    shards.try_into().expect("a power of two")
}

/// Rows of many kinds: repeated ones, unusable ones, and some that name data classes.
fn leak() -> Vec<Record> {
    let letter = |number: u32| char::from(b'a' + (number % 26) as u8);
    let mut rows = Vec::new();
    for number in 0..600_u32 {
        // Every fifth row repeats another row, possibly of another task.
        let person = if number % 5 == 4 { number * 7 % 300 } else { number };
        let mut row = Record::new()
            .last_name(["Meier", "Schulz", "Lang"][person as usize % 3])
            .first_name(&format!("Eva{}", letter(person)))
            .birth_date(&format!("19{:02}-01-{:02}", person % 60 + 30, person % 28 + 1))
            .postal_code(&format!("1{:04}", person % 50))
            .email(&format!("person{person}@example.de; office{}@example.de", person % 9));
        if person % 3 == 0 {
            row = row.username(&format!("user{person}"));
        }
        if person % 11 == 0 {
            row.push_data_class(DataClass::PASSWORDS);
        }
        if person % 13 == 0 {
            row.push_data_class(DataClass::new("shoe-sizes").expect("a class"));
        }
        rows.push(row);
        if number % 40 == 0 {
            rows.push(Record::new().kvnr("4711"));
            rows.push(Record::new());
        }
    }
    rows
}

fn plain(key: &Key) -> IndexBuilder<'_> {
    IndexBuilder::new(key, breach("leak")).generation(5)
}

fn json<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_vec(value).expect("to memory");
    serde_json::from_slice(&text).expect("what was written is read")
}

/// Runs the tasks. Returns their identifiers by shard, and the account of each task.
fn hash<'k>(
    builder: impl Fn() -> IndexBuilder<'k>,
    rows: &[Record],
    shards: ShardCount,
    setup: BuildSetup,
) -> (Vec<Vec<Carried>>, Vec<TaskAccount>) {
    let mut by_shard = vec![Vec::new(); shards.get() as usize];
    let mut accounts = Vec::new();
    let folder = folder();
    // Tasks get rows in turn, so repeated rows are in several tasks.
    for task in 0..setup.tasks {
        let of_task: Vec<&Record> = rows.iter().skip(task).step_by(setup.tasks).collect();
        let mut builder = builder().memory(setup.memory, folder.path());
        let mut hand_over = |identifiers: leakdex::LeakedIdentifiers| {
            for (identifier, set) in identifiers.iter() {
                let shard = shards.shard_of(identifier.pseudonym());
                let set = identifiers.class_sets()[set].clone();
                by_shard[shard as usize].push((identifier.to_bytes().to_vec(), set));
            }
        };
        for rows in of_task.chunks(setup.rows_at_once) {
            let mut batch = builder.batch();
            rows.iter().for_each(|row| batch.push(row));
            builder.add_batch(&batch).expect("there are few classes");
            hand_over(builder.take_identifiers().expect("there is room"));
        }
        let (rest, account) = builder.into_task_account().expect("there is room");
        hand_over(rest);
        accounts.push(TaskAccount::open(&account.seal(&key()), &key()).expect("as it was sealed"));
    }
    if setup.backwards {
        accounts.reverse();
        by_shard.iter_mut().for_each(|carried| carried.reverse());
    }
    (by_shard, accounts)
}

fn collected(
    carried: &[Carried],
    number: u32,
    shards: ShardCount,
    setup: BuildSetup,
) -> ShardContent {
    let folder = folder();
    let shard = ShardBuilder::new(number, shards).expect("there is one");
    let mut shard = shard.memory(setup.memory, folder.path());
    for (bytes, set) in carried {
        let identifier = LeakedIdentifier::from_bytes(bytes).expect("as it was sent");
        shard.add(identifier, set).expect("of this shard");
    }
    shard.finish().expect("there is room")
}

fn summaries(
    by_shard: &[Vec<Carried>],
    shards: ShardCount,
    setup: BuildSetup,
) -> Vec<ShardSummary> {
    let shard = |(carried, number): (&Vec<Carried>, u32)| {
        let summary = json(collected(carried, number, shards, setup).summary());
        assert_eq!(summary.number(), number);
        summary
    };
    by_shard.iter().zip(0..).map(shard).collect()
}

fn sum(accounts: &[TaskAccount]) -> TaskAccount {
    let (first, others) = accounts.split_first().expect("there is a task");
    let mut all = first.clone();
    others.iter().for_each(|other| all.add(other).expect("of one build"));
    all
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let name = |path: &Path| path.file_name().expect("a file").to_string_lossy().into_owned();
    let files = IndexSet::shard_files(folder).expect("they are there").into_iter();
    files.map(|path| (name(&path), fs::read(&path).expect("it is there"))).collect()
}

/// The files that a distributed build of these rows publishes.
fn distributed<'k>(
    builder: impl Fn() -> IndexBuilder<'k>,
    rows: &[Record],
    shards: u32,
    setup: BuildSetup,
) -> BTreeMap<String, Vec<u8>> {
    let shards = count(shards);
    let (by_shard, accounts) = hash(&builder, rows, shards, setup);
    let mut account = sum(&accounts);
    account.add_caveat(RunCaveat::of_rows(Side::Leak, Sign::CutOff, 1, 1));
    assert!(account.caveats().iter().any(|run_caveat| run_caveat.sign == Sign::CutOff));
    account.end_file();
    let mut summaries = summaries(&by_shard, shards, setup);
    if setup.backwards {
        summaries.reverse();
    }
    let plan = json(&builder().plan_shards(account, summaries).expect("all fits together"));
    let (folder, key) = (folder(), key());
    let target = folder.path().join("index");
    for (carried, number) in by_shard.iter().zip(0..) {
        let content = collected(carried, number, shards, setup);
        let publication = content.prepare(&target, &plan, &key).expect("there is room");
        assert!(plan.build().is_none_or(|build| build == publication.id()));
        publication.publish().expect("there is room");
    }
    plan.verify(&target, &key).expect("all shards are there");
    files(&target)
}

fn add_all(builder: &mut IndexBuilder<'_>, rows: &[Record]) {
    let mut batch = builder.batch();
    rows.iter().for_each(|row| batch.push(row));
    builder.add_batch(&batch).expect("there are few classes");
}

/// The files that a build on one machine publishes.
fn on_one_machine(
    mut builder: IndexBuilder<'_>,
    rows: &[Record],
    shards: u32,
) -> BTreeMap<String, Vec<u8>> {
    let folder = folder();
    let target = folder.path().join("index");
    add_all(&mut builder, rows);
    builder.add_caveat(RunCaveat::of_rows(Side::Leak, Sign::CutOff, 1, 1));
    builder.end_file();
    publish_shards(builder, &target, shards);
    files(&target)
}

#[test]
fn a_distributed_build_gives_the_bytes_of_a_build_on_one_machine() {
    let (key, rows) = (key(), leak());
    let hashes: Settings = |key| plain(key).email_hashes(KindSet::EMAIL_HASHES);
    let some: Settings = |key| {
        let kinds: KindSet = [Kind::Username, Kind::StartsBirth].into_iter().collect();
        plain(key).kinds(kinds).normaliser(Normaliser::new().current_year(2026))
    };
    let setups = [
        PLAIN,
        BuildSetup { tasks: 3, rows_at_once: 50, ..PLAIN },
        BuildSetup { tasks: 7, backwards: true, ..PLAIN },
        BuildSetup { tasks: 2, rows_at_once: 300, backwards: true, memory: 20_000 },
    ];
    let settings: [(Settings, u32, &[BuildSetup]); 5] = [
        (plain, 1, &setups),
        (plain, 2, &setups),
        (plain, 16, &setups),
        (hashes, 4, &setups[1..2]),
        (some, 4, &setups[2..3]),
    ];
    for (place, (builder, shards, setups)) in settings.into_iter().enumerate() {
        let builder = || builder(&key);
        let expected = on_one_machine(builder(), &rows, shards);
        assert_eq!(expected.len(), shards as usize);
        for setup in setups {
            let found = distributed(builder, &rows, shards, *setup);
            assert!(found == expected, "{place}: {shards} shards, {} tasks", setup.tasks);
        }
    }
}

#[test]
fn one_shard_has_the_bytes_of_a_whole_index() {
    let (key, rows) = (key(), leak());
    let mut builder = plain(&key);
    add_all(&mut builder, &rows);
    builder.add_caveat(RunCaveat::of_rows(Side::Leak, Sign::CutOff, 1, 1));
    builder.end_file();
    let whole = builder.into_bytes().expect("it fits");
    let shards = distributed(|| plain(&key), &rows, 1, BuildSetup { tasks: 4, ..PLAIN });
    assert!(shards["shard-000-of-001.leakdex"] == whole);
    let index = Index::from_bytes(whole, &key).expect("it is sound");
    let rows = &index.metadata().rows;
    assert!(rows.duplicate > 50 && rows.rejected == 30 && rows.indexed > 400, "{rows:?}");
}

#[test]
fn a_distributed_build_without_identifiers_gives_the_same_bytes() {
    let (key, rows) = (key(), [Record::new().kvnr("4711")]);
    for shards in [1, 4] {
        let setup = BuildSetup { tasks: 2, ..PLAIN };
        let found = distributed(|| plain(&key), &rows, shards, setup);
        assert!(found == on_one_machine(plain(&key), &rows, shards), "{shards}");
    }
}

#[test]
#[should_panic(expected = "the builder still has all its identifiers")]
fn a_builder_without_its_identifiers_writes_no_index() {
    let key = key();
    let mut builder = plain(&key);
    add_all(&mut builder, &[Record::new().kvnr("A123456780")]);
    let taken = builder.take_identifiers().expect("it uses no disk");
    assert!(taken.len() == 1 && !taken.is_empty());
    assert!(builder.take_identifiers().expect("it uses no disk").is_empty());
    drop(builder.build());
}

#[test]
fn debug_shows_counts_and_no_identifier() {
    let key = key();
    let mut builder = plain(&key);
    add_all(&mut builder, &[Record::new().kvnr("A123456780")]);
    let identifiers = builder.take_identifiers().expect("it uses no disk");
    assert_eq!(format!("{identifiers:?}"), "LeakedIdentifiers(1)");
    let (identifier, set) = identifiers.iter().next().expect("it has one");
    assert_eq!(format!("{identifier:?}"), "LeakedIdentifier(kvnr)");

    let mut shard = ShardBuilder::new(0, ShardCount::ONE).expect("there is one");
    assert_eq!(format!("{shard:?}"), "ShardBuilder(0 of 1)");
    shard.add(identifier, &identifiers.class_sets()[set]).expect("of this shard");
    let content = shard.finish().expect("it uses no disk");
    assert_eq!(format!("{content:?}"), "ShardContent(0 of 1)");

    let (_, account) = builder.into_task_account().expect("it uses no disk");
    let expected = format!("TaskAccount {{ rows: {:?}, .. }}", account.rows());
    assert_eq!(format!("{account:?}"), expected);
    let plan = plain(&key).plan_shards(account, [content.summary().clone()]).expect("they fit");
    let place = format!("count: {:?}, build: {:?}", plan.count(), plan.build());
    let shown = format!("{plan:?}");
    assert!(shown.starts_with(&format!("ShardPlan {{ {place}, rows: ")), "{shown}");
}
