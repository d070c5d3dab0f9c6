//! Leaks that are added to an index.

use leakdex::{Breach, IndexBuilder, Key, Kind, KindSet};
use leakdex_screening::{AddedLeak, UnusableLeak, add_leak, refuse_empty_index};

use super::input;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

fn key() -> Key {
    Key::generate().expect("there is randomness")
}

fn builder(key: &Key) -> IndexBuilder<'_> {
    IndexBuilder::new(key, Breach::named("example").expect("it is a name"))
}

fn add(text: &str, builder: &mut IndexBuilder<'_>) -> AddedLeak {
    let (_folder, mut leak) = input(text);
    add_leak::<AnyError>(&mut leak, builder, || (), |_| Ok(true)).expect("nothing fails")
}

/// A leak with this many good rows, followed by this many bad ones.
fn leak(good: usize, bad: usize) -> String {
    let good = (0..good).map(|row| format!("p{row}@example.de\n"));
    "E-Mail\n".to_owned() + &good.collect::<String>() + &"nobody\n".repeat(bad)
}

fn refusal(added: AddedLeak) -> Option<UnusableLeak> {
    added.usable().err()
}

#[test]
fn a_leak_with_over_a_tenth_of_its_rows_rejected_is_refused() {
    let key = key();
    assert_eq!(refusal(add(&leak(18, 2), &mut builder(&key))), None);
    let refused = refusal(add(&leak(17, 3), &mut builder(&key))).expect("3 of 20 are too many");
    let UnusableLeak::Rows { rejected: 3, read: 20, reasons, .. } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(reasons.values().sum::<u64>(), 3);
    let message = refused.to_string();
    assert!(message.contains("people.csv: 3 of its 20 rows could not be used"), "{message}");
    assert!(!message.contains("nobody"), "a value shows: {message}");
    // Callers may set a limit of their own.
    let (unused, caveats) = add(&leak(17, 3), &mut builder(&key)).into_parts();
    assert!(unused.is_empty() && caveats.is_empty());
}

#[test]
fn each_leak_is_judged_by_its_own_rows() {
    let (key, bad) = (key(), leak(0, 5));
    let mut builder = builder(&key);
    assert_eq!(refusal(add(&leak(1000, 0), &mut builder)), None);
    let refused = refusal(add(&bad, &mut builder)).expect("none of it can be used");
    assert!(matches!(refused, UnusableLeak::Rows { rejected: 5, read: 5, .. }), "{refused}");
}

#[test]
fn an_index_of_nothing_is_refused() {
    let key = key();
    let mut builder = builder(&key);
    let refused = refusal(add(&leak(0, 3), &mut builder)).expect("there is nothing");
    assert!(matches!(refused, UnusableLeak::Nothing { .. }), "{refused}");
    assert_eq!(refuse_empty_index(builder.rows()), Err(refused));
    assert_eq!(refusal(add(&leak(40, 0), &mut builder)), None);
    assert_eq!(refuse_empty_index(builder.rows()), Ok(()));
}

#[test]
fn rows_left_out_by_the_chosen_kinds_do_not_make_a_leak_unusable() {
    let key = key();
    let mut builder = builder(&key).kinds(KindSet::from_iter([Kind::Email]));
    let rows = "E-Mail;KVNR\np@example.de;\n;A123456780\n;A123456780\n";
    assert_eq!(refusal(add(rows, &mut builder)), None);
    assert_eq!(builder.rows().rejected, 2);
}

#[test]
fn the_callback_sees_each_problem_with_its_header_and_can_stop_or_fail() {
    let (key, rows) = (key(), leak(1, 1));
    let (_folder, mut leak) = input(&rows);
    let (mut seen, mut calls) = (Vec::new(), 0);
    let added = add_leak::<AnyError>(
        &mut leak,
        &mut builder(&key),
        || calls += 1,
        |block| {
            assert_eq!((block.rows_before, block.account.read), (0, 2));
            for (row, added) in block.added.iter().enumerate() {
                let columns = added.problems().iter().filter_map(|problem| problem.value);
                seen.extend(
                    columns.map(|column| (row, block.headers.header(row, column).to_owned())),
                );
            }
            Ok(false)
        },
    );
    assert!(added.is_ok());
    assert_eq!(seen, [(1, "E-Mail".to_owned())]);
    assert!(calls > 0, "the callback runs before each block");

    let (_folder, mut leak) = input(&rows);
    let failed = add_leak::<AnyError>(
        &mut leak,
        &mut builder(&key),
        || (),
        |_| Err("the callback failed".into()),
    );
    let error = failed.map(|_| ()).expect_err("the callback failed");
    assert_eq!(error.to_string(), "the callback failed");
}
