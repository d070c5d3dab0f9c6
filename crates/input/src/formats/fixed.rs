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
    let start = Start::of(&opened, has_lines.then_some(line_end), skipped, &layout);
    let profile = start.profile();
    let shown_unit = match decision.charset {
        Charset::Utf8 => start.unit(&profile),
        Charset::SingleByte(_) => Some(Unit::Byte),
    };
    let unit = shown_unit.unwrap_or(Unit::Character);
    let line_length = start.line_length(unit)?;
    let headers = layout.columns().iter().map(|(name, _)| name.clone()).collect();
    let columns = Columns::of_header(headers, Names::Given, options)?;
    let note = match (has_lines, line_length) {
        (false, _) => ", without line ends",
        (_, LineLength::Trimmed) => ", without blanks before line ends",
        _ => "",
    };
    let heading = if skipped == 0 { HeaderPosition::First } else { HeaderPosition::Given(skipped) };
    let unit_note = match unit {
        Unit::Byte if decision.charset == Charset::Utf8 => ", positions count bytes",
        _ => "",
    };
    let reading_mode = format!("fixed width, {layout}{note}{unit_note}{}", heading.description());
    let mut lines = Lines::new(opened.from(0), line_end, options.sizes.row);
    let mut may_be_shifted = false;
    for _ in 0..skipped {
        let Some(row) = next_record(&mut lines, has_lines, layout.width(), unit)? else {
            return Err(InputProblem::TooManySkipped);
        };
        may_be_shifted |= !has_lines && shown_unit.is_none() && !row.bytes.is_ascii();
    }
    let rows = FixedWidthRows {
        lines,
        has_lines,
        line_length,
        layout,
        unit,
        is_unit_shown: shown_unit.is_some(),
        profile,
        may_be_shifted,
        bounds: Vec::new(),
    };
    let layout = Layout::new(Format::Fixed, CELLS, columns);
    Ok(OpenInput {
        heading,
        rows_above: skipped as u64,
        ..OpenInput::new(layout, decision, Cutter::Rows(Box::new(rows)), reading_mode)
    })
}

/// The unit of the positions in a layout. Some programs pad UTF-8 to a number of bytes, so a record with an umlaut has
/// fewer characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Byte,
    Character,
}

impl Unit {
    /// The unit with the larger figure. The argument compares that of bytes with that of characters.
    const fn of_larger(comparison: Ordering) -> Option<Self> {
        match comparison {
            Ordering::Greater => Some(Self::Byte),
            Ordering::Less => Some(Self::Character),
            Ordering::Equal => None,
        }
    }
}

/// The records at the beginning of a file. They show how to read the others.
struct Start<'s> {
    text: &'s [u8],
    /// Whether the text is the whole file.
    is_whole: bool,
    has_lines: bool,
    layout: &'s RecordLayout,
    /// Each record if positions count bytes, and if they count characters. Only without line ends do the two differ.
    records: Vec<[&'s [u8]; 2]>,
}

impl<'s> Start<'s> {
    fn of(
        opened: &'s InputStart,
        line_end: Option<u8>,
        skipped: usize,
        layout: &'s RecordLayout,
    ) -> Self {
        let (text, is_whole) = (&opened.sample[..], opened.whole);
        let records = if let Some(line_end) = line_end {
            let lines = text.split(|&byte| byte == line_end).skip(skipped);
            let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            let mut lines: Vec<_> =
                lines.filter(|line| !is_blank(line)).map(|line| [line, line]).collect();
            // The text may end within a line.
            if !is_whole && lines.len() > 1 {
                lines.pop();
            }
            lines
        } else {
            // Skipped records have the same width, so they count, too.
            let cut = |unit| whole_records(text, unit, layout.width());
            cut(Unit::Byte)
                .zip(cut(Unit::Character))
                .map(|(bytes, characters)| [bytes, characters])
                .collect()
        };
        Self { text, is_whole, has_lines: line_end.is_some(), layout, records }
    }

    fn profile(&self) -> Profile {
        let is_wide = |[bytes, _]: &[&[u8]; 2]| !bytes.is_ascii();
        let first_wide = self.records.iter().position(is_wide);
        // Without line ends, the unit decides where the records after the first umlaut begin.
        let count = match first_wide {
            Some(first) if !self.has_lines => first + 1,
            _ => self.records.len(),
        };
        Profile::of(self.records[..count].iter().map(|[_, characters]| *characters), self.layout)
    }

