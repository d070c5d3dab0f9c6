//! What is known of the persons: the numbers at the head of the report.

use serde::Serialize;

use super::model::Report;

/// The persons by what is known of them. Its parts add up to all.
#[derive(Debug, Serialize)]
pub struct Standing {
    pub checked: u64,
    pub confirmed: u64,
    pub to_decide: u64,
    pub open: u64,
    pub dismissed: u64,
    pub not_affected: u64,
    pub partially_checked: u64,
}

impl Standing {
    pub fn of(report: &Report) -> Self {
        let persons = &report.persons;
        let to_decide = persons.members.by_strength.get("candidate").copied().unwrap_or(0);
        Self {
            checked: persons.counts.rows,
            confirmed: persons.counts.affected - to_decide,
            to_decide,
            open: persons.counts.indeterminate,
            dismissed: 0,
            not_affected: persons.counts.not_affected,
            partially_checked: persons.counts.partially_checked,
        }
    }

    /// Its parts, in the order in which they are shown. Those who are not affected are two parts.
    pub const fn parts(&self) -> [(&'static str, u64); 6] {
        [
            ("confirmed", self.confirmed),
            ("to-decide", self.to_decide),
            ("open", self.open),
            ("dismissed", self.dismissed),
            ("partially-checked", self.partially_checked),
            ("not-affected", self.not_affected - self.partially_checked),
        ]
    }
}
