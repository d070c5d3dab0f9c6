//! The message of a run that a signal stops: whether work is kept, and how to continue.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdin},
    thread,
    time::Duration,
};

use rustix::process::Signal;

use super::support::{Site, piped, send, wait_until};

/// Starts a command that reads members from a pipe, and waits until this file exists. Meanwhile, more
/// members arrive.
fn start_and_wait_for(site: &Site, command: &str, file: &str) -> (Child, ChildStdin) {
    let mut run = piped(&mut site.command(command));
    let mut pipe = run.stdin.take().expect("a pipe");
    pipe.write_all(b"id;E-Mail\n").expect("it reads");
    let mut number = 0;
    wait_until(&format!("{file} is there"), || {
        pipe.write_all(rows(number).as_bytes()).expect("it reads");
        number += 1;
        site.names(".").iter().any(|name| name.contains(file))
    });
    // The run notices the file a moment later.
    thread::sleep(Duration::from_millis(300));
    (run, pipe)
}

/// 2000 members. The number makes them unique.
fn rows(number: u32) -> String {
    let row = |row: u32| format!("m{number}-{row};m{number}-{row}@example.de\n");
    (0..2000).map(row).collect::<Vec<_>>().concat()
}

/// Stops a run with a signal, and returns its message.
fn message_after_stop(site: &Site, command: &str, file: &str, signal: Signal) -> String {
    let (run, pipe) = start_and_wait_for(site, command, file);
    send(signal, &run);
    let output = run.wait_with_output().expect("it ends");
    drop(pipe);
    let message = String::from_utf8(output.stderr).expect("it is text");
    assert_eq!(output.status.code(), None, "it ends by the signal: {message}");
    message
}

const CHECK: &str = "check -k key -i leak.leakdex -";
const PART: &str = ".leakdex-part";

#[test]
fn a_check_that_keeps_its_work_says_that_the_same_command_continues() {
    const WORDS: &str = "is kept. To continue from there, run the same command again";
    let check = format!("{CHECK} -o findings.csv --resume --checkpoint-every 1");
    for signal in [Signal::INT, Signal::TERM] {
        let site = Site::with_index();
        let message = message_after_stop(&site, &check, ".leakdex-checkpoint", signal);
        assert!(message.contains(WORDS) && message.contains("nothing was published"), "{message}");

        // A resumed run has kept work even before its own first checkpoint.
        let mut run = piped(&mut site.command(&check.replace("every 1", "every 1000000")));
        let mut pipe = run.stdin.take().expect("a pipe");
        let feeder = thread::spawn(move || {
            let first_write = pipe.write_all(b"id;E-Mail\n");
            let _ = (0..).try_fold((), |(), number| pipe.write_all(rows(number).as_bytes()));
            first_write
        });
        let mut reader = BufReader::new(run.stderr.take().expect("a pipe"));
        let mut text = String::new();
        while !text.contains("continues after") {
            assert!(reader.read_line(&mut text).expect("it is text") > 0, "{text}");
        }
        send(signal, &run);
        reader.read_to_string(&mut text).expect("it is text");
        assert!(text.contains(WORDS), "{text}");
        run.wait().expect("it ends");
        feeder.join().expect("it does not panic").expect("it reads the first row");
    }
}

#[test]
fn before_the_first_checkpoint_the_message_says_nothing_is_kept() {
    let site = Site::with_index();
    let check = format!("{CHECK} -o findings.csv --resume --checkpoint-every 1000000");
    let message = message_after_stop(&site, &check, PART, Signal::INT);
    assert!(message.contains("nothing is kept yet. To start again"), "{message}");
    assert!(!message.contains("continue from there"), "{message}");
}

#[test]
fn a_check_without_resume_says_that_nothing_is_kept_and_names_the_option() {
    let site = Site::with_index();
    let message = message_after_stop(&site, &format!("{CHECK} -o findings.csv"), PART, Signal::INT);
    assert!(message.contains("nothing is kept. With --resume,"), "{message}");
    for options in [
        "--letters letters --draft -o findings.csv",
        "--mail-merge table.csv -o findings.csv",
        "--worklist work.csv -o findings.csv",
        "--rejects rejects.csv",
        "--rejects rejects.xlsx -o findings.csv",
        "-o findings.xlsx",
    ] {
        let message = message_after_stop(&site, &format!("{CHECK} {options}"), PART, Signal::INT);
        assert!(message.contains("nothing is kept\n"), "{message}");
        assert!(!message.contains("--resume"), "{message}");
    }
    let quiet =
        message_after_stop(&site, &format!("{CHECK} -q -o findings.csv"), PART, Signal::INT);
    assert_eq!(quiet, "");
}

#[test]
fn a_build_says_that_nothing_was_published() {
    let site = Site::with_index();
    let build = "build -k key -o new.leakdex --rejects r.csv -";
    let message = message_after_stop(&site, build, PART, Signal::TERM);
    assert!(
        message.ends_with("stopped: nothing was published, and nothing is kept\n"),
        "{message}"
    );
    assert!(!site.exists("new.leakdex"));
}
