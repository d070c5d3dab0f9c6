//! The grammar of delimited text: where rows end and where fields are.
//!
//! Splitting into blocks and parsing use the same grammar, so they always agree about the end of a row. The
//! grammar follows RFC 4180, with strict rules for quotes:
//!
//! - A quotation mark opens a quoted field only at the start of the field. Elsewhere in an unquoted field it
//!   is an ordinary character: `Hans "Jogi" Löw`.
//! - In a quoted field, two quotation marks represent one, and line ends are text.
//! - A delimiter, a line end or the end of the file must follow the closing quotation mark. Otherwise the row
//!   is *malformed*: its first line is read without quoting, and the next line begins a new row.

use std::ops::Range;

use leakdex::Reason;
use memchr::{memchr, memchr_iter, memchr2};

use crate::delimiter::Delimiter;

/// The rules of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grammar {
    /// Equal to `line_end` if there is only one column, so nothing is split.
    delimiter: u8,
    line_end: u8,
    quotes: bool,
    /// The delimiter in the file, if the byte replaces several characters.
    written: Option<Delimiter>,
}

/// The result of scanning a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// The row ends before this position, which is after its line end.
    Row(usize),
    /// The row is malformed: something else follows the closing quotation mark at this position.
    Malformed(usize),
    /// The row does not end in the window. This is where the scan can resume.
    Open(Resume),
}

/// Where to resume the scan of a row that does not end within its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resume {
    pub position: usize,
    /// Whether the position is inside quotation marks.
    pub quoted: bool,
}

/// One field within a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The field's bytes, without enclosing quotation marks.
    pub range: Range<usize>,
    pub form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The bytes are the value.
    Plain,
    /// The bytes contain two quotation marks for one, or the stand-in byte for the delimiter.
    Escaped,
    /// The bytes contain a quotation mark and belong to a malformed row, so their meaning is unknown.
    Stray,
    /// The value cannot be read, for this reason.
    Unusable(Reason),
}

pub(crate) const QUOTE: u8 = b'"';

impl Grammar {
    /// Delimited text. Without a delimiter, each row is one field.
    pub const fn csv(delimiter: Option<u8>, line_end: u8) -> Self {
        let delimiter = match delimiter {
            Some(byte) => byte,
            None => line_end,
        };
        Self { delimiter, line_end, quotes: true, written: None }
    }

    /// Delimited text in which a stand-in byte replaces this delimiter.
    pub const fn with_written(self, written: Option<Delimiter>) -> Self {
        Self { written, ..self }
    }

    /// Lines. Quotation marks have no meaning.
    pub const fn lines(line_end: u8) -> Self {
        Self { delimiter: line_end, line_end, quotes: false, written: None }
    }

    pub const fn delimiter(self) -> u8 {
        self.delimiter
    }

    pub const fn line_end(self) -> u8 {
        self.line_end
    }

    pub const fn has_quotes(self) -> bool {
        self.quotes
    }

    /// Scans the row at the start of `window`. `last` means that the window ends with the file.
    pub fn scan(self, window: &[u8], last: bool) -> Scan {
        if self.quotes {
            self.scan_unquoted(window, 0, last)
        } else {
            match memchr(self.line_end, window) {
                Some(end) => Scan::Row(end + 1),
                None if last => Scan::Row(window.len()),
                None => Scan::Open(Resume { position: window.len(), quoted: false }),
            }
        }
    }

    /// Resumes the scan of a row after [`Scan::Open`].
    pub fn resume(self, window: &[u8], from: Resume, last: bool) -> Scan {
        if from.quoted {
            self.scan_quoted(window, from.position, last)
        } else {
            self.scan_unquoted(window, from.position, last)
        }
    }

