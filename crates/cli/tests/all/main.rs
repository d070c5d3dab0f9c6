//! The command and the project around it. One program, so that it is linked once.

mod command;
mod fuzz_replay;
mod house;

/// The fuzz targets' checks, which `fuzz/` uses too.
#[path = "../fuzz"]
mod fuzz {
    #[path = "../../../../tests/fuzz/replay.rs"]
    pub mod replay;
    pub mod report_cells;
}

/// The parts of the random tests, which the library's tests use, too.
#[path = "../../../../tests/random"]
mod random {
    pub mod chance;
    pub mod people;
    pub mod truth;
}
