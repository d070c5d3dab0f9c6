//! Rows of JSON lines: one object a line (RFC 8259), whose keys are the columns.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{HashMap, HashSet},
    fmt,
};

use leakdex::Reason;
use memchr::memchr;
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Block, Counted, Layout, Row, Values};
use crate::{charset::Charset, columns::Column, options::Target, split::How};

/// Hands over the rows of a block of JSON lines.
pub(super) fn rows(layout: &Layout, block: &Block, taker: &mut Counted<impl FnMut(Row<'_>)>) {
    let mut keys = Keys { layout, late: Vec::new(), by_late_key: HashMap::new() };
    let mut values = Values::default();
    let mut start = 0;
    for run in &block.cut.runs {
        if run.how == How::TooLong {
            values.clear();
            values.doubt(Reason::RowTooLong);
            taker.take(&values, &layout.columns.list, &keys.late);
        }
        for line in lines(&block.cut.bytes[start..run.end], layout.grammar.line_end()) {
            values.clear();
            if read_line(line, block.charset, &mut keys, &mut values).is_err() {
                values.clear();
                values.doubt(Reason::InvalidJson);
            }
            taker.take(&values, &layout.columns.list, &keys.late);
        }
        start = run.end;
    }
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

fn read_line(
    line: &[u8],
    charset: Charset,
    keys: &mut Keys<'_>,
    values: &mut Values,
) -> Result<(), serde_json::Error> {
    let text = charset.decode(line);
    // Wrong bytes spoil the values that they are in, not the line.
    let spoiled = text.is_none();
    let text = text.unwrap_or_else(|| charset.decode_lossily(line));
    // The keys are shared between the two closures, which never run at once.
    let keys = RefCell::new(keys);
    read_object(
        &text,
        |key| keys.borrow_mut().number(key),
        |number, value| {
            push(number, keys.borrow().target(number), value.get(), spoiled, values);
        },
    )
}

/// Adds a JSON value, which is valid JSON without blanks around it.
fn push(number: usize, target: &Target, value: &str, spoiled: bool, values: &mut Values) {
    if *target == Target::Ignore {
        return;
    }
    match value.as_bytes().first() {
        Some(b'[') => push_array(number, target, value, spoiled, values),
        Some(b'{') => values.push_unusable(number, target, Reason::NestedValue),
        _ => push_scalar(number, target, value, spoiled, values),
    }
}

fn push_array(number: usize, target: &Target, value: &str, spoiled: bool, values: &mut Values) {
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value) else {
        return values.push_unusable(number, target, Reason::NestedValue);
    };
    for item in items {
        match item.get().as_bytes().first() {
            Some(b'[' | b'{') => values.push_unusable(number, target, Reason::NestedValue),
            _ => push_scalar(number, target, item.get(), spoiled, values),
        }
    }
}

fn push_scalar(number: usize, target: &Target, value: &str, spoiled: bool, values: &mut Values) {
    if value == "null" || (value == "false" && matches!(target, Target::Class(_))) {
        return;
    }
    match text_of(value) {
        Some(text) if !(spoiled && text.contains('\u{FFFD}')) => {
            values.push(number, target, &text);
        }
        _ => values.push_unusable(number, target, Reason::InvalidEncoding),
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

    fn target(&self, number: usize) -> &Target {
        let columns = &self.layout.columns.list;
        let column = columns.get(number).or_else(|| self.late.get(number - columns.len()));
        column.map_or(&Target::Ignore, |column| &column.target)
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
