//! Letters to the affected members.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::{
    letter_looks::flat,
    support::{EVA, MAX, MEMBERS, Site, kvnr, records},
};

/// A leak in which Max is certainly affected, Eva strongly, and Zacharias is a candidate.
const LEAK: &str = "\
KVNR;E-Mail;Nachname;Vorname;Geburtsdatum;PLZ;Passwort
A123456780;;;;;;geheim
;eva@example.de;;;;;
;;Xanderberg;Quirinus;01.02.1970;24103;
";

const LIST: &str = "\
Mitglied;KVNR;E-Mail;Nachname;Vorname;Geburtsdatum;PLZ
m1;A123456780;;;;;
m2;Z123456783;;;;;
m3;;EVA@example.de;;;;
m4;;;Xanderberg;Zacharias;01.02.1970;24103
";

const LIST_HEADER: &str = "letter,file,row,member,strength,breaches,breach_strengths,decision\n";

/// Uses most variables of a letter.
const TEMPLATE: &str = "\
{{ member }}: {{ strength.words }} ({{ strength.slug }}), {{ records }}
{% for kind in matched %}
{{ kind.slug }}: {{ kind.words }}
{% endfor %}
{% for breach in breaches %}
{{ breach.title or breach.name }}, {{ breach.date_in_words or 'some day' }}:
{% for class in breach.data_classes %}
- {{ class.words }} [{{ class.slug }}]
{% endfor %}
{% endfor %}
";

fn site() -> Site {
    let site = Site::new();
    site.write("leak.csv", LEAK);
    site.write("members.csv", LIST);
    site.write("letter.txt", TEMPLATE);
    site.write("breach.toml", "Name = 'leak'\n");
    site
}

/// Checks with a template.
const CHECK: &str = "check --leak leak.csv --breach breach.toml --output f --letters letters \
                     --template letter.txt";

/// All files below a folder, by their relative paths.
fn files_in(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("it is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = fs::read_to_string(&path).expect("letters are text");
                let name = path.strip_prefix(folder).expect("it is in there");
                files.insert(name.to_owned(), content);
            }
        }
    }
    files
}

/// The letters of a site, without their list.
fn letters(site: &Site) -> Vec<String> {
    let mut files = files_in(&site.path("letters"));
    files.remove(Path::new("index.csv")).expect("there is a list");
    files.into_values().collect()
}

#[test]
fn each_affected_member_gets_a_letter_with_their_own_data_classes() {
    let site = site();
    let run = site.run(&format!("{CHECK} --summary s members.csv")).expect(0);
    run.says("2 written, 1 left out as still to be decided");
    let max = "m1: sicher (certain), 1\n\
               kvnr: Krankenversichertennummer (KVNR)\n\
               leak, some day:\n\
               - Passwörter [passwords]\n\
               - Angaben zur Krankenversicherung [health-insurance-information]\n";
    let eva = "m3: sehr wahrscheinlich (strong), 1\n\
               email: E-Mail-Adresse\n\
               email-alias: E-Mail-Adresse in anderer Schreibweise\n\
               leak, some day:\n\
               - E-Mail-Adressen [email-addresses]\n";
    assert_eq!(letters(&site), [max, eva]);
    assert_eq!(
        site.read("letters/index.csv"),
        format!(
            "{LIST_HEADER}0001/0000001-m1.txt,members.csv,1,m1,certain,leak,certain,none\n\
             0001/0000002-m3.txt,members.csv,3,m3,strong,leak,strong,none\n"
        )
    );
    assert_eq!(
        site.json("s")["letters"],
        serde_json::json!({
            "written": 2, "to_guardians": 0, "age_unknown": 2, "candidates_left_out": 1,
            "known_left_out": 0, "dismissed_left_out": 0, "held_back": 0
        })
    );

    fs::remove_dir_all(site.path("letters")).expect("it is ours");
    site.run(&format!("{CHECK} --lang en members.csv")).expect(0);
    let english = max
        .replace("Angaben zur Krankenversicherung", "Health insurance information")
        .replace("Krankenversichertennummer", "health insurance number")
        .replace("Passwörter", "Passwords")
        .replace("sicher", "certain");
    assert_eq!(letters(&site)[0], english);
}

