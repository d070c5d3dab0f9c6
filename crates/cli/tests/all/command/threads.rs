//! The number of threads changes the time that a run takes, and nothing else.

use std::fmt::Write as _;

use super::support::{Site, kvnr, letters, records};

/// This many rows make several blocks of a mebibyte.
const MEMBERS: u32 = 41_000;

/// A leak of every seventh person, with some unusable fields.
fn leak() -> String {
    let mut rows = String::from("E-Mail;KVNR;Nachname;Vorname;Geburtsdatum\n");
    for number in (0..MEMBERS).step_by(7) {
        let email = if number % 5 == 0 { "none".into() } else { email(number) };
        writeln!(rows, "{email};{};{}", kvnr(number), person(number)).expect("memory takes it");
    }
    rows
}

/// A member list in which every sort of fault occurs again and again.
fn members() -> Vec<u8> {
    let mut rows = "Nr;E-Mail;KVNR;Nachname;Vorname;Geburtsdatum\n".as_bytes().to_vec();
    for number in 0..MEMBERS {
        let (email, kvnr, person) = (email(number), kvnr(number), person(number));
        let row = match number % 97 {
            1 => format!("{number};{email};;;;\n"),
            2 => format!("{number};;;{person}\n"),
            3 => format!("{number};;;;;\n"),
            4 => format!("{number};no address;{kvnr};;;31.02.1970\n"),
            5 => format!("{number};\"x\"y;{kvnr};{person}\n"),
            6 => format!("{number};\"{email};{kvnr};{person}\n"),
            7 => format!("{number};{email};{kvnr};{person};more\n"),
            8 => format!("{number};{email}\n"),
            9 => format!("\"{number}\nin two lines\";{email};{kvnr};{person}\n"),
            10 => format!("{number};{email};A12;{person}\n"),
            11 => format!("{number};x\0{email};{kvnr};{person}\n"),
            _ => format!("{number};{email};{kvnr};{person}\n"),
        };
        rows.extend(row.bytes());
        if number % 20_011 == 0 {
            rows.extend(vec![b'y'; 1_200_000]);
            rows.push(b'\n');
        }
    }
    rows
}

fn email(number: u32) -> String {
    format!("member.{number}@example.de")
}

fn person(number: u32) -> String {
    let name = |number: u32| format!("Mü{}", letters(number, [1, 26, 676, 17_576]));
    let (day, month, year) = (number % 28 + 1, number % 12 + 1, 1930 + number % 70);
    format!("{};{};{day:02}.{month:02}.{year}", name(number), name(number / 3))
}

#[test]
fn findings_rejects_summary_and_index_are_the_same_for_1_2_and_7_threads() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site.write("leak.csv", leak());
    site.write("members.csv", members());
    let results = "--rejects r --summary s";
    let runs = [1, 2, 7].map(|threads| {
        let build = format!("build --threads {threads} --key key --output i {results} leak.csv");
        site.run(&build).expect(0);
        let from_build = ["i", "r", "s"].map(|name| site.bytes(name));
        let check = format!("check --threads {threads} --key key --index i --output f {results}");
        let run = site.run(&format!("{check} members.csv")).expect(3);
        (from_build, ["f", "r", "s"].map(|name| site.bytes(name)), run.stderr)
    });
    for (threads, run) in [2, 7].iter().zip(&runs[1..]) {
        assert!(run.0 == runs[0].0, "the build differs with {threads} threads");
        assert!(run.1 == runs[0].1, "the check differs with {threads} threads");
        assert_eq!(run.2, runs[0].2, "{threads} threads");
    }

    let summary = site.json("s");
    let number = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(number("rows"), u64::from(MEMBERS) + 3, "three rows are too long");
    let parts = number("affected") + number("not_affected") + number("indeterminate");
    assert_eq!(number("rows"), parts);
    let rows = site.read("f").lines().count() as u64 - 1;
    assert_eq!(rows, number("affected"), "one row for each affected member");
    let counts = summary["rejects_by_reason"].as_object().expect("a map").values();
    let suspects = summary["suspects_by_field"].as_object().expect("a map").values();
    let suspects =
        suspects.filter_map(serde_json::Value::as_object).flat_map(|suspect| suspect.values());
    let rejects = site.read("r").lines().count() as u64 - 1;
    assert_eq!(counts.chain(suspects).filter_map(serde_json::Value::as_u64).sum::<u64>(), rejects);

    let rows = records(&site.read("f"));
    let numbers = rows.iter().map(|row| row[1].parse::<u64>().expect("a number"));
    assert!(numbers.is_sorted(), "findings are in input order");
}
