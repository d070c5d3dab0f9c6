//! Writes sorted pseudonyms as an index file, in one pass and with little memory.

use std::{
    collections::BTreeMap,
    io::{self, Seek, SeekFrom, Write},
    mem,
    path::Path,
};

use leakdex_staging::Staged;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{origins::NumberedOrigins, spill::RunError};
use crate::{
    error::{BuildFault, Error},
    index::{
        CHUNK_LENGTH, DIGEST_LENGTH, FilterBlocks, GROUP, LARGEST_BUCKET, LONGEST_METADATA,
        LONGEST_PROFILES, Layout, MAX_ENTRIES, Metadata, Posting, PostingCipher, SALT_LENGTH, Seal,
        Section, Shape, Split, digests_of, salt_of, slots_of, write_slots,
    },
    key::Key,
    memory::{out_of_memory, zeros},
    pseudonym::Pseudonym,
    trace::event,
};

/// The destination of an index. Its bytes arrive in no particular order.
pub(crate) trait Sink {
    fn write_at(&mut self, place: usize, bytes: &[u8]) -> io::Result<()>;
}

impl Sink for &mut Vec<u8> {
    fn write_at(&mut self, place: usize, bytes: &[u8]) -> io::Result<()> {
        let end = place + bytes.len();
        if let Some(missing) = end.checked_sub(self.len()) {
            self.try_reserve(missing).map_err(out_of_memory)?;
            self.resize(end, 0);
        }
        self[place..end].copy_from_slice(bytes);
        Ok(())
    }
}

impl Sink for &mut Staged {
    fn write_at(&mut self, place: usize, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(place as u64))?;
        self.write_all(bytes)
    }
}

/// Why an index was not written.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Sorted identifiers could not be read back.
    Run(io::Error),
    /// The index could not be written.
    Write(io::Error),
    /// Anything else. The error names its file, if it has one.
    Other(Error),
}

impl Failure {
    /// The error for an index that was to be written to this path.
    pub fn of(self, path: &Path) -> Error {
        match self {
            Self::Run(source) => Error::io("read sorted identifiers back", path, source),
            Self::Write(source) => Error::io("write the index", path, source),
            Self::Other(error) => error,
        }
    }
}

impl From<RunError> for Failure {
    fn from(RunError(error): RunError) -> Self {
        Self::Run(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<BuildFault> for Failure {
    fn from(fault: BuildFault) -> Self {
        Self::Other(fault.into())
    }
}

/// Writes one index. Entries are [`push`](Self::push)ed in ascending order of their pseudonyms.
pub(crate) struct Encoder<'a, S> {
    layout: Layout,
    metadata: Metadata,
    /// The metadata, encoded for the file.
    encoded_metadata: Vec<u8>,
    origins: &'a NumberedOrigins,
    cipher: PostingCipher,
    body: Body<S>,
    filter: Column,
    groups: Column,
    buckets: Column,
    heads: Column,
    tails: Column,
    slot_groups: Column,
    slot_marks: Column,
    postings: Column,
    /// The slots of one entry.
    slots: Vec<u8>,
    filter_blocks: FilterBlocks,
    marks: Marks,
    entry: usize,
    slot: u64,
}

/// The size of the content of a file, known before it is written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Size {
    pub entries: u64,
    pub slots: u64,
    /// The digest of the content.
    pub digest: [u8; DIGEST_LENGTH],
}

/// The salt of a file with this content. The content of other shards affects the numbers of origins
/// in this one. So the salt includes the id of the build, which depends on all shards.
pub(crate) fn salt_for(
    key: &Key,
    digest: &[u8; DIGEST_LENGTH],
    metadata: &Metadata,
) -> [u8; SALT_LENGTH] {
    let build = metadata.shard.map(|shard| shard.build().to_string());
    salt_of(key, &[&digest[..], build.unwrap_or_default().as_bytes()].concat())
}

/// The state of the fan-out: which bucket is marked next.
struct Marks {
    next: usize,
    group_start: usize,
    slot_group_start: u64,
    bucket_size: usize,
}

impl<'a, S: Sink> Encoder<'a, S> {
    /// Begins a file of this size, whose postings have these origins.
    pub fn new(
        key: &Key,
        metadata: Metadata,
        size: Size,
        origins: &'a NumberedOrigins,
        sink: S,
    ) -> Result<Self, Failure> {
        let Size { entries, slots, digest } = size;
        if entries > MAX_ENTRIES {
            return Err(BuildFault::TooManyEntries.into());
        }
        event!(DEBUG, "writing an index", entries = entries, breaches = metadata.breaches.len());
        let shard_bits = metadata.shard.map_or(0, |shard| shard.count().bits());
        let shape = Shape::new(entries, slots, origins.origins.len() as u64, shard_bits);
        let salt = salt_for(key, &digest, &metadata);
        let encoded_metadata = metadata.encode();
        if encoded_metadata.len() > LONGEST_METADATA {
            return Err(BuildFault::MetadataTooLong.into());
        }
        let class_sets = origins.class_sets.len();
        let profiles_length = metadata.sealed_profiles.len();
        if profiles_length > LONGEST_PROFILES {
            return Err(BuildFault::MetadataTooLong.into());
        }
        let head = [encoded_metadata.len(), profiles_length];
        let layout = Layout::plan(shape, salt, head, class_sets);
        let column = |section| Column::new(layout.range(section).start);
        Ok(Self {
            filter: column(Section::Filter),
            groups: column(Section::Groups),
            buckets: column(Section::Buckets),
            heads: column(Section::Heads),
            tails: column(Section::Tails),
            slot_groups: column(Section::SlotGroups),
            slot_marks: column(Section::SlotMarks),
            postings: column(Section::Postings),
            slots: Vec::new(),
            filter_blocks: FilterBlocks::new(shape, 0),
            marks: Marks { next: 0, group_start: 0, slot_group_start: 0, bucket_size: 0 },
            entry: 0,
            slot: 0,
            cipher: PostingCipher::new(key, salt),
            body: Body::new(&layout, sink)?,
            layout,
            metadata,
            encoded_metadata,
            origins,
        })
    }

