//! References between the parts of an Excel workbook (ECMA-376, part 2).

use std::collections::HashMap;

use quick_xml::events::Event;

use super::package::{Package, attribute};
use crate::error::InputProblem;

/// The relationships of a part.
#[derive(Default)]
pub(super) struct Relations {
    /// The type and the name of each target part, by the id of the relationship.
    parts: HashMap<String, (String, String)>,
}

impl Relations {
    /// The relationships of a part, or of the whole package if the name is empty.
    pub fn of(part: &str, package: &mut Package) -> Result<Self, InputProblem> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let mut relations = Self::default();
        let path = format!("{folder}/_rels/{name}.rels");
        let Some(mut xml) = package.xml(&path)? else { return Ok(relations) };
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                    let value = |name| attribute(&element, name);
                    let is_external = value("TargetMode").is_some_and(|mode| mode == "External");
                    if let (Some(id), Some(kind), Some(target), false) =
                        (value("Id"), value("Type"), value("Target"), is_external)
                    {
                        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                        let part = resolved(folder, &target);
                        relations.parts.insert(id.into_owned(), (kind, part));
                    }
                }
                Event::Eof => return Ok(relations),
                _ => {}
            }
        }
    }

    /// The type and the name of the target with this id.
    pub fn by_id(&self, id: &str) -> Option<(&str, &str)> {
        self.parts.get(id).map(|(kind, part)| (&**kind, &**part))
    }

    /// The name of the target of this type.
    pub fn by_kind(&self, kind: &str) -> Option<&str> {
        self.parts.values().find(|(other, _)| other == kind).map(|(_, part)| &**part)
    }
}

/// Resolves the name of a part against a folder.
fn resolved(folder: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(path.pop()),
            part => path.push(part),
        }
    }
    path.join("/")
}

/// The sheets of an Excel workbook and the parts that they need.
pub(super) struct Parts {
    /// The name and the part of each sheet that has cells.
    pub sheets: Vec<(String, String)>,
    pub texts: Option<String>,
    pub styles: Option<String>,
}

impl Parts {
    /// Finds the parts of a workbook. `sheets` are the names and relationship ids of its sheets.
    pub fn new(
        sheets: Vec<(String, String)>,
        relations: &Relations,
        package: &Package,
    ) -> Result<Self, InputProblem> {
        let mut parts = Vec::new();
        for (name, id) in sheets {
            let (kind, part) = relations.by_id(&id).ok_or_else(|| package.reading.unreadable())?;
            // Sheets of these types have no cells.
            if !matches!(kind, "chartsheet" | "dialogsheet") {
                parts.push((name, part.to_owned()));
            }
        }
        let by_kind = |kind| relations.by_kind(kind).map(str::to_owned);
        Ok(Self { sheets: parts, texts: by_kind("sharedStrings"), styles: by_kind("styles") })
    }

    pub fn names(&self) -> Vec<String> {
        self.sheets.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// The shared strings, in one buffer.
#[derive(Default)]
pub(super) struct SharedStrings {
    bytes: String,
    ends: Vec<usize>,
}

impl SharedStrings {
    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    pub fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)?;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes.get(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_part_is_relative_or_absolute() {
        for (target, part) in [
            ("worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("/xl/worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml"),
            ("../xl/./styles.xml", "xl/styles.xml"),
        ] {
            assert_eq!(resolved("xl", target), part);
        }
    }

    #[test]
    fn shared_texts_are_found_by_their_number() {
        let mut texts = SharedStrings::default();
        ["a", "", "bc"].iter().for_each(|text| texts.push(text));
        let all: Vec<_> = (0..4).map(|number| texts.get(number)).collect();
        assert_eq!(all, [Some("a"), Some(""), Some("bc"), None]);
    }
}
