use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use leakdex::{Breach, DecoyRate, IndexBuilder, IndexSet, Key, Record};

use super::*;
use crate::{
    CheckSummary, IndexSummary, PartialCause, causes, decisions::DecisionCounts, language::Language,
};

/// A leak with a number, an address, and names that form match keys.
fn indexes() -> IndexSet {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("a name"));
    let record = Record::new().kvnr("A123456780").email("m.muster@example.de");
    let record = record.last_name("Muster").first_name("Max").birth_date("1970-02-01");
    assert!(builder.add(&record).expect("it fits").problems().is_empty());
    IndexSet::new([builder.build().expect("it fits")]).expect("one index")
}

/// The report of a run with these decisions, 833 candidates, and an estimate of 5 accidental ones.
fn report(decisions: Option<DecisionCounts>) -> Report {
    let indexes = indexes();
    let mut summary = CheckSummary { decisions, ..CheckSummary::default() };
    let by_strength =
        BTreeMap::from([("candidate".to_owned(), 833), ("probable".to_owned(), 5150)]);
    let decoys = serde_json::json!({
        "decoys_per_million_members": 8_000_000, "members": 179_478, "asked": 1_435_824,
        "matched_by_strength": { "candidate": 40 }, "matched_by_kind": {}, "not_measurable": {},
    });
    let mut accidents = crate::FalseMatchEstimate::new(DecoyRate::for_members(179_478));
    accidents.decoys = serde_json::from_value(decoys).expect("counts of decoys");
    accidents.complete(&by_strength, &BTreeMap::new(), 80_000);
    summary.coincidences = Some(accidents);
    summary.persons.checked = 200_000;
    summary.persons.confirmed = 19_668;
    summary.persons.to_decide = 238;
    summary.persons.not_affected = 180_094;
    summary.persons.by.by_strength = by_strength;
    summary.persons.by.by_kind = BTreeMap::from([("name-birthday".to_owned(), 5983)]);
    summary.persons.by.by_breach = BTreeMap::from([("leak".to_owned(), 5983)]);
    summary.members = summary.persons.by.clone();
    summary.indexes =
        vec![IndexSummary::of_index("leak.leakdex".to_owned(), &indexes.indexes()[0])];
    let now = Timestamp::UNIX_EPOCH;
    let rules =
        Rules { region: "DE".into(), excel_dates: false, date_order: None, min_generation: 0 };
    let sources =
        Sources { run: Run { started: now, finished: now }, rules, leak: None, lists: Vec::new() };
    Report::new(&summary, &indexes, sources)
}

fn texts(report: &Report) -> [String; 2] {
    [Format::Html, Format::Markdown].map(|format| {
        report.render(format, Language::De, &TimeZone::UTC).expect("it can be filled in")
    })
}

fn json(report: &Report) -> serde_json::Value {
    let json = report.render(Format::Json, Language::De, &TimeZone::UTC).expect("it is written");
    serde_json::from_str(&json).expect("it is JSON")
}

