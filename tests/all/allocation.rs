//! The memory of opening and lookups: opening allocates at most the length of the file and a
//! mebibyte, and lookups allocate nothing but their results.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fs::{self, File},
    path::Path,
    sync::LazyLock,
};

use leakdex::{
    DataClass, Index, IndexBuilder, Key, Kind, LookupResult, Pseudonym, Pseudonymiser, Record,
};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::fuzz::{forge::Parts, key};
use crate::support::{breach, filled, folder, map};

/// Counts allocations by thread, so that parallel tests do not change the counts.
struct Counting;

#[derive(Clone, Copy)]
struct Counts {
    /// How often the thread allocated memory.
    times: usize,
    /// The total number of allocated bytes.
    bytes: usize,
    /// The bytes that the thread holds. Negative if it frees the memory of other threads.
    live: isize,
    peak: isize,
}

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { times: 0, bytes: 0, live: 0, peak: 0 }) };
}

fn count(change: impl FnOnce(&mut Counts)) {
    // A thread that ends no longer has counts.
    let _ = COUNTS.try_with(|cell| {
        let mut counts = cell.get();
        change(&mut counts);
        cell.set(counts);
    });
}

// SAFETY: the system's allocator does all the work; counting neither allocates nor panics.
#[expect(unsafe_code, reason = "an allocator is unsafe by nature")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(|counts| {
            counts.times += 1;
            counts.bytes += layout.size();
            counts.live += layout.size().cast_signed();
            counts.peak = counts.peak.max(counts.live);
        });
        // SAFETY: the caller keeps to the rules of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(|counts| counts.live -= layout.size().cast_signed());
        // SAFETY: the caller keeps to the rules of `dealloc`, and the memory is the system's.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The peak of the held bytes during `run`, compared with the start. `run` and its thread pool use
/// one thread.
fn peak_of<T: Send>(run: impl FnOnce() -> T + Send) -> (usize, T) {
    static POOL: LazyLock<ThreadPool> = LazyLock::new(|| {
        ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started")
    });
    POOL.install(|| {
        let before = COUNTS.get().live;
        count(|counts| counts.peak = before);
        let result = run();
        ((COUNTS.get().peak - before).cast_unsigned(), result)
    })
}

/// The number of allocations, and of allocated bytes, of this thread during `run`.
fn allocations_of(run: impl FnOnce()) -> (usize, usize) {
    let before = COUNTS.get();
    run();
    let after = COUNTS.get();
    (after.times - before.times, after.bytes - before.bytes)
}

/// The memory that opening may take in addition to the length of the file.
const ALLOWANCE: usize = 1 << 20;

static KEY: LazyLock<Key> = LazyLock::new(|| Key::from_bytes(&key::KEY).expect("a key"));

fn small_index() -> Vec<u8> {
    let mut with_password = Record::new().email("a+x@example.de").kvnr("A123456780");
    with_password.push_data_class(DataClass::PASSWORDS);
    let person = Record::new().last_name("Muster").first_name("Eva").birth_date("1.2.1970");
    let leak = [with_password, person, Record::new().username("user")];
    let builder = filled(IndexBuilder::new(&KEY, breach("leak")), leak);
    builder.into_bytes().expect("the index fits the format")
}

/// The peak over all ways to open this file. `Index::read_unverified` keeps a copy of the metadata,
/// so `length` is subtracted for it.
fn peak_of_all_ways(path: &Path, length: usize) -> usize {
    let (mapping, _) = peak_of(|| map(path, &KEY).is_ok());
    let (reading, _) = peak_of(|| Index::read_unverified(path).is_ok());
    let (opening, _) = peak_of(|| Index::open(path, &KEY).is_ok());
    mapping.max(reading.saturating_sub(length)).max(opening)
}

