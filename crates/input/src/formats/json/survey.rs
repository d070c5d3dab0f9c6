//! Surveys the beginning of a JSON document: its objects and their places.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use leakdex::Normaliser;
use memchr::{memchr, memchr2, memmem};

use super::{
    scanner::is_blank,
    value::{Outcome, Value, is_of_scalar},
};
use crate::{columns, heading, names::HeaderMeaning};

/// The maximum depth of a place.
const MAX_LEVELS: usize = 64;

/// The maximum number of open brackets. Beyond this, the survey ends.
const MAX_OPEN: usize = 1024;

/// The maximum number of places.
const MAX_NODES: usize = 1 << 17;

/// The maximum number of values that are kept for each place.
const MAX_VALUES: usize = 4;

/// No further pass looks for maps after this many were found.
const MAX_MAPS: usize = 64;

/// The maximum number of members that are examined to decide whether an object is a map.
const MAX_JUDGED: usize = 100;

/// The key that represents any key of a map.
pub(super) const ANY: &[u8] = b"*";

/// The places of a document, as a tree of keys. A list has no separate place: its items are at the place of
/// the list.
pub(super) struct Survey<'s> {
    nodes: Vec<Node<'s>>,
    /// The rules for keys that are identifiers.
    rules: Normaliser,
}

/// A place in a document, and the values there.
#[derive(Default)]
pub(super) struct Node<'s> {
    /// The path of keys to this place.
    pub path: Vec<&'s [u8]>,
    /// The members of its objects, in the order in which they appear.
    pub members: Vec<(&'s [u8], usize)>,
    by_key: HashMap<&'s [u8], usize>,
    /// The number of objects here.
    pub objects: usize,
    /// The number of these objects that are items of lists.
    pub listed: usize,
    /// The number of lists here.
    pub lists: usize,
    /// The number of these lists that are items of lists.
    pub rows: usize,
    /// The number of strings, numbers and literals here.
    pub scalars: usize,
    /// The number of these scalars that are items of lists.
    pub items: usize,
    /// The number of these scalars that are items of lists in lists.
    pub cells: usize,
    /// The first strings, without their quotation marks.
    pub texts: Vec<&'s [u8]>,
    /// Whether this place represents all members of a map.
    pub is_any: bool,
    /// For such a place, the first keys of the map.
    pub keys: Vec<&'s [u8]>,
}

/// An open bracket.
struct Frame<'s> {
    /// The place of the items or of the object; `None` beyond a limit.
    node: Option<usize>,
    is_object: bool,
    /// For an object, the key whose value is next.
    key: Option<&'s [u8]>,
}

impl<'s> Survey<'s> {
    /// Surveys a text that may be cut off or malformed.
    pub fn of(text: &'s [u8], rules: Normaliser) -> Self {
        let mut maps = HashSet::new();
        loop {
            let survey = Self::with_maps(text, &maps, rules);
            let found: Vec<_> = survey.nodes.iter().filter(|node| survey.is_map(node)).collect();
            let paths: Vec<Vec<&[u8]>> = found.into_iter().map(|node| node.path.clone()).collect();
            // The next pass may find a map within a map.
            if paths.is_empty() || maps.len() >= MAX_MAPS {
                return survey;
            }
            maps.extend(paths);
        }
    }

