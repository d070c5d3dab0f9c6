//! `leakdex check`: finds the members who are in the leak.

mod letters;
#[cfg(all(test, unix))]
mod power_failures;
mod screening;

use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    slice,
    sync::Arc,
    time::Instant,
};

use leakdex::{Batch, Field, IndexSet, Key, KindSet};
use leakdex_input::{Input, UnusedColumn};
use leakdex_private::ListDigest;
use leakdex_report::{
    self as report, CheckSummary, DecisionUse, IndexSummary, Letters, PersonFacts, SheetFormat,
    TableNames, WrittenLetters,
};
use leakdex_screening::{ColumnCaveat, LeakColumns, ListProfile, caveats, given_indexes};

use crate::{
    args::{Check, DecisionArguments, FormatOut},
    checkpoint::{self, Checkpoints, RunOutputs},
    decided::{DecisionSettings, UnmatchedRows},
    false_matches,
    findings::Findings,
    human::{by_number, counted},
    indexes,
    inputs::{self, Inputs},
    keys, leak,
    notices::{self, Notices},
    output::{self, Output, is_standard},
    previous::Previous,
    references::References,
    rejects::Rejects,
    reports::Reports,
    self_check,
    status::{Status, WrongUsage, conclude, print_warning, time_for_people, wrong_usage},
    summary,
    worklist::WorklistFile,
};

use self::letters::MailMergeFile;

pub fn run(arguments: &Check) -> anyhow::Result<Status> {
    run_against(arguments, None)
}

/// The parts of a check that only a private check has.
pub struct PrivateCheck {
    /// The tables that the indexes come from, in the same order.
    pub tables: Vec<TableNames>,
    /// An empty batch for the requested identifiers, and their kinds. A leak may lack some of the kinds.
    pub requested: (Batch, KindSet),
    /// The digest of the member lists so far. It must become the digest of the request.
    pub digest: ListDigest,
}

/// Finds the leaked entries that match members of these inputs, and returns them as indexes.
pub struct Search<'a> {
    /// The year in which the members were requested. Dates of birth after it are errors.
    pub year: u16,
    pub find: &'a mut dyn FnMut(&Inputs) -> anyhow::Result<(IndexSet, PrivateCheck)>,
}

/// Checks members against the indexes of the command line, or against the entries that a private check
/// finds.
pub fn run_against(arguments: &Check, find: Option<Search<'_>>) -> anyhow::Result<Status> {
    let start = Instant::now();
    let (sources, mut results) = prepare(arguments, find)?;
    let indexes = screening::screen(arguments, sources, &mut results)?;
    if results.rejects.are_too_many(results.summary.counts.rows, true) {
        return Err(results.abandon()?);
    }
    let summary = publish(arguments, &indexes, results)?;
    let incomplete = summary.counts.indeterminate > 0 && !arguments.findings.allow_indeterminate;
    let has_caveat = !summary.caveats.is_empty() || summary.counts.partially_checked > 0;
    let incomplete = incomplete || arguments.findings.strict && has_caveat;
    let time = time_for_people(start);
    let is_absent_from_leaks = |slug: &str| {
        let field: Option<Field> = slug.parse().ok();
        field.is_some_and(|field| indexes::is_absent_from_leaks(field, &indexes))
    };
    let summary_text = summary::of_check(&summary, time, incomplete, is_absent_from_leaks);
    conclude(format_args!("{summary_text}"));
    Ok(if incomplete { Status::Indeterminate } else { Status::Done })
}

/// Everything that a check reads.
struct Sources {
    indexes: IndexSet,
    inputs: Inputs,
    /// The first member list. Each other list is opened when its turn comes.
    first: Input,
}

/// Everything that a check writes, and its state between blocks.
struct Results {
    findings: Findings,
    rejects: Rejects,
    references: References,
    /// A digest of the rows of each member list so far, with the name of the list.
    rows_of_lists: Vec<(u128, String)>,
    letters: Option<Letters>,
    mail_merge: Option<MailMergeFile>,
    decision_settings: Arc<DecisionSettings>,
    /// The decisions that members matched.
    decisions: DecisionUse,
    /// The rows of members whose decision *affected* no longer has a match.
    unmatched: UnmatchedRows,
    worklist: Option<WorklistFile>,
    reports: Reports,
    notices: Notices,
    summary: CheckSummary,
    /// The profile of the current member list.
    profile: ListProfile,
    facts: PersonFacts,
    caveats_of_leaks: Vec<ColumnCaveat>,
    summary_file: Option<Output>,
    checkpoints: Option<Checkpoints>,
    unused_of_leak: Vec<UnusedColumn>,
    /// The columns of the leak, if this run read it.
    leak_columns: LeakColumns,
    private: Option<PrivateCheck>,
}

