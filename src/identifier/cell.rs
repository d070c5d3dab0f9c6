//! Signs around a value in its cell, and cells with several values.

use super::{BETWEEN_VALUES, Reason};

/// The text without white space, quotation marks and a spreadsheet's text markers around it:
/// `'0171`, `="0171"`, `„0171“`.
pub(super) fn unmarked(raw: &str) -> &str {
    let mut text = raw.trim();
    loop {
        let inner = text.trim_matches(|character: char| {
            is_quotation_mark(character) || character.is_whitespace()
        });
        match inner.strip_prefix('=') {
            Some(formula) if formula.starts_with('"') => text = formula,
            _ => return inner,
        }
    }
}

pub(super) fn is_quotation_mark(character: char) -> bool {
    matches!(character, '"' | '\'' | '`' | '´' | '‘'..='‟' | '«' | '»' | '‹' | '›')
}

/// The largest number of values that are read from one cell.
pub(super) const MAX_VALUES: usize = 8;

/// Adds a value in normal form to those of its cell, without duplicates.
pub(super) fn add_value(value: &str, normal_form: &mut String) -> Result<(), Reason> {
    if normal_form.is_empty() {
        normal_form.push_str(value);
        return Ok(());
    }
    let (mut values, mut is_new) = (0, true);
    for known in normal_form.split(BETWEEN_VALUES) {
        values += 1;
        is_new &= known != value;
    }
    if !is_new {
        return Ok(());
    }
    if values == MAX_VALUES {
        return Err(Reason::TooManyValues);
    }
    normal_form.push_str(BETWEEN_VALUES);
    normal_form.push_str(value);
    Ok(())
}

/// Signs that mask characters: `m•••@example.de`. Asterisks and dots can mask characters, too.
pub(super) const MASKS: [char; 8] = ['∗', '＊', '•', '●', '█', '■', '▪', '…'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_markers_are_dropped_at_any_depth() {
        for raw in
            ["x", " x ", "'x", "\"x\"", "=\"x\"", "„x“", "»x«", "‚x‘", " \"'x'\" ", "'=\"x\""]
        {
            assert_eq!(unmarked(raw), "x", "{raw}");
        }
        assert_eq!(unmarked("=x"), "=x");
        assert_eq!(unmarked("=\""), "=");
        assert_eq!(unmarked("O'Neill"), "O'Neill");
    }

    #[test]
    fn a_cell_holds_eight_values_and_none_twice() {
        let mut normal_form = String::new();
        for value in ["a", "b", "a", "c", "d", "e", "f", "g", "h", "h"] {
            assert_eq!(add_value(value, &mut normal_form), Ok(()));
        }
        assert_eq!(normal_form, "a; b; c; d; e; f; g; h");
        assert_eq!(add_value("i", &mut normal_form), Err(Reason::TooManyValues));
    }
}
