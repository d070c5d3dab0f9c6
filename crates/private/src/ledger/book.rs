//! The state of a ledger after all its lines.

use std::{
    collections::{BTreeMap, HashMap},
    io::{BufRead, Read},
};

use jiff::Timestamp;
use leakdex::Kind;
use leakdex_staging::{Journal, lacks_sectors};

use super::{
    Grant, failed,
    line::{Event, Line, MAX_LENGTH, NO_LINE},
};
use crate::{
    epoch::EpochId,
    error::Error,
    names::{FileId, Fingerprint},
    request::{Batches, length_of},
    response::{Charge, LineDigest},
};

/// The quota of an insurer for a kind in an epoch: granted and used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The insurer.
    pub insurer: Fingerprint,
    /// The epoch.
    pub epoch: EpochId,
    /// The kind.
    pub kind: Kind,
    /// The number of batches in all grants.
    pub granted: u64,
    /// The number of batches in all requests.
    pub charged: u64,
}

/// A ledger that was read and verified.
pub(super) struct Book {
    /// The length of all whole lines in bytes.
    length: u64,
    lines: u64,
    last: LineDigest,
    /// In the order of insurers, epochs, and the slugs of kinds.
    accounts: BTreeMap<(Fingerprint, EpochId, &'static str), Account>,
    charges: HashMap<FileId, ChargeRecord>,
}

/// A charged request, with everything in its line.
struct ChargeRecord {
    insurer: Fingerprint,
    epoch: EpochId,
    batches: Vec<Batches>,
    charge: Charge,
}

impl Book {
    pub fn read(journal: &mut Journal) -> Result<Self, Error> {
        Self::of_lines(journal.reader().map_err(failed("read the ledger"))?)
    }

    /// Reads and verifies all lines. A last line that a crash tore does not count. Any other fault is an error, so
    /// that no new line overwrites it.
    pub fn of_lines(mut source: impl BufRead) -> Result<Self, Error> {
        let (accounts, charges) = (BTreeMap::new(), HashMap::new());
        let mut book = Self { length: 0, lines: 0, last: NO_LINE, accounts, charges };
        let mut text = Vec::new();
        loop {
            text.clear();
            let mut limited = source.by_ref().take(MAX_LENGTH as u64);
            limited.read_until(b'\n', &mut text).map_err(failed("read the ledger"))?;
            let is_last = source.fill_buf().map_err(failed("read the ledger"))?.is_empty();
            if is_last && book.is_torn(&text) {
                return Ok(book);
            }
            let is_whole = text.ends_with(b"\n");
            let number = book.lines + 1;
            let added = if is_whole { book.add(&text) } else { None };
            added.ok_or(Error::LedgerDamaged { line: number })?;
        }
    }

    /// Adds a line. `None` if it does not follow the earlier lines.
    fn add(&mut self, text: &[u8]) -> Option<()> {
        let (Line { seq, previous, event, .. }, digest) = Line::of_text(text)?;
        if seq != self.lines + 1 || previous != self.last {
            return None;
        }
        match event {
            Event::Grant { insurer, epoch, batches, members, reason } => {
                let grant = Grant::new(insurer, epoch, batches, members, reason).ok()?;
                self.check_grant(&grant).ok()?;
                for Batches { kind, batches } in grant.batches() {
                    self.account(insurer, epoch, *kind).granted += batches;
                }
            }
            Event::Charge { insurer, epoch, request, batches } => {
                let is_first = !self.charges.contains_key(&request);
                length_of(&batches, 1).filter(|_| is_first)?;
                self.check_charge(insurer, epoch, &batches).ok()?;
                for &Batches { kind, batches } in &batches {
                    self.account(insurer, epoch, kind).charged += batches;
                }
                let charge = Charge { seq, digest };
                self.charges.insert(request, ChargeRecord { insurer, epoch, batches, charge });
            }
            Event::Answered { insurer, epoch, request, .. } => {
                let charge = self.charges.get(&request)?;
                ((charge.insurer, charge.epoch) == (insurer, epoch)).then_some(())?;
            }
            Event::Refused { .. } => {}
        }
        self.length += text.len() as u64;
        self.lines = seq;
        self.last = digest;
        Some(())
    }

    /// Whether this text at the end of the ledger is the torn next line. It must begin like that line, except for
    /// zeros in place of lost sectors. It must not end with a line feed, unless it lacks sectors.
    fn is_torn(&self, text: &[u8]) -> bool {
        let beginning = Line::beginning(self.lines + 1, self.last);
        let lacks = lacks_sectors(text, self.length);
        let mut both = beginning.bytes().zip(text);
        both.all(|(expected, &byte)| byte == expected || lacks && byte == 0)
            && text.len() < MAX_LENGTH
            && (lacks || !text.ends_with(b"\n"))
    }

    fn account(&mut self, insurer: Fingerprint, epoch: EpochId, kind: Kind) -> &mut Account {
        let new = Account { insurer, epoch, kind, granted: 0, charged: 0 };
        self.accounts.entry((insurer, epoch, kind.slug())).or_insert(new)
    }

    /// The length of all whole lines in bytes.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The next line, with this record.
    pub fn next(&self, time: Timestamp, event: Event) -> Line {
        Line::new((self.lines + 1, self.last), time, event)
    }

    /// The line that charged this request, if any.
    ///
    /// The content is compared as well. The id of a request has only 16 bytes, so somebody could search for two
    /// requests with one id. The second one would then cost nothing.
    pub fn charge_of(
        &self,
        request: FileId,
        content: (Fingerprint, EpochId, &[Batches]),
    ) -> Result<Option<Charge>, Error> {
        let Some(record) = self.charges.get(&request) else { return Ok(None) };
        if (record.insurer, record.epoch, record.batches.as_slice()) == content {
            return Ok(Some(record.charge));
        }
        Err(Error::OtherCharge { line: record.charge.seq })
    }

    /// Checks that no sum of grants overflows.
    pub fn check_grant(&self, grant: &Grant) -> Result<(), Error> {
        for Batches { kind, batches } in grant.batches() {
            let granted = self.granted(grant.insurer(), grant.epoch(), *kind).0;
            granted
                .checked_add(*batches)
                .ok_or(Error::WrongGrant("all grants together are too many batches"))?;
        }
        Ok(())
    }

    /// Checks that the grants have these batches left.
    pub fn check_charge(
        &self,
        insurer: Fingerprint,
        epoch: EpochId,
        batches: &[Batches],
    ) -> Result<(), Error> {
        let of_insurer = (insurer, epoch, "")..;
        let first = self.accounts.range(of_insurer).next();
        if first.is_none_or(|(key, _)| (key.0, key.1) != (insurer, epoch)) {
            return Err(Error::NoGrant(insurer));
        }
        for &Batches { kind, batches: requested } in batches {
            let (granted, charged) = self.granted(insurer, epoch, kind);
            if granted.checked_sub(charged).is_none_or(|left| left < requested) {
                return Err(Error::QuotaExceeded { kind, granted, charged, requested });
            }
        }
        Ok(())
    }

    /// The numbers of granted and used batches.
    fn granted(&self, insurer: Fingerprint, epoch: EpochId, kind: Kind) -> (u64, u64) {
        let account = self.accounts.get(&(insurer, epoch, kind.slug()));
        account.map_or((0, 0), |account| (account.granted, account.charged))
    }

    pub fn into_accounts(self) -> Vec<Account> {
        self.accounts.into_values().collect()
    }
}
