//! Describes unused columns for people.

use leakdex::Field;
use leakdex_input::UnusedColumn;
use leakdex_report::CheckSummary;

use crate::{
    human::count,
    screen::{self, shortened},
};

/// The columns that a check did not use. Those of the leak come first.
pub fn of_check(summary: &CheckSummary) -> impl Iterator<Item = &UnusedColumn> {
    let leaks = summary.indexes.iter().flat_map(|index| index.unused_columns.iter().flatten());
    let lists = summary.files.iter().flat_map(|list| &list.unused_columns);
    leaks.chain(lists)
}

/// A row of the summary on the screen, of at most two lines. Columns that would find people come first.
/// Empty if there are no columns.
pub fn row<'a>(columns: impl Iterator<Item = &'a UnusedColumn>) -> String {
    /// The number of characters that fit two lines with the closing words, even if the first line breaks
    /// early.
    const MAX_CHARACTERS: usize = 80;
    const MAX_LENGTH: usize = 30;
    let mut columns: Vec<&UnusedColumn> = columns.collect();
    if columns.is_empty() {
        return String::new();
    }
    columns.sort_by_key(|column| (!would_identify(column), column.looks_like.is_none()));
    let mut text = String::new();
    for (number, column) in columns.iter().enumerate() {
        let like = column.looks_like.map(|field| format!(" like {}", field.slug()));
        let comma = if number > 0 { ", " } else { "" };
        let header = shortened(&column.column, MAX_LENGTH);
        let part = format!("{comma}'{header}'{}", like.unwrap_or_default());
        if number > 0 && text.chars().count() + part.chars().count() > MAX_CHARACTERS {
            let more = count((columns.len() - number) as u64);
            text += &format!(", and {more} more, see --summary");
            break;
        }
        text += &part;
    }
    screen::row("unused", &text)
}

/// Whether the column alone would find people whom no used column finds.
fn would_identify(column: &UnusedColumn) -> bool {
    !column.otherwise_given && column.looks_like.and_then(Field::kind).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifying_columns_are_named_first() {
        let column = |header: &str, looks_like, otherwise_given| UnusedColumn {
            column: header.to_owned(),
            looks_like,
            otherwise_given,
            ..UnusedColumn::default()
        };
        let columns = [
            column("Ort", None, false),
            column("Zweitmail", Some(Field::Email), true),
            column("Mobil", Some(Field::Phone), false),
        ];
        let text = row(columns.iter());
        assert_eq!(text, "  unused        'Mobil' like phone, 'Zweitmail' like email, 'Ort'\n");
        let many = vec![column(&"x".repeat(90), Some(Field::BirthDate), false); 12];
        let text = row(many.iter());
        assert!(text.lines().count() <= 2 && text.contains("and 11 more"), "{text}");
        assert_eq!(row([].into_iter()), "");
    }
}
