//! Caveats of the run in a report.

use std::fmt::Write as _;

use super::{
    super::support::{NOBODY, Site, json, kvnr},
    ALL, row,
    schema::fits,
};

const GERMAN: &str = include_str!("../../../../../report/src/report/words/de.toml");
const ENGLISH: &str = include_str!("../../../../../report/src/report/words/en.toml");

/// The text with this name in a section of a language.
fn word(words: &str, section: &str, name: &str) -> String {
    let words: toml::Table = words.parse().expect("it is TOML");
    words[section][name].as_str().expect("a text").to_owned()
}

/// A header that looks like markup.
const INSURED: &str = "<b>Versicherte|_nr_</b>";

/// Sixty persons with these insured numbers.
fn rows(header: &str, insured: impl Fn(u32) -> String) -> String {
    let mut text = format!("Nr;{header};E-Mail\n");
    for number in 0..60_u32 {
        let letter = |place: u32| char::from_u32(97 + number * place % 26).expect("a letter");
        let name: String = [7, 11, 3, 17].map(letter).into_iter().collect();
        writeln!(text, "{number};{};{name}{number}@example.de", insured(number))
            .expect("to memory");
    }
    text
}

#[test]
fn a_report_lists_the_caveats_of_the_run_in_both_languages_and_is_not_complete() {
    let schema = json(include_str!("../../../../../../docs/report.schema.json"));
    let site = Site::new();
    site.write("leak.csv", rows("KVNR", |number| kvnr(3 * number)));
    site.write("m.csv", rows(INSURED, |_| NOBODY.to_owned()));
    let mapping = format!("{INSURED}=kvnr");
    for (lang, words) in [("de", GERMAN), ("en", ENGLISH)] {
        let mut arguments = vec!["check", "--leak", "leak.csv", "--summary", "s", "--lang", lang];
        arguments.extend(["m.csv", "--column", &mapping, "--column", "E-Mail=ignore"]);
        arguments.extend(ALL.split(' '));
        site.run_with(&arguments).expect(0);
        let (summary, report) = (site.json("s"), site.json("r.json"));
        fits(&schema, &schema, &report, "report");
        assert_eq!(report["complete"], false);
        assert_eq!(report["column_caveats"], summary["caveats"]);
        let caveats = summary["caveats"].as_array().expect("a list");
        assert!(caveats.iter().any(|caveat| caveat["sign"] == "repeated-value"), "{caveats:?}");
        let mut of_report = report["caveats"].as_array().expect("a list").iter();
        let doubts = of_report.find(|caveat| caveat["id"] == "columns-doubtful");
        let doubts = doubts.expect("it is there");
        assert_eq!(doubts["count"], caveats.len());

        let word = |section, name| word(words, section, name);
        let expected = [
            word("doubts", "title"),
            word("doubts", "note"),
            word("caveats", "title"),
            format!("({}): 60", word("fields", "kvnr")),
            word("signs", "repeated-value"),
        ];
        for (name, header) in
            [("r.html", "&lt;b&gt;Versicherte|_nr_&lt;"), ("r.md", "Versicherte\\|\\_nr\\_")]
        {
            let page = site.read(name);
            for words in expected.iter().map(String::as_str).chain([header]) {
                assert!(page.contains(words), "'{words}' is not in {name}: {page}");
            }
            assert!(!page.contains("<b>Versicherte") && !page.contains(NOBODY), "{name}");
        }
        assert_eq!(row(&site.read("r.md"), &word("causes", "run-caveat"))[1..], ["60"]);
    }
}
