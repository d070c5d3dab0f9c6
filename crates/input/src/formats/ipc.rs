//! Files and streams of Arrow IPC.
//!
//! A file is a stream between a magic number and a footer, so both are read from front to back, also from
//! standard input. The messages are cut here, because the end of the stream must be there: without it, record
//! batches may be missing.

mod messages;

use std::{
    io::{Cursor, Read},
    sync::mpsc::sync_channel,
    thread,
};

use super::batches::{self, Batches};
use crate::{
    error::InputProblem,
    opening::Opening,
    options::{Format, Options},
};
use messages::{Messages, damaged};

/// The first bytes of a file.
pub(super) const MAGIC: &[u8] = b"ARROW1\0\0";

/// The most words of zeros after the magic number.
const MOST_PADDING: usize = 16;

/// Opens a file or a stream.
pub(super) fn open(
    mut source: impl Read + Send + 'static,
    options: &Options,
) -> Result<Opening, InputProblem> {
    let mut start = Vec::new();
    source.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
    let is_file = start == MAGIC;
    if is_file {
        // Zeros pad the magic number.
        for _ in 0..MOST_PADDING {
            start.clear();
            source.by_ref().take(4).read_to_end(&mut start)?;
            if start != [0; 4] {
                break;
            }
        }
    }
    let source = Box::new(Cursor::new(start).chain(source));
    let mut messages = Messages::new(source, is_file);
    let schema = messages.schema()?;
    let manner = if is_file { "Arrow file" } else { "Arrow stream" };
    batches::of_batches(Format::Arrow, schema, read_ahead(messages)?, manner.to_owned(), options)
}

/// Decodes on a thread of its own.
fn read_ahead(mut messages: Messages) -> Result<Batches, InputProblem> {
    /// The most record batches in the queue.
    const WAITING: usize = 2;
    let (sender, batches) = sync_channel(WAITING);
    let work = move || {
        loop {
            let next = messages.next_batch();
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
