//! The messages of a stream of Arrow IPC.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Read},
    sync::Arc,
};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::{
    MessageHeader, convert::try_fb_to_schema, reader::StreamDecoder, root_as_footer,
    root_as_message,
};
use arrow_schema::SchemaRef;

use crate::error::InputProblem;

/// The mark before the length of a message.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// Longer metadata of a message, or a longer footer, is taken for damage.
const MOST_METADATA: u64 = 64 << 20;

/// A record batch takes no more memory, packed or unpacked.
const MOST_IN_MEMORY: u64 = 1 << 30;

/// Reads the messages of a stream or a file.
pub(super) struct Messages {
    source: Box<dyn Read + Send>,
    is_file: bool,
    decoder: StreamDecoder,
    waiting: VecDeque<RecordBatch>,
    /// How many record batches there were.
    batches: usize,
    is_at_end: bool,
}

pub(super) fn damaged() -> InputProblem {
    io::Error::new(ErrorKind::InvalidData, "the Arrow data is damaged, or of an unknown kind")
        .into()
}

/// Drops the error's message: it may show a value.
fn is_damaged<E>(_: E) -> InputProblem {
    damaged()
}

const TOO_LARGE: InputProblem = InputProblem::Refused(
    "an Arrow file or stream with a record batch of more than 1 GiB",
    "write it with smaller record batches",
);

impl Messages {
    pub fn new(source: Box<dyn Read + Send>, is_file: bool) -> Self {
        Self {
            source,
            is_file,
            decoder: StreamDecoder::new(),
            waiting: VecDeque::new(),
            batches: 0,
            is_at_end: false,
        }
    }

    /// Reads the schema, which comes first.
    pub fn schema(&mut self) -> Result<SchemaRef, InputProblem> {
        let Some(metadata) = self.metadata()? else { return Err(damaged()) };
        let message = root_as_message(&metadata).map_err(is_damaged)?;
        let schema = message.header_as_schema().ok_or_else(damaged)?;
        let schema = try_fb_to_schema(schema).map_err(is_damaged)?;
        self.take(metadata, Vec::new())?;
        Ok(Arc::new(schema))
    }

    /// The next record batch; `None` at the end, if it is a sound one.
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
                self.batches += usize::from(message.header_type() == MessageHeader::RecordBatch);
                let length = u64::try_from(message.bodyLength()).map_err(is_damaged)?;
                let body = self.exactly(length, MOST_IN_MEMORY)?.ok_or(TOO_LARGE)?;
                refuse_large(message, &body)?;
                self.take(metadata, body)?;
            } else {
                self.is_at_end = true;
                self.decode(Buffer::from_slice_ref([CONTINUATION, [0; 4]].concat()))?;
                self.check_end()?;
            }
        }
    }

    /// The metadata of the next message; `None` at the mark of the end.
    fn metadata(&mut self) -> Result<Option<Vec<u8>>, InputProblem> {
        let mut word = [0; 4];
        if self.source.by_ref().take(1).read(&mut word[..1])? == 0 {
            return Err(InputProblem::Refused(
                "an Arrow stream without the mark of its end, so that record batches may be missing",
                "write or copy it again",
            ));
        }
        self.source.read_exact(&mut word[1..])?;
        if word == CONTINUATION {
            self.source.read_exact(&mut word)?;
        }
        match u32::from_le_bytes(word) {
            0 => Ok(None),
            length => Ok(Some(self.exactly(length.into(), MOST_METADATA)?.ok_or_else(damaged)?)),
        }
    }

    /// So many bytes; `None` if these are too many. Memory is taken only for bytes that are there.
    fn exactly(&mut self, length: u64, most: u64) -> Result<Option<Vec<u8>>, InputProblem> {
        if length > most {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.source.by_ref().take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == length { Ok(Some(bytes)) } else { Err(damaged()) }
    }

    /// Decodes a message.
    fn take(&mut self, metadata: Vec<u8>, body: Vec<u8>) -> Result<(), InputProblem> {
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

    /// What follows the end: nothing after a stream; in a file the footer, which counts the record batches.
    fn check_end(&mut self) -> Result<(), InputProblem> {
        let mut rest = Vec::new();
        let most = if self.is_file { MOST_METADATA } else { 1 };
        self.source.by_ref().take(most).read_to_end(&mut rest)?;
        if !self.is_file {
            return if rest.is_empty() {
                Ok(())
            } else {
                Err(InputProblem::Refused(
                    "an Arrow stream with something after its end",
                    "give each stream as a file of its own",
                ))
            };
        }
        let (footer, length) = rest
            .strip_suffix(&super::MAGIC[..6])
            .and_then(<[u8]>::split_last_chunk)
            .ok_or_else(damaged)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(is_damaged)?;
        let start = footer.len().checked_sub(length).ok_or_else(damaged)?;
        let footer = root_as_footer(&footer[start..]).map_err(is_damaged)?;
        let batches = footer.recordBatches().map_or(0, |batches| batches.len());
        if batches == self.batches { Ok(()) } else { Err(damaged()) }
    }
}

/// Refuses a message whose buffers are said to be huge once they are unpacked.
fn refuse_large(message: arrow_ipc::Message<'_>, body: &[u8]) -> Result<(), InputProblem> {
    let dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else { return Ok(()) };
    if batch.compression().is_none() {
        return Ok(());
    }
    let mut size = 0_u64;
    for buffer in batch.buffers().iter().flatten() {
        let place = usize::try_from(buffer.offset()).map_err(is_damaged)?;
        if buffer.length() == 0 {
            continue;
        }
        let length = body.get(place..).and_then(<[u8]>::first_chunk).ok_or_else(damaged)?;
        // A buffer that is not packed has the length -1.
        size = size.saturating_add(u64::try_from(i64::from_le_bytes(*length)).unwrap_or(0));
    }
    if size > MOST_IN_MEMORY { Err(TOO_LARGE) } else { Ok(()) }
}
