//! The bytes of an index file. Only this module knows offsets. `docs/FORMAT.md` describes them.
//!
//! A file has a *head*, *digests* and a *body*. The body has the table. The head has everything
//! else (fixed fields, section table, metadata, profiles, roots) and ends with a MAC over it.

use std::ops::Range;

use super::class_set::ClassSet;
use crate::{error::IndexFault, id::IndexId};

/// As in PNG: a byte that is not text, the name, and line ends that a text-mode transfer changes.
pub(super) const MAGIC: [u8; 8] = *b"\x89LDX\r\n\x1A\n";
pub(super) const VERSION: u32 = 6;

/// The longest metadata, in bytes. In memory, JSON takes up to about twenty times its length, and
/// an unverified file must not require much.
pub(crate) const LONGEST_METADATA: usize = 1 << 20;

/// The longest sealed profiles, in bytes. One profile takes about 40 KiB, and its counters of names
/// up to 2 MiB more.
pub(crate) const LONGEST_PROFILES: usize = 1 << 26;

/// Body and digests are digested in chunks of this many bytes.
pub(crate) const CHUNK_LENGTH: usize = 1 << 16;
pub(crate) const DIGEST_LENGTH: usize = 32;
pub(super) const MAC_LENGTH: usize = 32;

/// Digests and body begin at multiples of this, so that they can be mapped by pages.
const PAGE: usize = 4096;
/// Sections of the body begin at multiples of this, a cache line.
const LINE: usize = 64;

/// This many buckets of the fan-out form a group with a common start.
pub(crate) const GROUP: usize = 256;
/// The largest number of entries in a bucket. With evenly distributed pseudonyms, they have far
/// fewer.
pub(crate) const LARGEST_BUCKET: usize = 255;
/// A fan-out has at most 2 to this power buckets, so that enough bits of a first half are left for
/// a head.
const LARGEST_FAN_OUT_BITS: u32 = 32;
/// An index is split into at most 2 to this power shards.
pub(super) const LARGEST_SHARD_BITS: u32 = 8;
/// Lookups return the number of an entry in 32 bits. Larger indexes have shards.
pub(crate) const MAX_ENTRIES: u64 = u32::MAX as u64;
/// The largest mean number of entries in a bucket.
const ENTRIES_PER_BUCKET: u64 = 8;
/// The length of a head, in bytes.
pub(crate) const HEAD_WIDTH: usize = 4;
/// The length of a block of the filter: a cache line, so that a test costs one cache miss.
pub(crate) const FILTER_BLOCK: usize = LINE;
/// The filter has at least this many bits for each entry.
const FILTER_BITS_PER_ENTRY: u128 = 12;
/// The length of the salt from which the cipher of the postings is derived.
pub(crate) const SALT_LENGTH: usize = 16;
/// The length of an origin: a breach and a class set.
const ORIGIN_LENGTH: usize = 8;

// The fixed fields. Each begins where the one before it ends.
const VERSION_AT: usize = MAGIC.len();
const SECTION_COUNT_AT: usize = VERSION_AT + 4;
const FILE_LENGTH_AT: usize = SECTION_COUNT_AT + 4;
const HEAD_LENGTH_AT: usize = FILE_LENGTH_AT + 8;
const ENTRIES_AT: usize = HEAD_LENGTH_AT + 8;
const SLOTS_AT: usize = ENTRIES_AT + 8;
const ORIGINS_AT: usize = SLOTS_AT + 8;
const FAN_OUT_BITS_AT: usize = ORIGINS_AT + 8;
const TAIL_WIDTH_AT: usize = FAN_OUT_BITS_AT + 1;
const ORIGIN_WIDTH_AT: usize = TAIL_WIDTH_AT + 1;
const SHARD_BITS_AT: usize = ORIGIN_WIDTH_AT + 1;
const RESERVED_AT: usize = SHARD_BITS_AT + 1;
const SALT_AT: usize = RESERVED_AT + 4;
const SECTIONS_AT: usize = SALT_AT + SALT_LENGTH;
/// An entry of the section table: offset and length.
const SECTION_ENTRY: usize = 16;
const TABLE_END: usize = SECTIONS_AT + Section::ALL.len() * SECTION_ENTRY;

