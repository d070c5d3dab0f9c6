//! Audits: the insurer opens some elements of a request, and an auditor sees their identifiers.
//!
//! An element commits the insurer to one identifier. To open it as another identifier, one must compute a discrete
//! logarithm.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Seek, Write},
    str::FromStr,
};

use curve25519_dalek::Scalar;
use hmac::{Hmac, KeyInit, Mac};
use leakdex::{Batch, Kind};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    envelope::{FileWriter, SignedFile},
    epoch::{BATCH, canary_input, input, padding_input},
    error::Error,
    names::{FileId, FileType, hex_bytes},
    request::{BATCH_LENGTH, Batches, Request, length_of},
    signer::Signer,
    voprf::{ENCODED, Encoded, hash_to_group},
};

/// The maximum number of elements in a sample.
const MAX_SAMPLES: u64 = 1_000_000;

/// F(x) is not defined for longer inputs.
const LONGEST_INPUT: u32 = 0xFFFF;

/// 32 random bytes that the auditor draws after the request was sent, so that nobody knows the sample in advance.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

hex_bytes!(Challenge, 32);

impl Challenge {
    /// A new challenge from the operating system's random number generator.
    ///
    /// # Errors
    ///
    /// [`Error::NoRandomness`] if the generator returns no bytes.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(Error::NoRandomness)?;
        Ok(Self(bytes))
    }
}

impl FromStr for Challenge {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_hex(text).ok_or(Error::NotAChallenge)
    }
}

/// The elements of a request that an audit inspects.
pub struct Sample {
    challenge: Challenge,
    request: FileId,
    batches: Vec<Batches>,
    /// The numbers of the elements within the request, in the order in which they were drawn. A number can occur
    /// twice.
    numbers: Vec<u64>,
}

/// An element of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The number within the request, from 0.
    pub element: u64,
    /// The kind.
    pub kind: Kind,
    /// The number within the kind, from 0.
    pub number: u64,
}

impl Sample {
    /// Draws a number of elements of a request, with replacement.
    ///
    /// # Errors
    ///
    /// [`Error::WrongSample`] for zero elements, or more than a million.
    pub fn draw<R: Read + Seek>(
        challenge: Challenge,
        request: &Request<R>,
        samples: u64,
    ) -> Result<Self, Error> {
        if !(1..=MAX_SAMPLES).contains(&samples) {
            return Err(Error::WrongSample);
        }
        let (id, batches) = (request.id(), request.batches().to_vec());
        let elements = length_of(&batches, BATCH as u64).expect("the request was opened");
        let mac = Hmac::<Sha256>::new_from_slice(&challenge.0).expect("any length");
        let mac = mac.chain_update(id.as_bytes());
        let number = |place: u64| {
            let digest = mac.clone().chain_update(place.to_le_bytes()).finalize().into_bytes();
            let (first, _) = digest.split_first_chunk().expect("a digest is longer");
            u64::from_le_bytes(*first) % elements
        };
        let numbers = (0..samples).map(number).collect();
        Ok(Self { challenge, request: id, batches, numbers })
    }

    /// The places of the sample, in the order in which they were drawn. A place can occur twice.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.numbers.iter().map(|&element| self.place(element))
    }

    fn place(&self, element: u64) -> Place {
        let mut number = element;
        for batch in &self.batches {
            match number.checked_sub(batch.batches * BATCH as u64) {
                Some(rest) => number = rest,
                None => return Place { element, kind: batch.kind, number },
            }
        }
        unreachable!("a sample is drawn from the elements of the request")
    }

    /// The elements of the sample, by their numbers.
    fn elements<R: Read + Seek>(
        &self,
        request: &mut Request<R>,
    ) -> Result<BTreeMap<u64, Encoded>, Error> {
        if request.id() != self.request {
            return Err(Error::OtherRequest(FileType::Request));
        }
        let wanted: BTreeSet<u64> = self.numbers.iter().copied().collect();
        let mut wanted = wanted.into_iter().peekable();
        let mut elements = BTreeMap::new();
        let batches = length_of(&self.batches, 1).expect("the request was opened");
        let mut body = request.body()?;
        let mut batch = vec![[0; ENCODED]; BATCH];
        debug_assert_eq!(batch.as_flattened().len(), BATCH_LENGTH, "a batch of elements");
        for first in (0..batches).map(|number| number * BATCH as u64) {
            body.read(batch.as_flattened_mut())?;
            for (element, encoded) in (first..).zip(&batch) {
                if wanted.next_if_eq(&element).is_some() {
                    elements.insert(element, *encoded);
                }
            }
        }
        body.finish()?;
        Ok(elements)
    }
}

