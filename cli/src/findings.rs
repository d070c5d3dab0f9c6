//! The findings: one row for each affected member, or for each member.

use std::{borrow::Cow, io::Write, path::Path};

use leakdex::{Exposure, Verdict};
use serde::Serialize;

use crate::{args::FormatOut, output::Output};

/// A member's verdict with what identifies the member.
pub struct Found<'a> {
    /// The row within its block, from 0.
    pub row: u64,
    /// The caller's own reference.
    pub member: String,
    pub verdict: Verdict<'a>,
}

/// Writes findings.
#[expect(clippy::large_enum_variant, reason = "there is one in a run")]
pub enum Findings<W: Write = Output> {
    Csv(csv::Writer<W>),
    Jsonl(W),
}

const HEADER: [&str; 8] =
    ["file", "row", "member", "verdict", "strength", "matched", "breaches", "data_classes"];

/// A finding as JSON: the exact values, and the number of leaked records.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    row: u64,
    member: &'a str,
    verdict: &'static str,
    strength: Option<leakdex::Strength>,
    matched: leakdex::KindSet,
    breaches: Vec<&'a str>,
    data_classes: Vec<&'a str>,
    records: u64,
}

impl Findings {
    pub fn create(path: &Path, format: FormatOut) -> anyhow::Result<Self> {
        Self::new(Output::create(path)?, format)
    }

    /// The findings, written and not yet published.
    pub fn into_output(self) -> anyhow::Result<Output> {
        self.into_inner()
    }
}

impl<W: Write> Findings<W> {
    pub fn new(output: W, format: FormatOut) -> anyhow::Result<Self> {
        Ok(match format {
            FormatOut::Csv => {
                let mut writer = csv::Writer::from_writer(output);
                writer.write_record(HEADER)?;
                Self::Csv(writer)
            }
            FormatOut::Jsonl => Self::Jsonl(output),
        })
    }

    /// Writes one member of a file, in the row with this number from 1.
    pub fn write(&mut self, file: &str, row: u64, found: &Found<'_>) -> anyhow::Result<()> {
        let finding = found.verdict.finding();
        let exposure = finding.map(leakdex::Finding::exposure).unwrap_or_default();
        let line = Line {
            file,
            row,
            member: &found.member,
            verdict: found.verdict.slug(),
            strength: finding.map(leakdex::Finding::strength),
            matched: finding.map(leakdex::Finding::matched).unwrap_or_default(),
            breaches: breaches(&exposure),
            data_classes: exposure.data_classes().iter().map(|class| class.as_str()).collect(),
            records: exposure.records(),
        };
        match self {
            Self::Csv(writer) => {
                let matched: Vec<&str> = line.matched.iter().map(leakdex::Kind::slug).collect();
                writer.write_record([
                    &*inert(line.file),
                    &line.row.to_string(),
                    &*inert(line.member),
                    line.verdict,
                    line.strength.map_or("", leakdex::Strength::slug),
                    &*inert(&matched.join(" ")),
                    &*inert(&line.breaches.join(" ")),
                    &*inert(&line.data_classes.join(" ")),
                ])?;
            }
            Self::Jsonl(output) => {
                serde_json::to_writer(&mut *output, &line)?;
                output.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    /// What the findings were written to, with all of them.
    pub fn into_inner(self) -> anyhow::Result<W> {
        match self {
            Self::Csv(writer) => written(writer),
            Self::Jsonl(output) => Ok(output),
        }
    }
}

/// The output of a CSV writer, with all that it held back.
pub fn written<W: Write>(writer: csv::Writer<W>) -> anyhow::Result<W> {
    writer.into_inner().map_err(|error| anyhow::anyhow!("cannot write: {}", error.error()))
}

/// The names of the breaches, in their order.
pub fn breaches<'a>(exposure: &Exposure<'a>) -> Vec<&'a str> {
    exposure.by_breach().iter().map(|part| part.breach.name().as_str()).collect()
}

/// A cell that no spreadsheet takes for a formula.
pub fn inert(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn a_cell_never_starts_a_formula() {
        for start in ["=1+1", "+49", "-1", "@SUM", "\tx", "\rx"] {
            assert_eq!(inert(start), format!("'{start}"));
        }
        for harmless in ["", "4711", "a=b", "'=1"] {
            assert_eq!(inert(harmless), harmless);
        }
    }
}
