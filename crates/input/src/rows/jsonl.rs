//! Rows of JSON lines: one object a line (RFC 8259), whose keys are the columns.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{HashMap, HashSet},
    fmt,
    ops::ControlFlow,
};

use leakdex::{Reason, Span};
use memchr::memchr;
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    Block, Layout, Wanted,
    share::{Cells, MOST_PLACES, Share, Sink},
};
use crate::{
    charset::Charset, columns::Column, options::Target, split::How, unused::MOST_LATE_KEYS,
};

/// Hands over the rows of a block of JSON lines.
pub(super) fn rows(
    layout: &Layout,
    block: &Block,
    wanted: Wanted,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let keys = Keys { layout, late: Vec::new(), by_late_key: HashMap::new() };
    let mut reader = Reader { wanted, keys, text: vec![0], line: Line::default(), sink };
    let mut start = 0;
    for run in &block.cut.runs {
        if let How::Missing(reason) = run.how {
            reader.line.doubt = Some(reason);
            reader.end_row()?;
        }
        for line in lines(&block.cut.bytes[start..run.end], layout.grammar.line_end()) {
            let text_length = reader.text.len();
            if reader.read(line, block.charset).is_err() {
                reader.text.truncate(text_length);
                reader.line = Line { doubt: Some(Reason::InvalidJson), ..Line::default() };
            }
            reader.end_row()?;
        }
        start = run.end;
    }
    reader.hand_over()
}

/// The keys of the objects in a sample, each once, in the order in which they appear.
pub(crate) fn keys_of(sample: &[u8], line_end: u8, charset: Charset) -> Vec<String> {
    let mut keys = Vec::new();
    let mut known = HashSet::new();
    for line in lines(sample, line_end) {
        let line = charset.decode_lossily(line);
        // A line that is no object, or is cut, gives the keys before its fault; it is a row, and
        // reported as such, when the rows are read.
        let _ = read_object(
            &line,
            |key| {
                if keys.len() < MOST_COLUMNS && known.insert(key.to_owned()) {
                    keys.push(key.to_owned());
                }
            },
            |(), _| {},
        );
    }
    keys
}

/// Keys beyond this number are mapped like others, but not listed as columns.
const MOST_COLUMNS: usize = 1000;

/// The lines that are not blank.
fn lines(bytes: &[u8], line_end: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = memchr(line_end, rest).unwrap_or(rest.len());
            let line = rest[..end].trim_ascii();
            rest = &rest[(end + 1).min(rest.len())..];
            if !line.is_empty() {
                return Some(line);
            }
        }
        None
    })
}

struct Reader<'a, 's, 'e> {
    wanted: Wanted,
    keys: Keys<'a>,
    /// The values of the block, one after the other, behind a byte that is of none.
    text: Vec<u8>,
    line: Line,
    sink: &'s mut Sink<'e>,
}

/// The content of one line.
#[derive(Default)]
struct Line {
    /// The values in their order, each with the number of its key.
    values: Vec<(usize, Span)>,
    doubt: Option<Reason>,
}

