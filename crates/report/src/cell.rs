//! Cells of tables that people open in a spreadsheet.

use std::borrow::Cow;

/// A cell that no spreadsheet takes for a formula. Different texts remain different, since a leading
/// apostrophe is doubled. [`exact`] restores the text.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`inert`] turned into this cell.
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
    fn escaping_formulas_is_reversible() {
        let texts = ["", "m1", "=m1", "'=m1", "''=m1", "'", "''", "'m1", "-", "'-"];
        for text in texts {
            assert_eq!(exact(&inert(text)), text);
            let same = texts.iter().filter(|other| inert(other) == inert(text)).count();
            assert_eq!(same, 1, "{text}");
        }
    }
}
