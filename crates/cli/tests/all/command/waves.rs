//! Letters that are sent in waves, breach by breach.

use std::fs;

use super::{
    decoys::namesakes,
    letter_looks::flat,
    support::{Run, Site},
};

const HEADER: &str = "KVNR;Nachname;Vorname;Geburtsdatum;PLZ;Passwort\n";
/// A certain match of the member m1.
const SURE: &str = "A123456780;;;;;\n";
/// Somebody like m1, who may be a relative.
const SIMILAR: &str = ";Xanderberg;Quirinus;01.02.1970;24103;geheim\n";

/// Indexes of breaches A and B, and a member who is surely in A and perhaps in B.
fn site() -> Site {
    let site = Site::new();
    site.run("keygen key").expect(0);
    build(&site, "A", SURE);
    build(&site, "B", SIMILAR);
    site.write(
        "members.csv",
        "Mitglied;KVNR;Nachname;Vorname;Geburtsdatum;PLZ\n\
         m1;A123456780;Xanderberg;Zacharias;01.02.1970;24103\n",
    );
    site.write(
        "letter.txt",
        "{{ member }} {{ records }} {{ strength.slug }}: {% for breach in breaches %}{{ breach.name }} \
         {{ breach.strength.slug }} {% endfor %}{{ data_classes | map(attribute='slug') | join(' ') }}\n",
    );
    site
}

/// Rebuilds the index of a breach.
fn build(site: &Site, breach: &str, rows: &str) {
    site.write("leak.csv", format!("{HEADER}{rows}"));
    site.run(&format!("build --key key --name {breach} --output {breach}.leakdex leak.csv"))
        .expect(0);
}

/// Checks both breaches, with letters in a folder of this name, and findings named after it.
fn wave(site: &Site, name: &str, options: &str) -> Run {
    let check = "check --key key --index A.leakdex --index B.leakdex members.csv --no-decoys";
    let results = format!("--letters {name} --output {name}.csv --template letter.txt");
    site.run(&format!("{check} {results} {options}")).expect(0)
}

/// The only letter of a wave, if there is one.
fn letter(site: &Site, name: &str) -> Option<String> {
    fs::read_to_string(site.path(&format!("{name}/0001/0000001-m1.txt"))).ok()
}

/// The only finding of a wave, from its strength on.
fn finding(site: &Site, name: &str) -> String {
    let findings = site.read(&format!("{name}.csv"));
    let row = findings.lines().nth(1).expect("a finding");
    row.split_once(",affected,").expect("it is affected").1.to_owned()
}

#[test]
fn a_letter_states_no_breach_in_which_the_member_is_only_a_candidate() {
    let site = site();
    wave(&site, "first", "").says("1 written");
    assert!(finding(&site, "first").ends_with(",certain candidate"), "{}", finding(&site, "first"));
    let expected = "m1 1 certain: A certain health-insurance-information\n";
    assert_eq!(letter(&site, "first").as_deref(), Some(expected));
    let listed = site.read("first/index.csv");
    assert!(listed.ends_with(",m1,certain,A,certain,none\n"), "{listed}");

    wave(&site, "all", "--letters-candidates");
    let both = letter(&site, "all").expect("a letter");
    assert!(both.starts_with("m1 2 certain: A certain B candidate "), "{both}");
    assert!(both.contains("passwords"), "{both}");
    assert!(site.read("all/index.csv").ends_with(",m1,certain,A B,certain candidate,none none\n"));
}

