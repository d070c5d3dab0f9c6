//! What the command leaves behind when it is told to stop: nothing but what a run with `--resume`
//! goes on from.

use std::io;

/// Lets Ctrl-C, `kill` and the end of a terminal remove the files that are neither finished nor kept, and
/// then end the process as they always do. From then on none of them can take its target's name.
///
/// # Errors
///
/// If the system gives no thread or no handler.
#[cfg(unix)]
pub fn clean_up_when_told_to_stop() -> io::Result<()> {
    use std::{process, thread};

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
            leakdex_staging::abandon_all();
            // Whoever started the command sees that it was told to stop.
            let _ = low_level::emulate_default_handler(signal);
            process::exit(128 + signal);
        }
    };
    thread::Builder::new().name("signals".into()).spawn(wait)?;
    Ok(())
}

/// Whether this process was started to ignore a signal, as `nohup` starts it to outlive its terminal. If
/// the system does not tell, it is taken to be so: a run that is ended by the signal leaves files to the
/// next run, and a run that should have gone on is lost.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library does not tell")]
fn is_ignored(signal: libc::c_int) -> bool {
    use std::{mem, ptr};

    // SAFETY: all zeros are a valid `sigaction`: no flags, an empty mask, the default action.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: without a new action the call changes nothing, and it writes the present one to `action`.
    let is_told = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) } == 0;
    !is_told || action.sa_sigaction == libc::SIG_IGN
}

/// Elsewhere what is left over stays until the next run removes it.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
pub fn clean_up_when_told_to_stop() -> io::Result<()> {
    Ok(())
}