/// Opens a file of these bytes in every way, and asserts that none takes too much.
fn assert_bounded(folder: &Path, bytes: &[u8], what: &str) {
    let path = folder.join("index");
    fs::write(&path, bytes).expect("written");
    let peak = peak_of_all_ways(&path, bytes.len());
    // A new file each time: some file systems wait for the disk when a file is overwritten.
    fs::remove_file(&path).expect("it is there");
    assert!(peak <= bytes.len() + ALLOWANCE, "{what}: {peak} for {} bytes", bytes.len());
}

/// The first use of the thread pool and of lazy tables takes additional memory.
fn warmed_up() -> (tempfile::TempDir, Vec<u8>) {
    let (folder, bytes) = (folder(), small_index());
    let index = Index::from_bytes(bytes.clone(), &KEY).expect("it was just built");
    assert_eq!(index.check(&Record::new().kvnr("A123456780")).slug(), "affected");
    (folder, bytes)
}

#[test]
fn the_counted_memory_is_the_memory_held() {
    let (peak, kept) = peak_of(|| {
        drop(vec![0_u8; 5 << 20]);
        vec![1_u8; 1 << 20]
    });
    assert!((5 << 20..11 << 19).contains(&peak), "{peak}");
    assert_eq!(allocations_of(|| drop(vec![0_u8; 1000])), (1, 1000));
    let (peak, _) = peak_of(|| rayon::join(|| drop(vec![0_u8; 7 << 20]), || vec![0_u8; 1 << 20]));
    assert!((7 << 20..15 << 19).contains(&peak), "{peak}");
    drop(kept);
}

#[test]
fn no_changed_byte_makes_opening_take_more_than_the_file_and_a_mebibyte() {
    let (folder, bytes) = warmed_up();
    let parts = Parts::of(&bytes);
    let metadata_end = 304 + parts.sections[0].len();
    // Only a sample of the bytes after the metadata in the head, because they contain no number.
    let head_length = usize::from(u16::from_le_bytes([bytes[24], bytes[25]]));
    let sample = (metadata_end..head_length).step_by(61);
    for at in (0..metadata_end).chain(sample).chain(head_length..bytes.len()) {
        let mut changed = bytes.clone();
        changed[at] ^= 0xFF;
        assert_bounded(folder.path(), &changed, "a byte");
    }

    for at in 0..metadata_end {
        let forged = parts.write(|head| head[at] ^= 0xFF);
        assert_bounded(folder.path(), &forged, "a byte of a forged head");
    }
    for section in 4..parts.sections.len() {
        for at in 0..parts.sections[section].len() {
            let mut parts = parts.clone();
            parts.sections[section][at] ^= 0xFF;
            assert_bounded(folder.path(), &parts.write(|_| {}), "a byte of a forged body");
        }
    }
}

/// The positions of numbers in the head: file length, head length, entries, slots, origins, and the
/// offsets and lengths of the fourteen sections.
fn number_fields() -> impl Iterator<Item = usize> {
    (16..56).chain(80..304).step_by(8)
}

#[test]
fn no_huge_number_makes_opening_take_more_than_the_file_and_a_mebibyte() {
    let (folder, bytes) = warmed_up();
    let parts = Parts::of(&bytes);
    let powers = (10..64).map(|bit| 1_u64 << bit);
    for number in powers.chain([u64::MAX, u64::MAX - 7, u64::MAX / 16, (1 << 20) + 1, 1 << 47]) {
        for at in number_fields() {
            let put = |head: &mut [u8]| head[at..at + 8].copy_from_slice(&number.to_le_bytes());
            let mut changed = bytes.clone();
            put(&mut changed);
            assert_bounded(folder.path(), &changed, "a number");
            assert_bounded(folder.path(), &parts.write(put), "a forged number");
        }
        // `Parts::write` derives the widths from the counts, so they fit where possible.
        for (entries, slots, origins) in
            [(number, 9, 3), (9, number, 3), (9, 9, number), (number, number, number)]
        {
            let counts = Parts { entries, slots, origins, ..parts.clone() };
            assert_bounded(folder.path(), &counts.write(|_| {}), "a forged count");
        }
    }
}

