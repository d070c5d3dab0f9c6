//! The data that a decision is based on, as keyed digests.

use std::{collections::BTreeSet, fmt};

use leakdex::{CanonicalIdentifier, Field, Key, KeyId, Kind, KindSet};
use twox_hash::XxHash3_128;

/// The data that a decision is based on: the member's identifiers, and the matching leaked records. The
/// digests are keyed, and bound to the reference and the breach. So nobody can recover the data or compare
/// two members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Basis {
    /// The key of the digests.
    pub key: KeyId,
    /// The digest of the member's identifiers.
    pub member: [u8; Self::LENGTH],
    /// The digest of the tags of the matching records.
    pub records: [u8; Self::LENGTH],
}

/// Why a text is not the code of a member in a breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// It does not have the form of a code.
    Malformed,
    /// It is the code of another reference or breach, or was changed.
    OfAnother,
}

/// The prefix of version 1 codes. Because it begins with a letter, no spreadsheet takes a code for a number.
const PREFIX: &str = "L1";

impl Basis {
    /// The length of a digest in bytes.
    pub const LENGTH: usize = 16;

    /// The basis of a decision about a member in a breach. `identifiers` and `parts` (names, dates of birth
    /// and postcodes) are the member's. `tags` are those of the matching leaked records. Names are included
    /// because people decide by them, although a name alone is not an identifier.
    ///
    /// Neither the order of columns nor the other indexes of a run affect the result: identifiers that an
    /// index derives from an address do not count in addition to the address.
    #[must_use]
    pub fn of<'a>(
        key: &Key,
        (reference, breach): (&str, &str),
        identifiers: impl Iterator<Item = CanonicalIdentifier<'a>>,
        parts: impl Iterator<Item = (Field, &'a str)>,
        tags: impl Iterator<Item = u64>,
    ) -> Self {
        let all: BTreeSet<(&str, &[u8])> =
            identifiers.map(|identifier| (identifier.kind.slug(), identifier.canonical)).collect();
        let has_address = all.iter().any(|(kind, _)| *kind == Kind::Email.slug());
        let is_derived = |slug: &str| {
            let mut hashes = KindSet::EMAIL_HASHES.iter();
            slug == Kind::EmailAlias.slug() || has_address && hashes.any(|kind| kind.slug() == slug)
        };
        let mut member = Parts::of(&[reference.as_bytes(), breach.as_bytes()]);
        let counted = all.iter().filter(|(kind, _)| !is_derived(kind));
        counted.for_each(|(kind, canonical)| member.add(&[kind.as_bytes(), *canonical]));
        let parts: BTreeSet<(&str, &str)> =
            parts.map(|(field, value)| (field.slug(), value)).collect();
        parts.iter().for_each(|(field, value)| member.add(&[field.as_bytes(), value.as_bytes()]));
        let tags: BTreeSet<u64> = tags.collect();
        let tags: Vec<[u8; 8]> = tags.into_iter().map(u64::to_le_bytes).collect();
        let mut records = Parts::of(&[reference.as_bytes(), breach.as_bytes()]);
        tags.iter().for_each(|tag| records.add(&[tag.as_slice()]));
        Self {
            key: key.id(),
            member: member.digest(key, "decision-member"),
            records: records.digest(key, "decision-records"),
        }
    }

    /// The code next to this reference and breach in a work list.
    #[must_use]
    pub fn code(&self, reference: &str, breach: &str) -> String {
        let (member, records) = (hex(&self.member), hex(&self.records));
        let text = format!("{PREFIX}-{}-{member}-{records}", self.key);
        let check = check_sum(&text, reference, breach);
        format!("{text}-{check}")
    }

    /// Parses the code of this reference and breach.
    ///
    /// # Errors
    ///
    /// If the text is not a code, or is the code of another reference or breach. This does not stop a forger:
    /// only a check compares the digests, under their key.
    pub fn of_code(code: &str, reference: &str, breach: &str) -> Result<Self, CodeFault> {
        let code = code.trim();
        let (text, check) = code.rsplit_once('-').ok_or(CodeFault::Malformed)?;
        let parts: Vec<&str> = text.split('-').collect();
        let [PREFIX, key, member, records] = parts[..] else { return Err(CodeFault::Malformed) };
        let basis = Self::of_digits(key, member, records).ok_or(CodeFault::Malformed)?;
        let is_right = check_sum(text, reference, breach) == check;
        if is_right { Ok(basis) } else { Err(CodeFault::OfAnother) }
    }

    /// Parses the basis from hexadecimal digits.
    pub(super) fn of_digits(key: &str, member: &str, records: &str) -> Option<Self> {
        Some(Self { key: key.parse().ok()?, member: bytes(member)?, records: bytes(records)? })
    }

    /// The digests of the member and of the records, in hexadecimal digits.
    pub(super) fn digits(&self) -> [String; 2] {
        [hex(&self.member), hex(&self.records)]
    }
}

/// The parts of a message, unambiguously separated. They are not copied, since some are a person's values.
struct Parts<'a> {
    parts: Vec<&'a [u8]>,
    lengths: Vec<[u8; 8]>,
}

impl<'a> Parts<'a> {
    fn of(parts: &[&'a [u8]]) -> Self {
        let mut all = Self { parts: Vec::new(), lengths: Vec::new() };
        all.add(parts);
        all
    }

    fn add(&mut self, parts: &[&'a [u8]]) {
        self.parts.extend(parts);
        self.lengths.extend(parts.iter().map(|part| (part.len() as u64).to_le_bytes()));
    }

    /// The message: each part, preceded by its length.
    fn message(&self) -> impl Iterator<Item = &[u8]> {
        let lengths = self.lengths.iter().map(<[u8; 8]>::as_slice);
        lengths.zip(&self.parts).flat_map(|(length, part)| [length, *part])
    }

    fn digest(&self, key: &Key, purpose: &str) -> [u8; Basis::LENGTH] {
        let message: Vec<&[u8]> = self.message().collect();
        let digest = key.digest(purpose, &message);
        let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        *first
    }
}

/// A checksum against mistakes of people and spreadsheets, such as a code in another row, or a reference
/// without its leading zeros.
fn check_sum(text: &str, reference: &str, breach: &str) -> String {
    let parts = Parts::of(&[reference.as_bytes(), breach.as_bytes(), text.as_bytes()]);
    let mut hash = XxHash3_128::new();
    parts.message().for_each(|part| hash.write(part));
    format!("{:08x}", hash.finish_128() >> 96)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn bytes(digits: &str) -> Option<[u8; Basis::LENGTH]> {
    let is_plain = digits.len() == 2 * Basis::LENGTH
        && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let mut bytes = [0; Basis::LENGTH];
    for (byte, place) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(place..place + 2).filter(|_| is_plain)?, 16).ok()?;
    }
    Some(bytes)
}

impl fmt::Display for CodeFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed => "the check code is missing or was changed",
            Self::OfAnother => {
                "the check code does not belong to this reference and breach: a cell was changed or moved, \
                 or a spreadsheet removed the leading zeros of the reference"
            }
        })
    }
}
