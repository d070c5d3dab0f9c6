//! The values that could not be used, the most frequent first.

use std::cmp::Reverse;

use leakdex::FieldSet;
use serde::Serialize;

use super::model::Report;

/// Values of a field of the member lists that could not be used for one reason.
#[derive(Debug, Serialize)]
pub struct Rejects<'a> {
    field: &'a str,
    reason: &'a str,
    count: u64,
}

/// Values of a leak that could not be used, or are suspect, for one reason.
#[derive(Debug, Serialize)]
pub struct LeakedValues<'a> {
    file: &'a str,
    reason: &'a str,
    is_suspect: bool,
    count: u64,
}

/// The unusable values of the member lists. Values of a field that certainly no leak contains are left out,
/// since correcting them would change nothing.
pub fn of_lists(report: &Report) -> Vec<Rejects<'_>> {
    let absent = report.member_lists.iter().map(|list| list.fields_not_in_leak);
    let absent = absent.reduce(FieldSet::union).unwrap_or_default();
    let is_absent = |field: &str| absent.iter().any(|other| other.slug() == field);
    let fields = report.not_checked.rejects_by_field.iter();
    let fields = fields.filter(|(field, _)| !is_absent(field));
    let mut rejects: Vec<Rejects<'_>> = fields
        .flat_map(|(field, reasons)| {
            reasons.iter().map(move |(reason, &count)| Rejects { field, reason, count })
        })
        .collect();
    rejects.sort_by_key(|reject| (Reverse(reject.count), reject.field, reject.reason));
    rejects
}

pub fn of_leaks(report: &Report) -> Vec<LeakedValues<'_>> {
    let mut leaked = Vec::new();
    for base in &report.checked_against {
        let file = &*base.file;
        for (reason, &count) in &base.rows.rejects_by_reason {
            leaked.push(LeakedValues { file, reason, is_suspect: false, count });
        }
        for (reason, &count) in &base.rows.suspects_by_reason {
            leaked.push(LeakedValues { file, reason, is_suspect: true, count });
        }
    }
    leaked.sort_by_key(|leaked| (Reverse(leaked.count), leaked.file, leaked.reason));
    leaked
}