#[test]
fn candidates_are_left_out_by_default() {
    let site = site();
    let run = site.run(&format!("{CHECK} --letters-candidates members.csv")).expect(0);
    run.says("3 written, 0 left out as still to be decided");
    assert!(letters(&site)[2].starts_with("m4: möglich (candidate)"), "{:?}", letters(&site));
    // A candidate who gets no letter may share a reference.
    site.write("m2.csv", format!("{LIST}m4;;;Xanderberg;Zacharias;01.02.1970;24103\n"));
    let run = site.run("check --leak leak.csv --output g --letters h --draft m2.csv").expect(0);
    run.says("2 written, 2 left out as still to be decided");
    site.run("check --leak leak.csv --letters-candidates members.csv").expect(2);
    site.run("check --leak leak.csv --template letter.txt members.csv").expect(2);
}

#[test]
fn the_letter_has_the_known_properties_of_a_breach() {
    let site = site();
    site.write(
        "breach.toml",
        "Name = 'bitmarck-2023-01'\nTitle = 'Bitmarck'\nBreachDate = 2023-01-18\n\
         Description = 'Bei einem Dienstleister wurden Daten entwendet.'\nDomain = 'example.de'\n",
    );
    site.run("keygen key").expect(0);
    site.run("build --key key --breach breach.toml --output i leak.csv").expect(0);
    let check = "check --key key --index i --output f members.csv --letters";
    site.run(&format!("{check} letters --template letter.txt")).expect(0);
    assert!(letters(&site)[0].contains("\nBitmarck, 18. Januar 2023:\n"), "{:?}", letters(&site));

    let run = site.run(&format!("{check} german --draft")).expect(0);
    run.says("parts are still to be filled in, and each letter is marked as a draft");
    let german = flat(&site, "german/0001/0000001-m1.txt");
    for words in [
        "ENTWURF – nicht versenden",
        "Artikel 34 der Datenschutz-Grundverordnung",
        "§ 83a SGB X",
        "Unser Zeichen: m1 ",
        "Am 18. Januar 2023 kam es bei Bitmarck (example.de) zu einem Vorfall. \
         Bei einem Dienstleister wurden Daten entwendet. ",
        "Die Daten lassen sich Ihnen eindeutig zuordnen. ",
        "- Ihr Passwort - Ihre Angaben zur Krankenversicherung, zum Beispiel die Krankenversichertennummer ",
        "Ändern Sie das Passwort",
        "[BITTE ERGÄNZEN: Telefonnummer (leakdex.toml: insurer.phone)]",
    ] {
        assert!(german.contains(words), "'{words}' is not in:\n{german}");
    }
    assert!(!german.contains("Kontoauszüge"), "no account leaked:\n{german}");
    site.run(&format!("{check} english --lang en --draft")).expect(0);
    let english = site.read("english/0001/0000001-m1.txt");
    for words in [
        "[PLEASE ADD:",
        "Article 34",
        "\n- your password\n",
        "It is certain that these are your data.",
    ] {
        assert!(english.contains(words), "'{words}' is not in:\n{english}");
    }
}

#[test]
fn nobody_gets_two_letters() {
    let site = site();
    let first = "Mitglied;KVNR\nm1;A123456780\n";
    site.write("first.csv", first);
    site.run("check --leak leak.csv --output first-findings first.csv").expect(0);
    let run = site.run(&format!("{CHECK} --previous first-findings --summary s members.csv"));
    run.expect(0).says("1 written, 1 left out as still to be decided, 1 left out (in");
    assert_eq!(letters(&site).len(), 1);
    assert!(letters(&site)[0].starts_with("m3: "), "{:?}", letters(&site));
    assert_eq!(site.json("s")["letters"]["known_left_out"], 1);

    // Candidates who were left out are known too.
    site.run("check --leak leak.csv --output all-findings members.csv").expect(0);
    fs::remove_dir_all(site.path("letters")).expect("it is ours");
    let again = format!("{CHECK} --previous all-findings --letters-candidates members.csv");
    site.run(&again).expect(0).says("0 written, 0 left out as still to be decided, 3 left out (in");
}

