//! `docs/GUIDE.md` leads a reader from two CSV files to a report, decisions, a notice and letters. At the
//! end, no file is left that names anybody. The German guide has the same commands.

mod case_officer;

use std::{collections::BTreeSet, env, fs, path::Path, process::Command};

use tempfile::TempDir;

use super::{read, root};

const ENGLISH: &str = "docs/GUIDE.md";
const GERMAN: &str = "docs/LEITFADEN.md";

/// The results that exist before the guide deletes files: everything that a reader would use.
const RESULTS: [&str; 22] = [
    "leak.csv.sha256",
    "leak-rejects.csv",
    "leaked-rows.csv",
    "leak-summary.json",
    "breach.leakdex",
    "findings.xlsx",
    "rejects.xlsx",
    "worklist.xlsx",
    "decisions.csv",
    "summary.json",
    "report.html",
    "notice.docx",
    "letters",
    "letters-findings.csv",
    "mail-merge.xlsx",
    "told-1.csv",
    "findings-2.csv",
    "worklist-2.xlsx",
    "letters-2",
    "told-2.csv",
    "both.csv",
    "tonight.csv",
];

/// The files that are left at the end. They name nobody.
const KEPT: [&str; 10] = [
    "breach.toml",
    "leak-summary.json",
    "leak.csv.sha256",
    "leakdex.toml",
    "nightly.toml",
    "notice.docx",
    "report.html",
    "summary-2.json",
    "summary.json",
    "tonight.json",
];

#[test]
fn both_guides_have_the_same_steps_and_commands() {
    let [english, german] = [ENGLISH, GERMAN].map(read);
    let numbers = |guide: &str| -> Vec<String> {
        let headings = guide.lines().filter_map(|line| line.strip_prefix("## "));
        headings.filter_map(|heading| Some(heading.split_once(". ")?.0.to_owned())).collect()
    };
    assert_eq!(numbers(&german), numbers(&english));
    let [in_english, in_german] =
        [&english, &german].map(|guide| blocks(guide).collect::<Vec<_>>());
    // Compared one by one, so a failure shows the first difference and not both guides.
    for (german, english) in in_german.iter().zip(&in_english) {
        assert_eq!(german, english);
    }
    assert_eq!(in_german.len(), in_english.len());
    let copied = |guide: &str| guide.lines().find(|line| line.starts_with(COPY)).map(str::to_owned);
    assert_eq!(copied(&german), copied(&english));
}

#[test]
fn both_guides_explain_every_reason_of_a_decision() {
    let words = read("crates/report/src/worklist/words.csv");
    let reasons: Vec<(&str, &str)> = words
        .lines()
        .filter_map(|line| line.strip_prefix("reason/")?.split_once(',')?.1.split_once(','))
        .collect();
    assert!(reasons.len() > 5, "only {} reasons were found", reasons.len());
    let [english, german] = [ENGLISH, GERMAN].map(read);
    for (in_german, in_english) in reasons {
        assert!(german.contains(&format!("\n| {in_german} | ")), "{GERMAN}: {in_german}");
        let both = format!("\n| *{in_german}* ({in_english}) | ");
        assert!(english.contains(&both), "{ENGLISH}: {in_english}");
    }
}

#[test]
fn both_guides_name_data_classes_that_are_known_and_where_they_are_listed() {
    let list = read("docs/IDENTIFIERS.md");
    let (_, list) = list.split_once("\n## Data classes\n").expect("it has this section");
    let (list, _) = list.split_once("\n## ").expect("another section follows");
    let known: BTreeSet<&str> =
        list.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
    for guide in [ENGLISH, GERMAN] {
        let text = read(guide);
        let (_, rest) =
            text.split_once("](IDENTIFIERS.md#data-classes)").expect("it has this link");
        let (examples, _) = rest.split_once("\n\n").expect("a paragraph ends");
        let named: Vec<&str> = examples.split('`').skip(1).step_by(2).collect();
        assert!(named.len() > 2, "{guide}: {named:?}");
        assert!(named.iter().all(|class| known.contains(class)), "{guide}: {named:?}");
    }
}

