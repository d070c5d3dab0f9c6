//! Screens members end to end in the library: normalise, hash, look up, decide. One member in
//! twenty is in the leak of 300,000 records. `screen` has names with the frequencies in Germany.
//! `screen-plain` has few, plain names, which are easier to cache.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use leakdex::{
    Breach, Column, Columns, Field, Index, IndexBuilder, Key, Record, Verdict, Verdicts,
};
use leakdex_synthetic::{plain, population};
use rayon::ThreadPoolBuilder;

const LEAKED: u32 = 300_000;
const MEMBERS: u32 = 32_768;

/// The number of members in a chunk. The command has chunks of up to this size, too.
const CHUNK: usize = 1024;

fn screen(criterion: &mut Criterion) {
    measure(criterion, "screen", |number| population::person(number).record());
    measure(criterion, "screen-plain", plain::person);
}

fn measure(criterion: &mut Criterion, case: &str, person: impl Fn(u32) -> Record) {
    let leaked = if is_test() { MEMBERS } else { LEAKED };
    let index = index((0..leaked).map(&person));
    // The leak has the people with numbers below `leaked`. One member in twenty is one of them.
    let numbers =
        (0..MEMBERS).map(|row| if row.is_multiple_of(20) { row % leaked } else { leaked + row });
    let members: Vec<Record> = numbers.map(&person).collect();
    let mut group = criterion.benchmark_group(case);
    group.throughput(Throughput::Elements(MEMBERS.into()));
    let name = BenchmarkId::from_parameter;

    group.bench_function(name("normalise"), |bencher| {
        let mut batch = index.batch();
        bencher.iter(|| {
            for chunk in members.chunks(CHUNK) {
                batch.clear();
                chunk.iter().for_each(|member| batch.push(member));
                black_box(&batch);
            }
        });
    });
    group.bench_function(name("batches"), |bencher| {
        let mut batch = index.batch();
        bencher.iter(|| {
            let affected = members.chunks(CHUNK).map(|chunk| {
                batch.clear();
                chunk.iter().for_each(|member| batch.push(member));
                count(&index.check_batch(&batch))
            });
            black_box(affected.sum::<usize>())
        });
    });
    let chunks: Vec<Chunk> = members.chunks(CHUNK).map(Chunk::of).collect();
    group.bench_function(name("columns"), |bencher| {
        let mut batch = index.batch();
        bencher.iter(|| {
            let affected = chunks.iter().map(|chunk| {
                batch.clear();
                batch.push_columns(&chunk.columns());
                count(&index.check_batch(&batch))
            });
            black_box(affected.sum::<usize>())
        });
    });
    group.bench_function(name("one-by-one"), |bencher| {
        let check = |member: &Record| usize::from(is_affected(&index.check(member)));
        bencher.iter(|| black_box(members.iter().map(check).sum::<usize>()));
    });
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("few threads");
        group.bench_function(BenchmarkId::new("check-all", threads), |bencher| {
            bencher.iter(|| black_box(count(&pool.install(|| index.check_all(&members)))));
        });
    }
    group.finish();
}

/// A chunk of members by column, as an input file or an Arrow batch gives them.
struct Chunk {
    members: usize,
    columns: Vec<(Field, String, Vec<i32>)>,
}

impl Chunk {
    fn of(members: &[Record]) -> Self {
        const FIELDS: [Field; 5] =
            [Field::Email, Field::Kvnr, Field::FirstName, Field::LastName, Field::BirthDate];
        let column = |field| {
            let (mut text, mut offsets) = (String::new(), vec![0]);
            for member in members {
                let cell = member.values().find(|(candidate, _)| *candidate == field);
                text.push_str(cell.map_or("", |(_, value)| value.expect("it is text")));
                offsets.push(i32::try_from(text.len()).expect("a chunk is short"));
            }
            (field, text, offsets)
        };
        Self { members: members.len(), columns: FIELDS.into_iter().map(column).collect() }
    }

    fn columns(&self) -> Columns<'_> {
        let mut columns = Columns::new(self.members);
        for (field, text, offsets) in &self.columns {
            columns.push(Column::new(*field, text.as_bytes(), offsets));
        }
        columns
    }
}

fn count(verdicts: &Verdicts) -> usize {
    verdicts.matched().iter().filter(|kinds| !kinds.is_empty()).count()
}

fn is_affected(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Affected(_))
}

fn index(leaked: impl Iterator<Item = Record>) -> Index {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let breach = Breach::named("bench").expect("the name is well formed");
    let mut builder = IndexBuilder::new(&key, breach);
    let mut batch = builder.batch();
    leaked.for_each(|record| batch.push(&record));
    builder.add_batch(&batch).expect("there are few classes of data");
    builder.build().expect("the index fits the format")
}

/// Whether each measurement runs only once: with `cargo test`, which passes no option, and with
/// `cargo bench -- --test`.
fn is_test() -> bool {
    let is_given = |flag: &str| std::env::args().any(|argument| argument == flag);
    is_given("--test") || !is_given("--bench")
}

criterion_group!(benches, screen);
criterion_main!(benches);
