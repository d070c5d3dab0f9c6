//! The versions of archives whose files were listed.
//!
//! The files of an archive are listed once and opened one by one. If another archive takes its name in
//! between, a row could be missed that is in the second file of the old archive and in the first file of the
//! new one.

use std::{
    collections::HashMap,
    fs,
    path::{self, Path, PathBuf},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use crate::{error::InputProblem, stable_file::FileState};

/// The version that was listed last, by absolute path. Links in the path are not resolved, as they can be
/// replaced, too.
static LISTED: LazyLock<Mutex<HashMap<PathBuf, FileState>>> = LazyLock::new(Mutex::default);

fn listed() -> MutexGuard<'static, HashMap<PathBuf, FileState>> {
    LISTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records the version of an archive that was listed. Returns whether it is the one that was listed before,
/// if any was.
pub(super) fn note(archive: &Path, state: FileState) -> Result<bool, InputProblem> {
    let archive = path::absolute(archive).map_err(InputProblem::Open)?;
    let before = listed().insert(archive, state);
    Ok(before.is_none_or(|before| before.refuse_change(&state).is_ok()))
}

/// Refuses an input in an archive that has changed since it was listed. Call this after the input was opened.
pub(crate) fn refuse_replaced(input: &Path) -> Result<(), InputProblem> {
    let input = path::absolute(input).map_err(InputProblem::Open)?;
    let find = |path: &Path| listed().get(path).map(|state| (path.to_owned(), *state));
    let Some((archive, state)) = input.ancestors().skip(1).find_map(find) else { return Ok(()) };
    let now = fs::metadata(archive).map_err(|_| InputProblem::Changed)?;
    state.refuse_change(&FileState::of(&now))
}