    /// Continues a scan at a position outside quotation marks.
    fn scan_unquoted(self, window: &[u8], from: usize, last: bool) -> Scan {
        let mut from = from;
        loop {
            let Some(found) = memchr2(QUOTE, self.line_end, &window[from..]) else {
                let resume = Resume { position: window.len(), quoted: false };
                return if last { Scan::Row(window.len()) } else { Scan::Open(resume) };
            };
            let position = from + found;
            if window[position] != QUOTE {
                return Scan::Row(position + 1);
            }
            if position == 0 || window[position - 1] == self.delimiter {
                return self.scan_quoted(window, position + 1, last);
            }
            from = position + 1;
        }
    }

    /// Continues a scan at a position inside quotation marks.
    fn scan_quoted(self, window: &[u8], from: usize, last: bool) -> Scan {
        let mut from = from;
        loop {
            match self.closing(window, from, last) {
                // Often the next field is quoted, too.
                Closing::Delimiter(next) if window.get(next) == Some(&QUOTE) => from = next + 1,
                Closing::Delimiter(next) => return self.scan_unquoted(window, next, last),
                Closing::RowEnd(end) => return Scan::Row(end),
                Closing::Malformed(position) => return Scan::Malformed(position),
                Closing::None(position) => {
                    return Scan::Open(Resume { position, quoted: true });
                }
            }
        }
    }

    /// Finds the end of a quoted field from a position inside it.
    fn closing(self, window: &[u8], from: usize, last: bool) -> Closing {
        let mut from = from;
        loop {
            let Some(found) = memchr(QUOTE, &window[from..]) else {
                return Closing::None(window.len());
            };
            let position = from + found;
            let after = position + 1;
            match window.get(after) {
                Some(&QUOTE) => from = after + 1,
                Some(&byte) if byte == self.line_end => return Closing::RowEnd(after + 1),
                Some(&byte) if byte == self.delimiter => return Closing::Delimiter(after + 1),
                Some(b'\r') => {
                    return match window.get(after + 1) {
                        Some(&byte) if byte == self.line_end => Closing::RowEnd(after + 2),
                        None if last => Closing::RowEnd(after + 1),
                        None => Closing::None(position),
                        Some(_) => Closing::Malformed(position),
                    };
                }
                None if last => return Closing::RowEnd(after),
                None => return Closing::None(position),
                Some(_) => return Closing::Malformed(position),
            }
        }
    }

    /// Cuts the row that begins at `start` into fields, and returns the start of the next row.
    ///
    /// `bytes` must end with a row. The rows are well-formed, or lines of malformed rows if `literal`. A
    /// blank line has no cells.
    pub fn cells(self, bytes: &[u8], start: usize, literal: bool, cells: &mut Vec<Cell>) -> usize {
        cells.clear();
        let quotes = self.quotes && !literal;
        let mut field = start;
        loop {
            if quotes && bytes.get(field) == Some(&QUOTE) {
                let (cell, closing) = self.quoted_cell(bytes, field + 1);
                cells.push(cell);
                match closing {
                    Closing::Delimiter(next) => field = next,
                    Closing::RowEnd(end) => return end,
                    Closing::Malformed(_) | Closing::None(_) => return bytes.len(),
                }
                continue;
            }
            let rest = &bytes[field..];
            let found = memchr2(self.line_end, self.delimiter, rest);
            let end = field + found.unwrap_or(rest.len());
            if bytes.get(end).is_some_and(|&byte| byte != self.line_end) {
                cells.push(plain_cell(bytes, field..end, literal));
                field = end + 1;
                continue;
            }
            let is_return = self.line_end != b'\r' && end > field && bytes[end - 1] == b'\r';
            let range = field..end - usize::from(is_return);
            if !(cells.is_empty() && range.is_empty()) {
                cells.push(plain_cell(bytes, range, literal));
            }
            return (end + 1).min(bytes.len());
        }
    }