#[test]
fn no_reference_escapes_the_folder_or_overwrites_another_letter() {
    let site = site();
    let references = ["../../x", "=1+1", "m1", "..", "/etc/passwd", "a\"b\nc", "M1"];
    let long = "ä".repeat(10_000);
    let mut list = String::from("Mitglied;KVNR\n");
    for reference in references.into_iter().chain([&*long]) {
        writeln!(list, "\"{}\";{MAX}", reference.replace('"', "\"\"")).expect("to memory");
    }
    site.write("hostile.csv", list);
    site.make_folder("within");
    site.write("letter.txt", "<{{ member }}>");
    let check = "check --leak leak.csv --breach breach.toml --output f --letters within/letters --template letter.txt";
    site.run(&format!("{check} hostile.csv")).expect(0);

    let files = files_in(&site.path("within"));
    assert_eq!(files.len(), references.len() + 2, "a letter for each, and the list");
    let list = files.get(Path::new("letters/index.csv")).expect("there is a list");
    let rows = records(list);
    for (row, reference) in rows.iter().zip(references.into_iter().chain([&*long])) {
        let letter =
            files.get(&Path::new("letters").join(&row[0])).expect("it is where it is listed");
        assert_eq!(*letter, format!("<{reference}>"));
        let expected = if reference == "=1+1" { "'=1+1" } else { reference };
        assert_eq!(&row[3], expected);
    }
    assert_eq!(&rows[0][0], "0001/0000001-______x.txt");
}

#[test]
fn a_wrong_template_is_an_error_before_any_member_is_read() {
    let site = site();
    for (template, words) in [
        ("{{ member }}\n{{ customer }}\n", &["letter.txt, line 2", "customer", "data_classes"][..]),
        ("{{ member }}\n\n{% if x", &["letter.txt, line 3", "syntax error"]),
        // Only a breach without a title triggers it.
        ("{{ breaches[0].title }}", &["letter.txt, line 1", "{% if"]),
        ("Dear all,", &["letter.txt", "all letters would be the same"]),
    ] {
        site.write("letter.txt", template);
        // The list is on standard input, and no message describes its columns.
        let run = site.feed(&CHECK.replace("--output f", "-"), LIST).expect_error(words);
        assert_eq!(run.stdout, "", "{template}");
        assert!(!run.stderr.contains("Mitglied' (column"), "{}", run.stderr);
        assert!(!site.exists("letters"), "{template}");
    }
    site.write("letter.txt", b"{{ member }} \xFC");
    site.run(&format!("{CHECK} members.csv")).expect_error(&["letter.txt", "UTF-8"]);
    site.remove("letter.txt");
    site.run(&format!("{CHECK} members.csv")).expect_error(&["letter.txt: cannot read"]);
    let list = site.run(&CHECK.replace("letter.txt", "leak.csv members.csv"));
    assert!(!list.expect_error(&["leak.csv"]).stderr.contains("Xanderberg"), "a person is shown");
}

#[test]
fn an_error_in_a_letter_stops_the_run_without_showing_member_data() {
    let site = site();
    site.write(
        "letter.txt",
        "{{ member }}\n{% if member == 'm3' %}\n{{ 1 // (row - 3) }}{% endif %}",
    );
    let run = site.run(&format!("{CHECK} members.csv"));
    let run = run.expect_error(&["members.csv, row 3", "letter.txt, line 3"]);
    assert!(!run.stderr.contains("m3"), "{}", run.stderr);
    assert!(!site.exists("letters") && !site.exists("f"));
}

