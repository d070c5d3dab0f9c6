//! A file to which one process at a time appends records.

use std::{
    fs::{self, File, TryLockError},
    io::{self, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::{
    part::{busy_error, is_at},
    path::{folder_of, no_file, resolved, sync_folder},
    step::{longest_write, step, sync},
};

/// An open journal. Other processes wait until it is dropped.
///
/// Only its owner can read and write a new journal (mode 0600 on Unix). A process that dies while it appends leaves
/// the beginning of a record at the end. After a power failure, this record can [lack sectors](lacks_sectors). So the
/// reader must recognise a complete record.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

/// Appending takes milliseconds, so this leaves enough time for any number of other processes.
const ATTEMPTS: usize = 250;
const PAUSE: Duration = Duration::from_millis(20);

impl Journal {
    /// Opens an existing journal.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` if another process keeps it open for five seconds, `AlreadyExists` if it is not a regular file,
    /// and the errors of the operating system.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_with(path, File::options().read(true).write(true))
    }

    /// Opens a journal, or creates it.
    ///
    /// # Errors
    ///
    /// The errors of [`open`](Self::open).
    pub fn open_or_create(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.read(true).write(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Self::open_with(path, &options)
    }

    fn open_with(path: &Path, options: &fs::OpenOptions) -> io::Result<Self> {
        let path = resolved(path);
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                thread::sleep(PAUSE);
            }
            // Opening a device can have side effects, and opening a pipe can block.
            if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
                return Err(no_file());
            }
            step()?;
            let file = options.open(&path)?;
            match file.try_lock() {
                // Somebody may have moved the file away before it was locked.
                Ok(()) if is_at(&file, &path)? => return Ok(Self { file, path }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(busy_error())
    }

    /// Reads the journal from its beginning.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn reader(&mut self) -> io::Result<BufReader<&File>> {
        step()?;
        self.file.rewind()?;
        Ok(BufReader::new(&self.file))
    }

    /// Appends a record after the first `length` bytes, where the last complete record ends, and waits until it is on
    /// the disk. First truncates the journal to `length`.
    ///
    /// # Errors
    ///
    /// The errors of the operating system. The record is then removed again, if the system allows
    /// it.
    pub fn append(&mut self, length: u64, record: &[u8]) -> io::Result<()> {
        let appended =
            self.cut(length).and_then(|()| self.write(record)).and_then(|()| self.sync());
        if appended.is_err() {
            let _ = self.cut(length).and_then(|()| self.sync());
        }
        appended
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        if self.file.metadata()?.len() != length {
            step()?;
            self.file.set_len(length)?;
            // Otherwise a power failure could leave a mixture of truncated bytes and the next record.
            sync(&self.file)?;
        }
        self.file.seek(SeekFrom::Start(length)).map(drop)
    }

    fn write(&mut self, record: &[u8]) -> io::Result<()> {
        for part in record.chunks(longest_write()) {
            step()?;
            self.file.write_all(part)?;
        }
        Ok(())
    }

    /// Syncs the content and the name of the journal to the disk. A process that died may have written a record
    /// without syncing it.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn sync(&self) -> io::Result<()> {
        sync(&self.file)?;
        sync_folder(folder_of(&self.path))
    }
}

/// Whether the end of a journal can be a record that lost sectors in a power failure. The bytes of a lost sector are
/// zeros. `end` begins at this position in the journal. Records must not contain zeros.
#[must_use]
pub fn lacks_sectors(end: &[u8], place: u64) -> bool {
    /// Every disk writes at least this many bytes atomically.
    const SECTOR: u64 = 512;
    let first = usize::try_from(SECTOR - place % SECTOR).expect("a sector is short");
    let (first, others) = end.split_at(first.min(end.len()));
    let sectors = [first].into_iter().chain(others.chunks(512));
    let mut lacks = false;
    for sector in sectors.filter(|sector| !sector.is_empty()) {
        if sector.iter().all(|&byte| byte == 0) {
            lacks = true;
        } else if sector.contains(&0) {
            return false;
        }
    }
    lacks
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::faults::{Fault, with_fault};

    fn content(journal: &mut Journal) -> String {
        let mut content = String::new();
        journal.reader().expect("it is open").read_to_string(&mut content).expect("it is text");
        content
    }

    #[test]
    fn records_follow_one_another_and_a_torn_record_is_cut_off() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        assert!(Journal::open(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound));
        let mut journal = Journal::open_or_create(&path).expect("it is made");
        journal.append(0, b"one\n").expect("there is room");
        journal.append(4, b"two and a half").expect("there is room");
        journal.append(4, b"two\n").expect("there is room");
        assert_eq!(content(&mut journal), "one\ntwo\n");
        drop(journal);
        assert_eq!(content(&mut Journal::open(&path).expect("it is there")), "one\ntwo\n");
        assert!(Journal::open(folder.path()).is_err());
    }

    #[test]
    fn an_end_that_lacks_whole_sectors_is_distinguished_from_other_damage() {
        let record = [b'x'; 1_100];
        let with_zeros = |from: usize, to: usize| {
            let mut end = record;
            end[from..to].fill(0);
            end
        };
        // The record begins 12 bytes before the end of a sector.
        for (from, to, lacks) in [
            (0, 0, false),
            (0, 12, true),
            (12, 524, true),
            (0, 524, true),
            (524, 1_036, true),
            (1_036, 1_100, true),
            (0, 1_100, true),
            (0, 11, false),
            (11, 12, false),
            (12, 523, false),
            (13, 524, false),
            (0, 525, false),
            (1_036, 1_099, false),
        ] {
            assert_eq!(lacks_sectors(&with_zeros(from, to), 1_012), lacks, "{from} to {to}");
        }
        assert!(!lacks_sectors(&[], 7));
    }

    #[test]
    #[cfg(unix)]
    fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        drop(Journal::open_or_create(&path).expect("it is made"));
        let mode = fs::metadata(&path).expect("it is there").permissions().mode() & 0o7777;
        assert_eq!(mode, 0o600);
    }

    #[test]
    fn if_any_step_of_appending_fails_earlier_records_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        for fault in [Fault::Once, Fault::ForEver] {
            for number in 0.. {
                fs::write(&path, "one\ntor").expect("it is ours");
                let (appended, has_struck) = with_fault(number, fault, || {
                    Journal::open(&path).and_then(|mut journal| journal.append(4, b"two\n"))
                });
                assert_eq!(appended.is_err(), has_struck, "{fault:?} at {number}");
                let left = fs::read_to_string(&path).expect("it is there");
                let expected: &[&str] = match (has_struck, fault) {
                    (false, _) => &["one\ntwo\n"],
                    // The append failed before it wrote, or removed its own bytes.
                    (true, Fault::Once) => &["one\ntor", "one\n"],
                    (true, Fault::ForEver) => &["one\ntor", "one\n", "one\ntwo\n"],
                };
                assert!(expected.contains(&left.as_str()), "{fault:?} at {number}: {left}");
                if !has_struck {
                    break;
                }
            }
        }
    }

    #[test]
    fn a_second_process_waits_for_the_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let mut first = Journal::open_or_create(&path).expect("it is made");
        thread::scope(|scope| {
            let second =
                scope.spawn(|| Journal::open(&path).map(|mut second| content(&mut second)));
            thread::sleep(3 * PAUSE);
            first.append(0, b"one\n").expect("there is room");
            drop(first);
            assert_eq!(second.join().expect("it does not panic").expect("it is free"), "one\n");
        });
    }
}
