//! A comparison program for `leakdex check --leak` that protects nothing: it looks up raw text in a
//! `std::collections::HashSet`. `benches/duckdb.py` runs it.
//!
//! ```sh
//! cargo run --release -p leakdex-synthetic --example hash_set -- \
//!     members.csv leak.csv found.csv 2
//! ```
//!
//! It reads the leak into three sets: e-mail addresses, insured numbers, and names with dates of birth.
//! Then each thread reads a part of the member list and looks up three values of each row. Values are
//! compared unchanged. The columns must be in the order that `people` writes. No field may contain a line
//! break, since parts begin after one.

use std::{
    collections::HashSet,
    error::Error,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    ops::Range,
    process::ExitCode,
    thread,
};

use csv::{ByteRecord, Reader, ReaderBuilder};

/// The columns of a file.
const ID: usize = 0;
const EMAIL: usize = 1;
const KVNR: usize = 2;
const PERSON: [usize; 3] = [3, 4, 5];

/// The raw texts of a leak.
#[derive(Default)]
struct Leak {
    emails: HashSet<Vec<u8>>,
    kvnrs: HashSet<Vec<u8>>,
    persons: HashSet<Vec<u8>>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [members, leak, found, threads] = arguments.as_slice() else {
        eprintln!("usage: hash_set MEMBERS.CSV LEAK.CSV FOUND.CSV THREADS");
        return Ok(ExitCode::FAILURE);
    };
    let leak = Leak::read(leak)?;
    let parts = parts(members, threads.parse()?)?;
    let found_ids = thread::scope(|scope| {
        let search = |part| scope.spawn(|| leak.search(members, part));
        let workers: Vec<_> = parts.into_iter().map(search).collect();
        let join = |worker: thread::ScopedJoinHandle<_>| worker.join().expect("no worker panics");
        workers.into_iter().map(join).collect::<csv::Result<Vec<Vec<u8>>>>()
    })?;
    let mut output = File::create(found)?;
    output.write_all(b"id\n")?;
    found_ids.iter().try_for_each(|ids| output.write_all(ids))?;
    Ok(ExitCode::SUCCESS)
}

impl Leak {
    fn read(file: &str) -> Result<Self, Box<dyn Error>> {
        let mut leak = Self::default();
        let mut rows = rows(BufReader::new(File::open(file)?), true);
        let (mut row, mut person) = (ByteRecord::new(), Vec::new());
        while rows.read_byte_record(&mut row)? {
            if !row[EMAIL].is_empty() {
                leak.emails.insert(row[EMAIL].to_vec());
            }
            if !row[KVNR].is_empty() {
                leak.kvnrs.insert(row[KVNR].to_vec());
            }
            join(&row, &mut person);
            leak.persons.insert(person.clone());
        }
        Ok(leak)
    }

    /// The ids of the members of this part of the list who are in the leak, one per line.
    fn search(&self, file: &str, part: Range<u64>) -> csv::Result<Vec<u8>> {
        let mut input = File::open(file)?;
        input.seek(SeekFrom::Start(part.start))?;
        let mut rows = rows(input.take(part.end - part.start), part.start == 0);
        let (mut row, mut person, mut found) = (ByteRecord::new(), Vec::new(), Vec::new());
        while rows.read_byte_record(&mut row)? {
            join(&row, &mut person);
            if self.emails.contains(&row[EMAIL])
                || self.kvnrs.contains(&row[KVNR])
                || self.persons.contains(&person)
            {
                found.extend_from_slice(&row[ID]);
                found.push(b'\n');
            }
        }
        Ok(found)
    }
}

fn rows<R: Read>(input: R, has_header: bool) -> Reader<R> {
    let mut options = ReaderBuilder::new();
    options.delimiter(b';').has_headers(has_header).buffer_capacity(256 << 10);
    options.from_reader(input)
}

fn join(row: &ByteRecord, person: &mut Vec<u8>) {
    person.clear();
    for column in PERSON {
        person.extend_from_slice(&row[column]);
        person.push(b'|');
    }
}

/// Splits the file into parts of about the same length that begin at a row.
fn parts(file: &str, count: u64) -> io::Result<Vec<Range<u64>>> {
    let mut input = BufReader::new(File::open(file)?);
    let length = input.get_ref().metadata()?.len();
    let mut parts = Vec::new();
    let mut start = 0;
    for part in 1..=count {
        let mut end = input.seek(SeekFrom::Start(length * part / count))?;
        end += u64::try_from(input.skip_until(b'\n')?).expect("64 bits fit");
        parts.push(start..end);
        start = end;
    }
    Ok(parts)
}