#[test]
fn letters_go_to_a_new_folder_or_an_empty_one() {
    let site = site();
    site.make_folder("letters");
    site.run(&format!("{CHECK} members.csv")).expect(0);
    let before = files_in(&site.path("letters"));
    site.run(&format!("{CHECK} members.csv")).expect_error(&[
        "letters: ",
        "not empty",
        "new folder",
    ]);
    assert_eq!(files_in(&site.path("letters")), before);

    let check = "check --leak leak.csv --breach breach.toml --draft members.csv --letters";
    site.run(&format!("{check} leak.csv")).expect(2);
    site.run(&format!("{check} f --output f")).expect(2);
    site.run(&format!("{check} - --output f")).expect(2).says("a folder");
    site.run(&format!("{check} l --template -")).expect(2);
    site.run(&format!("{check} no/letters")).expect_error(&["no folder no"]);
    site.run(&format!("{check} letter.txt")).expect_error(&["letter.txt", "not a folder"]);
    site.run(&format!("{check} /")).expect(1);
}

#[test]
fn a_run_that_fails_leaves_no_letter() {
    let site = site();
    site.write("bad.csv", "Mitglied;KVNR\nm9;Q123456784\nm8;A1\n");
    for (arguments, status) in [
        (format!("{CHECK} members.csv missing.csv"), 1),
        (format!("{CHECK} --max-rejects 0 members.csv bad.csv"), 4),
        (format!("{CHECK} --summary no/s members.csv"), 1),
    ] {
        // `Site::run` asserts that nothing unfinished is left.
        site.run(&arguments).expect(status);
        assert!(!site.exists("letters"), "{arguments}");
    }
    // A killed run leaves this folder.
    fs::create_dir_all(site.path(".letters.leakdex-part/0001")).expect("the folder is ours");
    fs::write(site.path(".letters.leakdex-part/0001/0000001-old.txt"), "old").expect("it is ours");
    site.run(&format!("{CHECK} members.csv")).expect(0);
    assert_eq!(letters(&site).len(), 2);
}

#[test]
fn a_run_without_recipients_leaves_an_empty_list() {
    let site = site();
    site.write("nobody.csv", "Mitglied;KVNR\nm9;Z123456783\n");
    site.run(&format!("{CHECK} nobody.csv")).expect(0).says("0 written");
    assert_eq!(site.read("letters/index.csv"), LIST_HEADER);
    assert!(letters(&site).is_empty());
}

#[test]
#[cfg(unix)]
fn only_their_owner_can_read_letters() {
    let site = site();
    site.run(&format!("{CHECK} members.csv")).expect(0);
    for (name, mode) in [
        ("letters", 0o700),
        ("letters/0001", 0o700),
        ("letters/index.csv", 0o600),
        ("letters/0001/0000001-m1.txt", 0o600),
    ] {
        assert_eq!(site.mode(name), mode, "{name}");
    }
}

#[test]
fn a_letter_can_contain_only_the_reference_of_a_member() {
    let site = site();
    // All variables, whatever they contain.
    site.write("letter.txt", "{{ member }}\n{{ debug() }}\n");
    site.run(&format!("{CHECK} --letters-candidates members.csv")).expect(0);
    let files = files_in(&site.path("letters"));
    assert_eq!(files.len(), 4);
    for (name, letter) in &files {
        assert!(letter.contains("members.csv"), "all is shown: {letter}");
        let letter = letter.to_lowercase();
        for value in [
            MAX,
            "eva@example.de",
            "Xanderberg",
            "Zacharias",
            "Quirinus",
            "1970",
            "24103",
            "geheim",
        ] {
            assert!(!letter.contains(&value.to_lowercase()), "{value} in {}", name.display());
        }
    }
}

