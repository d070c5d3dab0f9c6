//! Computes tags, payloads, salts and ids of builds as `docs/FORMAT.md` describes, and compares
//! them with files.

use std::{collections::BTreeMap, fs};

use aes::{
    Aes128, Block,
    cipher::{BlockCipherEncrypt as _, KeyInit as _},
};
use cmac::Cmac;
use hmac::Mac as _;
use leakdex::{DataClass, IndexBuilder, IndexMerger, Key, Kind, NORMALISER, Record};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    document::{self, Posting, number, small, wide},
    fuzz::{
        forge::{Parts, mac, subkey},
        key::KEY,
    },
    support::{breach, folder, publish_shards},
};

/// The numbers of sections in the section table.
const METADATA: usize = 0;
const PROFILES: usize = 1;
const ORIGINS: usize = 12;
const CLASS_SETS: usize = 13;

/// An index file, parsed as the document describes.
struct File {
    bytes: Vec<u8>,
    parts: Parts,
    metadata: Value,
}

impl File {
    fn new(bytes: Vec<u8>) -> Self {
        let parts = Parts::of(&bytes);
        let metadata = serde_json::from_slice(&parts.sections[METADATA]).expect("it is JSON");
        Self { bytes, parts, metadata }
    }

    fn build(&self) -> &str {
        self.metadata["shard"]["build"].as_str().unwrap_or_default()
    }

    /// The entries by their whole pseudonyms.
    fn entries(&self) -> BTreeMap<u128, Vec<Posting>> {
        let entries = document::entries(&self.bytes, &self.parts).into_iter();
        entries.map(|(stored, postings)| (self.whole(stored), postings)).collect()
    }

    /// A complete pseudonym, including the bits that a shard does not store.
    fn whole(&self, stored: u128) -> u128 {
        let bits = u32::from(self.bytes[59]);
        let first_half = (stored >> 64) >> bits;
        let number = u128::from(self.metadata["shard"]["number"].as_u64().unwrap_or(0));
        (number << (64 - bits) | first_half) << 64 | stored & u128::from(u64::MAX)
    }

    fn content_digest(&self) -> [u8; 32] {
        let mut leaves = BTreeMap::<u64, Sha256>::new();
        for (pseudonym, postings) in self.entries() {
            let leaf = leaves.entry((pseudonym >> 116) as u64).or_default();
            leaf.update(pseudonym.to_le_bytes());
            leaf.update((postings.len() as u64).to_le_bytes());
            let mut all: Vec<_> =
                postings.iter().map(|posting| (posting.tag, posting.sealed)).collect();
            all.sort_unstable();
            for (tag, sealed) in all {
                leaf.update(tag.to_le_bytes());
                leaf.update(sealed.to_le_bytes());
            }
        }
        let leaves = leaves.into_iter();
        let all = leaves.fold(Sha256::new(), |all, (number, leaf)| {
            all.chain_update(number.to_le_bytes()).chain_update(leaf.finalize())
        });
        all.finalize().into()
    }

    fn assert_salt(&self) {
        let message: [&[u8]; 2] = [&self.content_digest(), self.build().as_bytes()];
        assert_eq!(self.parts.salt, mac(&subkey("posting salt"), &message)[..16]);
    }

    /// The name of the breach and the slugs of the data classes of an origin.
    fn origin(&self, place: usize) -> (&str, Vec<&str>) {
        let origin = &self.parts.sections[ORIGINS][8 * place..][..8];
        let (breach, set) = (small(number(&origin[..4])), small(number(&origin[4..])));
        let set = &self.parts.sections[CLASS_SETS][32 * set..][..32];
        let classes = self.metadata["data_classes"].as_array().expect("a list").iter().enumerate();
        let in_set = classes.filter(|(place, _)| set[place / 8] >> (place % 8) & 1 == 1);
        let name = self.metadata["breaches"][breach]["Name"].as_str().expect("a name");
        (name, in_set.filter_map(|(_, class)| class.as_str()).collect())
    }

    /// The metadata that a file has if it is not a shard.
    fn metadata_of_all(&self) -> Vec<u8> {
        let text = std::str::from_utf8(&self.parts.sections[METADATA]).expect("it is text");
        let (before, _) = text.split_once(r#","shard":"#).expect("it comes last");
        format!("{before}}}").into_bytes()
    }
}

/// The pseudonym and the code key of an identifier.
fn hashed(kind: Kind, normal_form: &[u8]) -> (u128, Aes128) {
    let subkey =
        |half| subkey(&format!("{half} half of identifier {kind} normaliser {NORMALISER}"));
    let cmac = <Cmac<Aes128> as hmac::KeyInit>::new_from_slice(&subkey("first")[..16]);
    let first = cmac.expect("16 bytes").chain_update(normal_form).finalize().into_bytes();
    let second = mac(&subkey("second"), &[normal_form]);
    let pseudonym = first[..8].iter().chain(&second[..8]);
    let pseudonym = pseudonym.fold(0, |number, &byte| number << 8 | u128::from(byte));
    (pseudonym, Aes128::new(&second[8..24].try_into().expect("16 bytes")))
}

/// A class that leaked for everybody but is in no record.
const UNSHOWN: &str = "employers";

/// A leak without match keys. 70 of its records share an insured number.
fn builder(name: &str) -> IndexBuilder<'static> {
    let mut breach = breach(name);
    breach.data_classes = vec![UNSHOWN.parse().expect("a class"), DataClass::USERNAMES];
    let mut builder = IndexBuilder::new(&key(), breach);
    let mut batch = builder.batch();
    for number in 0..90 {
        let mut record = Record::new().username(&format!("user{number}"));
        if number < 70 {
            record = record.kvnr("A123456780");
        }
        if number % 3 == 0 {
            record = record.email(&format!("m{number}@example.de"));
        }
        if number % 30 == 7 {
            record = record.iban("DE89370400440532013000");
        }
        batch.push(&record);
    }
    builder.add_batch(&batch).expect("there are few classes");
    builder
}

