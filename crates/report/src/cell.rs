//! Cells of tables that people open in a spreadsheet.

use std::borrow::Cow;

/// A cell that no spreadsheet takes for a formula. Two texts never become one cell: what begins with
/// an apostrophe gets one more, too. [`exact`] gives the text back.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`inert`] made this cell of.
#[must_use]
pub fn exact(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::{exact, inert};

    #[test]
    fn a_cell_never_starts_a_formula() {
        for start in ["=1+1", "+49", "-1", "@SUM", "\tx", "\rx"] {
            assert_eq!(inert(start), format!("'{start}"));
        }
        for harmless in ["", "4711", "a=b"] {
            assert_eq!(inert(harmless), harmless);
        }
    }

    #[test]
    fn two_texts_never_become_one_cell_and_each_is_read_back() {
        let texts = ["", "m1", "=m1", "'=m1", "''=m1", "'", "''", "'m1", "-", "'-"];
        for text in texts {
            assert_eq!(exact(&inert(text)), text);
            let same = texts.iter().filter(|other| inert(other) == inert(text)).count();
            assert_eq!(same, 1, "{text}");
        }
    }
}
