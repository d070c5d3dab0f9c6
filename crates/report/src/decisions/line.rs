//! One line of a decisions file.

use std::{fmt, str::FromStr};

use csv::{ByteRecord, StringRecord};
use jiff::Timestamp;

use super::basis::Basis;
use crate::{
    cell::{exact, inert},
    decision::Decision,
};

/// The columns of the file.
pub(super) const HEADER: [&str; 9] = [
    "reference",
    "breach",
    "decision",
    "reason",
    "by",
    "when",
    "member_digest",
    "records_digest",
    "key_id",
];

/// A decision about a member in a breach.
///
/// It has no `Debug`, since it holds a reference and a name.
#[derive(Clone, PartialEq, Eq)]
pub struct DecisionLine {
    /// The member's reference.
    pub reference: String,
    /// The name of the breach.
    pub breach: String,
    /// The decision.
    pub decision: Decision,
    /// Why it was made.
    pub reason: DecisionReason,
    /// Who made it.
    pub by: String,
    /// When it was recorded.
    pub when: Timestamp,
    /// The data that it is based on.
    pub basis: Basis,
}

/// Why a decision was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecisionReason {
    /// The record is this person's.
    SamePerson,
    /// The record is another person's.
    OtherPerson,
    /// The record is a relative's, such as a twin's.
    Relative,
    /// The member's data are out of date, so they differ.
    DataOutdated,
    /// The member could not be reached.
    NotReachable,
    /// The data are inconclusive.
    Unclear,
    /// Another reason.
    Other,
}

impl DecisionReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::SamePerson,
        Self::OtherPerson,
        Self::Relative,
        Self::DataOutdated,
        Self::NotReachable,
        Self::Unclear,
        Self::Other,
    ];

    /// The code of the reason in files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SamePerson => "same-person",
            Self::OtherPerson => "other-person",
            Self::Relative => "relative",
            Self::DataOutdated => "data-outdated",
            Self::NotReachable => "not-reachable",
            Self::Unclear => "unclear",
            Self::Other => "other",
        }
    }

    /// Whether a decision can have this reason. If the two contradict each other, somebody chose one of
    /// them by mistake.
    #[must_use]
    pub const fn fits(self, decision: Decision) -> bool {
        match decision {
            Decision::Affected => !matches!(self, Self::OtherPerson | Self::Relative),
            Decision::NotAffected => !matches!(self, Self::SamePerson),
            Decision::Later => {
                !matches!(self, Self::SamePerson | Self::OtherPerson | Self::Relative)
            }
        }
    }
}

impl fmt::Display for DecisionReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for DecisionReason {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|reason| reason.code() == text).ok_or(())
    }
}

impl DecisionLine {
    /// Whether another line has the same decision, by the same person, about the same data.
    #[must_use]
    pub fn has_same_decision(&self, other: &Self) -> bool {
        let these =
            (&self.reference, &self.breach, self.decision, self.reason, &self.by, self.basis);
        these
            == (
                &other.reference,
                &other.breach,
                other.decision,
                other.reason,
                &other.by,
                other.basis,
            )
    }

    /// Writes the decision as a row of the file.
    pub(super) fn write(&self, rows: &mut csv::Writer<Vec<u8>>) -> csv::Result<()> {
        let [member, records] = self.basis.digits();
        rows.write_record([
            &*inert(&self.reference),
            &*inert(&self.breach),
            self.decision.slug(),
            self.reason.code(),
            &*inert(&self.by),
            &self.when.to_string(),
            &member,
            &records,
            &self.basis.key.to_string(),
        ])
    }

    /// Parses a row of the file. `None` if this program never writes such a row.
    pub(super) fn of_row(row: &ByteRecord) -> Option<Self> {
        let row = StringRecord::from_byte_record(row.clone()).ok()?;
        let cells: Vec<&str> = row.iter().collect();
        let [reference, breach, decision, reason, by, when, member, records, key] = cells[..]
        else {
            return None;
        };
        let line = Self {
            reference: exact(reference).to_owned(),
            breach: exact(breach).to_owned(),
            decision: Decision::of_slug(decision)?,
            reason: reason.parse().ok()?,
            by: exact(by).to_owned(),
            when: when.parse().ok()?,
            basis: Basis::of_digits(key, member, records)?,
        };
        let is_named =
            [&line.reference, &line.breach, &line.by].iter().all(|text| !text.is_empty());
        is_named.then_some(line)
    }
}
