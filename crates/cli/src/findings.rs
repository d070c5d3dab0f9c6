//! The findings: one row for each affected member, or for each member.

use std::{collections::BTreeSet, io::Write};

use leakdex::{DataClass, Exposure, Finding, IndexSet, Strength, Verdict};
use leakdex_report::{Age, inert};
use serde::Serialize;

use crate::{args::FormatOut, decided::Decided, output::Output, previous::Previous};

/// A member's verdict with what identifies the member.
pub struct Found {
    /// The row within its block, from 0.
    pub row: u64,
    /// The caller's own reference.
    pub member: String,
    /// The member's age, as far as letters need it.
    pub age: Age,
    pub verdict: Verdict,
    /// What people decided, and have to decide.
    pub decided: Decided,
}

/// How findings are written.
#[derive(Clone, Copy)]
pub struct Layout {
    pub format: FormatOut,
    /// Whether the indexes hold several breaches. Then each finding says how sure the match is in each breach.
    pub is_of_several_breaches: bool,
    /// Whether each finding says what people decided.
    pub has_decisions: bool,
}

impl Layout {
    /// The layout for members who are checked against these indexes.
    pub fn new(format: FormatOut, indexes: &IndexSet, has_decisions: bool) -> Self {
        let breaches = indexes.indexes().iter().flat_map(|index| &index.metadata().breaches);
        let names: BTreeSet<_> = breaches.map(|breach| breach.name()).collect();
        Self { format, is_of_several_breaches: names.len() > 1, has_decisions }
    }
}

/// Writes findings.
pub struct Findings<W: Write = Output> {
    writer: Writer<W>,
    layout: Layout,
    /// Who was affected before, if that is to be told.
    previous: Option<Previous>,
    /// How many affected members were not.
    news: u64,
}

#[expect(clippy::large_enum_variant, reason = "there is one in a run")]
enum Writer<W: Write> {
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
    strength: Option<Strength>,
    matched: leakdex::KindSet,
    breaches: Vec<&'a str>,
    data_classes: Vec<&'a str>,
    /// In the order of the breaches; none if the indexes hold one breach, as `strength` says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    breach_strengths: Option<Vec<Strength>>,
    records: u64,
    /// Whether an affected member was not affected in an earlier run.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<bool>,
    /// What people decided, in the order of the breaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    decisions: Option<Vec<&'static str>>,
}

impl Findings {
    /// The output, with all that was written.
    pub fn flushed(&mut self) -> anyhow::Result<&Output> {
        match &mut self.writer {
            Writer::Csv(writer) => {
                writer.flush()?;
                Ok(writer.get_ref())
            }
            Writer::Jsonl(output) => {
                output.flush()?;
                Ok(output)
            }
        }
    }
}

impl<W: Write> Findings<W> {
    pub fn new(output: W, layout: Layout, previous: Option<Previous>) -> anyhow::Result<Self> {
        let mut findings = Self::resumed(output, layout, previous, 0);
        if let Writer::Csv(writer) = &mut findings.writer {
            let of_breaches = layout.is_of_several_breaches.then_some("breach_strengths");
            let new = findings.previous.is_some().then_some("new");
            let decision = layout.has_decisions.then_some("decision");
            writer
                .write_record(HEADER.into_iter().chain(of_breaches).chain(new).chain(decision))?;
        }
        Ok(findings)
    }

    /// Goes on with findings that were begun, so many of which were new.
    pub fn resumed(output: W, layout: Layout, previous: Option<Previous>, news: u64) -> Self {
        let writer = match layout.format {
            FormatOut::Csv => Writer::Csv(csv::Writer::from_writer(output)),
            FormatOut::Jsonl => Writer::Jsonl(output),
        };
        Self { writer, layout, previous, news }
    }

    /// How many affected members were not affected in an earlier run, if that was asked.
    pub fn news(&self) -> Option<u64> {
        self.previous.as_ref().map(|_| self.news)
    }

    /// Who was affected in earlier runs, if that was asked.
    pub fn previous(&self) -> Option<&Previous> {
        self.previous.as_ref()
    }

    /// Writes one member of a file, in the row with this number from 1.
    pub fn write(&mut self, file: &str, row: u64, found: &Found) -> anyhow::Result<()> {
        let finding = found.verdict.finding();
        let exposure = finding.map(Finding::exposure);
        let parts = exposure.map_or(&[][..], Exposure::by_breach);
        let standing = |part| found.decided.standing(found.verdict.finding(), part);
        let is_known = |previous: &Previous| {
            parts.iter().all(|part| previous.holds(&found.member, part, standing(part)))
        };
        let new = self.previous.as_ref().map(|previous| !is_known(previous));
        self.news += u64::from(new == Some(true));
        let line = Line {
            file,
            row,
            member: &found.member,
            verdict: found.verdict.slug(),
            strength: finding.map(Finding::strength),
            matched: finding.map(Finding::matched).unwrap_or_default(),
            breaches: exposure.map(breaches).unwrap_or_default(),
            data_classes: exposure.map(data_classes).unwrap_or_default(),
            breach_strengths: self
                .layout
                .is_of_several_breaches
                .then(|| parts.iter().map(|part| part.strength).collect()),
            records: exposure.map_or(0, Exposure::records),
            new,
            decisions: self
                .layout
                .has_decisions
                .then(|| parts.iter().map(|part| standing(part).slug()).collect()),
        };
        match &mut self.writer {
            Writer::Csv(writer) => {
                let matched: Vec<&str> = line.matched.iter().map(leakdex::Kind::slug).collect();
                let new = line.new.map(|new| if new { "yes" } else { "no" });
                let (breaches, classes) = (line.breaches.join(" "), line.data_classes.join(" "));
                let of_breaches = line.breach_strengths.map(|strengths| {
                    strengths.iter().map(|own| own.slug()).collect::<Vec<_>>().join(" ")
                });
                let (matched, row) = (matched.join(" "), line.row.to_string());
                let cells = [
                    &*inert(line.file),
                    &*row,
                    &*inert(line.member),
                    line.verdict,
                    line.strength.map_or("", Strength::slug),
                    &*inert(&matched),
                    &*inert(&breaches),
                    &*inert(&classes),
                ];
                let decisions = line.decisions.map(|decisions| decisions.join(" "));
                let more = of_breaches.as_deref().into_iter().chain(new);
                writer.write_record(cells.into_iter().chain(more).chain(decisions.as_deref()))?;
            }
            Writer::Jsonl(output) => {
                serde_json::to_writer(&mut *output, &line)?;
                output.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    /// What the findings were written to, with all of them.
    pub fn into_inner(self) -> anyhow::Result<W> {
        match self.writer {
            Writer::Csv(writer) => written(writer),
            Writer::Jsonl(output) => Ok(output),
        }
    }
}

/// The output of a CSV writer, with all that it held back.
pub fn written<W: Write>(writer: csv::Writer<W>) -> anyhow::Result<W> {
    writer.into_inner().map_err(|error| anyhow::anyhow!("cannot write: {}", error.error()))
}

/// The names of the breaches, in their order.
pub fn breaches(exposure: &Exposure) -> Vec<&str> {
    exposure.by_breach().iter().map(|part| part.breach.name().as_str()).collect()
}

/// The classes of data over all breaches, in their order.
pub fn data_classes(exposure: &Exposure) -> Vec<&str> {
    exposure.data_classes().into_iter().map(DataClass::as_str).collect()
}
