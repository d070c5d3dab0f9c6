//! `check --resume`: interrupted runs that continue.

mod caveats;
mod refused;
mod relatives;
mod room;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::Write as _,
    process::{Child, ChildStdin, Stdio},
    thread,
    time::Instant,
};

use rustix::process::Signal;

use super::support::{Site, in_campaign, kvnr, send, wait_until};

const RESULTS: [&str; 3] = ["findings", "rejects", "summary"];
const PARTS: [&str; 2] = [".findings.leakdex-part", ".rejects.leakdex-part"];
const CHECKPOINTS: [&str; 2] = [".findings.leakdex-checkpoint", ".rejects.leakdex-checkpoint"];

const CHECK: &str = "check --allow-indeterminate --key key --index leak.leakdex --output findings \
                     --rejects rejects --summary summary";

/// The same with `--resume` and a checkpoint after each block.
const RESUME: &str = "check --allow-indeterminate --key key --index leak.leakdex --output findings \
                      --rejects rejects --summary summary --resume --checkpoint-every 0";

/// Members with this name. A third of them are affected, and some cells are unusable. The second half has
/// non-ASCII letters in windows-1252. A row has two kilobytes, so a few rows make many blocks.
fn members(name: &str, count: u32) -> Vec<u8> {
    let mut text = b"Mitglied;KVNR;PLZ;Notiz\n".to_vec();
    for number in 0..count {
        let insured = if number % 7 == 0 { "A12345".to_owned() } else { kvnr(number) };
        write!(text, "{name}{number};{insured};;{}", "x".repeat(2000)).expect("to memory");
        text.extend(if number > count / 2 { &b"M\xFCller\n"[..] } else { b"\n" });
    }
    text
}

/// A folder with an index of every third member, `one.csv` of 2 MB and `two.csv` of 4 MB.
fn site() -> Site {
    let site = Site::new();
    let mut leak = String::from("KVNR\n");
    (0..2000).step_by(3).for_each(|number| writeln!(leak, "{}", kvnr(number)).expect("to memory"));
    site.write("leak.csv", leak);
    site.run("keygen key").expect(0);
    site.run("build --key key --output leak.leakdex leak.csv").expect(0);
    site.write("one.csv", members("eins", 1000));
    site.write("two.csv", members("zwei", 2000));
    site
}

