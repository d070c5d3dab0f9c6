//! The findings: one row for each affected member, or for each member.

mod words;

use std::{borrow::Cow, collections::BTreeSet, io::Write};

use leakdex::{
    BreachExposure, DataClass, Exposure, Finding, IndexSet, Kind, KindSet, Strength, Verdict,
};
use leakdex_report::{
    Age, Cell, DecisionStatus, Language, NewMatch, SheetFormat, SheetWriter, gap_name, gaps,
    outcome_of, strength_label, strength_of_counted,
};
use serde::Serialize;

pub use self::words::Words;

use crate::{
    args::FormatOut, decided::MemberDecisions, output::Output, previous::Previous,
    row_numbers::RowNumber,
};

/// A member's verdict and reference.
pub struct MemberFinding {
    /// The row within its block, from 0.
    pub row: u64,
    /// The caller's reference.
    pub member: String,
    /// The member's age, as far as letters need it.
    pub age: Age,
    pub verdict: Verdict,
    /// The decisions of people, and the matches that still need one.
    pub decided: MemberDecisions,
}

/// The format of the findings.
#[derive(Clone, Copy)]
pub struct Layout {
    pub format: FormatOut,
    /// The language of tables for people.
    pub language: Language,
    /// Whether the indexes hold several breaches. Each finding then has a strength per breach.
    pub is_of_several_breaches: bool,
    /// Whether each finding has the decisions of people.
    pub has_decisions: bool,
    /// Whether each finding has the kinds checked and the gaps. They are written with `--all`, when every
    /// member has a finding.
    pub has_gaps: bool,
}

impl Layout {
    /// The layout for members who are checked against these indexes.
    pub fn new(
        format: FormatOut,
        language: Language,
        indexes: &IndexSet,
        (has_decisions, has_gaps): (bool, bool),
    ) -> Self {
        let breaches = indexes.indexes().iter().flat_map(|index| &index.metadata().breaches);
        let names: BTreeSet<_> = breaches.map(|breach| breach.name()).collect();
        let is_of_several_breaches = names.len() > 1;
        Self { format, language, is_of_several_breaches, has_decisions, has_gaps }
    }
}

/// Writes findings.
pub struct Findings<W: Write = Output> {
    writer: Writer<W>,
    layout: Layout,
    /// The members affected before, if a column `new` is requested.
    previous: Option<Previous>,
    /// The number of references that Excel shows as another number or a date when it opens the file.
    pub lost_references: u64,
}

#[expect(clippy::large_enum_variant, reason = "there is one in a run")]
enum Writer<W: Write> {
    Table(SheetWriter<W>, SheetFormat, Words),
    Jsonl(W),
}

const HEADER: [&str; 8] =
    ["file", "row", "member", "verdict", "strength", "matched", "breaches", "data_classes"];

/// A finding as JSON, with the exact values and the number of leaked records.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    row: u64,
    member: &'a str,
    verdict: &'static str,
    strength: Option<Strength>,
    matched: KindSet,
    breaches: Vec<&'a str>,
    data_classes: Vec<&'a str>,
    /// In the order of the breaches. `None` if the indexes hold one breach: `strength` has it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    breach_strengths: Option<Vec<Strength>>,
    records: u64,
    /// Whether an affected member was not affected in an earlier run.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<bool>,
    /// The decisions, in the order of the breaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    decisions: Option<Vec<&'static str>>,
    /// The kinds that were checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<KindSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gaps: Option<Vec<Gap>>,
}

/// The reason why a member was not checked, or not fully, and the field.
#[derive(Serialize)]
struct Gap {
    reason: &'static str,
    field: Option<&'static str>,
}

impl Gap {
    /// The text of a table cell, for programs or people.
    fn cell_text(&self, words: Words) -> Cow<'static, str> {
        let Self { reason, field } = *self;
        match (words.language(), field) {
            (Some(language), _) => Cow::Owned(gap_name(reason, field, language)),
            (None, Some(field)) => Cow::Owned(format!("{reason}:{field}")),
            (None, None) => Cow::Borrowed(reason),
        }
    }
}

impl Findings {
    /// The output, with everything written so far.
    pub fn flushed(&mut self) -> anyhow::Result<&Output> {
        match &mut self.writer {
            Writer::Table(table, ..) => Ok(table.flushed()?),
            Writer::Jsonl(output) => {
                output.flush()?;
                Ok(output)
            }
        }
    }
}

