//! A service: several threads answer requests from one set of indexes, while its only index is replaced.
//!
//! ```sh
//! cargo run --example service
//! ```
//!
//! Requests are made up and arrive over a channel, so there is no network. A second thread publishes a new
//! generation from time to time, as a nightly job would. A third thread watches for it. The program ends
//! after a second, and prints a summary.

use std::{
    error::Error,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use leakdex::{Breach, IndexBuilder, IndexSet, IndexSource, Key, LiveSet, Record, Requirements};

const WORKERS: usize = 4;
const MEMBERS: u64 = 10_000;
const DURATION: Duration = Duration::from_secs(1);

/// A member to check, and the channel for the answer.
struct Request {
    member: u64,
    reply: SyncSender<Answer>,
}

/// The response of a service: JSON that names no member, and the generation of the index.
struct Answer {
    generation: u64,
    verdict: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("live.leakdex");
    let key = Key::generate()?;
    publish(&path, &key, 1)?;
    let source = IndexSource::new(&path, key.clone());
    let live = LiveSet::open([source.require(Requirements::new().min_generation(1))])?;

    let (requests, queue) = sync_channel(64);
    let queue = Mutex::new(queue);
    let (is_over, served) = (AtomicBool::new(false), AtomicU64::new(0));
    let (asked, generations) = thread::scope(|threads| {
        for _ in 0..WORKERS {
            threads.spawn(|| serve(&live, &queue, &served));
        }
        let publisher = threads.spawn(|| publish_until(&is_over, &path, &key));
        threads.spawn(|| refresh_until(&is_over, &live));

        let asked = ask(requests);
        is_over.store(true, Ordering::Relaxed);
        (asked, publisher.join().expect("the publisher does not panic"))
    });
    live.refresh()?;
    println!(
        "{asked} requests sent and {} answered by {WORKERS} threads; {generations} generations \
         published, the last one in use is {}",
        served.into_inner(),
        generation(&live.current()),
    );
    Ok(())
}

/// Answers requests until there are no more clients.
fn serve(live: &LiveSet, queue: &Mutex<Receiver<Request>>, served: &AtomicU64) {
    loop {
        let request = queue.lock().expect("no worker panics").recv();
        let Ok(Request { member, reply }) = request else { return };
        // Taken once per request, so a single index answers the whole request.
        let set = live.current();
        let verdict = set.check(&record(member));
        let json = serde_json::to_string(&verdict).expect("a verdict has string keys only");
        served.fetch_add(1, Ordering::Relaxed);
        // The client may be gone.
        let _ = reply.send(Answer { generation: generation(&set), verdict: json });
    }
}

/// Requests one member after another for a while. Ends the service by dropping the channel.
fn ask(requests: SyncSender<Request>) -> u64 {
    let start = Instant::now();
    let mut asked = 0;
    while start.elapsed() < DURATION {
        let member = asked * 7919 % MEMBERS;
        let (reply, answers) = sync_channel(1);
        requests.send(Request { member, reply }).expect("the workers wait for requests");
        let answer = answers.recv().expect("every request is answered");
        let expected =
            if is_leaked(member, answer.generation) { "affected" } else { "not_affected" };
        let begin = format!("{{\"verdict\":\"{expected}\"");
        assert!(answer.verdict.starts_with(&begin), "{}", answer.verdict);
        asked += 1;
    }
    drop(requests);
    asked
}

/// Publishes a new generation from time to time, and returns the number of generations.
fn publish_until(is_over: &AtomicBool, path: &Path, key: &Key) -> u64 {
    let mut generation = 1;
    while !is_over.load(Ordering::Relaxed) {
        generation += 1;
        if let Err(error) = publish(path, key, generation) {
            eprintln!("generation {generation} was not published: {error}");
        }
        thread::sleep(Duration::from_millis(50));
    }
    generation
}

/// Looks for a new generation from time to time. If the new one cannot be used, answers still come from the
/// earlier one, and somebody must be notified.
fn refresh_until(is_over: &AtomicBool, live: &LiveSet) {
    while !is_over.load(Ordering::Relaxed) {
        if let Err(error) = live.refresh() {
            eprintln!("the earlier index stays in use: {error}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Publishes an index of all members who are leaked in this generation.
fn publish(path: &Path, key: &Key, generation: u64) -> Result<(), leakdex::Error> {
    let breach = Breach::named("portal-2024-05").expect("a well-formed name");
    let mut builder = IndexBuilder::new(key, breach).generation(generation);
    let mut batch = builder.batch();
    for member in (0..MEMBERS).filter(|&member| is_leaked(member, generation)) {
        batch.push(&record(member));
    }
    let _ = builder.add_batch(&batch)?;
    builder.publish(path)
}

/// The generation of the one index in the set.
fn generation(set: &IndexSet) -> u64 {
    set.indexes()[0].generation()
}

/// More and more members are leaked, as more of the leak is read.
fn is_leaked(member: u64, generation: u64) -> bool {
    member % 100 < generation
}

fn record(member: u64) -> Record {
    Record::new().username(&format!("user{member}"))
}
