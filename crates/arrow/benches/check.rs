//! Checks members in a record batch, and compares that with the library on the same columns, on one thread.
//! `columns` is the library alone. `self-checked` also builds the profiles from which the caveats of a run follow,
//! and looks some members up again with changed dates of birth, as `arrow` does. `arrow` returns verdicts as
//! record batches.

use std::{hint::black_box, num::NonZeroUsize, sync::Arc};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use leakdex::{Batch, Breach, Column, Columns, Field, IndexBuilder, IndexSet, Key, Record, State};
use leakdex_arrow::{
    Options,
    arrow_array::{
        ArrayRef, RecordBatch, RecordBatchIterator, StringArray, builder::StringBuilder,
        cast::AsArray,
    },
    arrow_schema::{DataType, Field as ArrowField, Schema},
    check,
};
use leakdex_screening::probes_dates;
use leakdex_synthetic::population;

const LEAKED: u32 = 300_000;
const MEMBERS: u32 = 1_000_000;

/// How many members are checked together.
const SHARE: usize = 1024;

/// A check of record batches has about this many shares in a block.
const BLOCK: u64 = 4;

const COLUMNS: [(Field, &str); 5] = [
    (Field::Email, "email"),
    (Field::Kvnr, "kvnr"),
    (Field::FirstName, "first_name"),
    (Field::LastName, "last_name"),
    (Field::BirthDate, "birth_date"),
];

fn members(criterion: &mut Criterion) {
    let (leaked, members) = if is_test() { (2000, 4000) } else { (LEAKED, MEMBERS) };
    let indexes = Arc::new(indexes((0..leaked).map(person)));
    // One member in twenty is in the leak.
    let numbers = (0..members).map(|row| if row % 20 == 0 { row % leaked } else { leaked + row });
    let table = table(numbers.map(person));
    let mut group = criterion.benchmark_group("arrow");
    group.throughput(Throughput::Elements(members.into()));
    group.sample_size(10);

    for (name, empty, is_self_checked) in
        [("columns", indexes.batch(), false), ("self-checked", indexes.batch().profiled(), true)]
    {
        let mut batch = empty.clone();
        let probes_dates = |share| is_self_checked && probes_dates(share / BLOCK);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                black_box(affected_of_columns(&indexes, &table, &mut batch, probes_dates))
            });
        });
    }
    group.bench_function("arrow", |bencher| {
        bencher.iter(|| black_box(affected_of_batches(&indexes, &table)));
    });
    group.finish();
}

fn person(number: u32) -> Record {
    population::person(number).record()
}

fn indexes(leaked: impl Iterator<Item = Record>) -> IndexSet {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let mut builder = IndexBuilder::new(&key, Breach::named("bench").expect("a name"));
    for record in leaked {
        let _ = builder.add(&record).expect("added");
    }
    IndexSet::new(vec![builder.build().expect("built")]).expect("one index")
}

fn table(people: impl Iterator<Item = Record>) -> RecordBatch {
    let mut builders: [StringBuilder; COLUMNS.len()] = Default::default();
    for person in people {
        for ((field, _), builder) in COLUMNS.iter().zip(&mut builders) {
            let mut values = person.values().filter(|(candidate, _)| candidate == field);
            builder.append_value(values.next().map_or("", |(_, value)| value.unwrap_or_default()));
        }
    }
    let field = |name: &str| ArrowField::new(name, DataType::Utf8, true);
    let schema = Schema::new(COLUMNS.map(|(_, name)| field(name)).to_vec());
    let arrays = builders.map(|mut builder| Arc::new(builder.finish()) as ArrayRef).to_vec();
    RecordBatch::try_new(Arc::new(schema), arrays).expect("columns of one length")
}

fn affected_of_columns(
    indexes: &IndexSet,
    table: &RecordBatch,
    batch: &mut Batch,
    probes_dates: impl Fn(u64) -> bool,
) -> usize {
    let arrays: Vec<&StringArray> = table.columns().iter().map(AsArray::as_string).collect();
    let mut affected = 0;
    for start in (0..table.num_rows()).step_by(SHARE) {
        let end = table.num_rows().min(start + SHARE);
        let mut columns = Columns::with_capacity(end - start, arrays.len());
        for ((field, _), array) in COLUMNS.iter().zip(&arrays) {
            let offsets = &array.value_offsets()[start..=end];
            columns.push(Column::new(*field, array.value_data(), offsets));
        }
        batch.clear();
        batch.push_columns(&columns);
        let verdicts = indexes.check_batch(batch);
        let states = (0..verdicts.len()).map(|member| verdicts.state(member));
        affected += states.filter(|state| *state == State::Affected).count();
        if probes_dates((start / SHARE) as u64) {
            black_box(indexes.probe_dates(batch, &verdicts));
        }
    }
    affected
}

fn affected_of_batches(indexes: &Arc<IndexSet>, table: &RecordBatch) -> u64 {
    let reader = RecordBatchIterator::new(vec![Ok(table.clone())], table.schema());
    let options = Options { threads: NonZeroUsize::new(1), ..Options::default() };
    let checked = check(Arc::clone(indexes), Box::new(reader), &options);
    let mut verdicts = checked.expect("the columns can be used");
    while let Some(batch) = verdicts.next_batch().expect("the stream ends well") {
        black_box(batch);
    }
    verdicts.counts().expect("all is read").affected
}

/// Whether each measurement runs only once: with `cargo test`, which passes no option, and with
/// `cargo bench -- --test`.
fn is_test() -> bool {
    let is_given = |flag: &str| std::env::args().any(|argument| argument == flag);
    is_given("--test") || !is_given("--bench")
}

criterion_group!(benches, members);
criterion_main!(benches);