    pub fn root(&self) -> &Node<'s> {
        &self.nodes[0]
    }

    pub fn node(&self, number: usize) -> &Node<'s> {
        &self.nodes[number]
    }

    fn with_maps(text: &'s [u8], maps: &HashSet<Vec<&'s [u8]>>, rules: Normaliser) -> Self {
        let mut survey = Self { nodes: vec![Node::default()], rules };
        let mut frames: Vec<Frame<'s>> = Vec::new();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            match byte {
                b'{' | b'[' if frames.len() == MAX_OPEN => break,
                b'{' | b'[' => {
                    let node = survey.value(&mut frames, maps);
                    let is_listed = frames.last().is_some_and(|frame| !frame.is_object);
                    if let Some(node) = node.map(|node| &mut survey.nodes[node]) {
                        if byte == b'{' {
                            node.objects += 1;
                            node.listed += usize::from(is_listed);
                        } else {
                            node.lists += 1;
                            node.rows += usize::from(is_listed);
                        }
                    }
                    let node = node.filter(|_| frames.len() < MAX_LEVELS);
                    frames.push(Frame { node, is_object: byte == b'{', key: None });
                    at += 1;
                }
                b'}' | b']' => {
                    frames.pop();
                    at += 1;
                }
                b'"' => {
                    let Some(length) = length_of_text(&text[at + 1..]) else { break };
                    let string = &text[at + 1..at + 1 + length];
                    at += length + 2;
                    match frames.last_mut() {
                        Some(frame) if frame.is_object && frame.key.is_none() => {
                            frame.key = Some(string);
                        }
                        _ => survey.scalar(&mut frames, maps, Some(string)),
                    }
                }
                byte if is_of_scalar(byte) => {
                    let rest = text[at..].iter();
                    at += rest.take_while(|byte| is_of_scalar(**byte)).count();
                    survey.scalar(&mut frames, maps, None);
                }
                b',' => {
                    if let Some(frame) = frames.last_mut() {
                        frame.key = None;
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
        survey
    }

    fn scalar(
        &mut self,
        frames: &mut [Frame<'s>],
        maps: &HashSet<Vec<&'s [u8]>>,
        text: Option<&'s [u8]>,
    ) {
        let Some(node) = self.value(frames, maps) else { return };
        let node = &mut self.nodes[node];
        node.scalars += 1;
        let mut lists = frames.iter().rev().map(|frame| usize::from(!frame.is_object));
        let is_item = lists.next().unwrap_or(0);
        node.items += is_item;
        node.cells += is_item * lists.next().unwrap_or(0);
        if node.texts.len() < MAX_VALUES {
            node.texts.extend(text);
        }
    }

    /// The place of the next value in these brackets.
    fn value(&mut self, frames: &mut [Frame<'s>], maps: &HashSet<Vec<&'s [u8]>>) -> Option<usize> {
        let Some(frame) = frames.last_mut() else { return Some(0) };
        let node = frame.node?;
        if !frame.is_object {
            return Some(node);
        }
        let key = frame.key.take()?;
        let is_any = maps.contains(&self.nodes[node].path);
        let written = key;
        let key = if is_any { ANY } else { key };
        if let Some(&known) = self.nodes[node].by_key.get(key) {
            let known_node = &mut self.nodes[known];
            if is_any && known_node.keys.len() < MAX_JUDGED {
                known_node.keys.push(written);
            }
            return Some(known);
        }
        let number = self.nodes.len();
        if number == MAX_NODES {
            return None;
        }
        let mut path = self.nodes[node].path.clone();
        path.push(key);
        let keys = if is_any { vec![written] } else { Vec::new() };
        self.nodes.push(Node { path, is_any, keys, ..Node::default() });
        self.nodes[node].members.push((key, number));
        self.nodes[node].by_key.insert(key, number);
        Some(number)
    }

    /// Whether an object is a map: all its keys are identifiers, or its members are records of one kind and its
    /// keys are values.
    fn is_map(&self, node: &Node<'_>) -> bool {
        let mut keys = node.members.iter().take(MAX_JUDGED).map(|(key, _)| *key);
        let is_identifier =
            |key: &[u8]| heading::is_identifier(&String::from_utf8_lossy(key), self.rules);
        if !node.members.is_empty() && keys.all(is_identifier) {
            return true;
        }
        let members = node.members.iter().map(|&(key, number)| (key, &self.nodes[number]));
        let (nested, others): (Vec<_>, Vec<_>) = members.partition(|(_, item)| item.objects > 0);
        if node.objects == 0 || nested.is_empty() || nested.iter().any(|(_, item)| item.is_any) {
            return false;
        }
        // Keys that recur in several objects are names of columns.
        let repeated = nested.iter().filter(|(_, item)| item.objects - item.listed > 1).count();
        if node.objects > 1 && repeated * 2 > nested.len() {
            return false;
        }
        let judged = &nested[..nested.len().min(MAX_JUDGED)];
        let count = judged.len();
        let values = judged.iter().filter(|(key, _)| is_like_a_value(key)).count();
        let words = judged.iter().filter(|(key, _)| is_name_of_column(key)).count();
        if count == 1 {
            return values == 1 && others.is_empty();
        }
        let mut shared: HashMap<&[u8], usize> = HashMap::new();
        let keys = judged.iter().flat_map(|(_, item)| &item.members).map(|(key, _)| *key);
        for key in keys.filter(|key| *key != ANY) {
            *shared.entry(key).or_default() += 1;
        }
        let is_alike = shared.values().max().is_some_and(|&most| most > 1 && most * 2 >= count);
        let are_values = values * 2 > count;
        let is_mostly_nested = others.len() * if are_values { 1 } else { 5 } <= nested.len();
        is_alike && is_mostly_nested && (are_values || words * 2 < count)
    }
}

/// Whether a JSON text has an identifier in a key, a string or a number.
pub(super) fn holds_identifier(text: &[u8], rules: Normaliser) -> bool {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let length = match byte {
            b'"' => length_of_text(&text[at + 1..]).map_or(text.len() - at, |length| length + 2),
            _ => text[at..].iter().take_while(|byte| is_of_scalar(**byte)).count(),
        };
        let scalar = String::from_utf8_lossy(&text[at..at + length]);
        // A malformed string is examined as it is written.
        let decoded = serde_json::from_str(&scalar).map_or(scalar, Cow::<str>::Owned);
        if length > 1 && heading::holds_identifier(&decoded, rules) {
            return true;
        }
        at += length.max(1);
    }
    false
}

/// Whether a key may be a value, such as a person's name or number.
pub(super) fn is_like_a_value(key: &[u8]) -> bool {
    let key = String::from_utf8_lossy(key);
    columns::looks_like_a_value(&key)
        || key.bytes().any(|byte| byte.is_ascii_digit()) && !HeaderMeaning::of(&key).is_known()
}

fn is_name_of_column(key: &[u8]) -> bool {
    HeaderMeaning::of(&String::from_utf8_lossy(key)).is_known()
}

/// The well-formed beginning of a document, with comments replaced by spaces.
///
/// After a fault, the places of values are unreliable.
pub(super) fn well_formed_start(text: &[u8]) -> Cow<'_, [u8]> {
    let mut text = without_comments(text);
    let mut start = 0;
    while start < text.len() {
        if is_between_values(text[start]) {
            start += 1;
            continue;
        }
        let mut value = Value::default();
        match value.scan(&text[start..]) {
            Outcome::End(length) => start += length,
            Outcome::More => break,
            Outcome::Fault(_) => {
                let end = start + value.scanned();
                match &mut text {
                    Cow::Borrowed(text) => *text = &text[..end],
                    Cow::Owned(text) => text.truncate(end),
                }
                break;
            }
        }
    }
    text
}

const fn is_between_values(byte: u8) -> bool {
    is_blank(byte) || byte == b','
}

fn without_comments(text: &[u8]) -> Cow<'_, [u8]> {
    let mut blanked = Cow::Borrowed(text);
    let mut at = 0;
    while let Some(found) = memchr2(b'"', b'/', &text[at..]) {
        let place = at + found;
        let rest = &text[place..];
        let length = match rest.get(..2) {
            _ if rest[0] == b'"' => length_of_text(&rest[1..]).map(|length| length + 2),
            Some(b"//") => memchr(b'\n', rest),
            Some(b"/*") => memmem::find(&rest[2..], b"*/").map(|end| end + 4),
            _ => Some(1),
        };
        let Some(length) = length else { break };
        if rest[0] == b'/' && length > 1 {
            blanked.to_mut()[place..place + length].fill(b' ');
        }
        at = place + length;
    }
    blanked
}

/// The length of a string after its opening quotation mark; `None` if it is cut off.
fn length_of_text(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[found] == b'"' {
            return Some(found);
        }
        at = found + 2;
    }
}
