//! The switch between mutants. The copy of the library gets this file as its module `mutants`.

use std::{
    env,
    fs::File,
    io::Write as _,
    sync::{
        OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
};

/// No environment variable has been read yet.
const UNKNOWN: u32 = u32::MAX;
/// No mutant is on. Each one that the program reaches is written to a file.
const RECORDING: u32 = u32::MAX - 1;

/// The mutant that is on. None has the number 0.
static ACTIVE: AtomicU32 = AtomicU32::new(UNKNOWN);
/// The mutants that were reached, as bits.
static REACHED: [AtomicU64; 1024] = [const { AtomicU64::new(0) }; 1024];
/// Opened once, since a test counts allocations.
static RECORD: OnceLock<File> = OnceLock::new();

/// Whether this mutant is on.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it is called in every loop")]
#[doc(hidden)]
pub fn on(id: u32) -> bool {
    let active = ACTIVE.load(Relaxed);
    active == id || active >= RECORDING && begin_or_record(id)
}

#[cold]
#[inline(never)]
fn begin_or_record(id: u32) -> bool {
    if ACTIVE.load(Relaxed) == UNKNOWN {
        let path = env::var_os("LEAKDEX_REACHED");
        let file = path.and_then(|path| File::options().append(true).create(true).open(path).ok());
        let active = env::var("LEAKDEX_MUTANT").ok().and_then(|id| id.parse().ok());
        if let Some(file) = file {
            let _same = RECORD.set(file);
            ACTIVE.store(RECORDING, Relaxed);
        } else {
            ACTIVE.store(active.unwrap_or(0), Relaxed);
        }
        return on(id);
    }
    let (word, bit) = (&REACHED[id as usize / 64], 1 << (id % 64));
    // Reading first keeps threads from contending for the word.
    if word.load(Relaxed) & bit == 0
        && word.fetch_or(bit, Relaxed) & bit == 0
        && let Some(mut file) = RECORD.get()
    {
        let _unrecorded = file.write_all(&id.to_le_bytes());
    }
    false
}
