//! The messages of an Arrow IPC stream.

use std::{collections::VecDeque, io::Read, sync::Arc};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::{convert::try_fb_to_schema, reader::StreamDecoder, root_as_message};
use arrow_schema::SchemaRef;

use super::{
    CONTINUATION, MAX_IN_MEMORY, MAX_METADATA, TOO_LARGE, damaged, is_damaged, refuse_large,
};
use crate::error::InputProblem;

/// Reads the messages of a stream.
pub(super) struct Stream {
    source: Box<dyn Read + Send>,
    decoder: StreamDecoder,
    waiting: VecDeque<RecordBatch>,
    is_at_end: bool,
}

impl Stream {
    pub fn new(source: Box<dyn Read + Send>) -> Self {
        Self { source, decoder: StreamDecoder::new(), waiting: VecDeque::new(), is_at_end: false }
    }

    /// Reads the schema, which comes first.
    pub fn schema(&mut self) -> Result<SchemaRef, InputProblem> {
        let Some(metadata) = self.metadata()? else { return Err(damaged()) };
        let message = root_as_message(&metadata).map_err(is_damaged)?;
        let schema = message.header_as_schema().ok_or_else(damaged)?;
        let schema = try_fb_to_schema(schema).map_err(is_damaged)?;
        self.decode_message(metadata, Vec::new())?;
        Ok(Arc::new(schema))
    }

    /// The next record batch; `None` at a valid end.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, InputProblem> {
        loop {
            if let Some(batch) = self.waiting.pop_front() {
                return Ok(Some(batch));
            }
            if self.is_at_end {
                return Ok(None);
            }
            if let Some(metadata) = self.metadata()? {
                let message = root_as_message(&metadata).map_err(is_damaged)?;
                let length = u64::try_from(message.bodyLength()).map_err(is_damaged)?;
                let body = self.exactly(length, MAX_IN_MEMORY)?.ok_or(TOO_LARGE)?;
                refuse_large(message, &body)?;
                self.decode_message(metadata, body)?;
            } else {
                self.is_at_end = true;
                self.decode(Buffer::from_slice_ref([CONTINUATION, [0; 4]].concat()))?;
                self.check_end()?;
            }
        }
    }

    /// The metadata of the next message; `None` at the end marker.
    fn metadata(&mut self) -> Result<Option<Vec<u8>>, InputProblem> {
        let mut word = [0; 4];
        if self.source.by_ref().take(1).read(&mut word[..1])? == 0 {
            return Err(InputProblem::Refused(
                "an Arrow stream without its end marker, so record batches may be missing",
                "write or copy it again",
            ));
        }
        self.source.read_exact(&mut word[1..])?;
        if word == CONTINUATION {
            self.source.read_exact(&mut word)?;
        }
        match u32::from_le_bytes(word) {
            0 => Ok(None),
            length => Ok(Some(self.exactly(length.into(), MAX_METADATA)?.ok_or_else(damaged)?)),
        }
    }

    /// Reads exactly this many bytes; `None` if that exceeds the limit. Allocates only for bytes that exist.
    fn exactly(&mut self, length: u64, most: u64) -> Result<Option<Vec<u8>>, InputProblem> {
        if length > most {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.source.by_ref().take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == length { Ok(Some(bytes)) } else { Err(damaged()) }
    }

    fn decode_message(&mut self, metadata: Vec<u8>, body: Vec<u8>) -> Result<(), InputProblem> {
        let length = u32::try_from(metadata.len()).map_err(is_damaged)?;
        self.decode(Buffer::from_slice_ref([CONTINUATION, length.to_le_bytes()].concat()))?;
        self.decode(Buffer::from_vec(metadata))?;
        self.decode(Buffer::from_vec(body))
    }

    fn decode(&mut self, mut bytes: Buffer) -> Result<(), InputProblem> {
        while !bytes.is_empty() {
            let batch = self.decoder.decode(&mut bytes).map_err(is_damaged)?;
            self.waiting.extend(batch);
        }
        Ok(())
    }

    /// Refuses anything after the end.
    fn check_end(&mut self) -> Result<(), InputProblem> {
        // A second stream would be lost silently.
        if self.source.by_ref().take(1).read(&mut [0])? == 0 {
            return Ok(());
        }
        Err(InputProblem::Refused(
            "an Arrow stream with something after its end",
            "give each stream as a separate file",
        ))
    }
}
