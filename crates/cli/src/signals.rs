//! Cleans up when a signal stops the command. Only the files that `--resume` continues from are left.
//! Either all results get their names, or none does.

use std::{
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};
#[cfg(unix)]
use std::{
    sync::{MutexGuard, TryLockError},
    time::{Duration, Instant},
};

#[cfg(unix)]
use crate::{
    cut_short::try_for,
    status::{print_end, print_error},
};

/// Locked while results get their names. It holds the outcome.
static PUBLICATION: Mutex<PublicationState> = Mutex::new(PublicationState::NotBegun);

/// The state of naming the results of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PublicationState {
    NotBegun,
    Done,
    /// An error is still to be reported.
    Failed,
}

/// The message for a user who stops the run, unless its results have their names.
static STOP_MESSAGE: Mutex<&str> = Mutex::new("");

/// The message for a run that keeps nothing.
pub const NOTHING_KEPT: &str = "stopped: nothing was published, and nothing is kept\n";

/// Sets the message for a user who stops the run from now on: whether work is kept, and how to continue.
pub fn set_stop_message(message: &'static str) {
    *STOP_MESSAGE.lock().unwrap_or_else(PoisonError::into_inner) = message;
}

/// Whether a signal has requested the end of the process.
static IS_STOP_REQUESTED: AtomicBool = AtomicBool::new(false);

/// Gives results their names, so a signal takes effect before the first name or after the last one. If a
/// signal came meanwhile, this function does not return, and the signal ends the process. An error is still
/// returned: it reports which results exist, and the process ends with it.
pub fn uninterrupted<T, E>(name_results: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let named = publish_locked(&PUBLICATION, name_results);
    while named.is_ok() && IS_STOP_REQUESTED.load(Ordering::SeqCst) {
        thread::park();
    }
    named
}

fn publish_locked<T, E>(
    publication: &Mutex<PublicationState>,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let mut state = publication.lock().unwrap_or_else(PoisonError::into_inner);
    let done = work();
    *state = if done.is_ok() { PublicationState::Done } else { PublicationState::Failed };
    done
}

/// Far more time than naming the results or removing unfinished files takes.
#[cfg(unix)]
const TIMEOUT: Duration = Duration::from_secs(10);

/// Makes Ctrl-C, `kill` and the end of a terminal first remove the files that are neither finished nor
/// kept, and then end the process as usual. From then on, none of these files can take its target's name.
///
/// # Errors
///
/// If the system provides no thread or no handler.
#[cfg(unix)]
pub fn clean_up_on_signal() -> io::Result<()> {
    use std::process;

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        iterator::Signals,
        low_level,
    };

    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    if !is_ignored(SIGHUP) {
        signals.handle().add_signal(SIGHUP)?;
    }
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            IS_STOP_REQUESTED.store(true, Ordering::SeqCst);
            // From here on, no result gets a name.
            let publication = wait_for(&PUBLICATION, TIMEOUT);
            try_for(TIMEOUT, leakdex_staging::abandon_all);
            if let Some(publication) = &publication {
                let message = stop_message(**publication);
                try_for(TIMEOUT, move || print_end(message));
            } else {
                try_for(TIMEOUT, || {
                    print_error(format_args!(
                        "stopped while results were being renamed into place; this did not finish, or failed. \
                         Some results may exist and others not. Check each: letters may exist without their \
                         findings"
                    ));
                });
            }
            // The caller must see that a signal ended the command.
            let _ = low_level::emulate_default_handler(signal);
            process::exit(128 + signal);
        }
    };
    thread::Builder::new().name("signals".into()).spawn(wait)?;
    Ok(())
}

/// The message for the user who stopped the run. Empty if the run has nothing to lose.
#[cfg(unix)]
fn stop_message(publication: PublicationState) -> &'static str {
    let message = *STOP_MESSAGE.lock().unwrap_or_else(PoisonError::into_inner);
    if publication == PublicationState::Done && !message.is_empty() {
        "stopped: all results are complete\n"
    } else {
        message
    }
}

/// Waits until no results are being named, and no error of the naming is still to be reported. Gives up after a
/// while, since a disk may never respond.
#[cfg(unix)]
fn wait_for(
    publication: &Mutex<PublicationState>,
    longest: Duration,
) -> Option<MutexGuard<'_, PublicationState>> {
    let give_up = Instant::now() + longest;
    loop {
        match publication.try_lock() {
            Ok(state) if *state != PublicationState::Failed => return Some(state),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            _ if Instant::now() > give_up => return None,
            _ => thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// Whether this process was started with the signal ignored, as by `nohup`, which makes it outlive its
/// terminal. True if this is unknown: a run that the signal ends only leaves files for the next run to remove,
/// but a run that should have continued is lost.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library cannot query this")]
fn is_ignored(signal: libc::c_int) -> bool {
    use std::{mem, ptr};

    // SAFETY: all zeros are a valid `sigaction`: no flags, an empty mask, the default action.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: without a new action, the call changes nothing and writes the present action to `action`.
    let is_known = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) } == 0;
    !is_known || action.sa_sigaction == libc::SIG_IGN
}

/// On other systems, leftover files stay until the next run removes them.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
pub fn clean_up_on_signal() -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_signal_waits_for_publication_but_not_for_ever() {
        let (publication, short) =
            (Mutex::new(PublicationState::NotBegun), Duration::from_millis(20));
        let within =
            publish_locked(&publication, || Ok::<_, ()>(wait_for(&publication, short).is_none()));
        assert_eq!(within, Ok(true), "the results are still being named");
        let state = wait_for(&publication, Duration::from_secs(60)).map(|state| *state);
        assert_eq!(state, Some(PublicationState::Done), "the results have their names");
        // The process then ends with its error.
        assert_eq!(publish_locked(&publication, || Err::<(), _>("disk")), Err("disk"));
        assert!(wait_for(&publication, short).is_none());
    }
}
