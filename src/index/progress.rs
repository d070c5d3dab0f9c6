//! How far a build or a merge is.

use std::fmt;

/// What a build or a merge is doing, and how much of it is done.
///
/// ```
/// use std::sync::Mutex;
///
/// use leakdex::{Breach, BuildPhase, BuildProgress, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let told = Mutex::new(Vec::<BuildProgress>::new());
/// let tell = |progress| told.lock().expect("nobody panics").push(progress);
/// let mut builder =
///     IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?).on_progress(tell);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// builder.build()?;
///
/// let told = told.lock().expect("nobody panicked");
/// let last = told.last().expect("the end is told");
/// assert_eq!((last.phase, last.done, last.total), (BuildPhase::Writing, 1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildProgress {
    /// The phase; each comes once, in the order of [`BuildPhase`].
    pub phase: BuildPhase,
    /// How many identifiers are through this phase.
    pub done: u64,
    /// How many there are for it.
    pub total: u64,
}

/// What a build or a merge does after all records were added.
///
/// ```
/// use leakdex::BuildPhase;
///
/// assert!(BuildPhase::Counting < BuildPhase::Writing);
/// assert_eq!(BuildPhase::Writing.to_string(), "writing");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BuildPhase {
    /// Merges what was sorted, to count what is different.
    Counting,
    /// Merges it again, to write the index.
    Writing,
}

impl fmt::Display for BuildPhase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Counting => "counting",
            Self::Writing => "writing",
        })
    }
}

/// Whom to tell, and how often.
pub(super) struct Teller<'t> {
    tell: Option<Box<dyn Fn(BuildProgress) + Send + Sync + 't>>,
}

impl<'t> Teller<'t> {
    /// Tells after so many identifiers: a few times a second.
    const EVERY: u64 = 1 << 20;

    pub const fn silent() -> Self {
        Self { tell: None }
    }

    pub fn new(tell: impl Fn(BuildProgress) + Send + Sync + 't) -> Self {
        Self { tell: Some(Box::new(tell)) }
    }

    /// Takes note that so many are done.
    #[inline]
    pub fn note(&self, phase: BuildPhase, done: u64, total: u64) {
        if (done.is_multiple_of(Self::EVERY) || done == total)
            && let Some(tell) = &self.tell
        {
            tell(BuildProgress { phase, done, total });
        }
    }
}
