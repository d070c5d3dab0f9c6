//! Entries of a table: a label, by which a reader finds the entry, and a payload that only F(x) opens.

use hmac::{Hmac, KeyInit, Mac};
use leakdex::{Kind, KindSet, LeakedRecord};
use sha2::Sha512;

use super::Salt;
use crate::voprf::Output;

/// The length of an entry in bytes.
pub(crate) const ENTRY: usize = 32;

/// The first half of an entry.
pub(crate) type Label = [u8; ENTRY / 2];

type Half = [u8; ENTRY / 2];

/// The label and the key stream of one entry. An identifier has an entry for each of its leaked records.
pub(crate) struct EntryKey {
    pub label: Label,
    stream: Half,
}

/// The payload of an entry, opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// The entry belongs to the made-up identifiers.
    Canary,
    Record(LeakedRecord),
    /// A *broken* payload. The record is still found, with nothing more known about it. A provider that breaks one
    /// entry must not see which insurer complains.
    Unreadable,
}

/// The kinds and class sets that the payloads of a table can name.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    pub kinds: KindSet,
    pub class_sets: usize,
}

const IS_SET: u8 = 1;
const IS_CANARY: u8 = 2;
const IS_FIRST: u8 = 4;

impl EntryKey {
    pub fn new(output: &Output, salt: &Salt, number: u64) -> Self {
        let mac = Hmac::<Sha512>::new_from_slice(output).expect("HMAC takes a key of any length");
        let mac = mac.chain_update(b"leakdex/private/1 entry ").chain_update(salt.as_bytes());
        let bytes: [u8; 64] = mac.chain_update(number.to_le_bytes()).finalize().into_bytes().into();
        let (label, rest) = bytes.split_first_chunk().expect("a MAC has 64 bytes");
        let (stream, _) = rest.split_first_chunk().expect("a MAC has 64 bytes");
        Self { label: *label, stream: *stream }
    }

    /// The entry with this payload.
    pub fn seal(&self, payload: Half) -> [u8; ENTRY] {
        let mut entry = [0; ENTRY];
        let (label, sealed) = entry.split_at_mut(ENTRY / 2);
        label.copy_from_slice(&self.label);
        sealed.copy_from_slice(&self.apply(payload));
        entry
    }

    fn apply(&self, mut half: Half) -> Half {
        half.iter_mut().zip(self.stream).for_each(|(byte, key)| *byte ^= key);
        half
    }

    /// The payload of the entry of an identifier of this kind.
    pub fn open(&self, sealed: Half, kind: Kind, scope: Scope) -> Payload {
        let payload = self.apply(sealed);
        if payload == CANARY {
            return Payload::Canary;
        }
        record_in(&payload, kind, scope).map_or(Payload::Unreadable, Payload::Record)
    }

    /// The record of a broken payload.
    pub fn unknown_record(&self) -> LeakedRecord {
        let (tag, _) = self.label.split_first_chunk().expect("a label has 16 bytes");
        let (kinds, tag) = (KindSet::EMPTY, u64::from_le_bytes(*tag));
        LeakedRecord { tag, kinds, is_first: true, class_set: None }
    }
}

/// The payload of a canary.
pub(crate) const CANARY: Half = {
    let mut payload = [0; ENTRY / 2];
    payload[0] = IS_SET | IS_CANARY;
    payload
};

/// The payload for a record. `None` if its class set has no number, or too large a number.
pub(crate) fn payload_of(record: &LeakedRecord) -> Option<Half> {
    let class_set = record.class_set?.to_le_bytes();
    if class_set[3] != 0 {
        return None;
    }
    let mut payload = [0; ENTRY / 2];
    payload[0] = IS_SET | if record.is_first { IS_FIRST } else { 0 };
    payload[1..5].copy_from_slice(&record.kinds.bits().to_le_bytes());
    payload[5..8].copy_from_slice(&class_set[..3]);
    payload[8..].copy_from_slice(&record.tag.to_le_bytes());
    Some(payload)
}

