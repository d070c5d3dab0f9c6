//! `leakdex check --explain-match`: explains to a case officer, record by record, why a member is affected
//! or not. It shows no value and writes nothing.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
};

use leakdex::{BreachName, Evidence, Exposure, Finding, IndexSet, Key};
use leakdex_input::{Block, Gaps, Input, Layout, one_line};
use leakdex_report::{
    Explanation, Language, LeakedRecord, LeakedRow, Line, RecordExplanation, inert, outcome_of,
};
use leakdex_screening::{LeakColumns, pipeline};

use super::{print, reference};
use crate::{
    args::{Check, FormatOut, RejectLimit},
    decided::DecisionSettings,
    findings::decisions,
    indexes,
    inputs::{self, Inputs},
    keys, leak,
    leaked_rows::{self, keys_by_breach},
    output,
    row_numbers::RowNumbers,
    screen::wrapped,
    self_check,
    status::{Status, print_lines},
};

/// The maximum number of explained rows with the same reference.
const MAX_ROWS: usize = 100;

pub fn run(arguments: &Check, reference: &str) -> anyhow::Result<Status> {
    let standard = PathBuf::from("-");
    let is_from_input = reference == "-";
    let reference_input = is_from_input.then_some(&standard);
    output::refuse_conflicts([], arguments.files_read().chain(reference_input))?;
    if !is_from_input {
        reference::refuse_value(reference, "--explain-match")?;
    }
    let mut inputs =
        Inputs::new(&arguments.input, arguments.members.iter().chain(&arguments.leak))?;
    inputs::refuse_missing(&arguments.members)?;
    inputs::refuse_repeated(&arguments.members)?;
    let reference = reference::of_option(reference, "--explain-match")?;
    let places = &arguments.decision_settings.leaked_rows;
    leaked_rows::refuse_foreign(places)?;
    let rules = inputs.normaliser();
    let mut decision_settings =
        DecisionSettings::read(arguments.decision_settings.decisions.as_deref(), false)?;
    let mut leak_columns = LeakColumns::default();
    let (indexes, keys) = if let Some(leak) = &arguments.leak {
        let input = inputs.open_leak(leak)?;
        leak_columns = LeakColumns::new(&input);
        let hashes = leak::email_hashes_later(&arguments.members, &inputs)?;
        let breach = leak::breach_of(arguments, &input)?;
        let key = Key::generate()?;
        let limit = Some(RejectLimit::UNLIMITED);
        (leak::index(input, &key, breach, rules, hashes, limit)?.0, vec![key])
    } else {
        let keys = keys::load_all(&arguments.key)?;
        let indexes = indexes::open(&arguments.index, &keys, arguments.min_generation, rules)?;
        decision_settings.take_keys(&indexes, &keys)?;
        (indexes, keys)
    };
    let explainer =
        Explainer { keys: keys_by_breach(&indexes, &keys)?, indexes, decision_settings };
    inputs.ignore_classes();
    let (mut found, mut more) = (MatchExplanations::default(), 0);
    for members in &arguments.members {
        let input = inputs.open(members);
        let input = input.map_err(|error| inputs.name_leak(error, arguments.leak.as_deref()))?;
        self_check::print(&leak_columns.caveats(&input));
        more += explain_list(input, &explainer, &reference, &mut found)?;
    }
    let MatchExplanations { explanations: mut found, as_listed, as_cell } = found;
    anyhow::ensure!(
        !(as_listed && as_cell),
        "two references match: one exactly as given, the other as findings write it; for the first, add \
         an apostrophe at the beginning; for the second, remove one"
    );
    anyhow::ensure!(
        !found.is_empty(),
        "no member has the reference that --explain-match gives; write it as the list does, name all \
         member lists, and see that the right column holds the references: --column 'HEADER=id'"
    );
    explainer.indexes.verify_touched()?;
    if !places.is_empty() {
        add_leaked_rows(&mut found, places)?;
    }
    print(&if arguments.findings.format_out == Some(FormatOut::Jsonl) {
        as_json(&found)?
    } else {
        as_text(&found, more, arguments.findings.lang)
    })?;
    Ok(Status::Done)
}

/// The explanations of matching members, and how the reference matched.
#[derive(Default)]
struct MatchExplanations {
    explanations: Vec<Explanation>,
    /// Whether a list has the reference exactly as it was given.
    as_listed: bool,
    /// Whether findings would write a reference of a list in the given form.
    as_cell: bool,
}

/// Adds the leaked rows of the records. Warns of records that the files lack.
fn add_leaked_rows(found: &mut [Explanation], files: &[PathBuf]) -> anyhow::Result<()> {
    let records =
        || found.iter().flat_map(|explanation| &explanation.records).map(RecordExplanation::record);
    let wanted: HashSet<LeakedRecord> = records().collect();
    let places = leaked_rows::find(files, &wanted)?;
    let missing = wanted.iter().filter(|record| !places.contains_key(*record)).count();
    leaked_rows::warn_of_missing_records("", missing as u64);
    for record in found.iter_mut().flat_map(|explanation| &mut explanation.records) {
        if let Some(place) = places.get(&record.record()) {
            record.place(LeakedRow { file: one_line(&place.file), ..*place });
        }
    }
    Ok(())
}

