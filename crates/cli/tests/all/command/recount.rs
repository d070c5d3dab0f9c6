//! Recounts every number of the summary and the report, from the findings and from the truth.

mod decided;
mod sentences;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use truth::Truth;

use super::support::{Site, json as parsed};

/// The numbers of persons, counted from the findings.
#[derive(Default)]
struct Persons {
    states: BTreeMap<&'static str, u64>,
    by_strength: BTreeMap<String, u64>,
    by_kind: BTreeMap<String, u64>,
    by_breach: BTreeMap<String, u64>,
    by_data_class: BTreeMap<String, u64>,
    confirmed_by_data_class: BTreeMap<String, u64>,
    /// The references of persons who are confirmed or to be decided.
    matched: BTreeSet<String>,
}

fn texts(value: &Value) -> BTreeSet<String> {
    let texts = value.as_array().expect("a list").iter();
    texts.map(|text| text.as_str().expect("a text").to_owned()).collect()
}

fn add(counts: &mut BTreeMap<String, u64>, names: impl IntoIterator<Item = String>) {
    names.into_iter().for_each(|name| *counts.entry(name).or_default() += 1);
}

/// The findings of each person. Each row without a reference is a separate person.
fn by_person(findings: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut persons = BTreeMap::<String, Vec<&Value>>::new();
    for finding in findings {
        let person = match finding["member"].as_str().expect("a text") {
            "" => format!("{}, row {}", finding["file"], finding["row"]),
            reference => reference.to_owned(),
        };
        persons.entry(person).or_default().push(finding);
    }
    persons
}

fn count(findings: &[Value]) -> Persons {
    const SLUGS: [&str; 4] = ["candidate", "probable", "strong", "certain"];
    let mut counted = Persons::default();
    for (reference, rows) in by_person(findings) {
        let has = |verdict: &str| rows.iter().any(|row| row["verdict"] == verdict);
        let best = best_of(&rows, &SLUGS);
        let state = match best {
            Some(0) => "to_decide",
            Some(_) => "confirmed",
            None if has("not_affected") => "not_affected",
            None => "open",
        };
        *counted.states.entry(state).or_default() += 1;
        let Some(best) = best else { continue };
        counted.matched.insert(reference);
        let all =
            |field: &str| rows.iter().flat_map(|row| texts(&row[field])).collect::<BTreeSet<_>>();
        add(&mut counted.by_strength, [SLUGS[best].to_owned()]);
        add(&mut counted.by_kind, all("matched"));
        add(&mut counted.by_breach, all("breaches"));
        add(&mut counted.by_data_class, all("data_classes"));
        if best > 0 {
            add(&mut counted.confirmed_by_data_class, all("data_classes"));
        }
    }
    counted
}

fn best_of(rows: &[&Value], slugs: &[&str]) -> Option<usize> {
    let places =
        rows.iter().filter_map(|row| slugs.iter().position(|slug| row["strength"] == *slug));
    places.max()
}

/// The files, rows and columns of the rejects.
fn rejects(text: &str) -> Vec<(String, u64, String, String)> {
    let lines =
        text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    lines
        .map(|cells| {
            let row = cells[1].parse().expect("a number");
            (cells[0].clone(), row, cells[2].clone(), cells[3].clone())
        })
        .collect()
}

#[test]
fn every_number_of_summary_and_report_can_be_recounted() {
    let site = Site::new();
    let truth = Truth::write(&site);
    let check = "check --leak leak.csv --all --format-out jsonl --output findings --rejects rejects \
                 --summary summary --report report.json --allow-indeterminate one.csv two.csv";
    site.run(check).expect(0);
    let findings: Vec<Value> = site.read("findings").lines().map(parsed).collect();
    let (summary, report) = (site.json("summary"), site.json("report.json"));

    // Rows by verdict, over all lists and per list.
    let of_file = |file: Option<&str>, verdict: &str| {
        let rows = findings.iter().filter(|row| file.is_none_or(|file| row["file"] == file));
        rows.filter(|row| row["verdict"] == verdict).count() as u64
    };
    let files = summary["files"].as_array().expect("a list");
    assert_eq!(findings.len(), truth.rows.len());
    for (file, counts) in
        [(None, &summary), (Some("one.csv"), &files[0]), (Some("two.csv"), &files[1])]
    {
        for verdict in ["affected", "not_affected", "indeterminate"] {
            assert_eq!(counts[verdict], of_file(file, verdict), "{file:?}: {verdict}");
        }
    }
    let missing = findings.iter().filter(|finding| finding["member"] == "").count();
    assert_eq!(summary["without_reference"], missing);

    // The persons in the findings are the persons in the truth.
    let counted = count(&findings);
    assert_eq!(counted.states, truth.states);
    assert_eq!(counted.by_strength, truth.by_strength);
    let persons = &summary["persons"];
    for (state, number) in &truth.states {
        assert_eq!(persons[state], *number, "{state}");
    }
    assert_eq!(persons["dismissed"], 0);
    assert_eq!(persons["checked"], truth.states.values().sum::<u64>());
    let repeated = (findings.len() as u64) - truth.states.values().sum::<u64>();
    assert_eq!(summary["repeated_references"], repeated);
    for (map, counts) in [
        ("by_strength", &counted.by_strength),
        ("by_kind", &counted.by_kind),
        ("by_breach", &counted.by_breach),
        ("by_data_class", &counted.by_data_class),
    ] {
        assert_eq!(persons[map], json!(counts), "{map}");
        assert_eq!(summary[map], json!(counts), "{map}");
    }
    assert_eq!(persons["confirmed_by_data_class"], json!(counted.confirmed_by_data_class));
    let confirmed = truth.states["confirmed"];
    assert_eq!(persons["confirmed_by_breach"], json!({"leak": confirmed}));
    assert_eq!(persons["without_institution"], counted.matched.len());

    // Each matching leaked row counts once, and no other row counts.
    let records = &summary["records"];
    assert_eq!(records["concerned"], truth.records.len());
    assert_eq!(records["confirmed"], truth.confirming);
    assert_eq!(summary["matched_records"], records["concerned"]);
    assert!(
        truth.records.len() as u64
            <= summary["indexes"][0]["rows"]["indexed"].as_u64().expect("a number")
    );
    let mut by_class = BTreeMap::new();
    truth.records.values().for_each(|classes| add(&mut by_class, classes.iter().cloned()));
    assert_eq!(records["by_data_class"], json!(by_class));
    assert_eq!(records["by_breach"], json!({"leak": truth.records.len()}));
    let sum: u64 =
        records["by_strength"].as_object().expect("a map").values().filter_map(Value::as_u64).sum();
    assert_eq!(sum, truth.records.len() as u64);

    compare_gaps(&site, &findings, &summary, &truth);
    compare_report(&report, &summary, findings.len());
}