impl<W: Write> Findings<W> {
    pub fn new(output: W, layout: Layout, previous: Option<Previous>) -> anyhow::Result<Self> {
        let Some(format) = layout.format.sheet() else {
            return Ok(Self::resumed(output, layout, previous));
        };
        let words = Words::of(format, layout.language);
        let of_breaches = layout.is_of_several_breaches.then_some("breach_strengths");
        let new = previous.is_some().then_some("new");
        let decision = layout.has_decisions.then_some("decision");
        let of_check = if layout.has_gaps { &["checked", "gaps"][..] } else { &[] };
        let header = HEADER.into_iter().chain(of_breaches).chain(new).chain(decision);
        let header = header.chain(of_check.iter().copied());
        let header: Vec<_> = header.map(|slug| words.of_table(slug)).collect();
        let header: Vec<&str> = header.iter().map(|name| &**name).collect();
        let table = SheetWriter::new(output, format, &words.of_table("findings"), &header)?;
        Ok(Self::with(Writer::Table(table, format, words), layout, previous))
    }

    /// Continues earlier findings. A workbook cannot be continued.
    pub fn resumed(output: W, layout: Layout, previous: Option<Previous>) -> Self {
        let writer = match layout.format.sheet() {
            Some(format) => {
                let words = Words::of(format, layout.language);
                Writer::Table(SheetWriter::resumed(output, format), format, words)
            }
            None => Writer::Jsonl(output),
        };
        Self::with(writer, layout, previous)
    }

    const fn with(writer: Writer<W>, layout: Layout, previous: Option<Previous>) -> Self {
        Self { writer, layout, previous, lost_references: 0 }
    }

    /// The members affected in earlier runs, if requested.
    pub fn previous(&self) -> Option<&Previous> {
        self.previous.as_ref()
    }

    /// Writes the finding of one member in this row of a file. Returns the matches that no earlier run
    /// found with the same strength or a higher one.
    pub fn write(
        &mut self,
        file: &str,
        number: RowNumber,
        found: &MemberFinding,
    ) -> anyhow::Result<NewMatch> {
        let finding = found.verdict.finding();
        let exposure = finding.map(Finding::exposure);
        let parts = exposure.map_or(&[][..], Exposure::by_breach);
        let status = |part: &BreachExposure| found.decided.status(finding, part.breach.name());
        let new_parts = self.previous.as_ref().map(|previous| {
            let is_new = |part: &&BreachExposure| {
                !previous.contains_match(&found.member, part, status(part))
            };
            parts.iter().filter(is_new).collect::<Vec<_>>()
        });
        let new = new_parts.as_ref().map(|parts| !parts.is_empty());
        let new_parts = new_parts.into_iter().flatten();
        let new_parts = new_parts.map(|part| (part.strength, status(part).decision()));
        let new_match = NewMatch::of(new_parts);
        let line = Line {
            file,
            row: number.row,
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
                .then(|| decisions(parts.iter().map(status), found.decided.is_unmatched)),
            checked: self.layout.has_gaps.then_some(found.verdict.coverage().checked),
            gaps: self.layout.has_gaps.then(|| {
                let gaps = gaps(&found.verdict).into_iter();
                gaps.map(|(reason, field)| Gap { reason, field }).collect()
            }),
        };
        match &mut self.writer {
            Writer::Table(table, format, words) => {
                let words = *words;
                if *format == SheetFormat::Excel && is_changed_by_excel(line.member) {
                    self.lost_references += 1;
                }
                let row = if words.language().is_some() { number.shown } else { line.row };
                let decision = |breach: &_| found.decided.status(finding, breach).decision();
                let verdict = words.verdict(line.verdict, || outcome_of(&found.verdict, decision));
                let in_breaches =
                    || parts.iter().map(|part| (part.strength, status(part).decision()));
                let strength = match line.strength {
                    Some(_) if words.language().is_some() => strength_of_counted(in_breaches()),
                    strength => strength.map_or("", Strength::slug),
                };
                let strength = words.named(strength, Language::strength);
                let matched = words.list(line.matched.iter().map(Kind::slug), Language::kind);
                let breaches = words.list(line.breaches, |_, name| Cow::Borrowed(name));
                let classes = words.list(line.data_classes, Language::data_class);
                let of_breaches = line.breach_strengths.map(|_| {
                    let name = |(strength, decision): (Strength, _)| match words.language() {
                        Some(_) => strength_label(strength, decision),
                        None => strength.slug(),
                    };
                    words.list(in_breaches().map(name), Language::strength)
                });
                let new = line.new.map(|new| words.of_table(if new { "yes" } else { "no" }));
                let cells = [
                    Cell::Text(line.file),
                    Cell::Number(row),
                    Cell::Text(line.member),
                    Cell::Text(&verdict),
                    Cell::Text(&strength),
                    Cell::Text(&matched),
                    Cell::Text(&breaches),
                    Cell::Text(&classes),
                ];
                let decisions = line.decisions.map(|decisions| {
                    words.list(decisions, |language, slug| language.of_table(slug))
                });
                let more = of_breaches.as_deref().into_iter().chain(new.as_deref());
                let checked = line
                    .checked
                    .map(|checked| words.list(checked.iter().map(Kind::slug), Language::kind));
                let gaps =
                    line.gaps.map(|gaps| words.joined(gaps.iter().map(|gap| gap.cell_text(words))));
                let more = more.chain(decisions.as_deref());
                let more = more.chain(checked.as_deref()).chain(gaps.as_deref());
                let cells: Vec<_> = cells.into_iter().chain(more.map(Cell::Text)).collect();
                table.row(&cells)?;
            }
            Writer::Jsonl(output) => {
                serde_json::to_writer(&mut *output, &line)?;
                output.write_all(b"\n")?;
            }
        }
        Ok(new_match)
    }

