//! Counts and caveats of a run.

use std::sync::Arc;

use leakdex_arrow::{
    Error, Options, RunCaveat, RunCounts, RunOutcome,
    arrow_array::{ArrayRef, RecordBatch, StringArray},
    resolve,
};

use serde_json::json;

use super::people::{batch, indexes, run_check, stream, texts};

/// Members who all have the same date of birth, which is a sign of damage.
fn members(rows: usize) -> RecordBatch {
    let column = |of: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new(StringArray::from((0..rows).map(of).collect::<Vec<_>>()))
    };
    batch([
        ("E-Mail", column(&|number| format!("a{number}@example.de"))),
        (
            "Nachname",
            column(&|number| format!("Muster{}", ["a", "bert", "cho", "din", "el"][number % 5])),
        ),
        ("Vorname", column(&|number| ["Eva", "Tom", "Jan"][number % 3].to_owned())),
        ("Geburtsdatum", column(&|_| "1970-03-31".to_owned())),
    ])
}

#[test]
fn caveats_come_after_the_last_verdict() {
    let (_, verdicts) = run_check(stream(vec![members(2000)]), &Options::default());
    let outcome = verdicts.outcome().expect("all is read").expect("the same indexes");
    let repeated = outcome.caveats.iter().find(|caveat| {
        caveat.sign == "repeated-value" && caveat.column.as_deref() == Some("Geburtsdatum")
    });
    let repeated = repeated.expect("one date for all");
    assert_eq!((&*repeated.side, repeated.of), ("members", 2000));
    assert_eq!(outcome.rows, 2000);
    assert_eq!(outcome.partially_checked, outcome.not_affected, "all rely on that date");
}

#[test]
fn the_counts_of_parts_add_up_to_those_of_the_whole() {
    let whole = members(3000);
    let (_, verdicts) = run_check(stream(vec![whole.clone()]), &Options::default());
    let expected = verdicts.outcome().expect("all is read").expect("the same indexes");

    let mut sum: Option<RunCounts> = None;
    for (task, start) in (0..).zip((0..3000).step_by(1000)) {
        let options = Options { task, ..Options::default() };
        let (_, part) = run_check(stream(vec![whole.slice(start, 1000)]), &options);
        let text = serde_json::to_string(part.counts().expect("all is read")).expect("JSON");
        let counts: RunCounts = serde_json::from_str(&text).expect("JSON");
        match &mut sum {
            Some(sum) => sum.add(counts).expect("of one run"),
            None => sum = Some(counts),
        }
    }
    let sum = sum.expect("three parts");
    assert_eq!(sum.outcome(&indexes()).expect("the same indexes"), expected);
}

/// The outcome of a run of several tasks, each of 1000 members.
fn outcome_of_tasks(whole: &RecordBatch, options: &Options) -> RunOutcome {
    let sample = stream(vec![whole.slice(0, 100)]);
    let resolved = resolve(sample, options, &indexes()).expect("of use");
    let mut sum: Option<RunCounts> = None;
    for (task, start) in (0..).zip((0..whole.num_rows()).step_by(1000)) {
        let mut options = Options { task, ..Options::default() };
        resolved.apply(&mut options).expect("known fields");
        let (_, part) = run_check(stream(vec![whole.slice(start, 1000)]), &options);
        let counts = copy(part.counts().expect("all is read"));
        match &mut sum {
            Some(sum) => sum.add(counts).expect("of one run"),
            None => sum = Some(counts),
        }
    }
    sum.expect("some parts").outcome(&indexes()).expect("the same indexes")
}

fn copy(counts: &RunCounts) -> RunCounts {
    serde_json::from_str(&serde_json::to_string(counts).expect("JSON")).expect("JSON")
}

fn caveat<'a>(outcome: &'a RunOutcome, sign: &str) -> Option<&'a RunCaveat> {
    outcome.caveats.iter().find(|caveat| caveat.sign == sign)
}

