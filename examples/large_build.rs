//! Measures the time and the actual memory of a build in limited memory:
//!
//! ```sh
//! cargo run --release --example large_build -- 100000000 512
//! ```
//!
//! builds an index of 100 million made-up identifiers in 512 MiB. In the temporary folder, each identifier
//! takes 40 bytes in addition to its 33 bytes in the index.

use std::{
    env,
    error::Error,
    fs,
    time::{Duration, Instant},
};

use leakdex::{Breach, Index, IndexBuilder, Key, Record};

/// The number of records that are normalised and hashed together.
const SHARE: u64 = 1 << 16;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut number = |default| arguments.next().map_or(Ok(default), |text| text.parse::<u64>());
    let (identifiers, mebibytes) = (number(1_000_000)?, number(512)?);

    let folder = tempfile::tempdir()?;
    let target = folder.path().join("large.leakdex");
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    // Like the command, leave an eighth for everything else.
    let memory = usize::try_from((mebibytes << 20) / 8 * 7)?;
    let mut builder =
        IndexBuilder::new(&key, Breach::named("large")?).memory(memory, folder.path());

    let start = Instant::now();
    let mut batch = builder.batch();
    for first in (0..identifiers).step_by(usize::try_from(SHARE)?) {
        batch.clear();
        for person in first..identifiers.min(first + SHARE) {
            batch.push(&Record::new().username(&format!("user{person:010}")));
        }
        let _ = builder.add_batch(&batch)?;
    }
    let collected = start.elapsed();
    builder.publish(&target)?;
    let built = start.elapsed();

    let length = fs::metadata(&target)?.len();
    let metadata = Index::read_unverified(&target)?.metadata;
    assert_eq!(metadata.kinds[0].identifiers, identifiers, "all of them are different");
    println!(
        "{identifiers} identifiers, {mebibytes} MiB allowed: {:.1} s ({:.1} s of it to collect and \
         sort runs), {:.0} ns an identifier, peak {} MiB, index {} MiB",
        built.as_secs_f64(),
        collected.as_secs_f64(),
        nanoseconds_each(built, identifiers),
        peak_mebibytes().map_or("unknown".into(), |peak| peak.to_string()),
        length >> 20,
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
fn nanoseconds_each(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e9 / count as f64
}

/// The peak memory of this process, if the system reports it.
fn peak_mebibytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes >> 10)
}
