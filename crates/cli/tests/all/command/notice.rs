//! The notice to the authority: its files, its times and its settings.

use super::support::Site;

const ALL: &str = "--notice n.html --notice n.md --notice n.docx";

#[test]
fn a_notice_is_written_in_each_format_with_the_numbers_of_the_summary() {
    let site = Site::with_files();
    let run = site.run(&format!("check --leak leak.csv --summary s {ALL} members.csv"));
    run.expect(3).says_all(&["notice: ", " entries are missing"]);
    let (page, markdown) = (site.read("n.html"), site.read("n.md"));
    let summary = site.json("s");
    let (persons, records) = (&summary["persons"], &summary["records"]["confirmed"]);
    for text in [&page, &markdown] {
        for sentence in [
            format!("{} Personen sind bestätigt betroffen.", persons["confirmed"]),
            format!("Abgeglichen wurden {} Personen.", persons["checked"]),
            format!("{records} verschiedene Datensätze"),
        ] {
            assert!(text.contains(&sentence), "'{sentence}' is not in {text}");
        }
        assert!(text.contains("BITTE ERGÄNZEN") && text.contains("--aware-since"), "{text}");
    }
    assert!(site.bytes("n.docx").starts_with(b"PK"));
    let english = format!("check --leak leak.csv --lang en {ALL} members.csv");
    site.run(&english).expect(3);
    assert!(site.read("n.html").contains("[PLEASE ADD: "));
}

#[test]
fn settings_and_options_fill_in_a_notice() {
    let site = Site::with_files();
    site.write(
        "s.toml",
        "[insurer]\nname = 'BKK Beispiel'\n[insurer.data-protection-officer]\nname = 'Maria Muster'\n",
    );
    let check = "check --config s.toml --leak leak.csv --notice n.md members.csv";
    site.run_with(
        &check
            .split(' ')
            .chain([
                "--aware-since",
                "2026-01-19T08:00:00Z",
                "--delay-reason",
                "Erst spät bekannt.",
            ])
            .collect::<Vec<_>>(),
    )
    .expect(3);
    let notice = site.read("n.md");
    for text in ["BKK Beispiel", "Maria Muster", "endete am", "Erst spät bekannt."] {
        assert!(notice.contains(text), "{text}: {notice}");
    }
    site.run("check --no-config --leak leak.csv --notice n.md members.csv").expect(3);
    assert!(!site.read("n.md").contains("BKK Beispiel"));
}

#[test]
fn a_german_notice_in_utc_gives_a_warning_with_advice() {
    let site = Site::with_files();
    let check =
        "check --quiet --leak leak.csv --notice n.md --aware-since '2026-01-19 08:00' members.csv";
    let run_with = |zone: &str, options: &str| {
        let mut command = site.command(&format!("{check} {options}"));
        let output = command.env("TZ", zone).output().expect("the command starts");
        site.after(check.to_owned(), &output).expect(3)
    };
    let run = run_with("UTC", "").says("warning: the times in the notice are in UTC");
    assert!(site.read("n.md").contains("22. Januar 2026, 08:00 Uhr UTC"), "{}", site.read("n.md"));
    let (_, zone) = run.stderr.split_once("'TZ=").expect("it says how to correct that");
    let (zone, _) = zone.split_once(" leakdex").expect("the command follows");
    let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
    for zone in [zone.trim_matches('\''), berlin] {
        let run = run_with(zone, "");
        assert!(!run.stderr.contains("UTC"), "{zone}: {}", run.stderr);
        let notice = site.read("n.md");
        assert!(notice.contains("22. Januar 2026, 08:00 Uhr MEZ"), "{zone}: {notice}");
    }
    assert!(!run_with("UTC", "--lang en").stderr.contains("UTC"));
}

#[test]
fn inconsistent_notice_options_are_wrong_usage_before_the_work() {
    let site = Site::with_files();
    let check = "check --leak leak.csv members.csv --notice";
    for (more, words) in [
        (&["n.odt"][..], ".docx"),
        (&["n.pdf"], "print"),
        (&["-"], ".html"),
        (&["n.md", "--aware-since", "yesterday"], "2026-01-19 08:00"),
        (&["n.md", "--aware-since", "2999-01-19 08:00"], "in the future"),
        (&["n.md", "--notice", "n.md"], "n.md"),
    ] {
        let words_of_line: Vec<&str> = check.split(' ').chain(more.iter().copied()).collect();
        site.run_with(&words_of_line).expect(2).says_all(&[words]).prints("");
        assert!(!site.exists("n.md"));
    }
    site.run("check --leak leak.csv members.csv --delay-reason late").expect(2);
}

#[test]
fn a_run_that_fails_keeps_the_earlier_notice() {
    let site = Site::with_files();
    site.write("n.md", "earlier");
    site.run("check --leak leak.csv --notice n.md --max-rejects 0 members.csv").expect(4);
    assert_eq!(site.read("n.md"), "earlier");
}
