//! `leakdex private ask`: asks a provider for the members of lists.

use std::path::Path;

use anyhow::Context as _;
use leakdex_private::{Asker, Asking, ListDigest, State, Table};

use super::{batches, lists::Lists, load, load_signer, open_tables, save};
use crate::{
    args::AskArguments,
    commands::print,
    inputs::Inputs,
    output::{self, Output},
    status::{Status, inform},
};

pub fn run(arguments: &AskArguments) -> anyhow::Result<Status> {
    let read = arguments.members.iter().chain(&arguments.tables.tables).chain([&arguments.signer]);
    output::refuse_conflicts([&arguments.output, &arguments.state], read)?;
    let mut inputs = Inputs::new(&arguments.input, &arguments.members)?;
    inputs.pass_over_classes();
    let lists = Lists::new(&inputs, &arguments.members)?;
    let mut request = Output::create(&arguments.output)?;
    let signer = load_signer(&arguments.signer)?;
    let tables = open_tables(&arguments.tables, &arguments.provider, &inputs)?;
    let table = &tables[0];

    let mut state = state_of(&arguments.state, table, &lists)?;
    let empty = table.batch();
    let mut asking = Asking::new(&state, &signer, &mut request)?;
    while let Some(mut pass) = asking.next_pass()? {
        lists.each(&empty, false, |batch| Ok(pass.feed(batch)?))?;
        pass.end()?;
    }
    let id = asking.finish()?;
    output::publish([request], output::NOTHING_FIRST)?;
    state.asked(id);
    let text = state.to_text();
    let mut file = Output::create(&arguments.state)?;
    std::io::Write::write_all(&mut file, &text)?;
    output::publish([file], output::NOTHING_FIRST)?;
    for own in state.batches() {
        inform(format_args!("  {} of {}\n", batches(own.batches), own.kind));
    }
    print(&format!("request {id} in {}\n", arguments.output.display()))?;
    Ok(Status::Done)
}

/// The state of an earlier run for the same lists, or a new one, which is on the disk before the request is.
fn state_of(path: &Path, table: &Table, lists: &Lists<'_>) -> anyhow::Result<State> {
    let empty = table.batch();
    if !path.exists() {
        let mut asker = Asker::new(table)?;
        lists.each(&empty, true, |batch| {
            asker.note(batch);
            Ok(())
        })?;
        let state = asker.begin();
        save(path, &state.to_text())?;
        return Ok(state);
    }
    let state = load(path, State::from_text)?;
    let in_file = || path.display().to_string();
    state.require_table(table).with_context(in_file)?;
    let mut digest = ListDigest::new(&state);
    lists.each(&empty, true, |batch| {
        digest.feed(batch);
        Ok(())
    })?;
    digest.finish().with_context(in_file)?;
    inform(format_args!("{}: goes on with the state of an earlier run\n", path.display()));
    Ok(state)
}
