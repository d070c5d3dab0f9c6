//! Caveats of the run in a report.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    super::support::{NOBODY, Site, json, kvnr},
    ALL, row,
    schema::fits,
};

/// Members of whom all have one insured number, under a header that looks like markup.
const HEADER: &str = "Nr;<b>Versicherte|_nr_</b>;E-Mail";

fn rows(header: &str, insured: impl Fn(u32) -> String) -> String {
    let mut text = format!("{header}\n");
    for number in 0..60 {
        let letter = |place: u32| char::from(b'a' + (number * place % 26) as u8);
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
    site.write("leak.csv", rows("Nr;KVNR;Mail", |number| kvnr(3 * number)));
    site.write("m.csv", rows(HEADER, |_| NOBODY.to_owned()));
    let columns = ["--column", "<b>Versicherte|_nr_</b>=kvnr", "--column", "E-Mail=ignore"];
    for (lang, title, sign, count, verdict) in [
        (
            "de",
            "Auffälligkeiten in den Dateien",
            "(Krankenversichertennummer): Derselbe Wert steht bei auffällig vielen Personen.",
            "Das betrifft 60 von 60.",
            "Die Prüfung ist unvollständig",
        ),
        (
            "en",
            "Signs of damage in the files",
            "One value stands in more rows than different people can share.",
            "This concerns 60 of 60.",
            "The check is incomplete",
        ),
    ] {
        let mut arguments =
            vec!["check", "--leak", "leak.csv", "--summary", "s", "m.csv", "--lang"];
        arguments.push(lang);
        arguments.extend(columns);
        arguments.extend(ALL.split(' '));
        site.run_with(&arguments).expect(0);
        let (summary, report) = (site.json("s"), site.json("r.json"));
        fits(&schema, &schema, &report, "report");
        assert_eq!(report["complete"], false);
        assert_eq!(report["column_caveats"], summary["caveats"]);
        let caveats = summary["caveats"].as_array().expect("a list");
        let doubtful = |own: &&Value| own["id"] == "columns-doubtful";
        let own = report["caveats"].as_array().expect("a list").iter().find(doubtful);
        assert_eq!(own.expect("it is there")["count"], caveats.len());
        assert!(caveats.iter().any(|own| own["sign"] == "repeated-value"), "{caveats:?}");

        for (name, header) in [("r.html", "&lt;b&gt;Versicherte|_nr_&lt;"), ("r.md", "\\_nr\\_")] {
            let page = site.read(name);
            for words in [title, sign, count, verdict, header] {
                assert!(page.contains(words), "'{words}' is not in {name}: {page}");
            }
            assert!(!page.contains("<b>Versicherte") && !page.contains(NOBODY), "{name}");
        }
        let words =
            if lang == "de" { "Spalte mit Auffälligkeit" } else { "column with signs of damage" };
        assert_eq!(row(&site.read("r.md"), words)[1..], ["60"]);
    }
}
