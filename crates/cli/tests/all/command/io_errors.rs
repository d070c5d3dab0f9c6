//! Each file system operation of the command fails once: the run ends with an error, or has the same results.
//!
//! A small library (`shim.c`) intercepts the calls to the C library. So it also covers all dependencies.

mod run_again;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{
    formats::workbook,
    support::{LEAK, MEMBERS, Run, Site, gzip, in_campaign, tar},
};

/// The library, compiled once for each run of the tests; `None` if there is no C compiler.
fn shim() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    let built = SHIM.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let library = folder.path().join("shim.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/command/io_errors/shim.c");
        let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
        let outcome = Command::new(compiler)
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([library.as_os_str(), source.as_ref()])
            .arg("-ldl")
            .status();
        outcome.is_ok_and(|status| status.success()).then_some((folder, library))
    });
    built.as_ref().map(|(_, library)| &**library)
}

/// A run, and the operation in which the shim injected a failure.
struct FaultedRun {
    run: Run,
    operation: Option<String>,
}

/// Runs a command in which the operation or large allocation with this number fails. `kind` is the environment
/// variable that selects one of the two.
fn run_with(site: &Site, arguments: &str, kind: &str, number: usize, shim: &Path) -> FaultedRun {
    let mut command = site.command(&format!("--quiet --threads 1 {arguments}"));
    run_shimmed(site, command.stdin(Stdio::null()), arguments, kind, number, shim)
}

/// Like `run_with`, for a command whose standard input is already set.
fn run_shimmed(
    site: &Site,
    command: &mut Command,
    arguments: &str,
    kind: &str,
    number: usize,
    shim: &Path,
) -> FaultedRun {
    let log = tempfile::tempdir().expect("a temporary folder");
    let log = log.path().join("log");
    let output = command
        .env("LD_PRELOAD", shim)
        .env("LEAKDEX_SHIM_FOLDER", site.path(""))
        .env("LEAKDEX_SHIM_LOG", &log)
        .env(kind, number.to_string())
        .output()
        .expect("the command starts");
    let run = site.after(arguments.to_owned(), &output);
    FaultedRun { run, operation: fs::read_to_string(log).ok() }
}

/// The runs with a failed operation: those that ended with an error, and those with the same results.
#[derive(Debug, Default)]
struct Counts {
    errors: usize,
    same: usize,
}

/// Makes one operation of a command fail in each run, and compares the results.
fn fail_all(site: &Site, arguments: &str, results: &[&str], first: usize, counts: &mut Counts) {
    let Some(shim) = shim() else {
        println!("not tested: there is no C compiler");
        return;
    };
    let reset = || results.iter().for_each(|name| site.write(name, "earlier"));
    let contents = || results.iter().map(|name| site.bytes(name)).collect::<Vec<_>>();
    reset();
    let expected = site.run(&format!("--quiet --threads 1 {arguments}"));
    let (status, new) = (expected.status(), contents());
    assert!(matches!(status, Some(0 | 3)), "{expected:?}");
    let names = site.names(".");
    let first = in_campaign(0, first);
    for number in (first..).step_by(in_campaign(1, 29)) {
        reset();
        let FaultedRun { run, operation } =
            run_with(site, arguments, "LEAKDEX_SHIM_CALL", number, shim);
        let Some(operation) = operation else {
            assert!(number > first && run.status() == status, "no operation {number}: {run:?}");
            break;
        };
        let at = format!("{arguments}: {} of operation {number}", operation.trim());
        let found = contents();
        if run.status() == status {
            assert!(run.stdout == expected.stdout && found == new, "{at}: other results, {run:?}");
            counts.same += 1;
        } else {
            let run = run.expect_error(&[]);
            assert!(run.stdout.is_empty(), "{at}: {run:?}");
            let is_whole =
                |(content, new): (&Vec<u8>, &Vec<u8>)| content == new || content == b"earlier";
            assert!(found.iter().zip(&new).all(is_whole), "{at}: a part of a result");
            counts.errors += 1;
        }
        assert_eq!(site.names("."), names, "{at}: something is left");
    }
}

