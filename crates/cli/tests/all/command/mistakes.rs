//! Mistakes with whole files: a file given twice, leak and members swapped, repeated or missing references.

use std::fmt::Write as _;

use serde_json::json;

use super::support::{EVA, MAX, MEMBERS, NOBODY, Site, gzip, kvnr};

#[test]
fn a_member_list_given_twice_is_an_error_before_the_work() {
    let site = Site::with_index();
    site.write("findings", "earlier");
    let check = "check --key key --index leak.leakdex --output findings";
    for lists in ["members.csv members.csv", "members.csv ./members.csv", "'mem*.csv' members.csv"]
    {
        let run = site.run(&format!("{check} {lists}")).expect(2).says("would count twice");
        assert!(!run.stderr.contains("ASCII"), "a list was read: {}", run.stderr);
        assert_eq!(site.read("findings"), "earlier");
    }
    site.run("check --explain --leak leak.csv members.csv members.csv").expect(2);
}

#[test]
fn a_renamed_copy_of_a_member_list_is_an_error() {
    let site = Site::with_files();
    site.write("more.csv", "Mitglied;KVNR\nm9;Z123456783\n");
    site.write("copy.csv", MEMBERS);
    site.run("check --leak leak.csv members.csv more.csv copy.csv")
        .expect_error(&["members.csv and copy.csv have the same content", "give one of them"])
        .prints("");
    // A list with other members is another list, even with the same columns.
    site.write("copy.csv", MEMBERS.replace("m4", "m5"));
    site.run("check --leak leak.csv members.csv more.csv copy.csv").expect(3);
}

#[test]
fn a_member_list_together_with_its_compressed_form_is_an_error() {
    let site = Site::with_files();
    let list = list(5000);
    site.write("long.csv", &list);
    site.write("long.csv.gz", gzip(&list));
    let check = "check --leak leak.csv --output f";
    for run in [
        site.run(&format!("{check} long.csv members.csv long.csv.gz")),
        site.run(&format!("{check} --threads 7 'long*'")),
        site.feed(&format!("{check} - long.csv"), list.clone()),
    ] {
        let run = run.expect_error(&["have the same rows", "give one of them"]);
        assert!(!site.exists("f") && !run.stderr.contains("error: -"), "{}", run.stderr);
    }
    // A list that differs only at its end is another list.
    site.write("long.csv.gz", gzip(list.clone() + "m;Z123456783;\n"));
    site.run(&format!("{check} 'long*'")).expect(0);
}

#[test]
#[cfg(unix)]
fn a_link_to_a_member_list_is_the_same_list() {
    let site = Site::with_files();
    std::os::unix::fs::symlink("members.csv", site.path("link.csv")).expect("a link can be made");
    site.run("check --leak leak.csv members.csv link.csv")
        .expect(2)
        .says("members.csv and link.csv are the same file");
    std::fs::hard_link(site.path("members.csv"), site.path("hard.csv"))
        .expect("a link can be made");
    site.run("check --leak leak.csv members.csv hard.csv")
        .expect_error(&["members.csv and hard.csv have the same content"]);
}

#[test]
fn a_leak_given_twice_to_build_is_an_error() {
    let site = Site::with_index();
    site.write("copy.csv", site.read("leak.csv"));
    site.run("build --key key --output i leak.csv leak.csv").expect(2).says("is given twice");
    site.run("build --key key --output i leak.csv copy.csv").expect_error(&["the same content"]);
    assert!(!site.exists("i"));
}

#[test]
fn passwords_in_a_member_list_are_reported_early_and_in_all_results() {
    let site = Site::new();
    // The names on the command line are swapped.
    site.write("leak.csv", MEMBERS.replace("m3;;\n", ""));
    site.write("members.csv", format!("E-Mail;Passwort;KVNR\nmax@example.de;geheim;{NOBODY}\n"));
    let check = "check --leak leak.csv --summary s --report r.md --report r.json members.csv";
    let run = site.run(&format!("{check} --quiet --lang en")).expect(0);
    let expected = "caveat: members.csv, 'Passwort': The member list has passwords, as leaks do. It may be \
                the leak: check which file is the leak";
    let run = run.says(expected);
    assert_eq!(run.stderr.lines().filter(|line| line.contains("'Passwort'")).count(), 1);
    let caveat = json!({ "file": "members.csv", "column": "Passwort", "side": "members",
                         "field": null, "sign": "passwords-of-members", "count": 1, "of": 1 });
    let summary = site.json("s");
    assert!(summary["caveats"].as_array().expect("a list").contains(&caveat), "{summary}");
    let report = site.json("r.json");
    assert!(report["column_caveats"].as_array().expect("a list").contains(&caveat), "{report}");
    assert_eq!(report["complete"], false);
    assert!(site.read("r.md").contains("The two files may have been swapped."));
    // The caveat also appears if the run stops at too many unusable rows of the leak.
    site.write("leak.csv", MEMBERS);
    site.run(check).expect(4).says(expected);
    site.write("leak.csv", MEMBERS.replace("m3;;\n", ""));
    // The caveat is not an error. Only `--strict` changes the exit status to 3.
    site.run(&format!("{check} --strict")).expect(3);
    site.run("check --explain --leak leak.csv members.csv").expect(0).says(expected);
    // An index does not record references, but passwords in a member list are still reported.
    site.run("keygen key").expect(0);
    site.run("build --key key --output i leak.csv").expect(0);
    site.run("check --quiet --key key --index i members.csv").expect(0).says(expected);
}