    /// Writes the next entry, with its postings in ascending order.
    pub fn push(&mut self, pseudonym: Pseudonym, postings: &[Posting]) -> Result<(), Failure> {
        let shape = self.layout.shape;
        let stored = shape.stored(pseudonym.first_half());
        self.write_filter_before(self.filter_blocks.block_of(stored))?;
        self.filter_blocks.insert(stored);
        let split = Split::new(pseudonym, shape);
        self.mark_up_to(split.bucket)?;
        self.entry += 1;
        let body = &mut self.body;
        self.heads.push(&split.head.to_le_bytes(), body)?;
        self.tails.push(&split.tail.to_le_bytes()[..shape.tail_width()], body)?;
        self.slot += slots_of(postings.len() as u64);
        self.slots.clear();
        write_slots(split.stored(shape), postings, shape, &self.cipher, &mut self.slots);
        self.postings.push(&self.slots, body)?;
        Ok(())
    }

    /// Writes the rest, and the head last.
    pub fn finish(mut self, seal: &Seal) -> Result<(Layout, Metadata), Failure> {
        let last_mark =
            usize::try_from(self.layout.shape.buckets()).expect("the number of buckets fits");
        self.mark_up_to(last_mark)?;
        self.write_filter_before(self.layout.shape.filter_blocks())?;
        self.write_origins()?;
        let Self { layout, metadata, encoded_metadata, mut body, .. } = self;
        let table = [self.filter, self.groups, self.buckets, self.heads, self.tails];
        let postings = [self.slot_groups, self.slot_marks, self.postings];
        for column in table.into_iter().chain(postings) {
            column.finish(&mut body)?;
        }
        body.write_whole()?;
        assert!(body.chunks.is_empty(), "the announced and the written entries must agree");

        let mut head = zeros(layout.head_length)?;
        layout.encode(&mut head);
        head[layout.range(Section::Metadata)].copy_from_slice(&encoded_metadata);
        head[layout.range(Section::Profiles)].copy_from_slice(&metadata.sealed_profiles);
        head[layout.range(Section::Roots)].copy_from_slice(&digests_of(&body.digests));
        seal.write_mac(&mut head, &layout);
        body.sink.write_at(layout.head_length, &body.digests)?;
        body.sink.write_at(0, &head)?;
        Ok((layout, metadata))
    }

    /// Writes the blocks of the filter before this one.
    fn write_filter_before(&mut self, number: u64) -> Result<(), Failure> {
        while let Some((_, block)) = self.filter_blocks.next_before(number) {
            self.filter.push(&block, &mut self.body)?;
        }
        Ok(())
    }

    /// Writes the marks of all buckets up to this one. Each of them starts at the next entry.
    fn mark_up_to(&mut self, bucket: usize) -> Result<(), Failure> {
        let Marks { next, group_start, slot_group_start, bucket_size } = &mut self.marks;
        *bucket_size = if bucket >= *next { 1 } else { *bucket_size + 1 };
        while *next <= bucket {
            if *next % GROUP == 0 {
                *group_start = self.entry;
                self.groups.push(&(self.entry as u64).to_le_bytes(), &mut self.body)?;
                *slot_group_start = self.slot;
                self.slot_groups.push(&self.slot.to_le_bytes(), &mut self.body)?;
            }
            let within = self.entry - *group_start;
            let within = u16::try_from(within).map_err(|_| BuildFault::Skewed)?;
            self.buckets.push(&within.to_le_bytes(), &mut self.body)?;
            let within = self.slot - *slot_group_start;
            let within = u32::try_from(within).map_err(|_| BuildFault::Skewed)?;
            self.slot_marks.push(&within.to_le_bytes(), &mut self.body)?;
            *next += 1;
        }
        if *bucket_size > LARGEST_BUCKET { Err(BuildFault::Skewed.into()) } else { Ok(()) }
    }