    /// The unit that the lengths of the records and the places of the values show. `None` if neither shows it, or if
    /// they contradict each other.
    fn unit(&self, profile: &Profile) -> Option<Unit> {
        let by_length = if self.has_lines { self.unit_by_lines() } else { self.unit_by_size() };
        let by_places = profile.unit(&self.records, self.layout);
        match (by_length, by_places) {
            (Some(one), Some(other)) if one != other => None,
            _ => by_length.or(by_places),
        }
    }

    /// The unit in which more lines are equally long.
    fn unit_by_lines(&self) -> Option<Unit> {
        let width = self.layout.width();
        let equal = |unit: Unit| {
            let usual = self.usual_length(unit);
            usual.map(|(length, count)| (count, length == width))
        };
        Unit::of_larger(equal(Unit::Byte).cmp(&equal(Unit::Character)))
    }

    /// The unit in which the file is a whole number of records.
    fn unit_by_size(&self) -> Option<Unit> {
        let width = self.layout.width();
        let fits =
            |unit| self.is_whole && characters(self.text, unit).count().is_multiple_of(width);
        Unit::of_larger(fits(Unit::Byte).cmp(&fits(Unit::Character)))
    }

    fn lines(&self) -> impl Iterator<Item = &'s [u8]> {
        self.records.iter().map(|[line, _]| *line)
    }

    /// The length of most lines, and the number of these lines. `None` if most differ, or end before the layout does.
    fn usual_length(&self, unit: Unit) -> Option<(usize, usize)> {
        let mut lengths: Vec<usize> =
            self.lines().map(|line| characters(line, unit).count()).collect();
        lengths.sort_unstable();
        // The length of more than half of the lines is in the middle.
        let usual = *lengths.get(lengths.len() / 2)?;
        let count = lengths.iter().filter(|&&length| length == usual).count();
        (count * 2 > lengths.len() && usual >= self.layout.width()).then_some((usual, count))
    }

    fn line_length(&self, unit: Unit) -> Result<LineLength, InputProblem> {
        let width = self.layout.width();
        if !self.has_lines {
            return Ok(LineLength::Equal(width));
        }
        let (mut whole, mut filled, mut first_filled) = (0, 0, 0);
        for line in self.lines() {
            let mut beyond = characters(line, unit).skip(width - 1);
            whole += usize::from(beyond.next().is_some());
            // Characters beyond the layout are reported, except spaces.
            if beyond.next().is_some_and(|first| !line[first.start..].trim_ascii().is_empty()) {
                filled += 1;
                if filled == 1 {
                    first_filled = characters(line, unit).count();
                }
            }
        }
        if filled * 2 > self.records.len() {
            return Err(InputProblem::LongLines { layout: width, lines: first_filled });
        }
        Ok(match self.usual_length(unit) {
            Some((usual, _)) => LineLength::Equal(usual),
            None if whole * 2 > self.records.len() => LineLength::AtLeast(width),
            None => LineLength::Trimmed,
        })
    }
}

/// The usual bytes at the beginnings of the columns. If a record is read by the wrong unit, the columns after an umlaut
/// begin with other bytes.
struct Profile {
    /// For each column, how many records have each pair of classes there.
    counts: Vec<[usize; 16]>,
}

impl Profile {
    /// Counts the columns that the unit cannot shift: no character of several bytes comes before them in the record.
    fn of<'r>(records: impl Iterator<Item = &'r [u8]>, layout: &RecordLayout) -> Self {
        let mut counts = vec![[0; 16]; layout.columns().len()];
        for record in records {
            let first_wide = record.iter().position(|byte| !byte.is_ascii());
            for (counts, (_, range)) in counts.iter_mut().zip(layout.columns()) {
                if first_wide.is_none_or(|first| range.start <= first) {
                    counts[classes_at(record, range.start)] += 1;
                }
            }
        }
        Self { counts }
    }

    /// How well the columns of a record fit, if it is read by this unit.
    fn fit(&self, record: &[u8], unit: Unit, layout: &RecordLayout) -> usize {
        let starts = characters(record, unit).map(|character| character.start);
        let places: Vec<usize> = starts.chain([record.len()]).collect();
        // After the end of a trimmed line, there are only blanks.
        let place = |start: usize| places.get(start).copied().unwrap_or(usize::MAX);
        let columns = self.counts.iter().zip(layout.columns());
        columns.map(|(counts, (_, range))| counts[classes_at(record, place(range.start))]).sum()
    }

    /// The unit by which more than twice as many records fit better than by the other.
    fn unit(&self, records: &[[&[u8]; 2]], layout: &RecordLayout) -> Option<Unit> {
        let (mut by_bytes, mut by_characters) = (0_usize, 0_usize);
        for &[bytes, characters] in records {
            if bytes.is_ascii() && bytes == characters {
                continue;
            }
            let by_unit = [(bytes, Unit::Byte), (characters, Unit::Character)];
            let [of_bytes, of_characters] =
                by_unit.map(|(record, unit)| self.fit(record, unit, layout));
            by_bytes += usize::from(of_bytes > of_characters);
            by_characters += usize::from(of_characters > of_bytes);
        }
        let is_clear = by_bytes.max(by_characters) > 2 * by_bytes.min(by_characters);
        Unit::of_larger(by_bytes.cmp(&by_characters)).filter(|_| is_clear)
    }
}

