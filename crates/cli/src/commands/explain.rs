//! `leakdex check --explain`: a dry run that shows how the files are read and what their first rows yield.
//! It shows shapes, never values.

use std::path::PathBuf;

use leakdex::{
    Batch, Breach, Caveat, Field, IndexBuilder, IndexSet, Key, KindSet, Normaliser, Outcome,
    Problem, Reason, Record, Verdict,
};
use leakdex_input::{Input, Options, Rows};
use leakdex_screening::{LeakColumns, given_indexes};

use super::print;
use crate::{
    args::{Check, RejectLimit},
    findings::breaches,
    human::counted,
    indexes,
    inputs::{self, Inputs},
    keys, leak,
    mask::masked,
    output,
    screen::wrapped,
    self_check,
    status::{self, Status},
};

pub fn run(arguments: &Check, rows: usize) -> anyhow::Result<Status> {
    output::refuse_conflicts([], arguments.files_read())?;
    let mut inputs =
        Inputs::new(&arguments.input, arguments.members.iter().chain(&arguments.leak))?;
    inputs::refuse_missing(&arguments.members)?;
    inputs::refuse_repeated(&arguments.members)?;
    // The account of each input replaces the usual notes.
    status::set_quiet();
    let rules = inputs.normaliser();
    let mut leak_columns = LeakColumns::default();
    let indexes = if let Some(leak) = &arguments.leak {
        let input = inputs.open_leak(leak)?;
        let options = inputs.of(leak);
        leak_columns = LeakColumns::new(&input);
        let key = Key::generate()?;
        let hashes = leak::email_hashes_later(&arguments.members, &inputs)?;
        let builder = IndexBuilder::new(&key, Breach::named("leak")?);
        let builder = builder.normaliser(rules).email_hashes(hashes);
        print(&explained(&input, &options, rows, builder.batch(), |_| Vec::new()))?;
        let breach = leak::breach_of(arguments, &input)?;
        leak::index(input, &key, breach, rules, hashes, Some(RejectLimit::UNLIMITED))?.0
    } else {
        let keys = keys::load_all(&arguments.key)?;
        indexes::open(&arguments.index, &keys, arguments.min_generation, rules)?
    };
    let names: Vec<&PathBuf> = arguments.leak.iter().chain(&arguments.index).collect();
    print(&describe_indexes(&names, &indexes))?;
    for members in &arguments.members {
        let options = inputs.of(members);
        let input = Input::open(members, &options)
            .map_err(|error| inputs.name_leak(error, arguments.leak.as_deref()))?;
        self_check::print(&leak_columns.caveats(&input));
        let check = |batch: &Batch| indexes.check_batch(batch).to_vec();
        let explanation = explained(&input, &options, rows, indexes.batch(), check);
        indexes.verify_touched()?;
        print(&explanation)?;
    }
    print("a dry run: no more rows than these were checked, and nothing was written\n")?;
    Ok(Status::Done)
}

/// How an input is read, what its first rows yield, and the verdicts that `check` gives on them, if any.
fn explained(
    input: &Input,
    options: &Options,
    rows: usize,
    mut batch: Batch,
    check: impl Fn(&Batch) -> Vec<Verdict>,
) -> String {
    let first = first_rows(input, &mut batch, options.normaliser, rows);
    let mut text = input.account(options).join("\n");
    text += &format!("\n  the first {}, values masked:\n", counted(first.len() as u64, "row"));
    let verdicts = check(&batch);
    for (number, lines) in first.iter().enumerate() {
        text += &format!("  row {}\n{lines}", number + 1);
        text += &verdicts.get(number).map_or_else(String::new, describe_verdict);
    }
    text
}

/// Reads the first rows into the batch. Returns a description of each row's fields and of the kinds that
/// they make.
fn first_rows(input: &Input, batch: &mut Batch, rules: Normaliser, rows: usize) -> Vec<String> {
    let mut first = Vec::new();
    let (layout, has_reference) = (input.layout(), input.has_reference());
    let Some(block) = input.peek() else { return first };
    layout.rows(block, |share| {
        for row in 0..share.len().min(rows - first.len()) {
            let record = share.columns().record(row);
            batch.push(&record);
            let last = batch.len() - 1;
            let mut lines = describe_fields(share, row, &record, batch.problems(last), rules);
            if has_reference {
                let given = if share.id(row).is_empty() { "absent" } else { "given, not shown" };
                lines += &line("id", given);
            }
            first.push(lines + &line("makes", &slugs(batch.kinds(last))));
        }
    });
    first
}

