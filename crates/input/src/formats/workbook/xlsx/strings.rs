//! The strings of an Office Open XML workbook.

use quick_xml::events::Event;

use super::super::{
    package::{Part, Xml},
    parts::SharedStrings,
};
use crate::error::InputProblem;

/// Reads the part with the shared strings.
pub(super) fn read_texts(mut xml: Xml<Part<'_>>) -> Result<SharedStrings, InputProblem> {
    let (mut texts, mut text) = (SharedStrings::default(), String::new());
    loop {
        let is_text = match xml.next()? {
            Event::Start(element) => element.local_name().as_ref() == "si",
            Event::Eof => return Ok(texts),
            _ => false,
        };
        if is_text {
            text.clear();
            push_rich_text(&mut xml, &mut text)?;
            texts.push(&text);
        }
    }
}

/// Appends the text of a rich-text element, without its phonetic runs.
pub(super) fn push_rich_text(
    xml: &mut Xml<Part<'_>>,
    text: &mut String,
) -> Result<(), InputProblem> {
    enum Child {
        Text,
        Phonetic,
        Other,
    }
    let start = text.len();
    let mut depth = 1_u64;
    while depth > 0 {
        let child = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => Child::Text,
                "rPh" => Child::Phonetic,
                _ => Child::Other,
            },
            Event::End(_) => {
                depth -= 1;
                continue;
            }
            Event::Eof => return Err(xml.reading.unreadable()),
            _ => continue,
        };
        match child {
            Child::Text => xml.push_text(text)?,
            Child::Phonetic => xml.skip_element()?,
            Child::Other => depth += 1,
        }
    }
    unescape(text, start);
    Ok(())
}

/// Decodes the escapes `_xHHHH_` after the byte `start`. Excel writes them for characters that XML cannot
/// contain.
pub(super) fn unescape(text: &mut String, start: usize) {
    let Some(first) = text[start..].find("_x") else { return };
    let escaped = text.split_off(start + first);
    let mut rest = &*escaped;
    while let Some(place) = rest.find("_x") {
        text.push_str(&rest[..place]);
        rest = &rest[place..];
        let code = rest.get(2..6).filter(|_| rest.get(6..7) == Some("_"));
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let char = code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
        if let Some(char) = char {
            text.push(char);
            rest = &rest[7..];
        } else {
            text.push_str("_x");
            rest = &rest[2..];
        }
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_are_decoded() {
        for (escaped, text) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("a_xb", "a_xb"),
            ("_x00G0_", "_x00G0_"),
            ("_xD800_ü_x", "_xD800_ü_x"),
        ] {
            let mut unescaped = format!("_x0041_{escaped}");
            unescape(&mut unescaped, 7);
            assert_eq!(unescaped, format!("_x0041_{text}"));
        }
    }
}
