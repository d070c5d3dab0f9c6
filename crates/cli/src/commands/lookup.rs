//! `leakdex lookup`: checks values from standard input, so no value appears in a command line.

use std::io::{self, Write as _};

use leakdex::{Field, IndexSet, Record, Verdict};
use leakdex_report::Language;
use leakdex_screening::caveats;

use super::{each_line, is_typed};
use crate::{
    args::{Lookup, RuleArguments},
    findings::{breaches, data_classes},
    indexes, inputs, keys, self_check,
    status::{Status, print_info, standard_output},
};

/// Answers are held back, up to this many bytes, until the indexes are known to be unchanged.
const MAX_HELD_BACK: usize = 1 << 16;

pub fn run(arguments: &Lookup) -> anyhow::Result<Status> {
    let mut fields = Field::ALL.iter().copied();
    let field = fields.find(|field| field.kind() == Some(arguments.kind));
    let field = field.expect("the command line takes kinds of one value only");
    let region = arguments.region;
    let rules = RuleArguments { date_format: None, date_order: None, region };
    let rules = inputs::normaliser(&rules);
    let keys = keys::load_all(&arguments.key)?;
    let indexes = indexes::open(&arguments.index, &keys, arguments.min_generation, rules)?;
    self_check::print(&caveats::of_erasures(&arguments.index, &indexes));
    let mut batch = indexes.batch();
    let mut record = Record::new();
    let mut answers = String::new();
    let mut indeterminate = false;
    // A person waits for each answer, and wants it in words.
    let is_typed = is_typed();
    let limit = if is_typed { 0 } else { MAX_HELD_BACK };
    each_line(field.slug(), |line| {
        record.clear();
        match line {
            Ok(value) => record.push(field, value),
            Err(reason) => record.push_unusable(field, reason),
        }
        batch.clear();
        batch.push(&record);
        let mut words = String::new();
        for verdict in indexes.check_batch(&batch).iter() {
            indeterminate |= matches!(verdict, Verdict::Indeterminate(_));
            let line =
                if arguments.json { serde_json::to_string(&verdict)? } else { row(&verdict) };
            answers += &line;
            answers.push('\n');
            words = if is_typed { in_words(&verdict) } else { String::new() };
        }
        if answers.len() >= limit {
            print_answers(&mut answers, &indexes)?;
        }
        if !words.is_empty() {
            print_info(format_args!("  {words}\n"));
        }
        Ok(())
    })?;
    print_answers(&mut answers, &indexes)?;
    let incomplete = indeterminate && !arguments.allow_indeterminate;
    Ok(if incomplete { Status::Indeterminate } else { Status::Done })
}

/// Prints the answers that were held back, if the parts of the indexes that were read are as they were built.
fn print_answers(answers: &mut String, indexes: &IndexSet) -> anyhow::Result<()> {
    indexes.verify_touched()?;
    let mut stdout = io::stdout().lock();
    let printed = stdout.write_all(answers.as_bytes()).and_then(|()| stdout.flush());
    answers.clear();
    printed.map_err(standard_output)
}

/// Tab-separated: verdict, strength, breaches, data classes, number of leaked records, `partially_checked`
/// if it applies, and the reasons for an incomplete check. The value is not repeated.
fn row(verdict: &Verdict) -> String {
    let Some(finding) = verdict.finding() else {
        let partial = if verdict.is_partially_checked() { "partially_checked" } else { "" };
        return format!("{}\t\t\t\t\t{partial}\t{}", verdict.slug(), reasons(verdict).join(" "));
    };
    let exposure = finding.exposure();
    format!(
        "{}\t{}\t{}\t{}\t{}\t\t",
        verdict.slug(),
        finding.strength(),
        breaches(exposure).join(" "),
        data_classes(exposure).join(" "),
        exposure.records()
    )
}

/// The codes of the reasons why a value was not checked, or not fully.
fn reasons(verdict: &Verdict) -> Vec<&'static str> {
    if verdict.finding().is_some() { Vec::new() } else { verdict.reasons() }
}

/// The reasons in a [`row`], in words for a person at a terminal.
fn in_words(verdict: &Verdict) -> String {
    let reasons = reasons(verdict);
    if reasons.is_empty() {
        return String::new();
    }
    let names = reasons.iter().map(|reason| Language::En.reason(reason).into_owned());
    let part = if verdict.is_partially_checked() { "checked in part" } else { "not checked" };
    format!("{part}: {}", names.collect::<Vec<_>>().join(", "))
}
