//! Opens elements of a request for an audit: recomputes their identifiers and blinds.

use std::collections::BTreeMap;

use leakdex::{Batch, Kind};
use zeroize::Zeroizing;

use crate::{
    audit::{Opening, Place, Sample},
    epoch::{BATCH, canary_input, input, padding_input},
    error::Error,
    state::{ListMac, ROOM, State},
};

/// Reads the member lists again, and keeps the identifiers behind the elements of an audit.
///
/// ```no_run
/// # use std::{fs::File, io::BufReader};
/// # use leakdex_private::{Error, Opener, Request, Sample, Signer, State, write_openings};
/// # fn open(
/// #     state: &State, mut request: Request<BufReader<File>>, sample: &Sample, signer: &Signer,
/// #     lists: &[leakdex::Batch], sink: Vec<u8>,
/// # ) -> Result<(), Error> {
/// let mut opener = Opener::new(state, sample);
/// for batch in lists {
///     opener.feed(batch);
/// }
/// let opened = opener.finish()?;
/// write_openings(&mut request, sample, signer, |place| opened.opening_of(place), sink)?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Opener<'s> {
    state: &'s State,
    mac: ListMac,
    /// The number of identifiers of each kind that were read so far.
    taken: BTreeMap<Kind, u64>,
    /// Keyed by kind, and by position among the identifiers of this kind.
    wanted: BTreeMap<(Kind, u64), Zeroizing<Vec<u8>>>,
}

/// The identifiers and blinds of a sample. It holds identifiers of members, so it has no `Debug`.
pub struct OpenedSample<'s> {
    state: &'s State,
    identifiers: BTreeMap<(Kind, u64), Zeroizing<Vec<u8>>>,
}

/// The position of the identifier behind the element at this position. Both positions count within one kind.
/// Padding comes after the last identifier. `None` for a canary.
const fn identifier_at(element: u64) -> Option<u64> {
    let (batch, place) = (element / BATCH as u64, element % BATCH as u64);
    if place == 0 { None } else { Some(batch * ROOM + place - 1) }
}

impl<'s> Opener<'s> {
    /// Begins to look for the identifiers behind a sample of the request of this state.
    pub fn new(state: &'s State, sample: &Sample) -> Self {
        let places = sample.places();
        let wanted = places.filter_map(|Place { kind, number, .. }| {
            Some(((kind, identifier_at(number)?), Zeroizing::new(Vec::new())))
        });
        Self {
            state,
            mac: ListMac::new(&state.seed, state.kinds()),
            taken: BTreeMap::new(),
            wanted: wanted.collect(),
        }
    }

    /// Takes the next rows of the lists. Any division into batches gives the same result.
    pub fn feed(&mut self, batch: &Batch) {
        for identifier in self.mac.feed(batch) {
            let taken = self.taken.entry(identifier.kind).or_default();
            if let Some(wanted) = self.wanted.get_mut(&(identifier.kind, *taken)) {
                *wanted = Zeroizing::new(identifier.canonical.to_vec());
            }
            *taken += 1;
        }
    }

    /// The identifiers and blinds of the sample.
    ///
    /// # Errors
    ///
    /// [`Error::ListChanged`] if the lists are not those of the request.
    pub fn finish(self) -> Result<OpenedSample<'s>, Error> {
        self.state.require_list(&self.mac.finish())?;
        Ok(OpenedSample { state: self.state, identifiers: self.wanted })
    }
}

impl OpenedSample<'_> {
    /// The identifier and the blind of one element of the sample.
    ///
    /// # Errors
    ///
    /// [`Error::FalseOpening`] if the element is not in the sample.
    pub fn opening_of(&self, place: Place) -> Result<Opening, Error> {
        let Place { element, kind, number } = place;
        let no_opening = || Error::FalseOpening { element };
        let mut kinds = self.state.kinds.iter();
        let requested = kinds.find(|requested| requested.kind == kind).ok_or_else(no_opening)?;
        let input = match identifier_at(number) {
            None => canary_input(kind).ok_or_else(no_opening)?,
            Some(identifier) if identifier < requested.identifiers => {
                let canonical = self.identifiers.get(&(kind, identifier)).ok_or_else(no_opening)?;
                input(kind, canonical)
            }
            Some(_) => padding_input(kind, number),
        };
        let blind = self.state.blinds(kind).blind(number).to_bytes();
        Ok(Opening { input: Zeroizing::new(input), blind: Zeroizing::new(blind) })
    }
}
