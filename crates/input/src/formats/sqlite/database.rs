//! Read-only connections to untrusted files.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, MAIN_DB, OpenFlags, config::DbConfig, limits::Limit};

use crate::{error::InputProblem, options::Options};

/// The length of a database's header, in bytes.
const HEADER: u64 = 100;

/// The size limit of a database in memory, in bytes.
const LARGEST_IN_MEMORY: u64 = 1 << 30;

/// A read-only database.
pub(super) struct Database {
    pub connection: Connection,
    /// The number of bytes of a page that `SQLite` uses.
    pub usable: u64,
    /// Whether its latest changes may be in a log that was not given.
    pub may_lack_log: bool,
}

/// Opens a file as immutable, so `SQLite` creates no file next to it and takes no lock.
pub(super) fn in_file(file: &Path, options: &Options) -> Result<Database, InputProblem> {
    let has_log = refuse_pending_changes(file)?;
    let length = fs::metadata(file).map_err(InputProblem::Open)?.len();
    if let Some(limit) = options.max_bytes.filter(|limit| length > limit.0) {
        return Err(InputProblem::TooLong(limit));
    }
    let mut start = Vec::new();
    File::open(file).map_err(InputProblem::Open)?.take(HEADER).read_to_end(&mut start)?;
    let usable = usable_size(&start, length)?;
    let may_lack_log = !has_log && uses_log(&start);
    let path = fs::canonicalize(file).map_err(InputProblem::Open)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let uri = format!("{}?immutable=1", uri_of(&path));
    let connection = guarded(Connection::open_with_flags(uri, flags).map_err(damaged)?)?;
    Ok(Database { connection, usable, may_lack_log })
}

/// Opens a copy in memory.
pub(super) fn in_memory(source: impl Read) -> Result<Database, InputProblem> {
    let mut bytes = Vec::new();
    source.take(LARGEST_IN_MEMORY + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_IN_MEMORY {
        return Err(InputProblem::Refused(
            "an SQLite database of more than 1 GiB that is compressed, in an archive or on standard input",
            "unpack it, and give its file",
        ));
    }
    let usable = usable_size(&bytes, bytes.len() as u64)?;
    let may_lack_log = uses_log(&bytes);
    // A database in memory cannot have a write-ahead log, but these bytes may request one.
    if let Some(versions) = bytes.get_mut(18..20) {
        versions.fill(1);
    }
    let mut connection = Connection::open_in_memory().map_err(damaged)?;
    connection.deserialize_read_exact(MAIN_DB, &bytes[..], bytes.len(), true).map_err(damaged)?;
    Ok(Database { connection: guarded(connection)?, usable, may_lack_log })
}

/// Whether changes go to a write-ahead log first (WAL mode). When the last connection is closed, `SQLite` writes
/// them back and deletes the log, but the header stays the same.
fn uses_log(header: &[u8]) -> bool {
    header.get(18..20).is_some_and(|versions| versions.contains(&2))
}

/// The number of bytes of a page that are used. Refuses a file that ends within a page, since `SQLite` would
/// read the missing rest as zeros.
fn usable_size(header: &[u8], length: u64) -> Result<u64, InputProblem> {
    let (size, reserved) = match header.get(16..21) {
        // A page of 65,536 bytes.
        Some(&[0, 1, _, _, reserved]) => (1 << 16, reserved),
        Some(&[high, low, _, _, reserved]) => (u64::from(high) << 8 | u64::from(low), reserved),
        _ => (0, 0),
    };
    if size < 512 || !size.is_power_of_two() || !length.is_multiple_of(size) {
        return Err(damaged(()));
    }
    Ok(size - u64::from(reserved))
}

/// Refuses a database with pending or unfinished changes in a file next to it. Returns whether an empty log is
/// there.
fn refuse_pending_changes(file: &Path) -> Result<bool, InputProblem> {
    const JOURNAL: &[u8] = b"\xD9\xD5\x05\xF9\x20\xA1\x63\xD7";
    let sibling = |ending: &str| -> PathBuf {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        name.into()
    };
    let log = match fs::metadata(sibling("-wal")) {
        Ok(log) => Some(log.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(InputProblem::Open(error)),
    };
    if log.is_some_and(|length| length > 0) {
        return Err(InputProblem::Refused(
            "an SQLite database with its latest changes in the -wal file beside it",
            "apply them with: sqlite3 FILE 'PRAGMA wal_checkpoint(TRUNCATE)'",
        ));
    }
    let mut start = Vec::new();
    match File::open(sibling("-journal")) {
        Ok(journal) => journal.take(JOURNAL.len() as u64).read_to_end(&mut start)?,
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        Err(error) => return Err(InputProblem::Open(error)),
    };
    if start == JOURNAL {
        return Err(InputProblem::Refused(
            "an SQLite database with an unfinished change in the -journal file beside it",
            "roll it back with: sqlite3 FILE .tables",
        ));
    }
    Ok(log.is_some())
}

/// Disables everything that could run code of the file's author.
fn guarded(connection: Connection) -> Result<Connection, InputProblem> {
    for (setting, is_on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    ] {
        connection.set_db_config(setting, is_on).map_err(damaged)?;
    }
    // The limits on statements keep their defaults, since SQLite applies them to the whole schema, used or
    // not.
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, most).map_err(damaged)?;
    }
    // Programs define their own collations. Rows are read without a sort order, so any collation works.
    connection
        .collation_needed(|connection, name| connection.create_collation(name, Ord::cmp))
        .map_err(damaged)?;
    connection
        .execute_batch(
            "PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; \
             PRAGMA temp_store = MEMORY; PRAGMA ignore_check_constraints = ON",
        )
        .map_err(damaged)?;
    Ok(connection)
}

/// A name, quoted for a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Drops the error's message, since it may show a name or a value.
pub(super) fn damaged<E>(_: E) -> InputProblem {
    io::Error::new(ErrorKind::InvalidData, "the SQLite database is damaged, or of an unknown kind")
        .into()
}

/// The path as a URI. All characters except the plainest are percent-encoded.
fn uri_of(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    // The prefix of long paths on Windows.
    let text = text.strip_prefix("//?/").unwrap_or(&text);
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    #[cfg(not(unix))]
    let bytes = text.as_bytes();
    let mut uri = "file:".to_owned();
    if !text.starts_with('/') {
        uri.push_str("///");
    }
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            write!(uri, "%{byte:02X}").expect("a string takes all that is written to it");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_becomes_a_uri() {
        assert_eq!(uri_of(Path::new("/a b/c?d#e%.db")), "file:/a%20b/c%3Fd%23e%25.db");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
