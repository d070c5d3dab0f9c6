//! `leakdex private ask`: asks a provider for the members of lists.

use std::path::Path;

use anyhow::Context as _;
use leakdex_private::{FileType, ListDigest, RequestBuilder, RequestWriter, State, Table};

use super::{
    create, lists::Lists, load, load_signer, open_tables, publish, refuse_place_of_secret, save,
};
use crate::{
    args::AskArguments,
    clock,
    commands::print,
    human::counted,
    inputs::Inputs,
    output::{self, Output},
    status::{Status, print_info},
};

pub fn run(arguments: &AskArguments) -> anyhow::Result<Status> {
    let read = arguments.members.iter().chain(&arguments.tables.tables).chain([&arguments.signer]);
    output::refuse_conflicts([&arguments.output, &arguments.state], read)?;
    let mut inputs = Inputs::new(&arguments.input, &arguments.members)?;
    inputs.ignore_classes();
    let earlier = arguments.state.exists().then(|| load(&arguments.state, State::from_text));
    let earlier = earlier.transpose()?;
    // In another year, dates of birth that were valid when the state was made could be errors, or the other
    // way round.
    earlier.iter().for_each(|state| inputs.set_year(state.year()));
    let lists = Lists::new(&inputs, &arguments.members)?;
    refuse_place_of_secret(&arguments.state)?;
    let mut request = create(&arguments.output)?;
    let signer = load_signer(&arguments.signer)?;
    let tables = open_tables(&arguments.tables, &arguments.provider, &inputs)?;
    let table = &tables[0];

    let mut state = match earlier {
        Some(state) => resume_state(state, arguments, &tables, &lists)?,
        None => begin(&arguments.state, table, &lists)?,
    };
    let empty = table.batch();
    let mut request_writer = RequestWriter::new(&state, &signer, &mut request)?;
    while let Some(mut pass) = request_writer.next_pass()? {
        lists.for_each_batch(&empty, false, |batch| Ok(pass.feed(batch)?))?;
        pass.end()?;
    }
    let id = request_writer.finish()?;
    if let Some(earlier) = state.request().filter(|earlier| *earlier != id) {
        anyhow::bail!(
            "{}: belongs to the request {earlier}, and this signing key makes another one; use the key of that \
             request, or another state",
            arguments.state.display()
        );
    }
    publish(request, FileType::Request, id)?;
    state.set_request(id);
    let text = state.to_text();
    let mut file = Output::create(&arguments.state)?;
    std::io::Write::write_all(&mut file, &text)?;
    output::publish(output::settle([file])?, output::NO_PRIMARY_OUTPUT)?;
    for requested in state.batches() {
        print_info(format_args!(
            "  {} of {}\n",
            counted(requested.batches, "batch"),
            requested.kind
        ));
    }
    print(&format!("request {id} in {}\n", arguments.output.display()))?;
    Ok(Status::Done)
}

/// Creates a state. It is on the disk before the request is.
fn begin(path: &Path, table: &Table, lists: &Lists<'_>) -> anyhow::Result<State> {
    let mut request_builder = RequestBuilder::new(table, clock::current_year())?;
    lists.for_each_batch(&table.batch(), true, |batch| {
        request_builder.note(batch);
        Ok(())
    })?;
    let state = request_builder.begin();
    save(path, &state.to_text(), false)?;
    Ok(state)
}

/// Continues with the state of an earlier run for the same tables and lists.
fn resume_state(
    state: State,
    arguments: &AskArguments,
    tables: &[Table],
    lists: &Lists<'_>,
) -> anyhow::Result<State> {
    let in_file = || arguments.state.display().to_string();
    tables.iter().try_for_each(|table| state.require_table(table)).with_context(in_file)?;
    let mut digest = ListDigest::new(&state);
    lists.for_each_batch(&tables[0].batch(), true, |batch| {
        digest.feed(batch);
        Ok(())
    })?;
    digest.finish().with_context(in_file)?;
    print_info(format_args!("{}: continues with the state of an earlier run\n", in_file()));
    Ok(state)
}
