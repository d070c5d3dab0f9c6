//! Counts, caveats and accounts, as Python attributes.

use std::collections::BTreeMap;

use leakdex::{Kind, Metadata, RowAccount, RunCaveat};
use leakdex_arrow::{RunCaveat as ArrowCaveat, RunOutcome};
use pyo3::prelude::*;

/// The number of members by verdict.
#[pyclass(frozen, module = "leakdex", get_all)]
pub struct Counts {
    /// All members read.
    rows: u64,
    /// The members with an identifier in the leak.
    affected: u64,
    /// The members with at least one checked identifier and none in the leak.
    not_affected: u64,
    /// The members without anything that could be checked. That is not a "no".
    indeterminate: u64,
    /// The members who are not affected as far as they were checked, but were not fully checked.
    partially_checked: u64,
}

impl From<&RunOutcome> for Counts {
    fn from(outcome: &RunOutcome) -> Self {
        let RunOutcome { rows, affected, not_affected, indeterminate, partially_checked, .. } =
            *outcome;
        Self { rows, affected, not_affected, indeterminate, partially_checked }
    }
}

#[pymethods]
impl Counts {
    fn __repr__(&self) -> String {
        let Self { rows, affected, not_affected, indeterminate, partially_checked } = self;
        format!(
            "Counts(rows={rows}, affected={affected}, not_affected={not_affected}, \
             indeterminate={indeterminate}, partially_checked={partially_checked})"
        )
    }
}

/// The counts and caveats of a run.
#[pyclass(frozen, module = "leakdex", get_all)]
pub struct Outcome {
    /// The number of members by verdict.
    counts: Py<Counts>,
    /// Signs that a column of the members or of the leak is damaged.
    caveats: Vec<Py<Caveat>>,
}

impl Outcome {
    pub fn new(py: Python<'_>, outcome: &RunOutcome) -> PyResult<Self> {
        let caveats = caveat_list(py, outcome.caveats.iter().cloned())?;
        Ok(Self { counts: Py::new(py, Counts::from(outcome))?, caveats })
    }
}

#[pymethods]
impl Outcome {
    fn __repr__(&self) -> String {
        format!("<Outcome: {}; {} caveats>", self.counts.get().__repr__(), self.caveats.len())
    }
}

/// A sign that a column is misread, or that rows of a leak cannot be reached. It applies to the run as a
/// whole.
#[pyclass(frozen, module = "leakdex", get_all)]
pub struct Caveat {
    /// "leak" or "members".
    side: String,
    /// The column of the table, if the caveat is about one.
    column: Option<String>,
    /// The field that the column is used as, such as "birth-date".
    field: Option<String>,
    /// The kinds of identifier whose absence from the leak proves nothing under this caveat. An all-clear that
    /// was checked by one of them is incomplete.
    kinds: Vec<&'static str>,
    /// The name of the sign, such as "repeated-value".
    sign: String,
    /// One sentence that describes the observation.
    explanation: String,
    /// The number of rows or values with the sign.
    count: u64,
    /// The total that `count` is part of.
    of: u64,
}

impl From<ArrowCaveat> for Caveat {
    fn from(caveat: ArrowCaveat) -> Self {
        let ArrowCaveat { side, column, field, kinds, sign, explanation, count, of } = caveat;
        let kinds = kinds.iter().map(Kind::slug).collect();
        Self { side, column, field, kinds, sign, explanation, count, of }
    }
}

#[pymethods]
impl Caveat {
    fn __repr__(&self) -> String {
        let place = self.column.as_ref().or(self.field.as_ref());
        let place = place.map_or_else(String::new, |place| format!(" {place}:"));
        let Self { side, sign, count, of, .. } = self;
        format!("<Caveat {side}:{place} {sign}, {count} of {of}>")
    }

    fn __str__(&self) -> String {
        let place = self.column.as_ref().or(self.field.as_ref());
        let place = place.map_or_else(String::new, |place| format!("{place}: "));
        format!("{place}{} ({} of {})", self.explanation, self.count, self.of)
    }
}

/// The row counts of a leak: rows = indexed + duplicate + rejected.
#[pyclass(frozen, module = "leakdex", get_all)]
pub struct Account {
    /// The id of the index, 16 hex digits. The same rows, key and breach give the same id.
    id: String,
    /// The rows read.
    rows: u64,
    /// The rows in the index, each with at least one identifier.
    indexed: u64,
    /// The rows that repeat an earlier row.
    duplicate: u64,
    /// The rows without a usable identifier.
    rejected: u64,
    /// The number of unused values and rows, by reason code.
    reasons: BTreeMap<String, u64>,
    /// The number of suspect values in the index, by reason code.
    suspects: BTreeMap<String, u64>,
    /// The number of different identifiers, by kind.
    identifiers: BTreeMap<String, u64>,
    /// Signs of damage in the columns of the leak.
    caveats: Vec<Py<Caveat>>,
}

impl Account {
    pub fn new(
        py: Python<'_>,
        id: String,
        metadata: &Metadata,
        caveats: Vec<RunCaveat>,
    ) -> PyResult<Self> {
        let RowAccount { read, indexed, duplicate, rejected, .. } = metadata.rows;
        let kinds = metadata.kinds.iter();
        Ok(Self {
            id,
            rows: read,
            indexed,
            duplicate,
            rejected,
            reasons: metadata.rows.rejects_by_reason.clone(),
            suspects: metadata.rows.suspects_by_reason.clone(),
            identifiers: kinds.map(|count| (count.kind.clone(), count.identifiers)).collect(),
            caveats: caveat_list(py, caveats.into_iter().map(ArrowCaveat::from))?,
        })
    }
}

#[pymethods]
impl Account {
    fn __repr__(&self) -> String {
        let Self { id, rows, indexed, duplicate, rejected, .. } = self;
        format!(
            "Account(id='{id}', rows={rows}, indexed={indexed}, duplicate={duplicate}, \
             rejected={rejected})"
        )
    }
}

/// Caveats as Python objects.
pub fn caveat_list(
    py: Python<'_>,
    caveats: impl IntoIterator<Item = ArrowCaveat>,
) -> PyResult<Vec<Py<Caveat>>> {
    caveats.into_iter().map(|caveat| Py::new(py, Caveat::from(caveat))).collect()
}