/// Does everything that may fail before the first member is checked, the cheapest first:
///
/// 1. Refuse a command line that makes no sense, before any file is touched.
/// 2. Create the results. A missing folder or a wrong template fails now and not after the work.
/// 3. Open the inputs before the leak is indexed. A wrong mapping fails early.
/// 4. Open the indexes, or index the leak, which takes long.
/// 5. Do the steps that need the indexes: render test letters for their breaches, and open the checkpoint
///    of an earlier run with the key of the indexes.
fn prepare(arguments: &Check, find: Option<Search<'_>>) -> anyhow::Result<(Sources, Results)> {
    let standard = PathBuf::from("-");
    let output = arguments.findings.output.as_ref().unwrap_or(&standard);
    refuse_conflicts(arguments, output)?;
    let mut inputs =
        Inputs::new(&arguments.input, arguments.members.iter().chain(&arguments.leak))?;
    checkpoint::refuse_unresumable(arguments, output)?;

    let DecisionArguments { decisions, worklist, leaked_rows } = &arguments.decision_settings;
    let mut decision_settings = DecisionSettings::read(decisions.as_deref(), worklist.is_some())?;
    let previous = match &arguments.findings.previous[..] {
        [] => None,
        paths => Some(Previous::read(paths)?),
    };
    checkpoint::prepare_stop_message(arguments, output);
    let run_outputs =
        RunOutputs::new(output, arguments.results.rejects.as_deref(), arguments.resume)?;
    let summary_file = Output::create_optional(arguments.results.summary.as_deref())?;
    let (letters, mail_merge) = letters::begin(arguments, previous.as_ref())?;
    let create = |path| WorklistFile::create(path, leaked_rows, arguments.findings.lang);
    let worklist = worklist.as_deref().map(create).transpose()?;
    let mut reports = Reports::create(&arguments.findings.report, arguments.findings.lang)?;
    let notices = Notices::create(&arguments.findings.notices, arguments.findings.lang)?;

    find.iter().for_each(|find| inputs.set_year(find.year));
    inputs.take_digests(reports.are_requested());
    inputs::refuse_missing(&arguments.members)?;
    inputs::refuse_repeated(&arguments.members)?;
    let leak = arguments.leak.as_deref();
    let opened = leak.map(|leak| inputs.open_leak(leak)).transpose()?;
    let breach = opened.as_ref().map(|leak| leak::breach_of(arguments, leak)).transpose()?;
    if let (Some(letters), Some(breach)) = (&letters, &breach) {
        letters::test_render(letters, &[breach], &arguments.letters)?;
    }
    let leak_columns = opened.as_ref().map(LeakColumns::new).unwrap_or_default();
    // Classes of data have no use in a member list.
    inputs.ignore_classes();
    let first = inputs.open(&arguments.members[0]);
    let first = first.map_err(|error| inputs.name_leak(error, leak))?;

    // Report swapped files before the work. Later lists are examined when their turn comes.
    self_check::print(&leak_columns.caveats(&first));

    let rules = inputs.normaliser();
    let (mut private, mut keys) = (None, Vec::new());
    let (indexes, unused_of_leak, of_reading) = if let Some(find) = find {
        let (indexes, found) = (find.find)(&inputs)?;
        private = Some(found);
        (indexes, Vec::new(), Vec::new())
    } else if let Some((leak, breach)) = opened.zip(breach) {
        reports.leak = leak.hashed();
        let later = leak::email_hashes_later(&arguments.members[1..], &inputs)?;
        let hashes = leak::email_hashes(&first).union(later);
        leak::index(leak, &Key::generate()?, breach, rules, hashes, arguments.results.max_rejects)?
    } else {
        keys = keys::load_all(&arguments.key)?;
        let indexes = indexes::open(&arguments.index, &keys, arguments.min_generation, rules)?;
        (indexes, Vec::new(), Vec::new())
    };
    indexes::announce(&arguments.index, &indexes);
    decision_settings.take_keys(&indexes, &keys)?;
    reports.key = keys::of_first(&indexes, &keys).cloned();

    // With a leak, test letters were rendered before it was indexed.
    if let Some(letters) = letters.as_ref().filter(|_| arguments.leak.is_none()) {
        letters::test_render(letters, &letters::breaches_of(&indexes), &arguments.letters)?;
    }
    let mut checkpoints = arguments
        .resume
        .then(|| {
            let known = (previous.as_ref(), &decision_settings);
            Checkpoints::new(arguments, output, &indexes, &keys, known)
        })
        .transpose()?;
    let caveats_of_leaks = caveats::of_leaks(&names_of_indexes(arguments), &indexes, &of_reading);
    self_check::print(&caveats_of_leaks);
    let (findings, rejects, (used, unmatched), (mut summary, profile, facts)) =
        run_outputs.start(checkpoints.as_mut(), arguments, &indexes, previous)?;
    if !arguments.no_decoys && summary.coincidences.is_none() {
        summary.coincidences = Some(false_matches::begin(&arguments.members)?);
    }
    if let Some(checkpoints) = &checkpoints {
        reports.started = checkpoints.started;
    }
    let results = Results {
        findings,
        rejects,
        references: References::default(),
        rows_of_lists: Vec::new(),
        letters,
        mail_merge,
        decision_settings: Arc::new(decision_settings),
        decisions: used,
        unmatched,
        worklist,
        reports,
        notices,
        summary,
        profile,
        facts,
        caveats_of_leaks,
        summary_file,
        checkpoints,
        unused_of_leak,
        leak_columns,
        private,
    };
    Ok((Sources { indexes, inputs, first }, results))
}

