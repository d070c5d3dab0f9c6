//! Columns of fixed width, as defined by a layout.

use std::{cmp::Ordering, io::Read, ops::Range};

use leakdex::Reason;

use crate::{
    charset::Charset,
    columns::{Columns, Names},
    error::InputProblem,
    heading::HeaderPosition,
    lines::{Line, Lines},
    opening::{Cutter, InputStart, OpenInput, RowSource},
    options::{Format, Options},
    record_layout::RecordLayout,
    rows::Layout,
    sniff,
    split::{CELLS, Cut, RowForm},
};

pub(super) fn open(opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    let layout = options.layout.clone().ok_or(InputProblem::NoLayout)?;
    let decision = opened.decision;
    let skipped = options.skip_rows.unwrap_or_default();
    let line_end = sniff::line_end(&opened.sample);
    let has_lines = memchr::memchr2(b'\n', b'\r', &opened.sample).is_some();
    let shown_unit = Unit::of(&opened.sample, line_end, &layout, decision.charset);
    let unit = shown_unit.unwrap_or(Unit::Character);
    let trailing_spaces = if has_lines {
        TrailingSpaces::of(&opened.sample, line_end, skipped, &layout, unit)?
    } else {
        TrailingSpaces::Kept
    };
    let headers = layout.columns().iter().map(|(name, _)| name.clone()).collect();
    let columns = Columns::of_header(headers, Names::Given, options)?;
    let note = match (has_lines, trailing_spaces) {
        (false, _) => ", without line ends",
        (_, TrailingSpaces::Kept) => "",
        (_, TrailingSpaces::Trimmed) => ", without blanks before line ends",
    };
    let heading = if skipped == 0 { HeaderPosition::First } else { HeaderPosition::Given(skipped) };
    let unit_note = match unit {
        Unit::Byte if decision.charset == Charset::Utf8 => ", positions count bytes",
        _ => "",
    };
    let reading_mode = format!("fixed width, {layout}{note}{unit_note}{}", heading.description());
    let mut lines = Lines::new(opened.from(0), line_end, options.sizes.row);
    for _ in 0..skipped {
        if next_record(&mut lines, has_lines, layout.width(), unit)?.is_none() {
            return Err(InputProblem::TooManySkipped);
        }
    }
    let rows = FixedWidthRows {
        lines,
        has_lines,
        trailing_spaces,
        layout,
        unit,
        is_unit_shown: shown_unit.is_some(),
        bounds: Vec::new(),
    };
    let layout = Layout::new(Format::Fixed, CELLS, columns);
    Ok(OpenInput {
        heading,
        rows_above: skipped as u64,
        ..OpenInput::new(layout, decision, Cutter::Rows(Box::new(rows)), reading_mode)
    })
}

/// The unit of the positions in a layout.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Byte,
    Character,
}

impl Unit {
    /// Some programs pad UTF-8 to a number of bytes, so a line with an umlaut has fewer characters. The lengths of the
    /// lines decide. If they do not, the unit with more values at the column starts of the layout wins. `None` if the
    /// sample does not show the unit.
    fn of(sample: &[u8], line_end: u8, layout: &RecordLayout, charset: Charset) -> Option<Self> {
        if charset != Charset::Utf8 {
            return Some(Self::Byte);
        }
        let lines = || sample.split(|&byte| byte == line_end).filter(|line| !is_blank(line));
        let is_even = |unit: Self| {
            // The sample may end within a line.
            let mut lengths =
                lines().map(|line| characters(line, unit).count()).collect::<Vec<_>>();
            lengths.pop();
            lengths.windows(2).all(|pair| pair[0] == pair[1])
                && lengths.first().is_some_and(|&length| length >= layout.width())
        };
        match (is_even(Self::Byte), is_even(Self::Character)) {
            (true, false) => return Some(Self::Byte),
            (false, true) => return Some(Self::Character),
            _ => {}
        }
        let lines = || lines().filter(|line| !line.is_ascii());
        let values = |unit: Self| lines().map(|line| unit.values(line, layout)).sum::<usize>();
        match values(Self::Byte).cmp(&values(Self::Character)) {
            Ordering::Greater => Some(Self::Byte),
            Ordering::Less => Some(Self::Character),
            Ordering::Equal => None,
        }
    }

    /// How many values of a line begin at a column of the layout, after a space.
    fn values(self, line: &[u8], layout: &RecordLayout) -> usize {
        let begins_value = |place: usize| {
            let after_space =
                place.checked_sub(1).and_then(|before| line.get(before)) == Some(&b' ');
            after_space && line.get(place).is_some_and(|byte| !byte.is_ascii_whitespace())
        };
        let bounds: Vec<_> = characters(line, self).map(|character| character.start).collect();
        let places = layout.columns().iter().filter_map(|(_, range)| bounds.get(range.start));
        places.filter(|&&place| begins_value(place)).count()
    }
}

/// Whether lines keep their trailing spaces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TrailingSpaces {
    /// All lines have the length of the layout.
    Kept,
    /// Lines are trimmed: they end after the last visible character.
    Trimmed,
}

