//! Reads the files that `check` wrote: findings in any format, and lists of letters.
//!
//! Every cell is text: a breach may be called `20230115`, `true` or `-`.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::Context as _;
use csv::StringRecord;
use leakdex::Strength;
use leakdex_report::exact;
use serde::Deserialize;

use super::sheet;

/// The type of a file for `--previous`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PreviousFileType {
    Findings,
    /// The list of letters in their folder.
    Letters,
    /// An empty file. JSONL findings are empty if nobody is affected.
    Empty,
}

/// A member in a file.
pub struct Line {
    /// The exact reference.
    pub member: String,
    /// The breaches in which the member was found. Empty for a member who was not affected.
    pub breaches: Vec<(String, Strength)>,
}

/// A finding in JSONL.
#[derive(Deserialize)]
struct JsonLine {
    member: String,
    verdict: String,
    strength: Option<String>,
    breaches: Vec<String>,
    breach_strengths: Option<Vec<String>>,
    decisions: Option<Vec<String>>,
}

/// Reads a file line by line.
pub fn read(path: &Path, mut take: impl FnMut(Line)) -> anyhow::Result<PreviousFileType> {
    let mut file = BufReader::new(File::open(path).context("cannot be read")?);
    let beginning = file.fill_buf().context("cannot be read")?;
    if beginning.is_empty() {
        return Ok(PreviousFileType::Empty);
    }
    if beginning.starts_with(b"{") {
        for (number, line) in (1..).zip(file.lines()) {
            let line = line.context("cannot be read")?;
            let line = serde_json::from_str::<JsonLine>(&line).ok();
            take(line.and_then(JsonLine::into_line).ok_or_else(|| no_finding("line", number))?);
        }
        return Ok(PreviousFileType::Findings);
    }
    if sheet::is_sheet(beginning) {
        let is_workbook = beginning.starts_with(b"PK");
        drop(file);
        sheet::read(path, is_workbook, take)?;
        return Ok(PreviousFileType::Findings);
    }
    let mut reader = csv::Reader::from_reader(file);
    let columns = Columns::of(reader.headers().map_err(|_| no_findings())?)?;
    let mut row = StringRecord::new();
    for number in 1.. {
        let more = reader.read_record(&mut row).map_err(|_| no_finding("row", number))?;
        if !more {
            break;
        }
        take(columns.line(&row).ok_or_else(|| no_finding("row", number))?);
    }
    Ok(columns.file_type())
}

/// The positions of the columns of a table.
struct Columns {
    member: usize,
    /// `None` in a list of letters, whose members are all affected.
    verdict: Option<usize>,
    strength: usize,
    breaches: usize,
    /// `None` in findings of one breach.
    breach_strengths: Option<usize>,
    /// The decisions, if a run honoured any.
    decision: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> anyhow::Result<Self> {
        let place = |name: &str| header.iter().position(|header| header == name);
        let (verdict, breach_strengths) = (place("verdict"), place("breach_strengths"));
        let (Some(member), Some(strength)) = (place("member"), place("strength")) else {
            return Err(no_findings());
        };
        if let (Some(_), None) = (place("letter"), verdict) {
            anyhow::ensure!(
                place("breaches").is_some() && breach_strengths.is_some(),
                "this list of letters is from an earlier version and does not name the breaches; give \
                 the findings of that run"
            );
        } else if verdict.is_none() {
            return Err(no_findings());
        }
        let breaches = place("breaches").ok_or_else(no_findings)?;
        let decision = place("decision");
        Ok(Self { member, verdict, strength, breaches, breach_strengths, decision })
    }

    const fn file_type(&self) -> PreviousFileType {
        if self.verdict.is_some() { PreviousFileType::Findings } else { PreviousFileType::Letters }
    }

    fn line(&self, row: &StringRecord) -> Option<Line> {
        let list = |place: usize| {
            let names = exact(row.get(place)?).split(' ').filter(|name| !name.is_empty());
            Some(names.map(str::to_owned).collect::<Vec<_>>())
        };
        let optional =
            |place: Option<usize>| place.map(list).map_or(Some(None), |item| item.map(Some));
        let breach_strengths = optional(self.breach_strengths)?;
        let breaches = of_verdict(
            self.verdict.map_or(Some(AFFECTED), |place| row.get(place))?,
            row.get(self.strength)?,
            list(self.breaches)?,
            breach_strengths,
        )?;
        let breaches = informed_breaches(breaches, optional(self.decision)?)?;
        let cell = row.get(self.member)?;
        Some(Line { member: exact(cell).to_owned(), breaches })
    }
}

impl JsonLine {
    fn into_line(self) -> Option<Line> {
        let Self { member, verdict, strength, breaches, breach_strengths, decisions } = self;
        let strength = strength.unwrap_or_default();
        let breaches = of_verdict(&verdict, &strength, breaches, breach_strengths)?;
        let breaches = informed_breaches(breaches, decisions)?;
        Some(Line { member, breaches })
    }
}

const AFFECTED: &str = "affected";

/// The breaches of a member, each with its strength; `None` if `check` does not write such a row.
pub(super) fn of_verdict(
    verdict: &str,
    strength: &str,
    breaches: Vec<String>,
    breach_strengths: Option<Vec<String>>,
) -> Option<Vec<(String, Strength)>> {
    if verdict != AFFECTED {
        let is_empty = strength.is_empty() && breaches.is_empty();
        return (is_empty && ["not_affected", "indeterminate"].contains(&verdict)).then(Vec::new);
    }
    let strength = of_slug(strength)?;
    let strengths = match breach_strengths {
        Some(strengths) => strengths.iter().map(|slug| of_slug(slug)).collect::<Option<_>>()?,
        // Earlier versions wrote only the greatest strength. With several breaches, it is unknown which one
        // had it.
        None if breaches.len() == 1 => vec![strength],
        None => vec![Strength::Candidate; breaches.len()],
    };
    let is_whole = !breaches.is_empty() && breaches.len() == strengths.len();
    is_whole.then(|| breaches.into_iter().zip(strengths).collect())
}

/// The breaches that the member was informed of, after the decisions of people. Confirmed matches count as
/// certain. Dismissed and postponed matches drop out.
pub(super) fn informed_breaches(
    breaches: Vec<(String, Strength)>,
    decisions: Option<Vec<String>>,
) -> Option<Vec<(String, Strength)>> {
    let Some(decisions) = decisions.filter(|_| !breaches.is_empty()) else { return Some(breaches) };
    if decisions.len() != breaches.len() {
        return None;
    }
    let all = breaches.into_iter().zip(&decisions);
    let informed_breaches = all.filter_map(|((name, strength), decision)| match &**decision {
        "affected" => Some((name, Strength::Certain)),
        "not_affected" | "later" => None,
        _ => Some((name, strength)),
    });
    Some(informed_breaches.collect())
}

fn of_slug(slug: &str) -> Option<Strength> {
    Strength::ALL.iter().copied().find(|strength| strength.slug() == slug)
}

pub(super) fn no_findings() -> anyhow::Error {
    anyhow::anyhow!(
        "this is not a file of findings from 'leakdex check'; give a file that its --output wrote, or the \
         index.csv of its letters"
    )
}

pub(super) fn no_finding(what: &str, number: u64) -> anyhow::Error {
    anyhow::anyhow!(
        "{what} {number} is not a finding from 'leakdex check'; give each file as its --output \
         wrote it, or the index.csv of its letters"
    )
}
