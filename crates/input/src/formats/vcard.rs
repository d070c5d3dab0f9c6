//! vCards of versions 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350).

mod card;
mod property;

use std::io::Read;

use leakdex::Reason;

use crate::{
    charset::Decision,
    error::InputProblem,
    lines::Lines,
    opening::{InputStart, OpenInput, RowSource},
    options::{Format, Mapping, Options},
    records::Records,
    sniff,
    split::Cut,
};
use card::Card;
use property::{Property, begins_property};

pub(super) fn open(opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    let line_end = sniff::line_end(&opened.sample);
    let decision = opened.decision;
    let rows = VCards {
        lines: Lines::new(opened.from(0), line_end, options.sizes.row),
        records: Records::new(options.sizes.row),
        decision,
        line: LogicalLine::default(),
        longest: options.sizes.row,
        mappings: options.columns.clone(),
        open: Vec::new(),
        is_agent: false,
        has_reported_outside: false,
    };
    OpenInput::of_records(Format::Vcard, rows, "vCard", decision.decoded(), options)
}

struct VCards {
    lines: Lines<Box<dyn Read + Send>>,
    records: Records,
    decision: Decision,
    line: LogicalLine,
    longest: usize,
    /// Columns that the caller maps.
    mappings: Vec<Mapping>,
    /// The open cards. The last is the current one. It is nested in the others.
    open: Vec<Card>,
    /// Whether a nested card follows.
    is_agent: bool,
    /// Whether the current lines outside of cards were reported.
    has_reported_outside: bool,
}

/// A property that may have several lines.
#[derive(Default)]
struct LogicalLine {
    bytes: Vec<u8>,
    /// Whether the value is dropped, such as a photo.
    is_dropped: bool,
    /// Whether it was cut off at the limit.
    is_cut: bool,
    /// Whether the value is quoted-printable. Then a line end after `=` does not end it.
    is_quoted_printable: bool,
}

impl LogicalLine {
    fn begin(bytes: &[u8], is_cut: bool) -> Self {
        let property = Property::parse(bytes);
        let is_dropped = property.as_ref().is_some_and(Property::is_large);
        let is_quoted_printable = property.is_some_and(|property| property.is_quoted_printable());
        Self { bytes: bytes.to_vec(), is_dropped, is_cut, is_quoted_printable }
    }

    fn add(&mut self, bytes: &[u8], is_cut: bool, longest: usize) {
        if self.is_dropped {
            return;
        }
        self.is_cut |= is_cut || self.bytes.len() + bytes.len() > longest;
        if !self.is_cut {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Whether the next line continues the value, even without a space before it.
    fn has_soft_break(&self) -> bool {
        self.is_quoted_printable && self.bytes.trim_ascii_end().ends_with(b"=")
    }

    /// Removes the soft break, and blanks that a mail program added after it.
    fn remove_soft_break(&mut self) {
        self.bytes.truncate(self.bytes.trim_ascii_end().len().saturating_sub(1));
    }
}

/// The maximum nesting depth of cards.
const MAX_DEPTH: usize = 4;

impl VCards {
    /// Reads a line. Returns false at the end.
    fn step(&mut self) -> Result<bool, InputProblem> {
        let Some(line) = self.lines.next()? else {
            self.end_line();
            // The ends of these cards are missing.
            for _ in self.open.drain(..) {
                self.records.end_unreadable(Reason::InvalidRecord);
            }
            return Ok(false);
        };
        // Some programs also write a soft break after the last line of a value. The next property must not
        // become part of that value.
        if self.line.has_soft_break() && !begins_property(line.bytes) {
            self.line.remove_soft_break();
            self.line.add(line.bytes, line.is_cut, self.longest);
            return Ok(true);
        }
        if let [b' ' | b'\t', rest @ ..] = line.bytes
            && !self.line.bytes.is_empty()
        {
            // Version 2.1 folds lines at spaces and keeps the spaces.
            let keeps_blank = self.open.last().is_some_and(|card| card.is_old);
            let bytes = if keeps_blank { line.bytes } else { rest };
            self.line.add(bytes, line.is_cut, self.longest);
            return Ok(true);
        }
        let next = LogicalLine::begin(line.bytes, line.is_cut);
        self.end_line();
        self.line = next;
        Ok(true)
    }

    /// Handles the complete property.
    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.bytes.trim_ascii().is_empty() {
            return;
        }
        let Some(property) = Property::parse(&line.bytes) else {
            match self.open.last_mut() {
                Some(card) => card.take_stray_line(),
                None => self.report_outside(),
            }
            return;
        };
        match &*property.name {
            "BEGIN" if property.value.trim_ascii().eq_ignore_ascii_case(b"VCARD") => {
                self.begin_card();
            }
            "END" if property.value.trim_ascii().eq_ignore_ascii_case(b"VCARD") => self.end_card(),
            _ => {
                let Some(card) = self.open.last_mut() else { return self.report_outside() };
                if property.name == "AGENT" {
                    self.is_agent = property.value.trim_ascii().is_empty();
                    // The value is a whole card.
                    let value = property.value.to_ascii_uppercase();
                    if memchr::memmem::find(&value, b"BEGIN:VCARD").is_some() {
                        self.records.end_unreadable(Reason::InvalidRecord);
                    }
                    return;
                }
                if line.is_dropped {
                    card.push_presence(&property.name);
                } else {
                    card.take(&property, line.is_cut, &mut self.decision, self.longest);
                }
            }
        }
    }

    fn begin_card(&mut self) {
        if !(self.is_agent && self.open.len() < MAX_DEPTH) {
            // The previous card has no end, but its lines are complete.
            while let Some(card) = self.open.pop() {
                card.write(&mut self.records, &self.mappings);
            }
        }
        self.is_agent = false;
        self.has_reported_outside = false;
        self.open.push(Card::default());
    }

    fn end_card(&mut self) {
        match self.open.pop() {
            Some(card) => card.write(&mut self.records, &self.mappings),
            None => self.report_outside(),
        }
    }

    /// Adds an unreadable row for lines outside of cards.
    fn report_outside(&mut self) {
        if !self.has_reported_outside {
            self.records.end_unreadable(Reason::InvalidRecord);
        }
        self.has_reported_outside = true;
    }
}

impl RowSource for VCards {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        while !self.records.fill(size) && self.step()? {}
        Ok(self.records.take())
    }

    fn take_notes(&mut self) -> Vec<String> {
        self.records.take_note().into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
