//! Hardens the process before anything else, so a crash reveals no secret.

use std::{
    fmt, io,
    panic::{self, Location},
};

use leakdex_input::is_guarded;

use crate::status::print_message;

/// Prevents core dumps, which would write keys and members' data to a disk.
///
/// The limit stops core files. On Linux, the kernel may still pass a dump to a program. Clearing the
/// dumpable flag prevents that, and also keeps other processes of the same user from reading the memory.
///
/// # Errors
///
/// If the system refuses, which it never does to an ordinary process. The caller then gives up: to continue
/// with a warning would be unsafe where nobody reads warnings.
#[cfg(unix)]
pub fn forbid_core_dumps() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

/// Other systems have no such switch.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
pub fn forbid_core_dumps() -> io::Result<()> {
    Ok(())
}

/// Makes a panic report its location but not its message, which may quote a value.
pub fn silence_panics() {
    panic::set_hook(Box::new(|panic| {
        // A guarded panic becomes the error of a damaged input.
        if !is_guarded() {
            print_message(format_args!("{}", Panicked(panic.location())));
        }
    }));
}

/// The report of a panic.
struct Panicked<'a>(Option<&'a Location<'a>>);

impl fmt::Display for Panicked<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("error: leakdex panicked")?;
        if let Some(place) = self.0 {
            write!(formatter, " at {}:{}", place.file(), place.line())?;
        }
        formatter.write_str(
            "; this is a bug in leakdex, and nothing of this run can be relied on; please report \
             it with this line and the version, without any data\n",
        )
    }
}

#[cfg(test)]
mod tests {
    use std::{env, process::Command, thread};

    use super::*;

    #[test]
    #[cfg(unix)]
    fn no_core_dump_is_left() {
        use rustix::process::{Resource, getrlimit};
        forbid_core_dumps().expect("an ordinary process may lower its limits");
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        #[cfg(target_os = "linux")]
        assert_eq!(
            rustix::process::dumpable_behavior(),
            Ok(rustix::process::DumpableBehavior::NotDumpable)
        );
    }

    /// The environment variable that makes the test below panic.
    const PANICS: &str = "LEAKDEX_TEST_PANICS";

    #[test]
    fn a_panic_reports_its_location_but_not_its_message() {
        const NAME: &str = "process::tests::a_panic_reports_its_location_but_not_its_message";
        if env::var_os(PANICS).is_some() {
            silence_panics();
            let value = String::from("Müller");
            let thread = thread::spawn(move || value[..2].len());
            let payload = thread.join().expect_err("two bytes end within the ü");
            let payload = payload.downcast_ref::<String>().expect("a text with the value");
            assert!(payload.contains("Müller"), "there is something to hide");
            return;
        }
        // The hook of this process stays as it is for the other tests.
        let mut command = Command::new(env::current_exe().expect("this test is a program"));
        command.args(["--exact", "--nocapture", NAME]).env(PANICS, "1");
        let output = command.output().expect("it starts");
        let report = String::from_utf8(output.stdout).expect("a text");
        let message = String::from_utf8(output.stderr).expect("a text");
        assert!(output.status.success() && report.contains("1 passed"), "{report}{message}");
        assert!(message.contains("process.rs:") && message.contains("this is a bug"), "{message}");
        assert!(!report.contains("ller") && !message.contains("ller"), "{report}{message}");
    }
}
