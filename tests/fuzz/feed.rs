//! Arbitrary bytes as a source of choices. After their end come zeros, so every input is valid.

/// Bytes that are consumed one after the other.
pub struct Feed<'a>(&'a [u8]);

impl<'a> Feed<'a> {
    /// All choices come from these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or_default()
    }

    /// The next two bytes as a little-endian number.
    pub fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        let number = if end > 256 { self.short() } else { self.byte().into() };
        usize::from(number) % end
    }

    /// The next `length` bytes, or the remaining ones.
    pub fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A text whose length in bytes is the next byte.
    pub fn text(&mut self) -> String {
        let length = self.byte().into();
        String::from_utf8_lossy(self.bytes(length)).into_owned()
    }

    /// The remaining bytes.
    pub fn rest(&mut self) -> &'a [u8] {
        self.bytes(usize::MAX)
    }
}
