//! Short texts in one buffer, written and copied in steps of fixed length.
//!
//! Most normal forms are shorter than [`SHORT`]. A copy of exactly their length takes a number of
//! steps that the processor cannot predict. So the buffer has spare bytes after its end, and a
//! short copy always copies [`SHORT`] bytes.

use std::ops::Range;

use zeroize::Zeroize;

/// The maximum length of a value that [`Text::push_written`] writes, in bytes. The buffer keeps at
/// least this many spare bytes.
pub(crate) const ROOM: usize = 64;

/// The number of bytes that a copy of a short text always copies.
const SHORT: usize = 32;

/// Texts in one buffer, one after the other.
#[derive(Clone, Default)]
pub(crate) struct Text {
    /// The texts and at least [`ROOM`] unspecified bytes after them, or nothing at all.
    bytes: Vec<u8>,
    length: usize,
}

/// The position of a text in a [`Text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub start: u32,
    pub end: u32,
}

impl Place {
    /// # Panics
    ///
    /// If the texts take 4 GiB.
    #[inline]
    pub fn new(range: Range<usize>) -> Self {
        let short = |place| u32::try_from(place).expect("the texts take less than 4 GiB");
        Self { start: short(range.start), end: short(range.end) }
    }

    #[inline]
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub const fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl Text {
    pub const fn len(&self) -> usize {
        self.length
    }

    pub const fn clear(&mut self) {
        self.length = 0;
    }

    /// Shortens the texts to this many bytes.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    pub fn get(&self, place: Place) -> &[u8] {
        &self.bytes[..self.length][place.range()]
    }

    /// All texts, with the unspecified bytes after them.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All texts from `start` on.
    #[cfg(test)]
    pub fn from(&self, start: usize) -> &[u8] {
        &self.bytes[start..self.length]
    }

    /// The place from `start` to the end of all texts.
    #[inline]
    pub fn place_from(&self, start: usize) -> Place {
        Place::new(start..self.length)
    }

    pub fn push(&mut self, text: &[u8]) -> Place {
        let start = self.length;
        self.reserve(text.len());
        self.bytes[start..start + text.len()].copy_from_slice(text);
        self.length += text.len();
        self.place_from(start)
    }

    #[inline]
    pub fn push_byte(&mut self, byte: u8) {
        self.reserve(1);
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    /// Appends a text of `other`.
    #[inline]
    pub fn push_from(&mut self, other: &Self, place: Place) {
        let Some(source) = other.bytes.get(place.start as usize..).and_then(<[_]>::first_chunk)
        else {
            self.push(other.get(place));
            return;
        };
        if place.len() > SHORT {
            self.push(other.get(place));
            return;
        }
        let short: &[u8; SHORT] = source;
        self.reserve(SHORT);
        self.bytes[self.length..self.length + SHORT].copy_from_slice(short);
        self.length += place.len();
    }

    /// Passes the spare bytes after the texts to `write`, and appends as many of them as it
    /// returns.
    #[expect(clippy::inline_always, reason = "the closure `write` has to be inlined, too")]
    #[inline(always)]
    pub fn push_written(&mut self, write: impl FnOnce(&mut [u8; ROOM]) -> usize) -> Place {
        let start = self.length;
        self.reserve(ROOM);
        if let Some(room) = self.bytes[start..].first_chunk_mut() {
            self.length += write(room).min(ROOM);
        }
        self.place_from(start)
    }

    /// Passes the existing texts and `max_length` bytes after them to `write`, and appends as many
    /// of these bytes as it returns.
    #[inline]
    pub fn push_derived(
        &mut self,
        max_length: usize,
        write: impl FnOnce(&[u8], &mut [u8]) -> usize,
    ) -> Place {
        let start = self.length;
        self.reserve(max_length);
        let (texts, room) = self.bytes.split_at_mut(start);
        self.length += write(texts, &mut room[..max_length]).min(max_length);
        self.place_from(start)
    }

    /// The first eight bytes of a text as a number with the same order. A shorter text is padded
    /// with zeros.
    #[inline]
    pub fn prefix(&self, place: Place) -> u64 {
        let start = place.start as usize;
        let bytes = self.bytes.get(start..).and_then(<[_]>::first_chunk).copied();
        let number = u64::from_le_bytes(bytes.unwrap_or_default()).swap_bytes();
        let length = place.len().min(8);
        // The shifts clear the bytes after the text. A shift by 64 bits is not allowed.
        if length == 0 { 0 } else { number >> (64 - 8 * length) << (64 - 8 * length) }
    }

    #[inline]
    fn reserve(&mut self, more: usize) {
        let needed = self.length + more + ROOM;
        if self.bytes.len() < needed {
            self.grow(needed);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        let mut bytes = vec![0; (2 * self.bytes.len()).max(needed).max(2 * ROOM)];
        bytes[..self.length].copy_from_slice(&self.bytes[..self.length]);
        self.bytes.zeroize();
        self.bytes = bytes;
    }
}

impl Zeroize for Text {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_are_copied_completely(texts in prop::collection::vec(".{0,40}", 0..40)) {
            let (mut one, mut other) = (Text::default(), Text::default());
            let places: Vec<Place> = texts.iter().map(|text| one.push(text.as_bytes())).collect();
            for (&place, text) in places.iter().zip(&texts) {
                let start = other.len();
                other.push_from(&one, place);
                prop_assert_eq!(other.from(start), text.as_bytes());
                prop_assert_eq!(one.get(place), text.as_bytes());
            }
            let all: String = texts.concat();
            prop_assert_eq!(other.from(0), all.as_bytes());
        }

        #[test]
        fn prefixes_sort_like_texts(one in "[a-c]{0,10}", other in "[a-c]{0,10}") {
            let mut text = Text::default();
            let prefixes = [&one, &other].map(|part| {
                let place = text.push(part.as_bytes());
                text.prefix(place)
            });
            let [one_prefix, other_prefix] = prefixes;
            if one_prefix == other_prefix {
                prop_assert_eq!(one.get(..8).unwrap_or(&one), other.get(..8).unwrap_or(&other));
            } else {
                prop_assert_eq!(one_prefix < other_prefix, one < other);
            }
        }
    }

    #[test]
    fn written_text_has_the_length_the_writer_returns() {
        let mut text = Text::default();
        let place = text.push_written(|room| {
            room[..3].copy_from_slice(b"abc");
            2
        });
        assert_eq!((text.get(place), text.len()), (&b"ab"[..], 2));
        let place = text.push_derived(100, |before, room| {
            room[..2].copy_from_slice(before);
            2
        });
        assert_eq!((text.get(place), text.from(0)), (&b"ab"[..], &b"abab"[..]));
    }
}
