//! Caveats of a run: where they are reported, and their effects.

mod dates;
mod unread_parts;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{NOBODY, Run, Site, kvnr, signs};

const HEADER: &str = "Mitglied;KVNR;E-Mail;Nachname;Vorname;Geburtsdatum\n";

/// The number of members who are in the leak. The leak also has as many strangers.
const LEAKED: u32 = 200;

/// The person with this number, who shares nothing with anybody else.
struct Person {
    number: u32,
    kvnr: String,
    email: String,
    last_name: String,
    first_name: String,
    birth_date: String,
}

fn letters(mut rest: u32, length: usize) -> String {
    // Spread over all letters, for every range of numbers.
    rest = rest.wrapping_mul(2_654_435_761).rotate_right(7) ^ rest;
    let mut text = String::new();
    for place in 0..length {
        // Words without a vowel may be degrees.
        let letters: &[u8] = if place == 1 { b"aeiou" } else { b"abcdefghijklmnopqrstuvwxyz" };
        text.push(char::from(letters[rest as usize % letters.len()]));
        rest = (rest / 26).wrapping_mul(40_503) ^ rest >> 3;
    }
    text
}

impl Person {
    fn of(number: u32) -> Self {
        let (name, first) = (letters(number, 6), letters(number + 1_000_000, 5));
        let (day, month, year) = (1 + number * 5 % 28, 1 + number * 7 % 12, 1940 + number % 60);
        Self {
            number,
            kvnr: kvnr(number),
            email: format!("{first}.{name}@example.de"),
            last_name: name,
            first_name: first,
            birth_date: format!("{day:02}.{month:02}.{year}"),
        }
    }

    fn row(&self) -> String {
        let Self { number, kvnr, email, last_name, first_name, birth_date } = self;
        format!("m{number};{kvnr};{email};{last_name};{first_name};{birth_date}\n")
    }
}

/// A list of these persons, each changed by `change`.
fn list(numbers: impl Iterator<Item = u32>, change: impl Fn(&mut Person)) -> String {
    numbers.fold(HEADER.to_owned(), |list, number| {
        let mut person = Person::of(number);
        change(&mut person);
        list + &person.row()
    })
}

fn unchanged(_: &mut Person) {}

/// An export that wrote the same insured number into two of three rows.
fn with_one_number(person: &mut Person) {
    if !person.number.is_multiple_of(3) {
        NOBODY.clone_into(&mut person.kvnr);
    }
}

fn leak() -> String {
    list((0..LEAKED).chain(10_000..10_000 + LEAKED), unchanged)
}

fn members() -> impl Iterator<Item = u32> {
    0..3 * LEAKED
}

/// A folder with an intact leak, an intact member list, and a list with a damaged column.
fn site() -> Site {
    let site = Site::new();
    site.write("leak.csv", leak());
    site.write("sound.csv", list(members(), unchanged));
    site.write("damaged.csv", list(members(), with_one_number));
    site
}

/// The caveats that a run printed, one line each.
fn printed_caveats(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter(|line| line.starts_with("caveat: ")).collect()
}

/// The file, column and sign of each caveat in a summary.
fn caveats(summary: &Value) -> Vec<[&str; 3]> {
    let all = summary["caveats"].as_array().expect("a list").iter();
    let names = ["file", "column", "sign"];
    all.map(|caveat| names.map(|name| caveat[name].as_str().unwrap_or_default())).collect()
}

