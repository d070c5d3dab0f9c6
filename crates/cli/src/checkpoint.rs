//! Runs of `check` that continue where an earlier one was cut off: `--resume`.
//!
//! Every few seconds, such a run syncs its output to the disk and writes a checkpoint beside the findings.
//! The next run reads the members before the checkpoint again, only to verify that they are unchanged. It
//! then continues with the next member. Byte for byte, the results equal those of an uninterrupted run.
//!
//! A checkpoint holds counts, the options of the command line, and tags of leaked records that match members.
//! Tags are keyed hashes. A checkpoint holds no value of a person. Of the member lists, it holds only a
//! digest under a secret that is derived from the key. But it holds the outcome of each row in order: with the
//! member list, it tells who is affected, like the findings beside it.

mod note;
mod terms;
mod trail;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use jiff::Timestamp;
use leakdex::{Index, IndexSet, Key};
use leakdex_input::Input;
use leakdex_report::{CheckSummary, DecisionUse, PersonFacts, SheetFormat};
use leakdex_screening::ListProfile;
use leakdex_staging as staging;

use crate::{
    args::{Check, FormatOut},
    clock,
    decided::{DecisionSettings, UnmatchedRows},
    findings::{Findings, Layout},
    human::{count, counted},
    keys,
    output::{Output, is_stream},
    previous::Previous,
    rejects::{self, Rejects},
    signals,
    status::{print_info, wrong_usage},
};

use note::Note;
use terms::Terms;
use trail::InputDigest;

/// The counts of a run so far: the summary of all lists, the profile of the current list, and the facts of
/// all rows, from which persons are counted.
pub type RunState = (CheckSummary, ListProfile, PersonFacts);

/// The message for a user who stops a run that has a checkpoint.
const KEPT: &str = "stopped: nothing was published, and the work until a few seconds ago is kept. \
                    To continue from there, run the same command again\n";

/// The message for a user who stops a run before its first checkpoint.
const NOT_YET: &str = "stopped: nothing was published, and nothing is kept yet. To start again, run the same \
                       command again\n";

/// The message for a user who stops a run that lacks `--resume` but could use it.
const COULD_KEEP: &str = "stopped: nothing was published, and nothing is kept. With --resume, a run saves its \
                          work every few seconds, and the same command continues from there\n";

/// Sets the message for a user who stops the run from now on.
pub fn prepare_stop_message(arguments: &Check, output: &Path) {
    // The options that the parser refuses with --resume, without those that need one of these.
    let Check { letters, decision_settings, index, .. } = arguments;
    let conflicts = [&letters.letters, &letters.mail_merge, &decision_settings.worklist];
    let is_resumable = !index.is_empty() && conflicts.iter().all(|option| option.is_none());
    signals::set_stop_message(if arguments.resume {
        NOT_YET
    } else if is_resumable && why_unresumable(arguments, output).is_none() {
        COULD_KEEP
    } else {
        signals::NOTHING_KEPT
    });
}

/// Refuses `--resume` with results that cannot be continued.
pub fn refuse_unresumable(arguments: &Check, output: &Path) -> anyhow::Result<()> {
    match why_unresumable(arguments, output).filter(|_| arguments.resume) {
        Some(why) => wrong_usage(format!("--resume {why}")),
        None => Ok(()),
    }
}

/// The reason why the results of a run cannot be continued, if there is one.
fn why_unresumable(arguments: &Check, output: &Path) -> Option<String> {
    for (option, path) in
        [("--output", Some(output)), ("--rejects", arguments.results.rejects.as_deref())]
    {
        if path.is_some_and(is_stream) {
            return Some(format!(
                "needs {option} to be a file: a run cannot continue a result on standard output or a \
                 device; name a file with {option} FILE"
            ));
        }
        let is_workbook = match option {
            "--output" => arguments.findings.format() == FormatOut::Xlsx,
            _ => path.is_some_and(SheetFormat::is_workbook),
        };
        if is_workbook {
            return Some(format!(
                "cannot continue a workbook, since its directory is at its end; write {option} as CSV, or \
                 give --format-out excel, which Excel also opens"
            ));
        }
    }
    None
}

/// The results that grow during a run, new or continued.
pub struct RunOutputs {
    findings: Output,
    rejects: Option<Output>,
    /// The notes that an earlier run left beside the findings and the rejects.
    notes: Option<(Vec<u8>, Option<Vec<u8>>)>,
}

