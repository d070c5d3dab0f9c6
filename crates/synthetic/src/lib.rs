//! Made-up people, their rows in leaks and member lists, and typing errors.
//!
//! All of it is the same on every run, and what ought to be found is known from the making of the
//! data and not from the library under test. The demo takes [`leak`] and [`members`], the
//! measurement of match quality takes [`copies`], benches take [`population`] and [`plain`]. [`damage`]
//! makes damaged files for the tests of self-checks.

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
