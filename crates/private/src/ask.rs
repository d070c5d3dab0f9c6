//! Asks a provider for all members: writes a request.

use std::io::Write;

use curve25519_dalek::{RistrettoPoint, Scalar};
use leakdex::Batch;
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::{
    envelope::FileWriter,
    epoch::{BATCH, EpochId, in_order},
    error::Error,
    names::{FileId, FileType, Fingerprint},
    pass::{Elements, Pass, Passes},
    request::{BATCH_LENGTH, RequestMetadata},
    signer::Signer,
    state::{Blinds, ListMac, RequestedKind, Seed, State, YEARS},
    table::Table,
    voprf::{Encoded, encode_doubled, hash_to_group},
};

/// The first pass over the member lists: it counts identifiers, and computes the digest of the lists.
///
/// ```no_run
/// # use leakdex_private::{RequestBuilder, RequestWriter, Error, Signer, Table};
/// # fn ask(table: &Table, signer: &Signer, lists: &[leakdex::Batch]) -> Result<(), Error> {
/// let mut request_builder = RequestBuilder::new(table, 2026)?;
/// for batch in lists {
///     request_builder.note(batch);
/// }
/// let mut state = request_builder.begin();
/// // Write the state to the disk now. After a crash, continue from here.
/// let mut request = Vec::new();
/// let mut request_writer = RequestWriter::new(&state, signer, &mut request)?;
/// while let Some(mut pass) = request_writer.next_pass()? {
///     for batch in lists {
///         pass.feed(batch)?;
///     }
///     pass.end()?;
/// }
/// state.set_request(request_writer.finish()?);
/// // Write the state to the disk again, and then send the request.
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct RequestBuilder {
    seed: Seed,
    epoch: EpochId,
    provider: Fingerprint,
    year: u16,
    kinds: Vec<RequestedKind>,
    mac: ListMac,
}

impl RequestBuilder {
    /// Begins a request for the members of some lists. Normalise the lists with this current year
    /// ([`Normaliser::current_year`](leakdex::Normaliser::current_year)) in every pass.
    ///
    /// # Errors
    ///
    /// [`Error::NoRandomness`] if the operating system returns no random bytes.
    ///
    /// # Panics
    ///
    /// If the year is not between 1900 and 9999.
    pub fn new(table: &Table, year: u16) -> Result<Self, Error> {
        assert!(YEARS.contains(&year), "a current year is between 1900 and 9999");
        Ok(Self::with_seed(Seed::generate()?, table, year))
    }

    fn with_seed(seed: Seed, table: &Table, year: u16) -> Self {
        let kinds = in_order(table.requested_kinds()).into_iter();
        let (epoch, provider) = (table.epoch(), table.provider());
        Self {
            mac: ListMac::new(&seed, table.requested_kinds()),
            seed,
            epoch,
            provider,
            year,
            kinds: kinds.map(|kind| RequestedKind { kind, identifiers: 0 }).collect(),
        }
    }

    /// Takes the next rows of the lists. The batch comes from [`Table::batch`]. Any division of the rows into
    /// batches gives the same result.
    pub fn note(&mut self, batch: &Batch) {
        for identifier in self.mac.feed(batch) {
            let kinds = self.kinds.iter_mut().filter(|counted| counted.kind == identifier.kind);
            kinds.for_each(|counted| counted.identifiers += 1);
        }
    }

    /// The state of the request, from which [`RequestWriter`] writes it.
    #[must_use]
    pub fn begin(self) -> State {
        let context = (self.epoch, self.provider, self.year);
        State::new(self.seed, context, self.mac.finish(), self.kinds)
    }
}

impl State {
    /// Checks that this is the state of a request for this table.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownSigner`] and [`Error::OtherEpoch`] if the table is of another provider or epoch.
    pub fn require_table(&self, table: &Table) -> Result<(), Error> {
        self.require(FileType::Table, table.provider(), table.epoch())
    }

    /// Checks that a file of this signer and epoch belongs to the request.
    pub(crate) fn require(
        &self,
        file: FileType,
        signer: Fingerprint,
        epoch: EpochId,
    ) -> Result<(), Error> {
        if signer != self.provider {
            return Err(Error::UnknownSigner { file, signer });
        }
        if epoch == self.epoch { Ok(()) } else { Err(Error::OtherEpoch(file)) }
    }
}

