//! Checks member lists, block by block, on all threads.

use std::{
    hash::RandomState,
    iter, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use leakdex::{
    Batch, BreachExposure, BreachName, DecoyRate, Decoys, IndexSet, Kind, KindSet, Metadata, Part,
    State,
};
use leakdex_input::{Block, Gaps, Input, Layout, Rows, UnusedCounts};
use leakdex_private::ListContent;
use leakdex_report::{Age, CheckSummary, Day, DecisionStatus, FileSummary, PersonFacts, Place};
use leakdex_screening::{
    ColumnCaveat, ListProfile, Screener, is_wholly_clear, pipeline, probes_dates,
};
use twox_hash::XxHash3_128;

use super::{Results, Sources};
use crate::{
    args::{Check, algorithm, slugs},
    checkpoint::Checkpoints,
    clock,
    decided::DecisionSettings,
    findings::MemberFinding,
    human::counted,
    indexes,
    progress::Progress,
    references::{self, UniquenessReason},
    rejects::{Reject, add_rejects, add_suspects},
    row_numbers::RowNumbers,
    self_check,
    status::{print_info, print_lines},
};

/// Checks the member lists in turn, and stops early if there are too many rejects. Returns the indexes.
pub fn screen(
    arguments: &Check,
    sources: Sources,
    results: &mut Results,
) -> anyhow::Result<IndexSet> {
    let Sources { indexes, inputs, first } = sources;
    if results.findings.previous().is_some() {
        results.facts.track_new_matches();
    }
    let others = arguments.members[1..].iter().map(|members| inputs.open(members));
    for (number, members) in iter::once(Ok(first)).chain(others).enumerate() {
        let outcome =
            members.map_err(|error| inputs.name_leak(error, arguments.leak.as_deref())).and_then(
                |members| results.check_list(number, members, &indexes, arguments.findings.all),
            );
        if outcome.is_err() {
            results.checkpoints.iter().for_each(Checkpoints::print_resume_advice);
        }
        outcome?;
        if results.rejects.are_too_many(results.summary.counts.rows, false) {
            break;
        }
    }
    Ok(indexes)
}

/// How often to test whether somebody changed the indexes. This finds a wrong index before all members are
/// read, and before its file can look unchanged again.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The outcome of one block.
#[derive(Default)]
struct CheckedBlock {
    rows: u64,
    gaps: Gaps,
    found: Vec<MemberFinding>,
    rejects: Vec<Reject>,
    /// The hash of each member's reference; 0 without a reference.
    references: Vec<u64>,
    /// The rows of members whose decision *affected* has no match, each with the number of the decision.
    unmatched: Vec<(u64, u32)>,
    summary: CheckSummary,
    profile: ListProfile,
    decoys: Decoys,
    facts: PersonFacts,
    /// The identifiers, in a private check.
    identifiers: Option<ListContent>,
}

impl Results {
    /// Checks the member list with this number, from 0.
    fn check_list(
        &mut self,
        number: usize,
        mut input: Input,
        indexes: &IndexSet,
        all: bool,
    ) -> anyhow::Result<()> {
        let (layout, file) = (input.layout(), input.name().to_owned());
        self.reports.lists.push((input.fields(), input.hashed()));
        print_lines(input.describe());
        print_unindexed_columns(&input, indexes);
        self.refuse_without_references(&input)?;
        let swapped = self.leak_columns.caveats(&input);
        if number > 0 {
            self_check::print(&swapped);
        }
        let progress = Progress::new(&input);
        let list = number + 1;
        let hasher = self.references.hasher();
        let decoys = self.summary.coincidences.as_ref().map(|estimate| estimate.rate);
        let requested = self.private.as_ref().map(|private| private.requested.clone());
        let today = self.letters.is_some().then(clock::today);
        let decision_settings = Arc::clone(&self.decision_settings);
        let new_worker = || {
            let (screener, requested) = (Screener::new(indexes), requested.clone());
            Checker {
                screener,
                indexes,
                all,
                decoys,
                hasher: &hasher,
                requested,
                today,
                decision_settings: &decision_settings,
            }
        };

        // The number of rows of this list that an earlier run checked. If that run finished the list, this is
        // the number of a later list. It is then unused, because all blocks are passed over.
        let mut rows_before = self.summary.last_list(file.clone()).counts.rows;
        let mut others_before = input.rows_above();
        let mut to_skip = 0;
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.begin_list(&input);
            to_skip = checkpoints.blocks_to_skip();
        }
        if to_skip > 0 {
            progress.begin_skipping();
        }
        let resumes = self.checkpoints.is_some();
        let work = |checker: &mut Checker<'_>, (block, is_done): &(Block, bool)| {
            let check = if *is_done { Checker::skip } else { Checker::check };
            let sha256 = resumes.then(|| block.sha256());
            (block.digest(), sha256, check(checker, &layout, block))
        };
        let mut last_check = Instant::now();
        let read = || {
            progress.update();
            if last_check.elapsed() > CHECK_INTERVAL {
                indexes.verify_unchanged()?;
                last_check = Instant::now();
            }
            let is_done = to_skip > 0;
            to_skip -= u64::from(is_done);
            if is_done && to_skip == 0 {
                progress.end_skipping();
            }
            anyhow::Ok(input.next_block()?.map(|block| (block, is_done)))
        };
        let mut all_rows = XxHash3_128::new();
        pipeline::run(read, new_worker, work, |(digest, sha256, checked)| {
            all_rows.write(&digest.to_le_bytes());
            if let (Some(checkpoints), Some(sha256)) = (&mut self.checkpoints, &sha256)
                && checkpoints.note_block(sha256)?
            {
                self.references.add(checked.references);
                others_before += checked.gaps.total();
                return anyhow::Ok(true);
            }
            let gaps = checked.gaps.total();
            let before = Place { file: &file, list, row: rows_before };
            rows_before = self.take(before, others_before, checked)?;
            others_before += gaps;
            Ok(!self.rejects.are_too_many(self.summary.counts.rows, false))
        })?;
        drop(progress);
        print_lines(input.notes());
        self.refuse_same_rows(&file, all_rows.finish_128())?;
        if self.summary.files.len() == number {
            let profile = mem::take(&mut self.profile);
            let unused_columns = profile.unused_columns(&layout);
            let concordance = profile.agreements(input.fields(), indexes);
            let doubted = self.judge_list(&input, &profile, indexes, swapped, all);
            self.facts.end_list(doubted);
            let list = self.summary.last_list(file);
            self.summary.files.push(FileSummary { unused_columns, concordance, ..list });
        } else {
            self.repeat_caveats(&file, &swapped, all);
        }
        Ok(())
    }

    /// Refuses a list without references if a result needs them.
    fn refuse_without_references(&self, input: &Input) -> anyhow::Result<()> {
        let file = input.name();
        anyhow::ensure!(
            self.findings.previous().is_none() || input.has_reference(),
            "{file}: --previous recognises members by their reference, but no column holds references; map \
             one with --column 'HEADER=id'"
        );
        anyhow::ensure!(
            !self.decision_settings.is_requested() || input.has_reference(),
            "{file}: --decisions and --worklist need references of members, but no column holds references; map \
             one with --column 'HEADER=id'"
        );
        anyhow::ensure!(
            self.letters.is_none() || input.has_reference(),
            "{file}: a letter finds its address by the member's reference, but no column holds references; map \
             one with --column 'HEADER=id'"
        );
        Ok(())
    }

    /// Repeats the caveats of a list that an earlier run finished. That run printed them, but published nothing.
    fn repeat_caveats(&self, file: &str, known: &[ColumnCaveat], all: bool) {
        let caveats = self.summary.caveats.iter().filter(|caveat| caveat.file == file);
        let caveats: Vec<_> = caveats.filter(|caveat| !known.contains(caveat)).cloned().collect();
        self_check::print(&caveats);
        if all && !caveats.is_empty() {
            self_check::warn_of_missing_gaps(file, "members", self_check::kinds_of(&caveats));
        }
    }

    /// Refuses a list with the same rows as an earlier one, such as a file beside its compressed form: each
    /// member would count twice.
    fn refuse_same_rows(&mut self, file: &str, rows: u128) -> anyhow::Result<()> {
        if let Some((_, other)) = self.rows_of_lists.iter().find(|(digest, _)| *digest == rows) {
            let named = |name: &str| if name == "-" { "standard input" } else { name }.to_owned();
            let (other, file) = (named(other), named(file));
            anyhow::bail!(
                "{other} and {file} have the same rows, and each would count twice; give one of them; \
                 nothing was published"
            );
        }
        self.rows_of_lists.push((rows, file.to_owned()));
        Ok(())
    }

    /// Judges the columns of the list. Some of its caveats were printed before its first row. Returns the
    /// kinds whose all-clears prove nothing.
    fn judge_list(
        &mut self,
        input: &Input,
        profile: &ListProfile,
        indexes: &IndexSet,
        known: Vec<ColumnCaveat>,
        all: bool,
    ) -> KindSet {
        let known_count = known.len();
        let (caveats, doubted) = profile.judge(input, indexes, known);
        self_check::print(&caveats[known_count..]);
        let kinds = self_check::kinds_of(&caveats);
        self.summary.caveats.extend(caveats);
        self.summary.count_partially_checked(doubted);
        if all && doubted > 0 {
            self_check::warn_of_missing_gaps(input.name(), &counted(doubted, "member"), kinds);
        }
        kinds
    }

    /// Adds the outcome of a block, and returns the number of its last row. `before` is the last row before the
    /// block, and `others_before` the number of lines before it that are not rows.
    fn take(
        &mut self,
        before: Place<'_>,
        others_before: u64,
        mut checked: CheckedBlock,
    ) -> anyhow::Result<u64> {
        let numbers = RowNumbers { rows_before: before.row, others_before, gaps: &checked.gaps };
        let mut new_matches = Vec::new();
        for found in &checked.found {
            let number = numbers.of(found.row);
            let place = Place { row: number.row, ..before };
            let new_match = self.findings.write(place.file, number, found)?;
            let previous = self.findings.previous();
            let finding = found.verdict.finding();
            let status = |part: &BreachExposure| found.decided.status(finding, part.breach.name());
            let is_known = |part: &BreachExposure| {
                previous.is_some_and(|previous| {
                    previous.contains_match(&found.member, part, status(part))
                })
            };
            if let Some(finding) = finding {
                new_matches.push(new_match);
                self.decision_settings.note(
                    &found.member,
                    finding,
                    &found.decided,
                    &mut self.decisions,
                );
                if let Some(worklist) = &mut self.worklist {
                    worklist.take((place, number.shown), found, finding)?;
                }
            }
            if let (Some(letters), Some(finding)) = (&mut self.letters, finding) {
                let member = (&*found.member, found.age);
                if letters.write(place, member, finding, is_known, status)? {
                    self.references.note(&found.member, place, UniquenessReason::Letter);
                } else if previous.is_some_and(|previous| previous.contains(&found.member)) {
                    self.references.note(&found.member, place, UniquenessReason::Previous);
                }
            }
        }
        for &(row, number) in &checked.unmatched {
            self.unmatched.note(number, before.file, numbers.of(row));
            self.decisions.note(number, DecisionStatus::Unmatched);
        }
        if let (Some(private), Some(identifiers)) = (&mut self.private, checked.identifiers) {
            private.digest.add(&identifiers);
        }
        self.rejects.add(before.file, numbers, checked.rejects)?;
        self.references.add(checked.references);
        self.summary += checked.summary;
        self.profile += checked.profile;
        if let Some(coincidences) = &mut self.summary.coincidences {
            coincidences.decoys += checked.decoys;
        }
        checked.facts.note_news(&new_matches);
        self.facts.append(checked.facts);
        if let Some(checkpoints) = &mut self.checkpoints {
            let so_far = (&self.summary, &self.profile, &self.facts);
            let decisions = (&self.decisions, &self.unmatched);
            checkpoints.save_if_due(&mut self.findings, &mut self.rejects, decisions, so_far)?;
        }
        Ok(before.row + checked.rows)
    }
}

