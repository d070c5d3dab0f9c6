//! Places where the caller may have meant something else: columns that may hold more than they are used for, and a
//! delimiter that splits no row.

use leakdex::{Field, FieldSet, KindSet};

use crate::{delimiter::Delimiter, error::InputProblem, header::Header};

/// A column that may hold more than it is used for. The command asks about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDoubt {
    /// The number of the column, from 0.
    pub place: usize,
    /// The name of the column.
    pub header: Header,
    /// The fields that it may hold, the likeliest first; none if nothing tells.
    pub fields: Vec<Field>,
    /// The reason of the doubt.
    pub basis: DoubtBasis,
}

/// The reason why a column may hold more than it is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubtBasis {
    /// It is not used, or is the reference only, and many of its first values look like the field.
    Values {
        /// How many values look like it.
        fitting: u64,
        /// Of how many.
        filled: u64,
    },
    /// It is not used, and its name leaves open what it holds. Its values do not tell.
    Name,
    /// Most of its first values are invalid in the field that it is used as.
    Invalid {
        /// How many values are invalid.
        invalid: u64,
        /// Of how many.
        given: u64,
    },
    /// It is not used, and holds objects or lists, in which nothing is read. The command only warns.
    Nested,
}

impl ColumnDoubt {
    /// Whether one of the fields, beside those that are used, makes an identifier of one of these kinds.
    #[must_use]
    pub fn gives(&self, used: FieldSet, kinds: KindSet) -> bool {
        self.fields.iter().any(|&field| {
            let mut with = used;
            with.insert(field);
            let more = with.kinds().difference(used.kinds());
            !more.union(field.kinds()).intersection(kinds).is_empty()
        })
    }
}

/// A delimiter that was given and splits no row, and another one that does.
#[derive(Clone, Copy)]
pub(crate) struct DelimiterDoubt {
    pub given: Delimiter,
    pub likely: Delimiter,
    /// How many fields the other one gives in most rows.
    pub columns: usize,
}

impl DelimiterDoubt {
    /// The problem, or the delimiter where that is the cause of it.
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

    /// A warning for people, where the file can be used all the same.
    pub fn line(self) -> String {
        let Self { given, likely, columns } = self;
        format!(
            "  warning: {given} splits no row, and {likely} gives {columns} fields in most of them; give \
             --delimiter {likely}, or leave --delimiter out"
        )
    }
}
