//! Runs that end early: killed, stopped, or out of space.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::support::{LEAK, LEAKDEX, Site, in_campaign, piped, send, wait_until};

/// A leak that takes a moment to index.
fn leak(names: &str) -> String {
    let mut leak = String::from("E-Mail;Nachname;Vorname;Geburtsdatum\n");
    for number in 0..400 {
        writeln!(leak, "{names}{number}@example.de;{names};Eva;01.02.19{:02}", number % 100)
            .expect("to memory");
    }
    leak
}

/// A folder with a key, two leaks, and an index of each under another name.
fn site() -> Site {
    let site = Site::new();
    site.run("keygen key").expect(0);
    for (name, leak) in [("old", leak("muster")), ("new", leak("beispiel"))] {
        site.write(&format!("{name}.csv"), leak);
        site.run(&format!("build --key key --name leak --output {name} {name}.csv")).expect(0);
    }
    site
}

fn start(site: &Site, arguments: &str) -> Child {
    site.command(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts")
}

const BUILD: &str = "build --key key --name leak --output target new.csv";

/// Kills a command at many points in time, and examines its target each time.
fn kill_often(site: &Site, command: &str) {
    let kills = in_campaign(300, 60);
    let old = site.bytes("old");
    start(site, command).wait().expect("it runs");
    let new = site.bytes("target");
    assert!(old != new);
    let start_of_one = Instant::now();
    start(site, command).wait().expect("it runs");
    let whole_run = start_of_one.elapsed();
    let target_files = || {
        let mut names = site.names(".");
        names.retain(|name| name.contains("target"));
        names
    };

    let (mut olds, mut leftovers) = (0, 0);
    for kill in 0..kills {
        site.write("target", &old);
        let mut run = start(site, command);
        // The kills cover the whole run evenly. Their order hides changes of the machine's speed.
        thread::sleep(whole_run * (kill * 7 % kills) / kills * 5 / 4);
        run.kill().expect("it can be killed, also when it is over");
        run.wait().expect("it is over");
        let target = site.bytes("target");
        assert!(target == old || target == new, "neither, at kill {kill}");
        olds += u32::from(target == old);
        leftovers += u32::from(target_files().len() > 1);
    }
    assert!(olds > 0, "none was killed before it was done");
    println!("{kills} kills: {olds} old, {} new, {leftovers} with a leftover", kills - olds);

    site.write("target", &old);
    site.write(".target.leakdex-part", &old[..old.len() / 2]);
    site.run(command).expect(0);
    assert!(site.bytes("target") == new);
    assert_eq!(target_files(), BTreeSet::from(["target".into()]), "the next run removes leftovers");
}

#[test]
fn a_build_killed_at_any_moment_leaves_the_whole_old_index_or_the_whole_new_one() {
    kill_often(&site(), BUILD);
}

#[test]
fn a_merge_killed_at_any_moment_leaves_the_whole_old_index_or_the_whole_new_one() {
    kill_often(&site(), "merge --key key --output target old new");
}

/// A check with four results.
const CHECK: &str = "check --key key --index old --rejects rejects.csv --summary s.json --letters letters \
                     --letters-despite-accidents --draft --output findings.csv -";

/// Starts a command, and returns when it has begun this many results and waits for the rest of its input.
/// `starter` is the program that starts the command, with its arguments.
fn waiting(
    site: &Site,
    command: &str,
    results: usize,
    starter: &[&str],
    input: &str,
) -> (Child, ChildStdin) {
    let command = site.command(command);
    let before = site.names(".").len();
    let mut run = piped(
        Command::new(starter[0])
            .args(&starter[1..])
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(site.path(".")),
    );
    let mut pipe = run.stdin.take().expect("a pipe");
    pipe.write_all(input.as_bytes()).expect("it reads");
    wait_until("it begins its results", || site.names(".").len() >= before + results);
    (run, pipe)
}

#[test]
fn a_stopped_run_leaves_no_files_and_changes_none() {
    use std::os::unix::process::ExitStatusExt;

    let site = site();
    site.write("findings.csv", "an earlier run's\n");
    let before = site.names(".");
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        // These tests may run under `nohup`.
        let (mut check, members) =
            waiting(&site, CHECK, 4, &["env", "--default-signal=HUP"], &leak("muster"));
        send(signal, &check);
        let status = check.wait().expect("it ends");
        assert_eq!(status.code(), None, "it ends by the signal, so that a shell can tell");
        assert_eq!(status.signal(), Some(signal.as_raw()));
        assert_eq!(site.names("."), before, "{signal:?}");
        assert_eq!(site.read("findings.csv"), "an earlier run's\n");
        drop(members);
    }
}

