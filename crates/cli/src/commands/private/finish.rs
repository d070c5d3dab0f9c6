//! `leakdex private finish`: checks members by the response of a provider.

use std::time::Instant;

use anyhow::Context as _;
use leakdex::{IndexSet, Key};
use leakdex_private::{Finishing, Found, ListDigest, Request, Response, State, Table};
use leakdex_report::TableNames;

use super::{
    lists::{Lists, refuse_streams},
    load, open, open_tables,
};
use crate::{
    args::{Check, FinishArguments},
    commands::check,
    human::count,
    inputs::Inputs,
    status::{Status, inform, time_for_people},
};

pub fn run(arguments: &FinishArguments) -> anyhow::Result<Status> {
    refuse_streams(&arguments.members)?;
    let check = as_check(arguments);
    check::run_against(&check, Some(&mut |inputs| find(arguments, inputs)))
}

/// The check of the found entries. It asks no decoys, which a provider would charge, and which an audit would
/// take for strangers.
fn as_check(arguments: &FinishArguments) -> Check {
    let FinishArguments { tables, findings, input, results, letters, members, .. } = arguments;
    Check {
        key: Vec::new(),
        index: tables.tables.clone(),
        min_generation: tables.min_generation,
        leak: None,
        name: None,
        findings: findings.clone(),
        resume: false,
        checkpoint_every: 0,
        no_decoys: true,
        explain: None,
        explain_match: None,
        input: input.clone(),
        results: results.clone(),
        letters: letters.clone(),
        members: members.clone(),
    }
}

/// Verifies the response, and finds the entries that the members hit.
fn find(arguments: &FinishArguments, inputs: &Inputs) -> anyhow::Result<check::Found> {
    let start = Instant::now();
    let state = load(&arguments.state, State::from_text)?;
    let tables = open_tables(&arguments.tables, &state.provider(), inputs)?;
    let lists = Lists::new(inputs, &arguments.members)?;
    let in_request = || arguments.request.display().to_string();
    let in_response = || arguments.response.display().to_string();
    let mut request = Request::open(open(&arguments.request)?).with_context(in_request)?;
    let mut response = Response::open(open(&arguments.response)?).with_context(in_response)?;

    let mut finishing = Finishing::new(&state, &tables, &mut request, &mut response)?;
    let empty = tables[0].batch();
    while let Some(mut pass) = finishing.next_pass()? {
        lists.each(&empty, false, |batch| Ok(pass.feed(batch)?))?;
        pass.end()?;
    }
    let found = finishing.finish()?;
    let key = Key::generate()?;
    let identifiers: usize = found.iter().map(Found::len).sum();
    let time = time_for_people(start).map(|time| format!(" in {} s", time.as_secs()));
    inform(format_args!(
        "the response is verified: {} identifiers of members are in the leak{}\n",
        count(identifiers as u64),
        time.unwrap_or_default()
    ));
    let indexes = found.into_iter().map(|own| own.into_index(&key));
    let indexes = IndexSet::new(indexes.collect::<Result<Vec<_>, _>>()?)?;
    let names = |table: &Table| TableNames {
        table_id: table.id().to_string(),
        provider: table.provider().to_string(),
        generation: table.description().generation,
    };
    Ok(check::Found {
        indexes: indexes.with_normaliser(inputs.normaliser()),
        tables: tables.iter().map(names).collect(),
        asked: (empty, tables[0].asked_kinds()),
        digest: ListDigest::new(&state),
    })
}
