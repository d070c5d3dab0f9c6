//! The elements of a document of master data.

use leakdex::Reason;

use super::Writer;
use crate::formats::xml::{Part, Xml, shortened, start_of};

/// The elements of a connector's response that hold the document of the person.
const PACKED: &str = "PersoenlicheVersichertendaten";

/// The documents without a person.
const OTHERS: [&str; 2] =
    ["UC_AllgemeineVersicherungsdatenXML", "UC_GeschuetzteVersichertendatenXML"];

/// The elements that are used, and the names of their values. The parts of a last name become one value.
const VALUES: [(&str, &str); 14] = [
    ("Versicherten_ID", "Versicherten_ID"),
    ("Geburtsdatum", "Geburtsdatum"),
    ("Vorname", "Vorname"),
    ("Geschlecht", "Geschlecht"),
    ("Titel", "Titel"),
    ("Postleitzahl", "Postleitzahl"),
    ("Ort", "Ort"),
    ("Wohnsitzlaendercode", "Land"),
    ("Strasse", "Strasse"),
    ("Hausnummer", "Hausnummer"),
    ("Anschriftenzusatz", "Adresszusatz"),
    ("Postfach", "Postfach"),
    ("Geburtsname", "Geburtsname"),
    ("Krankenversichertennummer", "Versicherten_ID"),
];

/// The parts of a last name, in the usual order.
const LAST_NAME: [&str; 3] = ["Namenszusatz", "Vorsatzwort", "Nachname"];

/// The state of the current document.
#[derive(Default)]
pub(super) struct Document {
    /// The number of open elements.
    depth: usize,
    /// The number of open elements where the data of a person begin.
    person: Option<usize>,
    /// The number of open elements where embedded data begin.
    packed: Option<usize>,
    /// The open element, if its value is used.
    name: Option<&'static str>,
    text: String,
    is_too_long: bool,
    last_name: [String; 3],
    has_values: bool,
    has_written: bool,
}

/// The result of a part.
pub(super) enum Step {
    On,
    /// The content of an element with an embedded document.
    Packed(Vec<u8>),
    End {
        is_cut_off: bool,
    },
}

impl Document {
    /// The end of a document, and whether it had a person.
    pub const fn has_written(&self) -> bool {
        self.has_written
    }

    /// Takes all parts of an embedded document; false if it is malformed.
    pub fn take_all(&mut self, mut xml: Xml, longest: usize, writer: &mut Writer) -> bool {
        loop {
            let Ok(part) = xml.next() else { return false };
            match self.take(part, longest, writer) {
                Step::On => {}
                // An embedded document never embeds another.
                Step::Packed(_) => return false,
                Step::End { is_cut_off } => return !is_cut_off,
            }
        }
    }

    /// Takes the next part.
    pub fn take(&mut self, part: Part<'_>, longest: usize, writer: &mut Writer) -> Step {
        match part {
            Part::Open(start) => {
                self.depth += 1;
                self.open(start.local_name().as_ref(), writer);
            }
            Part::Text(text) => self.text(&text, longest),
            Part::Close => {
                let step = self.close(writer);
                self.depth -= 1;
                return step;
            }
            Part::Other => {}
            Part::End { is_cut_off } => {
                // The data of the person are incomplete.
                if self.person.is_some() || self.packed.is_some() {
                    writer.records.end_unreadable(Reason::InvalidRecord);
                    self.has_written = true;
                }
                return Step::End { is_cut_off };
            }
        }
        Step::On
    }

    fn open(&mut self, name: &str, writer: &mut Writer) {
        self.text.clear();
        self.name = None;
        if self.person.is_some() {
            let value = VALUES.iter().find(|(element, _)| *element == name).map(|(_, name)| *name);
            let part = LAST_NAME.iter().find(|part| **part == name).copied();
            self.name = value.or(part);
        } else if name == "UC_PersoenlicheVersichertendatenXML" {
            // The document is embedded as plain elements.
            (self.person, self.packed) = (Some(self.depth), None);
        } else if name == PACKED {
            self.packed = Some(self.depth);
        } else if OTHERS.contains(&name) {
            writer.others += 1;
        } else if name == "Versicherten_ID" {
            // A person in a document that is not known.
            writer.records.end_unreadable(Reason::InvalidRecord);
            self.has_written = true;
        }
    }

    fn text(&mut self, text: &str, longest: usize) {
        if self.name.is_none() && self.packed.is_none() {
            return;
        }
        let left = longest.saturating_sub(self.text.len());
        self.is_too_long |= text.len() > left;
        self.text.push_str(start_of(text, left));
    }

    fn close(&mut self, writer: &mut Writer) -> Step {
        let text = std::mem::take(&mut self.text);
        if let Some(name) = self.name.take() {
            self.value(name, shortened(text.trim()), writer);
        } else if self.packed == Some(self.depth) {
            self.packed = None;
            return if std::mem::take(&mut self.is_too_long) {
                writer.records.end_unreadable(Reason::RowTooLong);
                Step::On
            } else {
                Step::Packed(text.into_bytes())
            };
        } else if self.person == Some(self.depth) {
            self.end_person(writer);
        }
        Step::On
    }

    fn value(&mut self, name: &'static str, value: &str, writer: &mut Writer) {
        if value.is_empty() {
            return;
        }
        self.has_values = true;
        if let Some(part) = LAST_NAME.iter().position(|part| *part == name) {
            value.clone_into(&mut self.last_name[part]);
        } else if name == "Geburtsdatum" {
            writer.records.push(name, &with_hyphens(value));
        } else {
            writer.records.push(name, value);
        }
    }

    fn end_person(&mut self, writer: &mut Writer) {
        self.person = None;
        self.has_written = true;
        let parts = std::mem::take(&mut self.last_name);
        let is_too_long = std::mem::take(&mut self.is_too_long);
        if !std::mem::take(&mut self.has_values) {
            return writer.records.end_unreadable(Reason::InvalidRecord);
        }
        if is_too_long {
            return writer.records.end_unreadable(Reason::RowTooLong);
        }
        let parts: Vec<&str> =
            parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        if !parts.is_empty() {
            writer.records.push("Nachname", &parts.join(" "));
        }
        writer.records.end();
    }
}

/// Adds hyphens to a date of eight digits. If day and month are unknown, as in `19330000`, a date without
/// hyphens could be misread as the day 19 and the month 33.
fn with_hyphens(date: &str) -> String {
    if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..])
    } else {
        date.to_owned()
    }
}
