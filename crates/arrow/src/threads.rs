//! The threads of this process.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    process,
    sync::{Arc, LazyLock, Mutex, TryLockError},
    thread,
    time::Duration,
};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The pools by process and number of threads. A forked child has the pools of its parent in memory, but not their
/// threads. So it never uses a pool of another process.
type Pools = HashMap<(u32, usize), Arc<ThreadPool>>;

static POOLS: LazyLock<Mutex<Pools>> = LazyLock::new(Mutex::default);

/// More threads are of no use, and the process would end if the system could not start them.
const MAX_THREADS: usize = 256;

/// Runs work on a pool of threads that belongs to this process, with this number of threads (at most 256) or one
/// for each core.
///
/// Use it for everything that may use several threads, such as opening an index. A forked child of a process that
/// has used `rayon`'s own pool would wait for ever.
///
/// # Panics
///
/// If the system cannot start a thread.
pub fn on_threads<T: Send>(threads: Option<NonZeroUsize>, work: impl FnOnce() -> T + Send) -> T {
    pool(number(threads)).install(work)
}

/// The number of threads: the requested number, or one for each core.
pub(crate) fn number(requested: Option<NonZeroUsize>) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    requested.map_or_else(cores, NonZeroUsize::get).min(MAX_THREADS)
}

fn pool(threads: usize) -> Arc<ThreadPool> {
    /// There is one attempt each millisecond, for longer than any thread holds the lock. If another thread held the
    /// lock when this process was forked, no thread of this process will release it.
    const ATTEMPTS: u32 = 100;
    for _ in 0..ATTEMPTS {
        let mut pools = match POOLS.try_lock() {
            Ok(pools) => pools,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                thread::sleep(Duration::from_millis(1));
                continue;
            }
        };
        let pool =
            pools.entry((process::id(), threads)).or_insert_with(|| Arc::new(new_pool(threads)));
        return Arc::clone(pool);
    }
    Arc::new(new_pool(threads))
}

fn new_pool(threads: usize) -> ThreadPool {
    let name = |number| format!("leakdex-{number}");
    let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build();
    pool.expect("the system gives threads")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_runs_on_as_many_threads_as_requested() {
        for threads in [1, 3] {
            let requested = NonZeroUsize::new(threads);
            assert_eq!(on_threads(requested, rayon::current_num_threads), threads);
        }
        // A system that cannot start them would end the process.
        assert_eq!(number(NonZeroUsize::new(usize::MAX)), MAX_THREADS);
    }

    #[test]
    fn a_lock_that_is_never_released_does_not_stop_the_work() {
        let held = POOLS.lock().expect("no test panics with it");
        let done = thread::spawn(|| on_threads(NonZeroUsize::new(2), || 7));
        assert_eq!(done.join().expect("no panic"), 7);
        drop(held);
    }
}