fn key() -> Key {
    Key::from_bytes(&KEY).expect("a key")
}

fn built(name: &str) -> File {
    File::new(builder(name).into_bytes().expect("it fits"))
}

fn merged() -> File {
    let key = key();
    let folder = folder();
    let target = folder.path().join("merged.leakdex");
    let mut merger = IndexMerger::new(&key);
    for name in ["one", "two"] {
        merger.add(builder(name).build().expect("it fits")).expect("it is sound");
    }
    merger.publish(&target).expect("published");
    File::new(fs::read(target).expect("it is there"))
}

#[test]
fn tags_and_payloads_follow_the_document() {
    for file in [built("one"), merged()] {
        let entries = file.entries();
        let mut records = BTreeMap::<u64, Vec<(u128, &Posting)>>::new();
        for (&pseudonym, postings) in &entries {
            for posting in postings {
                records.entry(posting.tag).or_default().push((pseudonym, posting));
            }
        }
        assert_eq!(file.metadata["records"], records.len());
        for (tag, of_record) in &records {
            let origin = of_record[0].1.origin;
            let (breach, classes) = file.origin(origin);
            let mut message = format!("{breach}\n").into_bytes();
            message.extend((of_record.len() as u64).to_le_bytes());
            for (place, (pseudonym, posting)) in of_record.iter().enumerate() {
                message.extend(pseudonym.to_le_bytes());
                assert_eq!((posting.origin, posting.is_first), (origin, place == 0));
            }
            // No record has names, a date or a postcode.
            message.extend([0; 16]);
            let shown = classes.iter().filter(|class| **class != UNSHOWN);
            assert_eq!(shown.clone().count() + 1, classes.len());
            shown.for_each(|class| message.extend(format!("{class}\n").bytes()));
            assert_eq!(*tag, wide(&mac(&subkey("record tag"), &[&message])));
        }

        let (pseudonym, code_key) = hashed(Kind::Kvnr, b"A123456780");
        let postings = &entries[&pseudonym];
        assert_eq!(postings.len() % 70, 0);
        for posting in postings {
            let mut block = Block::from(u128::from(posting.tag).to_le_bytes());
            code_key.encrypt_block(&mut block);
            let of_record = &records[&posting.tag];
            let kinds = of_record.iter().fold(0, |all, (_, other)| all | 1 << other.kind);
            assert_eq!(posting.sealed ^ wide(&block), kinds);
            assert_eq!(Kind::ALL[posting.kind], Kind::Kvnr);
        }
    }
}

#[test]
fn the_salt_follows_from_the_content_as_documented() {
    let (one, two) = (built("one"), built("two"));
    one.assert_salt();
    two.assert_salt();
    assert_ne!(one.parts.salt, two.parts.salt);
    merged().assert_salt();
}

#[test]
fn the_build_of_shards_follows_from_their_digests_as_documented() {
    let folder = folder();
    let target = folder.path().join("shards");
    publish_shards(builder("one"), &target, 4);
    let name = |number| target.join(format!("shard-{number:03}-of-004.leakdex"));
    let shards: Vec<File> =
        (0..4).map(|number| File::new(fs::read(name(number)).expect("it is there"))).collect();
    shards.iter().for_each(File::assert_salt);
    let digest =
        shards.iter().fold(Sha256::new(), |all, shard| all.chain_update(shard.content_digest()));
    let digest = digest.chain_update(shards[0].metadata_of_all());
    let digest = digest.chain_update(&shards[0].parts.sections[PROFILES]).finalize();
    let build = digest[..8].iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
    assert!(shards.iter().all(|shard| shard.build() == format!("{build:016x}")));
}

#[test]
fn the_worked_example_is_in_the_golden_index() {
    let document = fs::read_to_string("docs/FORMAT.md").expect("it is there");
    let (_, example) = document.split_once("## A worked example").expect("it has one");
    let name = example.split('`').nth(1).expect("it names the file");
    let golden = fs::read(name).expect("it is there");
    let mut bytes = 0;
    for line in example.lines().filter(|line| line.get(8..10) == Some("  ")) {
        let mut place = usize::from_str_radix(&line[..8], 16).expect("an offset");
        let shown = line[10..].split("  ").next().expect("bytes");
        // A section's entry shows the first digits of its two numbers.
        let mut numbers = shown.split(" …").peekable();
        while let Some(number) = numbers.next() {
            let expected: Vec<u8> = number
                .split_whitespace()
                .map(|byte| u8::from_str_radix(byte, 16).expect("hex digits"))
                .collect();
            assert_eq!(golden[place..place + expected.len()], expected, "{line}");
            bytes += expected.len();
            place += if numbers.peek().is_some() { 8 } else { 0 };
        }
    }
    assert!(bytes > 200, "only {bytes} bytes are shown");
}
