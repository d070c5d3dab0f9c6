//! `leakdex check`: which members are in the leak.

use std::{
    iter,
    path::{Path, PathBuf},
};

use leakdex::{Batch, IndexBuilder, IndexSet, Key, Normaliser, RowAccount, Verdict};

use super::{announce_indexes, build, given_indexes, id_of, identifiers_of, open_indexes};
use crate::{
    args::Check,
    findings::{Findings, Found},
    input::{Block, Input, Layout, Options},
    output::{self, Outputs},
    pipeline,
    previous::Previous,
    progress::{Progress, announce, announce_notes},
    rejects::{ColumnNames, Rejects},
    status::{Status, WrongUsage, tell},
    summary::{CheckSummary, FileSummary, IndexNames, IndexSummary, SummaryFile, list},
};

pub fn run(arguments: &Check, quiet: bool) -> anyhow::Result<Status> {
    let results = &arguments.results;
    let output = arguments.output.as_deref().unwrap_or(Path::new("-"));
    refuse_conflicts(arguments, output)?;

    let previous = match &arguments.previous[..] {
        [] => None,
        paths => Some(Previous::read(paths)?),
    };
    let mut findings = Findings::create(output, arguments.format_out, previous)?;
    let mut rejects = Rejects::new(results.rejects.as_deref(), results.max_rejects)?;
    let summary_file = SummaryFile::create(results.summary.as_deref())?;
    let mut options = arguments.input.options();
    build::refuse_missing(&arguments.members)?;
    let leak = arguments.leak.as_deref().map(|leak| open_leak(leak, &mut options)).transpose()?;
    // Opened before the work on the leak begins, so that a wrong mapping shows early.
    let first = Input::open(&arguments.members[0], &options)?;
    let indexes = match leak {
        Some(leak) => index_leak(leak, options.normaliser, quiet)?,
        None => open_indexes(&arguments.index, &arguments.key, arguments.min_generation)?
            .with_normaliser(options.normaliser),
    };

    if !quiet {
        announce_indexes(&arguments.index, &indexes);
    }

    let mut summary = CheckSummary::default();
    let others = arguments.members[1..].iter().map(|members| Input::open(members, &options));
    for members in iter::once(Ok(first)).chain(others) {
        let mut screening = Screening {
            indexes: &indexes,
            all: arguments.all,
            quiet,
            findings: &mut findings,
            rejects: &mut rejects,
            summary: &mut summary,
        };
        screening.check_file(members?)?;
        if rejects.are_too_many(summary.rows, false) {
            break;
        }
    }
    if rejects.are_too_many(summary.rows, true) {
        rejects.report_too_many();
        return Ok(Status::TooManyRejects);
    }
    summary.rejects_by_reason.clone_from(rejects.by_reason());
    summary.new = findings.news();
    let files = arguments.leak.iter().chain(&arguments.index);
    summary.indexes = files
        .zip(given_indexes(&indexes))
        .map(|(file, index)| IndexSummary {
            file: file.display().to_string(),
            names: arguments.leak.is_none().then(|| IndexNames {
                index_id: id_of(index),
                generation: index.generation(),
                key_id: index.key_id(),
            }),
            identifiers: identifiers_of(index),
            rows: index.metadata().rows.clone(),
        })
        .collect();
    let outputs =
        [Some(findings.into_output()?), rejects.into_output()?, summary_file.write(&summary)?];
    Outputs::new(outputs.into_iter().flatten()).publish(|| Ok(()))?;
    if !quiet {
        tell(format_args!("{}", summary.describe()));
    }
    let incomplete = summary.indeterminate > 0 && !arguments.allow_indeterminate;
    Ok(if incomplete { Status::Indeterminate } else { Status::Done })
}

fn refuse_conflicts(arguments: &Check, output: &Path) -> Result<(), WrongUsage> {
    let results = &arguments.results;
    let written = [Some(output), results.rejects.as_deref(), results.summary.as_deref()];
    let written: Vec<&Path> = written.into_iter().flatten().collect();
    let read = arguments.members.iter().chain(&arguments.index);
    let read = read.chain(&arguments.leak).chain(&arguments.key).chain(&arguments.previous);
    output::refuse_conflicts(&written, &read.map(PathBuf::as_path).collect::<Vec<_>>())
}

/// Opens the leak of the two-file way. One command line maps the columns of both files: what the
/// leak has, the member lists need not have.
fn open_leak(leak: &Path, options: &mut Options) -> anyhow::Result<Input> {
    let all = options.columns.iter().map(|mapping| mapping.header.clone()).collect();
    let input = Input::open(leak, &Options { optional: all, ..options.clone() })?;
    let missing = input.missing_columns();
    let headers = options.columns.iter().map(|mapping| &mapping.header);
    options.optional = headers.filter(|&header| !missing.contains(header)).cloned().collect();
    Ok(input)
}

/// Indexes a leak in memory under a key that nobody ever sees.
fn index_leak(leak: Input, rules: Normaliser, quiet: bool) -> anyhow::Result<IndexSet> {
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
            "{name}: {read} rows: {indexed} indexed, {duplicate} duplicate, {rejected} rejected\n"
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
    rejects: &'run mut Rejects,
    summary: &'run mut CheckSummary,
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
    fn check_file(&mut self, mut input: Input) -> anyhow::Result<()> {
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
        let before = FileSummary::of(self.summary);
        let progress = Progress::new(&input, self.quiet);
        let (layout, file) = (input.layout(), input.name().to_owned());
        let (indexes, all) = (self.indexes, self.all);
        let hire = || Checker::new(indexes, all);

        let mut rows_before = 0;
        let work = |checker: &mut Checker<'run>, block: &Block| checker.check(&layout, block);
        let read = || {
            progress.update();
            Ok(input.next_block()?)
        };
        pipeline::run(read, hire, work, |checked| {
            for found in &checked.found {
                self.findings.write(&file, rows_before + found.row + 1, found)?;
            }
            self.rejects.add(&file, rows_before, checked.rejects)?;
            *self.summary += checked.summary;
            rows_before += checked.rows;
            Ok(!self.rejects.are_too_many(self.summary.rows, false))
        })?;
        drop(progress);
        announce_notes(&input, self.quiet);
        let of_file = FileSummary::since(&before, self.summary, input.name().to_owned());
        self.summary.files.push(of_file);
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
