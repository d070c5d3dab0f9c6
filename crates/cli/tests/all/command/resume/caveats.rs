//! Counts that accumulate over a whole list survive a kill.

use std::{fmt::Write as _, io::Write as _};

use super::{CHECK, CHECKPOINTS, RESUME, run_files, start, take_results, wait_for};
use crate::command::support::{NOBODY, Site, kvnr, letters};

/// This many people. Two in three have the same insured number. One in four has a date of birth one day
/// later than in the leak. A row has two kilobytes, so a few rows make many blocks.
fn damaged(name: &str, count: u32) -> String {
    let mut text =
        String::from("Mitglied;KVNR;Nachname;Vorname;Geburtsdatum;Notiz;Adresse;E-Mail\n");
    for number in 0..count {
        let insured = if number % 3 > 0 { NOBODY.to_owned() } else { kvnr(number) };
        let person = person(number, u32::from(number % 4 == 1));
        let (note, address) = ("x".repeat(2000), format!("p{number}@example.de"));
        writeln!(text, "{name}{number};{insured};{person};{note};{address};{address}")
            .expect("to memory");
    }
    text
}

fn person(number: u32, later: u32) -> String {
    let (name, first) = (letters(number, [1, 26, 676]), letters(number, [7, 3, 11, 50]));
    let day = 1 + number * 5 % 27 + later;
    format!("B{name};{first};{}-{:02}-{day:02}", 1940 + number % 60, 1 + number * 7 % 12)
}

#[test]
fn caveats_after_a_kill_in_the_second_list_equal_those_of_one_run() {
    let site = Site::new();
    let mut leak = String::from("KVNR;Nachname;Vorname;Geburtsdatum;E-Mail\n");
    for number in (0..2000).step_by(3).chain((1..2000).step_by(12)) {
        let other_number = kvnr(number + 50_000);
        let address = if number % 3 == 0 { format!("p{number}@example.de") } else { String::new() };
        writeln!(leak, "{other_number};{};{address}", person(number, 0)).expect("to memory");
    }
    site.write("leak.csv", leak);
    site.run("keygen key").expect(0);
    site.run("build --key key --output leak.leakdex leak.csv").expect(0);
    site.write("one.csv", damaged("eins", 800) + "eins800;A1");
    let two = damaged("zwei", 1600);

    site.feed(&format!("{CHECK} one.csv -"), two.as_bytes()).expect(0);
    let summary = site.json("summary");
    let caveats = summary["caveats"].as_array().expect("a list");
    for sign in ["repeated-value", "shifted-dates", "disagreement", "cut-off"] {
        let has_caveat = |file: &str| {
            caveats.iter().any(|caveat| caveat["file"] == file && caveat["sign"] == sign)
        };
        assert!(has_caveat("one.csv"), "{sign}: {caveats:?}");
        assert!(has_caveat("-") || sign == "cut-off", "{sign}: {caveats:?}");
    }
    let expected = take_results(&site);

    // The first check is killed twice, and the second one once.
    for (threads, parts) in [(1, &[1, 3][..]), (3, &[3])] {
        let resume = format!("{RESUME} --threads {threads}");
        for quarter in parts {
            let (mut check, mut input) = start(&site, &format!("{resume} one.csv -"));
            input.write_all(&two.as_bytes()[..two.len() * quarter / 4]).expect("it reads");
            wait_for(&site, CHECKPOINTS[0]);
            check.kill().expect("it is there");
            assert!(!check.wait().expect("it is over").success());
        }
        let rest = site.feed(&format!("{resume} one.csv -"), two.as_bytes()).expect(0);
        let rest = rest.says("continues after ");
        assert!(!rest.stderr.contains("continues after 0 "), "{}", rest.stderr);
        assert!(
            run_files(&site).len() == 3 && take_results(&site) == expected,
            "{threads} threads"
        );
    }
}
