//! Opens elements of an insurer's own request, for an audit.

use std::collections::BTreeMap;

use leakdex::{Batch, Kind};
use zeroize::Zeroizing;

use crate::{
    audit::{Opening, Place, Sample},
    epoch::{BATCH, canary_input, input, padding_input},
    error::Error,
    state::{ListMac, ROOM, State},
};

/// Finds what is behind the elements of a sample, in one pass over the member lists of the request.
///
/// ```no_run
/// # use std::{fs::File, io::BufReader};
/// # use leakdex_private::{Error, Opener, Request, Sample, Signer, State, write_openings};
/// # fn open(
/// #     state: &State, sample: &Sample, signer: &Signer, request: &mut Request<BufReader<File>>,
/// #     lists: &[leakdex::Batch], sink: &mut Vec<u8>,
/// # ) -> Result<(), Error> {
/// let mut opener = Opener::new(state, sample);
/// for batch in lists {
///     opener.feed(batch);
/// }
/// let opened = opener.finish()?;
/// write_openings(request, sample, signer, |place| opened.opening(place), sink)?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Opener<'s> {
    state: &'s State,
    mac: ListMac,
    /// How many identifiers of each kind came so far.
    counts: BTreeMap<Kind, u64>,
    /// The canonical bytes of the identifiers to open, once they came, by kind and number.
    wanted: BTreeMap<(Kind, u64), Option<Zeroizing<Vec<u8>>>>,
}

/// What is behind the elements of a sample.
pub struct Opened<'s> {
    state: &'s State,
    identifiers: BTreeMap<(Kind, u64), Option<Zeroizing<Vec<u8>>>>,
}

impl<'s> Opener<'s> {
    /// Opens the elements of this sample.
    pub fn new(state: &'s State, sample: &Sample) -> Self {
        let numbers = sample.places().filter_map(|place| {
            identifier_at(place.number).map(|number| ((place.kind, number), None))
        });
        Self {
            state,
            mac: ListMac::new(&state.seed, state.kinds()),
            counts: BTreeMap::new(),
            wanted: numbers.collect(),
        }
    }

    /// Takes the next rows of the lists. The batch comes from [`Table::batch`](crate::Table::batch).
    pub fn feed(&mut self, batch: &Batch) {
        for one in self.mac.feed(batch) {
            let number = self.counts.entry(one.kind).or_default();
            if let Some(wanted) = self.wanted.get_mut(&(one.kind, *number)) {
                *wanted = Some(Zeroizing::new(one.canonical.to_vec()));
            }
            *number += 1;
        }
    }

    /// What is behind the elements, if the lists are those of the request.
    ///
    /// # Errors
    ///
    /// [`Error::ListChanged`] if they are not.
    pub fn finish(self) -> Result<Opened<'s>, Error> {
        self.state.require_list(&self.mac.finish())?;
        Ok(Opened { state: self.state, identifiers: self.wanted })
    }
}

impl Opened<'_> {
    /// What is behind the element at a place of the sample.
    ///
    /// # Errors
    ///
    /// [`Error::WrongKinds`] if this program makes no identifiers of the kind.
    pub fn opening(&self, place: Place) -> Result<Opening, Error> {
        let Place { kind, number, .. } = place;
        let canonical = identifier_at(number).map(|own| self.identifiers.get(&(kind, own)));
        let input = match canonical {
            None => canary_input(kind).ok_or(Error::WrongKinds)?,
            Some(Some(Some(canonical))) => input(kind, canonical),
            Some(_) => padding_input(kind, number),
        };
        let blind = self.state.blinds(kind).blind(number);
        Ok(Opening { input: Zeroizing::new(input), blind: Zeroizing::new(blind.to_bytes()) })
    }
}

/// Which identifier of its kind stands at this place of a request. `None` at the place of a canary. There may be
/// fewer identifiers: the places after the last one have padding.
const fn identifier_at(number: u64) -> Option<u64> {
    let (batch, place) = (number / BATCH as u64, number % BATCH as u64);
    if place == 0 { None } else { Some(batch * ROOM + place - 1) }
}
