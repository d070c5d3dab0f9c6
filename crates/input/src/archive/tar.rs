//! Tar archives as defined by POSIX (ustar, pax) and GNU tar.
//!
//! The existing crates read names of any length into memory. This reader has limits.

use std::{
    fs::File,
    io::{self, BufReader, ErrorKind, Read},
};

use super::{EntryList, Refusal, damaged};
use crate::error::InputProblem;

/// The size of a block of a tar archive, in bytes.
pub(crate) const BLOCK: usize = 512;

/// The size limit of a name, or of the pax records of a file, in bytes.
const MAX_PROPERTIES: u64 = 1 << 20;

const SPARSE: Refusal = ("a sparse file in a tar archive", "unpack it with tar");

/// A tar archive that is read sequentially.
pub(super) trait SkipRead: Read {
    /// Skips this many bytes. Fewer bytes are an error.
    fn skip(&mut self, length: u64) -> io::Result<()>;
}

/// A tar archive that comes as a stream.
pub(super) struct Stream<R>(pub R);

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> SkipRead for Stream<R> {
    fn skip(&mut self, length: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.0.by_ref().take(length), &mut io::sink())?;
        if skipped < length { Err(cut_off()) } else { Ok(()) }
    }
}

/// A tar archive in a file.
pub(super) struct Seekable {
    file: BufReader<File>,
    left: u64,
}

impl Seekable {
    pub fn new(file: File, length: u64) -> Self {
        Self { file: BufReader::new(file), left: length }
    }
}

impl Read for Seekable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

impl SkipRead for Seekable {
    fn skip(&mut self, length: u64) -> io::Result<()> {
        self.left = self.left.checked_sub(length).ok_or_else(cut_off)?;
        self.file.seek_relative(i64::try_from(length).map_err(|_| cut_off())?)
    }
}

fn cut_off() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the archive is cut off")
}

type Block = [u8; BLOCK];

/// Whether the checksum shows that a block is the header of an entry.
pub(crate) fn is_header(block: &[u8]) -> bool {
    block
        .get(..BLOCK)
        .and_then(|block| block.try_into().ok())
        .is_some_and(|block: &Block| block[0] != 0 && has_right_checksum(block))
}

/// The checksum is the sum of all bytes, with spaces in place of the checksum itself. Some old programs treat
/// bytes as signed numbers.
fn has_right_checksum(block: &Block) -> bool {
    let Some(stated) = number(&block[148..156]) else { return false };
    let bytes = || {
        let place = block.iter().enumerate();
        place.map(|(at, &byte)| if (148..156).contains(&at) { b' ' } else { byte })
    };
    let unsigned: i64 = bytes().map(i64::from).sum();
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    i64::try_from(stated).is_ok_and(|stated| stated == unsigned || stated == signed)
}

/// Parses a number: octal digits, or binary with the first bit set. GNU tar writes large numbers in binary.
fn number(field: &[u8]) -> Option<u64> {
    if let [first @ (0x80 | 0xFF), rest @ ..] = field {
        let is_large = rest.len() > 8 && rest[..rest.len() - 8].iter().any(|&byte| byte != 0);
        let bytes = rest.get(rest.len().checked_sub(8)?..)?;
        return (*first == 0x80 && !is_large)
            .then(|| bytes.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)));
    }
    let text = field.split(|&byte| byte == 0).next()?.trim_ascii();
    if text.is_empty() {
        return None;
    }
    let digit = |byte: u8| matches!(byte, b'0'..=b'7').then(|| u64::from(byte - b'0'));
    text.iter().try_fold(0u64, |sum, &byte| sum.checked_mul(8)?.checked_add(digit(byte)?))
}

/// The properties of the next entry, from extension headers.
#[derive(Default)]
struct Properties {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
}

impl Properties {
    const fn is_empty(&self) -> bool {
        self.name.is_none() && self.size.is_none() && !self.is_sparse
    }

    /// Reads the records of a pax header. Each begins with its length: `12 path=name` and a line end.
    fn add(&mut self, mut records: &[u8]) -> Option<()> {
        while !records.is_empty() {
            let blank = memchr::memchr(b' ', records)?;
            let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
            let record = records.get(blank + 1..length)?.strip_suffix(b"\n")?;
            let equals = memchr::memchr(b'=', record)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"size" => self.size = Some(std::str::from_utf8(value).ok()?.parse().ok()?),
                _ => self.is_sparse |= key.starts_with(b"GNU.sparse."),
            }
            records = &records[length..];
        }
        Some(())
    }
}

