//! `leakdex private audit`: checks the elements that an insurer opened.

use std::io::Write as _;

use anyhow::Context as _;
use leakdex::{Batch, KindSet};
use leakdex_private::{Request, Sample, audit};

use super::{lists::Lists, open};
use crate::{
    args::AuditArguments,
    commands::print,
    human::{by_number, count, counted},
    inputs::Inputs,
    output::{self, Output},
    status::{Status, print_info},
};

pub fn run(arguments: &AuditArguments) -> anyhow::Result<Status> {
    let AuditArguments { request, openings, output, books, .. } = arguments;
    output::refuse_conflicts([output], books.iter().chain([request, openings]))?;
    let mut inputs = Inputs::new(&arguments.input, books)?;
    inputs.ignore_classes();
    let lists = Lists::new(&inputs, books)?;
    let mut file = Output::create(output)?;
    let in_request = || request.display().to_string();
    let in_openings = || openings.display().to_string();
    let mut request = Request::open(open(request)?).with_context(in_request)?;
    let kinds: KindSet = request.batches().iter().map(|batch| batch.kind).collect();
    let sample = Sample::draw(arguments.sample.challenge, &request, arguments.sample.samples)?;
    let opened = audit(&mut request, &sample, open(openings)?);
    let mut audited = opened.with_context(in_openings)?;
    let (canaries, padding) = (audited.canaries(), audited.padding());
    let identifiers = audited.identifiers().count() as u64;

    lists.for_each_batch(&Batch::new(inputs.normaliser(), kinds), true, |batch| {
        audited.remove_members(batch);
        Ok(())
    })?;
    let mut strangers = 0;
    writeln!(file, "kind,identifier")?;
    for identifier in audited.identifiers() {
        strangers += 1;
        let canonical = String::from_utf8_lossy(identifier.canonical());
        let cell = leakdex_report::inert(&canonical);
        writeln!(file, "{},\"{}\"", identifier.kind(), cell.replace('"', "\"\""))?;
    }
    output::publish(output::settle([file])?, output::NO_PRIMARY_OUTPUT)?;
    print_info(format_args!(
        "{}: {}, {} made-up, {} of padding\n",
        counted(arguments.sample.samples, "element"),
        counted(identifiers, "different identifier"),
        count(canaries),
        count(padding)
    ));
    let place = output.display();
    let strangers_text = counted(strangers, "identifier");
    let text = if books.is_empty() {
        format!("every opening is valid; look up the {strangers_text} in {place} in the books\n")
    } else {
        let are = by_number(strangers, "is", "are");
        format!("every opening is valid; {strangers_text} in {place} {are} not in the books\n")
    };
    print(&text)?;
    Ok(if books.is_empty() || strangers == 0 { Status::Done } else { Status::Indeterminate })
}