impl RunOutputs {
    /// Creates the results, or opens those that an earlier run kept. Does not change them.
    pub fn new(output: &Path, rejects: Option<&Path>, resume: bool) -> anyhow::Result<Self> {
        if resume && let Some((findings, note)) = Output::resume(output)? {
            let resumed = rejects.map(Output::resume).transpose()?.flatten();
            let (rejects, rejects_note) = resumed.unzip();
            return Ok(Self { findings, rejects, notes: Some((note, rejects_note)) });
        }
        let findings = Output::create(output)?;
        Ok(Self { findings, rejects: Output::create_optional(rejects)?, notes: None })
    }

    /// Truncates the results to the earlier run's checkpoint, if there is one.
    pub fn start(
        mut self,
        checkpoints: Option<&mut Checkpoints>,
        arguments: &Check,
        indexes: &IndexSet,
        previous: Option<Previous>,
    ) -> anyhow::Result<(Findings, Rejects, (DecisionUse, UnmatchedRows), RunState)> {
        let findings = &arguments.findings;
        let has_decisions = arguments.decision_settings.decisions.is_some();
        let layout =
            Layout::new(findings.format(), findings.lang, indexes, (has_decisions, findings.all));
        let rejects_layout = rejects::Layout {
            format: arguments
                .results
                .rejects
                .as_deref()
                .map_or(SheetFormat::Csv, |path| findings.format_of_rejects(path)),
            language: findings.lang,
            of_leak: false,
        };
        let limit = arguments.results.max_rejects;
        let (Some(checkpoints), Some(notes)) = (checkpoints, self.notes.take()) else {
            if arguments.resume {
                print_info(format_args!(
                    "--resume: nothing to continue from; starts from the beginning\n"
                ));
            }
            let findings = Findings::new(self.findings, layout, previous)?;
            let rejects = Rejects::new(self.rejects, rejects_layout, limit)?;
            return Ok((findings, rejects, Default::default(), RunState::default()));
        };
        let note = checkpoints.note(&notes).map_err(|why| checkpoints.refusal(why))?;
        let cut = self.findings.cut(note.findings);
        let cut = cut.and_then(|()| {
            self.rejects
                .iter_mut()
                .zip(note.rejects)
                .try_for_each(|(rejects, length)| rejects.cut(length))
        });
        cut.map_err(|why| checkpoints.refusal(why))?;
        signals::set_stop_message(KEPT);
        print_info(format_args!(
            "--resume: continues after {} that an earlier run checked, {} of them affected\n",
            counted(note.summary.0.counts.rows, "member"),
            count(note.summary.0.counts.affected)
        ));
        let mut findings = Findings::resumed(self.findings, layout, previous);
        let counts = (note.rejects_by_field, note.suspects_by_field);
        let mut rejects = Rejects::resumed(self.rejects, rejects_layout, limit, counts);
        (findings.lost_references, rejects.lost_references) = note.lost_references;
        if let Ok(started) = Timestamp::from_second(note.started) {
            checkpoints.started = started;
        }
        checkpoints.earlier = Some(EarlierRun { blocks: note.blocks, trail: note.trail });
        Ok((findings, rejects, (note.decisions, note.unmatched), note.summary))
    }
}

/// The progress of this run and of an earlier one.
pub struct Checkpoints {
    terms: Terms,
    trail: InputDigest,
    indexes: Vec<Arc<Index>>,
    /// The number of blocks taken, over all member lists.
    blocks: u64,
    earlier: Option<EarlierRun>,
    /// When the first of the runs began.
    pub started: Timestamp,
    interval: Duration,
    last: Instant,
    /// Whether a later run could continue from a checkpoint.
    has_checkpoint: bool,
    /// The findings. The checkpoint is beside them.
    output: PathBuf,
}

/// The position of an earlier run at its last checkpoint.
struct EarlierRun {
    blocks: u64,
    trail: [u8; 32],
}

impl Checkpoints {
    /// Collects the terms of a run that has no checkpoint yet.
    pub fn new(
        arguments: &Check,
        output: &Path,
        indexes: &IndexSet,
        keys: &[Key],
        known: (Option<&Previous>, &DecisionSettings),
    ) -> anyhow::Result<Self> {
        let key = keys::of_first(indexes, keys).cloned().context("no index has one of the keys")?;
        Ok(Self {
            terms: terms::of(arguments, indexes, known, &key),
            trail: InputDigest::new(key),
            indexes: indexes.indexes().to_vec(),
            blocks: 0,
            earlier: None,
            started: clock::now(),
            interval: Duration::from_millis(arguments.checkpoint_every),
            last: Instant::now(),
            has_checkpoint: false,
            output: output.to_owned(),
        })
    }

