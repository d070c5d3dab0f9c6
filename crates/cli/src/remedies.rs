//! Advice for errors whose message states only the fact: errors of the operating system, of inputs and of
//! the library.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use leakdex::{BuildFault, Field, IndexFault};
use leakdex_input::{FoundColumns, InputError, InputProblem, file_of};
use leakdex_report::PartialCause;

/// The advice to append to an error's message. Empty if the message has its own.
pub fn of(error: &anyhow::Error) -> &'static str {
    let remedy = error.chain().find_map(io_error).map_or("", remedy);
    if !remedy.is_empty() {
        return remedy;
    }
    if let Some(InputError { problem, .. }) = error.downcast_ref() {
        return remedy_of_input(problem);
    }
    error.downcast_ref().map_or("", remedy_of_library)
}

/// Names the command that helps. The library does not know the commands.
const fn remedy_of_library(error: &leakdex::Error) -> &'static str {
    match error {
        leakdex::Error::NotAKey { .. } | leakdex::Error::ZeroKey { .. } => {
            "; make a key with 'leakdex keygen'"
        }
        leakdex::Error::KeyNotAFile { .. } => "; give the file that 'leakdex keygen' made",
        leakdex::Error::Index { fault: IndexFault::NoShards, .. } => {
            "; give an index, or a folder that 'leakdex build --shards' made"
        }
        leakdex::Error::Index { fault: IndexFault::IsAShard, .. } => {
            "; give 'check' the folder of all its shards"
        }
        leakdex::Error::Index { fault: IndexFault::ChangedInUse, .. } => {
            "; 'leakdex build' and 'leakdex merge' replace an index in this way"
        }
        leakdex::Error::Build(BuildFault::UnknownBreach) => "; 'leakdex inspect' lists them",
        leakdex::Error::Build(BuildFault::MetadataTooLong) => ", and give 'check' several of them",
        _ => "",
    }
}

/// The advice for an input that cannot be read.
const fn remedy_of_input(problem: &InputProblem) -> &'static str {
    match problem {
        InputProblem::Missing => MISSING,
        InputProblem::Folder => {
            "; name the files in it, or a pattern such as 'FOLDER/*.csv'; a folder is read as a whole only if all its \
             files are Parquet or Arrow"
        }
        InputProblem::Empty | InputProblem::NoRows => "; see whether its export went wrong",
        // Decompressors report damage under many error kinds.
        InputProblem::Read(_) => "; the file may be damaged or cut off: get it again",
        InputProblem::TooLong(_) => {
            " of --max-input-bytes; raise the limit if this is the right file"
        }
        InputProblem::HeaderOnly => "; if the first row is data, give --no-header",
        InputProblem::HeaderTooLong => " See --format",
        InputProblem::HeaderEncoding => "; give --encoding",
        InputProblem::Index => "; pass it with --index",
        InputProblem::Archive => ", or give --format xlsx",
        InputProblem::SeveralFiles(_) => "; name one of them, as in 'leak.zip/members.csv'",
        InputProblem::Utf16 { big_endian: false } => "; give --encoding utf-16le",
        InputProblem::Utf16 { big_endian: true } => "; give --encoding utf-16be",
        InputProblem::SeveralTables(_) => "; choose one with --table NAME",
        InputProblem::SeveralPlaces(_) => "; choose one with --table PATH",
        InputProblem::NoSuchTable { found, .. } if !found.is_empty() => {
            "; name one of them with --table"
        }
        InputProblem::SeveralSheets(_) => "; choose one with --sheet NAME",
        InputProblem::NeedsBrackets(_) => "; give another --encoding, or --format csv",
        InputProblem::NoLayout => {
            "; describe the columns in a file, and give it with --layout FILE; or give --delimiter, or \
             --format csv if it is a single column"
        }
        InputProblem::LetterAsDelimiter(_) => "; give another --delimiter or --encoding",
        InputProblem::NoSuchColumn {
            found: FoundColumns::LikeData(_) | FoundColumns::Unknown(_),
            ..
        } => "; if the file has no header, give --no-header",
        InputProblem::NoSuchColumn { .. } => {
            "; map a column that only one file has with --for 'FILE:column=HEADER=FIELD'"
        }
        InputProblem::NamesLookLikeData(_) => {
            "; if they are column names, map one with --column 'NAME=FIELD'; if they are persons, \
             convert the file so that each person is an object"
        }
        InputProblem::LooksLikeData(_) => {
            "; if there is no header, give --no-header; if this row is one, map a column with --column \
             'HEADER=FIELD'"
        }
        InputProblem::TooFewParts { .. } => {
            "; map a column that is not recognised with --column 'HEADER=FIELD', or export more columns"
        }
        InputProblem::OtherDelimiter { .. } => {
            "; give this one with --delimiter, or leave --delimiter out"
        }
        InputProblem::NoUsableColumn(FoundColumns::LikeData(_) | FoundColumns::Unknown(_)) => {
            "; if the file has no header, give --no-header; if the header is further down, give \
             --skip-rows; map a column with --column 'HEADER=FIELD', as in --column 'E-Mail=email'"
        }
        InputProblem::NoUsableColumn(FoundColumns::Numbered(_)) => {
            "; map one with --column 'NUMBER=FIELD', as in --column '1=email'"
        }
        InputProblem::NoUsableColumn(_) => {
            "; map one with --column 'HEADER=FIELD', as in --column 'E-Mail=email'"
        }
        _ => "",
    }
}