#[test]
fn a_template_that_would_state_a_possible_breach_as_a_fact_is_refused() {
    let site = site();
    let of_both = "check --key key --index A.leakdex --index B.leakdex members.csv --no-decoys \
                   --letters letters --output f --template letter.txt";
    let of_one = of_both.replace("--index B.leakdex ", "");
    let is_written = |check: &str, template: &str| {
        site.write("letter.txt", template);
        site.run(check).expect(0);
        fs::remove_dir_all(site.path("letters")).expect("letters were written");
    };
    let is_refused = |check: &str, template: &str| {
        site.write("letter.txt", template);
        site.run(&format!("{check} --letters-candidates")).expect_error(&[
            "letter.txt: ",
            "only a candidate",
            "breach.strength.slug",
        ]);
        assert!(!site.exists("letters"));
        // Without candidates, letters state no possible breach.
        is_written(check, template);
    };
    for template in [
        "{{ member }} {% for breach in breaches %}{{ breach.name }} {% endfor %}",
        "{{ member }}: your data leaked. This is certain.",
        "{{ breaches[0].title or breaches[0].name }}",
    ] {
        is_refused(of_both, template);
        is_refused(&of_one, template);
    }
    // These templates state the strength of the member's strongest match, and not of each breach.
    for template in [
        "{{ strength.words }}: {% for class in data_classes %}{{ class.words }} {% endfor %}",
        "{{ strength.slug }}: {{ breaches[0].name }}",
        "{{ strength.slug }}: {{ breaches[-1].name }}",
        "{{ strength.slug }}: {{ breaches[0].data_classes[0].words }}",
    ] {
        is_refused(of_both, template);
        is_written(&format!("{of_one} --letters-candidates"), template);
    }
    for template in [
        "{{ member }} {{ strength.slug }}",
        "{{ strength.slug }}: {% for breach in breaches if breach.strength.slug != 'candidate' %}\
         {{ breach.name }} {% endfor %}",
        "{% for breach in breaches %}{{ breach.name }} {{ breach.strength.slug }} {% endfor %}",
        "{{ strength.slug }}: {{ matched[0].words }}",
    ] {
        is_written(&format!("{of_both} --letters-candidates"), template);
        is_written(&format!("{of_one} --letters-candidates"), template);
    }
}

#[test]
fn a_breach_that_becomes_sure_is_new_even_after_an_equally_sure_one_was_reported() {
    let site = site();
    build(&site, "B", "Q123456784;;;;;\n");
    wave(&site, "first", "").says("1 written");
    // Now the member may be in B. That is new in the findings, and no letter can state it.
    build(&site, "B", SIMILAR);
    for previous in ["first.csv", "first/index.csv"] {
        let name = if previous.contains('/') { "second-by-letters" } else { "second" };
        wave(&site, name, &format!("--previous {previous}")).says("0 written");
        assert!(
            finding(&site, name).ends_with(",certain candidate,yes"),
            "{}",
            finding(&site, name)
        );
    }
    // Now B is certain, but not more certain than A was.
    build(&site, "B", SURE);
    for (name, previous) in [
        ("third", "--previous first.csv --previous second.csv"),
        ("third-by-letters", "--previous first/index.csv --previous second/index.csv"),
    ] {
        wave(&site, name, previous).says("1 written");
        assert!(finding(&site, name).ends_with(",certain certain,yes"), "{}", finding(&site, name));
        let text = letter(&site, name).expect("a letter");
        assert!(text.starts_with("m1 2 certain: A certain B certain "), "{text}");
    }
    let previous = "--previous first/index.csv --previous third-by-letters/index.csv";
    wave(&site, "fourth", previous).says("0 written");
    assert!(
        finding(&site, "fourth").ends_with(",certain certain,no"),
        "{}",
        finding(&site, "fourth")
    );
}

#[test]
fn previously_skipped_candidates_get_letters_given_the_list_of_letters() {
    let site = site();
    build(&site, "A", "Q123456784;;;;;\n");
    wave(&site, "first", "").says("0 written, 1 left out as still to be decided");
    // The findings have the member, so no letter is ever written.
    let run = wave(&site, "second", "--letters-candidates --previous first.csv");
    run.says("0 written").says("give the index.csv of earlier letters instead");
    let run = wave(&site, "third", "--letters-candidates --previous first/index.csv");
    assert!(!run.stderr.contains("instead"), "{}", run.stderr);
    let text = letter(&site, "third").expect("a letter");
    assert!(text.starts_with("m1 1 candidate: B candidate "), "{text}");
    wave(&site, "fourth", "--letters-candidates --previous third/index.csv").says("0 written");
}

#[test]
fn held_back_letters_are_written_later_given_the_list_of_letters() {
    let site = Site::new();
    site.write("leak.csv", namesakes("21095", (0..336).filter(|day| day % 3 > 0)));
    site.write("members.csv", namesakes("20195", 0..336));
    let check = "check --leak leak.csv members.csv --summary s --output";
    site.run(&format!("{check} f --letters first --draft")).expect(0).says("held back");
    assert_eq!(site.json("s")["letters"]["written"], 0);
    let held_back = site.json("s")["letters"]["held_back"].clone();
    assert!(held_back.as_u64() > Some(100));
    // After a review, these members should get their letters.
    let all = "--letters-despite-accidents --previous";
    site.run(&format!("{check} g --letters second --draft {all} f")).expect(0);
    assert_eq!(site.json("s")["letters"]["written"], 0, "findings have all of them");
    site.run(&format!("{check} g --letters third --draft {all} first/index.csv")).expect(0);
    assert_eq!(site.json("s")["letters"]["written"], held_back);
    let previous = "--previous first/index.csv --previous third/index.csv";
    site.run(&format!("{check} g --letters fourth --draft --letters-despite-accidents {previous}"))
        .expect(0);
    assert_eq!(site.json("s")["letters"]["written"], 0, "nobody is written to twice");
}

