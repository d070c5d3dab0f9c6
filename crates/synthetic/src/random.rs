//! Random numbers that depend only on a person's number and a purpose.

use rand::{SeedableRng as _, rngs::ChaCha8Rng};

/// A generator whose numbers are the same on every run.
pub type Random = ChaCha8Rng;

/// The purpose of random numbers. Each purpose has a separate stream per person.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// The data of the person.
    Person,
    /// Their rows in a leak.
    Leak,
    /// Their row in a member list.
    Member,
    /// A copy of them with errors.
    Copy,
}

/// The random numbers for this person and purpose. They do not depend on the thread.
pub fn random(number: u32, purpose: Purpose) -> Random {
    const SEED: u64 = 202_301;
    let mut random = Random::seed_from_u64(SEED);
    random.set_stream(u64::from(number) << 2 | purpose as u64);
    random
}

/// The random numbers of a stream of this seed, for data that belong to no single person.
pub fn seeded(seed: u64, stream: u64) -> Random {
    let mut random = Random::seed_from_u64(!seed);
    random.set_stream(stream);
    random
}