#[test]
fn references_in_the_leak_but_not_in_the_member_list_are_reported() {
    let site = Site::new();
    site.write("leak.csv", MEMBERS.replace("m3;;\n", ""));
    site.write("members.csv", format!("E-Mail;KVNR\nmax@example.de;{NOBODY}\n"));
    let check = "check --quiet --leak leak.csv members.csv";
    let expected = "caveat: members.csv: The leak has references, and the member list has none.";
    site.run(check).expect(0).says(expected);
    for (leak, members) in [
        // A leak of accounts has numbers and passwords.
        ("id;E-Mail;Passwort\n7;eva@example.de;geheim\n".to_owned(), site.read("members.csv")),
        (site.read("leak.csv"), "Mitglied;E-Mail\nm1;max@example.de\n".to_owned()),
    ] {
        site.write("leak.csv", leak);
        site.write("members.csv", members);
        assert_eq!(site.run(check).expect(0).stderr, "");
    }
}

/// A list of this many members. Every hundredth repeats the preceding reference, and every thousandth has
/// none.
fn list(count: u32) -> String {
    let mut text = String::from("Mitglied;KVNR;Notiz\n");
    for number in 0..count {
        let reference = match number {
            _ if number % 1000 == 0 => String::new(),
            _ if number % 100 == 99 => format!("m{}", number - 1),
            _ => format!("m{number}"),
        };
        writeln!(text, "{reference};{};{}", kvnr(number), "x".repeat(200)).expect("to memory");
    }
    text
}

#[test]
fn missing_and_repeated_references_are_counted_alike_for_any_number_of_threads() {
    let site = Site::new();
    site.write("leak.csv", format!("KVNR\n{EVA}\n"));
    site.write("one.csv", list(5000));
    // The first thousand again, compressed, so the bytes differ.
    site.write("two.csv.gz", gzip(list(1000)));
    site.write("none.csv", format!("KVNR\n{NOBODY}\n"));
    for threads in [1, 2, 7] {
        let check = "check --leak leak.csv --summary s --report r.json --report r.md --lang en";
        let run = site.run(&format!("{check} --threads {threads} one.csv two.csv.gz none.csv"));
        run.expect(0).says("  references    6 have none, 1,049 repeat an earlier one\n");
        let summary = site.json("s");
        // 50 in the first list, and all references of the second list.
        assert_eq!(summary["repeated_references"], 50 + 999);
        assert_eq!(summary["without_reference"], 5 + 1 + 1);
        let files = summary["files"].as_array().expect("a list").iter();
        let by_file: Vec<_> = files.map(|file| file["without_reference"].as_u64()).collect();
        assert_eq!(by_file, [Some(5), Some(1), Some(1)]);
        let persons = &site.json("r.json")["persons"];
        assert_eq!(persons["repeated_references"], 1049);
        assert_eq!(persons["without_reference"], 7);
        let report = site.read("r.md");
        let words = "7 rows of the member lists have no reference, and each counts as a separate person. A work \
                     list does not contain them.";
        assert!(report.contains(words), "{report}");
        assert!(report.contains("1,049 rows have the reference of an earlier row"));
    }
}

#[test]
fn no_message_about_references_if_all_members_have_one_or_none_has() {
    let site = Site::new();
    site.write("leak.csv", format!("KVNR\n{MAX}\n"));
    site.write("members.csv", format!("Mitglied;KVNR\nm1;{MAX}\nm2;{NOBODY}\n"));
    site.write("none.csv", format!("KVNR\n{NOBODY}\n"));
    for list in ["members.csv", "none.csv"] {
        let run = site.run(&format!("check --leak leak.csv --summary s {list}")).expect(0);
        assert!(!run.stderr.contains("references"), "{}", run.stderr);
        assert_eq!(site.json("s")["repeated_references"], 0);
    }
}