#[test]
fn both_guides_explain_the_same_reasons_and_the_most_frequent_ones() {
    let documented = read("docs/IDENTIFIERS.md");
    let explained = |guide: &str| -> BTreeSet<String> {
        let text = read(guide);
        let (_, section) = text.split_once("\n## 5. ").expect("the guide has this step");
        let (section, _) = section.split_once("\n## 6. ").expect("the guide has this step");
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let causes = rows.filter_map(|row| row.split(" | ").next());
        causes.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
    };
    let [english, german] = [ENGLISH, GERMAN].map(explained);
    assert_eq!(german, english);
    for reason in &english {
        assert!(documented.contains(&format!("\n| `{reason}` | ")), "{reason} is not a reason");
    }
    for reason in ["lost-character", "no-at-sign", "test-number", "wrong-check-digit"] {
        assert!(english.contains(reason), "{reason} is not explained");
    }
}

#[test]
fn the_guide_leads_from_two_files_to_report_and_letters() {
    let guide = read(ENGLISH);
    let (guide, _) = guide.split_once("## 16. ").expect("another story follows");
    let (work, deletion) = guide.split_once("## 15. Delete").expect("the guide ends with deleting");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    copy_examples(work, &folder);

    follow(work, &folder);
    let names = names_in(folder.path());
    for result in RESULTS {
        assert!(names.contains(result), "{result} was not made: {names:?}");
    }
    let lines = |name: &str| {
        fs::read_to_string(folder.path().join(name)).expect("a result is text").lines().count()
    };
    // The guide states these numbers.
    let summary = fs::read_to_string(folder.path().join("summary.json")).expect("a result is text");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("it is JSON");
    let persons = |name: &str| summary["persons"][name].as_u64();
    let states = ["confirmed", "to_decide", "open", "dismissed", "not_affected", "checked"];
    assert_eq!(states.map(persons), [15, 0, 3, 1, 6, 25].map(Some));
    // The dismissed person still has a row.
    assert_eq!(summary["affected"], 16, "the rows of the findings");
    // The numbers of the fixed examples. Each includes the line of the header.
    assert_eq!(lines("letters/index.csv"), 16, "each confirmed member gets a letter");
    assert_eq!(lines("decisions.csv"), 8, "six decisions, and one that corrects another");
    assert_eq!(lines("told-2.csv"), 3, "the second part has two more");
    assert_eq!(lines("tonight.csv"), 19, "the merged index has everybody of both parts");

    follow(deletion, &folder);
    assert_eq!(names_in(folder.path()), KEPT.map(str::to_owned).into(), "what is left at the end");
}

#[test]
fn the_guide_leads_both_sides_of_a_private_check_from_keys_to_letters() {
    let guide = read(ENGLISH);
    let (_, story) = guide.split_once("## 16. ").expect("the guide has this story");
    let (work, deletion) = story.split_once("**All: delete.**").expect("it ends with deleting");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    copy_examples(&guide, &folder);

    follow(work, &folder);
    let lines = |name: &str| {
        fs::read_to_string(folder.path().join(name)).expect("a result is text").lines().count()
    };
    assert_eq!(lines("insurer/findings.csv"), 16, "of 25 members 15 are found by these kinds");
    assert_eq!(lines("insurer/letters/index.csv"), 10, "six of them are candidates");
    assert_eq!(lines("auditor/strangers.csv"), 1, "the insurer asked for members only");
    // Everybody may see the files in the folder between the parties.
    let shared = names_in(folder.path());
    for name in ["members.csv", "leak.csv", "members.openings", "strangers.csv", "books.csv"] {
        assert!(!shared.contains(name), "{name} is in the clear");
    }

    follow(deletion, &folder);
    for (side, left) in [
        ("provider", &["breach.toml", "ledger.jsonl", "signer.key"][..]),
        ("insurer", &["report.html", "signer.key", "summary.json"]),
        ("auditor", &[]),
    ] {
        let names = names_in(&folder.path().join(side));
        assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), left, "{side}");
    }
    let shared = names_in(folder.path());
    for name in ["leak.table", "members.request", "members.response", "challenge"] {
        assert!(!shared.contains(name), "{name} is left");
    }
}