/// Completes the results and publishes them together, if all members were checked.
///
/// The summary is complete before the reports are made from it. Every result is written before the first
/// one gets its name. The letters get their names before the findings: published findings make their
/// members known to the next run, which would then write them no letter.
fn publish(
    arguments: &Check,
    indexes: &IndexSet,
    results: Results,
) -> anyhow::Result<CheckSummary> {
    let Results { findings, rejects, references, letters, mail_merge, .. } = results;
    let Results { reports, mut summary, notices, .. } = results;
    let Results { decision_settings, decisions, unmatched, worklist, .. } = results;
    let private = results.private;
    let Results { facts, caveats_of_leaks, summary_file, checkpoints, unused_of_leak, .. } =
        results;
    let tables = private.map(|private| private.digest.finish().map(|()| private.tables));
    let tables = tables.transpose()?;
    summary.caveats.splice(..0, caveats_of_leaks);
    checkpoints.as_ref().map_or(Ok(()), Checkpoints::finish)?;
    let is_resumed = checkpoints.as_ref().is_some_and(Checkpoints::are_resumed);
    let repeated = summary.conclude(facts, references.all());
    findings
        .previous()
        .into_iter()
        .for_each(|previous| previous.warn_of_missing_members(&references));
    let files: Vec<&str> = summary.files.iter().map(|list| &*list.file).collect();
    references.refuse_shared(&repeated, &files)?;
    if summary.repeated_references > 0 && !arguments.findings.previous.is_empty() {
        print_warning(format_args!(
            "{} {} the reference of an earlier member, but --previous recognises a member only by the reference. \
             The column 'new' may be wrong for them",
            counted(summary.repeated_references, "member"),
            by_number(summary.repeated_references, "has", "have")
        ));
    }
    summary.rejects_by_reason = rejects.by_reason();
    summary.rejects_by_field.clone_from(&rejects.by_field);
    summary.suspects_by_field.clone_from(&rejects.suspects_by_field);
    print_lost_references(findings.lost_references, ("findings", "--output"));
    print_lost_references(rejects.lost_references, ("rejects", "--rejects"));
    summary.indexes = describe_indexes(arguments, indexes, unused_of_leak, tables);
    let names = names_of_indexes(arguments);
    let mut held_back = false_matches::conclude(&mut summary, &names, indexes);
    if arguments.letters.letters_despite_accidents {
        held_back.clear();
    }
    DecisionSettings::report_unused(&decisions, &unmatched);
    summary.decisions = decision_settings.counts(&decisions);
    let (coincidences, to_decide) = (summary.coincidences.as_ref(), summary.persons.to_decide);
    let worklist = worklist.map(|worklist| worklist.finish(coincidences, to_decide)).transpose()?;
    let letters = letters.map(|letters| letters.finish(&held_back)).transpose()?;
    summary.letters = letters.as_ref().map(|letters| letters.counts);
    let table = letters.as_ref().and_then(|letters| letters.mail_merge.as_ref());
    let table = mail_merge.zip(table).map(|(file, table)| file.write(table)).transpose()?;
    let rules = inputs::described(&arguments.input.rules, arguments.min_generation);
    let reports = reports.into_outputs(&summary, indexes, rules)?;
    let notices = notices.into_outputs(&summary, indexes, &arguments.insurer)?;
    let outputs = [
        Some(findings.into_inner()?),
        rejects.into_inner()?,
        summary::write(summary_file, &summary)?,
        table,
        worklist,
    ];
    let outputs = output::settle(outputs.into_iter().flatten().chain(reports).chain(notices))?;
    // Verify only now that the results are on the disk, since syncing may take a while.
    if is_resumed {
        // The parts that the earlier run read are unknown, so verify everything.
        verify_all(indexes)?;
    }
    indexes.verify_touched()?;
    let target = arguments.letters.letters.as_deref();
    let folder = letters.and_then(|letters: WrittenLetters| letters.folder);
    let letters = folder.zip(target).map(|(folder, target)| output::PrimaryOutput {
        target,
        publish: || Ok(folder.publish()?),
        next_step: Some(format!(
            "run this again without --letters and the options that belong to it, and the findings will \
             fit the letters that are there; or remove the folder {} and run this again unchanged",
            target.display()
        )),
    });
    output::publish(outputs, letters)?;
    Ok(summary)
}

