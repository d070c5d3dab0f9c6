//! Measures the steps of a private check: `table` per leaked record, and `ask`, `answer` and
//! `finish` per element.
//!
//! In test mode, each step runs once.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench")]

use std::{hint::black_box, io::Cursor, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use leakdex::{Batch, Breach, Kind, Record};
use leakdex_private::{
    CheckedRequest, Epoch, Factor, Finisher, Grant, Ledger, Request, RequestBuilder, RequestWriter,
    Response, Signer, State, Table, Timestamp, answer, write_table,
};
use leakdex_synthetic::numbers::kvnr;

/// Enough members to fill 16 batches. A batch has 4096 elements; one of them is a canary.
const MEMBERS: u32 = 16 * 4095;
const ELEMENTS: u64 = 16 * 4096;
/// One in ten members is in the leak.
const LEAKED: u32 = MEMBERS / 10;

fn rows(batch: Batch, numbers: std::ops::Range<u32>) -> Batch {
    numbers.fold(batch, |mut batch, number| {
        batch.push(&Record::new().kvnr(&kvnr(number)));
        batch
    })
}

fn write_request(state: &State, insurer: &Signer, members: &Batch) -> Vec<u8> {
    let mut request = Vec::new();
    let mut request_writer = RequestWriter::new(state, insurer, &mut request).unwrap();
    while let Some(mut pass) = request_writer.next_pass().unwrap() {
        pass.feed(members).unwrap();
        pass.end().unwrap();
    }
    request_writer.finish().unwrap();
    request
}

fn steps(criterion: &mut Criterion) {
    let [provider, insurer] = [(); 2].map(|()| Signer::generate().unwrap());
    let kinds = [Kind::Kvnr].into_iter().collect();
    let epoch = Epoch::generate("bench".parse().unwrap(), kinds).unwrap();
    let key = epoch.table_key().unwrap();
    let mut builder = key.builder(Breach::named("bench").unwrap());
    let leak = rows(builder.batch(), 0..LEAKED);
    let _added = builder.add_batch(&leak).unwrap();
    let (index, identifiers) = builder.build_with_identifiers().unwrap();
    let write = || {
        let mut table = Vec::new();
        write_table(&epoch, &key, &index, &identifiers, &provider, |_, _| (), &mut table).unwrap();
        table
    };
    let tables = [Table::open(Cursor::new(write()), None).unwrap()];
    let members = rows(tables[0].batch(), 0..MEMBERS);
    let mut request_builder = RequestBuilder::new(&tables[0], 2026).unwrap();
    request_builder.note(&members);
    let mut state = request_builder.begin();
    let request = write_request(&state, &insurer, &members);
    let open_request = || Request::open(Cursor::new(&request)).unwrap();
    state.set_request(open_request().id());
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::at(folder.path().join("ledger"));
    let respond = || {
        let mut request = open_request();
        let checked = CheckedRequest::new(&epoch, &mut request).unwrap();
        let charged = ledger.charge(&checked, Timestamp::UNIX_EPOCH).unwrap();
        let mut response = Vec::new();
        answer(checked, &charged, &provider, |_, _| (), &mut response).unwrap();
        response
    };
    let insurer_id = insurer.fingerprint();
    let grant = Grant::for_members(insurer_id, &epoch, 100_000, |_| Factor::DEFAULT, "").unwrap();
    ledger.grant(&grant, Timestamp::UNIX_EPOCH).unwrap();
    let response = respond();
    let finish = || {
        let mut request = open_request();
        let mut response = Response::open(Cursor::new(&response)).unwrap();
        let mut finisher = Finisher::new(&state, &tables, &mut request, &mut response).unwrap();
        while let Some(mut pass) = finisher.next_pass().unwrap() {
            pass.feed(&members).unwrap();
            pass.end().unwrap();
        }
        finisher.finish().unwrap().0
    };
    assert_eq!(finish()[0].len(), LEAKED as usize);

    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut group = criterion.benchmark_group(format!("private, {threads} threads"));
        group.sample_size(10).warm_up_time(Duration::from_millis(10));
        group.throughput(Throughput::Elements(u64::from(LEAKED)));
        group.bench_function("table", |bench| bench.iter(|| pool.install(write)));
        group.throughput(Throughput::Elements(ELEMENTS));
        group.bench_function("ask", |bench| {
            bench.iter(|| pool.install(|| black_box(write_request(&state, &insurer, &members))));
        });
        group.bench_function("answer", |bench| bench.iter(|| pool.install(respond)));
        group.bench_function("finish", |bench| bench.iter(|| pool.install(finish)));
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
