//! Detects concatenated files. Only the footer of the last one would count.

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::Chunks;
use crate::error::InputProblem;

/// The end of a file, and the start of the next one.
const SEAM: &[u8] = b"PAR1PAR1";

/// The size of the search window, in bytes.
const WINDOW: u64 = 1 << 20;

/// Refuses a file with a seam outside its columns. A seam within a column damages its pages.
pub(super) fn refuse_several(
    chunks: &Chunks,
    metadata: &ParquetMetaData,
) -> Result<(), InputProblem> {
    let columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let mut ranges: Vec<(u64, u64)> = columns.map(ColumnChunkMetaData::byte_range).collect();
    ranges.sort_unstable();
    ranges.push((chunks.length(), 0));
    let mut end = 0;
    for (start, length) in ranges {
        if has_seam(chunks, end, start)? {
            return Err(InputProblem::Refused(
                "a concatenation of several Parquet files",
                "give each one as a separate file",
            ));
        }
        end = end.max(start.saturating_add(length));
    }
    Ok(())
}

fn has_seam(chunks: &Chunks, start: u64, end: u64) -> Result<bool, InputProblem> {
    let overlap = SEAM.len() as u64 - 1;
    let (mut place, end) = (start, end.min(chunks.length()));
    while place.saturating_add(overlap) < end {
        let length = usize::try_from((end - place).min(WINDOW)).unwrap_or(0);
        let Some(bytes) = chunks.bytes(place, length)? else { return Ok(false) };
        if memchr::memmem::find(&bytes, SEAM).is_some() {
            return Ok(true);
        }
        place += length as u64 - overlap;
    }
    Ok(false)
}
