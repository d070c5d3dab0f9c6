//! Standard streams that are closed or full, and results that are not files.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, symlink},
    process::{Command, Stdio},
    thread,
};

use super::support::{FINDINGS, LEAKDEX, MAX, REJECTS, Run, Site};

/// Runs the command with a standard output that nobody reads.
fn into_closed_pipe(site: &Site, arguments: &str, input: Stdio) -> Run {
    let (reader, writer) = io::pipe().expect("a pipe can be made");
    drop(reader);
    let output = site.command(arguments).stdin(input).stdout(writer).output();
    site.after(arguments.to_owned(), &output.expect("the command starts"))
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("Linux has /dev/full")
}

#[test]
fn closed_standard_output_is_an_error_not_a_panic() {
    let site = Site::with_index();
    site.write("values", format!("{MAX}\n").repeat(100_000));
    for arguments in [
        "check --quiet --key key --index leak.leakdex members.csv",
        "check --quiet --leak leak.csv --format-out jsonl members.csv",
        "inspect leak.leakdex",
        "verify --key key leak.leakdex",
        "normalize kvnr",
        "lookup --key key --index leak.leakdex kvnr",
    ] {
        let input = File::open(site.path("values")).expect("it was just written");
        let run = into_closed_pipe(&site, arguments, input.into());
        let run = run.expect_error(&["standard output", "closed", "--output"]);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
}

#[test]
fn closed_standard_output_publishes_nothing() {
    let site = Site::with_index();
    let index = site.bytes("leak.leakdex");
    ["r", "s"].iter().for_each(|name| site.write(name, "earlier"));
    let check = "check --leak leak.csv --rejects r --summary s members.csv";
    into_closed_pipe(&site, check, Stdio::null()).expect(1);
    site.write("other.csv", format!("KVNR\n{MAX}\n"));
    let build = "build --key key --output leak.leakdex --rejects r --summary - other.csv";
    into_closed_pipe(&site, build, Stdio::null()).expect(1);
    assert_eq!((site.read("r"), site.read("s")), ("earlier".into(), "earlier".into()));
    assert!(site.bytes("leak.leakdex") == index, "the index differs");
}

#[test]
fn a_full_standard_output_is_an_error() {
    let site = Site::with_index();
    for arguments in [
        "check --leak leak.csv members.csv",
        "inspect leak.leakdex",
        "verify --key key leak.leakdex",
        "keygen new.key",
    ] {
        let output = site.command(arguments).stdin(Stdio::null()).stdout(full()).output();
        let run = site.after(arguments.to_owned(), &output.expect("the command starts"));
        run.expect_error(&["standard output"]);
    }
}

/// Runs a script in which `$LEAKDEX` is the command, to give it any kind of stream.
fn in_shell(site: &Site, script: &str) -> Run {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).env("LEAKDEX", LEAKDEX).current_dir(site.path("."));
    let output = shell.stdin(Stdio::null()).output().expect("every Unix has a shell");
    site.after(script.to_owned(), &output)
}

const CHECK: &str = "$LEAKDEX check --quiet --leak leak.csv members.csv";

/// All commands that always print to standard output.
const PRINTING: [&str; 12] = [
    "help",
    "help check",
    "check --help",
    "--version",
    "completions zsh",
    "man .",
    "inspect leak.leakdex",
    "verify --key key leak.leakdex",
    "normalize kvnr",
    "lookup --key key --index leak.leakdex kvnr",
    "check --explain --leak leak.csv members.csv",
    "check --explain-match m1 --leak leak.csv members.csv",
];

#[test]
fn initially_closed_standard_output_is_an_error_before_the_work() {
    let site = Site::with_index();
    ["r", "s"].iter().for_each(|name| site.write(name, "earlier"));
    let results = [
        "check --leak leak.csv --rejects r --summary s members.csv",
        "check --leak leak.csv --rejects r --summary s --output /dev/stdout members.csv",
        "build --key key --output - --rejects r --summary s leak.csv",
        "keygen new.key",
    ];
    for arguments in PRINTING.iter().chain(&["demo"]).chain(&results) {
        let run = in_shell(&site, &format!("$LEAKDEX {arguments} >&-"));
        let run = run.expect_error(&["standard output is closed", "name a file"]);
        assert_eq!(run.stderr.lines().count(), 1, "before the work: {}", run.stderr);
        // A stream that is open for reading only also loses the output.
        let run = in_shell(&site, &format!("$LEAKDEX {arguments} 1</dev/null"));
        run.expect_error(&["standard output is open for reading only"]);
    }
    assert_eq!((site.read("r"), site.read("s")), ("earlier".into(), "earlier".into()));
    assert!(!site.exists("new.key") && !site.exists("leakdex.1"));
}

