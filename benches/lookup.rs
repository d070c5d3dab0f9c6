//! Look-ups of pseudonyms that are hashed already: leakdex against sets in memory. One in twenty
//! is a hit, in random order.

use std::{collections::HashSet, hint::black_box};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use leakdex::{Breach, Index, IndexBuilder, Key, Kind, Pseudonym, Pseudonymiser, Record};

/// How many look-ups are timed together.
const PROBES: usize = 8192;

fn lookup(criterion: &mut Criterion) {
    for entries in [10_000, 300_000] {
        let (index, pseudonyms) = index(entries);
        let probes = probes(&pseudonyms);
        let mut group = criterion.benchmark_group(format!("lookup/{entries}"));
        group.throughput(Throughput::Elements(PROBES as u64));
        let name = BenchmarkId::from_parameter;

        group.bench_function(name("leakdex-batched"), |bencher| {
            let mut results = Vec::with_capacity(PROBES);
            bencher.iter(|| {
                results.clear();
                index.look_up_all(&probes, &mut results);
                black_box(&results);
            });
        });
        group.bench_function(name("leakdex-single"), |bencher| {
            bencher.iter(|| {
                for &probe in &probes {
                    black_box(index.look_up(probe));
                }
            });
        });

        let std_set: HashSet<u128> = pseudonyms.iter().copied().collect();
        group.bench_function(name("std-hash-set"), |bencher| {
            bencher.iter(|| count(&probes, |probe| std_set.contains(probe)));
        });
        let hashbrown_set: hashbrown::HashSet<u128> = pseudonyms.iter().copied().collect();
        group.bench_function(name("hashbrown"), |bencher| {
            bencher.iter(|| count(&probes, |probe| hashbrown_set.contains(probe)));
        });
        group.bench_function(name("binary-search"), |bencher| {
            bencher.iter(|| count(&probes, |probe| pseudonyms.binary_search(probe).is_ok()));
        });
        group.finish();
    }
}

fn count(probes: &[Pseudonym], contains: impl Fn(&u128) -> bool) -> usize {
    black_box(probes.iter().filter(|probe| contains(&probe.number())).count())
}

/// An index of made-up usernames, and its pseudonyms in ascending order.
fn index(entries: usize) -> (Index, Vec<u128>) {
    let key = Key::from_bytes([7; 32]);
    let breach = Breach::named("bench").expect("the name is well formed");
    let mut builder = IndexBuilder::new(&key, breach);
    let mut batch = builder.batch();
    let names: Vec<String> = (0..entries).map(|number| format!("user{number:08}")).collect();
    names.iter().for_each(|name| batch.push(&Record::new().username(name)));
    builder.add_batch(&batch).expect("there is one class of data");
    let index = builder.build().expect("the index fits the format");

    let pseudonymiser = Pseudonymiser::new(&key);
    let hashed = names.iter().map(|name| pseudonymiser.pseudonym(Kind::Username, name.as_bytes()));
    let mut pseudonyms: Vec<u128> = hashed.map(Pseudonym::number).collect();
    pseudonyms.sort_unstable();
    (index, pseudonyms)
}

/// Pseudonyms in random order, one in twenty of them in the index; the same in every run.
fn probes(pseudonyms: &[u128]) -> Vec<Pseudonym> {
    let others = Pseudonymiser::new(&Key::from_bytes([8; 32]));
    let random =
        |number: usize| others.pseudonym(Kind::Email, format!("{number}").as_bytes()).number();
    let probe = |number: usize| {
        let random = random(number);
        if number.is_multiple_of(20) {
            let count = u128::try_from(pseudonyms.len()).expect("a length fits 128 bits");
            pseudonyms[usize::try_from(random % count).expect("below a length")]
        } else {
            random
        }
    };
    (0..PROBES).map(probe).map(Pseudonym::from_number).collect()
}

criterion_group!(benches, lookup);
criterion_main!(benches);
