//! Runs that end before their time: killed, told to stop, out of room.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::File,
    io::Write as _,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::support::{LEAK, LEAKDEX, Site, in_campaign};

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

/// Kills a command at many moments of its way, and looks at its target `target` each time.
fn kill_often(site: &Site, command: &str) {
    let kills = in_campaign(300, 60);
    let old = site.bytes("old");
    start(site, command).wait().expect("it runs");
    let new = site.bytes("target");
    assert!(old != new);
    let start_of_one = Instant::now();
    start(site, command).wait().expect("it runs");
    let whole_run = start_of_one.elapsed();
    let own_files = || {
        let mut names = site.names(".");
        names.retain(|name| name.contains("target"));
        names
    };

    let (mut olds, mut leftovers) = (0, 0);
    for kill in 0..kills {
        site.write("target", &old);
        let mut run = start(site, command);
        // Spread evenly, in an order that hides drifts of the machine's speed.
        thread::sleep(whole_run * (kill * 7 % kills) / kills * 5 / 4);
        run.kill().expect("it can be killed, also when it is over");
        run.wait().expect("it is over");
        let target = site.bytes("target");
        assert!(target == old || target == new, "neither, at kill {kill}");
        olds += u32::from(target == old);
        leftovers += u32::from(own_files().len() > 1);
    }
    assert!(olds > 0, "none was killed before it was done");
    println!("{kills} kills: {olds} old, {} new, {leftovers} with a leftover", kills - olds);

    site.write("target", &old);
    site.write(".target.leakdex-part", &old[..old.len() / 2]);
    site.run(command).expect(0);
    assert!(site.bytes("target") == new);
    assert_eq!(own_files(), BTreeSet::from(["target".into()]), "the next run removes leftovers");
}

#[test]
fn a_build_killed_at_any_moment_leaves_the_whole_old_index_or_the_whole_new_one() {
    kill_often(&site(), BUILD);
}

#[test]
fn a_merge_killed_at_any_moment_leaves_the_whole_old_index_or_the_whole_new_one() {
    kill_often(&site(), "merge --key key --output target old new");
}

#[test]
fn a_run_that_is_told_to_stop_leaves_nothing_behind_and_nothing_changed() {
    use std::os::unix::process::ExitStatusExt;

    let site = site();
    site.write("findings.csv", "an earlier run's\n");
    let before = site.names(".");
    for signal in ["INT", "TERM"] {
        let mut check = site
            .command(
                "check --key key --index old --rejects rejects.csv --summary s.json \
                 --output findings.csv --letters letters -",
            )
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        let mut members = check.stdin.take().expect("a pipe");
        members.write_all(leak("muster").as_bytes()).expect("it reads");
        // It waits for the rest.
        let give_up = Instant::now() + Duration::from_secs(60);
        while site.names(".").len() < before.len() + 4 {
            assert!(Instant::now() < give_up, "its four results are begun: {:?}", site.names("."));
            thread::sleep(Duration::from_millis(5));
        }
        let kill = Command::new("kill").args(["-s", signal, &check.id().to_string()]).status();
        assert!(kill.expect("every Unix has it").success());
        let status = check.wait().expect("it ends");
        assert_eq!(status.code(), None, "it ends by the signal, so that a shell can tell");
        assert_eq!(status.signal(), Some(if signal == "INT" { 2 } else { 15 }));
        assert_eq!(site.names("."), before, "{signal}");
        assert_eq!(site.read("findings.csv"), "an earlier run's\n");
        drop(members);
    }
}

#[test]
fn two_builds_of_one_index_at_once_do_not_meet() {
    let site = site();
    // As a build that is at work holds it.
    let part = File::create(site.path(".target.leakdex-part")).expect("created");
    part.lock().expect("locked");
    let second = site.command(BUILD).output().expect("the command starts");
    assert_eq!(second.status.code(), Some(1));
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(told.contains("target: cannot create the index: another run is writing it"), "{told}");
    assert!(!site.path("target").exists());
    drop(part);
    site.run(BUILD).expect(0);
}

#[test]
fn on_a_full_disk_nothing_is_published_and_the_earlier_file_stays() {
    let site = site();
    site.make_folder("disk");
    // A file system of 28 KiB, in a namespace of its own, that holds an earlier index already.
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
        println!("not tested: this machine lets nobody mount a file system");
        return;
    }
    // The same rows, and other files.
    site.write("two.csv", site.read("old.csv") + "\n");
    site.write("three.csv", site.read("old.csv") + "\n\n");
    for command in [
        "\"$LEAKDEX\" build --key key --name leak --output disk/target new.csv",
        "\"$LEAKDEX\" check --key key --index old --all --output disk/target old.csv two.csv three.csv",
    ] {
        let output = run(command).expect("it ran before");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("No space left on device"), "{told}");
        assert!(told.contains("target: cannot write"), "{told}");
    }
}