#[test]
fn a_signal_during_publication_takes_effect_after_all_results_are_named() {
    use std::os::unix::process::ExitStatusExt;

    let site = site();
    let reports: Vec<String> = (0..150).map(|number| format!("report{number}.json")).collect();
    let check = format!("{CHECK} --report {}", reports.join(" --report "));
    let members = "E-Mail;id\nmuster1@example.de;m1\n";
    let mut signals = Vec::new();
    // The signal may come after the last name.
    for _ in 0..20 {
        let results = 4 + reports.len();
        let (mut run, pipe) = waiting(&site, &check, results, &["env"], members);
        drop(pipe);
        let letters = site.path("letters");
        while !letters.exists() {
            assert!(run.try_wait().expect("its status is known").is_none(), "it ended before");
        }
        send(Signal::TERM, &run);
        signals.push(run.wait().expect("it ends").signal());
        let missing = ["findings.csv", "rejects.csv", "s.json"].into_iter();
        let missing = missing.chain(reports.iter().map(String::as_str));
        let missing: Vec<_> = missing.filter(|name| !site.exists(name)).collect();
        assert!(missing.is_empty(), "the letters exist, but these results do not: {missing:?}");
        if signals.contains(&Some(15)) {
            return;
        }
        fs::remove_dir_all(letters).expect("they are there");
        reports.iter().for_each(|report| site.remove(report));
        ["findings.csv", "rejects.csv", "s.json"].iter().for_each(|name| site.remove(name));
    }
    panic!("no run ended by the signal: {signals:?}");
}

#[test]
fn a_run_under_nohup_survives_a_closed_terminal() {
    let site = site();
    let script = "trap '' HUP; exec \"$@\"";
    let nohup = ["sh", "-c", script, "sh"];
    let (mut check, members) = waiting(&site, CHECK, 4, &nohup, &leak("muster"));
    send(Signal::HUP, &check);
    // A signal that is not ignored ends the command at once.
    thread::sleep(Duration::from_millis(200));
    assert!(check.try_wait().expect("its status is known").is_none(), "it is still there");
    drop(members);
    let status = check.wait().expect("it ends");
    assert!(status.code().is_some(), "{status}");
}

/// Runs a command, and creates a folder with the name of one of its results after they are begun. That
/// result cannot get its name. Returns the error text.
fn error_when_name_is_taken(
    site: &Site,
    command: &str,
    results: usize,
    input: &str,
    last: &str,
) -> String {
    let (run, pipe) = waiting(site, command, results, &["env"], input);
    site.make_folder(last);
    drop(pipe);
    let run = site.after(command.to_owned(), &run.wait_with_output().expect("it ends"));
    fs::remove_dir(site.path(last)).expect("nothing took the place of the folder");
    run.expect_error(&[last, "To go on, "]).stderr
}