/// Some members were informed of a sure match in another breach. Their new match has the strength that is
/// held back.
#[test]
fn a_letter_is_held_back_by_the_strength_of_its_new_match() {
    let site = Site::new();
    let with_addresses = |text: String| {
        let (header, rows) = text.split_once('\n').expect("a header");
        let rows = rows.lines().enumerate();
        let rows = rows.map(|(number, row)| match number {
            0..100 => format!("{row};person{number}@example.de\n"),
            _ => format!("{row};\n"),
        });
        format!("{header};E-Mail\n{}", rows.collect::<String>())
    };
    site.write("members.csv", with_addresses(namesakes("20195", 0..336)));
    let addresses: Vec<String> =
        (0..100).map(|number| format!("person{number}@example.de\n")).collect();
    site.write("portal.csv", format!("E-Mail\n{}", addresses.concat()));
    site.write("leak.csv", namesakes("21095", (0..336).filter(|day| day % 3 > 0)));
    site.run("keygen key").expect(0);
    site.run("build --key key --output portal.leakdex portal.csv").expect(0);
    site.run("build --key key --output leak.leakdex leak.csv").expect(0);
    let check = "check --key key --summary s --index portal.leakdex";
    site.run(&format!("{check} --output f --letters first --draft members.csv")).expect(3);
    assert_eq!(site.json("s")["letters"]["written"], 100);
    let second = "--index leak.leakdex --previous first/index.csv --letters second --draft";
    site.run(&format!("{check} {second} --output g members.csv")).expect(0).says("held back");
    let letters = site.json("s")["letters"].clone();
    assert_eq!(letters["written"], 0, "{letters}");
    assert!(letters["held_back"].as_u64() > Some(100), "{letters}");
}

#[test]
fn built_in_letters_distinguish_sure_from_possible_matches() {
    let site = site();
    build(&site, "C", SURE);
    let check = "check --key key --index A.leakdex --index B.leakdex --index C.leakdex members.csv \
                 --no-decoys --draft --output f --letters";
    let read = |name: &str| flat(&site, &format!("{name}/0001/0000001-m1.txt"));
    let german = [
        "Ihre Daten sind von mehreren Datenschutzverletzungen betroffen ",
        "In einem weiteren Fall sind Ihre Daten möglicherweise betroffen. Sicher ist das nicht.",
        "Die Daten aus diesem Vorfall lassen sich Ihnen eindeutig zuordnen.",
        "Ob es sich bei diesem Vorfall wirklich um Ihre Daten handelt, ist nicht sicher",
        " B (möglicherweise): ",
        "Wir haben die Vorfälle der Datenschutzaufsicht gemeldet",
    ];
    let english = [
        "Your data are affected by several data breaches ",
        "In one further case your data may be affected. This is not certain.",
        "It is certain that the data of this breach are your data.",
        "We are not sure that the data of this breach are your data.",
        " B (possibly): ",
    ];
    for (lang, sentences) in [("de", &german[..]), ("en", &english)] {
        let name = format!("all-{lang}");
        site.run(&format!("{check} {name} --lang {lang} --letters-candidates")).expect(0);
        let letter = read(&name);
        for sentence in sentences {
            assert!(letter.contains(sentence), "'{sentence}' is not in:\n{letter}");
        }
        // A letter about the sure matches alone does not mention the possible one.
        let name = format!("sure-{lang}");
        site.run(&format!("{check} {name} --lang {lang}")).expect(0);
        let letter = read(&name);
        assert!(letter.contains(sentences[0]), "{letter}");
        for sentence in [sentences[1], sentences[3], sentences[4]] {
            assert!(!letter.contains(sentence), "'{sentence}' is in:\n{letter}");
        }
        assert!(!letter.contains(" B:") && !letter.contains(" B ("), "{letter}");
    }
}
