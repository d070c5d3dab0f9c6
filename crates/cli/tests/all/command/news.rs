//! Runs that go on from earlier ones: only what is new, and several files at once.

use super::support::{MEMBERS, Site};

/// A leak that came in two parts; `first.csv` has the findings of the first.
fn site() -> Site {
    let site = Site::new();
    site.write("members.csv", MEMBERS);
    site.write("part1.csv", "E-Mail\nmax@example.de\n");
    site.write("part2.csv", "E-Mail;KVNR\nmax@example.de;\n;Q123456784\n");
    // The breach has the name of the file, which is the same for both parts.
    site.write("leak.csv", site.read("part1.csv"));
    site.run("check --leak leak.csv --output first.csv members.csv").expect(3);
    site.write("leak.csv", site.read("part2.csv"));
    site
}

#[test]
fn a_member_who_was_affected_before_is_not_new() {
    let site = site();
    let check = "check --leak leak.csv --previous first.csv --summary s.json members.csv";
    let found = site.run(check).expect(3).says("1 of the affected are new");
    let news: Vec<(&str, &str)> = found
        .stdout
        .lines()
        .map(|row| {
            (row.split(',').nth(2).expect("a cell"), row.rsplit(',').next().expect("a cell"))
        })
        .collect();
    assert_eq!(news, [("member", "new"), ("m1", "no"), ("m4", "yes")]);
    assert_eq!(site.json("s.json")["new"], 1);

    let all = site.run(&format!("{check} --all --format-out jsonl")).expect(3);
    let news: Vec<String> =
        all.stdout.lines().map(|line| super::support::json(line)["new"].to_string()).collect();
    assert_eq!(news, ["false", "false", "false", "true"]);
}

#[test]
fn a_further_breach_or_a_stronger_match_is_new() {
    let site = site();
    site.write("other.csv", "E-Mail\nmax@example.de\n");
    site.run("check --leak other.csv --previous first.csv members.csv")
        .expect(3)
        .says("1 of the affected are new");
    site.write("leak.csv", "E-Mail;KVNR\nmax@example.de;A123456780\n");
    site.write("members.csv", MEMBERS.replace("MAX@example.de;", "MAX@example.de;A123456780"));
    site.run("check --leak leak.csv --previous first.csv members.csv")
        .expect(3)
        .says("1 of the affected are new");
}

#[test]
fn several_earlier_findings_count_together() {
    let site = site();
    site.run("check --leak leak.csv --format-out jsonl --output second.jsonl members.csv")
        .expect(3);
    site.run("check --leak leak.csv --previous first.csv --previous second.jsonl members.csv")
        .expect(3)
        .says("0 of the affected are new");
}

#[test]
fn without_references_nobody_can_be_told_apart_and_that_is_an_error() {
    let site = site();
    site.write("nameless.csv", "E-Mail\nmax@example.de\n");
    site.run("check --leak leak.csv --previous first.csv nameless.csv")
        .expect_error(&["nameless.csv", "HEADER=id"]);
    site.run("check --leak part1.csv --output nameless-findings.csv nameless.csv").expect(0);
    site.run("check --leak leak.csv --previous nameless-findings.csv members.csv")
        .expect_error(&["nameless-findings.csv", "reference"]);
    site.run("check --leak leak.csv --previous part1.csv members.csv")
        .expect_error(&["part1.csv", "no findings"]);
}

#[test]
fn a_reference_of_several_members_is_a_warning_since_who_is_new_may_be_wrong() {
    let site = site();
    let check = "check --quiet --leak leak.csv --previous first.csv members.csv";
    assert_eq!(site.run(check).expect(3).stderr, "");
    site.write("members.csv", MEMBERS.replace("m4", "m1"));
    site.run(check).expect(3).says("warning: 1 members have the reference of an earlier member");
}

#[test]
fn several_files_are_reported_each_and_together() {
    let site = site();
    site.write("more.csv", "Mitglied;E-Mail\nm9;zoe@example.de\n");
    site.run("check --leak leak.csv --summary s.json members.csv more.csv")
        .expect(3)
        .says("members.csv: 4 members: 2 affected, 1 not affected, 1 indeterminate")
        .says("more.csv: 1 members: 0 affected, 1 not affected, 0 indeterminate");
    let files = &site.json("s.json")["files"];
    assert_eq!((&files[0]["rows"], &files[1]["rows"]), (&4.into(), &1.into()));
    assert_eq!(files[1]["file"], "more.csv");
}

#[test]
fn a_pattern_stands_for_all_files_that_fit_it() {
    let site = site();
    site.run("check --leak leak.csv --summary s.json mem*.csv").expect(3);
    assert_eq!(site.json("s.json")["files"][0]["file"], "members.csv");
    site.run("keygen key").expect(0);
    site.run("build --key key --summary b.json --output i part?.csv").expect(0);
    assert_eq!(site.json("b.json")["rows"], 3);
    site.run("check --leak leak.csv none*.csv").expect_error(&["none*.csv: no file"]);
    // A file whose name is a pattern is that file.
    site.write("[ab].csv", "E-Mail\nmax@example.de\n");
    site.run("check --leak leak.csv [ab].csv").expect(0);
}
