//! `leakdex private open`: opens some elements of a request for an auditor.

use anyhow::Context as _;
use leakdex_private::{FileType, Opener, Request, Sample, State, write_openings};

use super::{create, lists::Lists, load, load_signer, open, open_tables, publish};
use crate::{args::OpenArguments, commands::print, inputs::Inputs, output, status::Status};

pub fn run(arguments: &OpenArguments) -> anyhow::Result<Status> {
    let OpenArguments { state, signer, request, output, .. } = arguments;
    let read = arguments.members.iter().chain(&arguments.tables.tables);
    output::refuse_conflicts([output], read.chain([state, signer, request]))?;
    let mut inputs = Inputs::new(&arguments.input, &arguments.members)?;
    inputs.ignore_classes();
    let state = load(state, State::from_text)?;
    inputs.set_year(state.year());
    let lists = Lists::new(&inputs, &arguments.members)?;
    let mut openings = create(output)?;
    let signer = load_signer(signer)?;
    let tables = open_tables(&arguments.tables, &state.provider(), &inputs)?;
    tables.iter().try_for_each(|table| state.require_table(table))?;
    let in_request = || request.display().to_string();
    let mut request = Request::open(open(request)?).with_context(in_request)?;
    let sample = Sample::draw(arguments.sample.challenge, &request, arguments.sample.samples)?;

    let mut opener = Opener::new(&state, &sample);
    lists.for_each_batch(&tables[0].batch(), true, |batch| {
        opener.feed(batch);
        Ok(())
    })?;
    let sample_opened = opener.finish()?;
    let id = write_openings(
        &mut request,
        &sample,
        &signer,
        |place| sample_opened.opening_of(place),
        &mut openings,
    )?;
    publish(openings, FileType::Openings, id)?;
    print(&format!("openings {id} in {}\n", output.display()))?;
    Ok(Status::Done)
}
