//! Checks members against one or several indexes, and gives verdicts.

mod agreement;
mod concordance;
mod date;
mod date_probe;
mod decide;
mod decoys;
mod evidence;
mod exposure;
mod index_set;
mod live_set;
#[cfg(test)]
mod model;
mod other_dates;
mod remote;
mod sources;
mod verdict;
mod verdicts;

use std::sync;

use rayon::prelude::*;

pub use agreement::{Agreement, DateAgreement, NameAgreement, PostalCodeAgreement};
pub use concordance::{Concordance, FieldAgreement};
pub use date_probe::DateProbe;
pub use decoys::{DecoyRate, Decoys, Estimate};
pub use evidence::Evidence;
pub use exposure::{BreachExposure, Exposure, MatchedRecord};
pub use index_set::IndexSet;
pub use live_set::{IndexSource, LiveSet};
pub use remote::RemoteShards;
pub use verdict::{Caveat, CaveatSet, Coverage, Finding, State, Verdict};
pub use verdicts::Verdicts;

use crate::{batch::Batch, columns::Columns, index::Index, record::Record};

impl Index {
    /// Checks one member.
    #[must_use]
    pub fn check(&self, record: &Record) -> Verdict {
        check_one(self.batch(), record, |batch| self.check_batch(batch))
    }

    /// Checks many members on all threads; the verdicts are in the order of the records.
    #[must_use]
    pub fn check_all(&self, records: &[Record]) -> Verdicts {
        check_all(&self.batch(), records, |batch| self.check_batch(batch))
    }

    /// Checks the members in columns on this thread. For many rows,
    /// [`check_batch`](Self::check_batch) reuses memory.
    #[must_use]
    pub fn check_columns(&self, columns: &Columns<'_>) -> Verdicts {
        let mut batch = self.batch();
        batch.push_columns(columns);
        self.check_batch(&batch)
    }

    /// Checks the members of a batch on this thread. It hashes and looks up their identifiers
    /// together. Use this for streams, where the caller spreads the batches over threads.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record};
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # let index = builder.build()?;
    ///
    /// let mut batch = index.batch();
    /// for member in [Record::new().kvnr("A123456780"), Record::new()] {
    ///     batch.push(&member);
    /// }
    /// let verdicts = index.check_batch(&batch);
    /// assert_eq!(verdicts.get(0).slug(), "affected");
    /// assert_eq!(verdicts.get(1).slug(), "indeterminate");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the batch comes from a builder, lacks kinds that this index holds, or was normalised by other
    /// rules than those of this index. Use [`batch`](Self::batch).
    #[must_use]
    pub fn check_batch(&self, batch: &Batch) -> Verdicts {
        decide::check_batch(&[self], self.normaliser(), batch)
    }
}

fn check_one(mut empty: Batch, record: &Record, check: impl FnOnce(&Batch) -> Verdicts) -> Verdict {
    empty.push(record);
    check(&empty).get(0)
}

fn check_all(
    empty: &Batch,
    records: &[Record],
    check: impl Fn(&Batch) -> Verdicts + Sync,
) -> Verdicts {
    // Large enough to hash and look up together, small enough for the cache.
    const SHARE: usize = 1024;
    let check_share = |batch: &mut Batch, records: &[Record]| {
        batch.clear();
        records.iter().for_each(|record| batch.push(record));
        check(batch)
    };
    let shares: Vec<Verdicts> =
        records.par_chunks(SHARE).map_init(|| empty.clone(), check_share).collect();
    let mut all = Verdicts::default();
    shares.into_iter().for_each(|share| all.append(share));
    all
}
