//! Index files as the holder of the key could forge them, written from `docs/FORMAT.md` alone,
//! without the library's writer.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::key::KEY;

const PAGE: usize = 4096;
const LINE: usize = 64;
const CHUNK: usize = 65536;
const GROUP: u64 = 256;
const SALT_AT: usize = 64;
const SECTIONS_AT: usize = 80;
const METADATA_AT: usize = 304;

/// The numbers of the sections in the section table.
const METADATA: usize = 0;
const PROFILES: usize = 1;
const ROOTS: usize = 2;
const DIGESTS: usize = 3;
const CLASS_SETS: usize = 13;

/// The content of a file, without derived parts.
#[derive(Clone)]
pub struct Parts {
    /// The number of pseudonyms.
    pub entries: u64,
    /// The number of slots of postings.
    pub slots: u64,
    /// The number of origins.
    pub origins: u64,
    /// The salt from which the key of the postings is derived.
    pub salt: [u8; 16],
    /// The bytes of each section. Roots and digests are computed when the file is written.
    pub sections: [Vec<u8>; 14],
}

impl Parts {
    /// Parses a sound file.
    pub fn of(file: &[u8]) -> Self {
        let number = |at: usize| {
            u64::from_le_bytes(*file[at..].first_chunk().expect("the file has fixed fields"))
        };
        let place = |at| usize::try_from(number(at)).expect("the file is in memory");
        let section = |section| {
            let entry = SECTIONS_AT + 16 * section;
            file[place(entry)..][..place(entry + 8)].to_vec()
        };
        Self {
            entries: number(32),
            slots: number(40),
            origins: number(48),
            salt: *file[SALT_AT..].first_chunk().expect("the file has fixed fields"),
            sections: std::array::from_fn(section),
        }
    }

    /// Truncates or pads each section to the length that the counts require.
    pub fn fit(&mut self) {
        let marks = (1_u64 << self.fan_out_bits()) + 1;
        let lengths = [
            (4, (self.entries * 12).div_ceil(512).max(1) * 64),
            (5, marks.div_ceil(GROUP) * 8),
            (6, marks * 2),
            (7, self.entries * 4),
            (8, self.entries * u64::from(self.tail_width())),
            (9, marks.div_ceil(GROUP) * 8),
            (10, marks * 4),
            (11, self.slots * self.slot_length()),
            (12, self.origins * 8),
        ];
        for (section, length) in lengths {
            self.sections[section].resize(usize::try_from(length).expect("it is small"), 0);
        }
        let sets = &mut self.sections[CLASS_SETS];
        sets.truncate(sets.len() / 32 * 32);
    }

    /// Writes the file: lays it out, patches the head, and computes digests, roots and MAC.
    pub fn write(&self, patch: impl FnOnce(&mut [u8])) -> Vec<u8> {
        let body_length = self.sections[DIGESTS + 1..]
            .iter()
            .fold(0, |length: usize, section| length.next_multiple_of(LINE) + section.len());
        let profiles_at = METADATA_AT + self.sections[METADATA].len();
        let roots_at = (profiles_at + self.sections[PROFILES].len()).next_multiple_of(LINE);
        let digests_length = body_length.div_ceil(CHUNK) * 32;
        let roots_length = digests_length.div_ceil(CHUNK) * 32;
        let head_length = (roots_at + roots_length + 32).next_multiple_of(PAGE);
        let body_at = (head_length + digests_length).next_multiple_of(PAGE);

        let mut file = vec![0; body_at + body_length];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        let mut next = body_at;
        for (number, section) in self.sections.iter().enumerate() {
            let (at, length) = match number {
                METADATA => (METADATA_AT, section.len()),
                PROFILES => (profiles_at, section.len()),
                ROOTS => (roots_at, roots_length),
                DIGESTS => (head_length, digests_length),
                _ => (next.next_multiple_of(LINE), section.len()),
            };
            if ![ROOTS, DIGESTS].contains(&number) {
                put(at, section);
                next = next.max(at + length);
            }
            put(SECTIONS_AT + 16 * number, &(at as u64).to_le_bytes());
            put(SECTIONS_AT + 16 * number + 8, &(length as u64).to_le_bytes());
        }
        put(0, b"\x89LDX\r\n\x1A\n");
        put(8, &6_u32.to_le_bytes());
        put(12, &14_u32.to_le_bytes());
        put(16, &((body_at + body_length) as u64).to_le_bytes());
        put(24, &(head_length as u64).to_le_bytes());
        put(32, &self.entries.to_le_bytes());
        put(40, &self.slots.to_le_bytes());
        put(48, &self.origins.to_le_bytes());
        put(56, &[self.fan_out_bits(), self.tail_width(), self.origin_width()]);
        put(SALT_AT, &self.salt);

        let (head, rest) = file.split_at_mut(head_length);
        let (digests, body) = rest.split_at_mut(body_at - head_length);
        patch(&mut head[..head_length - 32]);
        put_digests(body, digests);
        put_digests(digests, &mut head[roots_at..]);
        let mac = mac(&subkey("index-mac"), &[&head[..head_length - 32]]);
        head[head_length - 32..].copy_from_slice(&mac);
        file
    }

    fn fan_out_bits(&self) -> u8 {
        let buckets = self.entries.div_ceil(8).next_power_of_two();
        u8::try_from(buckets.trailing_zeros().min(32)).expect("it is at most 32")
    }

    fn tail_width(&self) -> u8 {
        12 - self.fan_out_bits() / 8
    }

    fn origin_width(&self) -> u8 {
        match self.origins {
            0..=1 => 0,
            2..=256 => 1,
            257..=65536 => 2,
            _ => 4,
        }
    }

    fn slot_length(&self) -> u64 {
        17 + u64::from(self.origin_width())
    }
}

fn put_digests(chunks: &[u8], places: &mut [u8]) {
    for (place, chunk) in places.chunks_exact_mut(32).zip(chunks.chunks(CHUNK)) {
        place.copy_from_slice(&Sha256::digest(chunk));
    }
}

/// The subkey for this purpose.
pub fn subkey(purpose: &str) -> [u8; 32] {
    let mut subkey = [0; 32];
    let info = format!("leakdex/1 {purpose}");
    Hkdf::<Sha256>::new(None, &KEY).expand(info.as_bytes(), &mut subkey).expect("32 bytes");
    subkey
}

/// HMAC-SHA-256 of these parts together.
pub fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().fold(mac, hmac::Mac::chain_update).finalize().into_bytes().into()
}