impl TrailingSpaces {
    /// Judges by the lengths of the first lines.
    fn of(
        sample: &[u8],
        line_end: u8,
        skipped: usize,
        layout: &RecordLayout,
        unit: Unit,
    ) -> Result<Self, InputProblem> {
        const MAX_COUNT: usize = 1000;
        let lines = sample.split(|&byte| byte == line_end).skip(skipped);
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let lines = lines.filter(|line| !is_blank(line)).take(MAX_COUNT);
        let lengths: Vec<usize> = lines.map(|line| characters(line, unit).count()).collect();
        let width = layout.width();
        let longer: Vec<usize> = lengths.iter().copied().filter(|&length| length > width).collect();
        if longer.len() * 2 > lengths.len() {
            // Characters beyond the layout are reported, except spaces.
            let lines = sample.split(|&byte| byte == line_end).skip(skipped);
            let has_more = |line: &[u8]| {
                characters(line, unit)
                    .nth(width)
                    .is_some_and(|first| !line[first.start..].trim_ascii().is_empty())
            };
            let filled = lines.take(MAX_COUNT).filter(|line| has_more(line)).count();
            if filled * 2 > lengths.len() {
                return Err(InputProblem::LongLines { layout: width, lines: longer[0] });
            }
            return Ok(Self::Kept);
        }
        let whole = lengths.iter().filter(|&&length| length >= width).count();
        Ok(if whole * 2 > lengths.len() { Self::Kept } else { Self::Trimmed })
    }
}

/// Whether a line has only spaces, or the end-of-file character of DOS.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0x1A)
}

struct FixedWidthRows {
    lines: Lines<Box<dyn Read + Send>>,
    /// Whether the file has line ends.
    has_lines: bool,
    trailing_spaces: TrailingSpaces,
    layout: RecordLayout,
    unit: Unit,
    /// Whether the beginning of the file shows that unit.
    is_unit_shown: bool,
    /// The offset of each character of a line, and the end of the last.
    bounds: Vec<usize>,
}

impl FixedWidthRows {
    /// Reads a line. Returns false at the end.
    fn step(&mut self, cut: &mut Cut) -> Result<bool, InputProblem> {
        let width = self.layout.width();
        let next = next_record(&mut self.lines, self.has_lines, width, self.unit)?;
        let Some(Line { bytes: line, is_cut }) = next else { return Ok(false) };
        if is_cut {
            cut.push_missing(RowForm::Missing(Reason::RowTooLong));
            return Ok(true);
        }
        if is_blank(line) {
            cut.push_gap(1);
            return Ok(true);
        }
        self.bounds.clear();
        self.bounds.extend(characters(line, self.unit).map(|character| character.start));
        self.bounds.push(line.len());
        let length = self.bounds.len() - 1;
        let byte = |place: usize| self.bounds[place.min(length)];
        let cell = |range: &Range<usize>| line[byte(range.start)..byte(range.end)].trim_ascii();
        let cells = self.layout.columns().iter().map(|(_, range)| cell(range));
        let end = line.len();
        let by_bytes =
            |range: &Range<usize>| line[range.start.min(end)..range.end.min(end)].trim_ascii();
        // In a line that lost or gained a character, the values are shifted.
        let has_line_end = memchr::memchr2(b'\n', b'\r', line).is_some();
        let form = if has_line_end {
            RowForm::Doubtful(Reason::StrayLineEnd)
        } else if !line[byte(width)..].trim_ascii().is_empty() {
            RowForm::Doubtful(Reason::TooManyFields)
        } else if length < width && self.trailing_spaces == TrailingSpaces::Kept {
            RowForm::Doubtful(Reason::TooFewFields)
        } else if !self.is_unit_shown
            && self.trailing_spaces == TrailingSpaces::Trimmed
            && length < end
            && self.layout.columns().iter().any(|(_, range)| cell(range) != by_bytes(range))
            && Unit::Byte.values(line, &self.layout) >= Unit::Character.values(line, &self.layout)
        {
            // The line may be padded to bytes, and has no blanks at its end that would show it.
            RowForm::Doubtful(Reason::TooFewFields)
        } else {
            RowForm::Rows
        };
        cut.push_row_as(form, cells);
        Ok(true)
    }
}

/// The next line, or as many characters as the layout has if there are no line ends; `None` at the end.
fn next_record(
    lines: &mut Lines<Box<dyn Read + Send>>,
    has_lines: bool,
    width: usize,
    unit: Unit,
) -> Result<Option<Line<'_>>, InputProblem> {
    if has_lines {
        return Ok(lines.next()?);
    }
    // Concatenated files have line ends between them.
    while matches!(lines.peek(1)?, b"\n" | b"\r") {
        lines.take(1)?;
    }
    // The longest character has four bytes.
    let window = lines.peek(width * 4)?;
    let last = characters(window, unit).take(width).last();
    let record = lines.take(last.map_or(0, |last| last.end))?;
    Ok(record.map(|bytes| Line { bytes, is_cut: false }))
}

/// The position of each byte or character of a text. An invalid byte counts as one character.
fn characters(text: &[u8], unit: Unit) -> impl Iterator<Item = Range<usize>> {
    let is_single = unit == Unit::Byte || text.is_ascii();
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = if is_single { 1 } else { first_length(rest) };
        start += length;
        Some(start - length..start)
    })
}

/// The length of the first character in UTF-8.
fn first_length(text: &[u8]) -> usize {
    let length = match text[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    let is_one = text.get(..length).is_some_and(|bytes| str::from_utf8(bytes).is_ok());
    if is_one { length } else { 1 }
}

impl RowSource for FixedWidthRows {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        let mut cut = Cut::default();
        while !cut.fills(size) && self.step(&mut cut)? {}
        Ok(cut.non_empty())
    }
}

#[cfg(test)]
mod tests;