/// The fixed fields and the section table are within this many bytes from the start.
pub(super) const FIRST_READ: usize = PAGE;

/// The parts of a file that the section table lists, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// JSON: [`Metadata`].
    Metadata,
    /// The profiles of the leaks, sealed.
    Profiles,
    /// SHA-256 of each chunk of the digests.
    Roots,
    /// SHA-256 of each chunk of the body.
    Digests,
    /// The filter, which excludes most first halves that no entry has. A lookup reads it first.
    Filter,
    /// `u64` for each group of buckets: the number of entries before it.
    Groups,
    /// `u16` for each bucket, and one more: the number of entries of its group before it.
    Buckets,
    /// `u32` for each entry: the bits of the first half after those of the bucket.
    Heads,
    /// The last `tail_width` bytes of each pseudonym: all bits that are not in bucket and head.
    Tails,
    /// `u64` for each group of buckets: the number of slots of postings before it.
    SlotGroups,
    /// `u32` for each bucket, and one more: the number of slots of its group before it.
    SlotMarks,
    /// The postings of each entry, sealed. A lookup of an absent pseudonym reads none of them.
    Postings,
    /// The breach and the class set of postings. Postings refer to them by number.
    Origins,
    /// The sets of data classes, 32 bytes each. Origins refer to them by number.
    ClassSets,
}

impl Section {
    /// The sections, in the order of the section table.
    const ALL: [Self; 14] = [
        Self::Metadata,
        Self::Profiles,
        Self::Roots,
        Self::Digests,
        Self::Filter,
        Self::Groups,
        Self::Buckets,
        Self::Heads,
        Self::Tails,
        Self::SlotGroups,
        Self::SlotMarks,
        Self::Postings,
        Self::Origins,
        Self::ClassSets,
    ];
}

/// The sections of the body whose length depends on the counts. The class sets come after them.
const BODY: [Section; 9] = [
    Section::Filter,
    Section::Groups,
    Section::Buckets,
    Section::Heads,
    Section::Tails,
    Section::SlotGroups,
    Section::SlotMarks,
    Section::Postings,
    Section::Origins,
];

/// The origin of a leaked record: its breach, and its classes of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Origin {
    /// The index of the breach in the metadata.
    pub breach: u32,
    /// The number of the class set.
    pub class_set: u32,
}

impl Origin {
    pub fn encode(self) -> [u8; ORIGIN_LENGTH] {
        let mut bytes = [0; ORIGIN_LENGTH];
        bytes[..4].copy_from_slice(&self.breach.to_le_bytes());
        bytes[4..].copy_from_slice(&self.class_set.to_le_bytes());
        bytes
    }

    /// The origin with this number in the section of origins; `None` if there is no such origin.
    pub fn in_section(section: &[u8], number: usize) -> Option<Self> {
        let bytes = section.as_chunks::<ORIGIN_LENGTH>().0.get(number)?;
        Some(Self { breach: u32_at(bytes, 0)?, class_set: u32_at(bytes, 4)? })
    }
}

/// How a table of a given size is laid out: everything that depends on the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub entries: u64,
    /// The number of slots of postings.
    pub slots: u64,
    pub origins: u64,
    /// This many leading bits of a first half are the number of its bucket.
    pub fan_out_bits: u32,
    /// The length of the number of an origin, in bytes: 0, 1, 2 or 4.
    pub origin_width: usize,
    /// All pseudonyms of a shard have this many leading bits in common. They are not stored.
    pub shard_bits: u32,
}

impl Shape {
    /// The shape of a new file. It is a shard if `shard_bits` is not 0.
    pub fn new(entries: u64, slots: u64, origins: u64, shard_bits: u32) -> Self {
        let buckets = entries.div_ceil(ENTRIES_PER_BUCKET).next_power_of_two();
        Self {
            entries,
            slots,
            origins,
            fan_out_bits: buckets.trailing_zeros().min(LARGEST_FAN_OUT_BITS),
            origin_width: match origins {
                0 | 1 => 0,
                2..=0x100 => 1,
                0x101..=0x1_0000 => 2,
                _ => 4,
            },
            shard_bits,
        }
    }

