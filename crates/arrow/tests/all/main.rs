//! Tests of the public interface.

mod build;
mod check;
mod counts;
mod distributed;
mod open;
mod people;
mod streams;
mod strict;
