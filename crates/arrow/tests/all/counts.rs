//! Counts and caveats of a run.

use std::sync::Arc;

use leakdex_arrow::{
    Error, Options, RunCounts,
    arrow_array::{ArrayRef, RecordBatch, StringArray},
};

use super::people::{batch, checked, indexes, stream, texts};

/// Members all of whom have one date of birth: a sign of damage.
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
    let (_, verdicts) = checked(stream(vec![members(2000)]), &Options::default());
    let outcome = verdicts.outcome().expect("all is read").expect("the same indexes");
    let repeated = outcome
        .caveats
        .iter()
        .find(|own| own.sign == "repeated-value" && own.column.as_deref() == Some("Geburtsdatum"));
    let repeated = repeated.expect("one date for all");
    assert_eq!((&*repeated.side, repeated.of), ("members", 2000));
    assert_eq!(outcome.rows, 2000);
    assert_eq!(outcome.partially_checked, outcome.not_affected, "all rely on that date");
}

#[test]
fn the_counts_of_parts_add_up_to_those_of_the_whole() {
    let whole = members(3000);
    let (_, verdicts) = checked(stream(vec![whole.clone()]), &Options::default());
    let expected = verdicts.outcome().expect("all is read").expect("the same indexes");

    let mut sum: Option<RunCounts> = None;
    for (task, start) in (0..).zip((0..3000).step_by(1000)) {
        let options = Options { task, ..Options::default() };
        let (_, part) = checked(stream(vec![whole.slice(start, 1000)]), &options);
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

#[test]
fn counts_of_other_columns_do_not_add_up() {
    let (_, one) = checked(stream(vec![members(50)]), &Options::default());
    let other = batch([("E-Mail", texts(["a@example.de"]))]);
    let (_, other) = checked(stream(vec![other]), &Options::default());
    let copy = |counts: &RunCounts| -> RunCounts {
        serde_json::from_str(&serde_json::to_string(counts).expect("JSON")).expect("JSON")
    };
    let mut one = copy(one.counts().expect("all is read"));
    let error = one.add(copy(other.counts().expect("all is read"))).expect_err("refused");
    assert!(matches!(error, Error::Counts(_)));
}