/// The input of the function and the blind of one element. Both are overwritten when dropped.
pub struct Opening {
    /// The input.
    pub input: Zeroizing<Vec<u8>>,
    /// The blind, a scalar.
    pub blind: Zeroizing<[u8; 32]>,
}

impl Opening {
    /// Whether the element is this input, blinded. The auditor knows all of these values, so variable time is safe
    /// here.
    fn fits(&self, element: &Encoded) -> bool {
        let blind = Option::<Scalar>::from(Scalar::from_canonical_bytes(*self.blind));
        let blind = blind.filter(|blind| *blind != Scalar::ZERO);
        blind.is_some_and(|blind| {
            (hash_to_group(&self.input) * blind).compress().as_bytes() == element
        })
    }
}

/// The metadata of openings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningsMetadata {
    request: FileId,
    challenge: Challenge,
    samples: u64,
}

/// The fields before each opening: the number of the element, and the length of the input.
const HEAD: usize = 8 + 4;

/// Writes the openings of a sample. `opening_of` returns the opening for a place. Each opening is compared with the
/// insurer's own request, so a changed member list is noticed here.
///
/// # Errors
///
/// [`Error::FalseOpening`] if an opening does not fit its element; [`Error::OtherRequest`] if the sample is of
/// another request; the errors of `opening_of`; and if reading or writing fails.
pub fn write_openings<R: Read + Seek>(
    request: &mut Request<R>,
    sample: &Sample,
    signer: &Signer,
    mut opening_of: impl FnMut(Place) -> Result<Opening, Error>,
    sink: impl Write,
) -> Result<FileId, Error> {
    let file = FileType::Openings;
    let elements = sample.elements(request)?;
    // The vector never grows, since that would leave copies behind.
    let mut openings = Vec::with_capacity(sample.numbers.len());
    for place in sample.places() {
        let opening = opening_of(place)?;
        if opening.input.len() > LONGEST_INPUT as usize || !opening.fits(&elements[&place.element])
        {
            return Err(Error::FalseOpening { element: place.element });
        }
        openings.push((place.element, opening));
    }
    let length = openings.iter().map(|(_, opening)| HEAD + opening.input.len() + ENCODED);
    let length = length.sum::<usize>() as u64;
    let metadata = OpeningsMetadata {
        request: sample.request,
        challenge: sample.challenge,
        samples: sample.numbers.len() as u64,
    };
    let mut writer = FileWriter::begin(file, signer, &metadata, length, sink)?;
    for (element, opening) in &openings {
        let length = u32::try_from(opening.input.len()).expect("it was compared");
        writer.write(&element.to_le_bytes())?;
        writer.write(&length.to_le_bytes())?;
        writer.write(&opening.input)?;
        writer.write(opening.blind.as_slice())?;
    }
    writer.finish()
}

/// The result of an audit.
///
/// It holds identifiers of members, so it has no `Debug`, and overwrites them on drop.
pub struct AuditResult {
    identifiers: Vec<OpenedIdentifier>,
    canaries: u64,
    padding: u64,
}

/// An identifier for which the insurer asked.
pub struct OpenedIdentifier {
    kind: Kind,
    canonical: Zeroizing<Vec<u8>>,
    is_of_member: bool,
}

impl OpenedIdentifier {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The identifier in its canonical form.
    #[must_use]
    pub fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    fn key(&self) -> (Kind, &[u8]) {
        (self.kind, &self.canonical)
    }
}

impl AuditResult {
    /// The identifiers of the sample, each once, by kind, without those of removed members.
    pub fn identifiers(&self) -> impl Iterator<Item = &OpenedIdentifier> {
        self.identifiers.iter().filter(|identifier| !identifier.is_of_member)
    }

    /// The number of places of the sample with made-up identifiers.
    #[must_use]
    pub const fn canaries(&self) -> u64 {
        self.canaries
    }

    /// The number of places of the sample with padding.
    #[must_use]
    pub const fn padding(&self) -> u64 {
        self.padding
    }