/// The classes of the byte before a place of a record and of the byte at it: blank, digit, letter or another.
fn classes_at(record: &[u8], place: usize) -> usize {
    let class = |byte: Option<&u8>| match byte {
        None => 0,
        Some(byte) if byte.is_ascii_whitespace() => 0,
        Some(byte) if byte.is_ascii_digit() => 1,
        Some(byte) if byte.is_ascii_punctuation() => 2,
        Some(_) => 3,
    };
    let before = place.checked_sub(1).and_then(|before| record.get(before));
    class(before) * 4 + class(record.get(place))
}

/// The length of a complete line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineLength {
    /// Most lines have this length. A line of another length lost or gained characters.
    Equal(usize),
    /// The lines differ, but most have at least this length, which is that of the layout.
    AtLeast(usize),
    /// Most lines are trimmed: they end after the last visible character.
    Trimmed,
}

impl LineLength {
    /// Compares the length of a line with that of a complete line.
    fn compare(self, length: usize) -> Ordering {
        match self {
            Self::Equal(usual) => length.cmp(&usual),
            Self::AtLeast(width) if length < width => Ordering::Less,
            Self::AtLeast(_) | Self::Trimmed => Ordering::Equal,
        }
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
    line_length: LineLength,
    layout: RecordLayout,
    unit: Unit,
    /// Whether the beginning of the file shows that unit.
    is_unit_shown: bool,
    profile: Profile,
    /// Whether the records may begin at other places. Without line ends, an umlaut shifts all later records if the unit
    /// is wrong.
    may_be_shifted: bool,
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
        let end = line.len();
        let may_count_bytes = !self.is_unit_shown && length < end;
        self.may_be_shifted |= may_count_bytes && !self.has_lines;
        let byte = |place: usize| self.bounds[place.min(length)];
        let cell = |range: &Range<usize>| line[byte(range.start)..byte(range.end)].trim_ascii();
        let cells = self.layout.columns().iter().map(|(_, range)| cell(range));
        let by_bytes =
            |range: &Range<usize>| line[range.start.min(end)..range.end.min(end)].trim_ascii();
        let fit = |unit| self.profile.fit(line, unit, &self.layout);
        // In a line that lost or gained a character, the values are shifted.
        let by_length = self.line_length.compare(length);
        let has_line_end = memchr::memchr2(b'\n', b'\r', line).is_some();
        let form = if has_line_end {
            RowForm::Doubtful(Reason::StrayLineEnd)
        } else if by_length == Ordering::Greater || !line[byte(width)..].trim_ascii().is_empty() {
            RowForm::Doubtful(Reason::TooManyFields)
        } else if by_length == Ordering::Less || self.may_be_shifted {
            RowForm::Doubtful(Reason::TooFewFields)
        } else if may_count_bytes
            && !matches!(self.line_length, LineLength::Equal(_))
            && self.layout.columns().iter().any(|(_, range)| cell(range) != by_bytes(range))
            && fit(Unit::Byte) >= fit(Unit::Character)
        {
            // The line may be padded to bytes, and its length does not show it.
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

/// The records of a text without line ends. The text may end within a record, which is left out.
fn whole_records(text: &[u8], unit: Unit, width: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        // The longest character has four bytes.
        let window = &rest[..rest.len().min(width * 4)];
        let end = characters(window, unit).nth(width - 1)?.end;
        let (record, after) = rest.split_at(end);
        rest = after;
        Some(record)
    })
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
