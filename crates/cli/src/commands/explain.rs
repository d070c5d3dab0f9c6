//! `leakdex check --explain`: a dry run, which shows how the files are read and what comes of their
//! first rows. No value is shown, only its shape.

use std::path::{Path, PathBuf};

use leakdex::{
    Batch, Breach, Field, FieldSet, IndexBuilder, IndexSet, Key, KindSet, Normaliser, Outcome,
    Problem, Reason, Verdict,
};
use leakdex_report::given_indexes;

use crate::{
    args::Check, findings::breaches, human::count, indexes, inputs, leak, mask::masked, output,
    screen::wrapped, status::Status,
};
use leakdex_input::{Input, Options, Row, shown};

pub fn run(arguments: &Check, rows: usize) -> anyhow::Result<Status> {
    output::refuse_conflicts(&[], &arguments.files_read())?;
    inputs::refuse_missing(&arguments.members)?;
    let mut options = inputs::options(&arguments.input);
    let indexes = if let Some(leak) = &arguments.leak {
        explain_leak(leak, &mut options, rows)?
    } else {
        let rules = options.normaliser;
        indexes::open(&arguments.index, &arguments.key, arguments.min_generation, rules)?
    };
    let names: Vec<&PathBuf> = arguments.leak.iter().chain(&arguments.index).collect();
    print(&describe_indexes(&names, &indexes))?;
    for members in &arguments.members {
        explain_members(&Input::open(members, &options)?, &options, &indexes, rows)?;
    }
    print("a dry run: no more rows than these were checked, and nothing was written\n")?;
    Ok(Status::Done)
}

/// Explains the leak of the two-file way, and indexes all of it.
fn explain_leak(leak: &Path, options: &mut Options, rows: usize) -> anyhow::Result<IndexSet> {
    let input = leak::open(leak, options)?;
    let key = Key::generate()?;
    let builder = IndexBuilder::new(&key, Breach::named("leak")?).normaliser(options.normaliser);
    let mut batch = builder.batch();
    let first = first_rows(&input, &mut batch, options.normaliser, rows);
    let mut text = heading(&input, options, first.len());
    for (number, (mut lines, kinds)) in first.into_iter().enumerate() {
        lines += &line("makes", &slugs(kinds));
        text += &in_row(number, &lines);
    }
    print(&text)?;
    leak::index(input, options.normaliser, true)
}

fn explain_members(
    input: &Input,
    options: &Options,
    indexes: &IndexSet,
    rows: usize,
) -> anyhow::Result<()> {
    let mut batch = indexes.batch();
    let first = first_rows(input, &mut batch, options.normaliser, rows);
    let mut text = heading(input, options, first.len());
    let verdicts = indexes.check_batch(&batch);
    for (number, ((mut lines, kinds), verdict)) in first.into_iter().zip(&verdicts).enumerate() {
        lines += &line("makes", &slugs(kinds));
        lines += &describe_verdict(verdict);
        text += &in_row(number, &lines);
    }
    print(&text)
}

fn heading(input: &Input, options: &Options, rows: usize) -> String {
    let mut text = input.account(options).join("\n");
    text += &format!("\n  the first {} rows, values masked:\n", count(rows as u64));
    text
}

fn in_row(number: usize, lines: &str) -> String {
    format!("  row {}\n{lines}", number + 1)
}

/// Reads the first rows into the batch; gives what is said of the fields of each, and the kinds that
/// it makes.
fn first_rows(
    input: &Input,
    batch: &mut Batch,
    rules: Normaliser,
    rows: usize,
) -> Vec<(String, KindSet)> {
    let mut first = Vec::new();
    let (layout, has_reference) = (input.layout(), input.has_reference());
    let Some(block) = input.peek() else { return first };
    layout.rows(block, |row| {
        if first.len() == rows {
            return;
        }
        batch.push(row.record);
        let last = batch.len() - 1;
        let mut lines = describe_fields(&row, batch.problems(last), rules);
        if has_reference {
            let given = if row.id.is_empty() { "absent" } else { "given, not shown" };
            lines += &line("id", given);
        }
        first.push((lines, batch.kinds(last)));
    });
    first
}

/// What comes of each value of a row, and what is wrong with the row as a whole.
fn describe_fields(row: &Row<'_>, problems: &[Problem], rules: Normaliser) -> String {
    let mut normal_form = String::new();
    let mut text = String::new();
    for (number, (field, value)) in row.record.values().enumerate() {
        normal_form.clear();
        let outcome = match value {
            Ok(raw) => rules.normalise(field, raw, &mut normal_form),
            Err(reason) => Outcome::Invalid(reason),
        };
        let own = problems.iter().find(|problem| problem.value == Some(number));
        let told = describe_outcome(field, outcome, &normal_form, own.map(|own| own.reason));
        text += &line(field.slug(), &format!("{told}, from '{}'", shown(row.column(number))));
    }
    for class in row.record.data_classes() {
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

/// The verdict, and why it is that and no other.
fn describe_verdict(verdict: &Verdict) -> String {
    let coverage = verdict.coverage();
    let told = match verdict {
        Verdict::Affected(finding) => {
            let breaches = breaches(finding.exposure()).join(" ");
            let (strength, matched) = (finding.strength(), slugs(finding.matched()));
            format!("affected, {strength}: {matched} found in {breaches}")
        }
        Verdict::NotAffected(_) if coverage.is_whole() => {
            "not_affected: nothing of what was checked is found".to_owned()
        }
        Verdict::NotAffected(_) => {
            "not_affected, checked in part only: nothing of what was checked is found".to_owned()
        }
        Verdict::Indeterminate(_) => {
            let reasons: Vec<&str> =
                coverage.problems.iter().map(|problem| problem.reason.code()).collect();
            format!("indeterminate: nothing could be checked: {}", reasons.join(" "))
        }
    };
    let mut text = line("verdict", &told);
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
        text += &line("not used", &fields(coverage.unused));
    }
    text
}

/// What the members are checked against.
fn describe_indexes(names: &[&PathBuf], indexes: &IndexSet) -> String {
    let mut text = String::new();
    for (name, index) in names.iter().zip(given_indexes(indexes)) {
        let rows = &index.metadata().rows;
        text += &format!(
            "{}: {} rows indexed, {} rejected; it holds:\n",
            name.display(),
            count(rows.indexed),
            count(rows.rejected)
        );
        for kind in &index.metadata().kinds {
            text += &line(&kind.kind, &format!("{} identifiers", count(kind.identifiers)));
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

fn fields(fields: FieldSet) -> String {
    fields.iter().map(Field::slug).collect::<Vec<_>>().join(" ")
}

fn print(text: &str) -> anyhow::Result<()> {
    super::print(format_args!("{text}"))
}
