//! The progress of a build or a merge.

/// The phase of a build or a merge after all records were added, and the number of identifiers that
/// it has processed.
///
/// Counting comes first, then writing. Each phase goes through all identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildProgress {
    /// The distinct identifiers are being counted.
    Counting {
        /// Identifiers counted so far.
        done: u64,
        /// Identifiers to count.
        total: u64,
    },
    /// The index is being written.
    Writing {
        /// Identifiers written so far.
        done: u64,
        /// Identifiers to write.
        total: u64,
    },
}

/// Reports progress to the caller about every million identifiers, and at the end of a phase.
#[derive(Default)]
pub(super) struct Reporter<'r> {
    report: Option<Box<dyn Fn(BuildProgress) + Send + Sync + 'r>>,
}

impl<'r> Reporter<'r> {
    /// The number of identifiers between two reports.
    const EVERY: u64 = 1 << 20;

    pub fn new(report: impl Fn(BuildProgress) + Send + Sync + 'r) -> Self {
        Self { report: Some(Box::new(report)) }
    }

    /// Reports that `more` identifiers were counted. Now `done` of `total` are counted.
    #[inline]
    pub fn counted(&self, more: u64, done: u64, total: u64) {
        self.report(more, done, total, |done, total| BuildProgress::Counting { done, total });
    }

    /// Reports that `more` identifiers were written. Now `done` of `total` are written.
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
