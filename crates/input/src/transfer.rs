//! Decodes base64 and quoted-printable (RFC 2045).

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Accepts base64 without padding, which some programs leave out, and with trailing bits that are not zero.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes base64; `None` if it is invalid. White space is ignored.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut text = text.to_vec();
    text.retain(|byte| !byte.is_ascii_whitespace());
    BASE64.decode(text).ok()
}

/// Decodes quoted-printable text without its line ends; `None` if an escape is invalid.
pub(crate) fn quoted_printable(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split(|&byte| byte == b'=');
    bytes.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        let code = str::from_utf8(code).ok().filter(|code| !code.starts_with('+'))?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_decoded() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9v YmFy", "foobar"),
            ("Zg", "f"),
            ("Zh==", "f"),
            ("Zm9\r\n vYg=\n=", "foob"),
        ] {
            assert_eq!(base64(text.as_bytes()).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for wrong in ["Z", "Zm9v!", "Zg==Zg==", "Zg====", "M\u{FC}ller"] {
            assert_eq!(base64(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn quoted_printable_is_decoded() {
        assert_eq!(quoted_printable(b"M=FCller =3D").as_deref(), Some(&b"M\xFCller ="[..]));
        for wrong in [&b"a="[..], b"a=F", b"a=+F", b"a=XY", b"a=\xC3\xBC"] {
            assert_eq!(quoted_printable(wrong), None, "{}", wrong.escape_ascii());
        }
    }
}