#[test]
fn a_run_without_need_for_standard_output_continues_if_it_is_closed() {
    let site = Site::with_index();
    in_shell(&site, &format!("{CHECK} --output f --rejects r >&-")).expect(3);
    assert!(site.read("f").starts_with(FINDINGS));
    in_shell(&site, "$LEAKDEX build --quiet --key key --output i leak.csv >&-").expect(0);
    // As a service manager may pass it: for writing, or for reading and writing.
    in_shell(&site, &format!("{CHECK} >/dev/null")).expect(3);
    in_shell(&site, &format!("{CHECK} 1<>/dev/null")).expect(3);
    in_shell(&site, "$LEAKDEX --version 1<>/dev/null").expect(0);
    in_shell(&site, &format!("{CHECK} <&- 2>&-")).expect(3).verdicts("affected affected");
}

#[test]
fn printing_to_a_full_disk_is_an_error() {
    let site = Site::with_index();
    site.write("values", format!("{MAX}\n"));
    for arguments in PRINTING {
        let run = in_shell(&site, &format!("$LEAKDEX {arguments} <values >/dev/full"));
        run.expect_error(&["cannot write to standard output"]);
    }
}

#[test]
fn two_results_on_one_stream_under_two_names_are_wrong_usage() {
    let site = Site::with_index();
    site.write("f", "earlier\n");
    symlink("/dev/stdout", site.path("link")).expect("links can be made");
    for results in [
        "--output - --rejects /dev/stdout >x",
        "--rejects /dev/stdout >x",
        "--output /dev/fd/1 --summary - >x",
        "--output /proc/self/fd/1 --rejects /dev/stdout | cat",
        "--output /proc/thread-self/fd/1 --rejects - | cat",
        "--output link --rejects ./link >x",
        "--output link --rejects - >/dev/null",
        // Two descriptors of the same file or pipe.
        "--output - --rejects /dev/stderr >x 2>&1",
        "--output /dev/fd/3 --rejects /dev/fd/4 3>x 4>>x",
        // Renaming would take the file away from the stream.
        "--output f --rejects /dev/stdout >>f",
        "--output - --report ./f.md >>f.md",
    ] {
        let run =
            in_shell(&site, &format!("{{ {CHECK} {results}; echo $? >&5; }} 5>status 2>stderr"));
        let all = format!("{}{}", run.stdout, site.read("stderr"));
        let all = if site.exists("x") { all + &site.read("x") } else { all };
        assert!(all.contains("can take one result only"), "{results}: {all}");
        assert!(!all.contains("members.csv,"), "{results}: {all}");
        assert!(results.ends_with("| cat") || site.read("status") == "2\n", "{results}");
        assert_eq!(site.read("f"), "earlier\n", "{results}");
    }
    in_shell(&site, &format!("{CHECK} --output /dev/null --rejects /dev/null")).expect(3);
    let run = in_shell(&site, &format!("{CHECK} --output - --rejects /dev/stderr")).expect(3);
    assert!(run.stdout.starts_with(FINDINGS) && run.stderr.starts_with(REJECTS));
}

#[test]
fn a_stream_to_an_input_is_refused_as_output() {
    let site = Site::with_index();
    let members = site.read("members.csv");
    for script in [
        format!("{CHECK} >>members.csv"),
        format!("{CHECK} --output f --rejects /dev/fd/3 3>>members.csv"),
        "$LEAKDEX check --quiet --leak leak.csv - <members.csv >>members.csv".to_owned(),
    ] {
        in_shell(&site, &script).expect(2).says("is an input, and a result would replace it");
        assert_eq!(site.read("members.csv"), members, "{script}");
    }
}

#[test]
fn a_path_to_an_open_stream_is_written_through_the_stream() {
    let site = Site::with_index();
    symlink("/dev/fd/3", site.path("link")).expect("links can be made");
    let findings = in_shell(&site, CHECK).expect(3).stdout;
    for (path, redirection) in [
        ("/dev/stdout", ">>log"),
        ("/dev/fd/1", ">>log"),
        ("/proc/self/fd/1", ">>log"),
        ("/dev/stderr", "2>>log"),
        ("/dev/fd/3", "3>>log"),
        ("link", "3>>log"),
    ] {
        site.write("log", "earlier\n");
        let before = identity(&site, "log");
        in_shell(&site, &format!("{CHECK} --output {path} {redirection}")).expect(3).prints("");
        assert_eq!(site.read("log"), format!("earlier\n{findings}"), "{path}");
        assert_eq!(identity(&site, "log"), before, "{path}");
    }
    // Other text on the same stream is kept.
    let script = format!("{{ echo before; {CHECK} --output /dev/fd/3 3>&1; echo after; }} >log");
    in_shell(&site, &script).expect(0);
    assert_eq!(site.read("log"), format!("before\n{findings}after\n"));
    // An index is written there like any other result.
    in_shell(&site, "$LEAKDEX build --quiet --key key --output /dev/stdout leak.csv >i").expect(0);
    assert!(site.bytes("i") == site.bytes("leak.leakdex"), "the index differs");
    in_shell(&site, "$LEAKDEX merge --key key --output /dev/stdout i >m").expect(2);
    let resumed = "$LEAKDEX check --key key --index i --resume --output /dev/stdout members.csv >x";
    in_shell(&site, resumed).expect(2).says("--resume needs --output to be a file");
}

