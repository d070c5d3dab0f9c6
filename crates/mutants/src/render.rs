//! Writes a file with its mutants behind switches, and notes where each mutant is.

use std::{collections::HashSet, ops::Range};

/// A place in a file that mutants change.
#[derive(Default)]
pub struct Site {
    /// The bytes of the expression; empty for a place between two tokens.
    pub range: Range<usize>,
    pub before: &'static str,
    /// A text for each mutant, which refers to its switch.
    pub parts: Vec<(u32, String)>,
    /// These enclose the expression.
    pub open: &'static str,
    pub close: &'static str,
    /// Whether the text of the site is left out.
    pub is_removed: bool,
}

/// Where mutants are in a rewritten file.
#[derive(Debug)]
pub struct Place {
    pub range: Range<usize>,
    pub ids: Vec<u32>,
    /// Whether this is the text of one mutant, and not a whole site.
    pub is_part: bool,
}

#[derive(Default)]
pub struct Rewritten {
    pub text: String,
    pub places: Vec<Place>,
}

impl Rewritten {
    /// The mutants that have a switch.
    pub fn switched(&self) -> HashSet<u32> {
        self.places.iter().flat_map(|place| place.ids.iter().copied()).collect()
    }

    /// The smallest place around some bytes.
    pub fn place_of(&self, bytes: &Range<usize>) -> Option<&Place> {
        let is_around =
            |place: &&Place| place.range.start <= bytes.start && bytes.end <= place.range.end;
        self.places.iter().filter(is_around).min_by_key(|place| place.range.len())
    }
}

/// Renders a part of the text. The sites are in the order of their starts, outer ones first.
pub fn render(text: &str, range: Range<usize>, mut sites: &[Site], out: &mut Rewritten) {
    let mut at = range.start;
    while let Some((site, rest)) = sites.split_first() {
        let inner = rest.iter().take_while(|other| other.range.start < site.range.end).count();
        let (inner, rest) = rest.split_at(inner);
        out.text += &text[at..site.range.start];
        let begin = out.text.len();
        out.text += site.before;
        for (id, part) in &site.parts {
            let start = out.text.len();
            out.text += part;
            let range = start..out.text.len();
            out.places.push(Place { range, ids: vec![*id], is_part: true });
        }
        out.text += site.open;
        if !site.is_removed {
            render(text, site.range.clone(), inner, out);
        }
        out.text += site.close;
        if !site.parts.is_empty() {
            let ids = site.parts.iter().map(|(id, _)| *id).collect();
            out.places.push(Place { range: begin..out.text.len(), ids, is_part: false });
        }
        at = site.range.end;
        sites = rest;
    }
    out.text += &text[at..range.end];
}
