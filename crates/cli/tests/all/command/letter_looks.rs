//! The built-in letters: the data they need, their look, their recipients, and the table for a mail merge.

use std::fs;

use super::support::{MAX, Site};

/// A leak in which Max is certainly affected, Eva strongly, and a child certainly.
const LEAK: &str = "\
KVNR;E-Mail;Geburtsdatum;IBAN
A123456780;;01.02.1970;DE89370400440532013000
;eva@example.de;;
Z123456783;;05.06.2015;
";

const LIST: &str = "\
Mitglied;KVNR;E-Mail;Geburtsdatum
m1;A123456780;;01.02.1970
m3;;EVA@example.de;
0042;Z123456783;;05.06.2015
m9;Q123456784;;01.01.1980
";

const BREACH: &str = "\
Name = 'shop-2026-01'
Title = 'Beispiel-Shop'
Domain = 'example.de'
BreachDate = 2026-01-18
Description = 'Angreifer haben die Kundentabelle kopiert.'
";

const CHECK: &str = "check --leak leak.csv --breach breach.toml --output f members.csv";

/// A folder with settings that describe the insurer completely.
fn site() -> Site {
    let site = Site::new();
    site.write("leak.csv", LEAK);
    site.write("members.csv", LIST);
    site.write("breach.toml", BREACH);
    let settings = include_str!("../../../../../examples/leakdex.toml");
    let (_, insurer) = settings.split_once("\n[insurer]").expect("the example has an insurer");
    let (insurer, _) = insurer.split_once("\n[build]").expect("and a command after it");
    site.write("leakdex.toml", format!("[insurer]{insurer}"));
    site
}

