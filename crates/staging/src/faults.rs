//! A file system that fails at a chosen step.

use std::{cell::Cell, io};

/// How the file system fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// One step fails, as on a full disk that then has room again.
    Once,
    /// That step and all later ones fail, even the removal of files, as if the process had died.
    ForEver,
}

thread_local! {
    static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct Plan {
    /// The number of steps that succeed before the failure.
    steps_left: u32,
    fault: Fault,
    has_struck: bool,
}

/// Runs `work` and makes the step with this number, from 0, fail. Returns the result of `work`, and
/// whether it had that many steps.
#[must_use]
pub fn with_fault<T>(steps_left: u32, fault: Fault, work: impl FnOnce() -> T) -> (T, bool) {
    PLAN.set(Some(Plan { steps_left, fault, has_struck: false }));
    let outcome = work();
    (outcome, PLAN.take().is_some_and(|plan| plan.has_struck))
}

/// Whether this thread runs within [`with_fault`].
pub(crate) fn are_planned() -> bool {
    PLAN.get().is_some()
}

pub(crate) fn count_down() -> io::Result<()> {
    let Some(mut plan) = PLAN.get() else { return Ok(()) };
    let strikes = plan.steps_left == 0 && (plan.fault == Fault::ForEver || !plan.has_struck);
    plan.has_struck |= strikes;
    plan.steps_left = plan.steps_left.saturating_sub(1);
    PLAN.set(Some(plan));
    if strikes {
        Err(io::Error::new(io::ErrorKind::StorageFull, "no room, as the test wants it"))
    } else {
        Ok(())
    }
}
