//! Lookups of pseudonyms, without hashing. Compares leakdex, from a mapped file, with sets in
//! memory. One in twenty is a hit. The hits and their order are random, and the same in every run.
//!
//! `LEAKDEX_BENCH_LARGE=1` also measures 100 million entries. This takes some minutes, up to 12 GB
//! of memory, and 2 GB in the temporary folder.

use std::{collections::HashSet, env, hint::black_box, path::Path};

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main, measurement::WallTime,
};
use leakdex::{
    Breach, Index, IndexBuilder, Key, Kind, LookupResult, Pseudonym, Pseudonymiser, Record,
};
use odht::HashTableOwned;
use tempfile::TempDir;
use xorf::{BinaryFuse8, Filter};

/// How many lookups are timed together: too many for the branch predictor and the cache.
const PROBES: usize = 1 << 20;

/// The largest size for structures that are slow to build or to query.
const LARGEST_FOR_ALL: usize = 10_000_000;

fn lookup(criterion: &mut Criterion) {
    for entries in sizes() {
        let key = Key::from_bytes(&[7; 32]).expect("a key");
        let (folder, pseudonyms) = publish(entries, &key);
        let path = folder.path().join("bench.leakdex");
        let probes = probes(&pseudonyms);
        describe(&map(&path, &key), &pseudonyms);

        let mut group = criterion.benchmark_group(format!("lookup/{entries}"));
        group.throughput(Throughput::Elements(PROBES as u64));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        bench_leakdex(&mut group, &path, &key, &probes);
        bench_floor(&mut group, &pseudonyms, &probes);
        bench_hash_sets(&mut group, &pseudonyms, &probes);
        bench_fuse_filter(&mut group, &pseudonyms, &probes);
        if entries <= LARGEST_FOR_ALL {
            bench_odht(&mut group, &pseudonyms, &probes);
            bench_fst(&mut group, &pseudonyms, &probes);
        }
        bench(&mut group, "binary-search", &probes, |number| {
            pseudonyms.binary_search(&number).is_ok()
        });
        group.finish();

        criterion.bench_function(&format!("map/{entries}"), |bencher| {
            bencher.iter(|| map(&path, &key));
        });
    }
}

/// Prints the length of the file and the false positive rate of its filter.
#[expect(clippy::cast_precision_loss, reason = "figures of a few digits")]
fn describe(index: &Index, pseudonyms: &[u128]) {
    let filter = FilterPart::of(index.as_bytes());
    let strangers = random_pseudonyms(PROBES, 9);
    let passed = strangers.iter().filter(|stranger| filter.may_hold(stranger.first_half())).count();
    assert!(pseudonyms.iter().step_by(97).all(|&number| filter.may_hold(upper_half(number))));
    println!(
        "{} entries: {:.2} bytes per entry, {:.2} of them for the filter, whose false positive rate is \
         {:.3} %",
        pseudonyms.len(),
        index.as_bytes().len() as f64 / pseudonyms.len() as f64,
        filter.bytes.len() as f64 / pseudonyms.len() as f64,
        passed as f64 * 100.0 / strangers.len() as f64,
    );
}

/// The filter of an index file, as `docs/FORMAT.md` describes it.
struct FilterPart<'a> {
    bytes: &'a [u8],
}

impl<'a> FilterPart<'a> {
    fn of(file: &'a [u8]) -> Self {
        let number = |at: usize| {
            let bytes = file[at..].first_chunk().expect("a file has a section table");
            usize::try_from(u64::from_le_bytes(*bytes)).expect("a section is in memory")
        };
        Self { bytes: &file[number(144)..][..number(152)] }
    }

    fn may_hold(&self, first_half: u64) -> bool {
        let blocks = self.bytes.as_chunks::<64>().0;
        let count = u128::try_from(blocks.len()).expect("a length fits 128 bits");
        let block =
            usize::try_from((u128::from(first_half) * count) >> 64).expect("below a length");
        let product = first_half.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (0..).zip(blocks[block].as_chunks().0).all(|(number, &word)| {
            u64::from_le_bytes(word) >> (product >> (16 + 6 * number) & 63) & 1 == 1
        })
    }
}

