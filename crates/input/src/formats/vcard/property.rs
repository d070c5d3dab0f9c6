//! A property of a vCard: its name, its parameters, and its value as text.

use crate::{
    charset::{Charset, Decision},
    code_page::CodePage,
    transfer,
};

/// A property before its value is decoded.
pub(super) struct Property<'a> {
    /// The name in upper case, without its group.
    pub name: String,
    parameters: Vec<String>,
    pub value: &'a [u8],
}

impl<'a> Property<'a> {
    /// The property of a line; `None` if it has no name or no colon.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let mut is_quoted = false;
        let colon = line.iter().position(|&byte| {
            is_quoted ^= byte == b'"';
            byte == b':' && !is_quoted
        });
        // A stray quotation mark must not hide the colon.
        let colon = colon.or_else(|| memchr::memchr(b':', line))?;
        let head = String::from_utf8_lossy(&line[..colon]).to_ascii_uppercase();
        let mut parts = head.split(';');
        let name = parts.next()?;
        let name = name.rsplit('.').next().unwrap_or(name).trim();
        let is_name =
            |character: char| character.is_ascii_alphanumeric() || "-_/".contains(character);
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        let parameters = parts.map(|part| part.trim().to_owned()).collect();
        Some(Self { name: name.to_owned(), parameters, value: &line[colon + 1..] })
    }

    /// The values of a parameter. In version 2.1, `TYPE=` and `ENCODING=` may be omitted.
    fn values(&self, parameter: &str) -> impl Iterator<Item = &str> {
        let values = self.parameters.iter().filter_map(move |item| match item.split_once('=') {
            Some((name, value)) => (name == parameter).then_some(value),
            None => Some(&**item),
        });
        values.flat_map(|value| value.split(',')).map(|value| value.trim_matches(['"', ' ']))
    }

    pub fn has(&self, parameter: &str, value: &str) -> bool {
        self.values(parameter).any(|other| other == value)
    }

    /// The value of this parameter. A value without a parameter name does not count.
    pub fn named(&self, parameter: &str) -> Option<&str> {
        let values = self.parameters.iter().filter_map(|parameter| parameter.split_once('='));
        values.filter(|(name, _)| *name == parameter).map(|(_, value)| value).next()
    }

    pub fn is_quoted_printable(&self) -> bool {
        self.has("ENCODING", "QUOTED-PRINTABLE")
    }

    fn is_base64(&self) -> bool {
        self.has("ENCODING", "BASE64") || self.has("ENCODING", "B")
    }

    /// Whether the value is a picture, a sound or a key.
    pub fn is_large(&self) -> bool {
        matches!(
            &*self.name,
            "PHOTO" | "LOGO" | "SOUND" | "KEY" | "X-MS-CARDPICTURE" | "X-MS-OL-DESIGN"
        )
    }

    /// The value as text; `None` if it cannot be decoded.
    pub fn text(&self, decision: &mut Decision) -> Option<String> {
        let is_base64 = self.is_base64() && !self.is_quoted_printable();
        let decoded = if self.is_quoted_printable() {
            transfer::quoted_printable(self.value)?
        } else if is_base64 {
            transfer::base64(self.value)?
        } else {
            self.value.to_vec()
        };
        let label = self.named("CHARSET").map(|label| label.trim_matches('"'));
        let code_page = label.and_then(CodePage::for_label);
        let text = match code_page {
            Some(CodePage::Standard(encoding)) if encoding == encoding_rs::UTF_8 => {
                Charset::Utf8.decode(&decoded)
            }
            Some(code_page) => code_page.decode(&decoded),
            None if is_base64 => decision.decode_base64(&decoded),
            None => decision.decode(&decoded),
        };
        text.map(std::borrow::Cow::into_owned)
    }
}

/// Whether a line is a property rather than the continuation of a value. It must have a usual name in capital
/// letters, and no blank after the colon. Text such as `Tel: 030 1234567` is not a property.
pub(super) fn begins_property(line: &[u8]) -> bool {
    const NAMES: &str = "BEGIN END VERSION N FN ADR BDAY TEL EMAIL UID ORG TITLE ROLE NICKNAME NOTE URL PHOTO \
                         LABEL REV PRODID CATEGORIES CLASS SORT-STRING MAILER TZ GEO KEY LOGO SOUND AGENT \
                         GENDER IMPP KIND ANNIVERSARY LANG RELATED SOURCE";
    let Some(property) = Property::parse(line) else { return false };
    let is_usual = |name: &str| NAMES.split(' ').any(|item| item == name) || name.starts_with("X-");
    let head = line.split(|byte| matches!(byte, b':' | b';')).next().unwrap_or_default();
    let written = head.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let is_end =
        property.name == "END" && property.value.trim_ascii().eq_ignore_ascii_case(b"VCARD");
    let is_blank = property.value.first().is_some_and(u8::is_ascii_whitespace);
    is_end || is_usual(&property.name) && !is_blank && written == property.name.as_bytes()
}

/// Splits a text at unescaped separators, and decodes the escapes.
pub(super) fn parts(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let part = parts.last_mut().expect("there is one");
        match character {
            '\\' => match characters.next() {
                Some('n' | 'N') => part.push('\n'),
                Some(other @ ('\\' | ',' | ';' | ':')) => part.push(other),
                // In version 2.1, other backslashes are text.
                other => part.extend(['\\'].into_iter().chain(other)),
            },
            other if other == separator => parts.push(String::new()),
            other => part.push(other),
        }
    }
    parts
}

/// A text without separators, with its escapes decoded.
pub(super) fn unescaped(text: &str) -> String {
    // The separator is a character that no text contains.
    parts(text, '\0').concat()
}
