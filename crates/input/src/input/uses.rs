//! The use of each column of an input, as data.

use leakdex::{DataClass, DateOrder, Field, FieldSet};

use super::Input;
use crate::{
    columns::Column,
    date_order::DateColumn,
    doubt::ColumnDoubt,
    header::Header,
    options::{Mapping, Target},
};

/// How a column is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnUse {
    /// The name of the column.
    pub header: Header,
    /// The field or class that its values count as.
    pub target: Target,
    /// For the reference column: the field of its values, if these are also identifiers.
    pub identifier: Option<Field>,
    /// The order of day and month, if it holds dates of birth.
    pub date_order: Option<DateOrder>,
    /// Whether the caller mapped it.
    pub is_explicit: bool,
    /// The reason for its use, for people.
    pub why: &'static str,
}

impl Input {
    /// The mapped headers that are not in this input, or not among its first rows.
    #[must_use]
    pub fn missing_columns(&self) -> &[String] {
        &self.layout.columns.unseen
    }

    /// The sheet of a workbook, if the options name it. If they do not, only one sheet has filled cells.
    #[must_use]
    pub fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }

    /// Whether a column holds the caller's own references.
    #[must_use]
    pub fn has_reference(&self) -> bool {
        self.layout.columns.list.iter().any(|column| column.target == Target::Id)
    }

    /// The columns that hold a class of data, each with its header.
    pub fn class_columns(&self) -> impl Iterator<Item = (&Header, &DataClass)> {
        self.layout.columns.list.iter().filter_map(|column| match &column.target {
            Target::Class(class) => Some((&column.header, class)),
            _ => None,
        })
    }

    /// The fields that the columns are mapped to.
    #[must_use]
    pub fn fields(&self) -> FieldSet {
        self.layout.fields()
    }

    /// The date order of each column of dates of birth, in the order of the columns. JSON keys that appear
    /// after the sample are left out.
    #[must_use]
    pub fn date_columns(&self) -> &[DateColumn] {
        &self.date_columns
    }

    /// The use of each column, in order. JSON keys that appear after the sample are left out.
    #[must_use]
    pub fn columns(&self) -> Vec<ColumnUse> {
        let used = |column: &Column| ColumnUse {
            header: column.header.clone(),
            target: column.target.clone(),
            identifier: column.identifier,
            date_order: column.date_order,
            is_explicit: column.is_explicit,
            why: column.reason(),
        };
        self.layout.columns.list.iter().map(used).collect()
    }

    /// The columns that may hold more than they are used for, by their names and first values. The command
    /// asks the user about them.
    #[must_use]
    pub fn doubts(&self) -> &[ColumnDoubt] {
        &self.doubts
    }

    /// The unmapped columns of lists, structs and the like, for an input of record batches. Nothing in them
    /// is read, whatever their names say. For example, an address may contain the postcode.
    #[cfg(feature = "arrow")]
    pub fn nested_columns(&self) -> impl Iterator<Item = &Header> {
        let columns = self.layout.columns.list.iter().zip(&self.layout.types);
        let is_nested = |(column, data_type): &(&Column, &arrow_schema::DataType)| {
            !column.is_explicit && crate::batch::Kind::of(data_type) == crate::batch::Kind::Nested
        };
        columns.filter(is_nested).map(|(column, _)| &column.header)
    }

    /// Mappings to read another part of the same table in the same way, together with
    /// [`Options::only_mapped`](crate::Options::only_mapped). They cover all used columns, and those that the
    /// caller ignores on purpose. The other columns have no mapping and still count as unused. The headers
    /// may be a person's values: do not show them.
    #[must_use]
    pub fn settled(&self) -> Vec<Mapping> {
        let mut mappings: Vec<Mapping> = Vec::new();
        let mut add = |header: &Header, target: Target| {
            let mapping = Mapping { header: header.as_written().to_owned(), target };
            // Columns with the same name share one mapping.
            if !mappings.contains(&mapping) {
                mappings.push(mapping);
            }
        };
        for column in &self.layout.columns.list {
            if column.target != Target::Ignore || column.is_explicit {
                add(&column.header, column.target.clone());
                column
                    .identifier
                    .into_iter()
                    .for_each(|identifier| add(&column.header, Target::Field(identifier)));
            }
        }
        mappings
    }
}
