//! `leakdex check`: which members are in the leak.

use std::{
    iter,
    path::{Path, PathBuf},
    time::Instant,
};

use leakdex::{Batch, IndexBuilder, IndexSet, Key, Normaliser, RowAccount, Verdict};
use leakdex_input::{Block, Input, Layout, Options};

use super::{announce_indexes, build, explain, given_indexes, id_of, identifiers_of, open_indexes};
use crate::{
    args::Check,
    checkpoint::{self, Begun, Checkpoints},
    findings::{Findings, Found},
    human::count,
    letters::{Letters, Place},
    output::{self, Output, Outputs},
    pipeline,
    previous::Previous,
    progress::{Progress, announce, announce_notes},
    rejects::{ColumnNames, Rejects},
    report::{self, Reports},
    status::{Status, WrongUsage, tell, time_for_people},
    summary::{CheckSummary, FileSummary, IndexNames, IndexSummary, SummaryFile, list},
};

pub fn run(arguments: &Check, quiet: bool) -> anyhow::Result<Status> {
    if let Some(rows) = arguments.explain {
        return explain::run(arguments, rows.get());
    }
    let start = Instant::now();
    let results = &arguments.results;
    let output = arguments.output.as_deref().unwrap_or(Path::new("-"));
    refuse_conflicts(arguments, output)?;
    checkpoint::refuse_unfit(arguments, output)?;

    let previous = match &arguments.previous[..] {
        [] => None,
        paths => Some(Previous::read(paths)?),
    };
    let begun = Begun::new(output, results.rejects.as_deref(), arguments.resume)?;
    let summary_file = SummaryFile::create(results.summary.as_deref())?;
    let mut letters = Letters::create(&arguments.letters, arguments.lang)?;
    let mut reports = Reports::create(&arguments.report, arguments.lang)?;
    let mut options = arguments.input.options();
    options.digest = reports.are_asked();
    build::refuse_missing(&arguments.members)?;
    let leak = arguments.leak.as_deref().map(|leak| open_leak(leak, &mut options)).transpose()?;
    // Opened before the work on the leak begins, so that a wrong mapping shows early.
    let first = Input::open(&arguments.members[0], &options)?;
    let indexes = match leak {
        Some(leak) => {
            reports.note_leak(&leak);
            index_leak(leak, options.normaliser, quiet)?
        }
        None => open_indexes(&arguments.index, &arguments.key, arguments.min_generation)?
            .with_normaliser(options.normaliser),
    };

    if !quiet {
        announce_indexes(&arguments.index, &indexes);
    }

    if let Some(letters) = &letters {
        let breaches = indexes.indexes().iter().flat_map(|index| &index.metadata().breaches);
        letters.try_out(&breaches.collect::<Vec<_>>(), quiet)?;
    }

    let mut checkpoints = arguments
        .resume
        .then(|| Checkpoints::new(arguments, output, &indexes, previous.as_ref()))
        .transpose()?;
    let (mut findings, mut rejects, mut summary) =
        begun.start(checkpoints.as_mut(), arguments, previous, quiet)?;
    if let Some(checkpoints) = &checkpoints {
        reports.note_start(checkpoints.started());
    }
    let others = arguments.members[1..].iter().map(|members| Input::open(members, &options));
    for (number, members) in iter::once(Ok(first)).chain(others).enumerate() {
        let mut screening = Screening {
            indexes: &indexes,
            all: arguments.all,
            quiet,
            findings: &mut findings,
            letters: letters.as_mut(),
            rejects: &mut rejects,
            summary: &mut summary,
            checkpoints: checkpoints.as_mut(),
        };
        let members = members.map_err(anyhow::Error::new);
        let outcome = members.and_then(|members| {
            reports.note_list(&members);
            screening.check_file(number, members)
        });
        if outcome.is_err() && !quiet {
            checkpoints.iter().for_each(Checkpoints::tell_what_is_kept);
        }
        outcome?;
        if rejects.are_too_many(summary.rows, false) {
            break;
        }
    }
    if rejects.are_too_many(summary.rows, true) {
        rejects.report_too_many();
        let outputs = [Some(findings.into_output()?), rejects.into_output()?];
        outputs.into_iter().flatten().try_for_each(Output::abandon)?;
        return Ok(Status::TooManyRejects);
    }
    checkpoints.as_ref().map_or(Ok(()), Checkpoints::finish)?;
    summary.rejects_by_reason.clone_from(rejects.by_reason());
    summary.rejects_by_field.clone_from(rejects.by_field());
    summary.new = findings.news();
    summary.indexes = describe_indexes(arguments, &indexes);
    let letters = letters.map(Letters::finish).transpose()?;
    summary.letters = letters.as_ref().map(|(_, counts)| *counts);
    let rules = arguments.input.rules.described(arguments.min_generation);
    let reports = reports.into_outputs(&summary, &indexes, rules)?;
    let outputs =
        [Some(findings.into_output()?), rejects.into_output()?, summary_file.write(&summary)?];
    let outputs = outputs.into_iter().flatten().chain(reports);
    // Letters before the findings, which would make those who are in them known to the next run.
    let publish_letters = || letters.map_or(Ok(()), |(folder, _)| folder.publish());
    Outputs::new(outputs).publish(publish_letters)?;
    let incomplete = summary.indeterminate > 0 && !arguments.allow_indeterminate;
    if !quiet {
        tell(format_args!("{}", summary.describe(time_for_people(start), incomplete)));
    }
    Ok(if incomplete { Status::Indeterminate } else { Status::Done })
}

