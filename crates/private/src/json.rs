//! A canonical form of JSON. A reader compares the form of a received text with the form of the text that a writer
//! would write.

use std::{collections::BTreeMap, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Converts a JSON text to its canonical form: without white space, and with the fields of each object in the order
/// of their names. The form is only for comparison. It is not JSON, since a comma follows each field and item.
///
/// The text comes from a stranger. In memory, each field of an object takes some 40 bytes in addition to its text.
///
/// # Errors
///
/// If the text is not JSON, a field occurs twice, or a number is not an integer.
pub(crate) fn canonical_form(text: &[u8]) -> serde_json::Result<Vec<u8>> {
    let mut form = Vec::with_capacity(text.len());
    let mut reader = serde_json::Deserializer::from_slice(text);
    Writer(&mut form).deserialize(&mut reader)?;
    reader.end()?;
    Ok(form)
}

/// Writes the next value.
struct Writer<'w>(&'w mut Vec<u8>);

impl Writer<'_> {
    fn put<E: Error>(self, value: &impl serde::Serialize) -> Result<(), E> {
        serde_json::to_writer(self.0, value).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Writer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Writer<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON with whole numbers")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put(&())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(&value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.put(&value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.put(&value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push(b'[');
        while items.next_element_seed(Writer(&mut *self.0))?.is_some() {
            self.0.push(b',');
        }
        self.0.push(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut forms = BTreeMap::new();
        while let Some(name) = fields.next_key::<String>()? {
            let mut form = Vec::new();
            fields.next_value_seed(Writer(&mut form))?;
            if forms.insert(name, form).is_some() {
                return Err(A::Error::custom("a field is repeated"));
            }
        }
        self.0.push(b'{');
        for (name, form) in forms {
            Writer(&mut *self.0).put(&name)?;
            self.0.push(b':');
            self.0.extend_from_slice(&form);
            self.0.push(b',');
        }
        self.0.push(b'}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_order_and_white_space_may_differ() {
        let form = |text: &str| canonical_form(text.as_bytes());
        let one = form(r#"{"a":[1,{"c":"\u0041","b":true}],"b":{}}"#).expect("it is JSON");
        let other = form(" { \"b\" : {},\n\"a\" : [ 1, {\"b\": true, \"c\": \"A\"} ] }\n");
        assert!(one == other.expect("it is JSON"));
        for text in [
            r#"{"a":[1,{"c":"a","b":true}],"b":{}}"#,
            r#"{"a":[{"c":"A","b":true},1],"b":{}}"#,
            r#"{"a":[1,{"c":"A","b":true}]}"#,
            r#"{"a":[1,{"c":"A","b":true}],"b":{},"c":0}"#,
            r#"{"a":[1,{"c":"A","b":true}],"b":[]}"#,
        ] {
            assert!(one != form(text).expect("it is JSON"), "{text}");
        }
        // Text that is not JSON, other numbers, and repeated fields: also in a nested object, and with names that
        // are equal only after decoding.
        for text in [
            "",
            "{",
            "1 2",
            "-1",
            "1.0",
            "18446744073709551616",
            r#"{"a":1,"a":1}"#,
            r#"{"b":{"a":1,"\u0061":1}}"#,
        ] {
            assert!(form(text).is_err(), "{text}");
        }
    }
}
