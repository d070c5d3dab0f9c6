//! Builds in limited memory: the same bytes, and nothing left behind.

use std::fs;

use leakdex::{DataClass, Error, IndexBuilder, Key, Kind, KindSet, Record};
use proptest::prelude::*;
use rayon::prelude::*;

use crate::support::{breach, count_in, filled, folder, key};

fn builder(key: &Key) -> IndexBuilder<'_> {
    IndexBuilder::new(key, breach("leak"))
}

/// A record of one of a few persons, so that runs share pseudonyms and whole records.
fn record(person: u16, variant: u8) -> Record {
    let mut record = Record::new().username(&format!("user{person}"));
    if variant & 1 == 1 {
        record = record.email(&format!("user{}@example.de", person % 7));
    }
    if variant & 2 == 2 {
        record.push_data_class(DataClass::PASSWORDS);
    }
    record
}

fn add(builder: &mut IndexBuilder<'_>, records: &[(u16, u8)]) {
    for &(person, variant) in records {
        let _ = builder.add(&record(person, variant)).expect("there is room");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_bytes_are_those_of_a_build_in_memory(
        records in prop::collection::vec((0..60_u16, 0..4_u8), 0..300),
        memory in prop_oneof![Just(0), Just(32), 100..3000_usize, Just(1 << 20)],
    ) {
        let (key, folder) = (key(), folder());
        let mut in_memory = builder(&key);
        add(&mut in_memory, &records);
        let expected = in_memory.into_bytes().expect("it fits");

        let mut in_runs = builder(&key).memory(memory, folder.path());
        add(&mut in_runs, &records);
        prop_assert_eq!(count_in(folder.path()), 0, "the runs are in an unnamed file");
        prop_assert!(in_runs.into_bytes().expect("it fits") == expected);

        let mut to_file = builder(&key).memory(memory, folder.path());
        add(&mut to_file, &records);
        let target = folder.path().join("target.leakdex");
        to_file.publish(&target).expect("there is room");
        prop_assert!(fs::read(&target).expect("it is there") == expected);
        prop_assert_eq!(count_in(folder.path()), 1);
    }
}

#[test]
fn the_bytes_do_not_depend_on_threads_order_or_memory() {
    // Large batches, in which some persons are repeated and others get additional classes.
    let batches: Vec<Vec<Record>> = (0..3_u16)
        .map(|batch| {
            let persons = (0..5000).map(|person| 4000 * batch + person);
            persons.map(|person| record(person, (person % 4) as u8 | 1)).collect()
        })
        .collect();
    let (key, folder) = (key(), folder());
    let built = |threads: usize, first: usize, memory: usize| {
        let mut builder = builder(&key).memory(memory, folder.path());
        let (hasher, empty) = (builder.hasher(), builder.batch());
        let hash = |records: &Vec<Record>| {
            let mut batch = empty.clone();
            records.iter().for_each(|record| batch.push(record));
            hasher.hash(&batch)
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads can be started").install(|| {
            let mut all: Vec<_> = batches.par_iter().map(hash).collect();
            all.rotate_left(first);
            for batch in all {
                let added = builder.add_hashed(batch).expect("there is room");
                assert_eq!(added.len(), 5000);
            }
            assert_eq!(builder.rows().read, 15_000);
            builder.into_bytes().expect("it fits")
        })
    };

    let one_by_one = filled(builder(&key), batches.iter().flatten());
    let expected = one_by_one.into_bytes().expect("it fits");
    for (threads, first, memory) in
        [(1, 0, 1 << 30), (2, 1, 1 << 30), (5, 2, 1 << 30), (1, 1, 700_000), (4, 2, 100_000)]
    {
        assert!(built(threads, first, memory) == expected, "{threads} threads, {memory} bytes");
    }
}

