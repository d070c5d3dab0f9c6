//! A pass over the member lists for one kind of identifier. It cuts the identifiers into batches of elements, and
//! passes on several batches at a time.

use leakdex::{Batch, Kind};

use zeroize::Zeroizing;

use crate::{
    epoch::{BATCH, canary_input, input, padding_input},
    error::Error,
    state::{Blinds, ListMac, ROOM, RequestedKind, State},
    texts::Texts,
};

/// The passes over the member lists, one for each kind.
pub(crate) struct Passes<'s> {
    pub state: &'s State,
    /// The number of the next kind.
    pub next: usize,
    /// Whether a pass has begun and not ended.
    is_open: bool,
}

impl<'s> Passes<'s> {
    pub const fn new(state: &'s State) -> Self {
        Self { state, next: 0, is_open: false }
    }

    /// Begins the pass for the next kind. `None` after the last.
    pub fn begin(&mut self) -> Result<Option<(Pass, Blinds)>, Error> {
        if self.is_open {
            return Err(Error::PassNotEnded);
        }
        let Some(&requested) = self.state.kinds.get(self.next) else { return Ok(None) };
        let pass = Pass::new(self.state, requested)?;
        self.is_open = true;
        Ok(Some((pass, self.state.blinds(requested.kind))))
    }

    pub const fn end(&mut self) {
        self.next += 1;
        self.is_open = false;
    }

    /// Checks that every pass has begun and ended.
    pub fn require_all(&self) -> Result<(), Error> {
        let are_done = !self.is_open && self.next == self.state.kinds.len();
        if are_done { Ok(()) } else { Err(Error::PassNotEnded) }
    }
}

/// The number of batches in a group. A group is passed on as a whole, so that all cores have work.
const GROUP_LENGTH: usize = 16;

/// The pass of one kind.
pub(crate) struct Pass {
    requested: RequestedKind,
    /// The number of identifiers of the kind that were read so far.
    taken: u64,
    mac: ListMac,
    /// The input of the canary.
    canary: Vec<u8>,
    /// The common prefix of the inputs of identifiers.
    label: Vec<u8>,
    /// The identifiers that were not passed on yet.
    waiting: Texts,
    first_batch: u64,
}

/// One batch of elements.
#[derive(Clone, Copy)]
pub(crate) struct Elements<'p> {
    pass: &'p Pass,
    /// The number of the batch within the waiting identifiers.
    place: u64,
}

impl Pass {
    pub fn new(state: &State, requested: RequestedKind) -> Result<Self, Error> {
        let kind = requested.kind;
        let canary = canary_input(kind).ok_or(Error::WrongKinds)?;
        Ok(Self {
            requested,
            taken: 0,
            mac: ListMac::new(&state.seed, state.kinds()),
            canary,
            label: input(kind, &[]),
            waiting: Texts::default(),
            first_batch: 0,
        })
    }

    pub const fn kind(&self) -> Kind {
        self.requested.kind
    }