#[test]
fn any_failed_operation_of_a_command_is_an_error_without_a_half_result() {
    let site = Site::with_index();
    site.write("other.csv", "E-Mail\nother@example.de\n");
    site.run("build --key key --output other.leakdex other.csv").expect(0);
    site.run("build --key key --output shards --shards 2 leak.csv").expect(0);
    site.write("leakdex.toml", "[check]\nall = true\n");
    let key = "--key key --index";
    let results = "--rejects rejects --summary summary";
    let mut counts = Counts::default();
    for (number, (arguments, files)) in [
        (
            format!("build --key key --output new --name leak {results} leak.csv"),
            &["new", "rejects", "summary"][..],
        ),
        ("merge --key key --output new leak.leakdex other.leakdex".to_owned(), &["new"]),
        (
            format!("check {key} leak.leakdex --output out {results} members.csv"),
            &["out", "rejects", "summary"],
        ),
        (format!("check {key} shards --index other.leakdex --output out members.csv"), &["out"]),
        ("verify --key key leak.leakdex".to_owned(), &[]),
        ("inspect leak.leakdex".to_owned(), &[]),
    ]
    .into_iter()
    .enumerate()
    {
        fail_all(&site, &arguments, files, number, &mut counts);
    }
    assert!(shim().is_none() || counts.errors > 5, "{counts:?}");
    println!("commands: {} errors, {} with the same results", counts.errors, counts.same);
}

#[test]
fn any_failed_operation_of_reading_a_list_is_an_error_and_not_a_shorter_list() {
    let site = Site::with_files();
    let sample = |folder: &str, name: &str| {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../input/tests/data");
        let path = format!("{data}/{folder}/{name}");
        fs::read(path).expect("it is there")
    };
    // The first byte of a fuzz sample is for the fuzzer.
    let packed = |name: &str| sample("fuzz/archive", name)[1..].to_vec();
    let database = site.path("members.sqlite");
    Connection::open(database)
        .and_then(|connection| {
            connection.execute_batch(
                "create table members (id text, email text);
                 insert into members values ('m1', 'max@example.de'), ('m2', 'eva@example.de');",
            )
        })
        .expect("it is written");
    let sheet = "<row><c t=\"inlineStr\"><is><t>E-Mail</t></is></c></row>\
                 <row><c t=\"inlineStr\"><is><t>max@example.de</t></is></c></row>";
    let files: [(&str, Vec<u8>); 16] = [
        ("plain.csv", MEMBERS.into()),
        ("packed.csv.gz", gzip(MEMBERS)),
        ("packed.csv.bz2", packed("bzip2")),
        ("packed.csv.xz", packed("xz-crc64")),
        ("packed.csv.zst", packed("zstd")),
        ("archive.zip", packed("zip-deflate")),
        ("archive.tgz", gzip(tar(&[("members.csv", MEMBERS)]))),
        ("archive.tar", tar(&[("members.csv", MEMBERS)])),
        ("book.xlsx", workbook(sheet)),
        (
            "lines.jsonl",
            b"{\"email\":\"max@example.de\"}\n{\"email\":\"eva@example.de\"}\n".to_vec(),
        ),
        (
            "document.json",
            b"[{\"email\":\"max@example.de\"},{\"email\":\"eva@example.de\"}]".to_vec(),
        ),
        (
            "dump.sql",
            b"CREATE TABLE m (id int, email text);\nINSERT INTO m VALUES (1,'max@example.de');\n"
                .to_vec(),
        ),
        (
            "cards.vcf",
            b"BEGIN:VCARD\nVERSION:4.0\nFN:Max Muster\nEMAIL:max@example.de\nEND:VCARD\n".to_vec(),
        ),
        (
            "people.ldif",
            b"dn: cn=max\nmail: max@example.de\n\ndn: cn=eva\nmail: eva@example.de\n".to_vec(),
        ),
        ("pyarrow.parquet", sample("columnar", "pyarrow.parquet")),
        ("polars.arrows", sample("columnar", "polars.arrows")),
    ];
    let mut counts = Counts::default();
    let names = files.each_ref().map(|(name, _)| *name);
    files.iter().for_each(|(name, content)| site.write(name, content));
    site.write("leak.csv", LEAK);
    for (number, name) in names.into_iter().chain(["members.sqlite"]).enumerate() {
        let check = format!("check --leak leak.csv --output out --rejects rejects {name}");
        fail_all(&site, &check, &["out", "rejects"], number * 5, &mut counts);
    }
    assert!(shim().is_none() || counts.errors > 5, "{counts:?}");
    println!("lists: {} errors, {} with the same results", counts.errors, counts.same);
}

