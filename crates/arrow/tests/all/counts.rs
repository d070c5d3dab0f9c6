//! Counts and caveats of a run.

use std::{ops::Range, sync::Arc};

use leakdex::{Breach, IndexBuilder, IndexSet, Key, Kind, KindSet, Record};
use leakdex_arrow::{
    Error, Options, RunCaveat, RunCounts, RunOutcome,
    arrow_array::{ArrayRef, RecordBatch, StringArray, cast::AsArray as _},
    resolve,
};

use serde_json::json;

use super::people::{batch, column, indexes, run_check, run_check_against, stream, texts};

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

const FIRST_NAMES: [&str; 25] = [
    "Anna", "Bernd", "Clara", "Dieter", "Elif", "Frank", "Gudrun", "Hakan", "Ingrid", "Jonas",
    "Katja", "Lukas", "Martha", "Norbert", "Olga", "Peter", "Quirin", "Renate", "Stefan", "Tanja",
    "Ulrich", "Vera", "Wolf", "Xenia", "Yusuf",
];

/// The names and the date of birth of a person. Few people have similar names.
fn person(number: usize, days_later: usize) -> [String; 3] {
    let letter = |number: usize| char::from(b"abdefgiklmnoprstuw"[number % 18]);
    let last = format!("{}{}ner", letter(number + 3).to_uppercase(), letter(number / 18 * 5));
    let first = FIRST_NAMES[number % FIRST_NAMES.len()].to_owned();
    let (year, month, day) = (1930 + number % 60, number % 12 + 1, number % 27 + 1 + days_later);
    [last, first, format!("{year}-{month:02}-{day:02}")]
}

/// The e-mail address of a person. Its digits are spread evenly, so any two groups of addresses look alike.
fn email(number: usize) -> String {
    format!("p{}@example.de", number * 7919 % 9000 + 1000)
}

/// An index of 300 persons with e-mail addresses.
fn index_of_persons() -> Arc<IndexSet> {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let mut builder = IndexBuilder::new(&key, Breach::named("portal").expect("a name"));
    for number in 0..300 {
        let [last, first, date] = person(number, 0);
        let record = Record::new().last_name(&last).first_name(&first).birth_date(&date);
        let record = record.email(&email(number));
        let _ = builder.add(&record).expect("added");
    }
    Arc::new(IndexSet::new(vec![builder.build().expect("built")]).expect("one index"))
}

#[test]
fn a_filter_of_the_rows_gives_the_partially_checked_members() {
    // Every third member has only an address, and does not rely on the repeated date of birth. Every fifth member has
    // an IBAN. The index has none, so the check of these members is partial.
    let of = |value: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new((0..3000).map(|row| Some(value(row))).collect::<StringArray>())
    };
    let in_each = |step: usize, value: &dyn Fn(usize) -> String| {
        of(&|row| if row.is_multiple_of(step) { value(row) } else { String::new() })
    };
    let in_others = |value: &dyn Fn(usize) -> String| {
        of(&|row| if row.is_multiple_of(3) { String::new() } else { value(row) })
    };
    let members = batch([
        ("E-Mail", in_each(3, &|row| email(row + 300))),
        ("Nachname", in_others(&|row| person(row, 0)[0].clone())),
        ("Vorname", in_others(&|row| person(row, 0)[1].clone())),
        ("Geburtsdatum", in_others(&|_| "1899-03-31".to_owned())),
        ("IBAN", in_each(5, &|_| "DE89370400440532013000".to_owned())),
    ]);
    let (batches, verdicts) =
        run_check_against(index_of_persons(), stream(vec![members]), &Options::default());
    let outcome = verdicts.outcome().expect("all is read").expect("the same indexes");

    let doubted = outcome.caveats.iter().fold(KindSet::EMPTY, |all, item| all.union(item.kinds));
    let doubted: Vec<&str> = doubted.iter().map(Kind::slug).collect();
    let partial = batches.iter().flat_map(|batch| {
        let partial = batch.column_by_name("partial").expect("it is there").as_boolean();
        (0..partial.len()).map(|row| partial.value(row)).collect::<Vec<_>>()
    });
    let (mut by_row, mut by_run, mut wholly) = (0, 0, 0);
    let rows =
        column(&batches, "verdict").into_iter().zip(column(&batches, "checked")).zip(partial);
    for ((verdict, checked), partial) in rows {
        assert_eq!(verdict, "not_affected");
        match (partial, checked.split(' ').any(|kind| doubted.contains(&kind))) {
            (true, _) => by_row += 1,
            (false, true) => by_run += 1,
            (false, false) => wholly += 1,
        }
    }
    assert!(by_row > 0 && by_run > 0 && wholly > 0, "{by_row} {by_run} {wholly} {outcome:?}");
    assert_eq!(outcome.partially_checked, by_row + by_run);
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
        let counts = copy(part.counts().expect("all is read"));
        match &mut sum {
            Some(sum) => sum.add(counts).expect("of one run"),
            None => sum = Some(counts),
        }
    }
    let sum = sum.expect("three parts");
    assert_eq!(sum.outcome(&indexes()).expect("the same indexes"), expected);
}

