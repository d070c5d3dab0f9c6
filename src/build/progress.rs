//! The progress of a build or a merge.

/// The phase of a build or a merge after all records were added, and how many identifiers it has
/// processed.
///
/// Counting comes first, then writing. Each phase goes through all identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildProgress {
    /// Counts the different identifiers.
    Counting {
        /// Identifiers counted so far.
        done: u64,
        /// Identifiers to count.
        total: u64,
    },
    /// Writes the index.
    Writing {
        /// Identifiers written so far.
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