#[test]
fn strict_makes_a_caveat_of_the_run_or_a_partial_member_status_3() {
    let site = site();
    let one_invalid = |person: &mut Person| {
        if person.number == 500 {
            "no address".clone_into(&mut person.email);
        }
    };
    site.write("partial.csv", list(members(), one_invalid));
    for (members, partial, caveats, strict) in
        [("sound", 0, 0, 0), ("partial", 1, 0, 3), ("damaged", 2 * LEAKED, 3, 3)]
    {
        let check = format!("check --leak leak.csv --output f --summary s {members}.csv");
        let run = site.run(&check).expect(0);
        let summary = site.json("s");
        assert_eq!(summary["partially_checked"], partial, "{members}: {}", run.stderr);
        assert_eq!(summary["caveats"].as_array().map(Vec::len), Some(caveats), "{members}");
        assert_eq!(printed_caveats(&run).len(), caveats, "{members}: {}", run.stderr);
        site.run(&format!("{check} --strict")).expect(strict);
        // The findings are the same, and nobody is indeterminate.
        assert_eq!(site.json("s"), summary);
        site.run(&format!("{check} --strict --allow-indeterminate --quiet")).expect(strict);
        site.write("leakdex.toml", "[check]\nstrict = true\n");
        site.run(&check).expect(strict).says("settings used: strict");
        site.run(&format!("{check} --no-config")).expect(0);
        site.write("leakdex.toml", "[check]\nstrict = false\n");
        site.run(&check).expect(0);
        site.remove("leakdex.toml");
    }
}

#[test]
fn quiet_prints_only_caveats() {
    let site = site();
    let check = "check --leak leak.csv --output f damaged.csv";
    let loud = site.run(check).expect(0);
    let quiet = site.run(&format!("{check} --quiet")).expect(0);
    let lines: Vec<&str> = quiet.stderr.lines().collect();
    assert_eq!(lines, printed_caveats(&loud));
    assert_eq!(
        lines[0],
        "caveat: damaged.csv, 'KVNR' (kvnr): One value is in more rows than different people can \
         share. 400 of 600, 67 %: look at the column in both files."
    );
    let sound = site.run("check --quiet --leak leak.csv --output f sound.csv").expect(0);
    assert_eq!(sound.stderr, "");
}