#[test]
#[should_panic = "hashed by the builder that it is added to"]
fn a_batch_that_another_builder_hashed_is_refused() {
    let (one, other) = (key(), Key::from_bytes(&[3; 32]).expect("a key"));
    let mut batch = builder(&other).batch();
    batch.push(&record(1, 1));
    let hashed = builder(&other).hasher().hash(&batch);
    let _ = builder(&one).add_hashed(hashed);
}

#[test]
#[should_panic = "hashed by the builder that it is added to"]
fn a_batch_that_was_hashed_before_the_kinds_were_chosen_is_refused() {
    let key = key();
    let fewer = builder(&key).kinds([Kind::Email].into_iter().collect());
    let hashed = fewer.hasher().hash(&fewer.batch());
    let _ = fewer.kinds(KindSet::all()).add_hashed(hashed);
}

#[test]
fn duplicates_are_counted_across_runs() {
    let (key, folder) = (key(), folder());
    for memory in [0, 200, 1 << 20] {
        let mut builder = builder(&key).memory(memory, folder.path());
        for _ in 0..3 {
            add(&mut builder, &(0..50).map(|person| (person, 3)).collect::<Vec<_>>());
            add(&mut builder, &[(1, 0), (1, 0)]);
        }
        let index = builder.build().expect("it fits");
        let rows = &index.metadata().rows;
        assert_eq!((rows.read, rows.indexed, rows.duplicate), (156, 51, 105), "{memory} bytes");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_that_names_it() {
    let (key, folder) = (key(), folder());
    let missing = folder.path().join("missing");
    let mut builder = builder(&key).memory(0, &missing);
    match builder.add(&record(1, 1)) {
        Err(error @ Error::Io { .. }) => assert!(error.to_string().contains("missing"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_memory_stays_limited_after_identifiers_were_taken() {
    let (key, folder) = (key(), folder());
    let runs = folder.path().join("runs");
    fs::create_dir(&runs).expect("there is room");
    let mut builder = builder(&key).memory(0, &runs);
    add(&mut builder, &[(1, 1)]);
    drop(builder.take_identifiers().expect("there is room"));
    fs::remove_dir(&runs).expect("its file has no name");
    assert!(matches!(builder.add(&record(2, 1)), Err(Error::Io { .. })), "it needs the folder");
}

#[test]
fn a_large_build_is_read_back_whole() {
    // Several chunks of 64 KiB, and boundaries of sections within chunks.
    let (key, folder) = (key(), folder());
    let target = folder.path().join("target.leakdex");
    let mut builder = builder(&key).memory(200_000, folder.path());
    let mut batch = builder.batch();
    for number in 0..30_000 {
        batch.push(&Record::new().username(&format!("user{number}")));
    }
    let _ = builder.add_batch(&batch).expect("there is room");
    let publication = builder.prepare(&target).expect("there is room");
    assert_eq!(publication.len(), 30_000);
    let (id, length) = (publication.id(), publication.byte_length());
    publication.publish().expect("it is written");
    let index = leakdex::Index::open(&target, &key).expect("it is sound");
    assert_eq!((index.id(), index.as_bytes().len() as u64), (id, length));
    assert_eq!(index.check(&Record::new().username("user29999")).slug(), "affected");
}

#[test]
fn progress_goes_through_both_phases_to_the_end() {
    use std::sync::Mutex;

    use leakdex::BuildProgress;

    let (key, folder) = (key(), folder());
    let steps = Mutex::new(Vec::new());
    for memory in [100, 1 << 20] {
        steps.lock().expect("no panic").clear();
        let mut builder = builder(&key)
            .memory(memory, folder.path())
            .on_progress(|progress| steps.lock().expect("no panic").push(progress));
        add(&mut builder, &(0..50).map(|person| (person, 0)).collect::<Vec<_>>());
        builder.build().expect("it fits");
        let ends = [
            BuildProgress::Counting { done: 50, total: 50 },
            BuildProgress::Writing { done: 50, total: 50 },
        ];
        assert_eq!(*steps.lock().expect("no panic"), ends);
    }
}

/// Each row has a class set of its own.
#[test]
fn an_index_with_different_data_classes_in_every_row_can_be_opened() {
    let (key, folder) = (key(), folder());
    let target = folder.path().join("target.leakdex");
    let leak = (0..20_000_u32).map(|number| {
        let mut record = Record::new().username(&format!("user{number}"));
        for place in 0..32 {
            let class = format!("digit-{place}-is-{}", number >> (place % 16) & 1);
            record.push_data_class(DataClass::new(&class).expect("well formed"));
        }
        record
    });
    filled(builder(&key), leak).publish(&target).expect("there is room");
    let index = leakdex::Index::open(&target, &key).expect("it is sound");
    assert_eq!(index.check(&Record::new().username("user17")).slug(), "affected");
    let verdict = index.check(&Record::new().username("user17"));
    let exposure = verdict.finding().expect("it leaked").exposure();
    let class = DataClass::new("digit-0-is-1").expect("well formed");
    assert!(exposure.data_classes().contains(&class), "17 is odd");
    assert_eq!(exposure.data_classes().len(), 33);
    let unverified = leakdex::Index::read_unverified(&target).expect("it is sound");
    assert_eq!(&unverified.metadata, index.metadata());
}

/// The environment variable that names the tiny disk. The test sets it and starts itself again.
#[cfg(target_os = "linux")]
const TINY_DISK: &str = "LEAKDEX_TEST_TINY_DISK";

#[test]
#[cfg(target_os = "linux")]
fn a_disk_full_of_sorted_identifiers_is_an_error_and_the_target_stays() {
    const NAME: &str = "external_build::\
                        a_disk_full_of_sorted_identifiers_is_an_error_and_the_target_stays";
    if let Some(disk) = std::env::var_os(TINY_DISK) {
        return on_a_tiny_disk(std::path::Path::new(&disk));
    }
    let disk = folder();
    // A file system of 64 KiB, in its own namespace.
    let script = "mount -t tmpfs -o size=64k none \"$1\" || exit 77; exec \"$0\" --exact \"$2\"";
    let is_unsupported = |output: &std::process::Output| {
        // `unshare` itself ends with 1 if the system refuses a namespace.
        matches!(output.status.code(), Some(1 | 77))
    };
    let outcome = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(std::env::current_exe().expect("this test is a program"))
        .args([disk.path().as_os_str(), NAME.as_ref()])
        .env(TINY_DISK, disk.path())
        .output();
    match outcome {
        Ok(output) if output.status.success() => {
            let message = String::from_utf8_lossy(&output.stdout);
            assert!(message.contains("1 passed"), "{message}");
        }
        Ok(output) if !is_unsupported(&output) => {
            panic!("{}: {}", output.status, String::from_utf8_lossy(&output.stdout))
        }
        _ => println!("not tested: this machine does not allow a user to mount a file system"),
    }
}

#[cfg(target_os = "linux")]
fn on_a_tiny_disk(disk: &std::path::Path) {
    let target = disk.join("target.leakdex");
    fs::write(&target, b"earlier").expect("there is room");
    let key = key();
    // A run has 400 entries of 40 bytes: the fourth run has no room.
    let mut builder = builder(&key).memory(32_000, disk);
    let error = (0..u16::MAX)
        .find_map(|person| builder.add(&record(person, 0)).err())
        .expect("the disk is full before all are added");
    let Error::Io { path, source, .. } = &error else { panic!("{error}") };
    assert_eq!((path.as_path(), source.kind()), (disk, std::io::ErrorKind::StorageFull));
    assert!(error.to_string().contains(&disk.display().to_string()), "{error}");
    drop(builder);
    // The same if no run follows, with rows after the run and without.
    for people in [1_600, 1_700] {
        let mut builder = self::builder(&key).memory(32_000, disk);
        add(&mut builder, &(0..people).map(|person| (person, 0)).collect::<Vec<_>>());
        let error = builder.publish(&target).expect_err("the last run has no room");
        let Error::Io { action, path, .. } = &error else { panic!("{error}") };
        assert_eq!(*action, "write sorted identifiers to this folder");
        assert_eq!(path.as_path(), disk);
    }
    assert_eq!(fs::read(&target).expect("it is there"), b"earlier");
    assert_eq!(count_in(disk), 1, "nothing else is left");
    // No unnamed file remains either: all space is free again.
    fs::write(disk.join("all"), vec![0; 48 << 10]).expect("there is room");
}

/// The environment variable that names the folder of the build. The test sets it and starts itself
/// again, with one failing file operation.
#[cfg(target_os = "linux")]
const FAILING_FOLDER: &str = "LEAKDEX_TEST_FAILING_FOLDER";

#[test]
#[cfg(target_os = "linux")]
fn any_failed_operation_on_sorted_identifiers_is_an_error_and_the_target_stays() {
    const NAME: &str = "external_build::\
                        any_failed_operation_on_sorted_identifiers_is_an_error_and_the_target_stays";
    const SHIM: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/crates/cli/tests/all/command/io_errors/shim.c");
    if let Some(folder) = std::env::var_os(FAILING_FOLDER) {
        return build_that_may_fail(std::path::Path::new(&folder));
    }
    let tools = folder();
    let shim = tools.path().join("shim.so");
    let compiled = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([shim.as_os_str(), SHIM.as_ref()])
        .arg("-ldl")
        .status();
    if !compiled.is_ok_and(|status| status.success()) {
        println!("not tested: there is no C compiler");
        return;
    }
    let mut failures = 0;
    for number in (0..).step_by(crate::in_campaign(3, 101)) {
        let (folder, log) = (folder(), tools.path().join(format!("log{number}")));
        let output = std::process::Command::new(std::env::current_exe().expect("it is a program"))
            .args(["--exact", NAME])
            .env("LD_PRELOAD", &shim)
            .env("LEAKDEX_SHIM_FOLDER", folder.path())
            .env("LEAKDEX_SHIM_LOG", &log)
            .env("LEAKDEX_SHIM_CALL", number.to_string())
            .env(FAILING_FOLDER, folder.path())
            .output()
            .expect("it starts");
        let message = String::from_utf8_lossy(&output.stdout);
        let operation = fs::read_to_string(&log).unwrap_or_default();
        assert!(output.status.success() && message.contains("1 passed"), "{operation}: {message}");
        if operation.is_empty() {
            break;
        }
        failures += 1;
    }
    println!("sorted identifiers: {failures} operations failed");
    assert!(failures > 5, "{failures}");
}

#[cfg(target_os = "linux")]
fn build_that_may_fail(folder: &std::path::Path) {
    let key = key();
    let people: Vec<_> = (0..4_000).map(|person| (person, 0)).collect();
    let mut in_memory = builder(&key);
    add(&mut in_memory, &people);
    let expected = in_memory.build().expect("it fits");

    let target = folder.join("target.leakdex");
    let mut builder = builder(&key).memory(32_000, folder);
    let added = people
        .iter()
        .try_for_each(|&(person, variant)| builder.add(&record(person, variant)).map(drop));
    match added.and_then(|()| builder.publish(&target)) {
        Ok(()) => {
            // The failing operation may belong to this open. Only one operation fails, so the
            // second attempt succeeds.
            let open = || leakdex::Index::open(&target, &key);
            assert_eq!(open().or_else(|_| open()).expect("it is sound").id(), expected.id());
        }
        Err(error) => {
            assert!(matches!(error, Error::Io { .. }), "{error}");
            let read = || fs::read(&target);
            if let Ok(bytes) = read().or_else(|_| read()) {
                assert!(bytes == expected.as_bytes(), "only the sync of its name failed");
            }
        }
    }
    let names = || fs::read_dir(folder);
    let names = names().or_else(|_| names()).expect("it is there");
    assert!(names.filter_map(Result::ok).count() <= 1, "nothing else is left");
}
