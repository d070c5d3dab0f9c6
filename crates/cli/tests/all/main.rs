//! Tests of the command and of the project around it. They are one program, which is linked only once.

mod command;
mod fuzz_replay;
mod house;

/// The checks of the fuzz targets, which `fuzz/` uses too.
#[path = "../fuzz"]
mod fuzz {
    #[path = "../../../../tests/fuzz/replay.rs"]
    pub mod replay;
    pub mod report_cells;
}

/// The parts of the random tests, which the library's tests use too.
#[path = "../../../../tests/random"]
mod random {
    pub mod chance;
    pub mod people;
    pub mod truth;
}
