//! Fields of the binary formats of Excel: little-endian numbers, and texts in UTF-16.

/// Reads the fields of a record in order; `None` if it is cut off.
#[derive(Clone, Copy)]
pub(super) struct Fields<'d>(pub &'d [u8]);

impl<'d> Fields<'d> {
    pub fn bytes(&mut self, count: usize) -> Option<&'d [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.bytes(count).map(drop)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// A text in UTF-16 after its length. A missing text is empty.
    pub fn wide_text(&mut self) -> Option<String> {
        let length = self.u32()?;
        if length == u32::MAX {
            return Some(String::new());
        }
        let bytes = self.bytes(usize::try_from(length).ok()?.checked_mul(2)?)?;
        let mut text = String::new();
        push_utf16(bytes, &mut text);
        Some(text)
    }
}

/// Decodes little-endian UTF-16.
pub(super) fn push_utf16(bytes: &[u8], text: &mut String) {
    let (units, _) = bytes.as_chunks();
    let units = units.iter().map(|&unit| u16::from_le_bytes(unit));
    text.extend(char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// Decodes an RK number. Two of its bits determine the encoding.
pub(super) fn rk(bits: u32) -> f64 {
    let number = if bits & 2 == 0 {
        f64::from_bits(u64::from(bits & !3) << 32)
    } else {
        f64::from(bits.cast_signed() >> 2)
    };
    if bits & 1 == 0 { number } else { number / 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_four_bytes_is_an_integer_or_a_shortened_fraction() {
        // [MS-XLS] 2.5.217: the number itself, or a hundredth of it.
        for (bits, number) in [
            (0x3FF0_0000, 1.0),
            (0x3FF0_0001, 0.01),
            (0x004B_5646, 1_234_321.0),
            (0x004B_5647, 12_343.21),
            (0xFFFF_FFFE, -1.0),
        ] {
            assert!((rk(bits) - number).abs() < f64::EPSILON, "{bits:x}");
        }
    }

    #[test]
    fn a_record_that_is_cut_off_gives_nothing() {
        assert_eq!(Fields(&[2, 0, 0, 0, b'a', 0, b'b']).wide_text(), None);
        assert_eq!(Fields(&[2, 0, 0, 0, b'a', 0, 0xFC, 0]).wide_text().as_deref(), Some("aü"));
        assert_eq!(Fields(&[0xFF; 4]).wide_text().as_deref(), Some(""));
        assert_eq!(Fields(&[0xFE, 0xFF, 0xFF, 0xFF]).wide_text(), None);
        assert_eq!(Fields(&[1]).u16(), None);
    }
}
