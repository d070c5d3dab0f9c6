//! Entry points for a fuzz target and its replay test. They are not a public interface and change without
//! notice.

use leakdex::{Reason, Verdict};
use leakdex_input::Gaps;
use leakdex_report::{Age, Language, SheetFormat};

use crate::{
    args::FormatOut,
    decided::MemberDecisions,
    findings::{Findings, Layout, MemberFinding},
    rejects::{self, Reject, Rejects},
    row_numbers::RowNumbers,
};

/// The findings that the command writes for members with these references, in a file of this name, all with
/// the same verdict.
///
/// # Panics
///
/// If writing to memory fails.
#[must_use]
pub fn findings(file: &str, members: &[&str], verdict: &Verdict, csv: bool) -> Vec<u8> {
    let format = if csv { FormatOut::Csv } else { FormatOut::Jsonl };
    let layout = Layout {
        format,
        language: Language::De,
        is_of_several_breaches: true,
        has_decisions: false,
        has_gaps: false,
    };
    let gaps = Gaps::default();
    let numbers = RowNumbers { rows_before: 0, others_before: 0, gaps: &gaps };
    let mut findings = Findings::new(Vec::new(), layout, None).expect("to memory");
    for (row, member) in (0..).zip(members) {
        let (member, verdict) = ((*member).to_owned(), verdict.clone());
        let found = MemberFinding {
            row,
            member,
            age: Age::Unknown,
            verdict,
            decided: MemberDecisions::default(),
        };
        findings.write(file, numbers.of(row), &found).expect("to memory");
    }
    findings.into_inner().expect("to memory")
}

/// The rejects that the command writes for columns with these names, one per row, of a file of this name.
///
/// # Panics
///
/// If writing to memory fails.
#[must_use]
pub fn rejects(file: &str, columns: &[&str], reason: Reason) -> Vec<u8> {
    let layout =
        rejects::Layout { format: SheetFormat::Csv, language: Language::De, of_leak: false };
    let gaps = Gaps::default();
    let numbers = RowNumbers { rows_before: 0, others_before: 0, gaps: &gaps };
    let mut rejects = Rejects::new(Some(Vec::new()), layout, None).expect("to memory");
    let of_column = |(row, column): (u64, &&str)| Reject::new(row, (*column).into(), None, reason);
    let list = (0..).zip(columns).map(of_column).collect();
    rejects.add(file, numbers, list).expect("to memory");
    rejects.into_inner().expect("to memory").expect("there is an output")
}