/// What the members were checked against.
fn describe_indexes(arguments: &Check, indexes: &IndexSet) -> Vec<IndexSummary> {
    let files = arguments.leak.iter().chain(&arguments.index);
    let named = files.zip(given_indexes(indexes)).map(|(file, index)| IndexSummary {
        file: file.display().to_string(),
        names: arguments.leak.is_none().then(|| IndexNames {
            index_id: id_of(index),
            generation: index.generation(),
            key_id: index.key_id(),
        }),
        identifiers: identifiers_of(index),
        rows: index.metadata().rows.clone(),
    });
    named.collect()
}

pub(super) fn refuse_conflicts(arguments: &Check, output: &Path) -> Result<(), WrongUsage> {
    arguments.report.iter().try_for_each(|path| report::Format::of(path).map(drop))?;
    let (results, letters) = (&arguments.results, &arguments.letters);
    let folder = letters.letters.as_deref();
    let written = [Some(output), results.rejects.as_deref(), results.summary.as_deref(), folder];
    let reports = arguments.report.iter().map(PathBuf::as_path);
    let written: Vec<&Path> = written.into_iter().flatten().chain(reports).collect();
    let read = arguments.members.iter().chain(&arguments.index);
    let read = read.chain(&arguments.leak).chain(&arguments.key).chain(&arguments.previous);
    let read = read.chain(&letters.template);
    output::refuse_conflicts(&written, &read.map(PathBuf::as_path).collect::<Vec<_>>())
}

/// Opens the leak of the two-file way. One command line maps the columns of both files: what the
/// leak has, the member lists need not have.
pub(super) fn open_leak(leak: &Path, options: &mut Options) -> anyhow::Result<Input> {
    let all = options.columns.iter().map(|mapping| mapping.header.clone()).collect();
    let input = Input::open(leak, &Options { optional: all, ..options.clone() })?;
    let missing = input.missing_columns();
    let headers = options.columns.iter().map(|mapping| &mapping.header);
    options.optional = headers.filter(|&header| !missing.contains(header)).cloned().collect();
    Ok(input)
}

/// Indexes a leak in memory under a key that nobody ever sees.
pub(super) fn index_leak(leak: Input, rules: Normaliser, quiet: bool) -> anyhow::Result<IndexSet> {
    let key = Key::generate()?;
    let name = leak.name().to_owned();
    let breach = build::named_after(Path::new(&name));
    let mut builder = IndexBuilder::new(&key, breach).normaliser(rules);
    let mut rejects = Rejects::new(None, None)?;
    build::index(leak, &mut builder, &mut rejects, quiet)?;
    build::refuse_nothing(builder.rows())?;
    let index = builder.build()?;
    let rows = &index.metadata().rows;
    if !quiet {
        let RowAccount { read, indexed, duplicate, rejected, .. } = rows;
        tell(format_args!(
            "{name}: {} rows: {} indexed, {} duplicate, {} rejected\n",
            count(*read),
            count(*indexed),
            count(*duplicate),
            count(*rejected)
        ));
        if !rows.suspects_by_reason.is_empty() {
            tell(format_args!("  suspect: {}\n", list(&rows.suspects_by_reason)));
        }
        if !rows.rejects_by_reason.is_empty() {
            tell(format_args!("  not used: {}\n", list(&rows.rejects_by_reason)));
        }
    }
    let set = IndexSet::new(vec![index])?;
    Ok(set.with_normaliser(rules))
}

/// Everything that goes on from one member list to the next.
struct Screening<'run> {
    indexes: &'run IndexSet,
    all: bool,
    quiet: bool,
    findings: &'run mut Findings,
    letters: Option<&'run mut Letters>,
    rejects: &'run mut Rejects,
    summary: &'run mut CheckSummary,
    checkpoints: Option<&'run mut Checkpoints>,
}

/// What came of one block.
#[derive(Default)]
struct Checked<'a> {
    rows: u64,
    found: Vec<Found<'a>>,
    rejects: Vec<crate::rejects::Reject>,
    summary: CheckSummary,
}

