//! The end of a command whose mapped index was cut short: the system answers a read behind the end of a
//! mapped file, and one that the disk refuses, with the signal SIGBUS.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The mapped files, with their lengths.
static MAPPED: Mutex<Vec<(PathBuf, usize)>> = Mutex::new(Vec::new());

/// Takes note of a mapped file and its length, to name it if it is cut short.
pub fn watch(path: &Path, length: usize) {
    let mut mapped = MAPPED.lock().unwrap_or_else(PoisonError::into_inner);
    mapped.push((path.to_owned(), length));
}

/// Lets such a read end the command with an error and status 1, without anything unfinished left behind.
///
/// # Errors
///
/// If the system gives no pipe, no thread or no handler.
#[cfg(unix)]
pub fn end_if_a_mapped_file_is() -> io::Result<()> {
    use std::{io::Read as _, os::fd::IntoRawFd as _, process, thread};

    let (mut told, teller) = io::pipe()?;
    handler::TELLER.store(teller.into_raw_fd(), std::sync::atomic::Ordering::Relaxed);
    let wait = move || {
        if told.read_exact(&mut [0]).is_ok() {
            clean_up_and_tell();
            process::exit(1);
        }
    };
    thread::Builder::new().name("mapped files".into()).spawn(wait)?;
    handler::install()
}

/// Elsewhere a mapped file cannot be cut short.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
pub fn end_if_a_mapped_file_is() -> io::Result<()> {
    Ok(())
}

/// Removes what was begun, and tells the error. Gives up after a while: the thread that waits for ever may
/// hold a lock that this needs.
#[cfg(unix)]
fn clean_up_and_tell() {
    use std::{sync::mpsc, thread, time::Duration};

    const LONGEST: Duration = Duration::from_secs(10);
    let (tell, done) = mpsc::channel();
    thread::spawn(move || {
        leakdex_staging::abandon_all();
        crate::status::tell_error(format_args!(
            "{}: could not be read on: the file was cut short while it was in use, or its disk failed \
             (SIGBUS); nothing more was published. Replace an index by renaming a new one over it, as \
             'leakdex build' and 'leakdex merge' do; verify it with 'leakdex verify', and run this again",
            names_of_cut()
        ));
        let _ = tell.send(());
    });
    let _ = done.recv_timeout(LONGEST);
}

/// The mapped files that are shorter now; if there are none, all of them.
#[cfg(unix)]
fn names_of_cut() -> String {
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

    /// Where the handler writes a byte to.
    pub static TELLER: AtomicI32 = AtomicI32::new(-1);

    /// Takes the place of the handler of the standard library, which would give the signal back to the system
    /// as soon as one thread has it: the next one would then end the process at once.
    #[expect(unsafe_code, reason = "the standard library installs no handlers")]
    pub fn install() -> io::Result<()> {
        // SAFETY: all zeros are a valid `sigaction`: no flags, an empty mask, the default action.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = wait_for_the_end as extern "C" fn(libc::c_int) as usize;
        // On the stack that the standard library keeps for handlers.
        action.sa_flags = libc::SA_ONSTACK;
        // SAFETY: the action is complete, and its handler does nothing that a handler may not do.
        match unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Wakes the thread that ends the process, and never lets this thread go on: the value that it read is
    /// not there.
    #[expect(unsafe_code, reason = "only such functions may be called in a handler")]
    extern "C" fn wait_for_the_end(_: libc::c_int) {
        let byte = [0u8];
        // SAFETY: `write` and `pause` may be called in a handler. The descriptor is open for ever.
        unsafe {
            libc::write(TELLER.load(Ordering::Relaxed), byte.as_ptr().cast(), 1);
            loop {
                libc::pause();
            }
        }
    }
}