    /// Removes the identifiers of these members, who are in the insurer's books. After all members are removed,
    /// the remaining identifiers are those of strangers.
    pub fn remove_members(&mut self, members: &Batch) {
        for member in members.canonical_identifiers() {
            let of_member = (member.kind, member.canonical);
            let found = self.identifiers.binary_search_by(|opened| opened.key().cmp(&of_member));
            // A mark is quick. Taking one out would move all that follow.
            if let Ok(place) = found {
                self.identifiers[place].is_of_member = true;
            }
        }
    }
}

/// Verifies the openings of a sample. The insurer of the request must have signed them. Each must belong to the
/// drawn element, and must be an identifier of its kind, a canary or padding.
///
/// # Errors
///
/// [`Error::FalseOpening`] if an opening does not fit its element; [`Error::UnknownSigner`],
/// [`Error::OtherRequest`] or [`Error::OtherSample`] if another insurer signed the file, or if it is for another
/// request or sample; and if a file was changed, breaks the format, or cannot be read.
pub fn audit<R: Read + Seek>(
    request: &mut Request<R>,
    sample: &Sample,
    openings: impl Read + Seek,
) -> Result<AuditResult, Error> {
    let file = FileType::Openings;
    let malformed = || Error::Malformed { file, part: "list of openings" };
    let mut openings = SignedFile::open(file, openings)?;
    if openings.signer() != request.insurer() {
        return Err(Error::UnknownSigner { file, signer: openings.signer() });
    }
    let metadata: OpeningsMetadata = openings.metadata()?;
    if metadata.request != sample.request {
        return Err(Error::OtherRequest(file));
    }
    let is_of_sample = metadata.challenge == sample.challenge;
    if !is_of_sample || metadata.samples != sample.numbers.len() as u64 {
        return Err(Error::OtherSample);
    }
    let elements = sample.elements(request)?;
    let mut body = openings.body()?;
    let mut identifiers = Vec::new();
    let (mut canaries, mut padding) = (0, 0);
    for place in sample.places() {
        let false_opening = || Error::FalseOpening { element: place.element };
        let mut head = [0; HEAD];
        body.read_if_left(&mut head)?.then_some(()).ok_or_else(malformed)?;
        let (element, length) = head.split_at(8);
        let element = u64::from_le_bytes(element.try_into().expect("eight bytes"));
        let length = u32::from_le_bytes(length.try_into().expect("four bytes"));
        if element != place.element {
            return Err(false_opening());
        }
        if length > LONGEST_INPUT {
            return Err(malformed());
        }
        let mut opening = Opening {
            input: Zeroizing::new(vec![0; length as usize]),
            blind: Zeroizing::new([0; 32]),
        };
        let is_there = body.read_if_left(&mut opening.input)?
            && body.read_if_left(opening.blind.as_mut_slice())?;
        is_there.then_some(()).ok_or_else(malformed)?;
        if !opening.fits(&elements[&element]) {
            return Err(false_opening());
        }
        match element_input(&opening.input, place).ok_or_else(false_opening)? {
            ElementInput::Canary => canaries += 1,
            ElementInput::Padding => padding += 1,
            ElementInput::Identifier(canonical) => {
                let canonical = Zeroizing::new(canonical.to_vec());
                let (kind, is_of_member) = (place.kind, false);
                identifiers.push(OpenedIdentifier { kind, canonical, is_of_member });
            }
        }
    }
    if body.left() > 0 {
        return Err(malformed());
    }
    body.finish()?;
    identifiers.sort_unstable_by(|one, other| one.key().cmp(&other.key()));
    identifiers.dedup_by(|one, other| one.key() == other.key());
    Ok(AuditResult { identifiers, canaries, padding })
}

/// The types of input.
enum ElementInput<'i> {
    Identifier(&'i [u8]),
    Canary,
    Padding,
}

/// The type of the input at this place. `None` if no request has such an input there.
fn element_input(bytes: &[u8], place: Place) -> Option<ElementInput<'_>> {
    let Place { kind, number, .. } = place;
    if let Some(canonical) = bytes.strip_prefix(input(kind, &[]).as_slice()) {
        return Some(ElementInput::Identifier(canonical));
    }
    if number % BATCH as u64 == 0
        && canary_input(kind).is_some_and(|canary_input| canary_input == bytes)
    {
        return Some(ElementInput::Canary);
    }
    (bytes == padding_input(kind, number)).then_some(ElementInput::Padding)
}
