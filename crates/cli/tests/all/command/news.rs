//! Runs that build on earlier ones: new matches only, and several files at once.

use super::support::{LEAK, MEMBERS, Site, columns};

/// A leak that came in two parts. `first.csv` has the findings of the first part.
fn site() -> Site {
    let site = Site::new();
    site.write("members.csv", MEMBERS);
    site.write("part1.csv", "E-Mail\nmax@example.de\n");
    site.write("part2.csv", "E-Mail;KVNR\nmax@example.de;\n;Q123456784\n");
    // The breach is named after the file, which is the same for both parts.
    site.write("leak.csv", site.read("part1.csv"));
    site.run("check --leak leak.csv --output first.csv members.csv").expect(3);
    site.write("leak.csv", site.read("part2.csv"));
    site
}

/// The members of findings, and whether each is new.
fn news(findings: &str) -> Vec<String> {
    columns(findings, ["member", "new"]).iter().map(|row| row.join(" ")).collect()
}

#[test]
fn a_member_who_was_affected_before_is_not_new() {
    let site = site();
    let check = "check --leak leak.csv --previous first.csv --summary s.json members.csv";
    let found = site.run(check).expect(3).says("1 confirmed, 0 to decide; not in --previous");
    assert_eq!(news(&found.stdout), ["m1 no", "m4 yes"]);
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
        .says("1 confirmed, 0 to decide; not in --previous");
    site.write("leak.csv", "E-Mail;KVNR\nmax@example.de;A123456780\n");
    site.write("members.csv", MEMBERS.replace("MAX@example.de;", "MAX@example.de;A123456780"));
    site.run("check --leak leak.csv --previous first.csv members.csv")
        .expect(3)
        .says("1 confirmed, 0 to decide; not in --previous");
}

#[test]
fn leaks_with_the_same_file_name_are_distinguished_by_name_option() {
    let site = Site::with_files();
    site.make_folder("d");
    for name in ["shop.2023.csv", "shop.2024.csv", "d/shop.csv"] {
        site.write(name, LEAK);
    }
    let first = "check --leak shop.2023.csv --output f members.csv";
    site.run(&format!("{first} --name shop-2023")).expect(3);
    let next = "check --previous f members.csv";
    for leak in ["shop.2024.csv", "d/shop.csv", "-"] {
        let found = site.feed(&format!("{next} --leak {leak} --name shop-2024"), LEAK).expect(3);
        assert_eq!(news(&found.stdout), ["m1 yes", "m4 yes"], "{leak}");
        assert!(!found.stderr.contains("the breach is called"), "{}", found.stderr);
        let found = site.feed(&format!("{next} --leak {leak} --name shop-2023"), LEAK).expect(3);
        assert_eq!(news(&found.stdout), ["m1 no", "m4 no"], "{leak}");
    }
    // Without a name, the run prints the name of the breach, even with `--quiet`.
    site.run(first).expect(3);
    for quiet in ["", " --quiet"] {
        let found = site.run(&format!("{next} --leak shop.2024.csv{quiet}")).expect(3);
        let found = found.says("warning: the breach is called 'shop', after its file;");
        assert_eq!(news(&found.says("--name").stdout), ["m1 no", "m4 no"]);
    }
    site.feed(&format!("{next} --leak - --quiet"), LEAK).expect(3).says("is called 'leak'");
    assert!(!site.run(first).stderr.contains("the breach is called"), "nothing depends on it");
    // A name is for a leak only: an index has its own.
    let index = "check --key key --index i --name x members.csv";
    site.run(index).expect(2).says_all(&["--name", "cannot be used with"]);
    site.run("check --name x members.csv").expect(2);
    site.run("check --leak shop.2023.csv --name 'a b' members.csv").expect(2).says("--name");
    site.run("check --explain-match m1 --leak shop.2023.csv --name x1 members.csv")
        .expect(0)
        .prints_all(&["x1"]);
}

#[test]
fn several_earlier_findings_count_together() {
    let site = site();
    site.run("check --leak leak.csv --format-out jsonl --output second.jsonl members.csv")
        .expect(3);
    site.run("check --leak leak.csv --previous first.csv --previous second.jsonl members.csv")
        .expect(3)
        .says("0 confirmed, 0 to decide; not in --previous");
}

#[test]
fn a_list_without_references_is_an_error_if_they_are_needed() {
    let site = site();
    site.write("nameless.csv", "E-Mail\nmax@example.de\n");
    site.run("check --leak leak.csv --previous first.csv nameless.csv")
        .expect_error(&["nameless.csv", "HEADER=id"]);
    site.run("check --leak part1.csv --output nameless-findings.csv nameless.csv").expect(0);
    site.run("check --leak leak.csv --previous nameless-findings.csv members.csv")
        .expect_error(&["nameless-findings.csv", "reference"]);
    site.run("check --leak leak.csv --previous part1.csv members.csv")
        .expect_error(&["part1.csv", "not a file of findings"]);
}

