//! Sets of data classes, close together.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error, SeqAccess, Visitor},
};

use super::bounded;

/// The sets of classes that leaked together in a row, each as ascending places in the list of classes.
/// There can be as many as rows, so that they take one byte a class and four a set.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// builder.add(&Record::new().username("eva"))?;
/// let index = builder.build()?;
///
/// let (classes, sets) = (&index.metadata().data_classes, &index.metadata().class_sets);
/// assert!(!sets.is_empty() && sets.get(sets.len()).is_none());
/// let named: Vec<&str> =
///     sets.iter().flatten().map(|&place| classes[usize::from(place)].as_str()).collect();
/// assert_eq!(named, ["health-insurance-information", "usernames"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassSets {
    places: Vec<u8>,
    /// Where in `places` each set ends; it begins where the one before it ends.
    ends: Vec<u32>,
}

impl ClassSets {
    /// The set with this number, from 0.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&[u8]> {
        let end = *self.ends.get(number)? as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.places.get(start..end)
    }

    /// How many sets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All sets, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|number| self.get(number))
    }

    fn end_set(&mut self) -> Option<()> {
        self.ends.push(u32::try_from(self.places.len()).ok()?);
        Some(())
    }
}

impl<'a> FromIterator<&'a [u8]> for ClassSets {
    fn from_iter<I: IntoIterator<Item = &'a [u8]>>(all: I) -> Self {
        let mut sets = Self::default();
        for set in all {
            sets.places.extend_from_slice(set);
            sets.end_set().expect("each class of a set takes more than a byte of memory elsewhere");
        }
        sets
    }
}

impl Serialize for ClassSets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A slice of bytes is a list of numbers in JSON.
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ClassSets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SetsVisitor)
    }
}

struct SetsVisitor;

impl<'de> Visitor<'de> for SetsVisitor {
    type Value = ClassSets;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of sets")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<ClassSets, A::Error> {
        let mut sets = ClassSets::default();
        while all.next_element_seed(Set(&mut sets))?.is_some() {}
        Ok(sets)
    }
}

/// Reads one set behind the others.
struct Set<'s>(&'s mut ClassSets);

impl<'de> DeserializeSeed<'de> for Set<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Set<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a set of places")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut places: A) -> Result<(), A::Error> {
        bounded::take(size_of::<u32>())?;
        while let Some(place) = places.next_element::<u8>()? {
            bounded::take(size_of::<u8>())?;
            self.0.places.push(place);
        }
        self.0.end_set().ok_or_else(|| A::Error::custom("too many"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_written_as_lists_of_numbers_and_read_back() {
        let sets: ClassSets = [&[0, 2, 255][..], &[], &[7]].into_iter().collect();
        let json = serde_json::to_string(&sets).expect("lists of numbers");
        assert_eq!(json, "[[0,2,255],[],[7]]");
        let read = bounded::grant(1000, || serde_json::from_str::<ClassSets>(&json));
        assert_eq!(read.expect("they are as written"), sets);
        assert_eq!((sets.get(0), sets.get(1)), (Some(&[0, 2, 255][..]), Some(&[][..])));
        assert_eq!((sets.get(2), sets.get(3), sets.len()), (Some(&[7][..]), None, 3));
        assert!(bounded::grant(10, || serde_json::from_str::<ClassSets>(&json)).is_err());
        assert!(bounded::grant(1000, || serde_json::from_str::<ClassSets>("[[256]]")).is_err());
    }
}
