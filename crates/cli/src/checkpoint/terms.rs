//! What must be the same for the results of two runs to be the same.

use std::collections::BTreeMap;

use leakdex::{IndexSet, Key};

use crate::{
    args::{Check, ResultArguments},
    input::Options,
    inputs,
    previous::Previous,
};

/// The terms of a run by their names, each spelt out.
pub type Terms = BTreeMap<String, String>;

/// The terms of this run. Each argument and option is named, so that nobody adds one without thinking
/// of this.
pub fn of(arguments: &Check, indexes: &IndexSet, previous: Option<&Previous>, key: &Key) -> Terms {
    let Check {
        // The indexes say themselves which they are, whatever they and their keys are called.
        key: _,
        index: _,
        min_generation: _,
        leak: _,
        output,
        format_out,
        previous: _,
        all,
        resume: _,
        checkpoint_every: _,
        // Written from the summary, or not at all with it.
        report: _,
        lang: _,
        letters: _,
        explain: _,
        // The exit status alone.
        allow_indeterminate: _,
        input,
        results: ResultArguments { max_rejects: _, rejects, summary: _ },
        members,
    } = arguments;
    let Options {
        columns,
        // Of --leak.
        optional: _,
        delimiter,
        encoding,
        header,
        format,
        table,
        sheet,
        max_bytes,
        normaliser,
        sizes: _,
        digest: _,
    } = inputs::options(input);
    let ids = indexes.indexes().iter().map(|index| (index.id(), index.key_id()));
    let previous = previous
        .map(|findings| key.digest("checkpoint-previous", &[&findings.digest().to_le_bytes()]));
    let terms = [
        ("the version of leakdex", env!("CARGO_PKG_VERSION").to_owned()),
        ("the indexes", format!("{:?}", ids.collect::<Vec<_>>())),
        ("the names of the member lists", format!("{members:?}")),
        ("--output", format!("{output:?}")),
        ("--rejects", format!("{rejects:?}")),
        ("--format-out", format!("{format_out:?}")),
        ("--all", format!("{all:?}")),
        ("the findings of --previous", format!("{previous:?}")),
        ("--column", format!("{columns:?}")),
        ("--delimiter", format!("{delimiter:?}")),
        ("--encoding", format!("{encoding:?}")),
        ("--no-header", format!("{:?}", !header)),
        ("--format", format!("{format:?}")),
        ("--table", format!("{table:?}")),
        ("--sheet", format!("{sheet:?}")),
        ("--max-input-bytes", format!("{max_bytes:?}")),
        ("--region, --date-format or the year", format!("{normaliser:?}")),
    ];
    terms.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The names of those that differ.
pub fn differing<'t>(one: &'t Terms, other: &'t Terms) -> Vec<&'t str> {
    let names = one.keys().chain(other.keys().filter(|&name| !one.contains_key(name)));
    names.filter(|&name| one.get(name) != other.get(name)).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_of_two_runs_has_differs_too() {
        let terms = |pairs: &[(&str, &str)]| -> Terms {
            pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let one = terms(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let other = terms(&[("b", "2"), ("c", "1"), ("d", "1")]);
        assert_eq!(differing(&one, &other), ["a", "b", "d"]);
        assert!(differing(&one, &one).is_empty());
    }
}
