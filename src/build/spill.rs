//! Entries on the disk, in runs.

use std::{
    fs::File,
    io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    ops::Range,
    path::Path,
    thread::{self, JoinHandle},
};

use leakdex_staging::unnamed_in;

use super::entry::{Entry, Piece, changed};

/// Runs of entries, one after the other in a file without a name, which is gone with the process.
///
/// A thread of its own writes a run, so that no other thread waits for the disk.
pub(super) struct Spill {
    /// The file and its runs, unless they are with the thread that writes.
    written: Option<Runs>,
    writing: Option<JoinHandle<io::Result<Runs>>>,
}

/// A run cannot be read.
#[derive(Debug)]
pub(super) struct RunError(pub io::Error);

/// The runs of a file. A run has the entries of all its pieces, in the order of their buckets.
pub(super) struct Runs {
    file: File,
    runs: Vec<Run>,
}

struct Run {
    /// Where in the file it begins.
    place: u64,
    /// The number of its entries before each bucket, and of all.
    starts: Vec<u32>,
}

impl Spill {
    /// # Errors
    ///
    /// An I/O error if the folder takes no file.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { written: Some(Runs::new(unnamed_in(folder)?)), writing: None })
    }

    /// Begins to write a run of these pieces, once the run before it is written.
    ///
    /// # Errors
    ///
    /// The I/O error of the run before, if it was not written.
    pub fn begin(&mut self, pieces: Vec<Piece>) -> io::Result<()> {
        let mut runs = self.wait()?;
        self.writing = Some(thread::Builder::new().spawn(move || {
            runs.write(&pieces)?;
            Ok(runs)
        })?);
        Ok(())
    }

    /// The runs, once all are written.
    ///
    /// # Errors
    ///
    /// The I/O error of the last run, if it was not written.
    pub fn finish(mut self) -> io::Result<Runs> {
        self.wait()
    }

    fn wait(&mut self) -> io::Result<Runs> {
        let written = match self.writing.take() {
            Some(writing) => writing.join().unwrap_or_else(|_| Err(lost()))?,
            None => self.written.take().ok_or_else(lost)?,
        };
        Ok(written)
    }
}

impl Drop for Spill {
    /// Waits, so that the room on the disk is free again.
    fn drop(&mut self) {
        drop(self.writing.take().map(JoinHandle::join));
    }
}

/// An earlier run failed, and so there is no build.
fn lost() -> io::Error {
    io::Error::other("an earlier run of identifiers was not written")
}

impl Runs {
    const fn new(file: File) -> Self {
        Self { file, runs: Vec::new() }
    }

    fn write(&mut self, pieces: &[Piece]) -> io::Result<()> {
        let mut starts = vec![0_u32];
        let mut count = 0;
        let place = self.file.seek(SeekFrom::End(0))?;
        let mut writer = BufWriter::with_capacity(1 << 20, &self.file);
        for bucket in 0..Entry::BUCKETS {
            for entry in pieces.iter().flat_map(|piece| piece.bucket(bucket)) {
                writer.write_all(&entry.encode())?;
                count += 1;
            }
            starts.push(count);
        }
        writer.flush()?;
        drop(writer);
        self.runs.push(Run { place, starts });
        Ok(())
    }

    /// How many entries all runs have.
    pub fn len(&self) -> u64 {
        self.count_in(0..Entry::BUCKETS)
    }

    /// How many entries all runs have in these buckets.
    pub fn count_in(&self, buckets: Range<usize>) -> u64 {
        self.runs.iter().map(|run| u64::from(run.count_in(&buckets))).sum()
    }

    /// Reads the entries of some buckets, of all runs.
    ///
    /// # Errors
    ///
    /// An I/O error if the file cannot be read.
    pub fn read(&self, buckets: Range<usize>) -> io::Result<Window<'_>> {
        let parts = self.runs.iter().map(|run| {
            let range = run.bytes_of(&buckets);
            let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
            let mut bytes = vec![0; length];
            let mut file = &self.file;
            file.seek(SeekFrom::Start(run.place + range.start))?;
            file.read_exact(&mut bytes)?;
            Ok((run, bytes))
        });
        let parts = parts.collect::<io::Result<_>>()?;
        Ok(Window { first: buckets.start, parts })
    }
}

impl Run {
    fn count_in(&self, buckets: &Range<usize>) -> u32 {
        self.starts[buckets.end] - self.starts[buckets.start]
    }

    /// Where the entries of these buckets are, from the beginning of the run on.
    fn bytes_of(&self, buckets: &Range<usize>) -> Range<u64> {
        let place = |bucket: usize| u64::from(self.starts[bucket]) * Entry::LENGTH as u64;
        place(buckets.start)..place(buckets.end)
    }
}

/// Entries of some buckets that were read from the disk.
pub(super) struct Window<'a> {
    /// The number of the first bucket.
    first: usize,
    /// The bytes of each run.
    parts: Vec<(&'a Run, Vec<u8>)>,
}

impl Window<'_> {
    /// How many entries these buckets have.
    pub fn count_in(&self, buckets: &Range<usize>) -> usize {
        self.parts.iter().map(|(run, _)| run.count_in(buckets) as usize).sum()
    }

    /// Appends the entries of a bucket, in no certain order.
    ///
    /// # Errors
    ///
    /// If they are not as they were written.
    pub fn append(&self, bucket: usize, entries: &mut Vec<Entry>) -> io::Result<()> {
        for (run, bytes) in &self.parts {
            let (all, _) = bytes.as_chunks::<{ Entry::LENGTH }>();
            let before = run.starts[self.first];
            let place = |bucket: usize| (run.starts[bucket] - before) as usize;
            for bytes in &all[place(bucket)..place(bucket + 1)] {
                let entry = Entry::decode(bytes)?;
                if entry.bucket() != bucket {
                    return Err(changed());
                }
                entries.push(entry);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_of_another_bucket_s_entries_is_refused() {
        let entry = Entry::of_number;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut spill = Spill::new(folder.path()).expect("there is room");
        spill.begin(vec![Piece::new(&[entry(1), entry(u128::MAX)])]).expect("there is room");
        let runs = spill.finish().expect("there is room");
        let last = Entry::BUCKETS - 1;
        let read = |bucket| {
            let mut entries = Vec::new();
            let window = runs.read(0..Entry::BUCKETS).expect("it can be read");
            window.append(bucket, &mut entries).map(|()| entries)
        };
        assert!(read(0).expect("it is as written") == [entry(1)]);
        assert!(read(last).expect("it is as written") == [entry(u128::MAX)]);

        let mut file = &runs.file;
        file.seek(SeekFrom::Start(0)).expect("it is a file");
        file.write_all(&entry(u128::MAX).encode()).expect("there is room");
        assert_eq!(read(0).err().expect("it is changed").kind(), io::ErrorKind::InvalidData);
        assert!(read(last).is_ok());
    }
}