fn record_in(payload: &Half, kind: Kind, scope: Scope) -> Option<LeakedRecord> {
    let flags = payload[0];
    let bits = u32::from_le_bytes([payload[1], payload[2], payload[3], payload[4]]);
    let kinds = KindSet::from_bits(bits);
    let are_kinds = if kind.is_match_key() {
        bits == 0
    } else {
        kinds.bits() == bits && kinds.contains(kind) && kinds.difference(scope.kinds).is_empty()
    };
    let class_set = u32::from_le_bytes([payload[5], payload[6], payload[7], 0]);
    let is_class_set = usize::try_from(class_set).is_ok_and(|number| number < scope.class_sets);
    let (_, tag) = payload.split_last_chunk().expect("a payload has 16 bytes");
    let is_record = flags & !IS_FIRST == IS_SET && are_kinds && is_class_set;
    is_record.then_some(LeakedRecord {
        tag: u64::from_le_bytes(*tag),
        kinds,
        is_first: flags & IS_FIRST != 0,
        class_set: Some(class_set),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: LeakedRecord = LeakedRecord {
        tag: 0x0102_0304_0506_0708,
        kinds: KindSet::EMPTY,
        is_first: true,
        class_set: Some(3),
    };

    fn scope() -> Scope {
        let kinds = [Kind::Kvnr, Kind::Email, Kind::StartsBirth];
        Scope { kinds: kinds.into_iter().collect(), class_sets: 4 }
    }

    fn kinds(kinds: &[Kind]) -> KindSet {
        kinds.iter().copied().collect()
    }

    fn key() -> EntryKey {
        EntryKey::new(&[7; 64], &Salt::of([9; 32]), 0)
    }

    fn opened(payload: Half, kind: Kind) -> Payload {
        let sealed = key().seal(payload);
        let (label, sealed) = sealed.split_first_chunk().expect("it is longer");
        assert_eq!(*label, key().label);
        key().open(*sealed.first_chunk().expect("as long"), kind, scope())
    }

    #[test]
    fn a_record_comes_out_as_it_went_in() {
        let of_value = LeakedRecord { kinds: kinds(&[Kind::Kvnr, Kind::Email]), ..RECORD };
        let later = LeakedRecord { is_first: false, ..of_value };
        for record in [of_value, later] {
            let payload = payload_of(&record).expect("it has a class set");
            assert_eq!(opened(payload, Kind::Email), Payload::Record(record));
        }
        let payload = payload_of(&RECORD).expect("it has a class set");
        assert_eq!(opened(payload, Kind::StartsBirth), Payload::Record(RECORD));
        assert_eq!(opened(CANARY, Kind::Kvnr), Payload::Canary);
    }

    #[test]
    fn a_payload_that_breaks_a_rule_is_unreadable() {
        let of_value = LeakedRecord { kinds: kinds(&[Kind::Kvnr]), ..RECORD };
        let good = payload_of(&of_value).expect("it has a class set");
        let changed = |place: usize, value: u8| {
            let mut payload = good;
            payload[place] = value;
            opened(payload, Kind::Kvnr)
        };
        for flags in (0..=u8::MAX).filter(|flags| ![1, 5].contains(flags)) {
            assert_eq!(changed(0, flags), Payload::Unreadable, "{flags}");
        }
        // A kind that is not in the table, one that does not exist, and none.
        let other = LeakedRecord { kinds: kinds(&[Kind::Kvnr, Kind::Iban]), ..RECORD };
        let other = payload_of(&other).expect("it has a class set");
        assert_eq!(opened(other, Kind::Kvnr), Payload::Unreadable);
        assert_eq!(changed(4, 0x80), Payload::Unreadable);
        assert_eq!(opened(payload_of(&RECORD).expect("some"), Kind::Kvnr), Payload::Unreadable);
        // A record that lacks the kind of the identifier that found it, and a match key with kinds.
        assert_eq!(opened(good, Kind::Email), Payload::Unreadable);
        assert_eq!(opened(good, Kind::StartsBirth), Payload::Unreadable);
        // A class set that does not exist.
        for place in 5..8 {
            assert_eq!(changed(place, 4), Payload::Unreadable);
        }
        let mut marked = CANARY;
        marked[9] = 1;
        assert_eq!(opened(marked, Kind::Kvnr), Payload::Unreadable);
    }

    #[test]
    fn a_class_set_without_a_place_is_not_a_payload() {
        for class_set in [None, Some(1 << 24)] {
            assert_eq!(payload_of(&LeakedRecord { class_set, ..RECORD }), None);
        }
    }
}