impl Reader<'_, '_, '_> {
    fn read(&mut self, line: &[u8], charset: Charset) -> Result<(), serde_json::Error> {
        let text = charset.decode(line);
        // Wrong bytes spoil the values that they are in, not the line.
        let spoiled = text.is_none();
        let text = text.unwrap_or_else(|| charset.decode_lossily(line));
        // The reader is shared between the two closures, which never run at once.
        let reader = RefCell::new(self);
        read_object(
            &text,
            |key| reader.borrow_mut().keys.number(key),
            |key, value| reader.borrow_mut().push(key, value.get(), spoiled),
        )
    }

    /// Adds a JSON value, which is valid JSON without blanks around it.
    fn push(&mut self, key: usize, value: &str, spoiled: bool) {
        let column = self.keys.column(key);
        let may_be_judged = || {
            let is_listed = key < self.keys.layout.columns.list.len() + MOST_LATE_KEYS;
            is_listed && column.is_judged() && self.wanted.judges(self.sink.row())
        };
        if !self.wanted.takes(column) && !may_be_judged() {
            return;
        }
        match value.as_bytes().first() {
            Some(b'[') => self.push_array(key, value, spoiled),
            Some(b'{') => self.push_unusable(key, Reason::NestedValue),
            _ => self.push_scalar(key, value, spoiled),
        }
    }

    fn push_array(&mut self, key: usize, value: &str, spoiled: bool) {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value) else {
            return self.push_unusable(key, Reason::NestedValue);
        };
        for item in items {
            match item.get().as_bytes().first() {
                Some(b'[' | b'{') => self.push_unusable(key, Reason::NestedValue),
                _ => self.push_scalar(key, item.get(), spoiled),
            }
        }
    }

    fn push_scalar(&mut self, key: usize, value: &str, spoiled: bool) {
        let is_class = matches!(self.keys.column(key).target, Target::Class(_));
        if value == "null" || (value == "false" && is_class) {
            return;
        }
        match text_of(value).filter(|text| !(spoiled && text.contains('\u{FFFD}'))) {
            Some(text) => {
                let start = self.text.len();
                self.text.extend_from_slice(text.as_bytes());
                self.line.values.push((key, Span::new(start..self.text.len())));
            }
            None => self.push_unusable(key, Reason::InvalidEncoding),
        }
    }

    fn push_unusable(&mut self, key: usize, reason: Reason) {
        self.line.values.push((key, Span::unusable(reason)));
    }

    /// Adds the line to the share, and begins the next one.
    ///
    /// The values of each row stay in the order in which they stand in it: each goes to the first
    /// column of its key that comes after the column of the value before it.
    fn end_row(&mut self) -> ControlFlow<()> {
        let share = &self.sink.share;
        // The rows before this one need no places for its values.
        if (share.columns.len() + self.line.values.len()) * (share.rows + 1) > MOST_PLACES {
            self.hand_over()?;
        }
        let row = self.sink.row();
        let Sink { share, .. } = &mut *self.sink;
        let mut next = 0;
        for (key, span) in self.line.values.drain(..) {
            let column = self.keys.column(key);
            if self.wanted.judges(row) && column.is_judged() {
                judge(share, key, span);
            }
            if !self.wanted.takes(column) {
                continue;
            }
            let known = share.columns[next..].iter().position(|cells| cells.origin == key);
            let column = known.map_or(share.columns.len(), |distance| next + distance);
            if known.is_none() {
                share.columns.push(Cells::of(key));
            }
            share.columns[column].push_span(share.rows, span);
            next = column + 1;
        }
        self.line.doubt.take().into_iter().for_each(|reason| self.sink.doubt(reason));
        if self.sink.end_row() { self.hand_over() } else { ControlFlow::Continue(()) }
    }

    fn hand_over(&mut self) -> ControlFlow<()> {
        let Keys { layout, late, .. } = &self.keys;
        self.sink.hand_over(&self.text, &layout.columns.list, late)?;
        // The next rows may have other keys.
        self.sink.share.columns.clear();
        self.sink.share.judged.clear();
        ControlFlow::Continue(())
    }
}

/// Adds a value of a key that is not used; of several values in a row the first.
fn judge(share: &mut Share, key: usize, span: Span) {
    let known = share.judged.iter().position(|cells| cells.origin == key);
    let place = known.unwrap_or_else(|| {
        share.judged.push(Cells::of(key));
        share.judged.len() - 1
    });
    if !share.judged[place].has(share.rows) {
        share.judged[place].push_span(share.rows, span);
    }
}

/// The text of a string, or a number or boolean as it is written; `None` for half a surrogate pair.
fn text_of(value: &str) -> Option<Cow<'_, str>> {
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => Some(Cow::Borrowed(inner)),
        Some(_) => serde_json::from_str(value).ok().map(Cow::Owned),
        None => Some(Cow::Borrowed(value)),
    }
}

/// The numbers of keys: those of the columns, and after them those that appear late.
struct Keys<'a> {
    layout: &'a Layout,
    late: Vec<Column>,
    by_late_key: HashMap<String, usize>,
}

impl Keys<'_> {
    fn number(&mut self, key: &str) -> usize {
        let known = self.layout.by_key.get(key).or_else(|| self.by_late_key.get(key));
        known.copied().unwrap_or_else(|| {
            let number = self.layout.columns.list.len() + self.late.len();
            self.late.push(self.layout.columns.resolve_late(key));
            self.by_late_key.insert(key.to_owned(), number);
            number
        })
    }

    /// The column of a number that was given out.
    fn column(&self, number: usize) -> &Column {
        let columns = &self.layout.columns.list;
        columns.get(number).unwrap_or_else(|| &self.late[number - columns.len()])
    }
}

/// Reads one object: `key` makes something of each key, `value` takes it with the key's value.
///
/// Values are passed over without recursion, however deep they nest.
fn read_object<'de, T>(
    line: &'de str,
    key: impl FnMut(&str) -> T,
    value: impl FnMut(T, &'de RawValue),
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    deserializer.deserialize_map(Object { key, value })?;
    deserializer.end()
}

struct Object<K, V> {
    key: K,
    value: V,
}

impl<'de, T, K, V> Visitor<'de> for Object<K, V>
where
    K: FnMut(&str) -> T,
    V: FnMut(T, &'de RawValue),
{
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Key(&mut self.key))? {
            (self.value)(key, map.next_value()?);
        }
        Ok(())
    }
}

struct Key<'k, K>(&'k mut K);

impl<'de, T, K: FnMut(&str) -> T> DeserializeSeed<'de> for Key<'_, K> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T, K: FnMut(&str) -> T> Visitor<'_> for Key<'_, K> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<T, E> {
        Ok((self.0)(key))
    }
}
