//! `leakdex lookup`: checks values from standard input, so that none stands in a command line.

use std::io::{self, Write as _};

use leakdex::{Field, IndexSet, Record, Verdict};
use leakdex_screening::caveats;

use super::each_line;
use crate::{
    args::Lookup,
    findings::{breaches, data_classes},
    indexes, inputs, self_check,
    status::{Status, standard_output, wrong_usage},
};

/// So many bytes of answers wait until the indexes were seen to be unchanged.
const ANSWERS: usize = 1 << 16;

pub fn run(arguments: &Lookup) -> anyhow::Result<Status> {
    let mut fields = Field::ALL.iter().copied();
    let Some(field) = fields.find(|field| field.kind() == Some(arguments.kind)) else {
        return wrong_usage(
            "this kind is made of several fields; check a file with 'leakdex check'",
        );
    };
    let rules = inputs::normaliser(&arguments.rules);
    let indexes = indexes::open(&arguments.index, &arguments.key, arguments.min_generation, rules)?;
    self_check::tell(&caveats::of_erasures(&arguments.index, &indexes));
    let mut batch = indexes.batch();
    let mut record = Record::new();
    let mut answers = String::new();
    let mut indeterminate = false;
    each_line(|line| {
        record.clear();
        match line {
            Ok(value) => record.push(field, value),
            Err(reason) => record.push_unusable(field, reason),
        }
        batch.clear();
        batch.push(&record);
        for verdict in indexes.check_batch(&batch).iter() {
            indeterminate |= matches!(verdict, Verdict::Indeterminate(_));
            let line =
                if arguments.json { serde_json::to_string(&verdict)? } else { row(&verdict) };
            answers += &line;
            answers.push('\n');
        }
        if answers.len() < ANSWERS { Ok(()) } else { give(&mut answers, &indexes) }
    })?;
    give(&mut answers, &indexes)?;
    let incomplete = indeterminate && !arguments.allow_indeterminate;
    Ok(if incomplete { Status::Indeterminate } else { Status::Done })
}

/// Prints the answers that wait, if the indexes are as they were when they were asked.
fn give(answers: &mut String, indexes: &IndexSet) -> anyhow::Result<()> {
    indexes.verify_unchanged()?;
    let mut stdout = io::stdout().lock();
    let given = stdout.write_all(answers.as_bytes()).and_then(|()| stdout.flush());
    answers.clear();
    given.map_err(standard_output)
}

/// Verdict, strength, breaches, data classes, number of leaked records, and `partially_checked` where
/// that is so, between tabs. The value is not repeated.
fn row(verdict: &Verdict) -> String {
    let Some(finding) = verdict.finding() else {
        let partial = if verdict.is_partially_checked() { "partially_checked" } else { "" };
        return format!("{}\t\t\t\t\t{partial}", verdict.slug());
    };
    let exposure = finding.exposure();
    format!(
        "{}\t{}\t{}\t{}\t{}\t",
        verdict.slug(),
        finding.strength(),
        breaches(exposure).join(" "),
        data_classes(exposure).join(" "),
        exposure.records()
    )
}