/// Prints each column whose kinds no index holds, and each column of hashes that an index lacks for some addresses.
fn print_unindexed_columns(input: &Input, indexes: &IndexSet) {
    let (name, held) = (input.name(), indexes.kinds());
    for field in input.fields().iter().filter(|field| field.kind().is_some()) {
        if field.kinds().intersection(held).is_empty()
            && indexes::is_absent_from_leaks(field, indexes)
        {
            print_info(format_args!(
                "{name}: no {field} leaked; that column is not compared, and this is not a gap\n"
            ));
        } else if field.kinds().intersection(held).is_empty() {
            let advice = field.kind().map_or_else(String::new, |kind| advice_on_hash(kind, held));
            print_info(format_args!(
                "{name}: no {field} is indexed; that column cannot be checked{advice}\n"
            ));
        } else if let Some(hash) = field.kind().filter(|&kind| is_hashed_in_part(kind, indexes)) {
            print_info(format_args!(
                "{name}: some addresses are not indexed as {field}, so an all-clear by that column is \
                 partial; build the index with --email-hashes {}, or give plain addresses\n",
                algorithm(hash)
            ));
        }
    }
}

/// Whether a leak has addresses without this hash.
fn is_hashed_in_part(hash: Kind, indexes: &IndexSet) -> bool {
    let has_gap = |kinds: &[(&str, bool, bool)]| {
        let entry_of = |kind: Kind| kinds.iter().find(|(slug, ..)| *slug == kind.slug());
        let has_plain = entry_of(Kind::Email).is_some();
        entry_of(hash).map_or(has_plain, |&(_, of_plain, lacks_plain)| {
            lacks_plain || (has_plain && !of_plain)
        })
    };
    let has_gap_in = |metadata: &Metadata| {
        let whole =
            metadata.kinds.iter().map(|entry| (&*entry.kind, entry.of_plain, entry.lacks_plain));
        let of_part = |part: &Part| {
            let kinds = part.kinds.iter();
            let kinds = kinds.map(|entry| (&*entry.kind, entry.of_plain, entry.lacks_plain));
            has_gap(&kinds.collect::<Vec<_>>())
        };
        match &metadata.parts[..] {
            [] => has_gap(&whole.collect::<Vec<_>>()),
            parts => parts.iter().any(of_part),
        }
    };
    KindSet::EMAIL_HASHES.contains(hash)
        && indexes.indexes().iter().any(|index| has_gap_in(index.metadata()))
}

