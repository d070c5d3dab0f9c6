//! Records that a reader makes of its format: a line of JSON for each, which is parsed like other lines
//! of JSON, on any thread.

use leakdex::Reason;

use crate::split::{Cut, How};

/// Records of one or more named values, cut into blocks.
pub(crate) struct Records {
    cut: Cut,
    /// The record that is being written.
    line: Vec<u8>,
    longest: usize,
}

impl Records {
    /// Records of at most so many bytes. A longer one is one row that is not read.
    pub const fn new(longest: usize) -> Self {
        Self {
            cut: Cut {
                bytes: Vec::new(),
                runs: Vec::new(),
                ends: Vec::new(),
                unusable: Vec::new(),
            },
            line: Vec::new(),
            longest,
        }
    }

    /// Adds a value to the record. A name may have several values.
    pub fn push(&mut self, name: &str, value: &str) {
        // What comes beyond the limit is not kept.
        if self.line.len() > self.longest {
            return;
        }
        self.line.push(if self.line.is_empty() { b'{' } else { b',' });
        push_text(name, &mut self.line);
        self.line.push(b':');
        push_text(value, &mut self.line);
    }

    /// Adds a value that is no text in its encoding.
    pub fn push_undecodable(&mut self, name: &str) {
        self.push(name, "");
        if self.line.len() <= self.longest {
            // Half of a pair of surrogates is no text in JSON either.
            self.line.pop();
            self.line.extend_from_slice(b"\\ud800\"");
        }
    }

    /// Adds a value, or says that it is no text.
    pub fn push_decoded(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.push(name, value),
            None => self.push_undecodable(name),
        }
    }

    /// Drops the record, which is of no person.
    pub fn forget(&mut self) {
        self.line.clear();
    }

    /// Ends the record, which may be empty.
    pub fn end(&mut self) {
        if self.line.is_empty() {
            self.line.push(b'{');
        }
        if self.line.len() + 1 >= self.longest {
            self.line.clear();
            return self.cut.push_missing(How::Missing(Reason::RowTooLong));
        }
        self.line.extend_from_slice(b"}\n");
        self.cut.bytes.append(&mut self.line);
        self.cut.end_rows(How::Rows, self.cut.bytes.len());
    }

    /// Drops the record, and says that a row was here that cannot be read.
    pub fn end_unreadable(&mut self, reason: Reason) {
        self.line.clear();
        self.cut.push_missing(How::Missing(reason));
    }

    /// Whether the records fill a block of about this many bytes.
    pub fn fill(&self, size: usize) -> bool {
        // A row that is missing has no bytes.
        const MOST_RUNS: usize = 1 << 16;
        self.cut.bytes.len() >= size || self.cut.runs.len() >= MOST_RUNS
    }

    /// The complete records; `None` if there are none.
    pub fn take(&mut self) -> Option<Cut> {
        let cut = std::mem::take(&mut self.cut);
        if cut.runs.is_empty() { None } else { Some(cut) }
    }
}

fn push_text(text: &str, line: &mut Vec<u8>) {
    serde_json::to_writer(line, text).expect("a text is written to memory");
}
