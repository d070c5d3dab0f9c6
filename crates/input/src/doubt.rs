//! Cases where the caller may have meant something else: columns that may hold more than they are used for,
//! and a delimiter that splits no row.

use leakdex::{Field, FieldSet, KindSet};

use crate::{delimiter::Delimiter, error::InputProblem, header::Header};

/// A column that may hold more than it is used for. The command asks about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDoubt {
    /// The number of the column, from 0.
    pub place: usize,
    /// The name of the column.
    pub header: Header,
    /// The fields that it may hold, the likeliest first. Empty if nothing suggests a field.
    pub fields: Vec<Field>,
    /// The reason for the doubt.
    pub basis: DoubtBasis,
}

/// The reason why a column may hold more than it is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubtBasis {
    /// The column is unused, or only the reference, and many of its first values look like the field.
    Values {
        /// The number of values that look like the field.
        fitting: u64,
        /// The number of filled values.
        filled: u64,
    },
    /// The column is unused, and neither its name nor its values show its content.
    Name,
    /// Most of its first values are invalid in the field that the column is used as.
    Invalid {
        /// The number of invalid values.
        invalid: u64,
        /// The number of values.
        given: u64,
    },
    /// The column is unused and holds objects or lists, whose content is not read. The command only warns.
    Nested,
}

impl ColumnDoubt {
    /// Whether one of the fields, combined with the used ones, forms an identifier of one of these kinds.
    #[must_use]
    pub fn can_form(&self, used: FieldSet, kinds: KindSet) -> bool {
        self.fields.iter().any(|&field| {
            let mut with = used;
            with.insert(field);
            let more = with.kinds().difference(used.kinds());
            !more.union(field.kinds()).intersection(kinds).is_empty()
        })
    }
}

/// A given delimiter that splits no row, and a likely one that does.
#[derive(Clone, Copy)]
pub(crate) struct DelimiterDoubt {
    pub given: Delimiter,
    pub likely: Delimiter,
    /// The number of fields in most rows with the likely delimiter.
    pub columns: usize,
}

impl DelimiterDoubt {
    /// Returns the problem, or the wrong delimiter if that is its cause.
    pub fn explain(doubt: Option<Self>, problem: InputProblem) -> InputProblem {
        match (doubt, problem) {
            (
                Some(Self { given, likely, .. }),
                InputProblem::NoUsableColumn(_)
                | InputProblem::TooFewParts { .. }
                | InputProblem::LooksLikeData(_),
            ) => InputProblem::OtherDelimiter { given, likely },
            (_, problem) => problem,
        }
    }

    /// A warning for people, for a file that can be used nevertheless.
    pub fn line(self) -> String {
        let Self { given, likely, columns } = self;
        format!(
            "  warning: {given} splits no row, and {likely} gives {columns} fields in most of them; give \
             --delimiter {likely}, or leave --delimiter out"
        )
    }
}