    /// The writer, with all findings written.
    pub fn into_inner(self) -> anyhow::Result<W> {
        match self.writer {
            Writer::Table(table, ..) => Ok(table.finish()?),
            Writer::Jsonl(output) => Ok(output),
        }
    }
}

/// The decisions in the breaches of a finding. A member without a finding also has one if a decision
/// *affected* no longer has a match.
pub fn decisions(
    statuses: impl ExactSizeIterator<Item = DecisionStatus>,
    is_unmatched: bool,
) -> Vec<&'static str> {
    let is_without_finding = is_unmatched && statuses.len() == 0;
    let unmatched = is_without_finding.then_some(DecisionStatus::Unmatched);
    statuses.chain(unmatched).map(DecisionStatus::slug).collect()
}

/// Whether Excel reads a text as a number or a date, and shows something else.
pub fn is_changed_by_excel(text: &str) -> bool {
    is_other_number(text) || is_date(text)
}

/// Whether Excel shows a number in another form: without superfluous zeros and without an exponent. It keeps
/// fifteen digits.
fn is_other_number(text: &str) -> bool {
    let text = text.replace(',', ".");
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_other = |number: f64| number.is_finite() && (digits > 15 || number.to_string() != text);
    text.starts_with(|first: char| first.is_ascii_digit()) && text.parse().is_ok_and(is_other)
}

/// Whether a text looks like a month with a day, a year or both.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    // The calendar of Excel begins in 1900.
    let is_year = |part: &str| part.len() == 4 && part >= "1900";
    let is_part = |part: &&str| {
        let is_digits = part.bytes().all(|byte| byte.is_ascii_digit());
        is_digits && (matches!(part.len(), 1 | 2) || is_year(part))
    };
    let is_month = |part: &&str| part.parse().is_ok_and(|month: u16| (1..=12).contains(&month));
    matches!(parts.len(), 2 | 3) && parts.iter().all(is_part) && parts.iter().any(is_month)
}

/// The names of the breaches, in their order.
pub fn breaches(exposure: &Exposure) -> Vec<&str> {
    exposure.by_breach().iter().map(|part| part.breach.name().as_str()).collect()
}

/// The classes of data over all breaches, in their order.
pub fn data_classes(exposure: &Exposure) -> Vec<&str> {
    exposure.data_classes().into_iter().map(DataClass::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::is_changed_by_excel;

    #[test]
    fn excel_changes_texts_that_look_like_numbers_or_dates() {
        for changed in [
            "00815",
            "00",
            "1234567890123456",
            "12E4",
            "1e-5",
            "1,50",
            "10-11",
            "3/4",
            "1.2",
            "4711-1",
            "12/2020",
            "2020-12-31",
        ] {
            assert!(is_changed_by_excel(changed), "{changed}");
        }
        for kept in [
            "",
            "0",
            "4711",
            "123456789012345",
            "1E400",
            "1,5",
            "m-1",
            "A123456780",
            "4711-815",
            "0815-1",
            "0011-0012",
            "12-345",
            "2024/17",
            "13-14",
            "1234-5678",
            "1-2-3-4",
            "nan",
            "e4",
        ] {
            assert!(!is_changed_by_excel(kept), "{kept}");
        }
    }
}
