//! The versions of archives whose files were listed.
//!
//! The files of an archive are listed once and opened one by one. If another archive took the name in between,
//! a row that stands in the one archive in the first file, and in the other in the second, would not be read.

use std::{
    collections::HashMap,
    fs,
    path::{self, Path, PathBuf},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use crate::{error::InputProblem, steady::FileState};

/// The last listed version, by the absolute path. Links in it are not resolved, as they can be replaced, too.
static LISTED: LazyLock<Mutex<HashMap<PathBuf, FileState>>> = LazyLock::new(Mutex::default);

fn listed() -> MutexGuard<'static, HashMap<PathBuf, FileState>> {
    LISTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes the version of an archive that was listed. Gives whether it was listed as such before, or never.
pub(super) fn note(archive: &Path, state: FileState) -> Result<bool, InputProblem> {
    let archive = path::absolute(archive).map_err(InputProblem::Open)?;
    let before = listed().insert(archive, state);
    Ok(before.is_none_or(|before| before.refuse_change(&state).is_ok()))
}

/// Refuses an input within an archive that is another one than when it was listed. Call it after the input was
/// opened.
pub(crate) fn refuse_replaced(input: &Path) -> Result<(), InputProblem> {
    let input = path::absolute(input).map_err(InputProblem::Open)?;
    let find = |path: &Path| listed().get(path).map(|state| (path.to_owned(), *state));
    let Some((archive, state)) = input.ancestors().skip(1).find_map(find) else { return Ok(()) };
    let now = fs::metadata(archive).map_err(|_| InputProblem::Changed)?;
    state.refuse_change(&FileState::of(&now))
}
