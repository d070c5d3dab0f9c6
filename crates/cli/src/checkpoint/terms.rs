//! The terms of a run. Two runs with the same terms have the same results.

use std::{collections::BTreeMap, path::Path};

use leakdex::{DateOrder, IndexSet, Key};
use leakdex_input::Mapping;
use serde_json::{Value, json};

use crate::{
    args::{
        Check, DateFormat, FindingArguments, FormatOut, InputArguments, ResultArguments,
        RuleArguments,
    },
    clock,
    decided::DecisionSettings,
    previous::Previous,
};

/// The terms of a run, by name.
///
/// Checkpoints contain the terms as text, which this module defines itself. A run can be resumed only while
/// that text stays the same.
pub type Terms = BTreeMap<String, Value>;

/// The terms of this run.
pub fn of(
    arguments: &Check,
    indexes: &IndexSet,
    (previous, decision_settings): (Option<&Previous>, &DecisionSettings),
    key: &Key,
) -> Terms {
    let ids = indexes
        .indexes()
        .iter()
        .map(|index| json!({ "index": index.id().to_string(), "key": index.key_id().to_string() }));
    let previous =
        previous.map(|findings| key.digest("checkpoint-previous", &[&findings.digest()]));
    let decisions =
        decision_settings.digest().map(|digest| key.digest("checkpoint-decisions", &[&digest]));
    let of_run = [
        ("the version of leakdex", json!(env!("CARGO_PKG_VERSION"))),
        ("the indexes", ids.collect()),
        ("the findings of --previous", json!(previous.map(hex::encode))),
        ("the decisions", json!(decisions.map(hex::encode))),
    ];
    of_run
        .into_iter()
        .chain(of_arguments(arguments, clock::current_year()))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The terms that the command line sets, and the year. The pattern names every argument, so a new argument
/// does not compile until somebody decides whether it is a term.
fn of_arguments(arguments: &Check, year: u16) -> impl IntoIterator<Item = (&'static str, Value)> {
    let Check {
        // Indexes identify themselves. Their file names and those of their keys do not matter.
        key: _,
        index: _,
        min_generation: _,
        leak: _,
        name: _,
        breach: _,
        findings:
            FindingArguments {
                output,
                // The name of the output can set the format too.
                format_out: _,
                previous: _,
                all,
                // Written from the summary. The language of tables is part of the format below.
                report: _,
                notices: _,
                lang: _,
                // Changes only the exit status.
                allow_indeterminate: _,
                strict: _,
            },
        resume: _,
        checkpoint_every: _,
        letters: _,
        insurer: _,
        // The decisions themselves are a term. A run that resumes writes no work list.
        decision_settings: _,
        explain: _,
        explain_match: _,
        no_decoys,
        input,
        results: ResultArguments { max_rejects: _, rejects, summary: _ },
        members,
    } = arguments;
    let InputArguments {
        columns,
        delimiter,
        encoding,
        no_header,
        skip_rows,
        format,
        layout,
        table,
        sql_dialect,
        sheet,
        max_input_bytes,
        for_files,
        for_settings,
        rules: RuleArguments { date_format, date_order, region },
    } = input;
    let members: Vec<Value> = members.iter().map(|members| path(members)).collect();
    let columns: Vec<Value> = columns.iter().map(column).collect();
    let options = for_settings.iter().chain(for_files);
    let options: Vec<&str> = options.map(|option| &*option.text).collect();
    let date_format = date_format.map(|DateFormat::Excel| "excel");
    let format_out = match arguments.findings.format() {
        // Only tables for people have a language.
        FormatOut::Excel => format!("excel --lang {:?}", arguments.findings.lang),
        other => other.name(),
    };
    [
        ("the names of the member lists", json!(members)),
        ("--output", json!(output.as_deref().map(path))),
        ("--rejects", json!(rejects.as_deref().map(path))),
        ("--format-out", json!(format_out)),
        ("--all", json!(all)),
        ("--no-decoys", json!(no_decoys)),
        ("--column", json!(columns)),
        ("--delimiter", json!(delimiter.map(|delimiter| delimiter.to_string()))),
        ("--encoding", json!(encoding.map(|encoding| encoding.to_string()))),
        ("--no-header", json!(no_header)),
        ("--skip-rows", json!(skip_rows)),
        ("--format", json!(format.map(|format| format.to_string()))),
        ("--layout", json!(layout.as_ref().map(ToString::to_string))),
        ("--table", json!(table)),
        ("--sql-dialect", json!(sql_dialect.map(|dialect| dialect.to_string()))),
        ("--sheet", json!(sheet)),
        ("--max-input-bytes", json!(max_input_bytes.map(|limit| limit.0))),
        ("--for", json!(options)),
        (
            "--region, --date-format, --date-order or the year",
            json!({
                "region": region.to_string(),
                "date_format": date_format,
                "date_order": date_order.map(DateOrder::slug),
                "year": year,
            }),
        ),
    ]
}

/// A path as results and messages show it.
fn path(path: &Path) -> Value {
    json!(path.display().to_string())
}

fn column(Mapping { header, target }: &Mapping) -> Value {
    json!({ "header": header, "target": target.to_string() })
}

/// The names of the terms that differ.
pub fn differing<'t>(one: &'t Terms, other: &'t Terms) -> Vec<&'t str> {
    let names = one.keys().chain(other.keys().filter(|&name| !one.contains_key(name)));
    names.filter(|&name| one.get(name) != other.get(name)).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Arguments, Command};

    /// Changing a text here breaks the resuming of interrupted runs, so it needs a new
    /// [`FORMAT`](super::super::note::FORMAT).
    #[test]
    fn the_terms_of_a_command_line_have_stable_text() {
        let words = "leakdex check --resume --key k --index i --output out.csv --rejects rejects.csv \
                     --format-out jsonl --all --no-decoys --column a=b=email --column c=class:passwords \
                     --column d=ignore --column e=id --delimiter tab --encoding iso-8859-15 \
                     --no-header --skip-rows 3 --format csv --table t --sql-dialect mysql --sheet s --max-input-bytes 2GiB \
                     --for one.csv:delimiter=| \
                     --date-format excel --date-order month-first --region AT one.csv two.csv";
        assert_eq!(
            terms_of(words),
            json!({
                "the names of the member lists": ["one.csv", "two.csv"],
                "--output": "out.csv",
                "--rejects": "rejects.csv",
                "--format-out": "jsonl",
                "--all": true,
                "--no-decoys": true,
                "--column": [
                    { "header": "a=b", "target": "email" },
                    { "header": "c", "target": "class:passwords" },
                    { "header": "d", "target": "ignored" },
                    { "header": "e", "target": "id" },
                ],
                "--delimiter": "tab",
                "--encoding": "ISO-8859-15",
                "--no-header": true,
                "--skip-rows": 3,
                "--format": "CSV",
                "--layout": null,
                "--table": "t",
                "--sql-dialect": "mysql",
                "--sheet": "s",
                "--max-input-bytes": 2_147_483_648_u64,
                "--for": ["one.csv:delimiter=|"],
                "--region, --date-format, --date-order or the year": {
                    "region": "AT", "date_format": "excel", "date_order": "month-first",
                    "year": 2026,
                },
            })
        );
        assert_eq!(
            terms_of("leakdex check --resume --key k --index i --output out.csv one.csv"),
            json!({
                "the names of the member lists": ["one.csv"],
                "--output": "out.csv",
                "--rejects": null,
                "--format-out": "csv",
                "--all": false,
                "--no-decoys": false,
                "--column": [],
                "--delimiter": null,
                "--encoding": null,
                "--no-header": false,
                "--skip-rows": null,
                "--format": null,
                "--layout": null,
                "--table": null,
                "--sql-dialect": null,
                "--sheet": null,
                "--max-input-bytes": null,
                "--for": [],
                "--region, --date-format, --date-order or the year": {
                    "region": "DE", "date_format": null, "date_order": null, "year": 2026,
                },
            })
        );
    }

    /// The terms of a command line in the year 2026.
    fn terms_of(words: &str) -> Value {
        let arguments = Arguments::try_parse_from(words.split_whitespace());
        let command = arguments.expect("it is a command line").command;
        let Command::Check(check) = command else { panic!("it is not a check") };
        let terms = of_arguments(&check, 2026).into_iter();
        terms.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn a_term_of_only_one_of_two_runs_differs() {
        let terms = |pairs: &[(&str, &str)]| -> Terms {
            pairs.iter().map(|&(name, value)| (name.to_owned(), json!(value))).collect()
        };
        let one = terms(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let other = terms(&[("b", "2"), ("c", "1"), ("d", "1")]);
        assert_eq!(differing(&one, &other), ["a", "b", "d"]);
        assert!(differing(&one, &one).is_empty());
    }
}
