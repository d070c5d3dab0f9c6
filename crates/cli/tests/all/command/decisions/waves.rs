//! Letters after decisions. Nobody is informed twice.

use serde_json::Value;

use super::{
    super::support::Site, CANDIDATE, CHECK, OTHER, PROBABLE, build, column, decide, fs, site,
    write_members,
};

const TEMPLATE: &str = "{{ member }} {{ strength.slug }} {{ strength.words }} {% for breach in breaches %}\
                        {{ breach.name }} {{ breach.strength.slug }}{% endfor %}\n";

/// The letters of a run with these options, in order.
fn letters(site: &Site, name: &str, options: &str) -> Vec<String> {
    site.write("letter.txt", TEMPLATE);
    site.run(&format!("{CHECK} --letters {name} --template letter.txt {options}")).expect(0);
    let folder = site.path(&format!("{name}/0001"));
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.sort();
    let text = |path| fs::read_to_string(path).expect("letters are text").trim().to_owned();
    paths.into_iter().map(text).collect()
}

#[test]
fn letters_follow_decisions() {
    let site = site();
    let sure = "m1 certain sicher breach certain";
    let probable = "m4 probable wahrscheinlich breach probable";
    assert_eq!(letters(&site, "before", ""), [sure, probable]);
    decide(
        &site,
        &[
            ("m2", "betroffen", "Stammdaten veraltet"),
            ("m3", "nicht betroffen", "Angehörige"),
            ("m4", "später", "nicht erreichbar"),
        ],
    );
    let confirmed = "m2 certain von Hand bestätigt breach certain";
    assert_eq!(letters(&site, "after", "--decisions decisions.csv"), [sure, confirmed]);
    let counts = &site.json("summary.json")["letters"];
    let left_out =
        [&counts["written"], &counts["candidates_left_out"], &counts["dismissed_left_out"]];
    assert_eq!(left_out.map(Value::as_u64), [Some(2), Some(1), Some(1)]);
    let list = site.read("after/index.csv");
    let header = "letter,file,row,member,strength,breaches,breach_strengths,decision\n";
    assert!(list.starts_with(header), "{list}");
    assert!(list.contains(",m1,certain,breach,certain,none\n"), "{list}");
    assert!(list.contains(",m2,candidate,breach,candidate,affected\n"), "{list}");
    // Dismissed and postponed members get no letter, even if letters to candidates are requested.
    let all = letters(&site, "all", "--decisions decisions.csv --letters-candidates");
    assert_eq!(all, [sure, confirmed]);
}

#[test]
fn nobody_is_informed_twice_if_a_decided_candidate_matches_more_strongly() {
    for previous in ["index.csv of letters", "findings", "findings for Excel"] {
        let site = site();
        write_members(&site, &[CANDIDATE]);
        let known = |name: &str| match previous {
            "findings" | "findings for Excel" => format!("--previous {name}.csv"),
            _ => format!("--previous {name}/index.csv"),
        };
        let run = |name: &str, options: &str| {
            let format = if previous == "findings for Excel" { "excel" } else { "csv" };
            let written = letters(&site, name, &format!("{options} --format-out {format}"));
            fs::copy(site.path("findings.csv"), site.path(&format!("{name}.csv")))
                .expect("findings");
            written
        };
        assert!(run("first", "").is_empty());
        decide(&site, &[("m2", "betroffen", "dieselbe Person")]);
        let honour = "--decisions decisions.csv";
        let second = run("second", &format!("{honour} {}", known("first")));
        assert_eq!(second, ["m2 certain von Hand bestätigt breach certain"], "{previous}");
        let assert_new = |expected: &str| {
            if previous != "findings for Excel" {
                assert_eq!(column(&site, "new"), [format!("m2 {expected}")]);
            }
        };
        assert_new("yes");
        let third = run("third", &format!("{honour} {}", known("second")));
        assert!(third.is_empty(), "{previous}: {third:?}");
        // The insured number became known, and it is in the leak.
        write_members(&site, &[&CANDIDATE.replacen(";;;", ";A123456780;;", 1)]);
        let fourth = run("fourth", &format!("{honour} {}", known("second")));
        assert!(fourth.is_empty(), "{previous}: {fourth:?}");
        assert_new("no");
    }
}

#[test]
fn a_dismissed_person_is_informed_if_the_decision_lapses_or_changes() {
    let site = site();
    write_members(&site, &[PROBABLE, OTHER]);
    let honour = "--decisions decisions.csv";
    decide(
        &site,
        &[("m4", "nicht betroffen", "andere Person"), ("m3", "nicht betroffen", "Angehörige")],
    );
    assert!(letters(&site, "first", honour).is_empty());
    fs::copy(site.path("findings.csv"), site.path("first.csv")).expect("findings");
    // Dismissed again, they are not new.
    assert!(letters(&site, "again", &format!("{honour} --previous first.csv")).is_empty());
    assert_eq!(column(&site, "new"), ["m4 no", "m3 no"]);
    // A further leaked record of m4 makes the decision lapse.
    build(&site, &format!("{}{}", super::LEAK, ";;Weidenbach;Johanna;17.11.1983;50667;geheim\n"));
    let letters = letters(&site, "lapsed", &format!("{honour} --previous first.csv"));
    assert_eq!(letters, ["m4 probable wahrscheinlich breach probable"]);
}

#[test]
fn a_letter_after_a_decision_is_not_held_back_as_an_accident() {
    let site = site();
    write_members(&site, &[CANDIDATE]);
    decide(&site, &[("m2", "betroffen", "dieselbe Person")]);
    let letters = letters(&site, "l", "--decisions decisions.csv");
    assert_eq!(letters, ["m2 certain von Hand bestätigt breach certain"]);
}

/// Members who need a decision first get no letter.
#[test]
fn new_members_are_confirmed_ones_and_undecided_ones_are_counted_separately() {
    let site = site();
    assert_eq!(letters(&site, "first", "").len(), 2);
    let news = |options: &str| {
        site.run(&format!("{CHECK} --previous first/index.csv {options}")).expect(0);
        let summary = site.json("summary.json");
        ["new", "new_to_decide"].map(|name| summary[name].as_u64().expect("a number"))
    };
    assert_eq!(news(""), [0, 2]);
    decide(&site, &[("m2", "betroffen", "dieselbe Person")]);
    assert_eq!(news("--decisions decisions.csv"), [1, 1]);
    // Two rows of one person count once.
    write_members(&site, &[CANDIDATE, CANDIDATE, OTHER]);
    assert_eq!(news("--decisions decisions.csv"), [1, 1]);
}