/// A damage to a column, and the signs that it must raise.
type Damage = (&'static str, fn(&mut Person), &'static [&'static str]);

const DAMAGES: [Damage; 9] = [
    ("one number", with_one_number, &["repeated-value"]),
    (
        "a secret address",
        |person| "geheim.person@beispiel.example".clone_into(&mut person.email),
        &["repeated-value"],
    ),
    (
        "masked addresses",
        |person| person.email = format!("xxxx{}", &person.email[4..]),
        &["repeated-beginning"],
    ),
    (
        "no addresses",
        |person| person.email = person.email.replace('@', " at "),
        &["invalid-values"],
    ),
    (
        "forms of address",
        |person| person.first_name = format!("Durchlaucht {}", person.first_name),
        &["repeated-beginning"],
    ),
    ("names with a company", |person| person.last_name += " Musterwerke", &["repeated-ending"]),
    ("cut names", |person| person.last_name.truncate(3), &["unlike-other-side"]),
    ("wrong numbers", |person| person.kvnr.replace_range(1..4, "000"), &["suspect-values"]),
    ("one date", |person| "17.05.1963".clone_into(&mut person.birth_date), &["repeated-value"]),
];

#[test]
fn no_value_is_ever_shown_with_a_caveat() {
    let site = site();
    let outputs = ["s", "r.html", "r.md", "r.json"];
    let reports = "--report r.html --report r.md --report r.json --max-rejects 100%";
    for (damage, change, expected) in DAMAGES {
        let damaged = list(members(), change);
        site.write("damaged.csv", &damaged);
        let swapped = "--leak damaged.csv sound.csv";
        for files in ["--leak leak.csv damaged.csv", swapped] {
            let check = format!("check --output f --rejects j --summary s {reports} {files}");
            let run = site.run(&check);
            assert!(run.status() == Some(0) || run.status() == Some(3), "{damage}: {}", run.stderr);
            let summary = site.json("s");
            let signs = signs(&summary);
            assert!(expected.iter().all(|sign| signs.contains(sign)), "{damage}: {signs:?}");
            assert_eq!(printed_caveats(&run).len(), signs.len(), "{damage}: {}", run.stderr);
            let written = outputs.map(|name| site.read(name)).concat();
            let shown = (run.stderr + &written).to_lowercase();
            let rows =
                damaged.lines().skip(1).chain(["Musterwerke", "Durchlaucht", "geheim.person"]);
            // A short cell also occurs inside words, as "eine" does. `str::contains` would take seconds
            // here.
            let cells: BTreeSet<&str> =
                rows.flat_map(|row| row.split([';', ' '])).filter(|cell| cell.len() >= 6).collect();
            assert!(cells.len() > 1000, "{damage}: {}", cells.len());
            for cell in cells {
                let place = memchr::memmem::find(shown.as_bytes(), cell.to_lowercase().as_bytes());
                assert!(place.is_none(), "{damage}: {cell}");
            }
        }
    }
}

#[test]
fn only_the_damaged_list_is_partial_and_the_counts_add_up() {
    let site = site();
    let check = "check --leak leak.csv --output f --summary s";
    site.write("again.csv", site.read("sound.csv") + "\n");
    let run = site.run(&format!("{check} sound.csv damaged.csv again.csv")).expect(0);
    let run = run.says("by run-caveat: see the caveats");
    assert!(
        printed_caveats(&run)
            .iter()
            .all(|line| line.starts_with("caveat: damaged.csv, 'KVNR' (kvnr): "))
    );
    let summary = site.json("s");
    assert!(caveats(&summary).iter().all(|caveat| caveat[..2] == ["damaged.csv", "KVNR"]));
    let partial = |file: usize| summary["files"][file]["partially_checked"].as_u64();
    // Leaked members are found by their addresses, and all others were also checked by the number.
    assert_eq!([0, 1, 2].map(partial), [Some(0), Some(u64::from(2 * LEAKED)), Some(0)]);
    assert_eq!(summary["partially_checked"], 2 * LEAKED);
    assert_eq!(summary["partially_checked_by_reason"], json!({ "run-caveat": 2 * LEAKED }));
    for name in ["rows", "affected", "not_affected", "indeterminate", "partially_checked"] {
        let files = summary["files"].as_array().expect("a list").iter();
        let sum: u64 = files.map(|file| file[name].as_u64().expect("a count")).sum();
        assert_eq!(summary[name], sum, "{name}");
    }
}

#[test]
fn only_members_who_were_checked_by_the_column_are_partial_and_each_once() {
    let site = site();
    // A third of the members have no number, and a tenth have no valid address.
    let some = |person: &mut Person| {
        with_one_number(person);
        if person.number.is_multiple_of(3) {
            person.kvnr.clear();
        }
        if person.number.is_multiple_of(10) {
            "no address".clone_into(&mut person.email);
        }
    };
    site.write("m.csv", list(members(), some));
    site.run("check --leak leak.csv --output f --summary s m.csv").expect(0);
    let summary = site.json("s");
    let outside = || members().filter(|number| *number >= LEAKED);
    let invalid = outside().filter(|number| number % 10 == 0).count();
    let doubted = outside().filter(|number| number % 10 > 0 && number % 3 > 0).count();
    // Their findings were written before the caveat was known. So a warning says which members it concerns.
    for quiet in ["", " --quiet"] {
        let all = site.run(&format!("check --leak leak.csv --all --output all m.csv{quiet}"));
        let expected =
            format!("warning: m.csv: {doubted} members who are not affected were checked in part");
        all.expect(0).says(&expected).says("without gaps who were checked by kvnr\n");
    }
    let without_gap = site
        .read("all")
        .lines()
        .filter(|row| row.ends_with(','))
        .filter(|row| {
            row.contains(",not_affected,") && row.split([',', ' ']).any(|kind| kind == "kvnr")
        })
        .count();
    assert_eq!(without_gap, doubted);
    assert_eq!(summary["partially_checked_by_reason"]["run-caveat"], doubted);
    assert_eq!(summary["partially_checked"], invalid + doubted);
}

#[test]
fn a_build_and_each_later_check_report_the_caveats_of_the_leak() {
    let site = site();
    site.run("keygen key").expect(0);
    let damaged = list((0..LEAKED).chain(10_000..10_000 + LEAKED), with_one_number);
    // The file ends within its last row.
    site.write("leak.csv", damaged + "x;A1234");
    let of_leak = "(kvnr): One value is in more rows than different people can share. 267 of 400";
    let cut_off =
        ": Rows may be missing: the file ends early, rows ran together, or a part of it was";
    for (target, options) in [("i", ""), ("shards", "--shards 4")] {
        let build = format!("build --quiet --key key --output {target} {options} --summary b");
        let run = site.run(&format!("{build} leak.csv")).expect(0);
        assert!(run.stderr.contains(of_leak) && run.stderr.contains(cut_off), "{}", run.stderr);
        let of_build = site.json("b");
        let check = format!("check --quiet --key key --index {target} --output f --summary s");
        let run = site.run(&format!("{check} sound.csv")).expect(0);
        let start = format!("caveat: {target} {of_leak}");
        assert!(
            printed_caveats(&run).iter().any(|line| line.starts_with(&start)),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains(&format!("caveat: {target}{cut_off}")), "{}", run.stderr);
        let summary = site.json("s");
        // The caveats of the leak, without the names of file and column.
        let bare = |summary: &Value| -> Vec<Value> {
            let all = summary["caveats"].as_array().expect("a list").iter();
            let all = all.filter(|caveat| caveat["side"] == "leak").cloned();
            let all = all.map(|mut caveat| {
                caveat["file"].take();
                caveat["column"].take();
                caveat
            });
            all.collect()
        };
        assert_eq!(bare(&summary).len(), 3, "{:?}", caveats(&summary));
        assert_eq!(
            bare(&summary).into_iter().filter(|item| item["sign"] != "cut-off").collect::<Vec<_>>(),
            bare(&of_build)
                .into_iter()
                .filter(|item| item["sign"] != "cut-off")
                .collect::<Vec<_>>(),
        );
        // No unaffected member was checked in full.
        assert_eq!(summary["partially_checked"], summary["not_affected"]);
        site.run(&format!("{check} --strict sound.csv")).expect(3);
    }
    // A merge keeps the caveats. The other leak has none.
    site.write("other.csv", leak());
    site.run("build --key key --output other --name other other.csv").expect(0);
    site.run("merge --key key --output both i other").expect(0);
    let run = site.run("check --key key --index both --output f --summary s sound.csv").expect(0);
    assert!(
        run.stderr.contains("caveat: both: Rows may be missing: the file ends early"),
        "{}",
        run.stderr
    );
    site.run("merge --key key --output rest --without-breach leak both").expect(0);
    let run = site.run("check --key key --index rest --output f --summary s sound.csv").expect(0);
    assert_eq!(printed_caveats(&run), [""; 0]);
}

#[test]
fn threads_do_not_change_caveats_or_counts() {
    let site = Site::new();
    let many = || 0..9000_u32;
    let padded = |text: String| {
        // Long rows make many blocks.
        let note = "x".repeat(100);
        text.replace('\n', &format!(";{note}\n"))
    };
    site.write("leak.csv", padded(list(many().step_by(4).chain(20_000..24_000), with_one_number)));
    let damaged = |person: &mut Person| {
        person.email = person.email.replace("@example.de", "@example.invalid.de");
        if person.number.is_multiple_of(2) {
            person.birth_date = "01.01.1970".into();
            "no number".clone_into(&mut person.kvnr);
        }
    };
    site.write("m.csv", padded(list(many(), damaged)));
    let results = ["f", "j", "s", "r.json"];
    let runs = [1, 2, 7].map(|threads| {
        let check = format!("check --threads {threads} --leak leak.csv --max-rejects 100%");
        let run =
            site.run(&format!("{check} --output f --rejects j --summary s --report r.json m.csv"));
        let mut files = results.map(|name| site.bytes(name));
        let mut report = site.json("r.json");
        report.as_object_mut().expect("an object").remove("run");
        files[3] = report.to_string().into_bytes();
        (run.expect(0).stderr, files)
    });
    let signs = site.json("s");
    assert!(caveats(&signs).len() > 4, "{:?}", caveats(&signs));
    for (threads, (stderr, files)) in [2, 7].into_iter().zip(&runs[1..]) {
        assert_eq!(*stderr, runs[0].0, "{threads} threads");
        for (place, name) in results.iter().enumerate() {
            assert!(files[place] == runs[0].1[place], "{name} differs with {threads} threads");
        }
    }
}

#[test]
fn a_file_that_ends_within_a_row_makes_all_clears_partial() {
    let site = site();
    let whole = leak();
    let cut = whole.len() - 30;
    site.write("cut.csv", &whole[..cut]);
    for (side, files) in
        [("leak", "--leak cut.csv sound.csv"), ("members", "--leak sound.csv cut.csv")]
    {
        let run = site.run(&format!("check --output f --summary s {files}")).expect(0);
        let line = "caveat: cut.csv: Rows may be missing: the file ends early, rows ran together, or a part of it was \
                    not read: get the whole file, or look at the rows that were not used: --rejects FILE names them.";
        assert!(printed_caveats(&run).contains(&line), "{}", run.stderr);
        let summary = site.json("s");
        let caveat = &summary["caveats"][0];
        assert_eq!((&caveat["side"], &caveat["sign"]), (&json!(side), &json!("cut-off")));
        assert_eq!(summary["partially_checked"], summary["not_affected"], "{side}");
    }
    // A file that only lacks its last line ending is not cut off.
    site.write("cut.csv", whole.trim_end());
    let run = site.run("check --output f --leak cut.csv sound.csv").expect(0);
    assert_eq!(printed_caveats(&run), [""; 0]);
    // A file whose last cell is an American date is not cut off either.
    site.write("us.csv", "Nachname;Vorname;Geburtsdatum\nMuster;Max;12/31/1970");
    let run = site.run("columns us.csv").expect(0);
    assert!(!run.stderr.contains("ends early"), "{}", run.stderr);
}

#[test]
fn two_columns_of_a_field_on_both_sides_are_compared_together() {
    let site = Site::new();
    let list = |numbers: &mut dyn Iterator<Item = u32>| {
        numbers.fold("Mitglied;E-Mail;E-Mail 2\n".to_owned(), |list, number| {
            let (private, work) = (letters(number, 9), letters(number + 7_000_000, 3));
            list + &format!(
                "m{number};{private}@example.de;{work}.{:05}@firma.example\n",
                number * 7_919 % 99_991
            )
        })
    };
    site.write("leak.csv", list(&mut (0..LEAKED).chain(10_000..10_000 + LEAKED)));
    site.write("m.csv", list(&mut members()));
    let run = site.run("check --leak leak.csv --output f --strict m.csv").expect(0);
    assert_eq!(printed_caveats(&run), Vec::<&str>::new());
}

#[test]
fn strict_says_why_the_status_is_3() {
    let site = site();
    let run = site.run("check --leak leak.csv --output f --strict damaged.csv").expect(3);
    let run = run.says("exit status 3: --strict, 400 members were checked only in part");
    assert!(!run.stderr.contains("0 members could not be checked"), "{}", run.stderr);
}

#[test]
fn a_damaged_file_beside_an_intact_one_gives_the_leak_a_caveat() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site.write("damaged.csv", list(0..40, |person| "a@example.de".clone_into(&mut person.email)));
    site.write("sound.csv", list(20_000..23_000, unchanged));
    site.run("build --key key --output i --summary s damaged.csv sound.csv").expect(0);
    let summary = site.json("s");
    assert!(caveats(&summary).iter().any(|caveat| caveat[2] == "repeated-value"), "{summary}");
}
