//! One resource as JSON, turned into a tree.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
    fmt,
};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use super::tree::Tree;

/// Parses a resource into the tree. Returns false if the text is malformed.
pub(super) fn read(text: &[u8], tree: &mut Tree) -> bool {
    tree.clear();
    let Ok(resource) = serde_json::from_slice::<Json<'_>>(text) else { return false };
    let Json::Object(entries) = resource else { return false };
    put_content(tree, entries);
    true
}

/// A JSON value. Keys that repeat keep all their values.
enum Json<'t> {
    Nothing,
    Text(Cow<'t, str>),
    Array(Vec<Json<'t>>),
    Object(Vec<(Cow<'t, str>, Json<'t>)>),
}

/// Adds the entries of an object to the open element. The entries of a resource go into an element that is
/// named after its type.
fn put_content<'t>(tree: &mut Tree, entries: Vec<(Cow<'t, str>, Json<'t>)>) {
    let mut kind = None;
    for (key, value) in &entries {
        if let ("resourceType", Json::Text(name)) = (&**key, value) {
            kind = kind.or_else(|| Some(name.clone()));
        }
    }
    if let Some(kind) = &kind {
        tree.open(kind, None);
    }
    // The extensions of a value have the same key, preceded by an underscore.
    let (underscored, entries): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(key, _)| key.starts_with('_'));
    let mut extensions: BTreeMap<String, VecDeque<Json<'t>>> = BTreeMap::new();
    for (key, value) in underscored {
        extensions.entry(key[1..].to_owned()).or_default().push_back(value);
    }
    for (key, value) in entries {
        if key != "resourceType" {
            let extension = extensions.get_mut(&*key).and_then(VecDeque::pop_front);
            put(tree, &key, value, extension.unwrap_or(Json::Nothing));
        }
    }
    for (key, extensions) in extensions {
        for extension in extensions {
            put(tree, &key, Json::Nothing, extension);
        }
    }
    if kind.is_some() {
        tree.close();
    }
}

/// Adds a value with its extensions. An array becomes several elements.
fn put<'t>(tree: &mut Tree, name: &str, value: Json<'t>, extensions: Json<'t>) {
    let (values, extensions) = match (value, extensions) {
        (Json::Array(values), Json::Array(extensions)) => (values, extensions),
        (Json::Array(values), extensions) => (values, vec![extensions]),
        (Json::Nothing, Json::Array(extensions)) => (Vec::new(), extensions),
        (value, extensions) => (vec![value], vec![extensions]),
    };
    let (mut values, mut extensions) = (values.into_iter(), extensions.into_iter());
    loop {
        let (value, extension) = (values.next(), extensions.next());
        if value.is_none() && extension.is_none() {
            return;
        }
        match value.unwrap_or(Json::Nothing) {
            Json::Text(text) => tree.open(name, Some(&text)),
            Json::Nothing => tree.open(name, None),
            Json::Object(entries) => {
                tree.open(name, None);
                put_content(tree, entries);
            }
            // FHIR has no array within an array.
            Json::Array(items) => {
                tree.open(name, None);
                put(tree, name, Json::Array(items), Json::Nothing);
            }
        }
        if let Some(Json::Object(entries)) = extension {
            put_content(tree, entries);
        }
        tree.close();
    }
}

impl<'de: 't, 't> Deserialize<'de> for Json<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Nothing)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_string())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_string())))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut object = Vec::new();
        while let Some(Key(key)) = entries.next_key()? {
            object.push((key, entries.next_value()?));
        }
        Ok(Json::Object(object))
    }
}

/// A key, borrowed where possible.
struct Key<'t>(Cow<'t, str>);

impl<'de: 't, 't> Deserialize<'de> for Key<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("a key is a text")),
        }
    }
}
