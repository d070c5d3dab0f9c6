//! The beginning of a stream of Arrow IPC.

use arrow_ipc::{MessageHeader, root_as_message};

/// Whether a sample is the beginning of a stream. A stream begins with a schema message.
pub(crate) fn begins_stream(sample: &[u8]) -> bool {
    let Some(rest) = sample.strip_prefix(b"\xFF\xFF\xFF\xFF") else { return false };
    let Some((length, rest)) = rest.split_first_chunk() else { return false };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let metadata = rest.get(..length).map(root_as_message);
    metadata.is_some_and(|message| {
        message.is_ok_and(|message| message.header_type() == MessageHeader::Schema)
    })
}