#[test]
fn a_shared_reference_gives_a_warning_about_new_members() {
    let site = site();
    let check = "check --quiet --leak leak.csv --name leak --previous first.csv members.csv";
    assert_eq!(site.run(check).expect(3).stderr, "");
    site.write("members.csv", MEMBERS.replace("m4", "m1"));
    site.run(check).expect(3).says("warning: 1 member has the reference of an earlier member");
}

#[test]
fn no_letter_is_omitted_because_of_a_shared_reference() {
    let site = site();
    let check = "check --leak leak.csv --previous first.csv --letters letters --draft --output f members.csv";
    // The findings cover one of two members with this reference. The other one would be skipped.
    site.write("members.csv", MEMBERS.replace("m4", "m1"));
    let words = ["members.csv, row 1", "and 1 further member)", "--previous knows it", "HEADER=id"];
    site.run(check).expect_error(&words);
    // The same if the other one is not affected, and in another list.
    site.write("members.csv", MEMBERS);
    site.write("more.csv", "Mitglied;E-Mail\nm8;zoe@example.de\nm1;zoe@example.de\n");
    let words = ["members.csv, row 1", "--previous knows it"];
    site.run(&format!("{check} more.csv")).expect_error(&words);
    assert!(!site.exists("f") && !site.exists("letters"));
    site.run(check).expect(3);
}

#[test]
fn a_reference_repeated_in_earlier_findings_identifies_nobody() {
    let site = site();
    site.write("twice.csv", MEMBERS.replace("m4", "m1"));
    site.run("check --leak leak.csv --output twice members.csv twice.csv").expect(3);
    let found = site.run("check --quiet --leak leak.csv --previous twice members.csv").expect(3);
    let found = found.says("warning: --previous twice: 1 reference is in it more than once.");
    assert_eq!(news(&found.stdout), ["m1 yes", "m4 no"]);
}

#[test]
fn placeholders_of_exports_are_not_references() {
    let site = site();
    let absent = ["-", "--", "NULL", "\\N", "k.A.", "n/a", "(null)", "keine Angabe", ""];
    let rows: String = absent.map(|text| format!("{text};max@example.de\n")).concat();
    site.write("m.csv", format!("Mitglied;E-Mail\nm1;max@example.de\n{rows}"));
    site.write("earlier", site.read("first.csv"));
    let check = "check --leak leak.csv --previous earlier --summary s m.csv --output f";
    site.run(check).expect(0);
    let expected = ["m1 no"].into_iter().chain(absent.map(|_| " yes"));
    assert_eq!(news(&site.read("f")), expected.collect::<Vec<_>>());
    let summary = site.json("s");
    assert_eq!(summary["without_reference"], absent.len());
    assert_eq!(summary["repeated_references"], 0);
    site.run("check --leak leak.csv --letters letters --draft --output g m.csv")
        .expect_error(&["m.csv, row 2", "no reference"]);
    // The next run knows nothing about such members either.
    site.run("check --leak leak.csv --previous f --output g m.csv").expect(0);
    assert_eq!(news(&site.read("g"))[1..], absent.map(|_| " yes"));
}

#[test]
fn references_that_differ_in_an_apostrophe_are_two_members() {
    let site = site();
    let references = ["=m1", "'=m1", "''=m1", "'", "'m1"];
    let row = |text: &str| format!("{text};max@example.de\n");
    let all: String = references.iter().map(|reference| row(reference)).collect();
    site.write("all.csv", format!("Mitglied;E-Mail\n{all}"));
    for format in ["csv", "jsonl"] {
        for known in references {
            site.write("one.csv", format!("Mitglied;E-Mail\n{}", row(known)));
            site.run(&format!("check --leak leak.csv --format-out {format} --output one one.csv"))
                .expect(0);
            let found = site.run("check --leak leak.csv --previous one all.csv").expect(0);
            let expected = references.map(|reference| reference != known);
            let is_new = news(&found.stdout);
            let is_new: Vec<bool> = is_new.iter().map(|member| member.ends_with("yes")).collect();
            assert_eq!(is_new, expected, "{known} as {format}");
        }
    }
}

