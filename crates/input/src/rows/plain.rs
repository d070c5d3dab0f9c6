//! A fast scan for rows of delimited text without quotation marks. In most files, all rows are like that.

use crate::grammar::{Cell, Form, Grammar, QUOTE};

/// Finds rows for which the simplest rules suffice: no quotation mark, no lone carriage return, and as many
/// cells as columns. [`Grammar::cells`] has the rules for all rows, and gives the same result for these.
pub(super) struct PlainRows<'a> {
    grammar: Grammar,
    bytes: &'a [u8],
    /// The position in the bytes where the mask begins.
    base: usize,
    /// A set bit marks one of the next 64 bytes that has a meaning and was not handled yet.
    mask: u64,
}

const LANES: usize = 64;

impl<'a> PlainRows<'a> {
    /// Searches from this position on. `bytes` must end with a row.
    pub fn new(grammar: Grammar, bytes: &'a [u8], start: usize) -> Self {
        let mut rows = Self { grammar, bytes, base: usize::MAX, mask: 0 };
        rows.skip_to(start);
        rows
    }

    /// Continues at a position, after a row that was read elsewhere.
    pub fn skip_to(&mut self, position: usize) {
        let base = position / LANES * LANES;
        if base != self.base {
            self.base = base;
            self.mask = self.mask_at(base);
        }
        self.mask &= u64::MAX << (position % LANES);
    }

    /// Writes the ends of the cells of the row that begins here, and returns the start of the next row. `None`
    /// if it is not a plain row. Then [`skip_to`](Self::skip_to) must follow.
    #[inline]
    pub fn next(&mut self, start: usize, ends: &mut [usize]) -> Option<usize> {
        let (delimiter, line_end) = (self.grammar.delimiter(), self.grammar.line_end());
        let (mut cell, mut returns) = (0, 0);
        loop {
            let position = self.next_mark()?;
            let byte = self.bytes[position];
            if byte == line_end {
                let is_whole = cell + 1 == ends.len();
                // A blank line is not a row.
                if !is_whole || position - returns == start {
                    return None;
                }
                ends[cell] = position - returns;
                return Some(position + 1);
            }
            if byte == delimiter {
                *ends.get_mut(cell)? = position;
                cell += 1;
            } else if byte == b'\r' && self.bytes.get(position + 1) == Some(&line_end) {
                returns = 1;
            } else {
                return None;
            }
        }
    }

    /// Whether [`Grammar::cells`] agrees about a row. Tests run both on every input.
    pub fn agrees(&self, start: usize, ends: &[usize], end: usize) -> bool {
        let Self { grammar, bytes, .. } = *self;
        let mut cells = Vec::new();
        let is_end = grammar.cells(bytes, start, false, &mut cells) == end;
        let starts = std::iter::once(start).chain(ends.iter().map(|end| end + 1));
        let ranges = starts.zip(ends).map(|(start, &end)| start..end);
        let plain = ranges.map(|range| Cell { range, form: Form::Plain });
        let several = grammar.may_be_several(bytes, start..end, &cells, ends.len(), false);
        is_end && plain.eq(cells.iter().cloned()) && !several
    }

    #[inline]
    fn next_mark(&mut self) -> Option<usize> {
        while self.mask == 0 {
            self.base += LANES;
            if self.base >= self.bytes.len() {
                return None;
            }
            self.mask = self.mask_at(self.base);
        }
        let position = self.base + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(position)
    }

    fn mask_at(&self, base: usize) -> u64 {
        let rest = self.bytes.get(base..).unwrap_or_default();
        if let Some(chunk) = rest.first_chunk() {
            return self.mask_of(chunk);
        }
        // Zero bytes have no meaning in delimited text.
        let mut chunk = [0; LANES];
        chunk[..rest.len()].copy_from_slice(rest);
        self.mask_of(&chunk)
    }

    #[inline]
    fn mask_of(&self, chunk: &[u8; LANES]) -> u64 {
        // Multiplication by this moves the lowest bits of eight bytes into the highest byte.
        const TOGETHER: u64 = 0x0102_0408_1020_4080;
        let (delimiter, line_end) = (self.grammar.delimiter(), self.grammar.line_end());
        let mut special = [0_u8; LANES];
        // Without branches, the compiler can handle sixteen bytes or more at a time.
        for (flag, &byte) in special.iter_mut().zip(chunk) {
            *flag = u8::from(byte == delimiter)
                | u8::from(byte == line_end)
                | u8::from(byte == b'\r')
                | u8::from(byte == QUOTE);
        }
        let (words, _) = special.as_chunks();
        words.iter().rev().fold(0, |mask, &word| {
            mask << 8 | u64::from_le_bytes(word).wrapping_mul(TOGETHER) >> 56
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All rows of some bytes, each as its cells; `None` for a row that is not plain.
    fn rows(grammar: Grammar, bytes: &[u8], width: usize) -> Vec<Option<Vec<&[u8]>>> {
        let (mut rows, mut cells, mut ends) = (Vec::new(), Vec::new(), vec![0; width]);
        let mut plain = PlainRows::new(grammar, bytes, 0);
        let mut start = 0;
        while start < bytes.len() {
            if let Some(end) = plain.next(start, &mut ends) {
                assert!(plain.agrees(start, &ends, end), "{}", bytes[start..end].escape_ascii());
                let starts = std::iter::once(start).chain(ends.iter().map(|end| end + 1));
                let row = starts.zip(&ends).map(|(start, &end)| &bytes[start..end]);
                rows.push(Some(row.collect()));
                start = end;
            } else {
                start = grammar.cells(bytes, start, false, &mut cells);
                plain.skip_to(start);
                rows.push(None);
            }
        }
        rows
    }

    #[test]
    fn plain_rows_are_found_among_others() {
        let long = [b'x'; 200].escape_ascii().to_string();
        let text =
            format!("a;b\r\n{long};\n\n\"c\";d\ne\n;f\n;\n1;2;3\ng\rh;i\nj;k\r\r\nl;\"m\"\nn;o");
        let long = long.as_bytes();
        assert_eq!(
            rows(Grammar::csv(Some(b';'), b'\n'), text.as_bytes(), 2),
            [
                Some(vec![&b"a"[..], b"b"]),
                Some(vec![long, b""]),
                None,
                None,
                None,
                Some(vec![b"", b"f"]),
                Some(vec![b"", b""]),
                None,
                None,
                None,
                None,
                // Only the full grammar handles a last row without a line end.
                None,
            ]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn plain_rows_match_the_full_grammar(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "\u{FC}", ";", ";", ";", "\n", "\n", "\r\n", "\r", "\"", "\0", "\t", " ",
                    "a long cell, longer than any eight bytes;", "0123456789abcdef0123456789abcdef",
                ]),
                0..80,
            ),
            width in 1_usize..5,
            delimiter in prop::option::of(prop::sample::select(b";\t a".to_vec())),
            line_end in prop::sample::select(vec![b'\n', b'\r']),
        ) {
            rows(Grammar::csv(delimiter, line_end), pieces.concat().as_bytes(), width);
        }
    }
}