    /// Whether an earlier run has checked some of the members.
    pub const fn are_resumed(&self) -> bool {
        self.earlier.is_some()
    }

    /// Adds the next member list, and how it is read, to the digest.
    pub fn begin_list(&mut self, input: &Input) {
        self.trail.add(input.read_config_text().as_bytes());
    }

    /// How many of the next blocks an earlier run has checked.
    pub fn blocks_to_skip(&self) -> u64 {
        let earlier = self.earlier.as_ref().map_or(0, |earlier| earlier.blocks);
        earlier.saturating_sub(self.blocks)
    }

    /// Adds the next block to the digest. Returns whether an earlier run has checked it.
    pub fn note_block(&mut self, sha256: &[u8; 32]) -> anyhow::Result<bool> {
        self.trail.add(sha256);
        self.blocks += 1;
        let Some(earlier) = &self.earlier else { return Ok(false) };
        if self.blocks == earlier.blocks && self.trail.state != earlier.trail {
            return Err(self.other_members());
        }
        Ok(self.blocks <= earlier.blocks)
    }

    /// Fails if the lists lack members that an earlier run has checked. Call this after all lists.
    pub fn finish(&self) -> anyhow::Result<()> {
        if self.blocks_to_skip() > 0 { Err(self.other_members()) } else { Ok(()) }
    }

    /// Writes a checkpoint if the last one is old enough.
    pub fn save_if_due(
        &mut self,
        findings: &mut Findings,
        rejects: &mut Rejects,
        (decisions, unmatched): (&DecisionUse, &UnmatchedRows),
        summary: (&CheckSummary, &ListProfile, &PersonFacts),
    ) -> anyhow::Result<()> {
        if self.last.elapsed() < self.interval {
            return Ok(());
        }
        // A later run must not continue from results of a changed index.
        self.indexes.iter().try_for_each(|index| index.verify_unchanged())?;
        let rejects_by_field = rejects.by_field.clone();
        let suspects_by_field = rejects.suspects_by_field.clone();
        let lost_references = (findings.lost_references, rejects.lost_references);
        let (findings, rejects) = (findings.flushed()?, rejects.flushed()?);
        let note = Note {
            format: note::FORMAT,
            terms: self.terms.clone(),
            started: self.started.as_second(),
            blocks: self.blocks,
            trail: self.trail.state,
            findings: findings.length()?,
            rejects: rejects.map(Output::length).transpose()?,
            rejects_by_field,
            suspects_by_field,
            lost_references,
            decisions: decisions.clone(),
            unmatched: unmatched.clone(),
            summary,
        };
        // The note beside the findings makes the checkpoint valid. Everything else must be on the disk before
        // it.
        rejects.map_or(Ok(()), |rejects| rejects.keep(&note::of_rejects(&self.terms)?))?;
        findings.keep(&note.seal(&self.trail)?)?;
        self.has_checkpoint = true;
        signals::set_stop_message(KEPT);
        self.last = Instant::now();
        Ok(())
    }

    /// After a failed run, prints how to continue if its work was kept and can be used.
    pub fn print_resume_advice(&self) {
        if self.blocks_to_skip() == 0 && (self.has_checkpoint || self.earlier.is_some()) {
            print_info(format_args!(
                "the work until a few seconds ago is kept; the same command continues from there\n"
            ));
        }
    }

    /// The earlier run's note, if it belongs to the results of this run.
    fn note(
        &self,
        (findings_note, rejects_note): &(Vec<u8>, Option<Vec<u8>>),
    ) -> anyhow::Result<Note<RunState>> {
        let note = Note::open(findings_note, &self.terms, &self.trail)?;
        if note.rejects.is_some() {
            let is_of_this_run = *rejects_note == Some(note::of_rejects(&self.terms)?);
            anyhow::ensure!(is_of_this_run, "the rejects that it wrote are missing");
        }
        Ok(note)
    }

    fn other_members(&self) -> anyhow::Error {
        self.refusal(anyhow::anyhow!(
            "the member lists do not begin with the rows that were checked before"
        ))
    }

    fn refusal(&self, why: anyhow::Error) -> anyhow::Error {
        let output = self.output.display();
        let checkpoint = staging::note_of(&self.output).unwrap_or_default();
        why.context(format!(
            "{output}: cannot continue the interrupted run, and leaves its files unchanged; fix the cause \
             that this message names, or start again: run without --resume, or delete {}",
            checkpoint.display()
        ))
    }
}