#[test]
fn a_file_that_cannot_be_examined_is_never_treated_as_missing() {
    let Some(shim) = shim() else {
        println!("not tested: there is no C compiler");
        return;
    };
    let site = Site::with_files();
    site.run("keygen key").expect(0);
    // The write-ahead log holds changes of the database.
    let database = Connection::open(site.path("leak.sqlite"));
    let create = "create table leak (email text); insert into leak values ('max@example.de');";
    database.and_then(|database| database.execute_batch(create)).expect("it is written");
    site.write("leak.sqlite-wal", "changes");
    // Only the log of the table lists the files that count.
    site.make_folder("table");
    site.make_folder("table/_delta_log");
    let part = concat!(env!("CARGO_MANIFEST_DIR"), "/../input/tests/data/columnar/pyarrow.parquet");
    fs::copy(part, site.path("table/part.parquet")).expect("there is room");
    for leak in ["leak.sqlite", "table"] {
        let build = format!("build --key key --name leak --output new {leak}");
        for number in 0.. {
            let FaultedRun { run, operation } =
                run_with(&site, &build, "LEAKDEX_SHIM_CALL", number, shim);
            run.expect_error(&[]);
            assert!(!site.exists("new"), "{leak}: {operation:?} of operation {number}");
            if operation.is_none() {
                break;
            }
        }
    }
    // These settings make a difference.
    site.write("leakdex.toml", "[check]\nall = true\n");
    for number in 0..5 {
        let check = "check --leak leak.csv --output new members.csv";
        let run = run_with(&site, check, "LEAKDEX_SHIM_CALL", number, shim).run;
        run.expect_error(&["leakdex.toml"]);
    }
}

#[test]
fn any_failed_large_allocation_is_an_error_without_a_half_result() {
    let Some(shim) = shim() else {
        println!("not tested: there is no C compiler");
        return;
    };
    let site = Site::with_index();
    let key = "--key key --index leak.leakdex";
    // This row is longer than most blocks.
    site.write(
        "long.csv",
        format!("Mitglied;E-Mail;Notiz\nm1;max@example.de;{}\n", "x".repeat(900_000)),
    );
    let mut counts = Counts::default();
    for (arguments, result) in [
        ("build --key key --output new --name leak leak.csv".to_owned(), Some("new")),
        (format!("check {key} --output new long.csv"), Some("new")),
        ("verify --key key leak.leakdex".to_owned(), None),
    ] {
        let reset = || site.write("new", "earlier");
        reset();
        let expected = site.run(&format!("--quiet --threads 1 {arguments}"));
        let new = site.bytes("new");
        let names = site.names(".");
        for number in (0..).step_by(in_campaign(1, 5)) {
            reset();
            let FaultedRun { run, operation } =
                run_with(&site, &arguments, "LEAKDEX_SHIM_MEMORY", number, shim);
            if operation.is_none() {
                assert_eq!(run.status(), expected.status(), "{run:?}");
                break;
            }
            if run.status() == expected.status() {
                assert!(run.stdout == expected.stdout && site.bytes("new") == new, "{run:?}");
                counts.same += 1;
            } else {
                run.expect_error(&["memory"]);
                counts.errors += 1;
                assert!(
                    result.is_none() || site.bytes("new") == b"earlier",
                    "{arguments}, {number}"
                );
            }
            assert_eq!(site.names("."), names, "{arguments}, {number}: something is left");
        }
    }
    println!("allocations: {} errors, {} with the same results", counts.errors, counts.same);
    assert!(counts.errors > 5, "{counts:?}");
}
