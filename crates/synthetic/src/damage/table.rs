//! A file as rows of cells, before it is written.

use leakdex::Field;
use rand::{RngExt, seq::IndexedRandom};

use super::{
    Layout, Side,
    person::Subject,
    style::{Encoding, Style},
};
use crate::random::Random;

/// The reference of the member in this row, counted from 1.
pub fn reference(row: u64) -> String {
    format!("M{:05}", 10_000 + row)
}

/// A file as rows of cells.
pub struct Table {
    fields: &'static [Field],
    pub headers: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub delimiter: char,
    pub is_quoted: bool,
    pub encoding: Encoding,
    /// A line above the headers.
    pub title: Option<&'static str>,
    /// The file has no line of headers.
    pub is_headless: bool,
    /// The file ends within its last row.
    pub is_cut: bool,
}

impl Table {
    /// An intact file: an id, the columns of the layout, and a tariff.
    pub fn new(
        layout: &Layout,
        side: Side,
        style: Style,
        people: &[Subject],
        random: &mut Random,
    ) -> Self {
        let id = match side {
            Side::Leak => "Kundennummer",
            Side::Members => "Mitgliedsnummer",
        };
        let mut headers = vec![id.to_owned()];
        headers.extend(layout.fields.iter().map(|&field| style.header(field).to_owned()));
        headers.push("Tarif".to_owned());
        let row = |(number, subject): (u64, &Subject)| {
            let mut row = vec![match side {
                Side::Leak => format!("K{:05}", 10_000 + number),
                Side::Members => reference(number),
            }];
            row.extend(layout.fields.iter().map(|&field| {
                // One in five people kept the old value.
                let is_kept = number.is_multiple_of(5);
                if side == Side::Leak && layout.outdated.contains(&field) && !is_kept {
                    style.spell(&subject.stranger(), field)
                } else {
                    style.spell(subject, field)
                }
            }));
            let tariff = ["Basis", "Komfort", "Premium"].choose(random).unwrap_or(&"Basis");
            row.push(format!("{tariff} {}", random.random_range(1..4)));
            row
        };
        Self {
            fields: layout.fields,
            headers,
            rows: (1..).zip(people).map(row).collect(),
            delimiter: style.delimiter,
            is_quoted: style.is_quoted,
            encoding: style.encoding,
            title: None,
            is_headless: false,
            is_cut: false,
        }
    }

    /// The field of a column.
    pub fn field(&self, column: usize) -> Field {
        self.fields[column - 1]
    }

    /// The position of a column.
    pub fn place(&self, field: Field) -> usize {
        let place = self.fields.iter().position(|&other| other == field);
        1 + place.expect("the layout has this column")
    }

    /// The number that a reader gives this row; `None` if it reads no such row.
    pub fn row_as_read(&self, row: u64) -> Option<u64> {
        let is_there = usize::try_from(row).is_ok_and(|row| row <= self.rows.len());
        // Below a title, the headers count as a row. Without headers, the first row counts as headers.
        let (extra, missing) = (u64::from(self.title.is_some()), u64::from(self.is_headless));
        Some(row + extra - missing).filter(|&row| is_there && row > 0)
    }

    /// The file.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut text = String::new();
        if let Some(title) = self.title {
            text.push_str(title);
            text.push('\n');
        }
        let headers = Some(&self.headers).filter(|_| !self.is_headless);
        for row in headers.into_iter().chain(&self.rows) {
            for (place, cell) in row.iter().enumerate() {
                if place > 0 {
                    text.push(self.delimiter);
                }
                self.write(cell, &mut text);
            }
            text.push('\n');
        }
        if self.is_cut {
            // Within the second cell of the last row.
            let last = text.trim_end().rfind('\n').map_or(0, |end| end + 1);
            let second = text[last..].find(self.delimiter).map_or(last, |place| last + place);
            let kept: usize = text[second..].chars().take(4).map(char::len_utf8).sum();
            text.truncate(second + kept);
        }
        self.encoding.encode(&text)
    }

    fn write(&self, cell: &str, text: &mut String) {
        let is_special = |character| matches!(character, '"' | '\n' | '\r');
        if self.is_quoted || cell.contains(self.delimiter) || cell.contains(is_special) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
}