#[test]
fn letters_are_the_same_for_1_2_and_7_threads_a_thousand_to_a_folder() {
    let site = site();
    // This many rows make several blocks of a mebibyte.
    let mut list = String::from("Mitglied;KVNR;Notiz\n");
    let mut leak = String::from("KVNR\n");
    for number in 0..4_500 {
        writeln!(list, "m{number};{};{}", kvnr(number), "x".repeat(400)).expect("to memory");
        if number % 4 == 0 {
            writeln!(leak, "{}", kvnr(number)).expect("to memory");
        }
    }
    site.write("many.csv", list);
    site.write("leak.csv", leak);
    let runs = [1, 2, 7].map(|threads| {
        site.run(&format!("{CHECK} --threads {threads} many.csv")).expect(0);
        let files = files_in(&site.path("letters"));
        fs::remove_dir_all(site.path("letters")).expect("it is ours");
        files
    });
    assert!(runs[1] == runs[0] && runs[2] == runs[0], "letters differ");
    let of_folder = |folder: &str| runs[0].keys().filter(|name| name.starts_with(folder)).count();
    assert_eq!(["0001", "0002"].map(of_folder), [1000, 125]);
    let letter = &runs[0][Path::new("0002/0001125-m4496.txt")];
    assert!(letter.starts_with("m4496: sicher"), "{letter}");
}

#[test]
fn an_html_template_escapes_references() {
    let site = site();
    site.write("members.csv", format!("Mitglied;KVNR\n<b>{EVA}</b>;\n<i>m1;{MAX}\n"));
    site.write("letter.html", "<p>{{ member }}</p>\n");
    site.run(&CHECK.replace("letter.txt", "letter.html members.csv")).expect(3);
    assert_eq!(site.read("letters/0001/0000001-_i_m1.html"), "<p>&lt;i&gt;m1</p>\n");
}

/// Asserts that there are no letters, and an error with these words.
#[track_caller]
fn refused(site: &Site, arguments: &str, words: &[&str]) {
    let run = site.run(arguments).expect_error(words).says("HEADER=id");
    assert!(!site.exists("letters") && !site.exists("f"), "{arguments}");
    // A message must not contain a reference.
    assert!(!run.stderr.contains("m47"), "{}", run.stderr);
}

#[test]
fn letters_refuse_a_member_without_a_reference() {
    let site = site();
    site.write("one.csv", MEMBERS.replace("Mitglied", "Nummer"));
    let words = ["one.csv: ", "no column holds references"];
    refused(&site, &format!("{CHECK} one.csv --column Nummer=ignore"), &words);
    site.write("two.csv", format!("Mitglied;KVNR\nm47;{MAX}\n ;{EVA}\n;{MAX}\n"));
    refused(&site, &format!("{CHECK} members.csv two.csv"), &["two.csv, row 3", "no reference"]);
    // Without letters, such members are counted. A member who gets no letter needs no reference.
    site.run("check --leak leak.csv two.csv").expect(0).says("  references    2 have none");
    site.write("two.csv", format!("Mitglied;KVNR\nm47;{MAX}\n;Z123456783\n"));
    site.run(&format!("{CHECK} two.csv")).expect(0).says("  references    1 has none");
}

#[test]
fn letters_refuse_a_reference_that_two_members_have() {
    let site = site();
    let list = format!("Mitglied;KVNR\nm46;{MAX}\n m47 ;{MAX}\n");
    site.write("one.csv", &list);
    // The other member need not be affected: the letter would reach one of the two.
    site.write("two.csv", "Mitglied;KVNR\nm47;Z123456783\nm48;Z123456783\nm48;Z123456783\n");
    let words = ["one.csv, row 2: another member has the same reference"];
    refused(&site, &format!("{CHECK} one.csv two.csv"), &words);
    refused(&site, &format!("{CHECK} two.csv one.csv"), &words);
    site.write("three.csv", list.replace("m46", "m47"));
    let words = ["three.csv, row 1", "and 1 further member)"];
    refused(&site, &format!("{CHECK} three.csv"), &words);
    // Two members who get no letter may share a reference. They are counted.
    site.run(&format!("{CHECK} two.csv"))
        .expect(0)
        .says("  references    1 repeats an earlier one");
}
