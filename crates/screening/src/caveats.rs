//! Caveats of a run, and those that the reading of a file and the indexes show.

use std::path::PathBuf;

use leakdex::{Field, FieldSet, IndexSet, KindSet, RunCaveat, Side, Sign};
use leakdex_input::{Input, OrderBasis, UnusedColumn};
use serde::{Deserialize, Serialize};

use crate::indexes::given_indexes;

/// A caveat of the run, and the column that it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnCaveat {
    /// The member list, the index or the leak, as it was named.
    pub file: String,
    /// The column's name; none of a leak that was indexed before, and of whole rows.
    pub column: Option<String>,
    /// The caveat: its sign and its counts.
    #[serde(flatten)]
    pub caveat: RunCaveat,
}

/// The caveats that the reading of a file shows: an end within a row, dates whose order nothing proves,
/// and unused columns that would give one more of these kinds.
#[must_use]
pub fn of_reading(
    input: &Input,
    side: Side,
    unused: &[UnusedColumn],
    kinds: KindSet,
) -> Vec<ColumnCaveat> {
    let fields = input.fields();
    let mut caveats = Vec::new();
    let mut add = |column: Option<String>, caveat| {
        caveats.push(ColumnCaveat { file: input.name().to_owned(), column, caveat });
    };
    if input.is_cut_off() {
        add(None, RunCaveat::of_rows(side, Sign::CutOff, 1, 1));
    }
    for dates in input.date_columns().iter().filter(|own| own.basis == OrderBasis::Unproven) {
        let (sign, open) = (Sign::UnprovenDateOrder, dates.open);
        let caveat = RunCaveat::new(side, Field::BirthDate, sign, open, open);
        add(Some(dates.header.to_string()), caveat);
    }
    for unused in unused {
        let UnusedColumn { column, looks_like: Some(field), fitting, filled, .. } = unused else {
            continue;
        };
        // Any value can be a username, and people were asked about it.
        if *field == Field::Username {
            continue;
        }
        let with_it: FieldSet = fields.iter().chain([*field]).collect();
        let gained = with_it.kinds().difference(fields.kinds()).intersection(kinds);
        if !gained.is_empty() {
            let caveat = RunCaveat::new(side, *field, Sign::UnusedColumn, *fitting, *filled);
            add(Some(column.clone()), caveat);
        }
    }
    caveats
}

/// The caveats of the leaks that these indexes were built from. A caveat that this run found when it
/// read the leak has the name of its column.
#[must_use]
pub fn of_leaks(
    files: &[String],
    indexes: &IndexSet,
    of_reading: &[ColumnCaveat],
) -> Vec<ColumnCaveat> {
    let all = files.iter().zip(given_indexes(indexes));
    all.flat_map(|(file, index)| named(file, index.leak_caveats(), of_reading)).collect()
}

/// The caveats that records were erased from these indexes.
#[must_use]
pub fn of_erasures(files: &[PathBuf], indexes: &IndexSet) -> Vec<ColumnCaveat> {
    let all = files.iter().zip(given_indexes(indexes));
    all.flat_map(|(file, index)| {
        named(&file.display().to_string(), index.erasure_caveat().into_iter().collect(), &[])
    })
    .collect()
}

/// Caveats of a leak. A caveat that this run found when it read the leak has the name of its column.
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
        let read = of_reading.iter().find(is_same);
        let column = read.and_then(|read| read.column.clone());
        let file = read.map_or(file, |read| &read.file).to_owned();
        ColumnCaveat { file, column, caveat }
    };
    caveats.into_iter().map(name).collect()
}
