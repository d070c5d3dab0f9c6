//! The master data of insured persons (VSD) from the German health card (gematik, schema VSD 5.1 and 5.2), as
//! XML, as a file of the card, or in connector responses. One file may have many documents.

mod card;
mod document;

use leakdex::Reason;

use super::xml::{self, Xml};
use crate::{
    charset::{Decision, EncodingReason},
    error::InputProblem,
    opening::{InputStart, OpenInput, RowSource},
    options::{Format, Options},
    records::Records,
    sniff,
    split::Cut,
};
use document::{Document, Step};

pub(super) use card::Card;

pub(super) fn open(opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    if !sniff::is_of_card(&opened.sample) {
        return Err(xml::other_kind(&opened.sample));
    }
    let (xml, decision) = Xml::open(opened, options)?;
    open_xml(xml, decision, "VSD as XML", options)
}

/// Opens the file of a card with the personal data.
pub(super) fn open_card(document: Vec<u8>, options: &Options) -> Result<OpenInput, InputProblem> {
    let xml = Xml::of_bytes(document)?;
    open_xml(xml, Decision::settled(EncodingReason::Unicode), "VSD, a file of the card", options)
}

fn open_xml(
    xml: Xml,
    decision: Decision,
    reading_mode: &str,
    options: &Options,
) -> Result<OpenInput, InputProblem> {
    let rows = Insured {
        xml,
        document: Document::default(),
        writer: Writer { records: Records::new(options.sizes.row), others: 0 },
        longest: options.sizes.row,
        is_empty: true,
        has_ended: false,
        is_cut_off: false,
    };
    OpenInput::of_records(Format::Vsd, rows, reading_mode, decision, options)
}

/// The insured persons in an input.
struct Insured {
    xml: Xml,
    document: Document,
    writer: Writer,
    /// The size limit of an element's content, in bytes.
    longest: usize,
    /// Whether no row was found yet.
    is_empty: bool,
    has_ended: bool,
    is_cut_off: bool,
}

/// The records, and the documents without a person.
struct Writer {
    records: Records,
    /// The number of documents without a person.
    others: u64,
}

impl Insured {
    fn step(&mut self) -> Result<(), InputProblem> {
        let Self { xml, document, writer, longest, .. } = self;
        match document.take(xml.next()?, *longest, writer) {
            Step::Continue => {}
            Step::Packed(bytes) => {
                let mut inner = Document::default();
                let xml =
                    card::unpacked(&bytes, *longest).and_then(|bytes| Xml::of_bytes(bytes).ok());
                if let Some(xml) = xml {
                    inner.take_all(xml, *longest, writer);
                }
                if !inner.has_written() {
                    writer.records.end_unreadable(Reason::InvalidRecord);
                }
            }
            Step::End { is_cut_off } => {
                (self.has_ended, self.is_cut_off) = (true, is_cut_off);
            }
        }
        Ok(())
    }
}

impl RowSource for Insured {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        while !self.has_ended && !self.writer.records.fill(size) {
            self.step()?;
        }
        let cut = self.writer.records.take();
        if cut.is_none() && self.is_empty {
            let found = format!("{} documents of insurance data", self.writer.others);
            return Err(InputProblem::Nobody("the master data of a health card", found));
        }
        self.is_empty = false;
        Ok(cut)
    }

    fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    fn take_notes(&mut self) -> Vec<String> {
        let others = if self.has_ended { std::mem::take(&mut self.writer.others) } else { 0 };
        let note = (others > 0).then(|| {
            format!("{others} documents of insurance data, without a person, are not rows")
        });
        self.xml.take_note().into_iter().chain(note).collect()
    }
}
