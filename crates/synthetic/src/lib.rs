//! Made-up people, their rows in leaks and member lists, and typing errors.
//!
//! Everything is the same on every run. The expected findings come from the generator, not from the library
//! under test. The demo uses [`leak`] and [`members`], the measurement of match quality uses [`copies`],
//! and benches use [`population`] and [`plain`]. [`damage`] makes damaged files for the tests of
//! self-checks.

#![allow(clippy::must_use_candidate, reason = "nobody makes people for nothing")]

pub mod copies;
pub mod damage;
pub mod date;
pub mod errors;
pub mod leak;
pub mod members;
pub mod names;
pub mod numbers;
pub mod person;
pub mod plain;
pub mod population;
pub mod random;
pub mod spelling;
#[cfg(test)]
mod tests;
