//! Entries on the disk, in runs.

use std::{
    fs::File,
    io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    ops::Range,
    path::Path,
    thread::{self, JoinHandle},
};

use chacha20::{
    ChaCha20,
    cipher::{KeyIvInit, StreamCipher, StreamCipherSeek},
};
use leakdex_staging::create_unnamed;
use zeroize::Zeroizing;

use super::entry::{Entry, Piece, changed};
use crate::memory::zeros;

/// Runs of entries, one after the other, in a file without a name that disappears with the process.
///
/// The bytes may remain on the disk for longer. Entries show which pseudonyms belong to one record,
/// and their kinds. So the runs are encrypted under a key that exists only in memory.
///
/// A separate thread writes each run, so that no other thread waits for the disk.
pub(super) struct Spill {
    /// The file and its runs, except while the writing thread has them.
    written: Option<Runs>,
    writing: Option<JoinHandle<io::Result<Runs>>>,
}

/// A run cannot be read.
#[derive(Debug)]
pub(super) struct RunError(pub io::Error);

/// The runs of a file. A run has the entries of all its pieces, sorted by bucket.
pub(super) struct Runs {
    file: File,
    all: Vec<Run>,
    key: Zeroizing<[u8; 32]>,
}

struct Run {
    /// The position of the run in the file.
    place: u64,
    /// The number of entries before each bucket, and of all entries.
    starts: Vec<u32>,
}

impl Spill {
    /// # Errors
    ///
    /// An I/O error if no file can be created in the folder.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { written: Some(Runs::new(create_unnamed(folder)?)?), writing: None })
    }

    /// Waits until the previous run is written, then begins to write a run of these pieces.
    ///
    /// # Errors
    ///
    /// The I/O error of the previous run, if it could not be written.
    pub fn begin(&mut self, pieces: Vec<Piece>) -> io::Result<()> {
        let mut runs = self.wait()?;
        self.writing = Some(thread::Builder::new().spawn(move || {
            runs.write(&pieces)?;
            Ok(runs)
        })?);
        Ok(())
    }

    /// Waits until all runs are written, and returns them.
    ///
    /// # Errors
    ///
    /// The I/O error of the last run, if it could not be written.
    pub fn finish(mut self) -> io::Result<Runs> {
        self.wait()
    }

    fn wait(&mut self) -> io::Result<Runs> {
        match self.writing.take() {
            Some(writing) => writing.join().unwrap_or_else(|_| Err(lost_run_error())),
            None => self.written.take().ok_or_else(lost_run_error),
        }
    }
}

impl Drop for Spill {
    /// Waits for the thread, so that the disk space is free again.
    fn drop(&mut self) {
        drop(self.writing.take().map(JoinHandle::join));
    }
}

/// The error after an earlier run failed, which makes a build impossible.
fn lost_run_error() -> io::Error {
    io::Error::other("an earlier run of identifiers was not written")
}

impl Runs {
    fn new(file: File) -> io::Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut_slice()).map_err(io::Error::other)?;
        Ok(Self { file, all: Vec::new(), key })
    }

    /// The key stream of a run, from a position in it. Each run has its own key stream, because its
    /// number is the nonce.
    fn key_stream(&self, run: usize, place: u64) -> io::Result<ChaCha20> {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&(run as u64).to_le_bytes());
        let mut stream = ChaCha20::new(&(*self.key).into(), &nonce.into());
        stream.try_seek(place).map_err(io::Error::other)?;
        Ok(stream)
    }

    fn write(&mut self, pieces: &[Piece]) -> io::Result<()> {
        let mut starts = vec![0_u32];
        let mut count = 0;
        let place = self.file.seek(SeekFrom::End(0))?;
        let stream = self.key_stream(self.all.len(), 0)?;
        let mut writer = BufWriter::with_capacity(1 << 20, Encrypted { file: &self.file, stream });
        for bucket in 0..Entry::BUCKETS {
            for entry in pieces.iter().flat_map(|piece| piece.bucket(bucket)) {
                writer.write_all(&entry.encode())?;
                count += 1;
            }
            starts.push(count);
        }
        writer.flush()?;
        drop(writer);
        self.all.push(Run { place, starts });
        Ok(())
    }

    /// The number of entries in all runs.
    pub fn len(&self) -> u64 {
        self.count_in(0..Entry::BUCKETS)
    }

    /// The number of entries in these buckets, in all runs.
    pub fn count_in(&self, buckets: Range<usize>) -> u64 {
        self.all.iter().map(|run| u64::from(run.count_in(&buckets))).sum()
    }

    /// Reads the entries of some buckets from all runs.
    ///
    /// # Errors
    ///
    /// An I/O error if the file cannot be read.
    pub fn read(&self, buckets: Range<usize>) -> io::Result<Window<'_>> {
        let parts = self.all.iter().enumerate().map(|(number, run)| {
            let range = run.bytes_of(&buckets);
            let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
            let mut bytes = zeros(length)?;
            let mut file = &self.file;
            file.seek(SeekFrom::Start(run.place + range.start))?;
            file.read_exact(&mut bytes)?;
            let mut stream = self.key_stream(number, range.start)?;
            stream.try_apply_keystream(&mut bytes).map_err(io::Error::other)?;
            Ok((run, bytes))
        });
        let parts = parts.collect::<io::Result<_>>()?;
        Ok(Window { first: buckets.start, parts })
    }
}