#[test]
fn findings_of_any_breach_are_read_back() {
    let site = site();
    site.run("keygen key").expect(0);
    let names = ["-", "-1", "20230115", "007", "true", "null", "1e5", "0x1f", "NaN"];
    for name in names {
        site.run_with(&[
            "build",
            "--key",
            "key",
            "--output",
            "i",
            &format!("--name={name}"),
            "leak.csv",
        ])
        .expect(0);
        for format in ["csv", "jsonl"] {
            let check = "check --key key --index i";
            site.run(&format!("{check} --output f --format-out {format} members.csv")).expect(3);
            let found = site.run(&format!("{check} --previous f members.csv")).expect(3);
            assert_eq!(news(&found.stdout), ["m1 no", "m4 no"], "{name} in {format}");
        }
    }
}

#[test]
fn findings_of_a_week_without_anybody_are_read_back() {
    let site = site();
    site.write("nobody.csv", "Mitglied;E-Mail\nm8;zoe@example.de\n");
    for format in ["csv", "jsonl"] {
        site.run(&format!("check --leak leak.csv --format-out {format} --output f nobody.csv"))
            .expect(0);
        for quiet in ["", "--quiet "] {
            let check = "check --leak leak.csv --previous f --previous first.csv members.csv";
            let found = site.run(&format!("{quiet}{check}")).expect(3);
            assert_eq!(news(&found.stdout), ["m1 no", "m4 yes"]);
            // An empty file may also come from a failed copy.
            let has_warning = found.stderr.contains("warning: --previous f is empty");
            assert_eq!(has_warning, format == "jsonl", "{}", found.stderr);
        }
    }
}

#[test]
fn a_pattern_selects_all_matching_files() {
    let site = site();
    site.run("check --leak leak.csv --summary s.json mem*.csv").expect(3);
    assert_eq!(site.json("s.json")["files"][0]["file"], "members.csv");
    site.run("keygen key").expect(0);
    site.run("build --key key --summary b.json --output i part?.csv").expect(0);
    assert_eq!(site.json("b.json")["rows"], 3);
    site.run("check --leak leak.csv none*.csv").expect_error(&["none*.csv: no file"]);
    // A file whose name looks like a pattern takes precedence over the pattern.
    site.write("[ab].csv", "E-Mail\nmax@example.de\n");
    site.run("check --leak leak.csv [ab].csv").expect(0);
}

/// A list of members with these references, all of them in the leak.
fn list_of(references: impl Iterator<Item = String>) -> String {
    let rows = references.map(|reference| format!("{reference};max@example.de\n"));
    ["Mitglied;E-Mail\n".to_owned()].into_iter().chain(rows).collect()
}

#[test]
fn missing_earlier_references_give_a_warning_with_the_likely_cause() {
    let site = site();
    let check = "check --quiet --leak leak.csv --name leak --output f";
    site.write("m.csv", list_of((1..=40).map(|number| format!("{number:06}"))));
    site.run(&format!("{check} m.csv")).expect(0);
    site.write("f.csv", site.read("f"));
    let again = |list: String| {
        site.write("m.csv", list);
        site.run(&format!("{check} --previous f.csv m.csv")).expect(0)
    };
    // Half of the references are enough, whatever the number of other members.
    let half =
        (1..=20).map(|number| format!("{number:06}")).chain((1..90).map(|item| format!("x{item}")));
    assert!(!again(list_of(half)).stderr.contains("warning:"));
    let fewer = (1..=19).map(|number| format!("{number:06}"));
    again(list_of(fewer)).says_all(&[
        "warning: only 19 of the 40 members whom --previous knows are in the member lists",
        "--column 'HEADER=id'",
    ]);
    let cut = again(list_of((1..=40).map(|number| number.to_string())));
    cut.says_all(&[
        "warning: 40 of the 40 members whom --previous knows",
        "with more or fewer zeros at the beginning",
    ]);
    // A few are enough, since each may get a second letter.
    let few = (1..=40).map(|item| if item < 4 { item.to_string() } else { format!("{item:06}") });
    again(list_of(few)).says("warning: 3 of the 40 members whom --previous knows");
    // The other way round: the earlier findings lost the zeros, and the list has them.
    again(list_of((1..=40).map(|number| number.to_string())));
    site.write("f.csv", site.read("f"));
    let cut = again(list_of((1..=40).map(|number| format!("{number:06}"))));
    cut.says_all(&[
        "warning: 40 of the 40 members whom --previous knows",
        "with more or fewer zeros at the beginning",
    ]);
    // Fewer than 20 prove nothing.
    site.write("m.csv", list_of((1..20).map(|number| format!("a{number}"))));
    site.run(&format!("{check} m.csv")).expect(0);
    site.write("f.csv", site.read("f"));
    let few = again(list_of((1..20).map(|number| format!("b{number}"))));
    assert!(!few.stderr.contains("warning:"), "{}", few.stderr);
}
