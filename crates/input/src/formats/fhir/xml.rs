//! Cuts resources out of a stream of XML.

use leakdex::Reason;

use super::{
    Writer, kinds,
    tree::{Tree, is_type},
};
use crate::{
    error::InputProblem,
    formats::xml::{Part, Xml, value_and_url},
};

/// A reader of resources as XML.
pub(super) struct Resources {
    xml: Xml,
    tree: Tree,
    /// The size limit of a resource, in bytes.
    longest: usize,
    /// The number of open elements around the current resource.
    outside: usize,
    /// Whether the reader is in a resource.
    is_within: bool,
    /// Whether the open element holds a resource of any type.
    is_slot: bool,
    /// The number of open elements of the narrative.
    narrative: usize,
    /// The type of a resource that is too long.
    too_long: Option<String>,
    /// The number of persons in the resource.
    persons: usize,
    /// The number of systems and types of insured numbers in the resource.
    numbers: usize,
}

impl Resources {
    pub fn new(xml: Xml, longest: usize) -> Self {
        Self {
            xml,
            tree: Tree::default(),
            longest,
            outside: 0,
            is_within: false,
            is_slot: false,
            narrative: 0,
            too_long: None,
            persons: 0,
            numbers: 0,
        }
    }

    /// A note about the encoding, if bytes decided it since the last call.
    pub fn take_note(&mut self) -> Option<String> {
        self.xml.take_note()
    }

    /// Reads the next part. `Some` marks the end. Its value is true if the input is cut off.
    pub fn step(&mut self, writer: &mut Writer) -> Result<Option<bool>, InputProblem> {
        match self.xml.next()? {
            Part::Open(start) => {
                if self.narrative > 0 {
                    self.narrative += 1;
                    return Ok(None);
                }
                let name = start.local_name();
                let name = name.as_ref();
                if !self.is_within {
                    let is_resource =
                        if self.is_slot { is_type(name) } else { kinds::known(name).is_some() };
                    if !is_resource || kinds::is_container(name) {
                        if kinds::is_container(name) {
                            writer.skipped.count(name);
                        }
                        self.is_slot = matches!(name, "resource" | "contained" | "outcome");
                        self.outside += 1;
                        return Ok(None);
                    }
                    self.is_within = true;
                    (self.persons, self.numbers) = (0, 0);
                }
                if name == "div" {
                    self.narrative = 1;
                    return Ok(None);
                }
                let [value, url] = value_and_url(&start)?;
                let value = value.as_deref();
                self.persons += usize::from(kinds::is_person(name));
                let is_number = match name {
                    "system" => value.is_some_and(kinds::is_insured_number),
                    "code" => value.is_some_and(kinds::is_type_of_insured_number),
                    _ => name == "subscriberId",
                };
                self.numbers += usize::from(is_number);
                if self.too_long.is_some() {
                    return Ok(None);
                }
                self.tree.open(name, value);
                if let Some(url) = url {
                    self.tree.leaf("url", Some(&url));
                }
                if self.tree.size() > self.longest {
                    let kind = self.tree.resources().next().map(|first| first.name().to_owned());
                    self.tree.clear();
                    self.too_long = Some(kind.unwrap_or_default());
                }
            }
            Part::Close if self.narrative > 0 => self.narrative -= 1,
            Part::Close if self.is_within => {
                if self.too_long.is_none() {
                    self.tree.close();
                }
                if self.xml.depth() == self.outside {
                    self.end(writer);
                }
            }
            Part::Close => {
                self.outside -= 1;
                self.is_slot = false;
            }
            Part::Text(_) | Part::Other => {}
            Part::End { is_cut_off } => {
                if self.is_within {
                    writer.records.end_unreadable(Reason::InvalidRecord);
                }
                return Ok(Some(is_cut_off));
            }
        }
        Ok(None)
    }

    /// Ends the resource.
    fn end(&mut self, writer: &mut Writer) {
        self.is_within = false;
        self.is_slot = false;
        match self.too_long.take() {
            Some(kind) => writer.too_long(&kind, self.persons, self.numbers),
            None => {
                writer.write(&self.tree);
            }
        }
        self.tree.clear();
    }
}