/// Encrypts bytes and writes them to a file.
struct Encrypted<'a> {
    file: &'a File,
    stream: ChaCha20,
}

impl io::Write for Encrypted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut encrypted = bytes.to_vec();
        self.stream.try_apply_keystream(&mut encrypted).map_err(io::Error::other)?;
        // The key stream has advanced, so all of these bytes must be written.
        self.file.write_all(&encrypted)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Run {
    fn count_in(&self, buckets: &Range<usize>) -> u32 {
        self.starts[buckets.end] - self.starts[buckets.start]
    }

    /// The position of the entries in these buckets, from the start of the run.
    fn bytes_of(&self, buckets: &Range<usize>) -> Range<u64> {
        let place = |bucket: usize| u64::from(self.starts[bucket]) * Entry::LENGTH as u64;
        place(buckets.start)..place(buckets.end)
    }
}

/// Entries of some buckets, read from the disk.
pub(super) struct Window<'a> {
    /// The number of the first bucket.
    first: usize,
    /// The bytes of each run.
    parts: Vec<(&'a Run, Vec<u8>)>,
}

impl Window<'_> {
    /// The number of entries in these buckets.
    pub fn count_in(&self, buckets: &Range<usize>) -> usize {
        self.parts.iter().map(|(run, _)| run.count_in(buckets) as usize).sum()
    }

    /// Appends the entries of a bucket, in no particular order.
    ///
    /// # Errors
    ///
    /// An I/O error if they are not as they were written.
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
    fn an_entry_in_the_wrong_bucket_is_refused() {
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

        // The first bit of the entry's bucket number: an entry starts with its pseudonym, in
        // little-endian order.
        let mut byte = [0];
        let mut file = &runs.file;
        file.seek(SeekFrom::Start(7)).expect("it is a file");
        file.read_exact(&mut byte).expect("it is there");
        file.seek(SeekFrom::Start(7)).expect("it is a file");
        file.write_all(&[byte[0] ^ 0x80]).expect("there is room");
        assert_eq!(read(0).err().expect("it is changed").kind(), io::ErrorKind::InvalidData);
        assert!(read(last).is_ok());
    }

    #[test]
    fn spilled_entries_are_encrypted_with_a_key_stream_per_run() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let entries: Vec<Entry> = (0..100_000_u128).map(|n| Entry::of_number(n << 100)).collect();
        let written = || {
            let mut spill = Spill::new(folder.path()).expect("there is room");
            for _ in 0..2 {
                spill.begin(vec![Piece::new(&entries)]).expect("there is room");
            }
            let runs = spill.finish().expect("there is room");
            let mut bytes = Vec::new();
            let mut file = &runs.file;
            file.seek(SeekFrom::Start(0)).expect("it is a file");
            file.read_to_end(&mut bytes).expect("it can be read");
            let window = runs.read(0..Entry::BUCKETS).expect("it can be read");
            let mut read = Vec::new();
            for bucket in 0..Entry::BUCKETS {
                window.append(bucket, &mut read).expect("it is as written");
            }
            read.sort_unstable();
            let mut all = [&entries[..], &entries[..]].concat();
            all.sort_unstable();
            assert!(read == all);
            bytes
        };
        let bytes = written();
        let (first, second) = bytes.split_at(bytes.len() / 2);
        // Unencrypted, half of all words would be equal, because most bytes of these entries are
        // zero.
        for (what, one, other) in [
            (
                "the entries in the clear",
                first,
                &*entries.iter().flat_map(Entry::encode).collect::<Vec<u8>>(),
            ),
            ("two runs of the same entries", first, second),
            ("two builds of the same entries", &*bytes, &*written()),
        ] {
            let (one, _) = one.as_chunks::<8>();
            let (other, _) = other.as_chunks::<8>();
            let same = std::iter::zip(one, other).filter(|(one, other)| one == other).count();
            assert_eq!(same, 0, "{what}");
        }
    }
}