fn sizes() -> Vec<usize> {
    if is_test() {
        vec![10_000]
    } else if env::var_os("LEAKDEX_BENCH_LARGE").is_some() {
        vec![300_000, 10_000_000, 100_000_000]
    } else {
        vec![300_000, 10_000_000]
    }
}

/// Whether each measurement runs only once: with `cargo test`, which passes no option, and with
/// `cargo bench -- --test`.
fn is_test() -> bool {
    let is_given = |flag: &str| env::args().any(|argument| argument == flag);
    is_given("--test") || !is_given("--bench")
}

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn bench_leakdex(group: &mut Group<'_>, path: &Path, key: &Key, probes: &[Pseudonym]) {
    let mapped = map(path, key);
    let opened = Index::open(path, key).expect("it was just published");
    for (name, index) in [("leakdex-batched", &mapped), ("leakdex-opened-batched", &opened)] {
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            let mut results = Vec::with_capacity(PROBES);
            bencher.iter(|| {
                results.clear();
                index.look_up_all(probes, &mut results);
                black_box(&results);
            });
        });
    }
    for (name, index) in [("leakdex-single", &mapped), ("leakdex-opened-single", &opened)] {
        bench(group, name, probes, |number| {
            index.look_up(Pseudonym::from_number(number)) != LookupResult::Absent
        });
    }
}

/// A lower bound for a batched lookup. It reads one random cache line of an array of the same number
/// of entries, with many loads in flight, and writes a result.
fn bench_floor(group: &mut Group<'_>, pseudonyms: &[u128], probes: &[Pseudonym]) {
    const RING: usize = 64;
    let count = u128::try_from(pseudonyms.len()).expect("a length fits 128 bits");
    let place = |probe: &Pseudonym| {
        usize::try_from(((probe.number() >> 64) * count) >> 64).expect("below a length")
    };
    let answer = |probe: &Pseudonym| {
        let is_there = pseudonyms[place(probe)] == probe.number();
        if is_there { LookupResult::Found(0) } else { LookupResult::Absent }
    };
    group.bench_function(BenchmarkId::from_parameter("floor"), |bencher| {
        let mut results = Vec::with_capacity(PROBES);
        bencher.iter(|| {
            results.clear();
            for ring in probes.chunks(RING) {
                ring.iter().for_each(|probe| prefetch(&pseudonyms[place(probe)]));
                results.extend(ring.iter().map(answer));
            }
            black_box(&results);
        });
    });
}

fn bench_hash_sets(group: &mut Group<'_>, pseudonyms: &[u128], probes: &[Pseudonym]) {
    let set: hashbrown::HashSet<u128> = pseudonyms.iter().copied().collect();
    bench(group, "hashbrown", probes, |number| set.contains(&number));
    drop(set);
    let set: HashSet<u128> = pseudonyms.iter().copied().collect();
    bench(group, "std-hash-set", probes, |number| set.contains(&number));
}

/// A filter does less than an index: it accepts one in 256 absent keys, and returns no records. It
/// shows how much time that saves.
fn bench_fuse_filter(group: &mut Group<'_>, pseudonyms: &[u128], probes: &[Pseudonym]) {
    let keys: Vec<u64> = pseudonyms.iter().map(|&number| upper_half(number)).collect();
    let filter = BinaryFuse8::try_from(&keys).expect("no two upper halves are the same");
    drop(keys);
    bench(group, "binary-fuse-8", probes, |number| filter.contains(&upper_half(number)));
}

/// A hash table that can also be mapped from a file. The Rust compiler uses it.
fn bench_odht(group: &mut Group<'_>, pseudonyms: &[u128], probes: &[Pseudonym]) {
    let mut table = HashTableOwned::<Odht>::with_capacity(pseudonyms.len(), 87);
    for number in pseudonyms {
        table.insert(number, &0);
    }
    bench(group, "odht", probes, |number| table.contains_key(&number));
}

struct Odht;

impl odht::Config for Odht {
    type Key = u128;
    type Value = u8;
    type EncodedKey = [u8; 16];
    type EncodedValue = [u8; 1];
    type H = odht::UnHashFn;

