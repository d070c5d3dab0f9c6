//! Finishes a private check: verifies a response, and finds the entries of the members.

mod table_hits;
mod verify;

use std::io::{Read, Seek};

use curve25519_dalek::{RistrettoPoint, Scalar};
use leakdex::{Batch, Kind};
use rayon::prelude::*;
use zeroize::Zeroizing;

pub use self::table_hits::TableHits;
use self::verify::{EvaluatedBatch, verified};
use crate::{
    ask::PART,
    envelope::Body,
    epoch::BATCH,
    error::Error,
    names::FileType,
    pass::{Elements, Pass, Passes},
    request::Request,
    response::Response,
    state::{Blinds, ListDigest, State},
    table::Table,
    voprf::{ENCODED, Encoded, Output, Proof, encode_doubled, finalize},
};

/// Reads a response together with its request, in one pass over the member lists for each kind. Finds the entries of
/// the members in one or more tables of the epoch. Returns no results before everything is verified.
///
/// ```no_run
/// # use std::{fs::File, io::BufReader};
/// # use leakdex_private::{Error, Finisher, Request, Response, State, Table};
/// # type Source = BufReader<File>;
/// # fn finish(
/// #     state: &State, tables: &[Table], mut request: Request<Source>, mut response: Response<Source>,
/// #     lists: &[leakdex::Batch],
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let mut finisher = Finisher::new(state, tables, &mut request, &mut response)?;
/// while let Some(mut pass) = finisher.next_pass()? {
///     for batch in lists {
///         pass.feed(batch)?;
///     }
///     pass.end()?;
/// }
/// let (found, mut digest) = finisher.finish()?;
/// let indexes = found.into_iter().map(|hits| hits.into_index()).collect::<Result<Vec<_>, _>>()?;
/// let indexes = leakdex::IndexSet::new(indexes)?;
/// for batch in lists {
///     digest.feed(batch);
///     let _verdicts = indexes.check_batch(batch);
/// }
/// // Use the verdicts only after this succeeds.
/// digest.finish()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Finisher<'a, R, S> {
    passes: Passes<'a>,
    tables: &'a [Table],
    request: Body<'a, R>,
    response: Body<'a, S>,
    found: Vec<TableHits>,
}

impl<'a, R: Read + Seek, S: Read + Seek> Finisher<'a, R, S> {
    /// Begins to read a response.
    ///
    /// # Errors
    ///
    /// If the files do not belong together: their providers, epochs, requests or numbers of batches differ.
    ///
    /// # Panics
    ///
    /// If there is no table.
    pub fn new(
        state: &'a State,
        tables: &'a [Table],
        request: &'a mut Request<R>,
        response: &'a mut Response<S>,
    ) -> Result<Self, Error> {
        assert!(!tables.is_empty(), "there is a table");
        let request_id = state.request().ok_or(Error::NoRequest)?;
        for table in tables {
            state.require_table(table)?;
            // The epoch id is derived from the keys, so this never happens.
            if table.requested_kinds() != state.kinds() || table.keys() != tables[0].keys() {
                return Err(Error::OtherEpoch(FileType::Table));
            }
        }
        state.require(FileType::Response, response.provider(), response.epoch())?;
        if request.epoch() != state.epoch() {
            return Err(Error::OtherEpoch(FileType::Request));
        }
        if request.id() != request_id || request.batches() != state.batches() {
            return Err(Error::OtherRequest(FileType::Request));
        }
        if response.request() != request_id {
            return Err(Error::OtherRequest(FileType::Response));
        }
        if response.batches() != state.batches() {
            return Err(Error::Malformed { file: FileType::Response, part: "number of batches" });
        }
        let found = tables.iter().map(|table| TableHits::new(table.description().clone()));
        let found = found.collect::<Result<Vec<TableHits>, Error>>()?;
        Ok(Self {
            passes: Passes::new(state),
            tables,
            request: request.body()?,
            response: response.body()?,
            found,
        })
    }

    /// The pass for the next kind. `None` after the last.
    ///
    /// # Errors
    ///
    /// [`Error::PassNotEnded`] if the previous pass was not ended.
    pub fn next_pass(&mut self) -> Result<Option<FinishPass<'_, 'a, R, S>>, Error> {
        let Some((pass, blinds)) = self.passes.begin()? else { return Ok(None) };
        Ok(Some(FinishPass { finisher: self, pass, blinds }))
    }

    /// The entries that were found in each table, after everything is verified, and a digest for the check against
    /// them. Pass each batch of that check to the digest, and use no verdict before [`ListDigest::finish`]
    /// succeeds: the request did not ask for other members, so a check would not find them.
    ///
    /// # Errors
    ///
    /// [`Error::PassNotEnded`] if a pass is missing or was not ended; [`Error::ChangedWhileRead`] if somebody
    /// changed a file meanwhile.
    pub fn finish(self) -> Result<(Vec<TableHits>, ListDigest), Error> {
        self.passes.require_all()?;
        self.request.finish()?;
        self.response.finish()?;
        Ok((self.found, ListDigest::new(self.passes.state)))
    }
}