    /// Takes the next rows of the lists. Calls `work` for each full group of batches.
    pub fn feed(
        &mut self,
        batch: &Batch,
        mut work: impl FnMut(&[Elements<'_>]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let kind = self.requested.kind;
        for identifier in self.mac.feed(batch) {
            if identifier.kind == kind {
                self.taken += 1;
                self.waiting.push(&[identifier.canonical]);
            }
        }
        if self.taken > self.requested.identifiers {
            return Err(Error::ListChanged);
        }
        if self.waiting.len() as u64 >= GROUP_LENGTH as u64 * ROOM {
            self.process_batches(self.waiting.len() as u64 / ROOM, &mut work)?;
        }
        Ok(())
    }

    /// Ends the pass, and checks that the lists are those of the state.
    pub fn end(
        mut self,
        state: &State,
        mut work: impl FnMut(&[Elements<'_>]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.taken != self.requested.identifiers {
            return Err(Error::ListChanged);
        }
        let left = self.requested.batches() - self.first_batch;
        if left > 0 {
            self.process_batches(left, &mut work)?;
        }
        state.require_list(&self.mac.finish())
    }

    fn process_batches(
        &mut self,
        batches: u64,
        work: &mut impl FnMut(&[Elements<'_>]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let pass = &*self;
        let all: Vec<Elements<'_>> = (0..batches).map(|place| Elements { pass, place }).collect();
        all.chunks(GROUP_LENGTH).try_for_each(work)?;
        self.first_batch += batches;
        let passed_on = usize::try_from(batches * ROOM).unwrap_or(usize::MAX);
        self.waiting.drop_first(passed_on.min(self.waiting.len()));
        Ok(())
    }
}

impl<'p> Elements<'p> {
    /// The number of the batch within its kind.
    pub const fn batch(self) -> u64 {
        self.pass.first_batch + self.place
    }

    /// The number of the batch's first element within the kind.
    pub const fn first(self) -> u64 {
        self.batch() * BATCH as u64
    }

    /// The number of identifiers in the batch. They follow the canary.
    pub fn identifiers(self) -> usize {
        let before = usize::try_from(self.place * ROOM).unwrap_or(usize::MAX);
        self.pass.waiting.len().saturating_sub(before).min(BATCH - 1)
    }

    /// The canonical bytes of the identifier at this place of the batch, from 1.
    pub fn canonical(self, place: usize) -> &'p [u8] {
        let before = usize::try_from(self.place * ROOM).expect("they are in memory");
        self.pass.waiting.get(before + place - 1)
    }

    /// Writes the input of the element at this place.
    pub fn input(self, place: usize, input: &mut Zeroizing<Vec<u8>>) {
        let Pass { canary, label, .. } = self.pass;
        input.clear();
        if place == 0 {
            input.extend_from_slice(canary);
        } else if place <= self.identifiers() {
            let canonical = self.canonical(place);
            let length = label.len() + canonical.len();
            if input.capacity() < length {
                // Growing in place would leave a copy behind.
                *input = Zeroizing::new(Vec::with_capacity(2 * length));
            }
            input.extend_from_slice(label);
            input.extend_from_slice(canonical);
        } else {
            input.extend_from_slice(&padding_input(self.pass.kind(), self.first() + place as u64));
        }
    }
}

#[cfg(test)]
mod tests {
    use leakdex::{Breach, IndexBuilder, Key, Record};

    use super::*;
    use crate::{epoch::EpochId, signer::Signer, state::Seed};

    /// The inputs of all elements of a pass, by batches.
    fn inputs(state: &State, portions: &[Batch]) -> Result<Vec<Vec<Vec<u8>>>, Error> {
        let mut batches = Vec::new();
        let mut take = |group: &[Elements<'_>]| {
            assert!(group.len() <= GROUP_LENGTH, "memory is bounded");
            for elements in group {
                assert_eq!(elements.batch(), batches.len() as u64);
                let mut input = Zeroizing::new(Vec::new());
                let inputs = (0..BATCH).map(|place| {
                    elements.input(place, &mut input);
                    input.to_vec()
                });
                batches.push(inputs.collect::<Vec<_>>());
            }
            Ok(())
        };
        let mut pass = Pass::new(state, state.kinds[0])?;
        portions.iter().try_for_each(|batch| pass.feed(batch, &mut take))?;
        pass.end(state, &mut take)?;
        Ok(batches)
    }

    #[test]
    fn every_identifier_has_its_place_in_lists_of_any_length() {
        let key = Key::generate().expect("a key");
        let builder = IndexBuilder::new(&key, Breach::named("test").expect("a name"));
        let room = u32::try_from(ROOM).expect("it is small");
        let many = u32::try_from(GROUP_LENGTH).expect("it is small") * room;
        for count in [0, 1, room, room + 1, 3 * room, many + 1, many + room] {
            let names: Vec<String> = (0..count).map(|number| format!("name{number}")).collect();
            let portions = |rows: usize| {
                let portions = names.chunks(rows).map(|names| {
                    let mut batch = builder.batch();
                    names.iter().for_each(|name| {
                        // Each row also has an identifier of a kind that the request does not ask for.
                        batch.push(&Record::new().username(name).email("anna@example.de"));
                    });
                    batch
                });
                portions.collect::<Vec<_>>()
            };
            let kinds: leakdex::KindSet = [Kind::Username].into_iter().collect();
            let seed = Seed::generate().expect("random bytes");
            let mut mac = ListMac::new(&seed, kinds);
            portions(1000).iter().for_each(|batch| mac.feed(batch).for_each(drop));
            let provider = Signer::generate().expect("a key").fingerprint();
            let requested = RequestedKind { kind: Kind::Username, identifiers: u64::from(count) };
            let epoch = EpochId::of(&"test".parse().expect("a name"), &[]);
            let digest = mac.finish();
            let state = State::new(seed, (epoch, provider, 2026), digest, vec![requested]);

            let batches = inputs(&state, &portions(70_000)).expect("the lists are the same");
            assert!(batches == inputs(&state, &portions(3001)).expect("the lists are the same"));
            assert_eq!(batches.len() as u64, requested.batches(), "{count}");
            let canary = canary_input(Kind::Username).expect("it has one");
            let mut names = names.iter();
            for (number, place, input) in (0..).zip(&batches).flat_map(|(batch, inputs)| {
                let number = move |place| batch * BATCH as u64 + place as u64;
                inputs.iter().enumerate().map(move |(place, input)| (number(place), place, input))
            }) {
                let expected = match place {
                    0 => canary.clone(),
                    _ => names.next().map_or_else(
                        || padding_input(Kind::Username, number),
                        |name| crate::epoch::input(Kind::Username, name.as_bytes()),
                    ),
                };
                assert!(*input == expected, "element {number} of {count}");
            }
            assert!(names.next().is_none());
            let more = portions(50_000);
            let more: Vec<Batch> = more.iter().chain(&more).cloned().collect();
            assert!(count == 0 || matches!(inputs(&state, &more), Err(Error::ListChanged)));
        }
    }
}