#[test]
fn a_failed_rename_after_others_lists_the_published_results_and_the_next_step() {
    let site = site();
    let members = "E-Mail;id\nmuster1@example.de;m1\nmuster2@example.de;m2\nnobody@example.de;m3\n";
    // The letters are published first, and the next run refuses their folder.
    for (last, words) in [
        ("findings.csv", "Complete: letters. Not complete: findings.csv, rejects.csv, s.json."),
        ("s.json", "Complete: letters, findings.csv, rejects.csv. Not complete: s.json."),
    ] {
        let message = error_when_name_is_taken(&site, CHECK, 4, members, last);
        assert!(
            message.contains(words) && message.contains("the options that belong to it"),
            "{message}"
        );
        let letters = site.read("letters/index.csv");
        assert_eq!(letters.lines().count(), 1 + 2, "{letters}");
        // The message advises this.
        let check = CHECK.replace(" --letters letters --letters-despite-accidents --draft", "");
        site.feed(&check, members).expect(0);
        for member in ["m1", "m2"] {
            assert!(site.read("findings.csv").contains(&format!(",{member},affected,")));
            assert!(letters.contains(member));
        }
        assert_eq!(site.json("s.json")["rows"], 3);
        fs::remove_dir_all(site.path("letters")).expect("they are there");
        site.feed(CHECK, members).expect(0);
        for name in ["findings.csv", "rejects.csv", "s.json"] {
            site.remove(name);
        }
        fs::remove_dir_all(site.path("letters")).expect("they are there");
    }

    let (erased, build) =
        ("E-Mail\nmuster1@example.de\n", "build --key key --summary s.json --output");
    let merge = "merge --key key --summary s.json --without - --output";
    for (command, input, words) in [
        (format!("{build} target -"), leak("muster"), "To go on, run this again, which"),
        (
            format!("{build} shards --shards 2 -"),
            leak("muster"),
            "remove the folder shards, and run",
        ),
        (format!("{merge} target old new"), erased.into(), "To go on, run this again, which"),
        (format!("{merge} old old new"), erased.into(), "do not merge into it again"),
    ] {
        let message = error_when_name_is_taken(&site, &command, 1, &input, "s.json");
        assert!(message.contains(words) && message.contains("Not complete: s.json."), "{message}");
        let index = command.split(" --output ").nth(1).and_then(|rest| rest.split(' ').next());
        let index = index.expect("there is one");
        assert!(message.contains(&format!("Complete: {index}.")), "{message}");
        site.run(&format!("verify --key key {index}")).expect(0);
    }
}

#[test]
fn a_failed_rename_after_a_written_stream_has_advice_against_duplicates() {
    let site = site();
    let check = "check --key key --index old --output - --summary s.json -";
    let members = "E-Mail;id\nmuster1@example.de;m1\n";
    let message = error_when_name_is_taken(&site, check, 1, members, "s.json");
    for words in [
        "Complete: standard output. Not complete: s.json.",
        "discard the content that standard output got; then run this again",
    ] {
        assert!(message.contains(words), "'{words}' is not in: {message}");
    }
}

#[test]
fn concurrent_builds_of_one_index_do_not_collide() {
    let site = site();
    // Hold the lock, as a running build does.
    let part = File::create(site.path(".target.leakdex-part")).expect("created");
    part.lock().expect("locked");
    let second = site.command(BUILD).output().expect("the command starts");
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8_lossy(&second.stderr);
    assert!(
        message.contains("target: cannot create the index: another run is writing it"),
        "{message}"
    );
    assert!(!site.path("target").exists());
    // A program that another test is starting may hold the file open for a moment, and with it the lock.
    part.unlock().expect("unlocked");
    drop(part);
    site.run(BUILD).expect(0);
}

#[test]
fn on_a_full_disk_nothing_is_published_and_the_earlier_file_stays() {
    let site = site();
    site.make_folder("disk");
    // A file system of 28 KiB in its own namespace. It already holds an earlier index.
    let script = |command: &str| {
        format!(
            "mount -t tmpfs -o size=28k none disk && cp small disk/target && {command}; \
             status=$?; cmp small disk/target || exit 99; \
             test \"$(ls -A disk)\" = target || exit 98; exit $status"
        )
    };
    site.write("small.csv", LEAK);
    site.run("build --key key --name leak --output small small.csv").expect(0);
    let run = |command: &str| {
        Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script(command)])
            .env("LEAKDEX", LEAKDEX)
            .current_dir(site.path("."))
            .output()
    };
    if !run("true").is_ok_and(|output| output.status.success()) {
        println!("not tested: this machine does not allow a user to mount a file system");
        return;
    }
    // The same rows in different files.
    site.write("two.csv", site.read("old.csv") + "\n");
    site.write("three.csv", site.read("old.csv") + "\n\n");
    for command in [
        "\"$LEAKDEX\" build --key key --name leak --output disk/target new.csv",
        "\"$LEAKDEX\" check --key key --index old --all --output disk/target old.csv two.csv three.csv",
    ] {
        let output = run(command).expect("it ran before");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("No space left on device"), "{message}");
        assert!(message.contains("target: cannot write"), "{message}");
    }
}