/// The remedy for a cause of partial checks.
pub fn of_partial(cause: &PartialCause) -> &'static str {
    match &*cause.reason {
        "run-caveat" => "see the caveats",
        "match-refuted" => "see --explain-match",
        "out-of-reach" => "add details of these members that the leak has",
        "suspect-value" => "check the values in --rejects FILE",
        // A year of birth or a name alone cannot be compared.
        "field-not-compared" if cause.field.as_deref().is_some_and(is_of_match_keys) => {
            "complete names and dates, or index the whole leak"
        }
        "field-not-compared" | "kind-not-indexed" => "index the whole leak",
        "replacement-character" | "lost-character" => "export again, or correct the values",
        _ if cause.is_defect() => "repair the values in --rejects FILE",
        _ => "see docs/IDENTIFIERS.md",
    }
}

fn is_of_match_keys(field: &str) -> bool {
    field.parse().is_ok_and(|field: Field| field.kind().is_none())
}

/// The advice for an error in one of several files of an archive.
pub fn on_archive(error: &InputError) -> String {
    let path = Path::new(&error.file);
    let file = file_of(path);
    let has_advice = matches!(
        error.problem,
        InputProblem::Missing | InputProblem::NoSuchFile(_) | InputProblem::Changed
    );
    if file == path || has_advice {
        return String::new();
    }
    let file = file.display();
    format!("; to leave this file out, name the files to read, as in '{file}/*.csv'")
}

/// The advice for a missing file.
const MISSING: &str = "; check the spelling and the current folder";

/// The system error inside an error of ours. Our errors display their causes, so they have no `source`.
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
            "; run this as a user with access, or change the permissions"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; make room there, or write to another disk, and run this again"
        }
        ErrorKind::ReadOnlyFilesystem => "; write to another disk",
        ErrorKind::IsADirectory => "; name a file in it",
        ErrorKind::NotADirectory => "; a part of the path is a file: check the spelling",
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
            "; the file is damaged or cut off: get it again"
        }
        ErrorKind::OutOfMemory => {
            "; end other programs, or use a machine with more memory, and run this again"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use anyhow::Context as _;
    use leakdex_input::{Input, Options};

    use super::*;

    fn io(kind: ErrorKind) -> io::Error {
        io::Error::new(kind, "refused")
    }

    #[test]
    fn partial_causes_have_the_right_remedies() {
        let remedy = |field: &'static str| {
            let (reason, field) = ("field-not-compared".into(), Some(field.into()));
            of_partial(&PartialCause { reason, field, persons: 1 })
        };
        assert_eq!(remedy("birth-date"), "complete names and dates, or index the whole leak");
        assert_eq!(remedy("phone"), "index the whole leak");
    }

    #[test]
    fn the_remedy_for_a_lost_letter_is_a_new_export_or_a_correction() {
        let of = |reason: &'static str| {
            let field = Some("last-name".into());
            of_partial(&PartialCause { reason: reason.into(), field, persons: 1 })
        };
        assert_eq!(of("lost-character"), "export again, or correct the values");
        assert_eq!(of("wrong-length"), "repair the values in --rejects FILE");
    }

    #[test]
    fn a_wrapped_system_error_has_advice() {
        let plain = anyhow::Error::new(io(ErrorKind::StorageFull));
        assert!(of(&plain).contains("make room"));
        let below = Err::<(), _>(io(ErrorKind::PermissionDenied)).context("cannot read");
        assert!(of(&below.expect_err("it is one")).contains("permissions"));
        let path = std::path::PathBuf::from("key");
        let error = leakdex::Error::Io { action: "read", path, source: io(ErrorKind::NotFound) };
        assert!(of(&error.into()).contains("spelling"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let input = |name: &str| {
            let opened = Input::open(&folder.path().join(name), &Options::default());
            anyhow::Error::new(opened.err().expect("it cannot be read"))
        };
        // Four bytes suffice to recognise gzip.
        fs::write(folder.path().join("a.gz"), b"\x1F\x8B\x08\0").expect("written");
        assert!(of(&input("a.gz")).contains("cut off"));
        assert_eq!(of(&input("a.csv")), MISSING);
        assert_eq!(of(&anyhow::anyhow!("says what to do itself")), "");
    }
}