#[test]
fn the_decisions_are_counted_and_accidents_are_of_the_matches_before_them() {
    let counts =
        DecisionCounts { affected: 600, not_affected: 180, later: 55, ..DecisionCounts::default() };
    let decided = report(Some(counts));
    assert_eq!(json(&decided)["decisions"]["affected"], 600);
    for text in texts(&decided) {
        for words in [
            "600 Treffer bestätigt, 180 verworfen, 55 zurückgestellt.",
            "sowie von Hand bestätigte. Vor den Entscheidungen vermutlich zufällig: 0,0 bis ",
            "zu entscheiden ist. Vor den Entscheidungen vermutlich zufällig: 5,0.",
            "Von Hand bestätigte Treffer (600) und zurückgestellte (55) werden mit ihrer ursprünglichen",
            "Verworfene Treffer (180) sind in der Spalte „Personen“ nicht mehr enthalten.",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains(". Vermutlich zufällig: "), "{text}");
        assert!(!text.contains("gilt nicht mehr"), "{text}");
    }
    let gone = DecisionCounts { lapsed: 2, passed_over: 1, unmatched: 3, ..counts };
    for text in texts(&report(Some(gone))) {
        for words in [
            "2 frühere Entscheidungen gelten nicht mehr",
            "1 Entscheidung wurde nicht berücksichtigt",
            "Zu 3 früheren Entscheidungen „betroffen“ passt kein Datensatz mehr.",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}

#[test]
fn only_a_report_with_confirmed_or_dismissed_matches_has_accidents_before_the_decisions() {
    let later = DecisionCounts { later: 4, ..DecisionCounts::default() };
    for (decisions, are_given) in [(None, false), (Some(later), true)] {
        let report = report(decisions);
        assert_eq!(json(&report)["decisions"].is_object(), are_given);
        for text in texts(&report) {
            assert!(text.contains("zu entscheiden ist. Vermutlich zufällig: 5,0."), "{text}");
            assert!(!text.contains("Vor den Entscheidungen"), "{text}");
            assert_eq!(text.contains("Entscheidungen von Hand"), are_given, "{text}");
        }
    }
}

/// Letters go to persons with a probable match, but not to candidates.
#[test]
fn possible_matches_are_to_be_decided_before_letters_and_probable_ones_count_as_confirmed() {
    for text in texts(&report(None)) {
        for words in [
            "erst danach dürfen Sie diese Personen benachrichtigen.",
            "Wahrscheinliche Treffer gelten als bestätigt.",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}

#[test]
fn the_table_of_accidents_explains_its_limit_and_its_dash() {
    for text in texts(&report(None)) {
        for words in ["Die Grenze ist die Zahl zufälliger Treffer, die", "Ein Strich (–) heißt: "]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
    let mut known = report(None);
    let coincidences = known.coincidences.as_mut().expect("decoys were asked");
    for strength in coincidences.by_strength.values_mut() {
        strength.expected = Some(2.0);
    }
    for text in texts(&known) {
        assert!(!text.contains("Ein Strich"), "{text}");
    }
}

#[test]
fn the_largest_gap_names_its_only_file_and_column_or_points_to_all_of_them() {
    let caveat = |column: &str| {
        let caveat = serde_json::json!({
            "file": "members.csv", "column": column, "side": "members", "field": "birth-date",
            "sign": "suspect-values", "count": 20, "of": 100,
        });
        serde_json::from_value(caveat).expect("it is a caveat of a column")
    };
    let mut doubted = report(None);
    doubted.complete = false;
    let cause = PartialCause { reason: causes::RUN_CAVEAT.into(), field: None, persons: 7 };
    doubted.partial.largest_cause = Some(cause);
    doubted.column_caveats = vec![caveat("GebDat")];
    let largest = "Die größte Lücke betrifft 7 Personen: auffällige Spalte oder Datei. ";
    let only = format!(
        "{largest}Das betrifft die Mitgliederliste members.csv, Spalte „GebDat“ (Geburtsdatum). Prüfen "
    );
    for text in texts(&doubted) {
        assert!(text.contains(&only), "{text}");
    }
    doubted.column_caveats.push(caveat("Geboren"));
    for text in texts(&doubted) {
        let all = format!("{largest}Die Dateien und Spalten stehen unter: ");
        let (_, rest) = text.split_once(&all).expect("it points to the others");
        let place = rest.strip_prefix("<a href=\"#doubts\">").unwrap_or(rest);
        assert!(place.starts_with("Auffällige Spalten und Dateien"), "{text}");
        assert!(!text.contains(&only), "{text}");
    }
}

#[test]
fn the_parts_of_the_identifiers_add_up() {
    let [_, text] = texts(&report(None));
    let line = text.lines().find_map(|line| line.strip_prefix("- Verschiedene Angaben: "));
    let (all, parts) = line.and_then(|line| line.split_once(" (")).expect("a total and its parts");
    let parts: Vec<u64> = parts
        .trim_end_matches(')')
        .split("; ")
        .map(|part| part.rsplit(": ").next().expect("a number").parse().expect("a number"))
        .collect();
    assert!(parts.len() >= 4, "a number, an address, its alias and names: {text}");
    assert_eq!(parts.iter().sum::<u64>(), all.parse::<u64>().expect("a number"), "{text}");
}
