//! Caveats of a run with their columns, and the caveats of the indexes.

use std::path::PathBuf;

use leakdex::{IndexSet, RunCaveat};
use serde::{Deserialize, Serialize};

use crate::indexes::given_indexes;

/// A caveat of the run, and the column that it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnCaveat {
    /// The name of the member list, the index or the leak, as the caller gave it.
    pub file: String,
    /// The column's name; `None` for a leak that was indexed earlier, and for whole rows.
    pub column: Option<String>,
    /// The caveat: its sign and its counts.
    #[serde(flatten)]
    pub caveat: RunCaveat,
}

/// The caveats of the leaks that these indexes were built from. If this run found the caveat while it read the
/// leak, the caveat has the name of its column.
#[must_use]
pub fn of_leaks(
    files: &[String],
    indexes: &IndexSet,
    of_reading: &[ColumnCaveat],
) -> Vec<ColumnCaveat> {
    let all = files.iter().zip(given_indexes(indexes));
    all.flat_map(|(file, index)| named(file, index.leak_caveats(), of_reading)).collect()
}

/// The caveats for records that were erased from these indexes.
#[must_use]
pub fn of_erasures(files: &[PathBuf], indexes: &IndexSet) -> Vec<ColumnCaveat> {
    let all = files.iter().zip(given_indexes(indexes));
    all.flat_map(|(file, index)| {
        named(&file.display().to_string(), index.erasure_caveat().into_iter().collect(), &[])
    })
    .collect()
}

/// Adds the names of columns to the caveats of a leak that this run found while it read the leak.
#[must_use]
pub fn named(
    file: &str,
    caveats: Vec<RunCaveat>,
    of_reading: &[ColumnCaveat],
) -> Vec<ColumnCaveat> {
    let name = |caveat: RunCaveat| {
        let is_same = |read: &&ColumnCaveat| {
            read.caveat.sign == caveat.sign && read.caveat.field == caveat.field
        };
        let read: Vec<&ColumnCaveat> = of_reading.iter().filter(is_same).collect();
        let columns: Vec<&str> = read.iter().filter_map(|read| read.column.as_deref()).collect();
        let column = (!columns.is_empty()).then(|| columns.join("', '"));
        let file = read.first().map_or(file, |read| &read.file).to_owned();
        ColumnCaveat { file, column, caveat }
    };
    caveats.into_iter().map(name).collect()
}
