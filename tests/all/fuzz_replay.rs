//! Runs each fuzz target over its committed inputs: seeds, and inputs that once broke it. See
//! `fuzz/README.md`.

use crate::fuzz::{
    build_then_check, forge, normalize, open_bytes, open_bytes_resealed, replay::replay, sound,
};

#[test]
fn open_bytes_holds_for_all_committed_inputs() {
    replay("open_bytes", open_bytes::check);
}

#[test]
fn open_bytes_resealed_holds_for_all_committed_inputs() {
    replay("open_bytes_resealed", open_bytes_resealed::check);
}

#[test]
fn normalize_holds_for_all_committed_inputs() {
    replay("normalize", normalize::check);
}

#[test]
fn build_then_check_holds_for_all_committed_inputs() {
    replay("build_then_check", build_then_check::check);
}

#[test]
fn a_file_written_from_the_document_equals_the_librarys() {
    for file in sound::sound_files() {
        assert!(forge::Parts::of(&file).write(|_| {}) == file);
    }
}

#[test]
fn a_folder_without_inputs_fails() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let outcome = std::panic::catch_unwind(|| replay(folder.path(), |_| {}));
    assert!(outcome.is_err());
}