/// Runs the command, which may leave files to continue from. Returns its status and its messages.
fn run(site: &Site, arguments: &str) -> (Option<i32>, String) {
    let output = site.command(arguments).stdin(Stdio::null()).output().expect("it starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Asserts that a run ends with this status and prints these words.
#[track_caller]
fn expect(site: &Site, arguments: &str, status: i32, words: &[&str]) -> String {
    let (code, message) = run(site, arguments);
    assert_eq!(code, Some(status), "{arguments}\n{message}");
    assert!(words.iter().all(|words| message.contains(words)), "{arguments}\n{words:?}\n{message}");
    message
}

/// Removes the results and returns them.
fn take_results(site: &Site) -> Vec<Vec<u8>> {
    let results = RESULTS.map(|name| {
        let bytes = site.bytes(name);
        site.remove(name);
        bytes
    });
    results.into()
}

/// The results of an uninterrupted run.
fn uninterrupted(site: &Site, arguments: &str) -> Vec<Vec<u8>> {
    expect(site, &format!("{CHECK} {arguments}"), 0, &[]);
    take_results(site)
}

/// The names of all files that a run creates or leaves.
fn run_files(site: &Site) -> BTreeSet<String> {
    let mut names = site.names(".");
    names.retain(|name| RESULTS.iter().any(|result| name.contains(result)));
    names
}

fn kept_files() -> BTreeSet<String> {
    PARTS.iter().chain(&CHECKPOINTS).map(|&name| name.to_owned()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// Continues, and asserts that the results equal those of an uninterrupted run, with nothing left over.
#[track_caller]
fn resumes(site: &Site, arguments: &str, expected: &[Vec<u8>]) {
    let message = expect(site, &format!("{RESUME} {arguments}"), 0, &["continues after "]);
    assert!(!message.contains("continues after 0 "), "{message}");
    assert_eq!(run_files(site), RESULTS.map(str::to_owned).into(), "{arguments}");
    assert!(take_results(site) == expected, "{arguments}: the results differ");
}

/// Interrupts a run of `one.csv` and `two.csv.gz` within the second list, which ends too early. Then
/// restores the list. Returns the results of an uninterrupted run.
fn interrupt_in_second_list(site: &Site, options: &str) -> Vec<Vec<u8>> {
    let whole = packed(&site.bytes("two.csv"));
    site.write("two.csv.gz", &whole);
    let lists = format!("{options} one.csv two.csv.gz");
    let expected = uninterrupted(site, &lists);
    site.write("two.csv.gz", &whole[..whole.len() / 10 * 8]);
    expect(site, &format!("{RESUME} {lists}"), 1, &["two.csv.gz", "the same command continues"]);
    assert_eq!(run_files(site), kept_files());
    site.write("two.csv.gz", &whole);
    expected
}

const BOTH: &str = "one.csv two.csv.gz";

#[test]
fn references_repeated_across_an_interruption_are_counted() {
    let site = site();
    site.write("two.csv", members("eins", 2000));
    let expected = interrupt_in_second_list(&site, "");
    let summary: serde_json::Value = serde_json::from_slice(&expected[2]).expect("it is JSON");
    assert_eq!(summary["repeated_references"], 1000);
    resumes(&site, BOTH, &expected);
}

#[test]
fn results_after_kill_and_resume_equal_those_of_one_run() {
    let site = site();
    // Small, so that the run can be repeated often.
    site.write("one.csv", members("eins", 400));
    site.write("two.csv.gz", packed(&members("zwei", 600)));
    let expected = uninterrupted(&site, BOTH);
    let start_of_one = Instant::now();
    expect(&site, &format!("{RESUME} {BOTH}"), 0, &["nothing to continue from"]);
    let whole_run = start_of_one.elapsed();
    take_results(&site);

    let kills = in_campaign(100, 20);
    let (mut finished, mut went_on, mut killed) = (0, 0, 0);
    for kill in 0..kills {
        let threads = 1 + kill % 3;
        let mut run = site
            .command(&format!("{RESUME} --threads {threads} {BOTH}"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        // The delays cover the whole run evenly. Their order hides changes of the machine's speed.
        thread::sleep(whole_run * (kill * 7 % kills) / kills);
        run.kill().expect("it can be killed, also when it is over");
        if run.wait().expect("it is over").success() {
            finished += 1;
            assert!(take_results(&site) == expected, "the results differ, at kill {kill}");
            continue;
        }
        killed += 1;
        // After every other kill, the next run of the loop continues and is killed, too.
        if kill % 2 == 0 {
            let message = expect(&site, &format!("{RESUME} {BOTH}"), 0, &["--resume: "]);
            went_on += u32::from(message.contains("continues after"));
            assert_eq!(run_files(&site), RESULTS.map(str::to_owned).into(), "at kill {kill}");
            assert!(take_results(&site) == expected, "the results differ, at kill {kill}");
        }
    }
    println!("{killed} killed, {finished} finished before; of {} {went_on} went on", killed / 2);
    assert!(went_on > kills / 25, "{went_on} went on");
}

#[test]
fn a_stopped_run_can_be_resumed() {
    let site = site();
    let list = site.bytes("two.csv");
    for signal in [Signal::INT, Signal::TERM] {
        let (mut check, mut input) = start(&site, &format!("{RESUME} -"));
        input.write_all(&list[..list.len() * 3 / 4]).expect("it reads");
        wait_for(&site, CHECKPOINTS[0]);
        send(signal, &check);
        assert_eq!(check.wait().expect("it ends").code(), None, "it ends by the signal");
        assert_eq!(run_files(&site), kept_files(), "{signal:?}");
        for name in kept_files() {
            assert_eq!(site.mode(&name), 0o600, "{name}");
        }
        drop(input);
        let rest = site.feed(&format!("{RESUME} -"), list.clone()).expect(0);
        rest.says("continues after ");
        let results = take_results(&site);
        site.feed(&format!("{CHECK} -"), list.clone()).expect(0);
        assert!(take_results(&site) == results, "the results differ");
    }
}

/// Starts a check of members from a pipe.
fn start(site: &Site, arguments: &str) -> (Child, ChildStdin) {
    let mut command = site.command(arguments);
    let command = command.stdin(Stdio::piped()).stderr(Stdio::null());
    let mut check = command.spawn().expect("the command starts");
    let input = check.stdin.take().expect("a pipe");
    (check, input)
}

fn wait_for(site: &Site, name: &str) {
    wait_until(&format!("{name} is there"), || site.exists(name));
}

#[test]
fn a_run_interrupted_in_its_second_list_resumes_there() {
    let site = site();
    for (options, threads) in [("", 1), ("--all", 7), ("--format-out jsonl --all", 2)] {
        let expected = interrupt_in_second_list(&site, options);
        resumes(&site, &format!("--threads {threads} {options} {BOTH}"), &expected);
    }
    // Every member appears once.
    let results = uninterrupted(&site, &format!("--all {BOTH}"));
    assert_eq!(String::from_utf8_lossy(&results[0]).lines().count(), 3001);
}

#[test]
fn a_resumed_run_repeats_the_caveats_of_finished_lists() {
    let site = site();
    // An insured number in so many rows belongs to nobody.
    let rows = (0..1000).map(|row| format!("m{row};{};;{}\n", kvnr(1), "x".repeat(2000)));
    site.write("one.csv", "Mitglied;KVNR;PLZ;Notiz\n".to_owned() + &rows.collect::<String>());
    let expected = interrupt_in_second_list(&site, "");
    let message = expect(&site, &format!("{RESUME} {BOTH}"), 0, &["continues after "]);
    assert!(message.contains("caveat: one.csv, 'KVNR' (kvnr): "), "{message}");
    assert!(take_results(&site) == expected);
}

#[test]
fn a_resumed_run_counts_the_references_of_finished_lists_that_excel_changes() {
    let site = site();
    site.write("one.csv", members("0", 900));
    let options = "--format-out excel --all";
    let expected = interrupt_in_second_list(&site, options);
    let words = ["show 900 references in the findings", "show 129 references in the rejects"];
    expect(&site, &format!("{RESUME} {options} {BOTH}"), 0, &words);
    assert!(take_results(&site) == expected);
}

#[test]
fn a_resumed_run_continues_to_count_new_findings() {
    let site = site();
    expect(&site, &format!("{CHECK} one.csv"), 0, &[]);
    fs::rename(site.path("findings"), site.path("earlier")).expect("it is there");
    let options = "--previous earlier";
    let expected = interrupt_in_second_list(&site, options);
    assert!(String::from_utf8_lossy(&expected[2]).contains("\"new\": "));
    expect(&site, &format!("{RESUME} {BOTH}"), 1, &["these differ: the findings of --previous"]);
    let earlier = site.bytes("earlier");
    site.write("earlier", &earlier[..earlier.len() / 2 * 2 - 200]);
    let cut = expect(&site, &format!("{RESUME} {options} {BOTH}"), 1, &["--previous"]);
    assert!(!cut.contains("continues"), "{cut}");
    site.write("earlier", &earlier);
    resumes(&site, &format!("{options} {BOTH}"), &expected);
}

#[test]
fn without_a_checkpoint_resume_starts_over_and_reports_it() {
    let site = site();
    let starts_over = |expected: &[Vec<u8>]| {
        let words = ["--resume: nothing to continue from; starts from the beginning\n"];
        expect(&site, &format!("{RESUME} {BOTH}"), 0, &words);
        assert_eq!(run_files(&site), RESULTS.map(str::to_owned).into());
        assert!(take_results(&site) == expected, "the results differ");
    };
    for gone in [PARTS[0], CHECKPOINTS[0]] {
        let expected = interrupt_in_second_list(&site, "");
        site.remove(gone);
        starts_over(&expected);
    }
    let expected = interrupt_in_second_list(&site, "");
    resumes(&site, BOTH, &expected);
    starts_over(&expected);
    let quiet = site.run(&format!("{RESUME} --quiet {BOTH}")).expect(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn a_run_without_resume_starts_over_and_discards_the_checkpoint() {
    let site = site();
    let expected = interrupt_in_second_list(&site, "");
    expect(&site, &format!("{CHECK} {BOTH}"), 0, &[]);
    assert_eq!(run_files(&site), RESULTS.map(str::to_owned).into());
    assert!(take_results(&site) == expected, "the results differ");

    interrupt_in_second_list(&site, "");
    // This run fails before it writes anything, but it has already discarded the checkpoint.
    expect(&site, &format!("{CHECK} leak.leakdex"), 1, &[]);
    expect(&site, &format!("{RESUME} {BOTH}"), 0, &["nothing to continue from"]);
    assert!(take_results(&site) == expected, "the results differ");
}

#[test]
fn the_second_of_two_concurrent_runs_is_refused() {
    let site = site();
    let list = site.bytes("two.csv");
    let (mut first, mut input) = start(&site, &format!("{RESUME} -"));
    let busy = || {
        expect(&site, &format!("{RESUME} one.csv"), 1, &["findings", "another run is writing it"]);
        expect(&site, &format!("{CHECK} one.csv"), 1, &["findings", "another run is writing it"]);
    };
    wait_for(&site, PARTS[0]);
    busy();
    input.write_all(&list[..list.len() * 3 / 4]).expect("it reads");
    wait_for(&site, CHECKPOINTS[0]);
    busy();
    input.write_all(&list[list.len() * 3 / 4..]).expect("it reads");
    drop(input);
    assert!(first.wait().expect("it ends").success(), "the first is not disturbed");
    let results = take_results(&site);
    site.feed(&format!("{CHECK} -"), list).expect(0);
    assert!(take_results(&site) == results, "the results differ");
}

#[test]
fn a_run_with_too_many_rejects_leaves_nothing_to_resume() {
    let site = site();
    expect(&site, &format!("{RESUME} --max-rejects 5% one.csv"), 4, &["more than --max-rejects"]);
    assert_eq!(run_files(&site), BTreeSet::new());
    interrupt_in_second_list(&site, "");
    expect(&site, &format!("{RESUME} --max-rejects 300 {BOTH}"), 4, &["continues after"]);
    assert_eq!(run_files(&site), BTreeSet::new());
}

#[test]
fn a_checkpoint_holds_no_personal_data() {
    let site = site();
    interrupt_in_second_list(&site, "--all");
    for name in CHECKPOINTS {
        let note = site.read(name).to_lowercase();
        assert!(note.contains("two.csv.gz"), "there is something in it: {note}");
        // Tags are random numbers, which may contain any five digits by chance.
        let words: BTreeSet<&str> = note.split(|letter: char| !letter.is_alphanumeric()).collect();
        assert!(!words.contains("12345"), "{note}");
        for number in 0..2000 {
            let insured = kvnr(number).to_lowercase();
            assert!(!note.contains(&insured) && !words.contains(&insured[1..]), "{note}");
        }
        for value in ["eins", "zwei", "üller", "mitglied"] {
            assert!(!note.contains(value), "{value} in {note}");
        }
    }
}

#[test]
fn a_command_line_that_cannot_be_resumed_is_wrong_usage_with_the_reason() {
    let site = site();
    let with_index = "check --key key --index leak.leakdex --resume";
    for (arguments, words) in [
        (format!("{with_index} one.csv"), ["--resume needs --output", "standard output"]),
        (format!("{with_index} --output - one.csv"), ["--resume needs --output", "--output FILE"]),
        (format!("{with_index} --output /dev/null one.csv"), ["--resume needs --output", "device"]),
        (
            format!("{with_index} --output f --rejects - one.csv"),
            ["--resume needs --rejects", "--rejects FILE"],
        ),
        (
            "check --leak leak.csv --resume --output f one.csv".into(),
            ["'--leak <LEAK>'", "cannot be used with"],
        ),
    ] {
        site.run(&arguments).expect(2).says_all(&words).prints("");
    }
    // The summary is written at the end.
    let to_standard = RESUME.replace("--summary summary", "--summary -");
    site.run(&format!("{to_standard} one.csv")).expect(0);
}