/// A pass over the member lists for one kind, which reads the evaluated elements of this kind. It uses all threads
/// of the current pool. Do not run it on a thread of a busy pool.
#[must_use]
pub struct FinishPass<'p, 'a, R, S> {
    finisher: &'p mut Finisher<'a, R, S>,
    pass: Pass,
    blinds: Blinds,
}

impl<R: Read, S: Read> FinishPass<'_, '_, R, S> {
    /// Takes the next rows of the lists. Any division into batches gives the same result.
    ///
    /// # Errors
    ///
    /// If a batch of the response has an invalid element, was not evaluated with the key of the table, or lacks its
    /// canary; [`Error::ListChanged`] if there are more identifiers than the request has.
    pub fn feed(&mut self, batch: &Batch) -> Result<(), Error> {
        let Self { finisher, pass, blinds } = self;
        let kind = pass.kind();
        pass.feed(batch, |batches| finisher.read(kind, batches, blinds))
    }

    /// Ends the pass.
    ///
    /// # Errors
    ///
    /// The errors of [`feed`](Self::feed), and [`Error::ListChanged`] if the lists are not those of the request.
    pub fn end(self) -> Result<(), Error> {
        let Self { finisher, pass, blinds } = self;
        let (kind, state) = (pass.kind(), finisher.passes.state);
        pass.end(state, |batches| finisher.read(kind, batches, &blinds))?;
        finisher.passes.end();
        Ok(())
    }
}

/// A match: an identifier of a batch that is in a table.
struct Hit {
    /// The number of the table.
    table: usize,
    /// The place in the batch.
    place: usize,
    output: Zeroizing<Output>,
}

impl<R: Read, S: Read> Finisher<'_, R, S> {
    fn read(&mut self, kind: Kind, batches: &[Elements<'_>], blinds: &Blinds) -> Result<(), Error> {
        let (_, key) = self.tables[0].keys()[self.passes.next];
        let mut read = Vec::with_capacity(batches.len());
        for elements in batches {
            let mut blinded = vec![[0; ENCODED]; BATCH];
            self.request.read(blinded.as_flattened_mut())?;
            let mut evaluated = vec![[0; ENCODED]; BATCH];
            self.response.read(evaluated.as_flattened_mut())?;
            let mut proof = [0; Proof::LENGTH];
            self.response.read(&mut proof)?;
            read.push((*elements, EvaluatedBatch { blinded, evaluated, proof }));
        }
        let tables = self.tables;
        let hits = read.par_iter().map(|(elements, batch)| {
            let results = verified(batch, &key.0, (kind, elements.batch()))?;
            hits(*elements, kind, &results, blinds, tables)
        });
        // Report the error of the first batch, whatever the order of the threads is.
        let hits: Vec<Result<Vec<Hit>, Error>> = hits.collect();
        for (elements, hits) in batches.iter().zip(hits) {
            for Hit { table, place, output } in hits? {
                let records = || tables[table].records(kind, &output);
                self.found[table].add(kind, elements.canonical(place), records)?;
            }
        }
        Ok(())
    }
}

/// The identifiers of a batch that are in a table, given its verified evaluated elements.
fn hits(
    elements: Elements<'_>,
    kind: Kind,
    evaluated: &[RistrettoPoint],
    blinds: &Blinds,
    tables: &[Table],
) -> Result<Vec<Hit>, Error> {
    // The canary and the identifiers. Padding is not looked up.
    let count = elements.identifiers() + 1;
    let parts = (0..count.div_ceil(PART)).into_par_iter().map(|part| {
        let places = part * PART..((part + 1) * PART).min(count);
        let unblinded = unblinded(&evaluated[places.clone()], |place| {
            blinds.blind(elements.first() + (places.start + place) as u64)
        });
        let mut input = Zeroizing::new(Vec::new());
        let mut found = Vec::new();
        for (place, element) in places.zip(unblinded) {
            elements.input(place, &mut input);
            let output = Zeroizing::new(finalize(&input, &element));
            for (number, table) in tables.iter().enumerate() {
                if place == 0 {
                    if !table.has_canary(kind, &output) {
                        return Err(Error::CanaryFailed { kind, batch: elements.batch() });
                    }
                } else if table.has(kind, &output) {
                    found.push(Hit { table: number, place, output: output.clone() });
                }
            }
        }
        Ok(found)
    });
    let parts: Vec<Result<Vec<Hit>, Error>> = parts.collect();
    parts.into_iter().try_fold(Vec::new(), |mut all, part| {
        all.append(&mut part?);
        Ok(all)
    })
}

/// The encodings of evaluated elements without their blinds.
fn unblinded(evaluated: &[RistrettoPoint], blind: impl Fn(usize) -> Scalar) -> Vec<Encoded> {
    let mut scalars: Zeroizing<Vec<Scalar>> =
        Zeroizing::new((0..evaluated.len()).map(blind).collect());
    Scalar::invert_batch_alloc(&mut scalars);
    scalars.iter_mut().for_each(|inverse| *inverse = inverse.div_by_2());
    let halves = evaluated.iter().zip(&*scalars).map(|(element, half)| element * half);
    encode_doubled(&halves.collect::<Vec<RistrettoPoint>>())
}
