//! Mapped indexes: each chunk is verified when a lookup touches it for the first time.

use std::{
    fs::{self, File},
    ops::Range,
    os::unix::fs::FileExt as _,
    path::PathBuf,
    sync::LazyLock,
    thread,
};

use leakdex::{
    Error, Index, IndexBuilder, IndexFault, IndexSet, Kind, LookupResult, Pseudonym, Pseudonymiser,
    Record,
};
use tempfile::TempDir;

use crate::support::{breach, count_in, fault, filled, folder, index_of, key, map, publish_shards};

const CHUNK: u64 = 65536;
const MEMBERS: usize = 60_000;

fn name(number: usize) -> String {
    format!("user{number}")
}

/// The bytes of an index with several chunks.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let people = (0..MEMBERS).map(|number| Record::new().username(&name(number)));
    index_of(&key(), &people.collect::<Vec<_>>()).as_bytes().to_vec()
});

static PSEUDONYMS: LazyLock<Vec<Pseudonym>> = LazyLock::new(|| {
    let by = Pseudonymiser::new(&key());
    (0..MEMBERS).map(|number| by.pseudonym(Kind::Username, name(number).as_bytes())).collect()
});

/// A number of the fixed fields or of the section table.
fn number_at(at: usize) -> u64 {
    u64::from_le_bytes(*BYTES[at..].first_chunk().expect("it has fixed fields"))
}

/// The range of a section.
fn section(number: usize) -> Range<u64> {
    let start = number_at(80 + 16 * number);
    start..start + number_at(88 + 16 * number)
}

/// Where each chunk of the body begins. The filter is its first section.
fn chunks() -> Vec<u64> {
    (section(4).start..BYTES.len() as u64).step_by(65536).collect()
}

struct IndexFile {
    _folder: TempDir,
    path: PathBuf,
}

impl IndexFile {
    fn new() -> Self {
        let folder = folder();
        let path = folder.path().join("a.leakdex");
        fs::write(&path, &*BYTES).expect("written");
        Self { _folder: folder, path }
    }

    fn map(&self) -> Result<Index, Error> {
        map(&self.path, &key())
    }

    /// Changes a byte of the file.
    fn flip(&self, at: u64) {
        let file = File::options().read(true).write(true).open(&self.path).expect("it is ours");
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).expect("it is there");
        file.write_all_at(&[byte[0] ^ 1], at).expect("written");
    }
}

/// The answers for each leaked member, looked up one by one and all together.
fn answers(index: &Index) -> [Vec<LookupResult>; 2] {
    let one_by_one = PSEUDONYMS.iter().map(|&pseudonym| index.look_up(pseudonym)).collect();
    let mut all_at_once = Vec::new();
    index.look_up_all(&PSEUDONYMS, &mut all_at_once);
    [one_by_one, all_at_once]
}

#[test]
fn a_damaged_chunk_hides_no_member_and_stops_the_run() {
    let chunks = chunks();
    assert!(chunks.len() > 10, "{} chunks", chunks.len());
    let sound = answers(&IndexFile::new().map().expect("it is sound"));
    assert!(sound[0] == sound[1]);
    for (number, &chunk) in chunks.iter().enumerate() {
        let file = IndexFile::new();
        file.flip(chunk + 777 * number as u64 % (BYTES.len() as u64 - chunk).min(CHUNK));
        let expected = IndexFault::DamagedChunk { at: chunk };
        if number + 1 == chunks.len() {
            assert_eq!(fault(file.map()), expected, "mapping touches the last one");
            continue;
        }
        for way in 0..2 {
            let index = file.map().expect("nobody has touched it");
            index.require_sound().expect("nobody has touched it");
            let found = &answers(&index)[way];
            let mut both = found.iter().zip(&sound[way]);
            let is_damaged = |answer: &LookupResult| *answer == LookupResult::Damaged;
            assert!(both.all(|(answer, sound)| answer == sound || is_damaged(answer)));
            // A lookup does not read the postings.
            let is_touched = found.contains(&LookupResult::Damaged);
            assert_eq!(is_touched, index.require_sound().is_err());
            assert_eq!(is_touched, chunk < section(9).start, "chunk {number}");
        }
        let index = file.map().expect("nobody has touched it");
        let members: Vec<Record> =
            (0..MEMBERS).map(|number| Record::new().username(&name(number))).collect();
        let verdicts = index.check_all(&members);
        assert!(verdicts.iter().all(|verdict| verdict.slug() != "not_affected"), "chunk {number}");
        let error = index.verify_touched().expect_err("all was touched");
        assert!(error.to_string().starts_with(&file.path.display().to_string()), "{error}");
        for outcome in [index.verify_touched(), index.require_sound(), index.verify_unchanged()] {
            assert_eq!(fault(outcome), expected);
        }
        let set = IndexSet::new([index]).expect("one index");
        for outcome in [set.verify_touched(), set.require_sound()] {
            assert_eq!(fault(outcome), expected);
        }
    }
}

