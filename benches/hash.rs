//! Keyed hashing of short identifiers. Compares leakdex, many at a time and one at a time, with the
//! `hmac` crate, one at a time. Kinds are random. Also compares first halves alone with the
//! `cmac` crate.

use std::{hint::black_box, ops::RangeInclusive};

use aes::Aes128;
use cmac::Cmac;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use leakdex::{Key, Kind, Pseudonymiser, internal::first_halves};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng, seq::IndexedRandom};
use sha2::Sha256;

/// How many identifiers are hashed together.
const MESSAGES: usize = 4096;

fn hash(criterion: &mut Criterion) {
    for length in [10, 20, 30, 40, 55, 100] {
        compare(criterion, &format!("hash/{length}-bytes"), length..=length);
        compare_first_halves(criterion, &format!("first-half/{length}-bytes"), length);
    }
    compare(criterion, "hash/10-to-55-bytes", 10..=55);
}

fn compare(criterion: &mut Criterion, name: &str, lengths: RangeInclusive<usize>) {
    let messages = messages(lengths);
    let identifiers = || messages.iter().map(|(kind, text)| (*kind, text.as_slice()));
    let pseudonymiser = Pseudonymiser::new(&Key::from_bytes(&[7; 32]).expect("a key"));
    let keyed: Vec<Hmac<Sha256>> = (0..).zip(Kind::ALL).map(|(key, _)| keyed(key)).collect();

    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(MESSAGES as u64));
    group.bench_function(BenchmarkId::from_parameter("leakdex-bulk"), |bencher| {
        let mut pseudonyms = Vec::with_capacity(MESSAGES);
        bencher.iter(|| {
            pseudonyms.clear();
            pseudonymiser.pseudonyms(identifiers(), &mut pseudonyms);
            black_box(&pseudonyms);
        });
    });
    group.bench_function(BenchmarkId::from_parameter("leakdex-single"), |bencher| {
        bencher.iter(|| {
            for (kind, text) in identifiers() {
                black_box(pseudonymiser.pseudonym(kind, text));
            }
        });
    });
    group.bench_function(BenchmarkId::from_parameter("hmac"), |bencher| {
        bencher.iter(|| {
            for (kind, text) in identifiers() {
                black_box(keyed[kind as usize].clone().chain_update(text).finalize());
            }
        });
    });
    group.finish();
}

/// The first halves alone, as a check computes them for all members: many messages of one kind.
fn compare_first_halves(criterion: &mut Criterion, name: &str, length: usize) {
    let text: Vec<u8> = messages(length..=length).into_iter().flat_map(|(_, text)| text).collect();
    let pseudonymiser = Pseudonymiser::new(&Key::from_bytes(&[7; 32]).expect("a key"));
    let keyed = <Cmac<Aes128> as KeyInit>::new(&[7; 16].into());
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(MESSAGES as u64));
    group.bench_function(BenchmarkId::from_parameter("leakdex-bulk"), |bencher| {
        bencher.iter(|| black_box(first_halves(&pseudonymiser, Kind::Email, &text, length)));
    });
    group.bench_function(BenchmarkId::from_parameter("cmac"), |bencher| {
        bencher.iter(|| {
            for text in text.chunks_exact(length) {
                black_box(keyed.clone().chain_update(text).finalize());
            }
        });
    });
    group.finish();
}

fn keyed(key: u8) -> Hmac<Sha256> {
    Hmac::new_from_slice(&[key; 32]).expect("HMAC takes a key of any length")
}

/// Random identifiers of random kinds, the same in every run.
fn messages(lengths: RangeInclusive<usize>) -> Vec<(Kind, Vec<u8>)> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut message = || {
        let kind = *Kind::ALL.choose(&mut random).expect("there are kinds");
        let length = random.random_range(lengths.clone());
        (kind, (0..length).map(|_| random.random()).collect())
    };
    (0..MESSAGES).map(|_| message()).collect()
}

criterion_group!(benches, hash);
criterion_main!(benches);
