//! The messages of an Arrow IPC file, read sequentially.

use arrow_ipc::{Block, MessageHeader, root_as_message};

use super::{super::chunks::Chunks, CONTINUATION, MAX_METADATA, damaged, is_damaged};
use crate::error::InputProblem;

/// The alignment of messages, in bytes.
const ALIGNMENT: u64 = 8;

/// The maximum number of zeros after the magic number and before the footer.
const MAX_PADDING: u64 = 64;

/// Compares the messages with the lists in the footer. If a list lacked a record batch, its rows would be
/// lost.
pub(super) fn compare(
    chunks: &Chunks,
    footer: u64,
    batches: impl Iterator<Item = Block>,
    dictionaries: &[Block],
) -> Result<(), InputProblem> {
    let listed = (offsets(batches)?, offsets(dictionaries.iter().copied())?);
    let mut place = skip_zeros(chunks, ALIGNMENT, footer)?;
    let first = message(chunks, place, footer);
    if !matches!(first, Ok(Some(Message { kind: MessageHeader::Schema, .. }))) {
        // Polars writes a schema without a length prefix.
        let firsts = [&listed.0, &listed.1].map(|list| list.first().copied());
        let start = firsts.into_iter().flatten().min().unwrap_or(footer);
        refuse_batches(chunks, place, start, footer)?;
        place = start;
    }
    let mut found = (Vec::new(), Vec::new());
    while let Some(message) = message(chunks, place, footer)? {
        match message.kind {
            MessageHeader::RecordBatch => found.0.push(place),
            MessageHeader::DictionaryBatch => found.1.push(place),
            MessageHeader::Schema if found.0.is_empty() && found.1.is_empty() => {}
            _ => return Err(damaged()),
        }
        place = message.end;
    }
    if listed == found { Ok(()) } else { Err(damaged()) }
}

/// The positions of the messages in a list, sorted.
fn offsets(blocks: impl Iterator<Item = Block>) -> Result<Vec<u64>, InputProblem> {
    let offsets = blocks.map(|block| u64::try_from(block.offset()).map_err(is_damaged));
    let mut offsets = offsets.collect::<Result<Vec<u64>, _>>()?;
    offsets.sort_unstable();
    Ok(offsets)
}

/// Refuses record batches before the first listed one.
fn refuse_batches(chunks: &Chunks, start: u64, end: u64, footer: u64) -> Result<(), InputProblem> {
    let length = end.checked_sub(start).filter(|&length| length <= MAX_METADATA);
    let length = usize::try_from(length.ok_or_else(damaged)?).map_err(is_damaged)?;
    let bytes = chunks.bytes(start, length)?.ok_or_else(damaged)?;
    for mark in memchr::memmem::find_iter(&bytes, &CONTINUATION) {
        let message = message(chunks, start + mark as u64, footer);
        let is_batch =
            |kind| matches!(kind, MessageHeader::RecordBatch | MessageHeader::DictionaryBatch);
        if message.is_ok_and(|message| message.is_some_and(|message| is_batch(message.kind))) {
            return Err(damaged());
        }
    }
    Ok(())
}

struct Message {
    kind: MessageHeader,
    end: u64,
}

/// The message at a position; `None` at the end, which is the footer or an end marker before it.
fn message(chunks: &Chunks, place: u64, footer: u64) -> Result<Option<Message>, InputProblem> {
    if place >= footer {
        return if place == footer { Ok(None) } else { Err(damaged()) };
    }
    let (mut length, mut start) = (word(chunks, place)?, place + 4);
    if length == CONTINUATION {
        length = word(chunks, start)?;
        start += 4;
    }
    let length = u64::from(u32::from_le_bytes(length));
    if length == 0 {
        // Other bytes after the end marker may be a second file.
        let end = skip_zeros(chunks, start, footer)?;
        return if end == footer { Ok(None) } else { Err(damaged()) };
    }
    let body = start.saturating_add(length);
    if length > MAX_METADATA || body > footer {
        return Err(damaged());
    }
    let length = usize::try_from(length).map_err(is_damaged)?;
    let metadata = chunks.bytes(start, length)?.ok_or_else(damaged)?;
    let message = root_as_message(&metadata).map_err(is_damaged)?;
    let length = u64::try_from(message.bodyLength()).map_err(is_damaged)?;
    Ok(Some(Message { kind: message.header_type(), end: body.saturating_add(length) }))
}

/// The position of the next byte that is not zero, or the footer.
fn skip_zeros(chunks: &Chunks, place: u64, footer: u64) -> Result<u64, InputProblem> {
    let length = footer.checked_sub(place).ok_or_else(damaged)?.min(MAX_PADDING);
    let length = usize::try_from(length).map_err(is_damaged)?;
    let bytes = chunks.bytes(place, length)?.ok_or_else(damaged)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Ok(place + zeros as u64)
}

fn word(chunks: &Chunks, place: u64) -> Result<[u8; 4], InputProblem> {
    let bytes = chunks.bytes(place, 4)?.ok_or_else(damaged)?;
    bytes.first_chunk().copied().ok_or_else(damaged)
}
