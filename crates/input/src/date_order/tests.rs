//! The order of day and month in files that show it early, late or never.

use super::*;
use crate::{
    input::Input,
    options::{Format, Options, Sizes},
};

/// An input with short blocks: each has five rows of the lists below.
fn open(text: &str, options: &Options) -> Input {
    let sizes = Sizes { block: 120, ..options.sizes };
    open_as_usual(text, &Options { sizes, ..options.clone() })
}

fn open_as_usual(text: &str, options: &Options) -> Input {
    Input::of_bytes(text.into(), options).unwrap_or_else(|error| panic!("{error}"))
}

fn list(dates: &[&str]) -> String {
    let header = "Nachname;Vorname;Geburtsdatum\n".to_owned();
    dates.iter().fold(header, |list, date| list + "Muster;Eva;" + date + "\n")
}

/// The single date column of an input with these dates.
fn column(dates: &[&str]) -> DateColumn {
    let input = open(&list(dates), &Options::default());
    input.date_columns()[0].clone()
}

/// The dates in the order of the rows, each with its date order.
fn dates(input: &mut Input) -> Vec<(String, Option<DateOrder>)> {
    let layout = input.layout();
    let mut dates = Vec::new();
    while let Some(block) = input.next_block().expect("readable") {
        layout.rows(&block, |rows| {
            let all = rows.columns().columns().iter();
            let columns: Vec<_> = all.filter(|one| one.field() == Field::BirthDate).collect();
            for row in 0..rows.len() {
                let text = |one: &leakdex::Column<'_>| one.text(row).expect("text").to_owned();
                dates.extend(columns.iter().map(|one| (text(one), one.date_order())));
            }
        });
    }
    dates
}

fn warnings(input: &Input) -> Vec<&String> {
    input
        .describe()
        .iter()
        .filter(|line| line.contains("comes first") || has_warning(line))
        .collect()
}

fn has_warning(line: &str) -> bool {
    line.contains("warning:")
}

#[test]
fn a_column_that_proves_one_order_is_read_in_it() {
    for (dates, order) in [
        (["03/04/1970", "31/12/1958"], DateOrder::DayFirst),
        (["03/04/1970", "12/31/1958"], DateOrder::MonthFirst),
        (["03.04.1970", "12.31.1958"], DateOrder::MonthFirst),
        (["1.2.1970", "12/31/1958 12:00:00 AM"], DateOrder::MonthFirst),
    ] {
        let column = column(&dates);
        assert_eq!((column.order, column.basis), (order, OrderBasis::Proven), "{dates:?}");
    }
}

#[test]
fn the_first_proof_may_come_in_the_third_block_and_holds_from_the_first_row_on() {
    let mut all = vec!["03/04/1970"; 12];
    all.push("12/31/1958");
    all.extend(["05/06/1980"; 5]);
    let mut input = open(&list(&all), &Options::default());
    assert_eq!(input.ahead_blocks(), 3);
    let expected = all.iter().map(|&date| (date.to_owned(), Some(DateOrder::MonthFirst)));
    assert!(dates(&mut input).into_iter().eq(expected));
    assert!(input.peek().is_none());
}

#[test]
fn no_more_is_read_ahead_than_the_limit_allows() {
    let mut all = vec!["03/04/1970"; 20];
    all.push("12/31/1958");
    let sizes = Sizes { ahead: 200, ..Sizes::default() };
    let mut input = open(&list(&all), &Options { sizes, ..Options::default() });
    assert_eq!(input.ahead_blocks(), 2);
    assert_eq!(input.date_columns()[0].basis, OrderBasis::Unproven);
    let read = dates(&mut input);
    assert_eq!(read.len(), all.len());
    assert!(read.iter().all(|(_, order)| *order == Some(DateOrder::DayFirst)));
}

#[test]
fn the_usual_limit_is_that_of_the_manual() {
    let manual = include_str!("../../../../docs/INPUTS.md");
    let manual = manual.split_whitespace().collect::<Vec<_>>().join(" ");
    let limit = Sizes::default().ahead >> 20;
    let sentence = format!("It keeps these rows in memory, up to {limit} MiB of each input");
    assert!(manual.contains(&sentence), "{sentence}");
}

#[test]
fn contradicting_dates_give_the_majority_order_and_a_warning() {
    let mixed = column(&["31/12/1958", "12/31/1958", "12/30/1958"]);
    assert_eq!((mixed.order, mixed.basis), (DateOrder::MonthFirst, OrderBasis::Contradicted));
    assert_eq!((mixed.day_first, mixed.month_first), (1, 2));
    let even = column(&["31/12/1958", "12/31/1958"]);
    assert_eq!((even.order, even.basis), (DateOrder::DayFirst, OrderBasis::Contradicted));
    assert!(has_warning(&even.line().expect("a warning")));
}

#[test]
fn dates_with_slashes_that_prove_nothing_are_unproven_and_those_with_dots_are_german() {
    let slashes = column(&["03/04/1970", "05/05/1970", "1970-02-01"]);
    assert_eq!((slashes.order, slashes.basis), (DateOrder::DayFirst, OrderBasis::Unproven));
    assert_eq!(slashes.open, 1);
    assert!(has_warning(&slashes.line().expect("a warning")));
    for dates in [["03.04.1970", "05/05/1970"], ["1970-02-01", "1. Mai 1970"], ["", "k.A."]] {
        let column = column(&dates);
        assert_eq!((column.order, column.basis), (DateOrder::DayFirst, OrderBasis::Usual));
        assert_eq!(column.line(), None, "{dates:?}");
    }
}