/// The indexes, the key that gives the record ids of each breach, and the decisions of people.
struct Explainer {
    indexes: IndexSet,
    decision_settings: DecisionSettings,
    keys: BTreeMap<String, Key>,
}

impl Explainer {
    fn record(&self, evidence: &Evidence) -> RecordExplanation {
        let key = self.keys.get(evidence.breach.name().as_str());
        let key = key.expect("each breach of the indexes has a key");
        let record = leaked_rows::id(key, evidence.tag);
        RecordExplanation::new(evidence, record)
    }
}

/// Explains the members of a list with this reference. Returns how many were left out because there are too
/// many.
fn explain_list(
    mut input: Input,
    explainer: &Explainer,
    reference: &str,
    found: &mut MatchExplanations,
) -> anyhow::Result<u64> {
    let (layout, file) = (input.layout(), input.name().to_owned());
    print_lines(input.describe());
    anyhow::ensure!(
        input.has_reference(),
        "{file}: --explain-match finds a member by the reference, but no column holds references; map one with \
         --column 'HEADER=id'"
    );
    let (mut rows_before, mut others_before, mut more) = (0, input.rows_above(), 0);
    let read = || anyhow::Ok(input.next_block()?);
    let work = |(): &mut (), block: &Block| explain_block(&layout, block, explainer, reference);
    pipeline::run(
        read,
        || (),
        work,
        |(rows, gaps, of_block)| {
            let numbers = RowNumbers { rows_before, others_before, gaps: &gaps };
            found.as_listed |= of_block.as_listed;
            found.as_cell |= of_block.as_cell;
            for mut explanation in of_block.explanations {
                explanation.file.clone_from(&file);
                let number = numbers.of(explanation.row);
                (explanation.row, explanation.shown) = (number.row, number.shown);
                if found.explanations.len() < MAX_ROWS {
                    found.explanations.push(explanation);
                } else {
                    more += 1;
                }
            }
            rows_before += rows;
            others_before += gaps.total();
            Ok(true)
        },
    )?;
    print_lines(input.notes());
    Ok(more)
}

/// Returns the number of rows in a block, the lines between them, and an explanation of each row with this
/// reference. The explanations count rows from 0.
fn explain_block(
    layout: &Layout,
    block: &Block,
    explainer: &Explainer,
    reference: &str,
) -> (u64, Gaps, MatchExplanations) {
    let (mut rows, mut found) = (0, MatchExplanations::default());
    layout.rows(block, |share| {
        for row in 0..share.len() {
            let row_of_block = rows;
            rows += 1;
            let is_listed = share.id(row) == reference;
            // Findings escape a reference that a spreadsheet would take for a formula.
            if is_listed || inert(share.id(row)) == reference {
                found.as_listed |= is_listed;
                found.as_cell |= !is_listed;
                let record = share.columns().record(row);
                let Explainer { indexes, decision_settings, .. } = explainer;
                let verdict = indexes.check(&record);
                let records = indexes.explain(&record);
                let records = records.iter().map(|record| explainer.record(record)).collect();
                let (reference_of_row, finding) = (share.id(row), verdict.finding());
                let judge = |finding| decision_settings.judge(indexes, (share, row), finding);
                let mut decided = finding.map(judge).unwrap_or_default();
                decided.is_unmatched =
                    decision_settings.unmatched(reference_of_row, finding).next().is_some();
                let decision = |breach: &BreachName| decided.status(finding, breach).decision();
                let outcome = outcome_of(&verdict, decision);
                let parts = finding.map(Finding::exposure).map_or(&[][..], Exposure::by_breach);
                let statuses = parts.iter().map(|part| decided.status(finding, part.breach.name()));
                let decisions = decision_settings
                    .is_requested()
                    .then(|| decisions(statuses, decided.is_unmatched));
                found.explanations.push(Explanation {
                    file: String::new(),
                    row: row_of_block,
                    shown: row_of_block,
                    outcome,
                    decisions,
                    verdict,
                    records,
                });
            }
        }
    });
    (rows, layout.gaps(block), found)
}

fn as_json(found: &[Explanation]) -> anyhow::Result<String> {
    let lines = found.iter().map(|explanation| Ok(serde_json::to_string(explanation)? + "\n"));
    lines.collect()
}

fn as_text(found: &[Explanation], more: u64, language: Language) -> String {
    let mut text = String::new();
    for explanation in found {
        for (number, line) in explanation.lines(language).iter().enumerate() {
            let is_heading = line.name.is_empty() && !line.is_of_record;
            text += if number > 0 && is_heading { "\n" } else { "" };
            text += &printed_line(line);
        }
        text += "\n";
    }
    Explanation::closing(found, language, more).iter().for_each(|line| text += &printed_line(line));
    text
}

fn printed_line(Line { name, text, is_of_record }: &Line) -> String {
    match (*name, is_of_record) {
        ("", false) => wrapped(text, 0),
        ("", true) => wrapped(&format!("    {text}"), 4),
        (name, false) => wrapped(&format!("  {name:<14}  {text}"), 18),
        (name, true) => wrapped(&format!("    {name:<14}{text}"), 18),
    }
}
