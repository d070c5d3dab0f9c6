//! Lists that are read only as long as memory for them is granted.
//!
//! JSON can say much more in few bytes than it takes in memory: `[],` is three bytes, and an empty
//! list of lists takes 24. Whoever can write a file that somebody opens must not decide how much
//! memory that takes.

use std::{cell::Cell, collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

thread_local! {
    /// How many bytes the lists that this thread reads may still take.
    static GRANTED: Cell<usize> = const { Cell::new(0) };
}

/// Grants this much memory to the lists that `read` reads.
pub(super) fn grant<T>(bytes: usize, read: impl FnOnce() -> T) -> T {
    let before = GRANTED.replace(bytes);
    let outcome = read();
    GRANTED.set(before);
    outcome
}

/// How many bytes all texts have together; `None` if brackets are nested deeper than in any metadata,
/// also of later versions: a parser that passes over them remembers each.
pub(super) fn length_of_texts(json: &[u8]) -> Option<usize> {
    const DEEPEST: usize = 32;
    let (mut length, mut depth, mut in_text, mut is_escaped) = (0, 0_usize, false, false);
    for &byte in json {
        length += usize::from(in_text);
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_text,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return None;
        }
    }
    Some(length)
}

/// Takes what an element of this size takes in a list that grows by doubling: while it grows, the old
/// list and the new one are there.
pub(super) fn take<E: Error>(size: usize) -> Result<(), E> {
    let left = GRANTED.get().checked_sub(3 * size);
    GRANTED.set(left.ok_or_else(|| E::custom("too much for a file of this length"))?);
    Ok(())
}

pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_seq(ListVisitor(PhantomData::<T>))
}

pub(super) fn map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, u64>, D::Error> {
    deserializer.deserialize_map(CountsVisitor)
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(Element(PhantomData))? {
            list.push(element);
        }
        Ok(list)
    }
}

/// An element, whose place in the list is taken before it is read.
struct Element<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Element<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        take(size_of::<T>())?;
        T::deserialize(deserializer)
    }
}

struct CountsVisitor;

impl<'de> Visitor<'de> for CountsVisitor {
    type Value = BTreeMap<String, u64>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("counts by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut counts = BTreeMap::new();
        while let Some((name, count)) = entries.next_entry::<String, u64>()? {
            // Nodes of a tree are filled by half, at least.
            take(size_of::<(String, u64)>())?;
            counts.insert(name, count);
        }
        Ok(counts)
    }
}
