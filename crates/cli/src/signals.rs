//! What the command leaves behind when it is told to stop: nothing but what a run with `--resume`
//! goes on from.

use std::io;

/// Lets Ctrl-C and `kill` remove the files that are neither finished nor kept, and then end the
/// process as they always do. From then on none of them can take its target's name.
///
/// # Errors
///
/// If the system gives no thread or no handler.
#[cfg(unix)]
pub fn clean_up_when_told_to_stop() -> io::Result<()> {
    use std::{process, thread};

    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        iterator::Signals,
        low_level,
    };

    let mut signals = Signals::new([SIGINT, SIGTERM])?;
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

/// Elsewhere what is left over stays until the next run removes it.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
pub fn clean_up_when_told_to_stop() -> io::Result<()> {
    Ok(())
}