/// Asserts the numbers of persons who were not fully checked.
fn compare_gaps(site: &Site, findings: &[Value], summary: &Value, truth: &Truth) {
    // Persons who were not affected and have a row with an unusable value.
    let (mut defective, mut causes) = (0, BTreeMap::<(String, String), u64>::new());
    let rejected = rejects(&site.read("rejects"));
    for rows in by_person(findings).values() {
        let has = |verdict: &str| rows.iter().any(|row| row["verdict"] == verdict);
        if has("affected") || !has("not_affected") {
            continue;
        }
        let is_of_person = |file: &str, number: u64| {
            rows.iter().any(|row| row["file"] == file && row["row"] == number)
        };
        let defects: BTreeSet<(String, String)> = rejected
            .iter()
            .filter(|(file, row, ..)| is_of_person(file, *row))
            .map(|(.., column, reason)| (reason.clone(), column.clone()))
            .collect();
        defective += u64::from(!defects.is_empty());
        defects.into_iter().for_each(|cause| *causes.entry(cause).or_default() += 1);
    }
    assert!(defective > 0 && defective == truth.partial, "{defective} and {}", truth.partial);
    assert_eq!(summary["caveats"], json!([]));
    let partial = &summary["partial"];
    // The others give only an insured number, which more than one leaked row in a hundred lacks.
    let not_wholly_checked = truth.states["not_affected"] - truth.whole;
    causes.insert(("out-of-reach".to_owned(), String::new()), not_wholly_checked);
    assert_eq!(partial["defective"], defective);
    assert_eq!(partial["caveats"], not_wholly_checked - defective);
    assert_eq!(summary["persons"]["partially_checked"], not_wholly_checked);
    let most = causes.values().max().copied().unwrap_or_default();
    assert_eq!(partial["largest_cause"]["persons"], most);
    let of_causes = partial["by_cause"].as_array().expect("a list").iter();
    let mut shown: Vec<u64> = of_causes.filter_map(|cause| cause["persons"].as_u64()).collect();
    let mut expected: Vec<u64> = causes.into_values().collect();
    shown.sort_unstable();
    expected.sort_unstable();
    assert_eq!(shown, expected);
    assert_eq!(summary["not_in_leak"], json!([{"field": "phone", "persons": truth.with_phone}]));
}

/// Asserts that the report has the numbers of the summary.
fn compare_report(report: &Value, summary: &Value, rows: usize) {
    let persons = &summary["persons"];
    let files = summary["files"].as_array().expect("a list");
    for part in ["records", "partial", "not_in_leak"] {
        assert_eq!(report[part], summary[part], "{part}");
    }
    for (name, value) in persons.as_object().expect("a map") {
        assert_eq!(report["persons"][name], *value, "{name}");
    }
    assert_eq!(report["persons"]["repeated_references"], summary["repeated_references"]);
    for verdict in ["affected", "not_affected", "indeterminate", "partially_checked"] {
        assert_eq!(report["rows"][verdict], summary[verdict], "{verdict}");
    }
    assert_eq!(report["rows"]["checked"], rows);
    let lists = report["member_lists"].as_array().expect("a list");
    assert_eq!(lists.len(), files.len());
    for (list, file) in lists.iter().zip(files) {
        for name in ["rows", "affected", "not_affected", "indeterminate", "partially_checked"] {
            assert_eq!(list[name], file[name], "{name}");
        }
        assert_eq!(list["fields_not_in_leak"], json!(["phone"]));
        assert_eq!(list["fields_not_indexed"], json!([]));
    }
    let not_checked = &report["not_checked"];
    assert_eq!(not_checked["indeterminate_by_reason"], persons["open_by_reason"]);
}
