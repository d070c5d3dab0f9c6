//! The ledger of a provider: how much each insurer may ask for, and has asked for. It also serves as the audit
//! log.
//!
//! Each line is a record as JSON, with its number and a digest that covers the line and all earlier lines. A
//! record is on the disk before anything relies on it. `docs/PRIVATE-CHECK.md` describes the lines.

mod book;
mod grant;
mod line;

use std::{
    fmt,
    io::{Read, Seek},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use leakdex_staging::Journal;

pub use self::{
    book::Account,
    grant::{Factor, Grant},
};
use self::{book::Book, line::Event};
use crate::{
    checked::CheckedRequest,
    epoch::EpochId,
    error::Error,
    names::{FileId, Fingerprint},
    response::Charge,
};

/// A ledger in a file. Each method opens the file, verifies all of it, and closes it, so any number of processes
/// can use it.
#[derive(Clone, Debug)]
pub struct Ledger {
    path: PathBuf,
}

/// A request that the ledger has charged. Only [`Ledger::charge`] creates one. The provider evaluates nothing
/// without one.
pub struct ChargedRequest {
    request: FileId,
    insurer: Fingerprint,
    epoch: EpochId,
    charge: Charge,
    is_repeated: bool,
}

impl Ledger {
    /// The ledger in this file. [`grant`](Self::grant) creates the file. All other methods need it to exist.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Grants batches to an insurer, in addition to earlier grants in the same epoch.
    ///
    /// # Errors
    ///
    /// [`Error::WrongGrant`] if the sum of all grants is too large; [`Error::LedgerDamaged`], [`Error::Busy`] and
    /// [`Error::Io`] as for all methods.
    pub fn grant(&self, grant: &Grant, time: Timestamp) -> Result<(), Error> {
        let mut journal = Journal::open_or_create(&self.path).map_err(failed("open the ledger"))?;
        let book = Book::read(&mut journal)?;
        book.check_grant(grant)?;
        let event = Event::Grant {
            insurer: grant.insurer(),
            epoch: grant.epoch(),
            batches: grant.batches().to_vec(),
            members: grant.members(),
            reason: grant.reason().to_owned(),
        };
        append(&mut journal, &book, time, event).map(drop)
    }

    /// Charges a request to its insurer. A request that is already charged costs nothing more.
    ///
    /// When this returns, the charge is on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::NoGrant`] if the insurer has no grant in this epoch; [`Error::QuotaExceeded`] if it has too few
    /// batches left of a kind; [`Error::OtherCharge`] if another request with the same id is already charged; and
    /// the errors of all methods.
    pub fn charge<R: Read + Seek>(
        &self,
        checked: &CheckedRequest<'_, R>,
        time: Timestamp,
    ) -> Result<ChargedRequest, Error> {
        let (request, insurer, epoch) = (checked.request(), checked.insurer(), checked.epoch());
        let mut journal = self.open()?;
        let book = Book::read(&mut journal)?;
        if let Some(charge) = book.charge_of(request, (insurer, epoch, checked.batches()))? {
            // A process may have died after it wrote the line and before it synced the line to disk.
            journal.sync().map_err(failed("write the ledger"))?;
            return Ok(ChargedRequest { request, insurer, epoch, charge, is_repeated: true });
        }
        book.check_charge(insurer, epoch, checked.batches())?;
        let batches = checked.batches().to_vec();
        let event = Event::Charge { insurer, epoch, request, batches };
        let charge = append(&mut journal, &book, time, event)?;
        Ok(ChargedRequest { request, insurer, epoch, charge, is_repeated: false })
    }

    /// Records that the response to a charged request was published.
    ///
    /// # Errors
    ///
    /// The errors of all methods.
    pub fn answered(
        &self,
        charged: &ChargedRequest,
        response: FileId,
        time: Timestamp,
    ) -> Result<(), Error> {
        let ChargedRequest { request, insurer, epoch, .. } = *charged;
        self.note(Event::Answered { insurer, epoch, request, response }, time)
    }

    /// Records that a request was refused in this epoch. The signature of its insurer was valid.
    ///
    /// # Errors
    ///
    /// The errors of all methods.
    pub fn refused(
        &self,
        (request, insurer): (FileId, Fingerprint),
        epoch: EpochId,
        error: &Error,
        time: Timestamp,
    ) -> Result<(), Error> {
        let error = error.to_string().chars().take(LONGEST_ERROR).collect();
        self.note(Event::Refused { insurer, epoch, request, error }, time)
    }

    fn note(&self, event: Event, time: Timestamp) -> Result<(), Error> {
        let mut journal = self.open()?;
        let book = Book::read(&mut journal)?;
        append(&mut journal, &book, time, event).map(drop)
    }

    /// Verifies the ledger, and returns the grants and charges: one account for each insurer, epoch and kind.
    ///
    /// # Errors
    ///
    /// [`Error::LedgerDamaged`] if a line was changed, [`Error::Busy`] if another process uses the ledger for
    /// several seconds, and [`Error::Io`] if it cannot be read.
    pub fn accounts(&self) -> Result<Vec<Account>, Error> {
        Ok(Book::read(&mut self.open()?)?.into_accounts())
    }

    fn open(&self) -> Result<Journal, Error> {
        Journal::open(&self.path).map_err(failed("open the ledger"))
    }
}

/// The length limit of error messages in the ledger, in characters.
const LONGEST_ERROR: usize = 500;

/// Appends a line and syncs it to disk.
fn append(
    journal: &mut Journal,
    book: &Book,
    time: Timestamp,
    event: Event,
) -> Result<Charge, Error> {
    let line = book.next(time, event);
    let (text, digest) = line.to_text();
    journal.append(book.length(), text.as_bytes()).map_err(failed("write the ledger"))?;
    Ok(Charge { seq: line.seq, digest })
}

fn failed(action: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |error| match error.kind() {
        std::io::ErrorKind::ResourceBusy => Error::Busy,
        _ => Error::Io { action, source: error },
    }
}

impl ChargedRequest {
    /// The request.
    #[must_use]
    pub const fn request(&self) -> FileId {
        self.request
    }

    /// The line of the ledger that charged the request.
    #[must_use]
    pub const fn charge(&self) -> Charge {
        self.charge
    }

    /// Whether the request was already charged and cost nothing this time.
    #[must_use]
    pub const fn is_repeated(&self) -> bool {
        self.is_repeated
    }
}

impl fmt::Debug for ChargedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ChargedRequest({} by line {})", self.request, self.charge.seq)
    }
}

/// The accounts of a ledger with this content.
///
/// # Errors
///
/// [`Error::LedgerDamaged`] if a line was changed.
pub fn read_ledger(bytes: &[u8]) -> Result<Vec<Account>, Error> {
    Ok(Book::of_lines(bytes)?.into_accounts())
}
