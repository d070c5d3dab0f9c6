//! Indexes and lists that change while the command uses them.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::fs::{FileExt as _, PermissionsExt as _},
    path::Path,
    process::{Output, Stdio},
    thread,
    time::Duration,
};

use super::support::{Run, Site, piped, wait_until, zip};

/// The number of people in a leak. Their index has many pages.
const PEOPLE: usize = 2500;

/// The command starts before it has read this many members: it examines a mebibyte and a block first.
const FIRST_MEMBERS: usize = 2000;

const CHECK: &str = "check --key key --index leak.leakdex --no-decoys --output findings --rejects \
                     rejects --summary summary -";

fn leak(names: &str) -> String {
    let mut leak = String::from("E-Mail\n");
    for number in 0..PEOPLE {
        writeln!(leak, "{names}{number:04}@example.de").expect("to memory");
    }
    leak
}

/// A folder with an index, a second index with the same key, breach and size, and findings of an earlier
/// run.
fn site() -> Site {
    let site = Site::new();
    site.run("keygen key").expect(0);
    for (index, names) in [("leak.leakdex", "muster"), ("other.leakdex", "fremde")] {
        site.write("leak.csv", leak(names));
        site.run(&format!("build --key key --name leak --output {index} leak.csv")).expect(0);
    }
    site.write("findings", "earlier");
    site
}

/// Members with wide rows. All of them are in the leak.
fn members(numbers: impl Iterator<Item = usize>) -> String {
    let filling = "x".repeat(1000);
    let mut members = String::new();
    for number in numbers {
        writeln!(members, "m{number};muster{number:04}@example.de;{filling}").expect("to memory");
    }
    members
}

/// Runs a check of members from a pipe. Makes a change after the indexes are opened and before the last
/// members arrive.
fn check_while(site: &Site, arguments: &str, change: impl FnOnce()) -> Run {
    site.after(arguments.to_owned(), &output_while(site, arguments, change))
}

fn output_while(site: &Site, arguments: &str, change: impl FnOnce()) -> Output {
    let mut check = piped(&mut site.command(arguments));
    let mut pipe = check.stdin.take().expect("a pipe");
    let first = String::from("Mitglied;E-Mail;Bemerkung\n") + &members(0..FIRST_MEMBERS);
    let feeder = thread::spawn(move || pipe.write_all(first.as_bytes()).map(|()| pipe));
    let mut results = check.stdout.take().expect("a pipe");
    let reader = thread::spawn(move || {
        let mut stdout = Vec::new();
        results.read_to_end(&mut stdout).map(|_| stdout)
    });
    let mut message = BufReader::new(check.stderr.take().expect("a pipe"));
    let mut stderr = String::new();
    while !stderr.contains("identifiers of ") {
        assert!(message.read_line(&mut stderr).expect("it is text") > 0, "it ended: {stderr}");
    }
    let mut pipe = feeder.join().expect("no panic").expect("the command reads");
    change();
    let last = members(FIRST_MEMBERS..PEOPLE);
    let feeder = thread::spawn(move || drop(pipe.write_all(last.as_bytes())));
    message.read_to_string(&mut stderr).expect("it is text");
    feeder.join().expect("no panic");
    let stdout = reader.join().expect("no panic").expect("it can be read");
    let status = check.wait().expect("it ends");
    Output { status, stdout, stderr: stderr.into_bytes() }
}

/// Asserts an error with advice, and unchanged earlier results.
#[track_caller]
fn is_refused(site: &Site, run: Run) {
    run.expect_error(&["in use", "renam", "run this again"]).prints("");
    assert_eq!(site.read("findings"), "earlier");
    assert!(!site.exists("rejects") && !site.exists("summary"));
}

#[track_caller]
fn finds_all(site: &Site, run: Run) {
    run.expect(0);
    let findings = site.read("findings");
    assert_eq!(findings.lines().skip(1).filter(|row| row.contains(",affected,")).count(), PEOPLE);
}

fn writable(site: &Site, name: &str) -> File {
    File::options().write(true).open(site.path(name)).expect("it is ours")
}

