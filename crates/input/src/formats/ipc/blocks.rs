//! The record batches of an Arrow IPC file.

use std::{collections::VecDeque, sync::Arc};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::{
    Block, MessageHeader, convert::try_fb_to_schema, reader::FileDecoder, root_as_footer,
    root_as_message,
};
use arrow_schema::SchemaRef;

use super::{
    super::chunks::Chunks, CONTINUATION, MAGIC, MAX_IN_MEMORY, MAX_METADATA, TOO_LARGE, damaged,
    is_damaged, messages, refuse_large,
};
use crate::error::InputProblem;

/// The length of the footer and the magic number after it.
const TRAILER: usize = 10;

/// Reads the record batches of a file.
pub(super) struct Blocks {
    chunks: Chunks,
    schema: SchemaRef,
    decoder: FileDecoder,
    left: VecDeque<Block>,
    rows: u64,
}

impl Blocks {
    /// Reads the footer and the dictionaries, and counts the rows.
    pub fn open(chunks: Chunks) -> Result<Self, InputProblem> {
        let end = chunks.length().checked_sub(TRAILER as u64).ok_or_else(damaged)?;
        let trailer = chunks.bytes(end, TRAILER)?.ok_or_else(damaged)?;
        let (length, magic) = trailer.split_first_chunk().ok_or_else(damaged)?;
        let length = u64::from(u32::from_le_bytes(*length));
        let start = end.checked_sub(length).filter(|_| length <= MAX_METADATA && magic == MAGIC);
        let start = start.ok_or_else(damaged)?;
        let length = usize::try_from(length).map_err(is_damaged)?;
        let footer = chunks.bytes(start, length)?.ok_or_else(damaged)?;
        let footer = root_as_footer(&footer).map_err(is_damaged)?;
        let schema = footer.schema().ok_or_else(damaged)?;
        let schema = Arc::new(try_fb_to_schema(schema).map_err(is_damaged)?);
        let decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
        let left: VecDeque<Block> = footer.recordBatches().iter().flatten().copied().collect();
        let dictionaries: Vec<Block> = footer.dictionaries().iter().flatten().copied().collect();
        messages::compare(&chunks, start, left.iter().copied(), &dictionaries)?;
        let mut this = Self { chunks, schema, decoder, left, rows: 0 };
        for block in dictionaries {
            let bytes = this.read(&block)?;
            this.decoder.read_dictionary(&block, &bytes).map_err(is_damaged)?;
        }
        for number in 0..this.left.len() {
            this.rows = this.rows.saturating_add(this.rows_of(this.left[number])?);
        }
        Ok(this)
    }

    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// The next record batch; `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, InputProblem> {
        let Some(block) = self.left.pop_front() else { return Ok(None) };
        let bytes = self.read(&block)?;
        let batch = self.decoder.read_record_batch(&block, &bytes).map_err(is_damaged)?;
        Ok(Some(batch.ok_or_else(damaged)?))
    }

    /// The rows of a block, by its metadata.
    fn rows_of(&self, block: Block) -> Result<u64, InputProblem> {
        let metadata = self.part(&block, metadata_length(&block)?)?;
        let message = root_as_message(unframed(&metadata)?).map_err(is_damaged)?;
        let batch = message.header_as_record_batch().ok_or_else(damaged)?;
        u64::try_from(batch.length()).map_err(is_damaged)
    }

    /// The bytes of a message. Refuses a message that takes too much memory.
    fn read(&self, block: &Block) -> Result<Buffer, InputProblem> {
        let metadata = metadata_length(block)?;
        let body = u64::try_from(block.bodyLength()).map_err(is_damaged)?;
        if body > MAX_IN_MEMORY {
            return Err(TOO_LARGE);
        }
        let bytes = self.part(block, metadata.saturating_add(body))?;
        let metadata = usize::try_from(metadata).map_err(is_damaged)?;
        let (metadata, body) = bytes.split_at_checked(metadata).ok_or_else(damaged)?;
        let message = root_as_message(unframed(metadata)?).map_err(is_damaged)?;
        if message.header_type() == MessageHeader::NONE {
            return Err(damaged());
        }
        refuse_large(message, body)?;
        Ok(bytes.into())
    }

    /// The first bytes of a message.
    fn part(&self, block: &Block, length: u64) -> Result<bytes::Bytes, InputProblem> {
        let start = u64::try_from(block.offset()).map_err(is_damaged)?;
        let length = usize::try_from(length).map_err(is_damaged)?;
        self.chunks.bytes(start, length)?.ok_or_else(damaged)
    }
}

fn metadata_length(block: &Block) -> Result<u64, InputProblem> {
    let length = u64::try_from(block.metaDataLength()).map_err(is_damaged)?;
    if length > MAX_METADATA { Err(damaged()) } else { Ok(length) }
}

/// The metadata without the length prefix.
fn unframed(metadata: &[u8]) -> Result<&[u8], InputProblem> {
    let prefix = if metadata.starts_with(&CONTINUATION) { 8 } else { 4 };
    metadata.get(prefix..).ok_or_else(damaged)
}
