//! The numbers of letters, mail-merge table and notice.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    super::{
        decisions::rows_of,
        support::{Site, json as parsed},
    },
    truth::Truth,
};

const BREACH: &str =
    "Name = 'leak'\nTitle = 'Portal'\nBreachDate = '2026-01-18'\nDescription = 'Copied.'\n";

/// The first row of each reference in both lists. Letters refuse a reference that two members share.
fn with_unique_references(site: &Site) -> String {
    let (one, two) = (site.read("one.csv"), site.read("two.csv"));
    let mut known = BTreeSet::new();
    let header = one.lines().next().expect("a header");
    let lines = one.lines().skip(1).chain(two.lines().skip(1)).filter(|line| {
        let reference = line.split(';').next().expect("a cell");
        !reference.is_empty() && known.insert(reference.to_owned())
    });
    [header].into_iter().chain(lines).fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn letters_mail_merge_and_notice_have_the_numbers_of_the_findings() {
    let site = Site::new();
    Truth::write(&site);
    site.write("members.csv", with_unique_references(&site));
    site.write("breach.toml", BREACH);
    site.run(
        "check --leak leak.csv --breach breach.toml --no-decoys --lang en --allow-indeterminate --all \
         --format-out jsonl --output findings --summary summary --letters letters --draft \
         --mail-merge mail.csv --notice notice.md members.csv",
    )
    .expect(0);
    let findings: Vec<Value> = site.read("findings").lines().map(parsed).collect();
    let of = |strengths: &[&str]| -> Vec<&Value> {
        let has_strength = |finding: &&Value| {
            finding["strength"].as_str().is_some_and(|strength| strengths.contains(&strength))
        };
        findings.iter().filter(has_strength).collect()
    };
    let references = |rows: &[&Value]| -> BTreeSet<String> {
        rows.iter().map(|row| row["member"].as_str().expect("a text").to_owned()).collect()
    };
    let (confirmed, to_decide) = (of(&["certain", "strong", "probable"]), of(&["candidate"]));
    let found = (confirmed.len(), to_decide.len());
    assert!(found.0 > 20 && found.1 > 1, "the list shows too little: {found:?}");
    let summary = site.json("summary");
    let persons = &summary["persons"];
    assert_eq!(persons["confirmed"], confirmed.len());
    assert_eq!(persons["to_decide"], to_decide.len());

    // Each confirmed person has a letter, and a row for the print provider.
    let index = rows_of(&site.read("letters/index.csv"), b',');
    let written: BTreeSet<String> = index[1..].iter().map(|row| row[3].clone()).collect();
    assert_eq!(written, references(&confirmed));
    assert_eq!(summary["letters"]["written"], confirmed.len());
    assert_eq!(summary["letters"]["candidates_left_out"], to_decide.len());
    let table = rows_of(site.read("mail.csv").trim_start_matches('\u{feff}'), b';');
    let listed: BTreeSet<String> = table[1..].iter().map(|row| row[0].clone()).collect();
    assert_eq!(listed, references(&confirmed));

    // The classes of data: those of confirmed persons in the table, and those of all matches in the notice.
    let yes = |name: &str| {
        let column = table[0].iter().position(|cell| cell == name)?;
        Some(table[1..].iter().filter(|row| row[column] == "yes").count())
    };
    let notice = site.read("notice.md");
    let mut by_class = BTreeMap::<&str, [usize; 2]>::new();
    for (rows, place) in [(&confirmed, 0), (&to_decide, 1)] {
        for finding in rows {
            let classes = finding["data_classes"].as_array().expect("a list").iter();
            for class in classes.filter_map(Value::as_str) {
                by_class.entry(class).or_default()[place] += 1;
            }
        }
    }
    for (slug, words) in [
        ("health-insurance-information", "Health insurance information"),
        ("email-addresses", "Email addresses"),
        ("names", "Names"),
        ("dates-of-birth", "Dates of birth"),
    ] {
        let [sure, possible] = by_class[slug];
        assert_eq!(yes(words), Some(sure), "{slug}");
        let sentence = match possible {
            0 => format!("{words} ({sure})"),
            _ => format!("{words} ({sure} + {possible})"),
        };
        assert!(notice.contains(&sentence), "'{sentence}' is not in {notice}");
    }
    let open = findings.iter().filter(|finding| finding["verdict"] == "indeterminate").count();
    for sentence in [
        format!("{} persons are confirmed as affected.", confirmed.len()),
        format!("{} persons with a possible match", to_decide.len()),
        format!("{open} persons could not be checked yet."),
        format!("{} persons were checked.", findings.len()),
        format!("{} different records", summary["records"]["confirmed"]),
    ] {
        assert!(notice.contains(&sentence), "'{sentence}' is not in {notice}");
    }
}
