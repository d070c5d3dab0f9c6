//! Rows of JSON Lines: one object per line (RFC 8259). The keys are the columns.

mod nested;

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

use nested::MAX_LEVELS;

use super::{
    Block, ColumnSelection, Layout,
    share::{Cells, MAX_PLACES, Share, Sink},
};
use crate::{
    charset::Charset,
    columns::Column,
    options::Target,
    path,
    split::{Cut, RowForm},
    unused::{MAX_LATE_KEYS, forms},
};

/// Passes the rows of a block of JSON Lines to the callback.
pub(super) fn rows(
    layout: &Layout,
    block: &Block,
    cut: &Cut,
    selection: ColumnSelection,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let keys =
        Keys { layout, late: Vec::new(), by_late_key: HashMap::new(), nested_size: 0, expected: 0 };
    let (name, line) = (String::new(), Line::default());
    let mut reader = Reader { selection, keys, name, text: vec![0], line, sink };
    let mut start = 0;
    for run in &cut.runs {
        if let RowForm::Missing(reason) = run.form {
            reader.line.doubt = Some(reason);
            reader.end_row()?;
        }
        for line in lines(&cut.bytes[start..run.end], layout.grammar.line_end()) {
            let text_length = reader.text.len();
            if reader.read(line, block.charset).is_err() {
                reader.text.truncate(text_length);
                reader.line = Line { doubt: Some(fault_of(line)), ..Line::default() };
            }
            reader.end_row()?;
        }
        start = run.end;
    }
    reader.emit_rows()
}