    fn write_origins(&mut self) -> Result<(), Failure> {
        let column = |section| Column::new(self.layout.range(section).start);
        let (mut origins, mut class_sets) = (column(Section::Origins), column(Section::ClassSets));
        let body = &mut self.body;
        for origin in &self.origins.origins {
            origins.push(&origin.encode(), body)?;
        }
        for set in &self.origins.class_sets {
            class_sets.push(set.as_bytes(), body)?;
        }
        origins.finish(body)?;
        class_sets.finish(body)?;
        Ok(())
    }
}

/// The bytes of one section, which are written as they come.
struct Column {
    /// The position of the first byte of the buffer in the file.
    place: usize,
    buffer: Vec<u8>,
}

impl Column {
    const LENGTH: usize = 1 << 14;

    fn new(place: usize) -> Self {
        Self { place, buffer: Vec::with_capacity(Self::LENGTH + 16) }
    }

    #[inline]
    fn push(&mut self, bytes: &[u8], body: &mut Body<impl Sink>) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= Self::LENGTH { self.flush(body) } else { Ok(()) }
    }

    fn flush(&mut self, body: &mut Body<impl Sink>) -> io::Result<()> {
        body.put(self.place, &self.buffer)?;
        self.place += self.buffer.len();
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self, body: &mut Body<impl Sink>) -> io::Result<()> {
        self.flush(body)
    }
}

/// Collects the chunks of the body. Each chunk is digested and written once it is complete.
struct Body<S> {
    sink: S,
    /// The start of the body, and its end.
    start: usize,
    end: usize,
    /// The sections of the body. There is padding between them.
    sections: Vec<std::ops::Range<usize>>,
    /// The chunks that are not complete yet: a few for each section.
    chunks: BTreeMap<usize, Chunk>,
    /// The chunks that are complete and not written yet.
    whole: Vec<(usize, Vec<u8>)>,
    /// The digests of the chunks, with the padding after them.
    digests: Vec<u8>,
}

struct Chunk {
    bytes: Vec<u8>,
    missing: usize,
}

impl<S: Sink> Body<S> {
    fn new(layout: &Layout, sink: S) -> io::Result<Self> {
        Ok(Self {
            sink,
            start: layout.body_start(),
            end: layout.file_length(),
            sections: layout.body().to_vec(),
            chunks: BTreeMap::new(),
            whole: Vec::new(),
            digests: zeros(layout.digests().len())?,
        })
    }

    /// Stores bytes for a position in the file.
    fn put(&mut self, mut place: usize, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let number = (place - self.start) / CHUNK_LENGTH;
            let chunk_start = self.start + number * CHUNK_LENGTH;
            let chunk_end = (chunk_start + CHUNK_LENGTH).min(self.end);
            let (now, later) = bytes.split_at(bytes.len().min(chunk_end - place));
            let chunk = self.chunks.entry(number).or_insert_with(|| {
                let within = |range: &std::ops::Range<usize>| {
                    range.end.min(chunk_end).saturating_sub(range.start.max(chunk_start))
                };
                let missing = self.sections.iter().map(within).sum();
                Chunk { bytes: vec![0; chunk_end - chunk_start], missing }
            });
            chunk.bytes[place - chunk_start..][..now.len()].copy_from_slice(now);
            chunk.missing -= now.len();
            if chunk.missing == 0 {
                let Chunk { bytes, .. } = self.chunks.remove(&number).expect("it is there");
                self.whole.push((number, bytes));
                // Enough chunks for all threads, but few enough to stay in their caches.
                if self.whole.len() >= 4 * rayon::current_num_threads() {
                    self.write_whole()?;
                }
            }
            place += now.len();
            bytes = later;
        }
        Ok(())
    }

    /// Writes the complete chunks. All threads digest them.
    fn write_whole(&mut self) -> io::Result<()> {
        let digest = |(number, bytes): (usize, Vec<u8>)| (number, Sha256::digest(&bytes), bytes);
        let digested: Vec<_> = mem::take(&mut self.whole).into_par_iter().map(digest).collect();
        for (number, digest, bytes) in digested {
            self.digests[number * DIGEST_LENGTH..][..DIGEST_LENGTH].copy_from_slice(&digest);
            self.sink.write_at(self.start + number * CHUNK_LENGTH, &bytes)?;
        }
        Ok(())
    }
}
