//! The content of a checkpoint file: a line of JSON, and a line with its seal.

use anyhow::Context as _;
use leakdex_report::{DecisionUse, RejectsByField};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::decided::UnmatchedRows;

use super::{
    terms::{Terms, differing},
    trail::InputDigest,
};

/// The version of the note. Increment it when the note changes.
pub const FORMAT: u32 = 11;

/// The position of a run, with its summary so far.
#[derive(Debug, Deserialize, Serialize)]
pub struct Note<S> {
    pub format: u32,
    pub terms: Terms,
    /// When the first run began, before any interruption, in seconds since 1970.
    pub started: i64,
    /// The number of finished blocks, over all member lists.
    pub blocks: u64,
    /// The digest of these blocks.
    pub trail: [u8; 32],
    /// The length of the findings, in bytes.
    pub findings: u64,
    /// The length of the rejects in bytes, if they are written.
    pub rejects: Option<u64>,
    pub rejects_by_field: RejectsByField,
    pub suspects_by_field: RejectsByField,
    /// The number of references in findings and rejects that Excel changes.
    pub lost_references: (u64, u64),
    /// The status of each decision about the members so far.
    pub decisions: DecisionUse,
    /// The rows of members who have a decision *affected*, but no match any more.
    pub unmatched: UnmatchedRows,
    pub summary: S,
}

/// The note beside the rejects file. It ties the file to this run, so the rejects of another run cannot be used
/// by mistake.
pub fn of_rejects(terms: &Terms) -> anyhow::Result<Vec<u8>> {
    Ok(serde_json::to_vec(terms)?)
}

impl<S: Serialize> Note<S> {
    /// The note as it is written to a file.
    pub fn seal(&self, trail: &InputDigest) -> anyhow::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(self)?;
        let seal = serde_json::to_vec(&trail.seal(&bytes))?;
        bytes.push(b'\n');
        bytes.extend(seal);
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// The part of a note that is read first.
#[derive(Deserialize)]
struct Head {
    format: u32,
    terms: Terms,
}

impl<S: DeserializeOwned> Note<S> {
    /// Reads a note that was written with these terms and the same key.
    pub fn open(bytes: &[u8], terms: &Terms, trail: &InputDigest) -> anyhow::Result<Self> {
        const DAMAGED: &str = "its checkpoint is damaged";
        let bytes = bytes.strip_suffix(b"\n").context(DAMAGED)?;
        let line_end = memchr::memrchr(b'\n', bytes).context(DAMAGED)?;
        let (note, seal) = (&bytes[..line_end], &bytes[line_end + 1..]);
        let head: Head = serde_json::from_slice(note).ok().context(DAMAGED)?;
        let Head { format, terms: earlier } = head;
        anyhow::ensure!(
            format == FORMAT,
            "its checkpoint has format {format}, and this version of leakdex has {FORMAT}"
        );
        // Compare the terms before the seal. Another key changes both, but only the error about the terms names
        // the key.
        let differing = differing(terms, &earlier);
        anyhow::ensure!(
            differing.is_empty(),
            "it ran under other conditions; these differ: {}",
            differing.join("; ")
        );
        let seal: [u8; 32] = serde_json::from_slice(seal).ok().context(DAMAGED)?;
        anyhow::ensure!(seal == trail.seal(note), DAMAGED);
        serde_json::from_slice(note).ok().context(DAMAGED)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use leakdex::Key;

    use super::*;

    fn trail() -> InputDigest {
        InputDigest::new(Key::from_bytes(&[7; 32]).expect("a key"))
    }

    fn terms() -> Terms {
        Terms::from([("--all".into(), "false".into())])
    }

    fn note() -> Note<u32> {
        Note {
            format: FORMAT,
            terms: terms(),
            started: 1_674_000_000,
            blocks: 3,
            trail: [5; 32],
            findings: 700,
            rejects: Some(30),
            rejects_by_field: BTreeMap::from([(
                "kvnr".into(),
                BTreeMap::from([("wrong-length".into(), 1)]),
            )]),
            suspects_by_field: BTreeMap::new(),
            lost_references: (2, 1),
            decisions: DecisionUse::default(),
            unmatched: UnmatchedRows::default(),
            summary: 11,
        }
    }

    fn refusal(bytes: &[u8], terms: &Terms) -> String {
        let opened = Note::<u32>::open(bytes, terms, &trail());
        format!("{:#}", opened.expect_err("it is refused"))
    }

    #[test]
    fn a_note_round_trips() {
        let bytes = note().seal(&trail()).expect("it is JSON");
        let read = Note::<u32>::open(&bytes, &terms(), &trail()).expect("it was just written");
        assert_eq!(format!("{read:?}"), format!("{:?}", note()));
        assert_eq!(read.rejects_by_field["kvnr"]["wrong-length"], 1);
    }

    #[test]
    fn a_note_that_is_cut_or_changed_anywhere_is_refused() {
        let bytes = note().seal(&trail()).expect("it is JSON");
        for length in 0..bytes.len() {
            refusal(&bytes[..length], &terms());
        }
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let message = refusal(&changed, &terms());
            let words = ["is damaged", "has format", "these differ"];
            assert!(words.iter().any(|words| message.contains(words)), "{message}");
        }
        refusal(&[&bytes[..], b"x"].concat(), &terms());
        refusal(b"", &terms());
    }

    #[test]
    fn a_note_of_another_run_format_or_key_is_refused_with_the_reason() {
        let bytes = note().seal(&trail()).expect("it is JSON");
        let other = Terms::from([("--all".into(), "true".into())]);
        assert_eq!(refusal(&bytes, &other), "it ran under other conditions; these differ: --all");
        let next = Note { format: FORMAT + 1, ..note() }.seal(&trail()).expect("it is JSON");
        assert!(refusal(&next, &terms()).contains("has format 12"));
        let foreign = InputDigest::new(Key::from_bytes(&[8; 32]).expect("a key"));
        let foreign = note().seal(&foreign).expect("it is JSON");
        assert_eq!(refusal(&foreign, &terms()), "its checkpoint is damaged");
    }
}