/// The advice for a hash of addresses that no index holds.
fn advice_on_hash(kind: Kind, held: KindSet) -> String {
    let (hash, others) = (algorithm(kind), held.intersection(KindSet::EMAIL_HASHES));
    if !KindSet::EMAIL_HASHES.contains(kind) {
        String::new()
    } else if held.contains(Kind::Email) {
        format!("; build the index with --email-hashes {hash}, or give plain addresses")
    } else if others.is_empty() {
        String::new()
    } else {
        let others = slugs(others.iter().map(Kind::slug));
        format!(
            "; the leak holds {others}, and hashes of two kinds never match: give plain addresses"
        )
    }
}

/// Checks the members of blocks, one block after the other.
struct Checker<'a> {
    screener: Screener<'a>,
    indexes: &'a IndexSet,
    all: bool,
    /// The number of decoys per member, if decoys are looked up.
    decoys: Option<DecoyRate>,
    /// Hashes references.
    hasher: &'a RandomState,
    /// Makes the identifiers that a private check requested. Its indexes hold only entries that these
    /// members hit, so they say nothing about other people.
    requested: Option<(Batch, KindSet)>,
    /// The date for which ages are computed, if there are letters.
    today: Option<Day>,
    decision_settings: &'a DecisionSettings,
}

impl Checker<'_> {
    fn check(&mut self, layout: &Layout, block: &Block) -> CheckedBlock {
        let mut checked = CheckedBlock { gaps: layout.gaps(block), ..CheckedBlock::default() };
        let mut unused = UnusedCounts::default();
        let probes_dates = self.requested.is_none() && probes_dates(block.number());
        layout.rows_and_unused(block, &mut unused, |rows| {
            self.decide(rows, probes_dates, &mut checked);
        });
        checked.profile.add_unused(unused);
        checked
    }

    /// For a block that an earlier run has checked: adds only its references.
    fn skip(&mut self, layout: &Layout, block: &Block) -> CheckedBlock {
        let mut checked = CheckedBlock { gaps: layout.gaps(block), ..CheckedBlock::default() };
        layout.rows(block, |rows| self.take_references(rows, &mut checked));
        checked
    }

    fn take_references(&self, rows: &Rows<'_>, checked: &mut CheckedBlock) {
        let references = (0..rows.len()).map(|row| references::hashed(self.hasher, rows.id(row)));
        let before = checked.references.len();
        checked.references.extend(references);
        let missing =
            checked.references[before..].iter().filter(|reference| **reference == references::NONE);
        checked.summary.counts.without_reference += missing.count() as u64;
    }

    fn decide(&mut self, rows: &Rows<'_>, probes_dates: bool, checked: &mut CheckedBlock) {
        self.take_references(rows, checked);
        if let Some((batch, kinds)) = &mut self.requested {
            batch.clear();
            batch.push_columns(rows.columns());
            checked.identifiers.get_or_insert_default().push(batch, *kinds);
        }
        let verdicts = self.screener.check(rows, probes_dates, &mut checked.profile);
        let batch = self.screener.batch();
        if let Some(rate) = self.decoys {
            checked.decoys += self.indexes.check_decoys(batch, &verdicts, rate);
        }
        let members = 0..verdicts.len();
        let rejects_before = checked.rejects.len();
        let problems = members.clone().map(|member| verdicts.problems(member));
        let header = |_, column| rows.header(column);
        add_rejects(checked.rows, problems, header, &mut checked.rejects);
        let header = |column| rows.header(column);
        add_suspects(checked.rows, (&verdicts, batch), header, &mut checked.rejects);
        for reject in &mut checked.rejects[rejects_before..] {
            let member = usize::try_from(reject.row - checked.rows).expect("it is a row of these");
            reject.is_absent_from_leaks =
                reject.field.is_some_and(|field| verdicts.in_no_leak().contains(field));
            rows.id(member).clone_into(&mut reject.member);
        }
        for member in members {
            let row = checked.rows + member as u64;
            let unmatched = |finding| {
                let numbers = self.decision_settings.unmatched(rows.id(member), finding);
                numbers.map(move |number| (row, number))
            };
            let is_affected = verdicts.state(member) == State::Affected;
            if !self.all && is_wholly_clear(&verdicts, member) {
                checked.unmatched.extend(unmatched(None));
                // Most members end here, and none of them needs an object.
                checked.summary.count_wholly_checked();
                checked.facts.note_whole(verdicts.checked()[member], verdicts.not_leaked(member));
                continue;
            }
            let verdict = verdicts.get(member);
            let finding = verdict.finding();
            let judge = |item| self.decision_settings.judge(self.indexes, (rows, member), item);
            let mut decided = finding.map(judge).unwrap_or_default();
            let before = checked.unmatched.len();
            checked.unmatched.extend(unmatched(finding));
            decided.is_unmatched = checked.unmatched.len() > before;
            let decision = |breach: &BreachName| decided.status(finding, breach).decision();
            checked.facts.note(&verdict, batch.institution_code(member), decision);
            checked.summary.count(&verdict);
            if self.all || is_affected {
                let age = self.today.map(|today| Age::on(today, batch.date_of_birth(member)));
                let (member, age) = (rows.id(member).to_owned(), age.unwrap_or_default());
                checked.found.push(MemberFinding { row, member, age, verdict, decided });
            }
        }
        checked.rows += rows.len() as u64;
    }
}
