//! Measures lookups in a mapped index that does not fit into memory:
//!
//! ```sh
//! cargo run --release --example larger_than_memory -- build 100000000 FOLDER
//! cargo run --release --example larger_than_memory -- ask 100000000 FOLDER
//! ```
//!
//! The first command builds an index of made-up identifiers. The second command looks up identifiers in it,
//! and prints the time and the disk reads (major page faults) per lookup. Run the second command with little
//! memory left for the file, for example in a control group with a limit (`memory.max`), after removing the
//! file from the system's cache (`sync; echo 1 > /proc/sys/vm/drop_caches`).

use std::{
    env,
    error::Error,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use leakdex::{
    Breach, Index, IndexBuilder, Key, Kind, LookupResult, Pseudonym, Pseudonymiser, Record,
};

/// The number of records that are normalised and hashed together.
const BATCH: u64 = 1 << 16;
/// The time limit of a measurement.
const TIME_LIMIT: Duration = Duration::from_secs(40);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [task, identifiers, folder] = &arguments[..] else {
        return Err("give 'build' or 'ask', how many identifiers, and a folder".into());
    };
    let (identifiers, file) = (identifiers.parse()?, Path::new(folder).join("large.leakdex"));
    match &**task {
        "build" => build(identifiers, &file),
        "ask" => ask(identifiers, &file),
        _ => Err("the task is 'build' or 'ask'".into()),
    }
}

fn key() -> Key {
    Key::from_bytes(&[7; 32]).expect("a key")
}

fn build(identifiers: u64, file: &Path) -> Result<(), Box<dyn Error>> {
    let key = key();
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut builder = IndexBuilder::new(&key, Breach::named("large")?).memory(1 << 30, folder);
    let mut batch = builder.batch();
    for first in (0..identifiers).step_by(usize::try_from(BATCH)?) {
        batch.clear();
        for person in first..identifiers.min(first + BATCH) {
            batch.push(&Record::new().username(&name(person)));
        }
        let _ = builder.add_batch(&batch)?;
    }
    Ok(builder.publish(file)?)
}

fn name(person: u64) -> String {
    format!("user{person:010}")
}

#[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
fn ask(identifiers: u64, file: &Path) -> Result<(), Box<dyn Error>> {
    let (no_hits, few_hits) = (probes(identifiers, None), probes(identifiers, Some(20)));
    let start = Instant::now();
    // SAFETY: nothing else uses the file.
    let index = unsafe { Index::map(file, &key()) }?;
    let opened = start.elapsed().as_secs_f64() * 1e3;
    println!("{} MiB in the file, mapped in {opened:.1} ms", fs::metadata(file)?.len() >> 20);
    measure(&index, "the first one", &few_hits[..1], 1);
    measure(&index, "1,024 at a time, no hit, verified on the way", &no_hits, 1024);
    measure(&index, "1,024 at a time, no hit", &no_hits, 1024);
    measure(&index, "1,024 at a time, one in 20 a hit, verified on the way", &few_hits, 1024);
    measure(&index, "1,024 at a time, one in 20 a hit", &few_hits, 1024);
    let mut ordered = few_hits;
    ordered.chunks_mut(1 << 20).for_each(<[Pseudonym]>::sort_unstable);
    measure(&index, "1,048,576 at a time, in ascending order", &ordered, 1 << 20);
    // Results of a mapped index are valid only after this check.
    let start = Instant::now();
    index.verify_touched()?;
    println!("verified once more in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// A few million pseudonyms. One in `one_in` is in the index; none if that is `None`.
fn probes(identifiers: u64, one_in: Option<u64>) -> Vec<Pseudonym> {
    const PROBES: u64 = 1 << 22;
    let names: Vec<String> = (0..PROBES)
        .map(|number| {
            let is_hit = one_in.is_some_and(|one_in| number.is_multiple_of(one_in));
            // The factor spreads the hits over all persons.
            let person = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % identifiers;
            if is_hit { name(person) } else { format!("nobody{number}") }
        })
        .collect();
    let mut pseudonyms = Vec::new();
    let usernames = names.iter().map(|name| (Kind::Username, name.as_bytes()));
    Pseudonymiser::new(&key()).pseudonyms(usernames, &mut pseudonyms);
    pseudonyms
}

#[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
fn measure(index: &Index, what: &str, probes: &[Pseudonym], at_a_time: usize) {
    let (faults, start) = (major_faults(), Instant::now());
    let (mut lookups, mut found) = (0, 0);
    let mut results = Vec::new();
    for chunk in probes.chunks(at_a_time) {
        results.clear();
        index.look_up_all(chunk, &mut results);
        lookups += chunk.len();
        found += results.iter().filter(|result| matches!(result, LookupResult::Found(_))).count();
        if start.elapsed() > TIME_LIMIT {
            break;
        }
    }
    let each = 1.0 / lookups as f64;
    println!(
        "{what}: {:.0} ns and {:.4} faults a lookup ({lookups} lookups, {found} found)",
        start.elapsed().as_secs_f64() * 1e9 * each,
        (major_faults() - faults) as f64 * each,
    );
}

/// How often this process waited for a page from the disk, if the system reports it.
fn major_faults() -> u64 {
    let status = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program name, in parentheses, may contain spaces.
    let fields = status.rsplit(')').next().unwrap_or_default();
    fields.split_whitespace().nth(9).and_then(|field| field.parse().ok()).unwrap_or(0)
}
