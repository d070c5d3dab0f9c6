//! Cells of tables that people open in a spreadsheet.

use std::borrow::Cow;

/// A cell that no spreadsheet takes for a formula.
#[must_use]
pub fn inert(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn a_cell_never_starts_a_formula() {
        for start in ["=1+1", "+49", "-1", "@SUM", "\tx", "\rx"] {
            assert_eq!(inert(start), format!("'{start}"));
        }
        for harmless in ["", "4711", "a=b", "'=1"] {
            assert_eq!(inert(harmless), harmless);
        }
    }
}
