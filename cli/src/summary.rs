//! The figures of a run, as `--summary` writes them.

use std::{collections::BTreeMap, io::Write as _, ops::AddAssign, path::Path};

use leakdex::{InstitutionCode, Verdict};
use serde::{Deserialize, Serialize};

use crate::{findings::breaches, output::Output};

/// What came of the members that were checked: `rows = affected + not_affected + indeterminate`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct CheckSummary {
    pub rows: u64,
    pub affected: u64,
    pub not_affected: u64,
    pub indeterminate: u64,
    pub partially_checked: u64,
    pub matched_records: u64,
    /// Affected members who were not affected in an earlier run, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<u64>,
    /// Affected members by the strength of their verdict.
    pub by_strength: BTreeMap<String, u64>,
    /// Affected members by each kind that matched.
    pub by_kind: BTreeMap<String, u64>,
    pub by_breach: BTreeMap<String, u64>,
    pub by_data_class: BTreeMap<String, u64>,
    /// Affected members by the insurer (IK) that their own insured number names, where it does.
    pub by_institution: BTreeMap<String, u64>,
    /// Known at the end, as `new` and `indexes` are.
    #[serde(skip_deserializing)]
    pub rejects_by_reason: BTreeMap<&'static str, u64>,
    /// The member lists, in the order in which they were checked.
    pub files: Vec<FileSummary>,
    /// What the members were checked against: how far a *not affected* can reach.
    #[serde(skip_deserializing)]
    pub indexes: Vec<IndexSummary>,
}

/// What came of one member list.
#[derive(Debug, Serialize, Deserialize)]
pub struct FileSummary {
    /// The file, as it was named.
    pub file: String,
    pub rows: u64,
    pub affected: u64,
    pub not_affected: u64,
    pub indeterminate: u64,
}

impl FileSummary {
    /// What came of the list that is or was checked last: all but what came of those before.
    pub fn of_last(whole: &CheckSummary, file: String) -> Self {
        let CheckSummary { rows, affected, not_affected, indeterminate, .. } = *whole;
        let all = Self { file, rows, affected, not_affected, indeterminate };
        whole.files.iter().fold(all, |rest, file| Self {
            rows: rest.rows - file.rows,
            affected: rest.affected - file.affected,
            not_affected: rest.not_affected - file.not_affected,
            indeterminate: rest.indeterminate - file.indeterminate,
            ..rest
        })
    }
}

/// What an index holds, and what became of the rows that it was built from.
#[derive(Debug, Serialize)]
pub struct IndexSummary {
    /// The index, or the leak that was indexed in memory, as it was named.
    pub file: String,
    #[serde(flatten)]
    pub names: Option<IndexNames>,
    pub identifiers: u64,
    pub rows: leakdex::RowAccount,
}

/// Which index it is. One that is made in memory, under a key that nobody sees, has no names.
#[derive(Debug, Serialize)]
pub struct IndexNames {
    pub index_id: leakdex::IndexId,
    pub generation: u64,
    pub key_id: leakdex::KeyId,
}

/// What came of the leaked rows: `rows = indexed + duplicate + rejected`.
#[derive(Debug, Serialize)]
pub struct BuildSummary {
    pub rows: u64,
    pub indexed: u64,
    pub duplicate: u64,
    pub rejected: u64,
    /// Different identifiers in the index.
    pub identifiers: u64,
    /// Different identifiers of each kind.
    pub by_kind: BTreeMap<String, u64>,
    pub breach: String,
    pub key_id: leakdex::KeyId,
    pub index_id: leakdex::IndexId,
    pub generation: u64,
    pub index_bytes: u64,
    pub rejects_by_reason: BTreeMap<&'static str, u64>,
    /// Values that are in the index and suspect: whoever is behind them may be called not affected.
    pub suspects_by_reason: BTreeMap<String, u64>,
}