#[test]
fn a_check_publishes_nothing_if_an_index_is_overwritten_in_place() {
    let site = site();
    let other = site.bytes("other.leakdex");
    assert_eq!(other.len(), site.bytes("leak.leakdex").len(), "lengths show nothing");
    let change = || writable(&site, "leak.leakdex").write_all_at(&other, 0).expect("written");
    let run = check_while(&site, CHECK, change).says("leak.leakdex: was changed");
    is_refused(&site, run);
    site.run("check --key key --index leak.leakdex --output findings leak.csv").expect(0);
}

#[test]
fn a_check_publishes_nothing_if_an_index_is_copied_over() {
    let site = site();
    let change = || drop(fs::copy(site.path("other.leakdex"), site.path("leak.leakdex")));
    let run = check_while(&site, CHECK, change);
    is_refused(&site, run);
}

/// The system sends a signal to a process that reads a page after the new end of a mapped file.
#[test]
fn an_index_that_is_cut_short_during_a_check_is_an_error_and_nothing_is_left_behind() {
    let site = site();
    let whole = site.bytes("leak.leakdex");
    let length = whole.len() as u64;
    for (threads, length) in [(1, 0), (2, 0), (8, 0), (2, 4096), (2, length / 2), (2, length - 1)] {
        site.write("leak.leakdex", &whole);
        let change = || writable(&site, "leak.leakdex").set_len(length).expect("set");
        let run = check_while(&site, &format!("{CHECK} --threads {threads}"), change);
        assert!(
            length > 0
                || run
                    .stderr
                    .contains("leak.leakdex: could not be read to its end: the file was truncated"),
            "{}",
            run.stderr
        );
        is_refused(&site, run);
    }
}

/// Otherwise, the caller would wait for results that are then discarded.
#[test]
fn a_changed_index_is_detected_before_the_last_members_arrive() {
    let site = site();
    let mut check = piped(&mut site.command(CHECK));
    let mut pipe = check.stdin.take().expect("a pipe");
    let header = "Mitglied;E-Mail;Bemerkung\n";
    pipe.write_all((String::from(header) + &members(0..FIRST_MEMBERS)).as_bytes())
        .expect("it reads");
    let other = site.bytes("other.leakdex");
    writable(&site, "leak.leakdex").write_all_at(&other, 0).expect("written");
    // The pipe breaks when the command ends.
    let more = members(FIRST_MEMBERS..PEOPLE);
    wait_until("it ends", || pipe.write_all(more.as_bytes()).is_err());
    let output = check.wait_with_output().expect("it ends");
    is_refused(&site, site.after(CHECK.into(), &output));
}

#[test]
fn an_index_overwritten_and_restored_during_a_check_is_an_error() {
    let site = site();
    let (whole, other) = (site.bytes("leak.leakdex"), site.bytes("other.leakdex"));
    let change = || {
        let file = writable(&site, "leak.leakdex");
        let modified = file.metadata().and_then(|file| file.modified()).expect("it has one");
        file.write_all_at(&other, 0).expect("written");
        file.write_all_at(&whole, 0).expect("written");
        file.set_modified(modified).expect("set");
    };
    let run = check_while(&site, CHECK, change).says("leak.leakdex: was changed");
    is_refused(&site, run);
}

#[test]
fn an_index_that_is_appended_to_during_a_check_is_an_error() {
    let site = site();
    let length = site.bytes("leak.leakdex").len() as u64;
    let change = || writable(&site, "leak.leakdex").write_all_at(b"\n", length).expect("written");
    let run = check_while(&site, CHECK, change);
    is_refused(&site, run);
}

#[test]
fn an_index_may_be_replaced_by_renaming_during_a_check() {
    let site = site();
    let change = || {
        fs::rename(site.path("other.leakdex"), site.path("leak.leakdex")).expect("renamed");
    };
    let run = check_while(&site, CHECK, change);
    finds_all(&site, run);
}

#[test]
fn an_index_may_be_rebuilt_or_remerged_during_a_check() {
    let site = site();
    let change = || {
        site.write("leak.csv", leak("fremde"));
        site.run("build --key key --name leak --output leak.leakdex leak.csv").expect(0);
        site.run("merge --key key --output leak.leakdex leak.leakdex other.leakdex").expect(0);
    };
    let run = check_while(&site, "check --key key --index leak.leakdex --no-decoys -", change);
    assert_eq!(run.expect(0).stdout.matches(",affected,").count(), PEOPLE);
}