/// Verifies every byte of the indexes.
fn verify_all(indexes: &IndexSet) -> anyhow::Result<()> {
    Ok(indexes.indexes().iter().try_for_each(|index| index.verify())?)
}

/// Reports how many references Excel changes when it opens a table. A search for such a reference finds
/// nobody, or somebody else.
fn print_lost_references(number: u64, (table, option): (&str, &str)) {
    if number > 0 {
        print_warning(format_args!(
            "Excel will show {} in the {table} as {}: it drops zeros at the beginning and digits beyond the \
             fifteenth, takes 12E4 for a number, and 3/4 for a date; write a workbook instead, with \
             {option} FILE.xlsx",
            counted(number, "reference"),
            by_number(number, "another number or a date", "other numbers or dates")
        ));
    }
}

impl Results {
    /// Removes all results, and returns the error that there are too many rejects.
    fn abandon(self) -> anyhow::Result<anyhow::Error> {
        let error = self.rejects.too_many("--rejects FILE");
        let outputs = [Some(self.findings.into_inner()?), self.rejects.into_inner()?];
        outputs.into_iter().flatten().try_for_each(Output::abandon)?;
        Ok(error)
    }
}

/// The indexes or the leak, as the command line names them.
fn names_of_indexes(arguments: &Check) -> Vec<String> {
    let files = match &arguments.leak {
        Some(leak) => slice::from_ref(leak),
        None => arguments.index.as_slice(),
    };
    files.iter().map(|file| file.display().to_string()).collect()
}

/// The indexes that the members were checked against.
fn describe_indexes(
    arguments: &Check,
    indexes: &IndexSet,
    unused_of_leak: Vec<UnusedColumn>,
    tables: Option<Vec<TableNames>>,
) -> Vec<IndexSummary> {
    let named = names_of_indexes(arguments).into_iter();
    let mut given = named.zip(given_indexes(indexes));
    if let Some(tables) = tables {
        let given = given.zip(tables);
        let described =
            given.map(|((file, index), table)| IndexSummary::of_table(file, table, index));
        return described.collect();
    }
    if arguments.leak.is_some() {
        let leak = given.next();
        let leak = leak.map(|(file, index)| IndexSummary::of_leak(file, index, unused_of_leak));
        return leak.into_iter().collect();
    }
    given.map(|(file, index)| IndexSummary::of_index(file, index)).collect()
}

/// Refuses findings whose file name contradicts the format on the command line. Programs detect the format by
/// the name.
fn refuse_misnamed(arguments: &Check, output: &Path) -> anyhow::Result<()> {
    let (format, place) = (arguments.findings.format(), output.display());
    let (is_file, is_named) = (!output::is_stream(output), SheetFormat::is_workbook(output));
    match format {
        FormatOut::Xlsx if is_standard(output) && io::stdout().is_terminal() => wrong_usage(
            "a workbook cannot be shown on a terminal; name a file with --output FILE.xlsx",
        ),
        FormatOut::Xlsx if is_file && !is_named => wrong_usage(format!(
            "--format-out xlsx writes a workbook, and Excel refuses one with the name {place}; give \
             --output a name that ends in .xlsx"
        )),
        FormatOut::Csv | FormatOut::Jsonl | FormatOut::Excel if is_file && is_named => {
            wrong_usage(format!(
                "--format-out {} writes text, and Excel refuses a text file with the name {place}; leave out \
                 --format-out for a workbook, or give --output a name that does not end in .xlsx",
                format.name()
            ))
        }
        _ => Ok(()),
    }
}

fn refuse_conflicts(arguments: &Check, output: &PathBuf) -> anyhow::Result<()> {
    refuse_misnamed(arguments, output)?;
    for path in &arguments.findings.report {
        report::Format::of(path).map_err(|error| WrongUsage(format!("--report {error}")))?;
    }
    notices::refuse_unknown_formats(&arguments.findings.notices.notice)?;
    let (results, of_letters) = (&arguments.results, &arguments.letters);
    let written = [output].into_iter().chain(&results.rejects).chain(&results.summary);
    let written = written.chain(&of_letters.letters).chain(&arguments.findings.report);
    let written = written.chain(&arguments.findings.notices.notice);
    let written = written.chain(&of_letters.mail_merge);
    let written = written.chain(&arguments.decision_settings.worklist);
    letters::refuse_conflicts(arguments)?;
    output::refuse_conflicts(written, arguments.files_read())
}
