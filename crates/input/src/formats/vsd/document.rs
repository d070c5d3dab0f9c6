//! The elements of a document of master data.

use leakdex::Reason;

use super::Writer;
use crate::formats::xml::{Part, Xml, shortened, start_of};

/// The element of a connector's response that holds the document of the person.
const PACKED: &str = "PersoenlicheVersichertendaten";

/// The root elements of documents without a person.
const OTHERS: [&str; 2] =
    ["UC_AllgemeineVersicherungsdatenXML", "UC_GeschuetzteVersichertendatenXML"];

/// The elements that are used, and the column names for their values. The parts of a last name become one
/// value.
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

/// The elements that a person has at most once.
const SINGLE: [&str; 6] =
    ["Versicherten_ID", "Geburtsdatum", "Vorname", "Namenszusatz", "Vorsatzwort", "Nachname"];

/// The state of the current document.
#[derive(Default)]
pub(super) struct Document {
    /// The number of open elements.
    depth: usize,
    /// The depth at which the document of a person begins.
    personal: Option<usize>,
    /// Whether this document has a person.
    has_person: bool,
    person: Option<Person>,
    /// The depth at which embedded data begin.
    packed: Option<usize>,
    /// The open element, if its value is used.
    name: Option<&'static str>,
    text: String,
    is_too_long: bool,
    has_written: bool,
}

/// The state of the current person.
#[derive(Default)]
struct Person {
    /// The depth at which the person's data begin.
    base: usize,
    last_name: [String; 3],
    has_values: bool,
    /// The `SINGLE` elements so far.
    seen: Vec<&'static str>,
    /// Whether one of these elements occurs twice. Then the data may belong to several persons.
    has_repeated: bool,
}

/// The effect of a part.
pub(super) enum Step {
    Continue,
    /// The content of an element with an embedded document.
    Packed(Vec<u8>),
    End {
        is_cut_off: bool,
    },
}

impl Document {
    /// Whether a row for a person was written.
    pub const fn has_written(&self) -> bool {
        self.has_written
    }

    /// Handles all parts of an embedded document.
    pub fn take_all(&mut self, mut xml: Xml, longest: usize, writer: &mut Writer) {
        loop {
            let Ok(part) = xml.next() else { return self.end_of_input(writer) };
            match self.take(part, longest, writer) {
                Step::Continue => {}
                // An embedded document never embeds another.
                Step::Packed(_) => self.unreadable(writer),
                Step::End { .. } => return,
            }
        }
    }

    /// Handles the end of the input. A person with incomplete data is one unreadable row.
    fn end_of_input(&mut self, writer: &mut Writer) {
        let is_open = self.person.is_some() || self.packed.is_some();
        if is_open || (self.personal.is_some() && !self.has_person) {
            self.unreadable(writer);
        }
    }

    fn unreadable(&mut self, writer: &mut Writer) {
        writer.records.end_unreadable(Reason::InvalidRecord);
        self.has_written = true;
    }

    /// Handles the next part.
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
                self.end_of_input(writer);
                return Step::End { is_cut_off };
            }
        }
        Step::Continue
    }

    fn open(&mut self, name: &str, writer: &mut Writer) {
        self.text.clear();
        self.name = None;
        if let Some(person) = &mut self.person {
            let value = VALUES.iter().find(|(element, _)| *element == name).map(|(_, name)| *name);
            let part = LAST_NAME.iter().find(|part| **part == name).copied();
            self.name = value.or(part);
            if let Some(single) = SINGLE.iter().find(|single| **single == name) {
                if person.seen.contains(single) {
                    person.has_repeated = true;
                } else {
                    person.seen.push(single);
                }
            }
        } else if name == "Versicherter" && self.personal.is_some() {
            self.person = Some(Person { base: self.depth, ..Person::default() });
            self.has_person = true;
        } else if name == "UC_PersoenlicheVersichertendatenXML" && self.personal.is_none() {
            // The document may be embedded as plain elements.
            (self.personal, self.packed) = (Some(self.depth), None);
        } else if name == PACKED {
            self.packed = Some(self.depth);
        } else if OTHERS.contains(&name) {
            writer.others += 1;
        } else if name == "Versicherten_ID" {
            // A person in an unknown place.
            self.has_person = true;
            self.unreadable(writer);
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
                Step::Continue
            } else {
                Step::Packed(text.into_bytes())
            };
        } else if let Some(person) = self.person.take_if(|person| person.base == self.depth) {
            self.end_person(&person, writer);
        } else if self.personal == Some(self.depth) {
            self.personal = None;
            if !std::mem::take(&mut self.has_person) {
                self.unreadable(writer);
            }
        }
        Step::Continue
    }

    fn value(&mut self, name: &'static str, value: &str, writer: &mut Writer) {
        if value.is_empty() {
            return;
        }
        let Some(person) = &mut self.person else { return };
        person.has_values = true;
        if let Some(part) = LAST_NAME.iter().position(|part| *part == name) {
            value.clone_into(&mut person.last_name[part]);
        } else if name == "Geburtsdatum" {
            writer.records.push(name, &with_hyphens(value));
        } else {
            writer.records.push(name, value);
        }
    }

    fn end_person(&mut self, person: &Person, writer: &mut Writer) {
        self.has_written = true;
        let is_too_long = std::mem::take(&mut self.is_too_long);
        if !person.has_values || person.has_repeated {
            return writer.records.end_unreadable(Reason::InvalidRecord);
        }
        if is_too_long {
            return writer.records.end_unreadable(Reason::RowTooLong);
        }
        let parts: Vec<&str> =
            person.last_name.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        if !parts.is_empty() {
            writer.records.push("Nachname", &parts.join(" "));
        }
        writer.records.end();
    }
}

/// Adds hyphens to a date of eight digits. If day and month are unknown, as in `19330000`, a date without
/// hyphens could be misread as day 19 and month 33.
fn with_hyphens(date: &str) -> String {
    if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..])
    } else {
        date.to_owned()
    }
}
