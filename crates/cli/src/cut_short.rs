//! Ends a command that cannot continue: with an error, and without unfinished files.
//!
//! - A mapped index was cut short. The system sends the signal SIGBUS when a process reads past the end of a mapped
//!   file, and when the disk fails the read.
//! - There is too little memory. The standard library then prints a message and aborts, with the signal SIGABRT.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};
#[cfg(unix)]
use std::{sync::mpsc, thread, time::Duration};

/// The mapped files with their lengths.
static MAPPED: Mutex<Vec<(PathBuf, usize)>> = Mutex::new(Vec::new());

/// Registers a mapped file and its length, so the error can name it if it is cut short.
pub fn watch(path: &Path, length: usize) {
    let mut mapped = MAPPED.lock().unwrap_or_else(PoisonError::into_inner);
    mapped.push((path.to_owned(), length));
}

/// Makes both signals end the command with an error and status 1, and without leaving unfinished files.
///
/// # Errors
///
/// If the system provides no pipe, no thread or no handler.
#[cfg(unix)]
pub fn end_cleanly() -> io::Result<()> {
    use std::{io::Read as _, os::fd::IntoRawFd as _, process, sync::atomic::Ordering};

    let (mut reader, writer) = io::pipe()?;
    handler::WAKE_PIPE.store(writer.into_raw_fd(), Ordering::Relaxed);
    let wait = move || {
        let mut signal = [0];
        if reader.read_exact(&mut signal).is_ok() {
            clean_up_and_report(i32::from(signal[0]));
            process::exit(1);
        }
    };
    thread::Builder::new().name("clean end".into()).spawn(wait)?;
    handler::install()
}

/// On other systems, a mapped file cannot be cut short.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
pub fn end_cleanly() -> io::Result<()> {
    Ok(())
}

/// Removes unfinished files, and prints the error.
#[cfg(unix)]
fn clean_up_and_report(signal: libc::c_int) {
    /// Far more than either step takes.
    const TIMEOUT: Duration = Duration::from_secs(10);
    try_for(TIMEOUT, leakdex_staging::abandon_all);
    if signal == libc::SIGABRT {
        try_for(TIMEOUT, || {
            crate::status::print_error(format_args!(
                "leakdex had to stop: most likely there is too little memory (SIGABRT; the line above says more); \
                 nothing more was published. End other programs, or use a machine with more memory, and run this \
                 again"
            ));
        });
        return;
    }
    try_for(TIMEOUT, || {
        crate::status::print_error(format_args!(
            "{}: could not be read to its end: the file was truncated while it was in use, or its disk failed \
             (SIGBUS); nothing more was published. Replace an index by renaming a new one over it, as \
             'leakdex build' and 'leakdex merge' do; verify it with 'leakdex verify', and run this again",
            names_of_truncated()
        ));
    });
}

/// Runs the work on another thread, with a timeout: a stopped thread may hold a lock that the work needs.
#[cfg(unix)]
pub fn try_for(longest: Duration, work: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        work();
        let _ = sender.send(());
    };
    // Without a thread, the work is skipped, and the command still ends.
    if thread::Builder::new().spawn(work).is_ok() {
        let _ = receiver.recv_timeout(longest);
    }
}

/// The mapped files that are shorter now, or all of them if none is.
#[cfg(unix)]
fn names_of_truncated() -> String {
    let mapped = MAPPED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_cut = |path: &Path, length: usize| {
        std::fs::metadata(path).is_ok_and(|file| file.len() < length as u64)
    };
    let has_cut = mapped.iter().any(|(path, length)| is_cut(path, *length));
    let cut = mapped.iter().filter(|(path, length)| !has_cut || is_cut(path, *length));
    cut.map(|(path, _)| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(unix)]
mod handler {
    use std::{
        io, mem, ptr,
        sync::atomic::{AtomicI32, Ordering},
    };

    /// The descriptor that the handler writes a byte to.
    pub static WAKE_PIPE: AtomicI32 = AtomicI32::new(-1);

    /// Replaces the handler of the standard library. That handler restores the default action as soon as one
    /// thread gets the signal, so a second thread would end the process at once.
    #[expect(unsafe_code, reason = "the standard library installs no handlers")]
    pub fn install() -> io::Result<()> {
        // SAFETY: all zeros are a valid `sigaction`: no flags, an empty mask, the default action.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = wait_for_exit as extern "C" fn(libc::c_int) as usize;
        // On the stack that the standard library reserves for handlers.
        action.sa_flags = libc::SA_ONSTACK;
        for signal in [libc::SIGBUS, libc::SIGABRT] {
            // SAFETY: the action is complete, and its handler does only what a signal handler may do.
            if unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) } != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    }

    /// Wakes the thread that ends the process, and never returns, since the interrupted thread lacks the memory to
    /// go on. If the other thread has no memory either, the alarm ends the process.
    #[expect(unsafe_code, reason = "only such functions may be called in a handler")]
    extern "C" fn wait_for_exit(signal: libc::c_int) {
        /// Longer than the other thread may take.
        const SECONDS: libc::c_uint = 30;
        let byte = [u8::try_from(signal).unwrap_or(0)];
        // SAFETY: `alarm`, `write` and `pause` may be called in a handler. The descriptor is never closed.
        unsafe {
            libc::alarm(SECONDS);
            libc::write(WAKE_PIPE.load(Ordering::Relaxed), byte.as_ptr().cast(), 1);
            loop {
                libc::pause();
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_never_released_does_not_prevent_the_end() {
        static HELD: Mutex<()> = Mutex::new(());
        let held = HELD.lock().expect("nobody panics");
        try_for(Duration::from_millis(20), || drop(HELD.lock()));
        drop(held);
        let (sender, receiver) = mpsc::channel();
        try_for(Duration::from_secs(60), move || sender.send(7).expect("somebody listens"));
        assert_eq!(receiver.try_recv(), Ok(7), "it is done when it can be done");
    }
}