#[test]
fn the_permissions_of_an_index_may_change_during_a_check() {
    let site = site();
    let change = || {
        let permissions = fs::Permissions::from_mode(0o400);
        fs::set_permissions(site.path("leak.leakdex"), permissions).expect("it is ours");
    };
    let run = check_while(&site, CHECK, change);
    finds_all(&site, run);
}

#[test]
fn one_changed_shard_of_many_is_noticed() {
    let site = site();
    site.run("build --key key --name leak --shards 4 --output shards leak.csv").expect(0);
    let shard = site.names("shards").into_iter().nth(2).expect("there are four");
    let shard = format!("shards/{shard}");
    let change = || writable(&site, &shard).write_all_at(b"x", 5000).expect("written");
    let run = check_while(&site, &CHECK.replace("leak.leakdex", "shards"), change).says(&shard);
    is_refused(&site, run);
}

/// Otherwise, a later run would continue after results of the changed index.
#[test]
fn no_checkpoint_keeps_answers_of_a_changed_index() {
    let site = site();
    let whole = site.bytes("leak.leakdex");
    let other = site.bytes("other.leakdex");
    let check = "check --key key --index leak.leakdex --no-decoys --all --resume --checkpoint-every 0 \
                 --output findings -";
    let change = || writable(&site, "leak.leakdex").write_all_at(&other, 0).expect("written");
    let output = output_while(&site, check, change);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("leak.leakdex: was changed"), "{message}");
    site.write("leak.leakdex", whole);
    let all = String::from("Mitglied;E-Mail;Bemerkung\n") + &members(0..PEOPLE);
    let run = site.feed(check, all);
    finds_all(&site, run);
}

#[test]
fn no_answer_of_a_changed_index_is_printed_by_lookup() {
    let site = site();
    for is_cut in [false, true] {
        let whole = site.bytes("leak.leakdex");
        let mut lookup = piped(&mut site.command("lookup --key key --index leak.leakdex email"));
        let mut pipe = lookup.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(lookup.stdout.take().expect("a pipe"));
        let values = leak("muster").replace("E-Mail\n", "");
        let mut all = String::new();
        // The first answers come while more values are waiting. All values fit into the pipe.
        pipe.write_all(values.as_bytes()).expect("it reads");
        answers.read_line(&mut all).expect("it is text");
        let file = writable(&site, "leak.leakdex");
        if is_cut {
            file.set_len(0).expect("set");
        } else {
            file.write_all_at(&site.bytes("other.leakdex"), 0).expect("written");
        }
        let feeder = thread::spawn(move || drop(pipe.write_all(values.as_bytes())));
        answers.read_to_string(&mut all).expect("it is text");
        feeder.join().expect("no panic");
        let output = lookup.wait_with_output().expect("it ends");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("in use") && message.contains("run this again"), "{message}");
        assert!(all.lines().all(|line| line.starts_with("affected\t")), "a false all-clear");
        site.write("leak.leakdex", whole);
    }
}

#[test]
fn a_merge_of_a_changed_index_publishes_nothing() {
    let site = site();
    // The rows to erase come from a pipe, after the indexes were opened.
    let path = site.make_pipe("rows");
    let merge = "merge --key key --output merged --without rows leak.leakdex";
    let merge = site.command(merge).stderr(Stdio::piped()).spawn().expect("the command starts");
    // Opening blocks until the command opens the other end.
    let mut rows = File::options().write(true).open(&path).expect("it opens it");
    let other = site.bytes("other.leakdex");
    writable(&site, "leak.leakdex").write_all_at(&other, 0).expect("written");
    rows.write_all(b"E-Mail\nmuster0001@example.de\n").expect("it reads");
    drop(rows);
    let output = merge.wait_with_output().expect("it ends");
    let run = site.after("merge".into(), &output);
    run.expect_error(&["leak.leakdex: was changed while it was in use"]);
    assert!(!site.exists("merged"));
    let _: io::Result<()> = fs::remove_file(path);
}

/// Whether a process has this file open.
fn has_open(process: u32, path: &Path) -> bool {
    let mut open = fs::read_dir(format!("/proc/{process}/fd")).expect("it lives");
    open.any(|entry| {
        entry.is_ok_and(|entry| fs::read_link(entry.path()).is_ok_and(|to| to == path))
    })
}