impl CheckSummary {
    /// Counts one member, whose insured number names this insurer.
    pub fn count(&mut self, verdict: &Verdict<'_>, institution: Option<InstitutionCode>) {
        self.rows += 1;
        match verdict {
            Verdict::NotAffected(_) => {
                self.not_affected += 1;
                self.partially_checked += u64::from(verdict.is_partially_checked());
            }
            Verdict::Indeterminate(_) => self.indeterminate += 1,
            Verdict::Affected(finding) => {
                self.affected += 1;
                let exposure = finding.exposure();
                self.matched_records = self.matched_records.saturating_add(exposure.records());
                add(&mut self.by_strength, finding.strength().slug());
                finding.matched().iter().for_each(|kind| add(&mut self.by_kind, kind.slug()));
                for breach in breaches(&exposure) {
                    add(&mut self.by_breach, breach);
                }
                for class in exposure.data_classes() {
                    add(&mut self.by_data_class, class.as_str());
                }
                if let Some(code) = institution {
                    add(&mut self.by_institution, code.as_str());
                }
            }
        }
    }

    /// The summary for people, on a few lines.
    pub fn describe(&self) -> String {
        let mut lines = format!(
            "{} members: {} affected, {} not affected, {} indeterminate\n",
            self.rows, self.affected, self.not_affected, self.indeterminate
        );
        if self.files.len() > 1 {
            for FileSummary { file, rows, affected, not_affected, indeterminate } in &self.files {
                lines += &format!(
                    "  {file}: {rows} members: {affected} affected, {not_affected} not affected, \
                     {indeterminate} indeterminate\n"
                );
            }
        }
        if let Some(new) = self.new {
            lines +=
                &format!("  {new} of the affected are new, and were not in the earlier findings\n");
        }
        for (what, counts) in [("strength", &self.by_strength), ("matched by", &self.by_kind)] {
            if !counts.is_empty() {
                lines += &format!("  {what}: {}\n", list(counts));
            }
        }
        if self.partially_checked > 0 {
            lines += &format!(
                "  {} of the not affected were checked in part only: some field is suspect or could \
                 not be used\n",
                self.partially_checked
            );
        }
        if !self.rejects_by_reason.is_empty() {
            lines += &format!("  not used: {}\n", list(&self.rejects_by_reason));
        }
        lines
    }
}

impl BuildSummary {
    /// The summary for people, on a few lines.
    pub fn describe(&self) -> String {
        let mut lines = format!(
            "{} rows: {} indexed, {} duplicate, {} rejected; {} identifiers ({})\n",
            self.rows,
            self.indexed,
            self.duplicate,
            self.rejected,
            self.identifiers,
            list(&self.by_kind)
        );
        if !self.rejects_by_reason.is_empty() {
            lines += &format!("  not used: {}\n", list(&self.rejects_by_reason));
        }
        if !self.suspects_by_reason.is_empty() {
            lines += &format!("  suspect: {}\n", list(&self.suspects_by_reason));
        }
        lines
    }
}

impl AddAssign for CheckSummary {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.affected += other.affected;
        self.not_affected += other.not_affected;
        self.indeterminate += other.indeterminate;
        self.partially_checked += other.partially_checked;
        self.matched_records = self.matched_records.saturating_add(other.matched_records);
        for (own, others) in [
            (&mut self.by_strength, other.by_strength),
            (&mut self.by_kind, other.by_kind),
            (&mut self.by_breach, other.by_breach),
            (&mut self.by_data_class, other.by_data_class),
            (&mut self.by_institution, other.by_institution),
        ] {
            for (name, count) in others {
                *own.entry(name).or_default() += count;
            }
        }
    }
}

/// The file of a summary, if one is asked for; prepared before the work.
pub struct SummaryFile(Option<Output>);

impl SummaryFile {
    pub fn create(path: Option<&Path>) -> anyhow::Result<Self> {
        Ok(Self(path.map(Output::create).transpose()?))
    }

    /// The summary, written and not yet published.
    pub fn write(self, summary: &impl Serialize) -> anyhow::Result<Option<Output>> {
        let Some(mut output) = self.0 else {
            return Ok(None);
        };
        serde_json::to_writer_pretty(&mut output, summary)?;
        output.write_all(b"\n")?;
        Ok(Some(output))
    }
}

fn add(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

/// Names and their counts, for people.
pub fn list<K: AsRef<str>>(counts: &BTreeMap<K, u64>) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{} {count}", name.as_ref())).collect();
    parts.join(", ")
}
