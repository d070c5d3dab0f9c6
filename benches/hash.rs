//! Keyed hashing of short identifiers: leakdex against the `hmac` crate used one by one.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use leakdex::{Key, Kind, Pseudonymiser};
use sha2::Sha256;

/// How many identifiers are hashed together, as in a batch of members.
const MESSAGES: usize = 4096;

fn hash(criterion: &mut Criterion) {
    for length in [10, 25, 55] {
        let messages = messages(length);
        let mut group = criterion.benchmark_group(format!("hash/{length}-bytes"));
        group.throughput(Throughput::Elements(MESSAGES as u64));

        let pseudonymiser = Pseudonymiser::new(&Key::from_bytes([7; 32]));
        group.bench_function(BenchmarkId::from_parameter("leakdex"), |bencher| {
            let mut pseudonyms = Vec::with_capacity(MESSAGES);
            bencher.iter(|| {
                pseudonyms.clear();
                let identifiers = messages.iter().map(|text| (Kind::Email, text.as_slice()));
                pseudonymiser.pseudonyms(identifiers, &mut pseudonyms);
                black_box(&pseudonyms);
            });
        });

        let keyed = Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("any length will do");
        group.bench_function(BenchmarkId::from_parameter("hmac"), |bencher| {
            bencher.iter(|| {
                for message in &messages {
                    black_box(keyed.clone().chain_update(message).finalize());
                }
            });
        });
        group.finish();
    }
}

/// Different texts of one length, the same in every run.
fn messages(length: usize) -> Vec<Vec<u8>> {
    let text = |number: usize| format!("{number:0length$}").into_bytes();
    (0..MESSAGES).map(text).collect()
}

criterion_group!(benches, hash);
criterion_main!(benches);