/// Checks a member list that changes after it was opened, while the leak comes from a pipe.
fn check_of_changed_list(change: impl FnOnce(&Path)) -> (Site, Run) {
    let site = Site::new();
    site.write("list.csv", "Mitglied;E-Mail\nm1;a@example.de\nm2;muster0001@example.de\n");
    site.write("findings", "earlier");
    let check = "check --no-decoys --leak - --output findings list.csv";
    let run = check_while_leak_comes(&site, check, "list.csv", change);
    (site, run)
}

fn check_while_leak_comes(site: &Site, check: &str, list: &str, change: impl FnOnce(&Path)) -> Run {
    let mut run = piped(&mut site.command(check));
    let mut pipe = run.stdin.take().expect("a pipe");
    let leak = String::from("Mitglied;E-Mail;Bemerkung\n") + &members(0..PEOPLE);
    pipe.write_all(leak.as_bytes()).expect("it reads");
    let list = fs::canonicalize(site.path(list)).expect("it is there");
    wait_until("it opens the list", || has_open(run.id(), &list));
    // Opened files are examined again before they are read.
    thread::sleep(Duration::from_millis(100));
    change(&list);
    drop(pipe);
    let output = run.wait_with_output().expect("it ends");
    site.after(check.into(), &output)
}

#[test]
fn a_check_publishes_nothing_if_a_member_list_is_changed() {
    // Cut after a complete row, it would look like a shorter list without affected members.
    let cut: fn(&Path) =
        |list| fs::write(list, "Mitglied;E-Mail\nm1;a@example.de\n").expect("written");
    let add: fn(&Path) = |list| {
        let mut list = File::options().append(true).open(list).expect("it is ours");
        list.write_all(b"m3;muster0002@example.de\n").expect("written");
    };
    // Copied over with the old timestamps, as backup programs do, it would look like a list of strangers.
    let copy: fn(&Path) = |list| {
        let modified = list.metadata().and_then(|file| file.modified()).expect("it has one");
        let file = File::options().write(true).open(list).expect("it is ours");
        file.write_all_at(b"Mitglied;E-Mail\nm1;a@example.de\nm2;fremde0001@example.de\n", 0)
            .expect("written");
        file.set_modified(modified).expect("set");
    };
    for change in [cut, add, copy] {
        let (site, run) = check_of_changed_list(change);
        run.expect_error(&["list.csv: was changed while it was read", "run this again"]);
        assert_eq!(site.read("findings"), "earlier");
    }
}

#[test]
fn a_member_list_may_be_deleted_during_a_check() {
    let (site, run) = check_of_changed_list(|list| fs::remove_file(list).expect("removed"));
    run.expect(0);
    assert!(site.read("findings").contains(",m2,affected,"), "the open list is whole");
}

/// Each version of the archive has the affected member once. A mix of both can lack that member.
#[test]
fn an_archive_replaced_during_a_run_is_an_error() {
    let site = Site::new();
    let list = |row| format!("Mitglied;E-Mail\n{row}\n");
    let lists = ["m1;a@example.de", "m2;muster0001@example.de"].map(list);
    site.write("list.zip", zip(&[("1.csv", &lists[0]), ("2.csv", &lists[1])]));
    site.write("new.zip", zip(&[("1.csv", &lists[1]), ("2.csv", &lists[0])]));
    site.write("findings", "earlier");
    let check = "check --no-decoys --leak - --output findings list.zip";
    let rename = |list: &Path| fs::rename(site.path("new.zip"), list).expect("renamed");
    let run = check_while_leak_comes(&site, check, "list.zip", rename);
    let run =
        run.expect_error(&["list.zip/2.csv: was changed while it was read", "run this again"]);
    assert!(!run.stderr.contains("leave this file out"), "{}", run.stderr);
    assert_eq!(site.read("findings"), "earlier");
    let check = "check --no-decoys --leak leak.csv --output findings list.zip";
    site.write("leak.csv", leak("muster"));
    site.run(check).expect(0);
    assert!(site.read("findings").contains(",m2,affected,"), "the new archive is checked");
}