    /// The length of a tail in bytes: the second half, and all bytes of the first half with bits
    /// that are not in bucket and head.
    pub const fn tail_width(self) -> usize {
        let bits_before = self.fan_out_bits as usize + 8 * HEAD_WIDTH;
        16 - bits_before / 8
    }

    /// The length of a slot of the postings, in bytes.
    pub const fn slot_length(self) -> usize {
        1 + self.origin_width + 8 + 8
    }

    pub const fn buckets(self) -> u64 {
        1 << self.fan_out_bits
    }

    /// A first half as the table stores it. In a shard, it lacks the bits of the shard's number.
    #[inline]
    pub const fn stored(self, first_half: u64) -> u64 {
        first_half << self.shard_bits
    }

    /// Whether a first half can be stored.
    pub const fn is_stored(self, stored: u64) -> bool {
        stored.trailing_zeros() >= self.shard_bits
    }

    /// The bucket of a stored first half: its leading bits.
    pub const fn bucket_of(self, stored: u64) -> usize {
        // Two shifts, because a single shift by 64 bits is not allowed.
        (stored >> 1 >> (63 - self.fan_out_bits)) as usize
    }

    /// The head of a stored first half: the bits after those of the bucket.
    pub const fn head_of(self, stored: u64) -> u32 {
        (stored << self.fan_out_bits >> 32) as u32
    }

    /// The number of blocks of the filter: at least one, so that every first half has a block.
    #[expect(clippy::cast_possible_truncation, reason = "fewer blocks than entries, or one")]
    pub const fn filter_blocks(self) -> u64 {
        let bits = self.entries as u128 * FILTER_BITS_PER_ENTRY;
        let blocks = bits.div_ceil(8 * FILTER_BLOCK as u128) as u64;
        if blocks == 0 { 1 } else { blocks }
    }

    /// The length that a section of the body must have; `None` if it depends on the data.
    fn length_of(self, section: Section) -> Option<u64> {
        let marks = self.buckets() + 1;
        match section {
            Section::Filter => self.filter_blocks().checked_mul(FILTER_BLOCK as u64),
            Section::Groups | Section::SlotGroups => marks.div_ceil(GROUP as u64).checked_mul(8),
            Section::Buckets => marks.checked_mul(2),
            Section::Heads => self.entries.checked_mul(HEAD_WIDTH as u64),
            Section::Tails => self.entries.checked_mul(self.tail_width() as u64),
            Section::SlotMarks => marks.checked_mul(4),
            Section::Postings => self.slots.checked_mul(self.slot_length() as u64),
            Section::Origins => self.origins.checked_mul(ORIGIN_LENGTH as u64),
            _ => None,
        }
    }
}

/// The positions of everything in one file.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub shape: Shape,
    /// Derived from the content, so that different postings never share a key stream.
    pub salt: [u8; SALT_LENGTH],
    pub head_length: usize,
    /// In the order of [`Section::ALL`].
    sections: [Range<usize>; Section::ALL.len()],
}

impl Layout {
    /// Lays out a new file.
    pub fn plan(
        shape: Shape,
        salt: [u8; SALT_LENGTH],
        [metadata_length, profiles_length]: [usize; 2],
        class_sets: usize,
    ) -> Self {
        let body_lengths = BODY.map(|section| {
            let length = shape.length_of(section).and_then(|length| usize::try_from(length).ok());
            length.expect("the lengths of a table in memory fit")
        });
        let mut body_length = 0_usize;
        let mut body = Vec::new();
        for length in body_lengths.into_iter().chain([class_sets * ClassSet::LENGTH]) {
            let start = body_length.next_multiple_of(LINE);
            body.push(start..start + length);
            body_length = start + length;
        }

        let metadata_at = TABLE_END;
        let profiles_at = metadata_at + metadata_length;
        let roots_at = (profiles_at + profiles_length).next_multiple_of(LINE);
        let digests_length = body_length.div_ceil(CHUNK_LENGTH) * DIGEST_LENGTH;
        let roots_length = digests_length.div_ceil(CHUNK_LENGTH) * DIGEST_LENGTH;
        let head_length = (roots_at + roots_length + MAC_LENGTH).next_multiple_of(PAGE);
        let body_start = (head_length + digests_length).next_multiple_of(PAGE);

        let head = [
            metadata_at..profiles_at,
            profiles_at..profiles_at + profiles_length,
            roots_at..roots_at + roots_length,
            head_length..head_length + digests_length,
        ];
        let body = body.into_iter().map(|range| range.start + body_start..range.end + body_start);
        let mut sections: [Range<usize>; Section::ALL.len()] = Default::default();
        for (place, range) in sections.iter_mut().zip(head.into_iter().chain(body)) {
            *place = range;
        }
        Self { shape, salt, head_length, sections }
    }