/// Describes the result for each value of a row, and the fault of the row as a whole.
fn describe_fields(
    rows: &Rows<'_>,
    row: usize,
    record: &Record,
    problems: &[Problem],
    rules: Normaliser,
) -> String {
    let mut normal_form = String::new();
    let mut text = String::new();
    for (number, (field, value)) in record.values().enumerate() {
        if !rows.has(row, number) {
            continue;
        }
        let order = rows.columns().columns()[number].date_order();
        let rules = order.map_or(rules, |order| rules.date_order(order));
        normal_form.clear();
        let outcome = match value {
            Ok(raw) => rules.normalise(field, raw, &mut normal_form),
            Err(reason) => Outcome::Invalid(reason),
        };
        let problem = problems.iter().find(|problem| problem.value == Some(number));
        let explanation =
            describe_outcome(field, outcome, &normal_form, problem.map(|item| item.reason));
        text += &line(field.slug(), &format!("{explanation}, from '{}'", rows.header(number)));
    }
    for class in record.data_classes() {
        text += &line("class", &format!("{class}: the cell is filled"));
    }
    for problem in problems.iter().filter(|problem| problem.value.is_none()) {
        text += &line("row", problem.reason.code());
    }
    text
}

fn describe_outcome(
    field: Field,
    outcome: Outcome,
    normal_form: &str,
    problem: Option<Reason>,
) -> String {
    let shape = || masked(field, normal_form);
    match (outcome, problem) {
        (Outcome::Ok, None) => format!("ok {}", shape()),
        (Outcome::Ok | Outcome::Suspect(_), Some(reason)) => format!("not used: {reason}"),
        (Outcome::Suspect(reason), None) => format!("suspect: {reason} {}", shape()),
        (Outcome::Invalid(reason), _) => format!("invalid: {reason}"),
        (Outcome::Absent, _) => "absent".to_owned(),
    }
}

/// The reason why a check is incomplete, in words.
fn gap(caveat: Caveat) -> &'static str {
    match caveat {
        Caveat::FieldNotCompared => "a field was not compared in full",
        Caveat::SuspectValue => "a value is suspect",
        Caveat::DoubtfulColumn => "a column of the leak is doubtful",
        Caveat::ValueNotUsed => "a value cannot be used",
        Caveat::MatchRefuted => "a match seems to be another person",
        _ => "see the verdict of a check",
    }
}

/// The verdict and the reason for it.
fn describe_verdict(verdict: &Verdict) -> String {
    let coverage = verdict.coverage();
    let explanation = match verdict {
        Verdict::Affected(finding) => {
            let breaches = breaches(finding.exposure()).join(" ");
            let (strength, matched) = (finding.strength(), slugs(finding.matched()));
            format!("affected, {strength}: {matched} found in {breaches}")
        }
        Verdict::NotAffected(_) => {
            let gaps: Vec<&str> = coverage.caveats().iter().map(gap).collect();
            let in_part = if gaps.is_empty() {
                String::new()
            } else {
                format!(", checked only in part ({})", gaps.join(", "))
            };
            format!("not_affected{in_part}: no checked value is in the leak")
        }
        Verdict::Indeterminate(_) => {
            let reasons: Vec<&str> =
                coverage.problems.iter().map(|problem| problem.reason.code()).collect();
            format!("indeterminate: nothing could be checked: {}", reasons.join(" "))
        }
    };
    let mut text = line("verdict", &explanation);
    for (name, kinds) in [
        ("checked", coverage.checked),
        ("suspect", coverage.suspect),
        ("not given", coverage.missing),
        ("not indexed", coverage.not_held),
    ] {
        if !kinds.is_empty() {
            text += &line(name, &slugs(kinds));
        }
    }
    if !coverage.unused.is_empty() {
        let fields: Vec<&str> = coverage.unused.iter().map(Field::slug).collect();
        text += &line("not used", &fields.join(" "));
    }
    text
}

/// The indexes that the members are checked against.
fn describe_indexes(names: &[&PathBuf], indexes: &IndexSet) -> String {
    let mut text = String::new();
    for (name, index) in names.iter().zip(given_indexes(indexes)) {
        text += &format!(
            "{}: {}; it holds:\n",
            name.display(),
            indexes::rows_in_words(&index.metadata().rows)
        );
        for kind in &index.metadata().kinds {
            text += &line(&kind.kind, &counted(kind.identifiers, "identifier"));
        }
    }
    text
}

fn line(name: &str, text: &str) -> String {
    wrapped(&format!("    {name:<12} {text}"), 17)
}

fn slugs(kinds: KindSet) -> String {
    let slugs: Vec<&str> = kinds.iter().map(leakdex::Kind::slug).collect();
    if slugs.is_empty() { "nothing that can be checked".to_owned() } else { slugs.join(" ") }
}