/// Members with dates of birth that `date` makes from the row numbers.
fn with_dates(rows: usize, date: &dyn Fn(usize) -> String) -> RecordBatch {
    let whole = members(rows);
    let dates: ArrayRef = Arc::new(StringArray::from((0..rows).map(date).collect::<Vec<_>>()));
    let names = ["E-Mail", "Nachname", "Vorname", "Geburtsdatum"];
    let columns = names.into_iter().zip(whole.columns().iter().take(3).cloned().chain([dates]));
    batch(columns)
}

#[test]
fn tasks_count_dates_of_unproven_order() {
    let date =
        |row: usize| format!("{:02}/{:02}/{}", row % 12 + 1, row / 12 % 12 + 1, 1940 + row % 60);
    let whole = with_dates(3000, &date);
    let (_, verdicts) = run_check(stream(vec![whole.clone()]), &Options::default());
    let expected = verdicts.outcome().expect("all is read").expect("the same indexes");
    let sign = "unproven-date-order";
    assert!(caveat(&expected, sign).is_some());
    let outcome = outcome_of_tasks(&whole, &Options::default());
    assert_eq!(caveat(&outcome, sign), caveat(&expected, sign));
    assert_eq!(outcome.partially_checked, expected.partially_checked);
}

#[test]
fn a_sample_without_dates_does_not_settle_their_order() {
    let date = |row: usize| {
        if row < 100 {
            String::new()
        } else {
            format!("{:02}/{:02}/1970", row % 12 + 1, row % 28 + 1)
        }
    };
    let whole = with_dates(2000, &date);
    let (_, verdicts) = run_check(stream(vec![whole.clone()]), &Options::default());
    let expected = verdicts.outcome().expect("all is read").expect("the same indexes");
    let outcome = outcome_of_tasks(&whole, &Options::default());
    assert_eq!(outcome.partially_checked, expected.partially_checked);
}

#[test]
fn a_list_with_passwords_may_be_the_leak() {
    let whole = members(2000);
    let secrets: ArrayRef = Arc::new(StringArray::from(vec!["geheim"; 2000]));
    let columns = [("E-Mail", Arc::clone(whole.column(0))), ("Feld", secrets)];
    let whole = batch(columns);
    let mut options = Options::default();
    options.map("Feld", "class:passwords").expect("a target");
    let (_, verdicts) = run_check(stream(vec![whole.clone()]), &options);
    let at_once = verdicts.outcome().expect("all is read").expect("the same indexes");
    for outcome in [at_once, outcome_of_tasks(&whole, &options)] {
        let caveat = caveat(&outcome, "passwords-of-members").expect("no insurer has them");
        assert_eq!(caveat.column.as_deref(), Some("Feld"));
        assert_eq!(outcome.partially_checked, outcome.not_affected);
    }
}

#[test]
fn counts_added_twice_or_incomplete_are_refused() {
    let (_, verdicts) = run_check(stream(vec![members(50)]), &Options::default());
    let counts = || copy(verdicts.counts().expect("all is read"));
    let refused = |other| {
        let error = counts().add(other).expect_err("refused");
        assert!(matches!(error, Error::Counts(_)), "{error}");
        error.to_string()
    };
    assert!(refused(counts()).contains("twice"));
    for (name, value) in
        [("reading", json!(null)), ("rows", json!(u64::MAX)), ("affected", json!(7))]
    {
        let mut other = serde_json::to_value(counts()).expect("JSON");
        other["tasks"] = json!([1]);
        other[name] = value;
        let other: RunCounts = serde_json::from_value(other).expect("JSON");
        let message = refused(other);
        assert!(message.contains("did not end") || message.contains("add up"), "{message}");
    }
}

#[test]
fn counts_of_other_columns_do_not_add_up() {
    let (_, one) = run_check(stream(vec![members(50)]), &Options::default());
    let other = batch([("E-Mail", texts(["a@example.de"]))]);
    let (_, other) = run_check(stream(vec![other]), &Options::default());
    let mut one = copy(one.counts().expect("all is read"));
    let error = one.add(copy(other.counts().expect("all is read"))).expect_err("refused");
    assert!(matches!(error, Error::Counts(_)));
}
