//! What to do next about what the operating system refused.

use std::io::{self, ErrorKind};

use leakdex_input::{InputError, InputProblem};

/// What to do about an error that came from the operating system, to be put after its message; nothing
/// if the message says so itself.
pub fn of(error: &anyhow::Error) -> &'static str {
    let remedy = error.chain().find_map(io_error).map_or("", remedy);
    match error.downcast_ref() {
        Some(InputError { problem, .. }) if remedy.is_empty() => remedy_of_input(problem),
        _ => remedy,
    }
}

/// What to do about an input that cannot be read, where its message has the fact only.
const fn remedy_of_input(problem: &InputProblem) -> &'static str {
    match problem {
        InputProblem::Missing => MISSING,
        InputProblem::Folder => "; name the files in it, or a pattern as 'FOLDER/*.csv'",
        InputProblem::Empty => "; see whether its export went wrong",
        // What unpacks gives its errors many a name.
        InputProblem::Read(_) => "; the file is damaged or cut off, it may be: get it again",
        _ => "",
    }
}

/// What to do about a name that nothing has.
const MISSING: &str = "; look at the spelling, and at the folder that this runs in";

/// The system's error within one of ours, which say their causes themselves.
fn io_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    if let Some(leakdex::Error::Io { source, .. }) = error.downcast_ref() {
        return Some(source);
    }
    if let Some(InputError { problem, .. }) = error.downcast_ref() {
        return match problem {
            InputProblem::Open(source) | InputProblem::Read(source) => Some(source),
            _ => None,
        };
    }
    error.downcast_ref()
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound => MISSING,
        ErrorKind::PermissionDenied => {
            "; run this as a user who may, or have the permissions changed"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; make room there, or write to another disk, and run this again"
        }
        ErrorKind::ReadOnlyFilesystem => "; write to another disk",
        ErrorKind::IsADirectory => "; name a file in it",
        ErrorKind::NotADirectory => "; a part of the path is a file: look at the spelling",
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
            "; the file is damaged or cut off: get it again"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    fn io(kind: ErrorKind) -> io::Error {
        io::Error::new(kind, "refused")
    }

    #[test]
    fn what_the_system_refused_comes_with_what_to_do_wherever_it_is_wrapped() {
        let plain = anyhow::Error::new(io(ErrorKind::StorageFull));
        assert!(of(&plain).contains("make room"));
        let below = Err::<(), _>(io(ErrorKind::PermissionDenied)).context("cannot read");
        assert!(of(&below.expect_err("it is one")).contains("permissions"));
        let path = std::path::PathBuf::from("key");
        let own = leakdex::Error::Io { action: "read", path, source: io(ErrorKind::NotFound) };
        assert!(of(&own.into()).contains("spelling"));
        let problem = InputProblem::Read(io(ErrorKind::UnexpectedEof));
        let input = InputError { file: "a.gz".into(), problem };
        assert!(of(&input.into()).contains("cut off"));
        let missing = InputError { file: "a.csv".into(), problem: InputProblem::Missing };
        assert_eq!(of(&missing.into()), MISSING);
        assert_eq!(of(&anyhow::anyhow!("says what to do itself")), "");
    }
}