#[test]
fn a_closed_or_read_only_descriptor_is_refused_as_output() {
    let site = Site::with_index();
    // The command opens files itself, so some numbers are open that it did not inherit.
    let closed = "3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
    for number in 3..10 {
        let script = format!("{CHECK} --output /dev/fd/{number} {closed}");
        let run = in_shell(&site, &script).expect(1);
        run.says(&format!("descriptor {number} is closed"));
    }
    in_shell(&site, &format!("{CHECK} --output /dev/stdin"))
        .expect_error(&["standard input is open for reading only"]);
}

fn identity(site: &Site, name: &str) -> (u64, u64) {
    let metadata = site.path(name).metadata().expect("the file is there");
    (metadata.dev(), metadata.ino())
}

#[test]
fn a_full_device_as_result_is_an_error_and_publishes_nothing() {
    let site = Site::with_index();
    let index = site.bytes("leak.leakdex");
    site.write("s", "earlier");
    symlink("/dev/full", site.path("full")).expect("links can be made");
    site.run("check --leak leak.csv --output full --summary s members.csv").expect_error(&["full"]);
    site.run("check --leak leak.csv --rejects full --summary s members.csv")
        .expect_error(&["full"])
        .prints("");
    assert_eq!(site.read("s"), "earlier");
    site.write("other.csv", format!("KVNR\n{MAX}\n"));
    site.run("build --key key --output leak.leakdex --summary full other.csv")
        .expect_error(&["full"]);
    assert!(site.bytes("leak.leakdex") == index, "the index differs");
    site.run("private signer provider.key").expect(0);
    site.run("private epoch epoch.seed --name leak").expect(0);
    let table = "private table --epoch epoch.seed --signer provider.key --output leak.table";
    site.run(&format!("{table} --summary full leak.csv")).expect_error(&["full"]);
    assert!(!site.exists("leak.table"), "the table is published");
}

#[test]
fn a_result_is_written_to_a_device_without_replacing_it() {
    let site = Site::with_index();
    symlink("/dev/null", site.path("null")).expect("links can be made");
    site.run("check --leak leak.csv --output null --rejects null members.csv").expect(3).prints("");
    let link = site.path("null").symlink_metadata().expect("the link is there");
    assert!(link.is_symlink());
    assert!(site.path("null").metadata().expect("a device").file_type().is_char_device());
}

#[test]
fn a_result_is_written_to_a_named_pipe_without_replacing_it() {
    let site = Site::with_index();
    let pipe = site.make_pipe("pipe");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let read = File::open(pipe).and_then(|mut pipe| pipe.read_to_string(&mut text));
        read.map(|_| text)
    });
    site.run("check --leak leak.csv --output pipe members.csv").expect(3).prints("");
    let file_type = site.path("pipe").metadata().expect("the pipe is there").file_type();
    assert!(file_type.is_fifo());
    let text = reader.join().expect("the reader ends").expect("the pipe can be read");
    assert!(text.starts_with(FINDINGS), "{text}");
}

#[test]
fn an_index_replaces_only_files() {
    let site = Site::with_index();
    let pipe = site.make_pipe("pipe");
    // The command may refuse the pipe or write into it, but it must not hang.
    let reader = OpenOptions::new().read(true).write(true).open(pipe).expect("the pipe opens");
    site.run("build --key key --output pipe leak.csv");
    drop(reader);
    let file_type = site.path("pipe").symlink_metadata().expect("the pipe is there").file_type();
    assert!(file_type.is_fifo(), "the pipe was replaced by a file; so would /dev/null be");
}

#[test]
fn a_named_pipe_can_be_read() {
    let site = Site::with_index();
    let pipe = site.make_pipe("pipe");
    let writer = thread::spawn(move || fs::write(pipe, format!("KVNR\n{MAX}\n")));
    site.run("check --key key --index leak.leakdex pipe").expect(0).verdicts("affected");
    writer.join().expect("the writer ends").expect("the pipe can be written");
}

#[test]
fn an_unwritable_standard_error_stops_no_run() {
    let site = Site::with_index();
    for (arguments, status) in [
        ("check --leak leak.csv --output f members.csv", 3),
        ("build --key key --output i leak.csv", 0),
        ("check --leak leak.csv --max-rejects 0 members.csv", 4),
        ("check --leak leak.csv nobody.csv", 1),
        ("verify --key key members.csv", 1),
    ] {
        let output = site.command(arguments).stdin(Stdio::null()).stderr(full()).output();
        let output = output.expect("the command starts");
        assert_eq!(output.status.code(), Some(status), "leakdex {arguments}");
    }
    assert!(site.exists("f") && site.exists("i"));
}
