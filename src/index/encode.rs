//! Lays sorted pseudonyms out as an index file.

use super::{
    format::{
        GROUP, LARGEST_BUCKET, LONGEST_METADATA, Layout, Metadata, Occurrence, Section, Shape,
    },
    seal::Seal,
    table::Split,
};
use crate::{error::BuildFault, pseudonym::Pseudonym};

/// The bytes of an index with these entries — pseudonyms in ascending order, each with the place
/// of its exposure.
pub(super) fn encode(
    metadata: &Metadata,
    exposures: &[&[Occurrence]],
    entries: impl ExactSizeIterator<Item = (Pseudonym, usize)>,
    seal: &Seal,
) -> Result<Vec<u8>, BuildFault> {
    if u32::try_from(exposures.len()).is_err() {
        return Err(BuildFault::TooManyExposures);
    }
    let shape = Shape::new(entries.len() as u64, exposures.len() as u64);
    let metadata = metadata.encode();
    if metadata.len() > LONGEST_METADATA {
        return Err(BuildFault::MetadataTooLong);
    }
    let occurrences = exposures.iter().map(|exposure| exposure.len()).sum();
    let layout = Layout::plan(shape, metadata.len(), occurrences);

    let mut file = vec![0; layout.file_length()];
    layout.encode(&mut file);
    file[layout.range(Section::Metadata)].copy_from_slice(&metadata);
    encode_table(&mut file, &layout, entries)?;
    encode_exposures(&mut file, &layout, exposures);
    seal.close(&mut file, &layout);
    Ok(file)
}

fn encode_table(
    file: &mut [u8],
    layout: &Layout,
    entries: impl Iterator<Item = (Pseudonym, usize)>,
) -> Result<(), BuildFault> {
    let shape = layout.shape;
    let start = |section| layout.range(section).start;
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    let (heads, tails, numbers) =
        (start(Section::Heads), start(Section::Tails), start(Section::Numbers));

    // The fan-out marks where each bucket begins: `next_mark` is the first one not yet written.
    let (groups, buckets) = (start(Section::Groups), start(Section::Buckets));
    let (mut next_mark, mut group_start, mut bucket_size) = (0, 0, 0);
    let mut mark_up_to = |bucket: usize, entry: usize, put: &mut dyn FnMut(usize, &[u8])| {
        for mark in next_mark..=bucket {
            if mark % GROUP == 0 {
                group_start = entry;
                put(groups + mark / GROUP * 8, &(entry as u64).to_le_bytes());
            }
            let within = u16::try_from(entry - group_start).map_err(|_| BuildFault::Skewed)?;
            put(buckets + mark * 2, &within.to_le_bytes());
        }
        bucket_size = if bucket >= next_mark { 1 } else { bucket_size + 1 };
        next_mark = next_mark.max(bucket + 1);
        if bucket_size > LARGEST_BUCKET { Err(BuildFault::Skewed) } else { Ok(()) }
    };

    let mut count = 0;
    for (entry, (pseudonym, exposure)) in entries.enumerate() {
        let split = Split::new(pseudonym, shape);
        mark_up_to(split.bucket, entry, &mut put)?;
        put(heads + entry * 8, &split.head.to_le_bytes());
        put(tails + entry * shape.tail_width(), &split.tail.to_le_bytes()[..shape.tail_width()]);
        let number = (exposure as u64).to_le_bytes();
        put(numbers + entry * shape.number_width, &number[..shape.number_width]);
        count = entry + 1;
    }
    let last_mark = usize::try_from(shape.buckets()).expect("the fan-out is in memory");
    mark_up_to(last_mark, count, &mut put)
}

fn encode_exposures(file: &mut [u8], layout: &Layout, exposures: &[&[Occurrence]]) {
    let starts = layout.range(Section::ExposureStarts).start;
    let occurrences = layout.range(Section::Occurrences).start;
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    let mut written = 0_usize;
    put(starts, &0_u64.to_le_bytes());
    for (number, exposure) in exposures.iter().enumerate() {
        for occurrence in *exposure {
            put(occurrences + written * Occurrence::LENGTH, &occurrence.encode());
            written += 1;
        }
        put(starts + (number + 1) * 8, &(written as u64).to_le_bytes());
    }
}