/// The files in a tar archive, each with its offset.
pub(super) fn list(tape: &mut impl SkipRead) -> Result<EntryList<u64>, InputProblem> {
    let (mut found, mut properties) = (EntryList::new(), Properties::default());
    let mut position = 0;
    loop {
        let block = next_block(tape, &mut position)?;
        if block.iter().all(|&byte| byte == 0) {
            if !properties.is_empty() {
                return Err(cut_off().into());
            }
            refuse_more(tape)?;
            return Ok(found);
        }
        if !has_right_checksum(&block) {
            return Err(damaged("a header in the tar archive has a wrong checksum"));
        }
        let stated = number(&block[124..136]).ok_or_else(|| damaged("a file in it has no size"))?;
        match block[156] {
            b'L' => {
                let mut name = text(tape, &mut position, stated)?;
                name.truncate(memchr::memchr(0, &name).unwrap_or(name.len()));
                properties.name = Some(name);
                continue;
            }
            b'x' | b'X' => {
                let records = text(tape, &mut position, stated)?;
                let read = properties.add(&records);
                read.ok_or_else(|| damaged("the properties of a file in it are damaged"))?;
                continue;
            }
            b'g' => {
                let (records, mut global) =
                    (text(tape, &mut position, stated)?, Properties::default());
                if global.add(&records).is_none() || !global.is_empty() {
                    return Err(damaged("the properties of all files in it are damaged"));
                }
                continue;
            }
            // The target of a link, and the label of a volume.
            b'K' | b'V' => {
                skip(tape, &mut position, stated)?;
                continue;
            }
            _ => {}
        }
        let Properties { name, size, is_sparse } = std::mem::take(&mut properties);
        let name = name.unwrap_or_else(|| name_of(&block));
        let size = size.unwrap_or(stated);
        match block[156] {
            0 if name.ends_with(b"/") => {}
            0 | b'0' | b'7' => {
                let place = if is_sparse { Err(SPARSE) } else { Ok(position) };
                found.push(&name, size, place)?;
                skip(tape, &mut position, size)?;
            }
            b'S' => {
                found.push(&name, size, Err(SPARSE))?;
                let mut has_more = block[482] != 0;
                while has_more {
                    has_more = next_block(tape, &mut position)?[504] != 0;
                }
                skip(tape, &mut position, size)?;
            }
            b'1' | b'2' if size > 0 => {
                return Err(InputProblem::Refused(
                    "a tar archive with a link that has content",
                    "unpack it with tar",
                ));
            }
            b'1' | b'2' => found.pass_over(&name, "link")?,
            b'3' | b'4' | b'6' => found.pass_over(&name, "device")?,
            b'5' => {}
            // A folder of an incremental backup. Its content is a list of names.
            b'D' => skip(tape, &mut position, size)?,
            _ => {
                return Err(InputProblem::Refused(
                    "a tar archive with an entry of an unknown type",
                    "unpack it with tar",
                ));
            }
        }
    }
}

/// The name in a header. POSIX splits it into two parts, other formats do not.
fn name_of(block: &Block) -> Vec<u8> {
    let text = |field: &[u8]| field.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
    let (name, prefix) = (text(&block[..100]), text(&block[345..500]));
    if block[257..].starts_with(b"ustar\0") && !prefix.is_empty() {
        return [&prefix[..], b"/", &name].concat();
    }
    name
}

fn next_block(tape: &mut impl SkipRead, position: &mut u64) -> Result<Block, InputProblem> {
    let mut block = [0; BLOCK];
    tape.read_exact(&mut block).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => cut_off(),
        _ => error,
    })?;
    *position += BLOCK as u64;
    Ok(block)
}

/// Reads the content of an entry that describes the next one.
fn text(tape: &mut impl SkipRead, position: &mut u64, size: u64) -> Result<Vec<u8>, InputProblem> {
    if size > MAX_PROPERTIES {
        return Err(damaged("the properties of a file in it are longer than a mebibyte"));
    }
    let mut text = Vec::new();
    let read = tape.by_ref().take(size).read_to_end(&mut text)?;
    if (read as u64) < size {
        return Err(cut_off().into());
    }
    tape.skip(padding(size))?;
    *position += size + padding(size);
    Ok(text)
}

/// Skips content and the padding of its last block.
fn skip(tape: &mut impl SkipRead, position: &mut u64, size: u64) -> Result<(), InputProblem> {
    let whole = size.checked_add(padding(size)).ok_or_else(cut_off)?;
    tape.skip(whole)?;
    *position = position.checked_add(whole).ok_or_else(cut_off)?;
    Ok(())
}

const fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

/// Refuses anything but zeros after the end. `tar` would ignore a second archive there.
fn refuse_more(tape: &mut impl SkipRead) -> Result<(), InputProblem> {
    let mut buffer = [0; 1 << 13];
    loop {
        match tape.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) if buffer[..read].iter().all(|&byte| byte == 0) => {}
            Ok(_) => {
                return Err(InputProblem::Refused(
                    "a tar archive with more data after its end",
                    "unpack it with tar, which reads several archives with --ignore-zeros",
                ));
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}