/// A sparse file of the claimed length.
#[test]
fn a_huge_file_that_holds_nothing_is_refused_in_little_memory() {
    const LENGTH: u64 = 1 << 40;
    let (folder, bytes) = warmed_up();
    let path = folder.path().join("index");
    let metadata_length = u64::from_le_bytes(*bytes[88..].first_chunk().expect("a head"));
    for metadata_length in [metadata_length, (1 << 20) + 1, LENGTH - 5000] {
        let mut huge = bytes.clone();
        huge[16..24].copy_from_slice(&LENGTH.to_le_bytes());
        huge[88..96].copy_from_slice(&metadata_length.to_le_bytes());
        let last = u64::from_le_bytes(*huge[288..].first_chunk().expect("a head"));
        huge[296..304].copy_from_slice(&((LENGTH - last) / 32 * 32).to_le_bytes());
        fs::write(&path, &huge).expect("written");
        let file = File::options().write(true).open(&path).expect("it is there");
        if file.set_len(LENGTH).is_err() {
            // Not every file system allows files of this length.
            return;
        }
        let (peak, mapped) = peak_of(|| map(&path, &KEY).is_ok());
        assert!(!mapped && peak <= ALLOWANCE, "{peak}");
        let (peak, read) = peak_of(|| Index::read_unverified(&path).is_ok());
        assert!(!read && peak <= ALLOWANCE, "{peak}");
    }
}

/// The small index with this metadata, sealed again with the key.
fn with_metadata(parts: &Parts, metadata: &[u8]) -> Vec<u8> {
    let mut parts = parts.clone();
    parts.sections[0] = metadata.to_vec();
    parts.write(|_| {})
}

/// The small index with this value for one field of its metadata, sealed again with the key.
fn replaced(parts: &Parts, field: &str, value: &str) -> Vec<u8> {
    let mut json: serde_json::Value =
        serde_json::from_slice(&parts.sections[0]).expect("metadata is JSON");
    json[field] = "PLACE".into();
    with_metadata(parts, json.to_string().replace("\"PLACE\"", value).as_bytes())
}

fn array(element: &str, bytes: usize) -> String {
    let count = bytes / (element.len() + 1);
    format!("[{}]", vec![element; count.max(1)].join(","))
}

/// Indexes with malformed or excessive metadata of about this many bytes.
fn with_useless_metadata(parts: &Parts, bytes: usize) -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str| {
        let depth = bytes / (open.len() + close.len());
        format!("{}1{}", open.repeat(depth), close.repeat(depth))
    };
    let text = format!("\"{}\"", "x".repeat(bytes));
    let whole = [
        ("nested arrays", nested("[", "]").into_bytes()),
        ("nested objects", nested("{\"a\":", "}").into_bytes()),
        ("an open array", "[".repeat(bytes).into_bytes()),
        ("zeros", vec![0; bytes]),
        ("no UTF-8", vec![0xFF; bytes]),
    ];
    let fields = [
        ("other", nested("[", "]")),
        ("other", array("[]", bytes)),
        ("other", text.clone()),
        ("other", format!("\"{}\"", "\\n".repeat(bytes / 2))),
        ("scheme", text.clone()),
        ("key_id", text),
        ("normaliser", "9".repeat(bytes)),
    ];
    let whole = whole.map(|(what, json)| (what, with_metadata(parts, &json)));
    let fields = fields.map(|(field, value)| (field, replaced(parts, field, &value)));
    whole.into_iter().chain(fields).collect()
}

