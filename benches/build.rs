//! Builds an index in memory. Compares leakdex, which normalises, hashes and sorts, with a hash map
//! of plain text, as in a quick script. `build` has names with the frequencies in Germany, and
//! `build-plain` has few, plain names.

use std::{collections::HashMap, hint::black_box};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use leakdex::{Batch, Breach, Index, IndexBuilder, Key, Record};
use leakdex_synthetic::{plain, population};

fn build(criterion: &mut Criterion) {
    // `cargo test` does not pass `--bench`: each measurement then runs only once.
    let is_measured = std::env::args().any(|argument| argument == "--bench");
    let leaked = if is_measured { 100_000 } else { 1000 };
    let realistic = (0..leaked).map(|number| population::person(number).record());
    measure(criterion, "build", &realistic.collect::<Vec<_>>());
    let plain = (0..leaked).map(plain::person);
    measure(criterion, "build-plain", &plain.collect::<Vec<_>>());
}

fn measure(criterion: &mut Criterion, case: &str, records: &[Record]) {
    let mut group = criterion.benchmark_group(format!("{case}/{}", records.len()));
    group.throughput(Throughput::Elements(records.len() as u64)).sample_size(10);
    let name = BenchmarkId::from_parameter;
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let breach = || Breach::named("bench").expect("the name is well formed");

    let batch = || -> Batch {
        let mut batch = IndexBuilder::new(&key, breach()).batch();
        records.iter().for_each(|record| batch.push(record));
        batch
    };
    let index = |batch: &Batch| -> Index {
        let mut builder = IndexBuilder::new(&key, breach());
        builder.add_batch(batch).expect("there are few classes of data");
        builder.build().expect("the index fits the format")
    };
    group.bench_function(name("leakdex"), |bencher| bencher.iter(|| black_box(index(&batch()))));
    group.bench_function(name("leakdex-hash-and-sort"), |bencher| {
        bencher.iter_batched_ref(batch, |batch| black_box(index(batch)), BatchSize::PerIteration);
    });
    group.bench_function(name("hash-map-of-plain-text"), |bencher| {
        bencher.iter(|| {
            let mut map = HashMap::<(String, String), u32>::new();
            for record in records {
                for (field, value) in record.values() {
                    let value = value.expect("every value can be read").to_owned();
                    *map.entry((field.slug().to_owned(), value)).or_default() += 1;
                }
            }
            black_box(map)
        });
    });
    group.finish();
}

criterion_group!(benches, build);
criterion_main!(benches);
