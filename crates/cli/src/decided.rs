//! The decisions of people on the matches of a check, and the matches that still need a decision.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use anyhow::Context as _;
use leakdex::{Batch, BreachExposure, BreachName, Evidence, Field, Finding, IndexSet, Key, Record};
use leakdex_input::Rows;
use leakdex_report::{
    Basis, Decision, DecisionCounts, DecisionStatus, DecisionUse, Decisions, OpenMatch,
    is_decidable,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    human::{by_number, count, counted_with},
    leaked_rows,
    row_numbers::RowNumber,
    status::{print_info, print_warning},
};

/// The decisions that a check honours, and whether it writes a work list.
pub struct DecisionSettings {
    decisions: Option<Decisions>,
    /// A digest of all decisions.
    digest: [u8; 32],
    /// Whether a work list was requested.
    writes_worklist: bool,
    /// The key of each breach.
    keys: BTreeMap<String, Key>,
}

/// The decisions on a member's matches, and the matches that still need one.
#[derive(Clone, Default)]
pub struct MemberDecisions {
    /// One per breach of the finding. Empty if nobody decided anything.
    statuses: Vec<DecisionStatus>,
    /// The matches that go into a work list.
    pub open: Vec<OpenMatch>,
    /// Whether a decision *affected* on the member no longer has a match in its breach.
    pub is_unmatched: bool,
}

/// The rows of members whose decision *affected* no longer has a match, by the number of the decision.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct UnmatchedRows(BTreeMap<u32, String>);

impl UnmatchedRows {
    /// Records a decision, with the row of its member.
    pub fn note(&mut self, number: u32, file: &str, row: RowNumber) {
        self.0.entry(number).or_insert_with(|| format!("{file}, {row}"));
    }

    /// The first rows, and the number of further ones.
    fn first_rows(&self, used: &DecisionUse) -> String {
        const MAX_COUNT: usize = 10;
        let rows = self.0.iter().filter(|(number, _)| used.is_unmatched(**number));
        let mut places: Vec<&str> = rows.map(|(_, place)| &**place).collect();
        // A member may have such decisions on several breaches.
        let mut known = HashSet::new();
        places.retain(|place| known.insert(*place));
        let more = match places.len().saturating_sub(MAX_COUNT) {
            0 => String::new(),
            more => format!("; and {} more", count(more as u64)),
        };
        places[..places.len().min(MAX_COUNT)].join("; ") + &more
    }
}

impl DecisionSettings {
    /// Reads the decisions, if there are any.
    pub fn read(path: Option<&Path>, writes_worklist: bool) -> anyhow::Result<Self> {
        let decisions = path.map(|path| {
            let decisions = Decisions::read(path).with_context(
                || "--decisions: leave it out until somebody has decided with 'leakdex decide'",
            );
            decisions.inspect(|decisions| {
                if decisions.cut_off() > 0 {
                    print_warning(format_args!(
                        "--decisions {}: its last line was cut off and is ignored; run the last \
                         'leakdex decide' again, which repairs it",
                        path.display()
                    ));
                }
            })
        });
        let decisions = decisions.transpose()?;
        let mut digest = Sha256::new();
        for line in decisions.iter().flat_map(Decisions::all) {
            // The code covers the reference, the breach and the data.
            let code = line.basis.code(&line.reference, &line.breach);
            digest.update(format!("{code} {}\n", line.decision).as_bytes());
        }
        Ok(Self {
            decisions,
            digest: digest.finalize().into(),
            writes_worklist,
            keys: BTreeMap::new(),
        })
    }

    /// Whether decisions are honoured or a work list was requested.
    pub const fn is_requested(&self) -> bool {
        self.decisions.is_some() || self.writes_worklist
    }

    /// The counts of the decisions that members matched. `None` if no decisions are honoured.
    pub fn counts(&self, used: &DecisionUse) -> Option<DecisionCounts> {
        self.decisions.as_ref().map(|_| used.counts())
    }

    /// A digest of the decisions, if there are any.
    pub fn digest(&self) -> Option<[u8; 32]> {
        self.decisions.as_ref().map(|_| self.digest)
    }

    /// Reads the keys of the indexes, if they are needed.
    pub fn take_keys(&mut self, indexes: &IndexSet, keys: &[Key]) -> anyhow::Result<()> {
        if self.is_requested() {
            self.keys = leaked_rows::keys_by_breach(indexes, keys)?;
        }
        Ok(())
    }

