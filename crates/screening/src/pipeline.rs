//! Reads a file in blocks, processes the blocks on all threads, and takes the results in order.

mod line;
#[cfg(test)]
mod model;

use std::sync;

use line::Line;

/// How many results per thread may wait for an earlier result before a thread waits, too: enough that no thread
/// waits in practice, and few enough that memory stays small.
const WAITING_PER_THREAD: usize = 16;

/// Calls `work` on any thread for each block that `read` returns, and `take` with each result in the order of the
/// blocks. For any number of blocks, memory holds one block per thread and few results.
///
/// No thread is dedicated to reading or taking. Each thread reads a block, processes it, and takes all results
/// that are next in order, unless another thread is doing so. So all threads are busy while there is work.
///
/// Each thread uses a worker from `new_worker`, which can keep its memory from block to block. `take` may return false
/// to stop.
///
/// # Errors
///
/// The first error of `read` or `take`, which stops all threads.
pub fn run<B, W, T: Send, E: Send>(
    read: impl FnMut() -> Result<Option<B>, E> + Send,
    new_worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &B) -> T + Sync,
    take: impl FnMut(T) -> Result<bool, E> + Send,
) -> Result<(), E> {
    let line = Line::new(read, take, WAITING_PER_THREAD * rayon::current_num_threads());
    let outcomes = rayon::broadcast(|_| line.process(&new_worker, &work));
    outcomes.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{self, AssertUnwindSafe},
        sync::{Mutex, MutexGuard, PoisonError, mpsc},
        thread,
        time::Duration,
    };

    use super::*;

    const THREADS: usize = 4;

    /// Runs on several threads, whatever the machine has.
    fn run_on_threads<T: Send>(
        count: u64,
        work: impl Fn(&u64) -> T + Sync + Send,
        take: impl FnMut(T) -> Result<bool, String> + Send,
    ) -> Result<(), String> {
        let mut blocks = 0..count;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build();
        let pool = pool.map_err(|error| error.to_string())?;
        pool.install(|| run(|| Ok(blocks.next()), || (), |(), block| work(block), take))
    }

    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn results_are_taken_in_order_however_long_each_takes() {
        let mut taken = Vec::new();
        let slow = |&block: &u64| {
            thread::sleep(Duration::from_micros(block * 7919 % 500));
            block
        };
        let take = |result| {
            taken.push(result);
            Ok(true)
        };
        run_on_threads(500, slow, take).expect("nothing fails");
        assert!(taken.into_iter().eq(0..500));
    }

    #[test]
    fn results_do_not_pile_up_behind_a_slow_one() {
        let worked = Mutex::new(0);
        let most = WAITING_PER_THREAD * THREADS + THREADS;
        let slow_first_block = |&block: &u64| {
            if block == 0 {
                thread::sleep(Duration::from_millis(300));
                assert!(*lock(&worked) <= most, "{} results wait", lock(&worked));
            } else {
                *lock(&worked) += 1;
            }
        };
        let mut taken = 0;
        run_on_threads(10_000, slow_first_block, |()| {
            taken += 1;
            Ok(true)
        })
        .expect("nothing fails");
        assert_eq!(taken, 10_000);
    }

    #[test]
    fn the_taker_can_stop_the_pipeline() {
        let mut taken = 0;
        let take = |block| {
            assert!(block <= 10, "nothing is taken after the end");
            taken += 1;
            Ok(block < 10)
        };
        run_on_threads(u64::MAX, |&block| block, take).expect("nothing fails");
        assert_eq!(taken, 11);
    }

    #[test]
    fn an_error_or_a_panic_anywhere_stops_all_threads_and_is_passed_on() {
        let taking = run_on_threads(
            u64::MAX,
            |&block| block,
            |block| {
                if block < 100 { Ok(true) } else { Err("taking".to_owned()) }
            },
        );
        assert_eq!(taking.expect_err("it fails"), "taking");

        let mut blocks = 0..100;
        let read = || Ok(Some(blocks.next().ok_or("reading")?));
        let take = |_| Ok::<_, &str>(true);
        let reading = run(read, || (), |(), &block: &u64| block, take);
        assert_eq!(reading.expect_err("it fails"), "reading");

        for in_taking in [false, true] {
            let work = |&block: &u64| {
                assert!(in_taking || block < 100, "working");
                block
            };
            let take = |block| {
                assert!(block < 100, "taking");
                Ok(true)
            };
            let run = AssertUnwindSafe(|| run_on_threads(u64::MAX, work, take));
            assert!(panic::catch_unwind(run).is_err());
        }
    }

    /// How the block whose result all others wait for ends.
    #[derive(Clone, Copy, Debug)]
    enum Ending {
        PanicAtWork,
        PanicInTaking,
        Error,
        Enough,
    }

    #[test]
    fn threads_that_wait_for_room_wake_up_however_it_ends() {
        for ending in [Ending::PanicAtWork, Ending::PanicInTaking, Ending::Error, Ending::Enough] {
            let (sender, receiver) = mpsc::channel();
            thread::spawn(move || {
                let outcome = panic::catch_unwind(AssertUnwindSafe(|| end_when_all_wait(ending)));
                // The receiver may be gone.
                let _ = sender.send(outcome.ok());
            });
            let outcome = receiver.recv_timeout(Duration::from_secs(60));
            let outcome = outcome.unwrap_or_else(|_| panic!("{ending:?}: some thread sleeps on"));
            match ending {
                Ending::PanicAtWork | Ending::PanicInTaking => assert!(outcome.is_none()),
                Ending::Error => assert!(outcome.expect("no panic").is_err()),
                Ending::Enough => assert!(outcome.expect("no panic").is_ok()),
            }
        }
    }

    /// Holds the first result back until all other threads wait for room, and then ends everything.
    fn end_when_all_wait(ending: Ending) -> Result<(), String> {
        let done = Mutex::new(0);
        let work = |&block: &u64| {
            if block > 0 {
                *lock(&done) += 1;
                return;
            }
            while *lock(&done) < WAITING_PER_THREAD * THREADS {
                thread::sleep(Duration::from_millis(1));
            }
            // Each of them hands in at most one more result, and then waits.
            thread::sleep(Duration::from_millis(50));
            assert!(!matches!(ending, Ending::PanicAtWork), "working");
        };
        run_on_threads(u64::MAX, work, |()| match ending {
            Ending::PanicInTaking => panic!("taking"),
            Ending::Error => Err("taking".to_owned()),
            Ending::Enough | Ending::PanicAtWork => Ok(false),
        })
    }
}