    fn encode_key(number: &u128) -> [u8; 16] {
        number.to_le_bytes()
    }

    fn encode_value(value: &u8) -> [u8; 1] {
        [*value]
    }

    fn decode_key(bytes: &[u8; 16]) -> u128 {
        u128::from_le_bytes(*bytes)
    }

    fn decode_value(bytes: &[u8; 1]) -> u8 {
        bytes[0]
    }
}

#[expect(clippy::big_endian_bytes, reason = "the order of bytes must be that of numbers")]
fn bench_fst(group: &mut Group<'_>, pseudonyms: &[u128], probes: &[Pseudonym]) {
    let keys = pseudonyms.iter().map(|number| number.to_be_bytes());
    let set = fst::Set::from_iter(keys).expect("the pseudonyms are in ascending order");
    bench(group, "fst", probes, |number| set.contains(number.to_be_bytes()));
}

/// Looks up the probes one at a time.
fn bench(group: &mut Group<'_>, name: &str, probes: &[Pseudonym], contains: impl Fn(u128) -> bool) {
    group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
        bencher.iter(|| {
            black_box(probes.iter().filter(|probe| contains(probe.number())).count());
        });
    });
}

#[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "takes a pointer"))]
fn prefetch(number: &u128) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the pointer comes from a reference.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(number).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = number;
}

#[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
fn map(path: &Path, key: &Key) -> Index {
    // SAFETY: the file is in a folder of this process, and nothing changes it.
    unsafe { Index::map(path, key) }.expect("it was just published")
}

/// Publishes an index of made-up usernames. Returns its folder, and its pseudonyms in ascending
/// order.
fn publish(entries: usize, key: &Key) -> (TempDir, Vec<u128>) {
    const CHUNK: usize = 1 << 16;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let breach = Breach::named("bench").expect("the name is well formed");
    let mut builder = IndexBuilder::new(key, breach);
    let pseudonymiser = Pseudonymiser::new(key);
    let mut batch = builder.batch();
    let mut pseudonyms = Vec::new();
    for start in (0..entries).step_by(CHUNK) {
        let chunk = start..entries.min(start + CHUNK);
        let names: Vec<String> = chunk.map(|number| format!("user{number:08}")).collect();
        batch.clear();
        names.iter().for_each(|name| batch.push(&Record::new().username(name)));
        builder.add_batch(&batch).expect("there is one class of data");
        let identifiers = names.iter().map(|name| (Kind::Username, name.as_bytes()));
        pseudonymiser.pseudonyms(identifiers, &mut pseudonyms);
    }
    builder.publish(folder.path().join("bench.leakdex")).expect("there is room for it");
    let mut numbers: Vec<u128> = pseudonyms.into_iter().map(Pseudonym::number).collect();
    numbers.sort_unstable();
    (folder, numbers)
}

/// Pseudonyms in random order, one in twenty of them in the index.
fn probes(pseudonyms: &[u128]) -> Vec<Pseudonym> {
    let count = u128::try_from(pseudonyms.len()).expect("a length fits 128 bits");
    let probe = |random: Pseudonym| {
        let (is_hit, place) = (random.number().is_multiple_of(20), random.number() / 20 % count);
        let leaked = pseudonyms[usize::try_from(place).expect("below a length")];
        if is_hit { Pseudonym::from_number(leaked) } else { random }
    };
    random_pseudonyms(PROBES, 8).into_iter().map(probe).collect()
}

/// Pseudonyms under another key, so no index has them.
fn random_pseudonyms(count: usize, seed: u8) -> Vec<Pseudonym> {
    let names: Vec<String> = (0..count).map(|number| number.to_string()).collect();
    let others = Pseudonymiser::new(&Key::from_bytes(&[seed; 32]).expect("a key"));
    let mut random = Vec::new();
    others.pseudonyms(names.iter().map(|name| (Kind::Email, name.as_bytes())), &mut random);
    random
}

fn upper_half(number: u128) -> u64 {
    u64::try_from(number >> 64).expect("half of the bits")
}

criterion_group!(benches, lookup);
criterion_main!(benches);
