//! Index files that the holder of the key forged: changed, with valid digests and MAC, to reach the
//! code behind those checks.
//!
//! An input is the number of a sound file, then edits of its parts, then patches of its head.

use std::sync::LazyLock;

use super::{ask::open_and_ask, feed::Feed, forge::Parts, sound::sound_files};

static SOUND: LazyLock<[Parts; 4]> = LazyLock::new(|| sound_files().map(|file| Parts::of(&file)));

/// Asserts all promises for the file that these bytes describe.
pub fn check(data: &[u8]) {
    open_and_ask(&forged(data));
}

fn forged(data: &[u8]) -> Vec<u8> {
    let mut feed = Feed::new(data);
    let flags = feed.byte();
    let mut parts = SOUND[usize::from(flags & 3)].clone();
    let edits = feed.byte() % 32;
    for _ in 0..edits {
        edit(&mut parts, &mut feed);
    }
    if flags & 4 == 0 {
        parts.fit();
    }
    parts.write(|head| {
        while flags & 8 != 0 && !feed.is_empty() {
            let at = feed.below(head.len());
            let bytes = feed.byte().into();
            let bytes = feed.bytes(bytes);
            let end = head.len().min(at + bytes.len());
            head[at..end].copy_from_slice(&bytes[..end - at]);
        }
    })
}

/// Replaces some bytes of a section, or changes a count.
fn edit(parts: &mut Parts, feed: &mut Feed<'_>) {
    match feed.below(17) {
        14 => parts.entries = feed.below(2048) as u64,
        15 => parts.slots = feed.below(4096) as u64,
        // Counts for which the number of an origin takes 2, 1 or 4 bytes.
        16 => parts.origins = [feed.short().into(), feed.byte().into(), 65_537][feed.below(3)],
        section => {
            let section = &mut parts.sections[section];
            let start = feed.below(section.len() + 1);
            let removed = usize::from(feed.byte()).min(section.len() - start);
            let added = feed.byte().into();
            section.splice(start..start + removed, feed.bytes(added).iter().copied());
        }
    }
}
