//! Arrow IPC files and streams.
//!
//! A stream is read sequentially, and may come from standard input. It must have an end marker: without one,
//! record batches may be missing. A file has a footer with the positions of its record batches.

mod blocks;
mod messages;
mod stream;

use std::{
    io::{self, Cursor, ErrorKind, Read},
    path::Path,
    sync::mpsc::sync_channel,
    thread,
};

use arrow_array::RecordBatch;

use super::{
    batches::{self, Batches},
    chunks::{Chunks, guarded},
};
use crate::{
    error::InputProblem,
    opening::OpenInput,
    options::{Format, Options},
};
use blocks::Blocks;
use stream::Stream;

/// The first bytes of a file.
const MAGIC: &[u8] = b"ARROW1";

/// The marker before the length of a message.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// The size limit of the metadata of a message, and of the footer, in bytes. More counts as damage.
const MAX_METADATA: u64 = 64 << 20;

/// The memory limit of a record batch, compressed or decompressed, in bytes.
const MAX_IN_MEMORY: u64 = 1 << 30;

const TOO_LARGE: InputProblem = InputProblem::Refused(
    "Arrow data with a record batch of more than 1 GiB",
    "write it with smaller record batches",
);

/// Opens a stream or a plain file directly, and copies any other file into memory.
pub(super) fn open(
    mut source: impl Read + Send + 'static,
    file: Option<&Path>,
    options: &Options,
) -> Result<OpenInput, InputProblem> {
    const LARGE_FILE: &str =
        "an Arrow file of more than 1 GiB that is compressed, in an archive or on standard input";
    let mut start = Vec::new();
    source.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
    let is_file = start == MAGIC;
    let source = Cursor::new(start).chain(source);
    if !is_file {
        let mut stream = Stream::new(Box::new(source));
        let schema = guarded(|| stream.schema(), damaged)?;
        let batches = read_ahead(move || guarded(|| stream.next_batch(), damaged))?;
        let reading_mode = "Arrow stream".to_owned();
        return batches::of_batches(Format::Arrow, schema, batches, reading_mode, options);
    }
    let chunks = Chunks::open(source, file, LARGE_FILE, options)?;
    let mut blocks = guarded(|| Blocks::open(chunks), damaged)?;
    let (schema, rows) = (blocks.schema(), blocks.rows());
    let batches = read_ahead(move || guarded(|| blocks.next_batch(), damaged))?;
    let reading_mode = "Arrow file".to_owned();
    let mut opening = batches::of_batches(Format::Arrow, schema, batches, reading_mode, options)?;
    if file.is_some() {
        opening.layout.total_rows = rows;
    }
    Ok(opening)
}

/// Runs the decoder on a separate thread.
fn read_ahead(
    mut next: impl FnMut() -> Result<Option<RecordBatch>, InputProblem> + Send + 'static,
) -> Result<Batches, InputProblem> {
    /// The capacity of the queue, in record batches.
    const WAITING: usize = 2;
    let (sender, batches) = sync_channel(WAITING);
    let work = move || {
        loop {
            let next = next();
            let is_last = !matches!(next, Ok(Some(_)));
            // Sending fails only if the receiver is gone.
            if sender.send(next).is_err() || is_last {
                return;
            }
        }
    };
    thread::Builder::new().spawn(work).map_err(InputProblem::Read)?;
    let mut is_at_end = false;
    Ok(Box::new(std::iter::from_fn(move || {
        if is_at_end {
            return None;
        }
        // A thread that ends without a last message has panicked.
        let next = batches.recv().unwrap_or_else(|_| Err(damaged())).transpose();
        is_at_end = !matches!(next, Some(Ok(_)));
        next
    })))
}

fn damaged() -> InputProblem {
    io::Error::new(ErrorKind::InvalidData, "the Arrow data is damaged, or of an unknown kind")
        .into()
}

/// Drops the error's message, since it may show a value.
fn is_damaged<E>(_: E) -> InputProblem {
    damaged()
}

/// Refuses a message that states huge sizes for its decompressed buffers.
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
        // An uncompressed buffer has the length -1.
        size = size.saturating_add(u64::try_from(i64::from_le_bytes(*length)).unwrap_or(0));
    }
    if size > MAX_IN_MEMORY { Err(TOO_LARGE) } else { Ok(()) }
}