    /// The decisions on an affected member in this row, and the matches that still need one.
    pub fn judge(
        &self,
        indexes: &IndexSet,
        (rows, row): (&Rows<'_>, usize),
        finding: &Finding,
    ) -> MemberDecisions {
        let reference = rows.id(row);
        let parts = finding.exposure().by_breach();
        let has_decision = |part: &BreachExposure| {
            let decisions = self.decisions.as_ref();
            decisions.is_some_and(|all| all.has_decision(reference, part.breach.name().as_str()))
        };
        let is_needed = |part: &BreachExposure| {
            self.writes_worklist && is_decidable(part.strength) || has_decision(part)
        };
        if !parts.iter().any(is_needed) {
            return MemberDecisions::default();
        }
        let record = rows.columns().record(row);
        let is_match = |evidence: &Evidence| evidence.strength.is_some() && !evidence.dominated;
        let evidence: Vec<_> = indexes.explain(&record).into_iter().filter(is_match).collect();
        let mut batch = indexes.batch();
        batch.push(&record);
        let named = named_parts(&record, &batch);
        let mut decided = MemberDecisions::default();
        for part in parts {
            let breach = part.breach.name().as_str();
            let of_breach =
                evidence.iter().filter(|evidence| evidence.breach.name() == part.breach.name());
            let Some(key) = self.keys.get(breach) else {
                decided.statuses.push(DecisionStatus::Undecided);
                continue;
            };
            let identifiers = batch.canonical_identifiers();
            let tags = of_breach.clone().map(|item| item.tag);
            let named = named.iter().map(|(field, value)| (*field, value.as_str()));
            let basis = Basis::of(key, (reference, breach), identifiers, named, tags);
            let decisions = self.decisions.as_ref();
            let status = decisions.map_or(DecisionStatus::Undecided, |all| {
                all.status((reference, breach), part.strength, &basis)
            });
            decided.statuses.push(status);
            let is_open = match status {
                DecisionStatus::Undecided
                | DecisionStatus::Lapsed(_)
                | DecisionStatus::Holds(Decision::Later) => true,
                DecisionStatus::Holds(_)
                | DecisionStatus::PassedOver(_)
                | DecisionStatus::Unmatched => false,
            };
            if !self.writes_worklist || !is_open || !is_decidable(part.strength) {
                continue;
            }
            let best = of_breach.clone().next();
            let lines = decisions.and_then(|all| all.lines(reference, breach));
            decided.open.push(OpenMatch {
                breach: breach.to_owned(),
                strength: part.strength,
                status,
                earlier: lines.and_then(|lines| lines.last()).map(|line| line.decision),
                agreement: best.and_then(|best| best.agreement),
                kinds: best.map(|best| best.kinds).unwrap_or_default(),
                records: part.records,
                leaked: of_breach.map(|item| leaked_rows::id(key, item.tag)).collect(),
                data_classes: part.data_classes.iter().map(ToString::to_string).collect(),
                basis,
            });
        }
        decided
    }

    /// The numbers of the decisions *affected* on a member whose breach no longer has a matching record.
    pub fn unmatched(
        &self,
        reference: &str,
        finding: Option<&Finding>,
    ) -> impl Iterator<Item = u32> {
        let parts = finding.map_or(&[][..], |finding| finding.exposure().by_breach());
        let is_matched =
            |breach: &str| parts.iter().any(|part| part.breach.name().as_str() == breach);
        let confirmed = self.decisions.iter().flat_map(|all| all.confirmed(reference));
        confirmed.filter(move |(_, breach)| !is_matched(breach)).map(|(number, _)| number)
    }

    /// Records the decisions that a member matched.
    pub fn note(
        &self,
        reference: &str,
        finding: &Finding,
        decided: &MemberDecisions,
        used: &mut DecisionUse,
    ) {
        let Some(decisions) = &self.decisions else { return };
        for (part, status) in finding.exposure().by_breach().iter().zip(&decided.statuses) {
            if let Some(number) = decisions.number(reference, part.breach.name().as_str()) {
                used.note(number, *status);
            }
        }
    }

    /// Reports decisions that are not honoured.
    pub fn report_unused(used: &DecisionUse, unmatched: &UnmatchedRows) {
        let counts = used.counts();
        let by = counts.lapsed_by;
        if counts.lapsed > 0 {
            let causes = [
                (by.member_data, "the member's data changed"),
                (by.records, "the matching leaked records changed"),
                (by.key, "the index has another key"),
            ];
            let causes = causes.iter().filter(|(number, _)| *number > 0);
            let causes = causes.map(|(number, cause)| format!("{} since {cause}", count(*number)));
            print_info(format_args!(
                "decisions: {} and {} to be made again ({}); --worklist FILE lists {}\n",
                count(counts.lapsed) + by_number(counts.lapsed, " has lapsed", " have lapsed"),
                by_number(counts.lapsed, "has", "have"),
                causes.collect::<Vec<_>>().join(", "),
                by_number(counts.lapsed, "it", "them")
            ));
        }
        if counts.unmatched > 0 {
            print_warning(format_args!(
                "{} no match any more. Each says 'affected', but no leaked record of the breach matches the member now: \
                 the member's data or the index changed. So the findings lack these members. If you informed \
                 them, still count them. Rows: {}",
                counted_with(counts.unmatched, "decision", ["has", "have"]),
                unmatched.first_rows(used)
            ));
        }
        if counts.passed_over > 0 {
            print_warning(format_args!(
                "{} passed over: a decision 'not affected' or 'later' no longer applies once a number or an address of \
                 the member is in the leak. The findings say 'passed_over'",
                counted_with(counts.passed_over, "decision", ["is", "are"])
            ));
        }
    }
}

/// The names, dates and postcodes of a member, in normal form. A value without a normal form is kept as
/// given.
fn named_parts(record: &Record, batch: &Batch) -> Vec<(Field, Zeroizing<String>)> {
    let values = record.values().filter(|(field, _)| field.kind().is_none());
    let given = values.filter_map(|(field, value)| Some((field, value.ok()?)));
    let parts = given.map(|(field, value)| {
        let mut normal_form = Zeroizing::new(String::new());
        batch.normaliser().normalise(field, value, &mut normal_form);
        if normal_form.is_empty() {
            normal_form.push_str(value.trim());
        }
        (field, normal_form)
    });
    parts.collect()
}

impl MemberDecisions {
    /// The state of the decision on a finding in this breach.
    pub fn status(&self, finding: Option<&Finding>, breach: &BreachName) -> DecisionStatus {
        let parts = finding.map_or(&[][..], |finding| finding.exposure().by_breach());
        let place = parts.iter().position(|part| part.breach.name() == breach);
        let status = place.and_then(|place| self.statuses.get(place));
        status.copied().unwrap_or(DecisionStatus::Undecided)
    }
}
