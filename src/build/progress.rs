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

    /// Tells that so many more are counted, which makes so many of all.
    #[inline]
    pub fn counted(&self, more: u64, done: u64, total: u64) {
        self.report(more, done, total, |done, total| BuildProgress::Counting { done, total });
    }

    /// Tells that so many more are written, which makes so many of all.
    #[inline]
    pub fn written(&self, more: u64, done: u64, total: u64) {
        self.report(more, done, total, |done, total| BuildProgress::Writing { done, total });
    }

    #[inline]
    fn report(
        &self,
        more: u64,
        done: u64,
        total: u64,
        phase: impl FnOnce(u64, u64) -> BuildProgress,
    ) {
        let has_passed_another = (done - more) / Self::EVERY < done / Self::EVERY;
        if (has_passed_another || (more > 0 && done == total))
            && let Some(report) = &self.report
        {
            report(phase(done, total));
        }
    }
}