/// The words of a file, each separated by one space.
pub fn flat(site: &Site, name: &str) -> String {
    site.read(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn with_an_insurer_and_a_breach_letters_are_complete() {
    let site = site();
    site.run(&format!("{CHECK} --letters letters --summary s")).expect(0).says("3 written");
    let counts = site.json("s")["letters"].clone();
    assert_eq!((&counts["to_guardians"], &counts["age_unknown"]), (&1.into(), &1.into()));
    for (name, words) in [
        (
            "m1",
            "Sehr geehrte Damen und Herren, Unbefugte haben sich Zugang zu personenbezogenen Daten \
                verschafft. Davon sind auch Ihre Daten betroffen.",
        ),
        ("m3", "Betroffen sind: - Ihre E-Mail-Adresse 3."),
        (
            "0042",
            "Sehr geehrte Sorgeberechtigte, Unbefugte haben sich Zugang zu personenbezogenen Daten \
                  verschafft. Davon sind auch Daten Ihres Kindes betroffen.",
        ),
    ] {
        let number = ["m1", "m3", "0042"].iter().position(|id| *id == name).expect("it is one");
        let letter = flat(&site, &format!("letters/0001/000000{}-{name}.txt", number + 1));
        assert!(letter.contains(words), "'{words}' is not in: {letter}");
        assert!(letter.starts_with("Muster BKK Beispielstraße 1 12345 Musterstadt"), "{letter}");
        let event = "Am 18. Januar 2026 kam es bei Beispiel-Shop (example.de) zu einem Vorfall. \
                     Angreifer haben die Kundentabelle kopiert.";
        assert!(letter.contains(event) && !letter.contains('['), "{letter}");
        assert_eq!(letter.contains("Konto abbuchen"), name == "m1", "{letter}");
        assert_eq!(letter.contains("betrügerische E-Mails"), name == "m3", "{letter}");
    }
    let findings = flat(&site, "f");
    assert!(findings.contains("shop-2026-01"), "the breach has its name: {findings}");
    site.run(&format!("{CHECK} --letters english --lang en")).expect(0);
    let letter = flat(&site, "english/0001/0000003-0042.txt");
    assert!(letter.contains("Dear guardians,") && !letter.contains('['), "{letter}");
}

#[test]
fn open_parts_of_a_letter_stop_the_run_before_the_work() {
    let site = site();
    // The list is on standard input, and no message describes its columns.
    let check = "check --leak leak.csv --breach breach.toml --output f - --letters letters";
    let words =
        ["parts are still to be filled in", "insurer.phone", "insurer.signatory", "--draft"];
    let run = site.feed(&format!("{check} --no-config"), LIST).expect_error(&words);
    assert_eq!(run.stderr.matches("\n  - ").count(), 11, "{}", run.stderr);
    site.write("breach.toml", "Name = 'shop'\nTitle = 'Shop'\n");
    let words = ["BreachDate", "Description", "letter.de.txt", "[insurer]"];
    let run = site.feed(check, LIST).expect_error(&words);
    assert_eq!(run.stderr.matches("\n  - ").count(), 2, "{}", run.stderr);
    assert!(!site.exists("letters") && !site.exists("f"));
    // The same for an index that knows only the name of its breach.
    site.run("keygen key").expect(0);
    site.run("build --key key --name shop --output i leak.csv").expect(0);
    let of_index = "check --key key --index i --output f --letters letters members.csv";
    let run = site.run(of_index).expect_error(&["Title", "BreachDate", "Description", "--breach"]);
    assert_eq!(run.stderr.matches("\n  - ").count(), 3, "{}", run.stderr);
    assert!(!site.exists("letters") && !site.exists("f"));
    // The same for an open part in the user's own template.
    site.write("own.txt", "{{ member }} [BITTE ERGÄNZEN: Gruß]");
    site.run(&format!("{of_index} --template own.txt")).expect_error(&["- Gruß\n", "own.txt"]);
    let run = site.run(&format!("{of_index} --template own.txt --draft")).expect(0);
    run.says("1 part is still to be filled in");
    let letter = site.read("letters/0001/0000001-m1.txt");
    assert_eq!(letter, "ENTWURF – nicht versenden\n\nm1 [BITTE ERGÄNZEN: Gruß]");
}

#[test]
fn letters_require_a_description_of_the_breach() {
    let site = site();
    for output in ["--letters letters", "--mail-merge m.csv"] {
        for name in ["", " --name shop"] {
            let run = site.run(&format!("check --leak leak.csv{name} members.csv {output}"));
            run.expect(2).says_all(&["--breach FILE.toml", "BreachDate", "examples/breach.toml"]);
        }
    }
    site.run("check --leak leak.csv members.csv --letters letters --draft").expect(0);
    let letter = flat(&site, "letters/0001/0000001-m1.txt");
    for words in ["ENTWURF – nicht versenden", "[BITTE ERGÄNZEN: bei wem es geschehen ist"] {
        assert!(letter.contains(words), "{letter}");
    }
    let both = "check --leak leak.csv --name shop --breach breach.toml members.csv";
    site.run(both).expect(2).says("cannot be used with");
    site.run("check --breach breach.toml members.csv").expect(2);
}

#[test]
fn a_description_that_lists_data_gives_a_warning() {
    let site = site();
    site.write("breach.toml", BREACH.replace("Kundentabelle", "Passwörter und Kontodaten"));
    let run = site.run(&format!("{CHECK} --letters letters")).expect(0);
    run.says_all(&["'passwört' (passwords)", "'kontodaten' (bank-account-numbers)", "DataClasses"]);
}

#[test]
fn letters_can_be_pages_each_or_together() {
    let site = site();
    site.run(&format!("{CHECK} --letters each --letter-format html")).expect(0);
    let page = site.read("each/0001/0000003-0042.html");
    for words in ["<!DOCTYPE html>", "size: A4", "Sehr geehrte Sorgeberechtigte,"] {
        assert!(page.contains(words), "'{words}' is not in: {page}");
    }
    site.run(&format!("{CHECK} --letters one --letter-format html --letters-in one")).expect(0);
    let pages = site.read("one/letters-0001.html");
    // A browser prints the title above each page, even above the letters of other members.
    assert!(pages.contains("<title>Schreiben – Muster BKK</title>"), "{pages}");
    let (before, _) = pages.split_once("<body>").expect("it has a body");
    assert!(["m1", "m3", "0042"].iter().all(|id| !before.contains(id)), "{before}");
    // Chromium prints no title if the page fills these margins itself.
    for place in ["top-left", "top-center", "top-right", "bottom-left", "bottom-center"] {
        assert!(before.contains(&format!("@{place} {{ content: \"\"; }}")), "{before}");
    }
    assert_eq!(pages.matches("<article").count(), 3);
    assert_eq!(pages.matches("break-before: page").count(), 2);
    let list = site.read("one/index.csv");
    assert_eq!(list.matches("letters-0001.html,members.csv,").count(), 3, "{list}");
    assert_eq!(fs::read_dir(site.path("one")).expect("it is there").count(), 2);
    site.run(&format!("{CHECK} --letters text --letters-in one")).expect(0);
    assert_eq!(site.read("text/letters-0001.txt").matches('\x0C').count(), 2);

    site.write("titled.html", "<title>{{ member }}</title><body>{{ number }}</body>");
    let titled = format!("{CHECK} --letters titled --template titled.html");
    site.run(&format!("{titled} --letters-in one")).expect_error(&["<body>", "<title>"]);
    assert!(!site.exists("titled"));
    site.run(&titled).expect(0);
    site.write("signed.html", "<body>{{ number }}</body>{{ member }}");
    let signed = format!("{CHECK} --letters signed --template signed.html --letters-in one");
    site.run(&signed).expect_error(&["outside <body>"]);

    for (name, is_fit) in [("a.rtf", false), ("a.XML", false), ("a.fodt", false), ("A.MD", true)] {
        site.write(name, "{{ member }}");
        let run = format!("{CHECK} --letters {name}-letters --template {name} --letters-in one");
        if is_fit {
            site.run(&run).expect(0);
        } else {
            site.run(&run).expect_error(&["a file of this format holds one letter", ".html"]);
            assert!(!site.exists(&format!("{name}-letters")));
        }
    }

    let template = "--letters l --template own.txt --letter-format html";
    site.write("own.txt", "{{ member }}");
    site.run(&format!("{CHECK} {template}")).expect(2).says("cannot be used with");
    for alone in ["--letter-format html", "--letters-in one", "--draft"] {
        site.run(&format!("{CHECK} {alone}")).expect(2).says("--letters <FOLDER>");
    }
}

#[test]
fn a_year_of_birth_decides_who_is_a_minor() {
    let site = site();
    let list = LIST.replace("EVA@example.de;", "EVA@example.de;00.00.1945");
    site.write("members.csv", list.replace(";;05.06.2015", ";;00.00.2099"));
    site.run(&format!("{CHECK} --summary s --mail-merge table.csv")).expect(0);
    assert_eq!(site.json("s")["letters"]["age_unknown"], 1, "the year 2099 is to come");
    site.write("members.csv", list.replace(";;05.06.2015", ";;00.00.2015"));
    site.run(&format!("{CHECK} --summary s --mail-merge table.csv")).expect(0);
    let counts = site.json("s")["letters"].clone();
    assert_eq!((&counts["to_guardians"], &counts["age_unknown"]), (&1.into(), &0.into()));
    let table = site.read("table.csv");
    assert!(table.contains("\nm3;nein;") && table.contains("\n0042;ja;"), "{table}");
}

#[test]
fn the_table_for_a_mail_merge_is_written_with_letters_or_without() {
    let site = site();
    site.run(&format!("{CHECK} --mail-merge table.csv")).expect(0).says("3 written");
    let table = site.read("table.csv");
    let expected = "\u{feff}Unser Zeichen;Minderjährig;Vorfall;Datum des Vorfalls;Sicherheit;Bankverbindungen;\
                    Geburtsdaten;E-Mail-Adressen;Angaben zur Krankenversicherung\r\n\
                    m1;nein;Beispiel-Shop;18. Januar 2026;sicher;ja;ja;nein;ja\r\n\
                    m3;unbekannt;Beispiel-Shop;18. Januar 2026;sehr wahrscheinlich;nein;nein;ja;nein\r\n\
                    0042;ja;Beispiel-Shop;18. Januar 2026;sicher;nein;ja;nein;ja\r\n";
    assert_eq!(table, expected);
    site.run(&format!("{CHECK} --letters letters --mail-merge both.csv")).expect(0);
    assert_eq!(site.read("both.csv"), table);
    site.run(&format!("{CHECK} --mail-merge table.xlsx")).expect(0);
    assert!(fs::read(site.path("table.xlsx")).expect("it is there").starts_with(b"PK"));

    site.run(&format!("{CHECK} --mail-merge table.txt")).expect(2).says(".xlsx");
    site.run(&format!("{CHECK} --mail-merge f")).expect(2);
    site.run(&format!("{CHECK} --mail-merge members.csv")).expect(2).says("is an input");
    // A member in two rows would appear in two rows of the table.
    site.write("twice.csv", format!("Mitglied;KVNR\nm1;{MAX}\nm1;{MAX}\n"));
    let twice = CHECK.replace("members.csv", "twice.csv");
    site.run(&format!("{twice} --mail-merge t.csv")).expect_error(&["same reference"]);
    site.write("none.csv", format!("KVNR\n{MAX}\n"));
    let none = CHECK.replace("members.csv", "none.csv");
    site.run(&format!("{none} --mail-merge t.csv")).expect_error(&["no column holds references"]);
    assert!(!site.exists("t.csv"));
}
