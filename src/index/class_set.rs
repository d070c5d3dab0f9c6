//! A set of data classes.

/// Data classes that leaked together: one bit for each, by its index in the metadata's list.
///
/// An index file stores each set as these 32 bytes, so an index has at most 256 classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassSet([u8; ClassSet::LENGTH]);

impl ClassSet {
    /// The length of a set in bytes.
    pub const LENGTH: usize = 32;
    /// The largest number of classes.
    pub const MAX_CLASSES: usize = 8 * Self::LENGTH;

    /// Adds the class with this index.
    ///
    /// # Panics
    ///
    /// If the index is not below [`MAX_CLASSES`](Self::MAX_CLASSES).
    pub fn insert(&mut self, place: usize) {
        self.0[place / 8] |= 1 << (place % 8);
    }

    /// The indexes of its classes, in ascending order.
    pub fn places(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().filter(|&(_, bits)| bits != 0).flat_map(|(byte, bits)| {
            (0..8).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| 8 * byte + bit)
        })
    }

    /// Whether all its classes have an index below this number.
    pub fn is_within(&self, classes: usize) -> bool {
        let last = self.0.iter().rposition(|&bits| bits != 0);
        last.is_none_or(|byte| 8 * byte + (self.0[byte].ilog2() as usize) < classes)
    }

    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The set with this number in a section of sets; `None` if there is no such set.
    pub fn in_section(section: &[u8], number: usize) -> Option<Self> {
        section.as_chunks().0.get(number).copied().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_places_that_were_inserted() {
        let mut set = ClassSet::default();
        assert!(set.is_within(0));
        for (count, place) in [0, 7, 8, 100, 255].into_iter().enumerate() {
            set.insert(place);
            assert_eq!((set.places().count(), set.places().max()), (count + 1, Some(place)));
            assert!(set.is_within(place + 1) && !set.is_within(place));
        }
        let sets = [ClassSet::default().0, set.0].concat();
        assert_eq!(ClassSet::in_section(&sets, 1), Some(set));
        assert_eq!(ClassSet::in_section(&sets, 2), None);
    }
}