    /// Reads the fixed fields and the section table, and checks every count and offset in them
    /// against the length of the file. Later code trusts only values that were checked here or by
    /// the MAC.
    ///
    /// `bytes` is the start of the file: all of it, or at least [`FIRST_READ`] bytes.
    pub fn decode(bytes: &[u8], file_length: u64) -> Result<Self, IndexFault> {
        let header = Self::header(bytes, file_length)?;
        let damaged = IndexFault::Damaged { part: "header" };
        let file_length = usize::try_from(file_length).ok();
        file_length.and_then(|length| Self::decode_checked(header, length)).ok_or(damaged)
    }

    /// The length that a file claims to have; 0 if it claims none.
    pub fn claimed_length(bytes: &[u8]) -> u64 {
        u64_at(bytes, FILE_LENGTH_AT).unwrap_or(0)
    }

    /// The bytes of the fixed fields and the section table, if this is an index of this version and
    /// of the length that it claims.
    fn header(bytes: &[u8], file_length: u64) -> Result<&[u8], IndexFault> {
        let cut = IndexFault::WrongLength {
            expected: u64_at(bytes, FILE_LENGTH_AT).unwrap_or(SECTIONS_AT as u64),
            found: file_length,
        };
        if !bytes.starts_with(&MAGIC) {
            if MAGIC.starts_with(bytes) && !bytes.is_empty() {
                return Err(cut);
            }
            // New line ends keep the first four bytes. A change to UTF-8 doubles the first one.
            let changed = bytes.starts_with(&MAGIC[..4]) || bytes.starts_with(b"\xC2\x89LDX");
            return Err(if changed { IndexFault::TextModeDamage } else { IndexFault::NotAnIndex });
        }
        match u32_at(bytes, VERSION_AT) {
            Some(VERSION) => {}
            Some(found) => {
                return Err(IndexFault::UnknownVersion { found, known: VERSION });
            }
            None => return Err(cut),
        }
        if u64_at(bytes, FILE_LENGTH_AT) != Some(file_length) {
            return Err(cut);
        }
        bytes.get(..TABLE_END).ok_or(cut)
    }

    /// `None` if anything does not fit together.
    fn decode_checked(header: &[u8], file_length: usize) -> Option<Self> {
        let shard_bits = u32::from(header[SHARD_BITS_AT]);
        let (slots, origins) = (u64_at(header, SLOTS_AT)?, u64_at(header, ORIGINS_AT)?);
        let shape = Shape::new(u64_at(header, ENTRIES_AT)?, slots, origins, shard_bits);
        let salt = *header[SALT_AT..].first_chunk()?;
        let section_count = usize::try_from(u32_at(header, SECTION_COUNT_AT)?).ok()?;
        let widths_fit = header[FAN_OUT_BITS_AT] == u8::try_from(shape.fan_out_bits).ok()?
            && header[TAIL_WIDTH_AT] == u8::try_from(shape.tail_width()).ok()?
            && header[ORIGIN_WIDTH_AT] == u8::try_from(shape.origin_width).ok()?
            && shape.entries <= MAX_ENTRIES
            && header[RESERVED_AT..SALT_AT].iter().all(|&byte| byte == 0)
            && section_count == Section::ALL.len()
            && shard_bits <= LARGEST_SHARD_BITS;
        let head_length = usize::try_from(u64_at(header, HEAD_LENGTH_AT)?).ok()?;
        if !widths_fit || head_length > file_length || !head_length.is_multiple_of(PAGE) {
            return None;
        }

        let mut sections: [Range<usize>; Section::ALL.len()] = Default::default();
        for (number, range) in sections.iter_mut().enumerate() {
            let entry = SECTIONS_AT + number * SECTION_ENTRY;
            let start = usize::try_from(u64_at(header, entry)?).ok()?;
            let length = usize::try_from(u64_at(header, entry + 8)?).ok()?;
            *range = start..start.checked_add(length)?;
        }
        let layout = Self { shape, salt, head_length, sections };

        // The positions must be those that a writer of this version chooses.
        let metadata_length = layout.range(Section::Metadata).len();
        let profiles_length = layout.range(Section::Profiles).len();
        let class_sets = layout.range(Section::ClassSets).len();
        let fits = layout.sections.iter().all(|range| range.end <= file_length)
            && metadata_length <= LONGEST_METADATA
            && profiles_length <= LONGEST_PROFILES
            && class_sets.is_multiple_of(ClassSet::LENGTH)
            && shape.lengths_fit(file_length);
        if !fits {
            return None;
        }
        let planned = Self::plan(
            shape,
            salt,
            [metadata_length, profiles_length],
            class_sets / ClassSet::LENGTH,
        );
        let same = planned.sections == layout.sections
            && planned.head_length == head_length
            && planned.file_length() == file_length;
        same.then_some(planned)
    }