/// The outcome of a run of several tasks, each of 1000 members at most. The first 100 are the sample.
fn outcome_of_tasks(indexes: &Arc<IndexSet>, whole: &RecordBatch, options: &Options) -> RunOutcome {
    let sample = stream(vec![whole.slice(0, 100)]);
    let resolved = resolve(sample, options, indexes).expect("of use");
    let mut sum: Option<RunCounts> = None;
    for (task, start) in (0..).zip((0..whole.num_rows()).step_by(1000)) {
        let mut options = Options { task, ..Options::default() };
        resolved.apply(&mut options).expect("known fields");
        let rows = (whole.num_rows() - start).min(1000);
        let part = stream(vec![whole.slice(start, rows)]);
        let (_, part) = run_check_against(Arc::clone(indexes), part, &options);
        let counts = copy(part.counts().expect("all is read"));
        match &mut sum {
            Some(sum) => sum.add(counts).expect("of one run"),
            None => sum = Some(counts),
        }
    }
    sum.expect("some parts").outcome(indexes).expect("the same indexes")
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
    let outcome = outcome_of_tasks(&indexes(), &whole, &Options::default());
    assert_eq!(caveat(&outcome, sign), caveat(&expected, sign));
    assert_eq!(outcome.partially_checked, expected.partially_checked);
}

#[test]
fn a_sample_without_dates_does_not_settle_their_order() {
    let people: Vec<_> = (0..300).map(|number| person(number, 0)).collect();
    // If the day came first, most of these dates would be impossible or those of others.
    let month_first = |(row, [_, _, date]): (usize, &[String; 3])| {
        if row < 100 {
            String::new()
        } else {
            format!("{}/{}/{}", &date[5..7], &date[8..], &date[..4])
        }
    };
    let dates: Vec<String> = people.iter().enumerate().map(month_first).collect();
    let part = |place: usize| texts(people.iter().map(|person| &*person[place]));
    let whole = batch([
        ("Nachname", part(0)),
        ("Vorname", part(1)),
        ("Geburtsdatum", texts(dates.iter().map(String::as_str))),
    ]);
    let indexes = index_of_persons();
    let members = stream(vec![whole.clone()]);
    let (_, verdicts) = run_check_against(Arc::clone(&indexes), members, &Options::default());
    let at_once = verdicts.outcome().expect("all is read").expect("the same indexes");
    for outcome in [at_once, outcome_of_tasks(&indexes, &whole, &Options::default())] {
        assert_eq!(outcome.affected, 200, "{outcome:?}");
    }
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
    for outcome in [at_once, outcome_of_tasks(&indexes(), &whole, &options)] {
        let caveat = caveat(&outcome, "passwords-of-members").expect("no insurer has them");
        assert_eq!(caveat.column.as_deref(), Some("Feld"));
        assert_eq!(outcome.partially_checked, outcome.not_affected);
    }
}

#[test]
fn shifted_dates_are_found_if_the_first_task_has_no_member() {
    let indexes = index_of_persons();
    let members = |numbers: Range<usize>| {
        let people: Vec<_> = numbers.map(|number| person(number, 1)).collect();
        let part = |place: usize| texts(people.iter().map(|person| &*person[place]));
        batch([("Nachname", part(0)), ("Vorname", part(1)), ("Geburtsdatum", part(2))])
    };
    // An engine makes no task of an empty partition, so there are no counts of task 0.
    let counts = |task: u64, numbers: Range<usize>| {
        let options = Options { task, ..Options::default() };
        let members = stream(vec![members(numbers)]);
        let (_, verdicts) = run_check_against(Arc::clone(&indexes), members, &options);
        copy(verdicts.counts().expect("all is read"))
    };
    let mut sum = counts(1, 0..150);
    sum.add(counts(2, 150..300)).expect("of one run");
    let outcome = sum.outcome(&indexes).expect("the same indexes");
    assert!(outcome.affected < 10, "their dates are off by a day: {outcome:?}");
    let shifted = caveat(&outcome, "shifted-dates").expect("nearly all are found a day earlier");
    assert!(shifted.count > 250, "{shifted:?}");
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
