//! Columns that a run did not use.

use serde::{Deserialize, Serialize};

/// A column of a file that the run did not use, though nobody asked it to ignore the column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedColumn {
    /// The file, where several are told of together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The header for people, which shows nothing that looks like a value.
    pub column: String,
    /// How many of its values were looked at and are no placeholders.
    pub filled: u64,
    /// The field, by its slug, that the values look like.
    pub looks_like: Option<String>,
    /// How many of the values are right in that field.
    pub fitting: u64,
    /// Whether a used column of the file gives the same.
    pub otherwise_given: bool,
    /// Whether it holds objects, in which nothing is read.
    pub nested: bool,
}
