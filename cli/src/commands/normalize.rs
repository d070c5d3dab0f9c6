//! `leakdex normalize`: shows the normal form of values that the caller has just typed.

use std::io::{self, BufWriter, Write as _};

use leakdex::{Field, Outcome, Reason};
use serde_json::json;

use super::each_line;
use crate::{
    args::Normalize,
    clock,
    status::{Status, standard_output},
};

pub fn run(arguments: &Normalize) -> anyhow::Result<Status> {
    let normaliser = clock::normaliser();
    let mut output = BufWriter::new(io::stdout().lock());
    let mut normal_form = String::new();
    each_line(|line| {
        let outcome = match line {
            Ok(value) => normaliser.normalise(arguments.field, value, &mut normal_form),
            Err(reason) => Outcome::Invalid(reason),
        };
        let shown = shown(arguments.field, &normal_form);
        let (word, value, reason) = match outcome {
            Outcome::Ok => ("ok", shown.as_str(), None),
            Outcome::Suspect(reason) => ("suspect", shown.as_str(), Some(reason)),
            Outcome::Invalid(reason) => ("invalid", "", Some(reason)),
            Outcome::Absent => ("invalid", "", Some(Reason::Absent)),
        };
        let line = match (arguments.json, reason) {
            (true, _) => json!({ "outcome": word, "value": value, "reason": reason }).to_string(),
            (false, None) => format!("{word}\t{value}"),
            (false, Some(reason)) => format!("{word}\t{value}\t{reason}"),
        };
        writeln!(output, "{line}").map_err(standard_output)
    })?;
    output.flush().map_err(standard_output)?;
    Ok(Status::Done)
}

/// Names are shown as they enter match keys: with their parts joined.
fn shown(field: Field, normal_form: &str) -> String {
    match field {
        Field::LastName | Field::FirstName => normal_form.replace(' ', ""),
        _ => normal_form.to_owned(),
    }
}