/// Indexes with well-formed, crowded metadata of about this many bytes.
fn with_crowded_metadata(parts: &Parts, bytes: usize) -> Vec<(&'static str, Vec<u8>)> {
    let reasons: Vec<String> =
        (0..bytes / 16).map(|number| format!("\"{number:x}\":{number}")).collect();
    let rows = format!(
        "{{\"read\":0,\"indexed\":0,\"duplicate\":0,\"rejected\":0,\
         \"rejects_by_reason\":{{{}}}}}",
        reasons.join(",")
    );
    let kind = "{\"kind\":\"\",\"identifiers\":0,\"records\":0}";
    [
        ("data_classes", array("\"a\"", bytes)),
        ("breaches", array("{\"Name\":\"a\"}", bytes)),
        ("kinds", array(kind, bytes)),
        ("canaries", array("{\"kind\":\"\",\"pseudonym\":\"\"}", bytes)),
        ("rows", rows),
    ]
    .map(|(field, value)| (field, replaced(parts, field, &value)))
    .into()
}

#[test]
fn no_short_metadata_makes_opening_take_more_than_the_file_and_a_mebibyte() {
    let (folder, bytes) = warmed_up();
    let parts = Parts::of(&bytes);
    let useless = with_useless_metadata(&parts, 1 << 14);
    for (what, file) in useless.into_iter().chain(with_crowded_metadata(&parts, 1 << 14)) {
        assert_bounded(folder.path(), &file, what);
    }
}

#[test]
fn crowded_metadata_takes_at_most_32_mebibytes() {
    /// Metadata may have a mebibyte; the other fields take some of it.
    const CROWD: usize = (1 << 20) - 2000;
    let (folder, bytes) = warmed_up();
    let path = folder.path().join("index");
    for (what, file) in with_crowded_metadata(&Parts::of(&bytes), CROWD) {
        fs::write(&path, &file).expect("written");
        assert!(Index::read_unverified(&path).is_ok(), "{what}: sound metadata is refused");
        let peak = peak_of_all_ways(&path, 0);
        assert!(peak <= 32 << 20, "{what}: {peak}");
    }
}

#[test]
fn metadata_beyond_a_mebibyte_is_not_parsed() {
    let (folder, bytes) = warmed_up();
    let path = folder.path().join("index");
    for (what, file) in with_crowded_metadata(&Parts::of(&bytes), 3 << 20) {
        assert_bounded(folder.path(), &file, what);
        fs::write(&path, &file).expect("written");
        assert!(Index::read_unverified(&path).is_err(), "{what}: it is read");
    }
}

#[test]
fn no_useless_metadata_makes_opening_take_more_than_the_file_and_a_mebibyte() {
    let (folder, bytes) = warmed_up();
    for (what, file) in with_useless_metadata(&Parts::of(&bytes), 3 << 20) {
        assert_bounded(folder.path(), &file, what);
    }
}

#[test]
fn a_look_up_allocates_nothing_and_many_only_their_results() {
    let (folder, bytes) = warmed_up();
    let path = folder.path().join("index");
    fs::write(&path, &bytes).expect("written");
    let (mapped, copied) =
        (map(&path, &KEY).expect("sound"), Index::open(&path, &KEY).expect("sound"));
    let present = Pseudonymiser::new(&KEY).pseudonym(Kind::Kvnr, b"A123456780");
    let spread = (0..1000).map(|number: u128| Pseudonym::from_number(number * (u128::MAX / 1000)));
    let pseudonyms: Vec<Pseudonym> = spread.chain([present]).collect();

    for index in [&mapped, &copied] {
        let mut found = 0;
        let one_by_one = allocations_of(|| {
            let answers = pseudonyms.iter().map(|&pseudonym| index.look_up(pseudonym));
            found = answers.filter(|answer| matches!(answer, LookupResult::Found(_))).count();
        });
        assert_eq!((one_by_one, found), ((0, 0), 1));

        let mut results = Vec::new();
        let length = pseudonyms.len() * size_of::<LookupResult>();
        assert_eq!(allocations_of(|| index.look_up_all(&pseudonyms, &mut results)), (1, length));
        results.clear();
        assert_eq!(allocations_of(|| index.look_up_all(&pseudonyms, &mut results)), (0, 0));
        assert!(matches!(results.last(), Some(LookupResult::Found(_))));
    }
}
