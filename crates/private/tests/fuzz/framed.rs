//! Files of the private check that are made of arbitrary bytes.

use std::fmt::Write;

use leakdex_private::{FileType, Signer, fuzzing::sealed};

/// How to make a file from an input. The first byte of the input determines it.
#[derive(Clone, Copy)]
pub struct Choice(u8);

impl Choice {
    /// Whether the rest of the input is the metadata, a line feed, and the body of a file to sign. Otherwise, the
    /// rest is the file.
    pub const fn is_signed(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether the body is made longer, so that it fits the metadata.
    pub const fn is_stretched(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether the slow steps run, too.
    pub const fn is_thorough(self) -> bool {
        self.0 & 4 != 0
    }
}

/// The choice, and the rest of an input.
pub fn split(data: &[u8]) -> Option<(Choice, &[u8])> {
    data.split_first().map(|(first, rest)| (Choice(*first), rest))
}

/// The fuzz targets sign all files with this key.
pub fn signer() -> Signer {
    let text = format!("leakdex-signer-v1:{}", "07".repeat(32));
    Signer::from_text(text.as_bytes()).expect("it is a key")
}

/// The file in an input. `values` replace placeholders in the metadata, since no input can know these values. `body`
/// makes the body of a stretched file from the metadata and from the rest of the input.
pub fn file(
    of_type: FileType,
    (choice, rest): (Choice, &[u8]),
    values: &[(&str, String)],
    body: impl FnOnce(&serde_json::Value, &[u8]) -> Vec<u8>,
) -> Option<Vec<u8>> {
    if !choice.is_signed() {
        return Some(rest.to_vec());
    }
    let (metadata, given) = halves(rest);
    let mut metadata = metadata.to_vec();
    if let Ok(text) = str::from_utf8(&metadata) {
        let replaced =
            values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        metadata = replaced.into_bytes();
    }
    let parsed = serde_json::from_slice(&metadata).ok().filter(|_| choice.is_stretched());
    let body = parsed.map_or_else(|| given.to_vec(), |parsed| body(&parsed, given));
    sealed(of_type, &metadata, &body, &signer())
}

/// The text before the first line feed, and the text after it.
pub fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("it goes to memory");
        text
    })
}

/// The maximum number of batches in a stretched file.
const MAX_BATCHES: u64 = 4;

/// The body of a request or a response: the given bytes, again and again, up to the length of all batches.
pub fn batches(metadata: &serde_json::Value, given: &[u8], batch_length: usize) -> Vec<u8> {
    let kinds = metadata["kinds"].as_array().map(Vec::as_slice).unwrap_or_default();
    let batches = kinds.iter().map(|kind| kind["batches"].as_u64().unwrap_or(0));
    let batches = batches.fold(0, u64::saturating_add);
    if given.is_empty() || batches > MAX_BATCHES {
        return given.to_vec();
    }
    let batches = usize::try_from(batches).expect("it is small");
    given.iter().copied().cycle().take(batches * batch_length).collect()
}
