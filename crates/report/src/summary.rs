//! The figures of a run, as `--summary` writes them.

mod screen;

use std::{collections::BTreeMap, io::Write as _, ops::AddAssign, path::Path};

use leakdex::{Finding, InstitutionCode, Verdict};
use serde::{Deserialize, Serialize};

use crate::{causes, letters::LetterCounts, output::Output, rejects::RejectsByField};

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
    /// Letters to affected members, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub letters: Option<LetterCounts>,
    /// Affected members by the strength of their verdict.
    pub by_strength: BTreeMap<String, u64>,
    /// Affected members by each kind that matched.
    pub by_kind: BTreeMap<String, u64>,
    pub by_breach: BTreeMap<String, u64>,
    pub by_data_class: BTreeMap<String, u64>,
    /// Affected members by the insurer (IK) that their own insured number names, where it does.
    pub by_institution: BTreeMap<String, u64>,
    /// The leaked records of the affected members.
    pub records: RecordCounts,
    /// Members of whom nothing could be checked, by each reason.
    pub indeterminate_by_reason: BTreeMap<String, u64>,
    /// Members who were not checked in full, by each cause.
    pub partially_checked_by_reason: BTreeMap<String, u64>,
    /// Known at the end, as `new`, `letters`, `rejects_by_reason` and `indexes` are.
    #[serde(skip_deserializing)]
    pub rejects_by_field: RejectsByField,
    #[serde(skip_deserializing)]
    pub rejects_by_reason: BTreeMap<&'static str, u64>,
    /// The member lists, in the order in which they were checked.
    pub files: Vec<FileSummary>,
    /// What the members were checked against: how far a *not affected* can reach.
    #[serde(skip_deserializing)]
    pub indexes: Vec<IndexSummary>,
}

/// Numbers of leaked records. Of a strength, kind or institution they are all records of the members
/// that are counted there, and of a class of data the members' records in those breaches from which
/// that class of theirs leaked: an index does not know which of a member's records holds what. So
/// only those by strength and by breach add up to all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are those of the whole summary")]
pub struct RecordCounts {
    pub by_strength: BTreeMap<String, u64>,
    pub by_kind: BTreeMap<String, u64>,
    pub by_breach: BTreeMap<String, u64>,
    pub by_data_class: BTreeMap<String, u64>,
    pub by_institution: BTreeMap<String, u64>,
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
    /// For the report; the summary tells it of all lists together.
    pub partially_checked: u64,
}

impl FileSummary {
    /// What came of the list that is or was checked last: all but what came of those before.
    pub fn of_last(whole: &CheckSummary, file: String) -> Self {
        let all = Self { file, ..Self::of(whole) };
        whole.files.iter().fold(all, |rest, file| Self {
            rows: rest.rows - file.rows,
            affected: rest.affected - file.affected,
            not_affected: rest.not_affected - file.not_affected,
            indeterminate: rest.indeterminate - file.indeterminate,
            partially_checked: rest.partially_checked - file.partially_checked,
            ..rest
        })
    }

    /// How the whole stands.
    pub const fn of(whole: &CheckSummary) -> Self {
        Self {
            file: String::new(),
            rows: whole.rows,
            affected: whole.affected,
            not_affected: whole.not_affected,
            indeterminate: whole.indeterminate,
            partially_checked: whole.partially_checked,
        }
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
            Verdict::NotAffected(coverage) => {
                self.not_affected += 1;
                if verdict.is_partially_checked() {
                    self.partially_checked += 1;
                    causes::count(
                        causes::of_partial(coverage),
                        &mut self.partially_checked_by_reason,
                    );
                }
            }
            Verdict::Indeterminate(coverage) => {
                self.indeterminate += 1;
                causes::count(
                    causes::of_indeterminate(coverage),
                    &mut self.indeterminate_by_reason,
                );
            }
            Verdict::Affected(finding) => self.count_affected(finding, institution),
        }
    }

    fn count_affected(&mut self, finding: &Finding<'_>, institution: Option<InstitutionCode>) {
        let exposure = finding.exposure();
        let all = exposure.records();
        self.affected += 1;
        self.matched_records = self.matched_records.saturating_add(all);
        let strength = finding.strength().slug();
        add(&mut self.by_strength, strength, 1);
        add(&mut self.records.by_strength, strength, all);
        for kind in finding.matched().iter() {
            add(&mut self.by_kind, kind.slug(), 1);
            add(&mut self.records.by_kind, kind.slug(), all);
        }
        for class in exposure.data_classes() {
            add(&mut self.by_data_class, class.as_str(), 1);
        }
        for part in exposure.by_breach() {
            let name = part.breach.name().as_str();
            add(&mut self.by_breach, name, 1);
            add(&mut self.records.by_breach, name, part.records);
            for class in &part.data_classes {
                add(&mut self.records.by_data_class, class.as_str(), part.records);
            }
        }
        if let Some(code) = institution {
            add(&mut self.by_institution, code.as_str(), 1);
            add(&mut self.records.by_institution, code.as_str(), all);
        }
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
            (&mut self.records.by_strength, other.records.by_strength),
            (&mut self.records.by_kind, other.records.by_kind),
            (&mut self.records.by_breach, other.records.by_breach),
            (&mut self.records.by_data_class, other.records.by_data_class),
            (&mut self.records.by_institution, other.records.by_institution),
        ] {
            unite(own, others);
        }
        unite(&mut self.indeterminate_by_reason, other.indeterminate_by_reason);
        unite(&mut self.partially_checked_by_reason, other.partially_checked_by_reason);
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

fn add(counts: &mut BTreeMap<String, u64>, name: &str, more: u64) {
    match counts.get_mut(name) {
        Some(count) => *count = count.saturating_add(more),
        None => drop(counts.insert(name.to_owned(), more)),
    }
}

fn unite<K: Ord>(counts: &mut BTreeMap<K, u64>, others: BTreeMap<K, u64>) {
    for (name, more) in others {
        let count = counts.entry(name).or_default();
        *count = count.saturating_add(more);
    }
}

/// Names and their counts, for people.
pub fn list<K: AsRef<str>>(counts: &BTreeMap<K, u64>) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{} {count}", name.as_ref())).collect();
    parts.join(", ")
}
