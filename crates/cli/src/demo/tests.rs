//! The demo at a small size, and proof that it would notice an error.

use std::sync::LazyLock;

use leakdex::Key;

use super::{Outcome, Sizes, build, check, report::Times, run};

const SMALL: Sizes = Sizes { accounts: 3_000, members: 10_000 };

/// One run, shared by all tests that only read it.
static RUN: LazyLock<(Outcome, String)> = LazyLock::new(|| run_on(3));

fn run_on(threads: usize) -> (Outcome, String) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads start").install(|| {
        let mut out = Vec::new();
        let outcome = run(&mut out, &SMALL).expect("the demo runs");
        (outcome, String::from_utf8(out).expect("the report is text"))
    })
}

#[test]
fn all_who_share_an_identifier_with_the_leak_are_found_and_nobody_else() {
    let (outcome, text) = &*RUN;
    for score in [outcome.tally.certain, outcome.tally.strong] {
        assert!(score.in_leak > 100, "{outcome:?}");
        assert_eq!(score.found, score.in_leak);
        assert_eq!(score.false_positives, 0);
    }
    assert!(outcome.promise_holds(), "{outcome:?}");
    assert!(text.contains("Promise held"), "{text}");
}

#[test]
fn match_keys_miss_only_errors_and_changes_and_find_no_stranger_as_probable() {
    let tally = RUN.0.tally;
    assert_eq!(tally.unexplained, 0);
    assert!(tally.probable.missed() > 0, "some have moved, and some have typing errors");
    assert!(tally.probable.recall() > 0.85, "{tally:?}");
    assert_eq!(tally.probable.false_positives, 0);
    assert!(tally.candidate.in_leak > 0 && tally.candidate.recall() > 0.5, "{tally:?}");
    assert!(tally.candidate.precision() > 0.9, "{tally:?}");
}

#[test]
fn rows_and_members_add_up() {
    let outcome = &RUN.0;
    let rows = outcome.rows;
    assert_eq!(rows, outcome.expected_rows);
    assert_eq!(rows.read, rows.indexed + rows.duplicate + rows.rejected);
    assert!(rows.duplicate > 0 && rows.rejected > 0);
    assert_eq!(outcome.tally.members(), u64::from(SMALL.members));
    assert!(outcome.tally.indeterminate > 0);
}

#[test]
fn a_second_run_with_other_threads_prints_the_same() {
    let without_times = |text: &str| {
        let (before, rest) = text.split_once("\ntime ").expect("the times have a title");
        let (_, after) = rest.split_once("\n\n").expect("the times have an end");
        format!("{before}{after}")
    };
    let (one, one_text) = run_on(1);
    let (other, other_text) = &*RUN;
    assert_eq!(&one, other);
    assert_eq!(without_times(&one_text), without_times(other_text));
}

#[test]
fn a_report_fits_on_a_screen() {
    let text = &RUN.1;
    assert!(text.lines().count() <= 28, "{text}");
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
}

#[test]
fn members_missing_from_the_index_count_as_missed() {
    let tally = check_with_truth_of_another(1_500, 3_000);
    assert!(tally.certain.missed() > 0 && tally.strong.missed() > 0);
    assert_eq!(tally.certain.false_positives, 0);
    assert!(tally.unexplained > 0);
}

#[test]
fn members_only_in_the_index_count_as_false_positives() {
    let tally = check_with_truth_of_another(3_000, 1_500);
    assert!(tally.certain.false_positives > 0 && tally.strong.false_positives > 0);
    assert_eq!(tally.certain.missed(), 0);
    assert!(tally.unexplained > 0);
}

/// The verdicts of an index with `indexed` accounts, compared with the truth of `known` accounts.
fn check_with_truth_of_another(indexed: u32, known: u32) -> super::Tally {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let mut times = Times::default();
    let mut build = |accounts| {
        let sizes = Sizes { accounts, ..SMALL };
        build(&key, &sizes, &mut times).expect("the index is built")
    };
    let (index, _) = build(indexed);
    let (_, truth) = build(known);
    check(&index, &truth, &SMALL, &mut times)
}