/// Why a line is not the object of a row.
fn fault_of(line: &[u8]) -> Reason {
    let (mut depth, mut objects) = (0_usize, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for &byte in line {
        if is_text {
            is_text = byte != b'"' || is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'"' => is_text = true,
            b'{' => {
                objects += usize::from(depth == 0);
                depth += 1;
            }
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    if objects > 1 { Reason::StrayLineEnd } else { Reason::InvalidJson }
}

/// The names of the values in a sample's objects, each once, in order of first appearance.
pub(crate) fn keys_of(sample: &[u8], line_end: u8, charset: Charset) -> Vec<String> {
    let mut names = Vec::new();
    let mut known = HashSet::new();
    for line in lines(sample, line_end) {
        let line = charset.decode_lossily(line);
        // A line that is cut or is not an object contributes the keys before its fault. It becomes an
        // invalid row when the rows are read.
        let _ = read_object(&line, str::to_owned, |mut name, value| {
            unwrap(&mut name, value.get());
            nested::each_name(&mut name, value.get(), 1, &mut |name| {
                if names.len() < MAX_COLUMNS && !known.contains(name) {
                    known.insert(name.to_owned());
                    names.push(name.to_owned());
                }
            });
        });
    }
    names
}

/// Keys beyond this number are mapped like others, but are not listed as columns.
const MAX_COLUMNS: usize = 1000;

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
    selection: ColumnSelection,
    keys: Keys<'a>,
    /// The key of the next value, if it is not a column.
    name: String,
    /// The values of the block, concatenated, after one byte that belongs to no value.
    text: Vec<u8>,
    line: Line,
    sink: &'s mut Sink<'e>,
}

/// The content of one line.
#[derive(Default)]
struct Line {
    /// The values in order, each with the number of its key.
    values: Vec<(usize, Span)>,
    doubt: Option<Reason>,
    note: Option<Reason>,
}

impl Reader<'_, '_, '_> {
    fn read(&mut self, line: &[u8], charset: Charset) -> Result<(), serde_json::Error> {
        let text = charset.decode(line);
        // Invalid bytes spoil only the values that contain them, not the whole line.
        let spoiled = text.is_none();
        let text = text.unwrap_or_else(|| charset.decode_lossily(line));
        // The two closures share the reader, but never run at the same time.
        let reader = RefCell::new(self);
        read_object(
            &text,
            |key| reader.borrow_mut().key(key),
            |key, value| reader.borrow_mut().member(key, value.get(), spoiled),
        )
    }

    /// Handles a key of the record. Returns the number of its column, if it has one.
    fn key(&mut self, key: &str) -> Option<usize> {
        let number = self.keys.known(key);
        if number.is_none() {
            self.name.clear();
            self.name.push_str(key);
        }
        number
    }

    /// Handles the value of that key. It is valid JSON without white space around it.
    fn member(&mut self, key: Option<usize>, value: &str, spoiled: bool) {
        if !matches!(value.as_bytes().first(), Some(b'[' | b'{')) {
            let key = key.unwrap_or_else(|| self.keys.add(&self.name));
            self.push_scalar(key, value, spoiled);
            return;
        }
        let mut name = std::mem::take(&mut self.name);
        if let Some(key) = key {
            name.clear();
            name.push_str(self.keys.column(key).header.as_written());
        }
        unwrap(&mut name, value);
        self.push_nested(&mut name, value, 1, spoiled);
        self.name = name;
    }

    /// Adds the values in an object or a list of this name. Returns true if any of them is used.
    fn push_nested(&mut self, name: &mut String, value: &str, level: usize, spoiled: bool) -> bool {
        let mut has_use = false;
        let is_object = value.starts_with('{');
        if level >= MAX_LEVELS {
            match self.keys.number(name) {
                Some(key) => self.push_unusable(key, Reason::NestedValue),
                None => self.line.note = Some(Reason::NestedValue),
            }
        } else if is_object {
            let mut is_empty = true;
            let is_sound = match nested::date(value) {
                Some(date) => {
                    is_empty = false;
                    has_use = self.push_value(name, &date, level, spoiled);
                    true
                }
                None => nested::members(value, name, |name, value| {
                    is_empty = false;
                    has_use |= self.push_value(name, value, level, spoiled);
                }),
            };
            if !is_sound {
                self.line.note = Some(Reason::NestedValue);
            }
            if is_empty {
                self.push_key(name);
            }
            if !has_use && !is_empty {
                let key = self.keys.known(name).filter(|&key| self.keys.column(key).is_read());
                key.into_iter().for_each(|key| self.push_unusable(key, Reason::NestedValue));
            }
        } else if let Some(items) = nested::items(value) {
            if items.is_empty() {
                self.push_key(name);
            }
            for item in items {
                has_use |= self.push_value(name, item.get(), level, spoiled);
            }
        }
        has_use
    }

    /// Adds the name of an empty object or list if the name may be a person's value.
    fn push_key(&mut self, name: &str) {
        if forms::of_name(name).is_empty() {
            return;
        }
        match self.keys.number(name) {
            Some(key) => self.push_scalar(key, "null", false),
            None => self.line.note = Some(Reason::NestedValue),
        }
    }

    /// Adds a nested value of this name. Returns true if it is used.
    fn push_value(&mut self, name: &mut String, value: &str, level: usize, spoiled: bool) -> bool {
        if matches!(value.as_bytes().first(), Some(b'[' | b'{')) {
            return self.push_nested(name, value, level + 1, spoiled);
        }
        let Some(key) = self.keys.number(name) else {
            self.line.note = Some(Reason::NestedValue);
            return false;
        };
        let column = self.keys.column(key);
        let is_read = column.is_read();
        // A flag next to a value is not used, as in `{"address":"…","primary":true}`.
        let is_flag = column.field().is_some() && matches!(value, "true" | "false");
        if !is_flag {
            self.push_scalar(key, value, spoiled);
        }
        is_read && !is_flag
    }

    /// Adds a value other than an object or a list.
    fn push_scalar(&mut self, key: usize, value: &str, spoiled: bool) {
        let column = self.keys.column(key);
        let may_be_judged =
            || self.selection.examines(column) && self.selection.judges(self.sink.row());
        if !self.selection.takes(column) && !may_be_judged() {
            return;
        }
        let is_class = matches!(column.target, Target::Class(_));
        if value == "null" || (value == "false" && is_class) {
            // The key may be the only value. An empty value keeps it among the late keys.
            let is_late = key >= self.keys.layout.columns.list.len();
            if is_late && may_be_judged() && !forms::of_name(column.header.as_written()).is_empty()
            {
                self.line.values.push((key, Span::new(self.text.len()..self.text.len())));
            }
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

    /// Adds the line to the share, and begins the next line.
    ///
    /// The values of each row keep their order. Each value goes to the first column of its key that comes
    /// after the column of the previous value.
    fn end_row(&mut self) -> ControlFlow<()> {
        let share = &self.sink.share;
        // Otherwise, all earlier rows of the share would need places for the values of this row.
        if (share.columns.len() + self.line.values.len()) * (share.rows + 1) > MAX_PLACES {
            self.emit_rows()?;
        }
        let row = self.sink.row();
        let Sink { share, .. } = &mut *self.sink;
        let listed = self.keys.layout.columns.list.len() + MAX_LATE_KEYS;
        let mut next = 0;
        for (key, span) in self.line.values.drain(..) {
            let column = self.keys.column(key);
            if self.selection.judges(row) && self.selection.examines(column) {
                judge(share, key, span, listed);
            }
            if !self.selection.takes(column) {
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
        self.line.note.take().into_iter().for_each(|reason| self.sink.note(reason));
        self.line.doubt.take().into_iter().for_each(|reason| self.sink.doubt(reason));
        if self.sink.end_row() { self.emit_rows() } else { ControlFlow::Continue(()) }
    }

    fn emit_rows(&mut self) -> ControlFlow<()> {
        let Keys { layout, late, .. } = &self.keys;
        self.sink.emit_rows(&self.text, &layout.columns.list, late)?;
        // The next rows may have other keys.
        self.sink.share.columns.clear();
        self.sink.share.judged.clear();
        ControlFlow::Continue(())
    }
}

/// Adds a value of an unused key. Further values in the same row are stored separately, since a column has one value in
/// each row. So are those of keys from the number `listed` on, since there may be very many of these keys.
fn judge(share: &mut Share, key: usize, span: Span, listed: usize) {
    if key >= listed {
        share.further.push((key, share.rows, span));
        return;
    }
    let known = share.judged.iter().position(|cells| cells.origin == key);
    let place = known.unwrap_or_else(|| {
        share.judged.push(Cells::of(key));
        share.judged.len() - 1
    });
    if share.judged[place].has(share.rows) {
        share.further.push((key, share.rows, span));
    } else {
        share.judged[place].push_span(share.rows, span);
    }
}

/// The text of a string, or of a number or boolean as written. `None` for an unpaired surrogate.
fn text_of(value: &str) -> Option<Cow<'_, str>> {
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => Some(Cow::Borrowed(inner)),
        Some(_) => serde_json::from_str(value).ok().map(Cow::Owned),
        None => Some(Cow::Borrowed(value)),
    }
}

/// Removes the name of the object in which Elasticsearch wraps a document.
fn unwrap(name: &mut String, value: &str) {
    if name == path::SOURCE && value.starts_with('{') {
        name.clear();
    }
}

/// The numbers of keys: first those of the columns, then those of late keys.
struct Keys<'a> {
    layout: &'a Layout,
    late: Vec<Column>,
    by_late_key: HashMap<String, usize>,
    /// The total size of late keys of nested values, in bytes.
    nested_size: usize,
    /// The column that is expected next.
    expected: usize,
}

/// The limit on the late keys of nested values, in bytes.
const MAX_NESTED: usize = 1 << 22;

impl Keys<'_> {
    fn known(&mut self, key: &str) -> Option<usize> {
        // Nearly all records have the same keys in the same order.
        let expected = self.layout.columns.list.get(self.expected);
        if expected.is_some_and(|column| column.header.as_written() == key) {
            self.expected += 1;
            return Some(self.expected - 1);
        }
        let known = self.layout.by_key.get(key).or_else(|| self.by_late_key.get(key)).copied();
        self.expected = known.map_or(self.expected, |number| number + 1);
        known
    }

    /// The number of a nested value's name; `None` if there are too many names.
    fn number(&mut self, key: &str) -> Option<usize> {
        self.known(key).or_else(|| {
            self.nested_size += key.len();
            (self.nested_size < MAX_NESTED).then(|| self.add(key))
        })
    }

    /// Assigns a number to a new key.
    fn add(&mut self, key: &str) -> usize {
        let number = self.layout.columns.list.len() + self.late.len();
        self.late.push(self.layout.columns.resolve_late(key));
        self.by_late_key.insert(key.to_owned(), number);
        number
    }

    /// The column of an assigned number.
    fn column(&self, number: usize) -> &Column {
        let columns = &self.layout.columns.list;
        columns.get(number).unwrap_or_else(|| &self.late[number - columns.len()])
    }
}

/// Reads one object. `key` converts each key, and `value` receives the result with the key's value.
///
/// Nested values are skipped without recursion, at any depth.
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