#[test]
fn after_damage_was_found_an_index_answers_nothing_more() {
    let file = IndexFile::new();
    let index = file.map().expect("it is sound");
    // The filter has two chunks. The first lookup reads only the second chunk. Then the first chunk
    // is damaged.
    let filter = section(4);
    let blocks = u128::from((filter.end - filter.start) / 64);
    let is_in_second =
        |pseudonym: &Pseudonym| (u128::from(pseudonym.first_half()) * blocks) >> 64 >= 1024;
    let number = PSEUDONYMS.iter().position(is_in_second).expect("a third of them is");
    let (known, name_of_known) = (PSEUDONYMS[number], name(number));
    assert!(matches!(index.look_up(known), LookupResult::Found(_)));
    file.flip(filter.start);
    assert!(answers(&index)[0].contains(&LookupResult::Damaged));
    assert_eq!(index.look_up(known), LookupResult::Damaged);
    assert_eq!(index.exposure(known).map(|exposure| exposure.records()), None);
    assert_eq!(index.leaked_records(Kind::Username, name_of_known.as_bytes()), None);
    let strangers = [Record::new().username("nobody"), Record::new().username(&name_of_known)];
    for verdict in index.check_all(&strangers).iter() {
        assert_eq!(verdict.slug(), "indeterminate");
    }
    assert!(index.verify().is_err());
}

#[test]
fn damage_to_the_digests_or_to_their_padding_is_found() {
    let digests = section(3);
    for at in [digests.start, digests.end - 1, section(4).start - 1] {
        let file = IndexFile::new();
        file.flip(at);
        let expected = IndexFault::DamagedChunk { at: digests.start };
        assert_eq!(fault(file.map()), expected, "byte {at}");
        assert_eq!(fault(Index::from_bytes(fs::read(&file.path).expect("read"), &key())), expected);
    }
}

#[test]
fn mapping_and_a_lookup_read_few_chunks_and_no_others() {
    let known = PSEUDONYMS[0];
    let is_read = |&chunk: &u64| {
        let file = IndexFile::new();
        file.flip(chunk);
        file.map().map_or(true, |index| index.look_up(known) == LookupResult::Damaged)
    };
    let chunks = chunks();
    let read: Vec<u64> = chunks.iter().copied().filter(is_read).collect();
    // The last chunk, and those of the filter, two marks, heads and tails.
    assert!((3..=7).contains(&read.len()) && chunks.len() > 10, "{read:?} of {}", chunks.len());
    let file = IndexFile::new();
    chunks.iter().filter(|chunk| !read.contains(chunk)).for_each(|&chunk| file.flip(chunk));
    let index = file.map().expect("the last chunk is sound");
    assert!(matches!(index.look_up(known), LookupResult::Found(_)));
    index.verify_touched().expect("what was read is sound");
    assert!(index.verify().is_err());
}

#[test]
fn threads_that_touch_the_same_chunks_get_the_same_answers() {
    let file = IndexFile::new();
    let expected = answers(&Index::from_bytes(BYTES.clone(), &key()).expect("it is sound"));
    for _ in 0..20 {
        let index = file.map().expect("it is sound");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!(answers(&index) == expected));
            }
        });
        index.verify_touched().expect("nothing is damaged");
    }
}

#[test]
fn a_shard_with_damage_gives_an_error_and_no_excerpt() {
    let folder = folder();
    let target = folder.path().join("shards");
    let key = key();
    let leak = (0..MEMBERS).map(|number| Record::new().username(&name(number)));
    publish_shards(filled(IndexBuilder::new(&key, breach("leak")), leak), &target, 2);
    assert_eq!(count_in(&target), 2);
    let files = IndexSet::shard_files(&target).expect("they are there");
    let bytes = fs::read(&files[0]).expect("it is there");
    let filter = u64::from_le_bytes(*bytes[144..].first_chunk().expect("a section table"));
    let file = IndexFile { _folder: folder, path: files[0].clone() };
    file.flip(filter);
    let index = file.map().expect("nobody has touched it");
    assert_eq!(fault(index.excerpt(&[1], &key)), IndexFault::DamagedChunk { at: filter });
}
