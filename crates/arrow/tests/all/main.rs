//! Tests of the public interface.

mod build;
mod check;
mod counts;
mod distributed;
mod people;
mod streams;
mod strict;