    /// Whether a row may be several rows that were merged. There are two cases. It has a carriage return
    /// outside quotation marks, and more cells than a row. Or two stray quotation marks span its line ends, and most of
    /// its lines have as many delimiters as a row of this width. With two columns, all lines must have them. If the
    /// boundaries of the cells are `known`, as in an SQL dump or a workbook, only the second case is possible: an
    /// earlier program merged the rows.
    pub fn may_be_several(
        self,
        bytes: &[u8],
        row: Range<usize>,
        cells: &[Cell],
        width: usize,
        known: bool,
    ) -> bool {
        let row = &bytes[row];
        let row = match row.split_last() {
            Some((_, row)) if known => row,
            _ => row.strip_suffix(&[self.line_end]).unwrap_or(row).trim_ascii_end(),
        };
        if memchr2(b'\r', self.line_end, row).is_none() {
            return false;
        }
        let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let mut edges = [row.first(), row.last()].into_iter().flatten();
        if known && width > 1 && edges.any(is_line_end) {
            // The first or last line is part of a cell and has no delimiter.
            return false;
        }
        let is_quoted = |cell: &Cell| cell.range.start > 0 && bytes[cell.range.start - 1] == QUOTE;
        let has_return = |cell: &Cell| memchr(b'\r', &bytes[cell.range.clone()]).is_some();
        let lone_return = !known && cells.iter().any(|cell| !is_quoted(cell) && has_return(cell));
        let is_content = |line: &&[u8]| line.iter().any(|byte| *byte != QUOTE);
        let has_further_cells = width == 1 || cells.len() > width;
        if lone_return && has_further_cells {
            return true;
        }
        let is_row = |line: &[u8]| memchr_iter(self.delimiter, line).count() + 1 == width;
        let (mut lines, mut rows) = (0, 0);
        for line in row.split(is_line_end).filter(is_content) {
            (lines, rows) = (lines + 1, rows + usize::from(is_row(line)));
        }
        // A line of text often has one comma.
        if width < 3 { rows == lines && lines > 0 } else { rows * 2 > lines }
    }

    /// The text of a quoted field, from its decoded bytes.
    pub fn unescaped(self, text: &str) -> String {
        let text = text.replace("\"\"", "\"");
        match self.written {
            Some(written) => text.replace(char::from(self.delimiter), written.text()),
            None => text,
        }
    }

    fn quoted_cell(self, bytes: &[u8], start: usize) -> (Cell, Closing) {
        let closing = self.closing(bytes, start, true);
        let end = match closing {
            Closing::Delimiter(next) => next - 2,
            Closing::RowEnd(end) => {
                let line_end = bytes[start..end].iter().rev().take_while(|&&byte| byte != QUOTE);
                end - line_end.count() - 1
            }
            Closing::Malformed(position) | Closing::None(position) => position,
        };
        let cell = &bytes[start..end];
        let has_delimiter = || self.written.is_some() && memchr(self.delimiter, cell).is_some();
        let escaped = memchr(QUOTE, cell).is_some() || has_delimiter();
        let form = if escaped { Form::Escaped } else { Form::Plain };
        (Cell { range: start..end, form }, closing)
    }
}

enum Closing {
    /// A delimiter follows. The next field begins here.
    Delimiter(usize),
    /// The row ends. The next row begins here.
    RowEnd(usize),
    /// Something else follows the quotation mark at this position.
    Malformed(usize),
    /// No quotation mark is certain to close the field yet. The scan resumes here.
    None(usize),
}

