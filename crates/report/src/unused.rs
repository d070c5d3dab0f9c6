//! Columns that a run did not use.

use serde::{Deserialize, Serialize};

/// A column that the run did not use although nobody asked it to ignore the column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedColumn {
    /// The file, if columns of several files are listed together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The header for people. It shows nothing that looks like a value.
    pub column: String,
    /// The number of its values that were examined and are not placeholders.
    pub filled: u64,
    /// The slug of the field that the values look like.
    pub looks_like: Option<String>,
    /// The number of values that are valid in that field.
    pub fitting: u64,
    /// Whether a used column of the file provides the same.
    pub otherwise_given: bool,
    /// Whether it holds objects. Their content is not read.
    pub nested: bool,
}