/// The beginning of the command that copies the examples.
const COPY: &str = "cp examples/";

/// Copies the examples that the guide names.
fn copy_examples(guide: &str, folder: &TempDir) {
    let line = guide.lines().find(|line| line.starts_with(COPY));
    let files = line.expect("the guide says what to copy").split(' ').skip(1);
    for file in files.filter(|file| *file != "FOLDER") {
        let name = Path::new(file).file_name().expect("a file has a name");
        fs::copy(root().join(file), folder.path().join(name))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

/// The entries of case officers in each row of a work list. One row is wrong, and the guide corrects it.
const FILLED_IN: [(&str, &str); 3] = [
    ("Entscheidung", "betroffen"),
    ("Begründung", "dieselbe Person"),
    ("Bearbeitet von", "E. Beispiel"),
];

/// Writes the files and runs the commands of a part of the guide, in order.
fn follow(part: &str, folder: &TempDir) {
    let mut steps = 0;
    for (language, block) in blocks(part) {
        match language {
            "sh" => commands(block).for_each(|command| {
                let list = command.split_once("--from ").map(|(_, list)| folder.path().join(list));
                if let Some(list) = list.filter(|_| command.contains("decide")) {
                    let rows = case_officer::fill_in(&list, &FILLED_IN);
                    assert_eq!(rows, 6, "five members are probable, and one is a candidate");
                }
                run(&command, folder);
            }),
            _ => write_settings(block, folder),
        }
        steps += usize::from(language == "sh");
    }
    assert!(steps > 0, "no block was found");
}

/// The blocks of commands and settings, each with its language. Other blocks are only for reading.
fn blocks(guide: &str) -> impl Iterator<Item = (&str, &str)> {
    let blocks = guide.split("\n```").skip(1).step_by(2);
    let blocks =
        blocks.map(|block| block.split_once('\n').expect("a block begins with its language"));
    blocks.filter(|(language, _)| ["sh", "toml"].contains(language))
}

/// The commands of a block, one per line.
fn commands(block: &str) -> impl Iterator<Item = String> {
    let joined = block.replace("\\\n", " ");
    let lines: Vec<String> = joined.lines().map(str::to_owned).collect();
    lines.into_iter().filter(|line| !line.trim().is_empty())
}

/// Writes a block of settings to the file that its first line names.
fn write_settings(block: &str, folder: &TempDir) {
    let name = block.lines().next().and_then(|line| line.strip_prefix("# "));
    let name = name.expect("settings begin with the name of their file");
    fs::write(folder.path().join(name), block).expect("the temporary folder can be written");
}

/// Runs one command. Asserts that it ends with the status in the comment after it, or with 0.
fn run(command: &str, folder: &TempDir) {
    let (command, status) = command.split_once("# status ").unwrap_or((command, "0"));
    let expected: i32 = status.trim().parse().expect("a status is a number");
    let program = Path::new(env!("CARGO_BIN_EXE_leakdex"));
    let programs = program.parent().expect("a program is in a folder");
    let mut path = programs.as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder.path())
        .env("PATH", path)
        .output()
        .expect("a shell starts");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(expected), "{command}\n{messages}");
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .expect("the temporary folder can be read")
        .map(|entry| entry.expect("the temporary folder can be read").file_name())
        .map(|name| name.into_string().expect("names are text"))
        .collect()
}