fn plain_cell(bytes: &[u8], range: Range<usize>, literal: bool) -> Cell {
    let stray = literal && memchr(QUOTE, &bytes[range.clone()]).is_some();
    Cell { range, form: if stray { Form::Stray } else { Form::Plain } }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Grammar = Grammar::csv(Some(b';'), b'\n');

    fn cells(row: &[u8]) -> Vec<(&[u8], Form)> {
        let mut cells = Vec::new();
        CSV.cells(row, 0, false, &mut cells);
        cells.iter().map(|cell| (&row[cell.range.clone()], cell.form)).collect()
    }

    #[test]
    fn a_row_ends_at_the_first_line_end_that_is_not_quoted() {
        for (window, end) in [
            (&b"a;b\nc"[..], 4),
            (b"a;b\r\nc", 5),
            (b"\"a\nb\";c\nd", 8),
            (b"\"a\"\"\n\"\r\nb", 8),
            (b"a \"b\" c\nd", 8),
            (b"\n", 1),
        ] {
            assert_eq!(CSV.scan(window, false), Scan::Row(end), "{}", window.escape_ascii());
        }
    }

    #[test]
    fn only_the_end_of_the_file_ends_a_row_without_a_line_end() {
        for window in [&b"a;b"[..], b"\"a\"", b"\"a\"\r"] {
            assert_eq!(CSV.scan(window, true), Scan::Row(window.len()));
            assert_ne!(CSV.scan(window, false), Scan::Row(window.len()));
        }
    }

    #[test]
    fn text_after_a_closing_quotation_mark_is_malformed() {
        assert_eq!(CSV.scan(b"\"a\"b\n", false), Scan::Malformed(2));
        assert_eq!(CSV.scan(b"\"a\" ;b\n", false), Scan::Malformed(2));
        assert_eq!(CSV.scan(b"\"a\"\rb\n", false), Scan::Malformed(2));
    }

    #[test]
    fn an_open_quoted_field_returns_where_to_resume() {
        let within = |position| Resume { position, quoted: true };
        assert_eq!(CSV.scan(b"a;\"b\nc", true), Scan::Open(within(6)));
        assert_eq!(CSV.scan(b"a;\"b\"", false), Scan::Open(within(4)), "a second may follow");
        assert_eq!(CSV.resume(b"a;\"b\"\n", within(4), false), Scan::Row(6));
    }

    #[test]
    fn fields_come_without_their_quotation_marks_and_line_ends() {
        use Form::{Escaped, Plain};
        assert_eq!(cells(b"a;;b\r\n"), [(&b"a"[..], Plain), (b"", Plain), (b"b", Plain)]);
        assert_eq!(
            cells(b"\"a;\n\";\"\"\"b\";\"\"\r\n"),
            [(&b"a;\n"[..], Plain), (b"\"\"b", Escaped), (b"", Plain)]
        );
        assert_eq!(cells(b"a;\n"), [(&b"a"[..], Plain), (b"", Plain)]);
        assert_eq!(cells(b"\"\"\"\""), [(&b"\"\""[..], Escaped)]);
    }

    #[test]
    fn rows_that_ran_together_are_noticed() {
        let several = |row: &[u8]| {
            let mut cells = Vec::new();
            let end = CSV.cells(row, 0, false, &mut cells);
            CSV.may_be_several(row, 0..end, &cells, 3, false)
        };
        for row in [
            &b"a;\"b;c\nd;e;f\ng;h\";i\n"[..],
            b"a;\"b;c\nd;e;f;g\nh;i\";j\n",
            b"a;\"b;c\nd;e\";f\n",
            b"a;b;c\rd;e;f\n",
        ] {
            assert!(several(row), "{}", row.escape_ascii());
        }
        for row in [
            &b"a;b;c\n"[..],
            b"a;b;c\r\n",
            b"a;\"b\nc\";d\n",
            b"a;\"b\r\nc\rd\";e",
            b"a;b;c\rd\r\n",
        ] {
            assert!(!several(row), "{}", row.escape_ascii());
        }
    }

    #[test]
    fn a_blank_line_has_no_fields() {
        assert!(cells(b"\n").is_empty());
        assert!(cells(b"\r\n").is_empty());
        assert_eq!(cells(b"\"\"\n").len(), 1);
    }

    #[test]
    fn with_one_column_nothing_is_split() {
        let grammar = Grammar::csv(None, b'\n');
        let mut cells = Vec::new();
        assert_eq!(grammar.cells(b"Muster, Max;x\nb", 0, false, &mut cells), 14);
        assert_eq!(cells, [Cell { range: 0..13, form: Form::Plain }]);
    }
}
