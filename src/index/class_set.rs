//! A set of data classes.

/// Data classes that leaked together: one bit for each, by its place in the metadata's list.
///
/// An index file holds each set as these 32 bytes, so at most 256 classes can be told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassSet([u8; ClassSet::LENGTH]);

impl ClassSet {
    /// Bytes of a set.
    pub const LENGTH: usize = 32;
    /// How many classes there can be.
    pub const MOST_CLASSES: usize = 8 * Self::LENGTH;

    /// Adds the class at this place.
    ///
    /// # Panics
    ///
    /// If the place is not below [`MOST_CLASSES`](Self::MOST_CLASSES).
    pub fn insert(&mut self, place: usize) {
        self.0[place / 8] |= 1 << (place % 8);
    }

    pub fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|byte| self.0[byte] | other.0[byte]))
    }

    /// The places of its classes, in ascending order.
    pub fn places(self) -> impl Iterator<Item = usize> {
        (0..Self::MOST_CLASSES).filter(move |place| self.0[place / 8] >> (place % 8) & 1 == 1)
    }

    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The set with this number in a section of sets; `None` if there is no such set.
    pub fn in_section(section: &[u8], number: usize) -> Option<Self> {
        section.as_chunks().0.get(number).copied().map(Self)
    }
}