/// Writes a request, in one pass over the member lists for each kind.
#[must_use]
pub struct RequestWriter<'a, W> {
    passes: Passes<'a>,
    writer: FileWriter<'a, W>,
}

impl<'a, W: Write> RequestWriter<'a, W> {
    /// Begins to write the request of a state. The same state and the same lists give the same bytes.
    ///
    /// # Errors
    ///
    /// If the sink cannot be written.
    pub fn new(state: &'a State, signer: &'a Signer, sink: W) -> Result<Self, Error> {
        let metadata = RequestMetadata { epoch: state.epoch(), kinds: state.batches() };
        let length = state.elements() / BATCH as u64 * BATCH_LENGTH as u64;
        let writer = FileWriter::begin(FileType::Request, signer, &metadata, length, sink)?;
        Ok(Self { passes: Passes::new(state), writer })
    }

    /// The pass for the next kind. `None` after the last.
    ///
    /// # Errors
    ///
    /// [`Error::PassNotEnded`] if the previous pass was not ended.
    pub fn next_pass(&mut self) -> Result<Option<RequestPass<'_, 'a, W>>, Error> {
        let Some((pass, blinds)) = self.passes.begin()? else { return Ok(None) };
        Ok(Some(RequestPass { request_writer: self, pass, blinds }))
    }

    /// Signs the request. [Store](State::set_request) its id in the state.
    ///
    /// # Errors
    ///
    /// [`Error::PassNotEnded`] if a pass is missing or was not ended; or if the sink cannot be written.
    pub fn finish(self) -> Result<FileId, Error> {
        self.passes.require_all()?;
        self.writer.finish()
    }
}

/// A pass over the member lists for one kind, which writes the elements of this kind. It uses all threads of the
/// current pool. Do not run it on a thread of a busy pool.
#[must_use]
pub struct RequestPass<'p, 'a, W> {
    request_writer: &'p mut RequestWriter<'a, W>,
    pass: Pass,
    blinds: Blinds,
}

impl<W: Write> RequestPass<'_, '_, W> {
    /// Takes the next rows of the lists. Any division into batches gives the same result.
    ///
    /// # Errors
    ///
    /// [`Error::ListChanged`] if there are more identifiers than in the first pass; or if the sink cannot be
    /// written.
    pub fn feed(&mut self, batch: &Batch) -> Result<(), Error> {
        let Self { request_writer, pass, blinds } = self;
        pass.feed(batch, |batches| request_writer.write(batches, blinds))
    }

    /// Ends the pass.
    ///
    /// # Errors
    ///
    /// [`Error::ListChanged`] if the lists are not those of the first pass; or if the sink cannot be written.
    pub fn end(self) -> Result<(), Error> {
        let Self { request_writer, pass, blinds } = self;
        let state = request_writer.passes.state;
        pass.end(state, |batches| request_writer.write(batches, &blinds))?;
        request_writer.passes.end();
        Ok(())
    }
}

impl<W: Write> RequestWriter<'_, W> {
    fn write(&mut self, batches: &[Elements<'_>], blinds: &Blinds) -> Result<(), Error> {
        let blinded = batches.par_iter().map(|elements| blinded(*elements, blinds));
        for batch in blinded.collect::<Vec<_>>() {
            self.writer.write(batch.as_flattened())?;
        }
        Ok(())
    }
}

/// The number of elements that a thread takes at a time.
pub(crate) const PART: usize = 512;

/// The blinded elements of a batch.
fn blinded(elements: Elements<'_>, blinds: &Blinds) -> Vec<Encoded> {
    let parts = (0..BATCH / PART).into_par_iter().flat_map_iter(|part| {
        let mut input = Zeroizing::new(Vec::new());
        let places = part * PART..(part + 1) * PART;
        let half = |place| blinds.blind(elements.first() + place as u64).div_by_2();
        let halves: Zeroizing<Vec<Scalar>> = Zeroizing::new(places.clone().map(half).collect());
        let blinded = places.zip(&*halves).map(|(place, half)| {
            elements.input(place, &mut input);
            hash_to_group(&input) * half
        });
        encode_doubled(&blinded.collect::<Vec<RistrettoPoint>>())
    });
    parts.collect()
}