    /// Writes the fixed fields and the section table to the start of `head`.
    pub fn encode(&self, head: &mut [u8]) {
        let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
        let narrow = |width: usize| [u8::try_from(width).expect("a width is small")];
        put(0, &MAGIC);
        put(VERSION_AT, &VERSION.to_le_bytes());
        let section_count = u32::try_from(Section::ALL.len());
        put(SECTION_COUNT_AT, &section_count.expect("they are few").to_le_bytes());
        put(FILE_LENGTH_AT, &(self.file_length() as u64).to_le_bytes());
        put(HEAD_LENGTH_AT, &(self.head_length as u64).to_le_bytes());
        put(ENTRIES_AT, &self.shape.entries.to_le_bytes());
        put(SLOTS_AT, &self.shape.slots.to_le_bytes());
        put(ORIGINS_AT, &self.shape.origins.to_le_bytes());
        put(FAN_OUT_BITS_AT, &narrow(self.shape.fan_out_bits as usize));
        put(TAIL_WIDTH_AT, &narrow(self.shape.tail_width()));
        put(ORIGIN_WIDTH_AT, &narrow(self.shape.origin_width));
        put(SHARD_BITS_AT, &narrow(self.shape.shard_bits as usize));
        put(SALT_AT, &self.salt);
        for (number, range) in self.sections.iter().enumerate() {
            let entry = SECTIONS_AT + number * SECTION_ENTRY;
            put(entry, &(range.start as u64).to_le_bytes());
            put(entry + 8, &(range.len() as u64).to_le_bytes());
        }
    }

    #[inline]
    pub fn range(&self, section: Section) -> Range<usize> {
        self.sections[section as usize].clone()
    }

    /// The range that the MAC covers: the whole head except the MAC.
    pub const fn authenticated(&self) -> Range<usize> {
        0..self.head_length - MAC_LENGTH
    }

    pub const fn mac(&self) -> Range<usize> {
        self.head_length - MAC_LENGTH..self.head_length
    }

    /// The id of the index with this head.
    pub fn id(&self, head: &[u8]) -> IndexId {
        IndexId::of_digest(&head[self.mac()])
    }

    /// Where the body begins.
    #[inline]
    pub fn body_start(&self) -> usize {
        self.sections[Section::Filter as usize].start
    }

    /// The positions of the body's sections.
    pub fn body(&self) -> &[Range<usize>] {
        &self.sections[Section::Filter as usize..]
    }

    pub fn file_length(&self) -> usize {
        self.range(Section::ClassSets).end
    }
}

impl Shape {
    /// Whether all sections together fit into a file of this length, so that planning the layout
    /// cannot overflow.
    fn lengths_fit(self, file_length: usize) -> bool {
        let mut total = 0_u64;
        BODY.iter().all(|&section| {
            let sum = self.length_of(section).and_then(|length| total.checked_add(length));
            total = sum.unwrap_or(u64::MAX);
            total <= file_length as u64
        })
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}
