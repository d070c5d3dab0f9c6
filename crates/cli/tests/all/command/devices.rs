//! Standard streams that are closed or full, and results that are no files.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{FileTypeExt as _, symlink},
    process::{Command, Stdio},
    thread,
};

use super::support::{FINDINGS, MAX, Run, Site};

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
fn closed_standard_output_is_an_error_and_no_panic() {
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
        let run = run.expect_error(&["standard output", "closed"]);
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
fn full_standard_output_is_an_error() {
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
}

#[test]
fn a_device_takes_a_result_and_is_not_replaced() {
    let site = Site::with_index();
    symlink("/dev/null", site.path("null")).expect("links can be made");
    site.run("check --leak leak.csv --output null --rejects null members.csv").expect(3).prints("");
    let link = site.path("null").symlink_metadata().expect("the link is there");
    assert!(link.is_symlink());
    assert!(site.path("null").metadata().expect("a device").file_type().is_char_device());
}

#[test]
fn a_pipe_with_a_name_takes_a_result_and_is_not_replaced() {
    let site = Site::with_index();
    let pipe = make_pipe(&site);
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
fn an_index_never_replaces_what_is_no_file() {
    let site = Site::with_index();
    let pipe = make_pipe(&site);
    // Whether the command refuses the pipe or writes into it: it must not wait for ever.
    let reader = OpenOptions::new().read(true).write(true).open(pipe).expect("the pipe opens");
    site.run("build --key key --output pipe leak.csv");
    drop(reader);
    let file_type = site.path("pipe").symlink_metadata().expect("the pipe is there").file_type();
    assert!(file_type.is_fifo(), "the pipe was replaced by a file; so would /dev/null be");
}

#[test]
fn a_named_pipe_can_be_read() {
    let site = Site::with_index();
    let pipe = make_pipe(&site);
    let writer = thread::spawn(move || fs::write(pipe, format!("KVNR\n{MAX}\n")));
    site.run("check --key key --index leak.leakdex pipe").expect(0).calls("affected");
    writer.join().expect("the writer ends").expect("the pipe can be written");
}

#[test]
fn a_standard_error_that_takes_nothing_stops_no_run() {
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

fn make_pipe(site: &Site) -> std::path::PathBuf {
    let path = site.path("pipe");
    let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo is there");
    assert!(made.success());
    path
}
