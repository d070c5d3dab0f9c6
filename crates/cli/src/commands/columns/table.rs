//! The profile of a file as a table for a terminal, and the legend below it.

use std::collections::BTreeSet;

use leakdex::{DataClass, Field};

use super::{ColumnProfile, FileProfile, OtherColumn, Place};
use crate::{
    human::{count, counted},
    screen::{shortened, wrapped},
};

/// Longer names are cut.
const LONGEST_NAME: usize = 22;

/// The cell in place of the field, for a column that is a class of data.
const CLASS: &str = "data class";

/// The number of shapes shown per column.
const SHAPES_SHOWN: usize = 3;

/// The table of a file, with all columns in their order.
pub(super) fn of(profile: &FileProfile) -> String {
    let longest = |names: &mut dyn Iterator<Item = &String>| {
        names.map(|name| name.chars().count()).max().unwrap_or_default()
    };
    let (columns, others) = (&profile.columns, &profile.other_columns);
    let mut headers =
        columns.iter().map(|column| &column.column).chain(others.iter().map(|other| &other.column));
    let table = Table {
        names: longest(&mut headers).clamp("column".len(), LONGEST_NAME),
        fields: longest(&mut columns.iter().map(|column| &column.field)).max(CLASS.len()),
    };
    let (rows, columns) =
        (counted(profile.rows, "row"), counted(profile.order.len() as u64, "column"));
    let heads = ["filled", "ok", "suspect", "invalid"];
    let mut text = format!("  {rows}, {columns}\n\n");
    text += &table.line("column", "read as", &heads.map(str::to_owned));
    for place in &profile.order {
        text += &match *place {
            Place::Column(number) => table.column(&profile.columns[number]),
            Place::Other(number) => {
                let other = &profile.other_columns[number];
                let unused =
                    profile.unused_columns.iter().find(|unused| unused.column == other.column);
                table.other(other, unused.and_then(|unused| unused.looks_like))
            }
        };
    }
    text + "\n"
}

/// The widths of the columns of the table.
struct Table {
    names: usize,
    fields: usize,
}

impl Table {
    /// A line: name, field, and the numbers after them.
    fn line(&self, name: &str, field: &str, numbers: &[String]) -> String {
        let Self { names, fields } = *self;
        let name = shortened(name, LONGEST_NAME);
        let mut line = format!("  {name:names$}  {field:fields$}");
        for (number, width) in numbers.iter().zip([10, 10, 8, 8]) {
            line += &format!(" {number:>width$}");
        }
        line + "\n"
    }

    fn column(&self, column: &ColumnProfile) -> String {
        let numbers = [column.filled, column.ok, column.suspect, column.invalid].map(count);
        let mut text = self.line(&column.column, &column.field, &numbers);
        text += &note(CLASS, column.data_class.as_ref().map_or("", DataClass::as_str));
        text += &note("looks like", &shapes(column));
        text += &note("suspect", &listed(&column.suspect_reasons));
        text + &note("invalid", &listed(&column.invalid_reasons))
    }

    fn other(&self, column: &OtherColumn, looks_like: Option<Field>) -> String {
        let filled = column.filled.map_or_else(|| "-".to_owned(), count);
        let class = column.r#use.strip_prefix("class:");
        let read_as = if class.is_some() { CLASS } else { "not read" };
        // Only the words at the end may wrap; no-break spaces keep the rest on one line.
        let start = self.line(&column.column, read_as, &[filled]);
        let start = start.trim_end().replace(' ', "\u{A0}") + &"\u{A0}".repeat(2);
        let words = class.unwrap_or(column.why);
        let mut text =
            wrapped(&format!("{start} {words}"), start.chars().count() + 1).replace('\u{A0}', " ");
        if let Some(field) = looks_like {
            // Brackets replace a name that is not shown, so no option can contain it.
            let advice = if column.column.starts_with('(') {
                String::new()
            } else {
                format!("; to read it: --column '{}={field}'", column.column)
            };
            text += &note("looks like", &format!("{field}{advice}"));
        }
        text
    }
}

