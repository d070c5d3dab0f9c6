//! The layout of lines of fixed width.

use std::{fmt, ops::Range, str::FromStr};

use crate::option_error::OptionError;

/// The columns of lines of fixed width. Positions count characters.
///
/// As text, it is a table with a header and one line for each column: its name, its first position (from 1),
/// and its last position or its length. `;`, `,` or tabs separate the cells. Without first positions, each
/// column follows the previous one. A column named `-` is ignored. The end of the last column is the end of a
/// line. Blank lines are skipped, and lines that begin with `#` are comments.
///
/// ```
/// # use leakdex_input::RecordLayout;
/// let layout: RecordLayout = "name;start;length
/// Nachname;1;25
/// Vorname;26;20
/// Geburtsdatum;46;8
/// -;54;27"
///     .parse()?;
/// assert_eq!(layout.width(), 80);
/// # Ok::<(), leakdex_input::OptionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLayout {
    columns: Vec<(String, Range<usize>)>,
    width: usize,
}

impl RecordLayout {
    /// The width limit of a line, in characters.
    const WIDEST: usize = 1 << 20;

    /// The width of a line, in characters.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The used columns, with their names and positions.
    pub(crate) fn columns(&self) -> &[(String, Range<usize>)] {
        &self.columns
    }
}

impl FromStr for RecordLayout {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let lines = text.trim_start_matches('\u{FEFF}').lines().enumerate();
        let mut lines = lines.filter(|(_, line)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        });
        let Some((_, header)) = lines.next() else {
            return Err(OptionError::new("the layout has no line"));
        };
        let delimiter = [';', '\t', ','].into_iter().find(|&delimiter| header.contains(delimiter));
        let cells = |line: &str| -> Vec<String> {
            let cells = line.split(delimiter.unwrap_or(';'));
            cells.map(|cell| cell.trim().trim_matches('"').trim().to_owned()).collect()
        };
        let header: Vec<String> = cells(header).iter().map(|cell| cell.to_lowercase()).collect();
        let place = |names: &[&str]| header.iter().position(|cell| names.contains(&&**cell));
        let (name, start) = (place(&["name", "feld"]), place(&["start", "von"]));
        let (end, length) = (place(&["end", "bis"]), place(&["length", "länge", "laenge"]));
        let (Some(name), true) = (name, end.is_some() || length.is_some()) else {
            return Err(OptionError::new(
                "the first line of the layout must be 'name;start;length' or 'name;start;end'",
            ));
        };
        let mut columns = Vec::new();
        let (mut width, mut next, mut total) = (0, 1, 0);
        for (number, line) in lines {
            let wrong = |fault: &str| {
                Err(OptionError::new(format!("line {} of the layout: {fault}", number + 1)))
            };
            let cells = cells(line);
            let value = |place: Option<usize>| {
                let cell = place.and_then(|place| cells.get(place)).filter(|cell| !cell.is_empty());
                cell.map(|cell| cell.parse::<usize>().ok().filter(|&value| value > 0))
            };
            let (from, to, characters) = (value(start), value(end), value(length));
            if [from, to, characters].contains(&Some(None)) {
                return wrong("positions and lengths must be whole numbers of at least 1");
            }
            let from = from.flatten().unwrap_or(next);
            let end = match (to.flatten(), characters.flatten()) {
                (Some(to), None) => to,
                (None, Some(characters)) => (from - 1).saturating_add(characters),
                (Some(to), Some(characters)) if (from - 1).checked_add(characters) == Some(to) => {
                    to
                }
                (Some(_), Some(_)) => return wrong("the end and the length contradict each other"),
                (None, None) => return wrong("a position or a length is missing"),
            };
            if end < from || end > Self::WIDEST {
                return wrong("the column ends before its start, or beyond a million characters");
            }
            let name = cells.get(name).map_or("", String::as_str);
            if !matches!(name, "" | "-") {
                columns.push((name.to_owned(), from - 1..end));
                total += end + 1 - from;
            }
            if total > Self::WIDEST * 4 {
                return wrong("the columns overlap too often");
            }
            (width, next) = (width.max(end), end + 1);
        }
        if columns.is_empty() {
            return Err(OptionError::new("the layout names no column"));
        }
        Ok(Self { columns, width })
    }
}

/// Shows the width of a line and the positions of the columns.
impl fmt::Display for RecordLayout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "lines of {} characters, columns at", self.width)?;
        for (number, (_, range)) in self.columns.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(formatter, "{comma} {}-{}", range.start + 1, range.end)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_with_ends_lengths_or_both_are_the_same() {
        let expected: RecordLayout =
            "name;start;length\nA;1;3\nB;4;2\n-;6;5".parse().expect("well formed");
        assert_eq!(expected.to_string(), "lines of 10 characters, columns at 1-3, 4-5");
        for text in [
            "name,start,end\nA,1,3\nB,4,5\n,6,10\n",
            "Feld\tVon\tBis\tLänge\nA\t1\t3\t3\nB\t4\t5\t2\n-\t6\t10\t5\n",
            "name;length\nA;3\nB;2\n-;5\n",
            "\u{FEFF}# a comment\r\n\r\n\"Name\";\"Start\";\"End\"\r\n\"A\";\"1\";\"3\"\r\nB;4;5\r\n-;6;10\r\n",
        ] {
            assert_eq!(text.parse(), Ok(expected.clone()), "{text}");
        }
    }

    #[test]
    fn a_wrong_layout_is_refused_with_its_line() {
        for (text, words) in [
            ("", "no line"),
            ("# x\n", "no line"),
            ("Nachname;1;25\n", "first line"),
            ("name;start\nA;1\n", "first line"),
            ("name;start;length\nA;0;3\n", "line 2"),
            ("name;start;length\nA;1;x\n", "line 2"),
            ("name;start;length\n# x\nA;1\n", "line 3"),
            ("name;start;end\nA;5;4\n", "before its start"),
            ("name;start;end;length\nA;1;4;5\n", "contradict each other"),
            ("name;start;length\nA;1;99999999999\n", "a million"),
            ("name;start;length\n-;1;9\n", "names no column"),
        ] {
            let error = text.parse::<RecordLayout>().expect_err("it is refused").to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