#[test]
fn the_first_block_is_enough_if_none_of_its_dates_depends_on_the_order() {
    let blocks = |first: &str| {
        let mut all = vec![first; 20];
        all.extend(["12/31/1958"; 30]);
        open(&list(&all), &Options::default()).ahead_blocks()
    };
    for first in ["1970-02-01", "1. Mai 1970", "31.12.1958", "12/31/1958", "1958"] {
        assert_eq!(blocks(first), 1, "{first}");
    }
    for first in ["", "unbekannt", "01/01/1900", "01.01.1900", "03.04.1970", "03/04/1970"] {
        assert!(blocks(first) > 1, "{first}");
    }
    let without = format!("E-Mail;Eintrittsdatum\n{}", "a@example.de;03/04/1970\n".repeat(10));
    assert_eq!(
        open(&without, &Options::default()).ahead_blocks(),
        1,
        "there is no column of dates"
    );
}

#[test]
fn an_order_that_the_caller_gives_holds_and_nothing_is_read_ahead() {
    let all = ["03/04/1970", "05/06/1970", "31/12/1958", "12/31/1958"];
    for order in DateOrder::ALL {
        let options = Options { date_order: Some(order), ..Options::default() };
        let mut input = open(&list(&all), &options);
        assert_eq!(input.ahead_blocks(), 1);
        assert_eq!(input.date_columns()[0].basis, OrderBasis::Given);
        assert!(dates(&mut input).iter().all(|(_, item)| *item == Some(order)));
    }
}

#[test]
fn each_column_has_its_own_order() {
    let text = "Nachname;Vorname;Geburtsdatum;DOB\n".to_owned()
        + &"Muster;Eva;31/12/1958;03/04/1970\n".repeat(6)
        + "Muster;Eva;31/12/1958;12/31/1958\n";
    let mut input = open(&text, &Options::default());
    let orders: Vec<_> = input.date_columns().iter().map(|column| column.order).collect();
    assert_eq!(orders, [DateOrder::DayFirst, DateOrder::MonthFirst]);
    let read = dates(&mut input);
    assert_eq!(read[0].1, Some(DateOrder::DayFirst));
    assert_eq!(read[1].1, Some(DateOrder::MonthFirst));
}

#[test]
fn lines_of_json_and_dumps_show_their_order_too() {
    let line =
        |key: &str, date: &str| format!("{{\"name\":\"Eva Muster\",\"{key}\":\"{date}\"}}\n");
    let json = line("birthdate", "03/04/1970").repeat(5) + &line("birthdate", "12\\/31\\/1958");
    let insert =
        |date: &str| format!("INSERT INTO a (name, birthdate) VALUES ('Eva X','{date}');\n");
    let sql = insert("03/04/1970").repeat(5) + &insert("12/31/1958");
    for (format, text) in [(Format::Jsonl, json), (Format::Sql, sql)] {
        let mut input = open(&text, &Options { format: Some(format), ..Options::default() });
        let read = dates(&mut input);
        assert_eq!(read.len(), 6, "{format}");
        assert!(read.iter().all(|(_, item)| *item == Some(DateOrder::MonthFirst)), "{format}");
    }
}

#[test]
fn a_key_that_first_appears_late_has_no_date_order() {
    let early = "{\"name\":\"Eva Muster\",\"plz\":\"10115\"}\n".repeat(40_000);
    let text = early + "{\"name\":\"Eva Muster\",\"birthdate\":\"12/31/1958\"}\n";
    let options = Options { format: Some(Format::Jsonl), ..Options::default() };
    let mut input = open_as_usual(&text, &options);
    assert!(input.date_columns().is_empty());
    assert_eq!(dates(&mut input).last(), Some(&("12/31/1958".to_owned(), None)));
}

#[test]
fn the_order_is_described_where_it_is_not_the_usual_one_and_no_date_is_shown() {
    let warnings = |dates: &[&str]| {
        let input = open_as_usual(&list(dates), &Options::default());
        let lines = warnings(&input);
        assert!(lines.iter().all(|line| !line.contains("19")), "{lines:?}");
        lines.into_iter().cloned().collect::<Vec<_>>()
    };
    let american = warnings(&["12/31/1958"; 20]);
    assert_eq!(american.len(), 1, "no advice to ignore the column: {american:?}");
    assert!(
        american[0].contains("'Geburtsdatum': the month comes first, shown by 20 of its dates")
    );
    assert!(warnings(&["31/12/1958"; 20]).is_empty());
    assert!(warnings(&["03/04/1958"])[0].contains("give --date-order"));
    let headless = "Muster;31/12/1958;Eva\n3;03/04/1970;4\n";
    let columns = ["Muster=last-name", "Eva=first-name", "31/12/1958=birth-date"];
    let columns = columns.map(|text| text.parse().expect("well formed")).to_vec();
    let input = open(headless, &Options { columns, ..Options::default() });
    assert_eq!(input.date_columns()[0].header.as_written(), "31/12/1958");
    assert!(input.describe().iter().all(|line| !line.contains("31/12")));
}

#[test]
fn the_config_text_of_an_input_depends_on_its_date_order() {
    let config_text = |order| {
        let options = Options { date_order: order, ..Options::default() };
        open(&list(&["31/12/1958"]), &options).read_config_text()
    };
    assert_eq!(config_text(None), config_text(Some(DateOrder::DayFirst)));
    assert_ne!(config_text(None), config_text(Some(DateOrder::MonthFirst)));
    let proven_late_by = |date| {
        let all = [&["03/04/1970"; 12][..], &[date]].concat();
        open(&list(&all), &Options::default()).read_config_text()
    };
    assert_ne!(proven_late_by("31/12/1958"), proven_late_by("12/31/1958"));
}