/// A line below a column. Empty without a text.
fn note(name: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { wrapped(&format!("    {name}: {text}"), 6) }
}

/// The most frequent shapes, in quotes, since some contain commas.
fn shapes(column: &ColumnProfile) -> String {
    let shown = column.shapes.iter().take(SHAPES_SHOWN);
    let mut shown: Vec<String> =
        shown.map(|shown| format!("'{}' {}", shown.shape, count(shown.values))).collect();
    let others = column.shapes.iter().skip(SHAPES_SHOWN).map(|shape| shape.values).sum();
    if others > 0 {
        shown.push(format!("others {}", count(others)));
    }
    shown.join(", ")
}

fn listed(counts: &[(&str, u64)]) -> String {
    let parts = counts.iter().map(|(name, number)| format!("{name} {}", count(*number)));
    parts.collect::<Vec<_>>().join(", ")
}

/// The terms in the tables of a run. The legend explains these and no others.
#[derive(Default)]
pub(super) struct Legend(BTreeSet<Term>);

/// A term of the table, in the order of the legend.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Term {
    Filled,
    Usable,
    Suspect,
    Invalid,
    Reference,
    Class,
    Unread,
    Shapes,
}

impl Term {
    const fn explained(self) -> (&'static str, &'static str) {
        match self {
            Self::Filled => {
                ("filled", "cells that hold more than a placeholder, such as - or NULL")
            }
            Self::Usable => ("ok", "values by which members are found"),
            Self::Suspect => (
                "suspect",
                "values that may be wrong: members are found by them, but they give nobody an all-clear",
            ),
            Self::Invalid => ("invalid", "values that cannot be used"),
            Self::Reference => {
                ("id", "your own reference to a member; it is not compared with the leak")
            }
            Self::Class => (
                "data class",
                "in a leak, a filled cell means that this sort of data leaked for the person in that row. Nobody \
                 is found by a column that is read as a data class",
            ),
            Self::Unread => (
                "not read",
                "nobody is found by it; if it holds something useful, name its field: --column 'COLUMN=FIELD'",
            ),
            Self::Shapes => (
                "looks like",
                "the forms of the values as they are compared, each with its number of values. No value is \
                 shown: a is a small letter, A a capital letter, 9 a digit, ? another character, such as the semicolon \
                 between two names. \
                 All letters of names and addresses are small, and dates are year-month-day. In names, addresses \
                 and phone numbers, aaa stands for any number of letters and 999 for any number of digits",
            ),
        }
    }
}

impl Legend {
    pub(super) fn note(&mut self, profile: &FileProfile) {
        for column in &profile.columns {
            let is_reference = column.field == "id";
            self.insert_if(Term::Filled, true);
            self.insert_if(Term::Usable, !is_reference);
            self.insert_if(Term::Reference, is_reference);
            self.insert_if(Term::Suspect, column.suspect > 0);
            self.insert_if(Term::Invalid, column.invalid > 0);
            self.insert_if(Term::Class, column.data_class.is_some());
            self.insert_if(Term::Shapes, !column.shapes.is_empty());
        }
        for other_column in &profile.other_columns {
            let is_class = other_column.r#use.starts_with("class:");
            self.insert_if(if is_class { Term::Class } else { Term::Unread }, true);
        }
    }

    fn insert_if(&mut self, term: Term, is_there: bool) {
        if is_there {
            self.0.insert(term);
        }
    }

    /// The legend; empty if there was no table.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for term in &self.0 {
            let (name, words) = term.explained();
            text += &wrapped(&format!("  {name:<12}{words}"), 14);
        }
        if self.0.contains(&Term::Suspect) || self.0.contains(&Term::Invalid) {
            text += "  docs/IDENTIFIERS.md explains the reasons in section \"Reason codes\".\n";
        }
        text
    }
}