impl<'run> Screening<'run> {
    /// Checks the member list of this number, from 0.
    fn check_file(&mut self, number: usize, mut input: Input) -> anyhow::Result<()> {
        announce(&input, self.quiet);
        if !self.quiet {
            self.announce_unheld(&input);
        }
        anyhow::ensure!(
            self.findings.news().is_none() || input.has_reference(),
            "{}: --previous tells members by their reference, and no column holds one; name it with \
             --column 'HEADER=id'",
            input.name()
        );
        let progress = Progress::new(&input, self.quiet);
        let (layout, file) = (input.layout(), input.name().to_owned());
        let list = number + 1;
        let (indexes, all) = (self.indexes, self.all);
        let hire = || Checker::new(indexes, all);

        // Unless an earlier run is done with this list, and all of it is passed over.
        let mut rows_before = FileSummary::of_last(self.summary, file.clone()).rows;
        let (mut to_pass_over, is_resumable) = (0, self.checkpoints.is_some());
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.begin_list(&input);
            to_pass_over = checkpoints.blocks_to_pass_over();
        }
        let work = |checker: &mut Checker<'run>, (block, is_done): &(Block, bool)| {
            let checked = if *is_done { Checked::default() } else { checker.check(&layout, block) };
            (is_resumable.then(|| block.digest()), checked)
        };
        let read = || {
            progress.update();
            let is_done = to_pass_over > 0;
            to_pass_over -= u64::from(is_done);
            Ok(input.next_block()?.map(|block| (block, is_done)))
        };
        pipeline::run(read, hire, work, |(digest, checked)| {
            if let (Some(checkpoints), Some(digest)) = (&mut self.checkpoints, digest)
                && checkpoints.passes_over(digest)?
            {
                return Ok(true);
            }
            for found in &checked.found {
                let row = rows_before + found.row + 1;
                let is_new = self.findings.write(&file, row, found)?;
                if let Some(letters) = &mut self.letters {
                    letters.write(Place { file: &file, list, row }, found, is_new)?;
                }
            }
            self.rejects.add(&file, rows_before, checked.rejects)?;
            *self.summary += checked.summary;
            rows_before += checked.rows;
            if let Some(checkpoints) = &mut self.checkpoints {
                checkpoints.save_if_due(self.findings, self.rejects, self.summary)?;
            }
            Ok(!self.rejects.are_too_many(self.summary.rows, false))
        })?;
        drop(progress);
        announce_notes(&input, self.quiet);
        if self.summary.files.len() == number {
            let of_file = FileSummary::of_last(self.summary, input.name().to_owned());
            self.summary.files.push(of_file);
        }
        Ok(())
    }
}

impl Screening<'_> {
    /// Says which columns no index can answer for: no member is checked by them.
    fn announce_unheld(&self, input: &Input) {
        let held = self.indexes.kinds();
        for field in input.fields().iter().filter(|field| field.kind().is_some()) {
            if field.kinds().intersection(held).is_empty() {
                let name = input.name();
                tell(format_args!(
                    "{name}: no {field} is indexed; that column cannot be checked\n"
                ));
            }
        }
    }
}

/// How many members are hashed and looked up together: few enough that all they need stays in the
/// cache.
const SHARE: usize = 1024;

/// Checks the members of blocks, one block after the other.
struct Checker<'a> {
    indexes: &'a IndexSet,
    all: bool,
    batch: Batch,
    columns: ColumnNames,
    ids: Ids,
}

impl<'a> Checker<'a> {
    fn new(indexes: &'a IndexSet, all: bool) -> Self {
        let (columns, ids) = (ColumnNames::default(), Ids::default());
        Self { indexes, all, batch: indexes.batch(), columns, ids }
    }

    fn check(&mut self, layout: &Layout, block: &Block) -> Checked<'a> {
        let mut checked = Checked::default();
        layout.rows(block, |row| {
            self.batch.push(row.record);
            self.columns.note(&row, &self.batch);
            self.ids.push(row.id);
            if self.batch.len() == SHARE {
                self.decide(&mut checked);
            }
        });
        self.decide(&mut checked);
        checked
    }

    /// Checks the members of the batch, and empties it.
    fn decide(&mut self, checked: &mut Checked<'a>) {
        let verdicts = self.indexes.check_batch(&self.batch);
        let problems = verdicts.iter().map(|verdict| verdict.coverage().problems.as_slice());
        self.columns.take_rejects(checked.rows, problems, &mut checked.rejects);
        let numbered = (0..).zip(verdicts);
        for ((number, verdict), member) in numbered.zip(self.ids.iter()) {
            checked.summary.count(&verdict, self.batch.institution_code(number));
            if self.all || matches!(verdict, Verdict::Affected(_)) {
                let row = checked.rows + number as u64;
                checked.found.push(Found { row, member: member.to_owned(), verdict });
            }
        }
        checked.rows += self.batch.len() as u64;
        self.batch.clear();
        self.ids.clear();
    }
}

/// The references of some members, one after the other.
#[derive(Default)]
struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Ids {
    fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let id = &self.text[start..end];
            start = end;
            id
        })
    }
}
