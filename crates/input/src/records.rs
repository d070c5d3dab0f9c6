//! Records as lines of JSON. A reader writes them, and any thread can parse them like JSON Lines.

use std::collections::HashMap;

use leakdex::Reason;
use serde::de::IgnoredAny;

use crate::split::{Cut, RowForm};

/// Records of one or more named values, cut into blocks.
pub(crate) struct Records {
    cut: Cut,
    /// The current record.
    line: Vec<u8>,
    longest: usize,
    /// The number of records that were left out because they describe no person.
    left_out: u64,
    has_ended: bool,
}

impl Records {
    /// `longest` is the size limit of a record in bytes. A longer record becomes an unreadable row.
    pub fn new(longest: usize) -> Self {
        Self { cut: Cut::default(), line: Vec::new(), longest, left_out: 0, has_ended: false }
    }

    /// Adds a value to the record. A name may have several values.
    pub fn push(&mut self, name: &str, value: &str) {
        // Data beyond the limit is dropped.
        if self.line.len() > self.longest {
            return;
        }
        self.line.push(if self.line.is_empty() { b'{' } else { b',' });
        push_text(name, &mut self.line);
        self.line.push(b':');
        push_text(value, &mut self.line);
    }

    /// Adds a value; `None` if it could not be decoded.
    pub fn push_decoded(&mut self, name: &str, value: Option<&str>) {
        self.push(name, value.unwrap_or_default());
        if value.is_none() && self.line.len() <= self.longest {
            // A lone surrogate is invalid in JSON, so the value will be reported.
            self.line.pop();
            self.line.extend_from_slice(b"\\ud800\"");
        }
    }

    /// Whether the record has a value whose name matches. A record beyond the limit may have lost that value,
    /// so the result is true for such a record.
    pub fn has_name(&self, is_match: impl Fn(&str) -> bool) -> bool {
        if self.line.is_empty() || self.line.len() > self.longest {
            return !self.line.is_empty();
        }
        let whole = [&self.line[..], b"}"].concat();
        #[expect(clippy::zero_sized_map_values, reason = "the parser passes over the values")]
        let values: HashMap<String, IgnoredAny> =
            serde_json::from_slice(&whole).expect("the record is an object");
        values.keys().any(|name| is_match(name))
    }

    /// Drops a record that is not a person's, such as a group's, and counts it.
    pub fn drop_record(&mut self) {
        self.left_out += 1;
        self.line.clear();
    }

    /// After the last record, returns a note about the records that were left out.
    pub fn take_note(&mut self) -> Option<String> {
        let count = if self.has_ended { std::mem::take(&mut self.left_out) } else { 0 };
        (count > 0).then(|| {
            format!("entries of groups, units and devices, which are not read as rows: {count}")
        })
    }

    /// Ends the record. It may be empty.
    pub fn end(&mut self) {
        if self.line.is_empty() {
            self.line.push(b'{');
        }
        if self.line.len() + 1 >= self.longest {
            self.line.clear();
            return self.cut.push_missing(RowForm::Missing(Reason::RowTooLong));
        }
        self.line.extend_from_slice(b"}\n");
        self.cut.bytes.append(&mut self.line);
        self.cut.end_rows(RowForm::Rows, self.cut.bytes.len());
    }

    /// Replaces the record with an unreadable row.
    pub fn end_unreadable(&mut self, reason: Reason) {
        self.line.clear();
        self.cut.push_missing(RowForm::Missing(reason));
    }

    /// Whether the records fill a block of about this many bytes.
    pub fn fill(&self, size: usize) -> bool {
        self.cut.fills(size)
    }

    /// The complete records; `None` if there are none.
    pub fn take(&mut self) -> Option<Cut> {
        let cut = std::mem::take(&mut self.cut).non_empty();
        self.has_ended = cut.is_none();
        cut
    }
}

fn push_text(text: &str, line: &mut Vec<u8>) {
    serde_json::to_writer(line, text).expect("a text is written to memory");
}
