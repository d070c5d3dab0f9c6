//! `leakdex normalize`: shows the normal form of values that the caller has just typed.

use std::io::{self, BufWriter, Write as _};

use leakdex::{
    Field, Normaliser, Outcome, Reason,
    internal::{InsuredNumber, koelner_phonetik, read_institution_code},
};
use serde_json::json;

use super::{each_line, is_typed};
use crate::{
    args::{Form, Normalize},
    inputs,
    status::{Status, standard_output},
};

pub fn run(arguments: &Normalize) -> anyhow::Result<Status> {
    let normaliser = inputs::normaliser(&arguments.rules);
    let mut output = BufWriter::new(io::stdout().lock());
    let mut shown = String::new();
    // A person waits for each answer.
    let is_typed = is_typed();
    each_line(arguments.form.name(), |line| {
        let outcome = match line {
            Ok(value) => show(arguments.form, value, normaliser, &mut shown),
            Err(reason) => Outcome::Invalid(reason),
        };
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
        writeln!(output, "{line}").map_err(standard_output)?;
        if is_typed { output.flush().map_err(standard_output) } else { Ok(()) }
    })?;
    output.flush().map_err(standard_output)?;
    Ok(Status::Done)
}

/// Replaces `shown` with a form of the value. If the value is invalid or absent, the content of `shown` is unspecified.
fn show(form: Form, raw: &str, normaliser: Normaliser, shown: &mut String) -> Outcome {
    shown.clear();
    match form {
        Form::Field(field) => {
            let outcome = normaliser.normalise(field, raw, shown);
            if matches!(field, Field::LastName | Field::FirstName) {
                *shown = join_name_parts(shown);
            }
            outcome
        }
        Form::Kvnr20 => show_long_number(raw, 20, shown),
        Form::Kvnr30 => show_long_number(raw, 30, shown),
        Form::Institution => match read_institution_code(raw) {
            Ok(code) => {
                *shown = code.to_string();
                Outcome::Ok
            }
            Err(outcome) => outcome,
        },
        Form::Sound => {
            koelner_phonetik(raw, shown);
            if shown.is_empty() { Outcome::Invalid(Reason::NoLetters) } else { Outcome::Ok }
        }
        Form::PersonFull => show_person(raw, normaliser, false, shown),
        Form::PersonFirst => show_person(raw, normaliser, true, shown),
    }
}

/// Names as in match keys: with joined words, and without repeated names.
fn join_name_parts(names: &str) -> String {
    let mut joined: Vec<String> = names.split("; ").map(|name| name.replace(' ', "")).collect();
    joined.dedup();
    joined.join("; ")
}

/// `KVNR|IK`, or `KVNR|IK|KVNR of the main insured`.
fn show_long_number(raw: &str, length: usize, shown: &mut String) -> Outcome {
    let mut plain = String::new();
    let number = match InsuredNumber::read(raw, &mut plain) {
        Ok(number) => number,
        Err(outcome) => return outcome,
    };
    let parts: Vec<&str> =
        [Some(number.personal_number()), number.institution(), number.main_insured()]
            .into_iter()
            .flatten()
            .collect();
    if parts.len() != length / 10 {
        return Outcome::Invalid(Reason::WrongLength);
    }
    *shown = parts.join("|");
    number.doubt().map_or(Outcome::Ok, Outcome::Suspect)
}

/// Normalises `last|first|birth date` as in match keys, with all given names or only the first.
fn show_person(
    raw: &str,
    normaliser: Normaliser,
    first_given_name_only: bool,
    shown: &mut String,
) -> Outcome {
    let mut columns = raw.split('|');
    let (mut parts, mut outcome) = (Vec::new(), Outcome::Ok);
    for field in [Field::LastName, Field::FirstName, Field::BirthDate] {
        let mut part = String::new();
        let column = columns.next().unwrap_or_default();
        match normaliser.normalise(field, column, &mut part) {
            Outcome::Ok => {}
            suspect @ Outcome::Suspect(_) => outcome = suspect,
            unusable => return unusable,
        }
        parts.push(part);
    }
    if columns.next().is_some() {
        return Outcome::Invalid(Reason::TooManyFields);
    }
    if first_given_name_only {
        let first = parts[1].find([' ', ';']).unwrap_or(parts[1].len());
        parts[1].truncate(first);
    }
    *shown = parts.iter().map(|part| join_name_parts(part)).collect::<Vec<_>>().join("|");
    outcome
}
