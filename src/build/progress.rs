//! How far a build or a merge is.

/// What a build or a merge does after all records were added, and how many identifiers are through.
///
/// Both phases go through all of them, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildProgress {
    /// Counts the different identifiers.
    Counting {
        /// Identifiers that were counted.
        done: u64,
        /// Identifiers that there are.
        total: u64,
    },
    /// Writes the index.
    Writing {
        /// Identifiers that were written.
        done: u64,
        /// Identifiers to write.
        total: u64,
    },
}

/// Reports progress to the caller, a few times a second.
#[derive(Default)]
pub(super) struct Reporter<'r> {
    report: Option<Box<dyn Fn(BuildProgress) + Send + Sync + 'r>>,
}

impl<'r> Reporter<'r> {
    /// Identifiers between two reports.
    const EVERY: u64 = 1 << 20;

    pub fn new(report: impl Fn(BuildProgress) + Send + Sync + 'r) -> Self {
        Self { report: Some(Box::new(report)) }
    }

    #[inline]
    pub fn counted(&self, done: u64, total: u64) {
        self.report(done, total, |done, total| BuildProgress::Counting { done, total });
    }

    #[inline]
    pub fn written(&self, done: u64, total: u64) {
        self.report(done, total, |done, total| BuildProgress::Writing { done, total });
    }

    #[inline]
    fn report(&self, done: u64, total: u64, phase: impl FnOnce(u64, u64) -> BuildProgress) {
        if (done.is_multiple_of(Self::EVERY) || done == total)
            && let Some(report) = &self.report
        {
            report(phase(done, total));
        }
    }
}
