//! Many short texts in one buffer, which is overwritten on drop.

use std::ops::Range;

use zeroize::Zeroize;

/// Canonical bytes of persons' identifiers, or inputs made of them.
#[derive(Default)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    /// Where each text ends.
    ends: Vec<usize>,
}

impl Texts {
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn push(&mut self, parts: &[&[u8]]) {
        let more = parts.iter().map(|part| part.len()).sum::<usize>();
        if self.bytes.capacity() - self.bytes.len() < more {
            self.grow(more);
        }
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.ends.push(self.bytes.len());
    }

    /// Moves the texts to a larger buffer. Growing in place would leave a copy behind.
    fn grow(&mut self, more: usize) {
        let mut larger = Vec::with_capacity((2 * self.bytes.len() + more).max(1 << 12));
        larger.extend_from_slice(&self.bytes);
        self.bytes.zeroize();
        self.bytes = larger;
    }

    fn range(&self, number: usize) -> Range<usize> {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[number]
    }

    pub fn get(&self, number: usize) -> &[u8] {
        &self.bytes[self.range(number)]
    }

    /// Removes the first texts and keeps the memory.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    pub fn drop_first(&mut self, count: usize) {
        let start = count.checked_sub(1).map_or(0, |last| self.ends[last]);
        self.bytes.drain(..start);
        self.ends.drain(..count);
        self.ends.iter_mut().for_each(|end| *end -= start);
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_as_they_went_in() {
        let mut texts = Texts::default();
        for number in 0..1000_usize {
            texts.push(&[b"text ", number.to_string().as_bytes()]);
            texts.push(&[]);
        }
        let mut dropped = 0;
        for first in [0, 1, 2, 600] {
            dropped += first;
            texts.drop_first(first);
            assert_eq!(texts.len(), 2000 - dropped);
            for place in 0..texts.len() {
                let number = place + dropped;
                let expected = format!("text {}", number / 2);
                let is_empty = number % 2 == 1;
                assert_eq!(texts.get(place), if is_empty { b"" } else { expected.as_bytes() });
            }
        }
        texts.drop_first(texts.len());
        texts.push(&[b"last"]);
        assert_eq!((texts.len(), texts.get(0)), (1, &b"last"[..]));
    }
}
