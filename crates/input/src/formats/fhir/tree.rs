//! A resource as a tree of elements, from JSON or from XML.
//!
//! The tree has the form of XML. An element holds its value and the extensions of the value. The resource
//! itself is an element that is named after its type.

use std::{iter, ops::Range};

/// The elements in the order in which they begin.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// All names and values.
    text: String,
    /// The open elements.
    open: Vec<usize>,
}

struct Node {
    name: Range<usize>,
    value: Option<Range<usize>>,
    /// The index after its last descendant.
    end: usize,
}

/// An element of a tree.
#[derive(Clone, Copy)]
pub(super) struct Element<'t> {
    tree: &'t Tree,
    place: usize,
}

impl Tree {
    /// Begins an element within the open one.
    pub fn open(&mut self, name: &str, value: Option<&str>) {
        let name = self.push_text(name);
        let value = value.map(|value| self.push_text(value));
        self.open.push(self.nodes.len());
        self.nodes.push(Node { name, value, end: 0 });
    }

    /// Ends the open element.
    pub fn close(&mut self) {
        if let Some(place) = self.open.pop() {
            self.nodes[place].end = self.nodes.len();
        }
    }

    /// Adds an element without children.
    pub fn leaf(&mut self, name: &str, value: Option<&str>) {
        self.open(name, value);
        self.close();
    }

    pub fn clear(&mut self) {
        self.nodes.clear();
        self.text.clear();
        self.open.clear();
    }

    /// The approximate size in bytes.
    pub fn size(&self) -> usize {
        self.text.len() + self.nodes.len() * size_of::<Node>()
    }

    /// The resources, including nested ones.
    pub fn resources(&self) -> impl Iterator<Item = Element<'_>> {
        let all = (0..self.nodes.len()).map(|place| Element { tree: self, place });
        all.filter(|element| is_type(element.name()))
    }

    fn push_text(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }
}

impl<'t> Element<'t> {
    pub fn name(self) -> &'t str {
        &self.tree.text[self.tree.nodes[self.place].name.clone()]
    }

    /// The value, unless it is missing or empty.
    pub fn value(self) -> Option<&'t str> {
        let value = self.tree.nodes[self.place].value.clone()?;
        Some(self.tree.text[value].trim()).filter(|value| !value.is_empty())
    }

    pub fn children(self) -> impl Iterator<Item = Self> {
        let end = self.tree.nodes[self.place].end;
        let mut next = self.place + 1;
        iter::from_fn(move || {
            let child = Self { place: next, ..self };
            (next < end).then(|| {
                next = self.tree.nodes[next].end;
                child
            })
        })
    }

    pub fn all(self, name: &str) -> impl Iterator<Item = Self> {
        self.children().filter(move |child| child.name() == name)
    }

    pub fn first(self, name: &str) -> Option<Self> {
        self.all(name).next()
    }

    /// The value of the first child of this name that has one.
    pub fn text(self, name: &str) -> Option<&'t str> {
        self.all(name).find_map(Self::value)
    }

    /// The values of its extensions whose URL has this ending.
    pub fn extensions(self, url: &str) -> impl Iterator<Item = &'t str> {
        self.all("extension")
            .filter(move |extension| extension.text("url").is_some_and(|text| text.ends_with(url)))
            .flat_map(Self::children)
            .filter(|child| child.name().starts_with("value"))
            .filter_map(Self::value)
    }

    /// The element and its descendants, without nested resources and without elements with a name in
    /// `excluded`.
    pub fn descendants_except(self, excluded: &[&str]) -> impl Iterator<Item = Self> {
        let (mut next, end) = (self.place, self.tree.nodes[self.place].end);
        iter::from_fn(move || {
            while next < end {
                let element = Self { place: next, ..self };
                let name = element.name();
                if next != self.place && (is_type(name) || excluded.contains(&name)) {
                    next = self.tree.nodes[next].end;
                    continue;
                }
                next += 1;
                return Some(element);
            }
            None
        })
    }
}

/// Whether an element's name is the type of a resource. All other names begin in lower case.
pub(super) fn is_type(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
}
