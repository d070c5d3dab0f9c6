//! `leakdex private answer`: answers a request.

use anyhow::Context as _;
use leakdex_private::{Charged, Checked, Epoch, Ledger, Request, answer};

use super::{load_epoch, load_signer, open};
use crate::{
    args::AnswerArguments,
    clock,
    commands::print,
    output::{self, Output},
    progress::Progress,
    status::{Status, inform},
};

pub fn run(arguments: &AnswerArguments) -> anyhow::Result<Status> {
    let AnswerArguments { epoch, signer, ledger, output, request } = arguments;
    output::refuse_conflicts([output], [epoch, signer, ledger, request])?;
    let mut response = Output::create(output)?;
    let epoch = load_epoch(epoch)?;
    let signer = load_signer(signer)?;
    let in_request = || request.display().to_string();
    let mut opened = Request::open(open(request)?).with_context(in_request)?;
    let ledger = Ledger::at(ledger);

    let names = (opened.id(), opened.insurer());
    let charged = charge(&epoch, &mut opened, &ledger);
    let evaluated = charged.and_then(|(checked, charged)| {
        if charged.is_repeated() {
            inform(format_args!("this request was charged before; it costs nothing more\n"));
        }
        let progress = Progress::of_build();
        let show = |done, total| progress.show_of("elements", done, total);
        let id = answer(checked, &charged, &signer, show, &mut response)?;
        Ok((id, charged))
    });
    let (id, charged) = evaluated.map_err(|error| {
        // The ledger records the refusal. If there is no ledger yet, nothing can be recorded.
        let _ = ledger.refused(names, epoch.id(), &error, clock::system_time());
        anyhow::Error::new(error).context(in_request())
    })?;
    output::publish([response], output::NOTHING_FIRST)?;
    ledger.answered(&charged, id, clock::system_time())?;
    let line = charged.charge().seq;
    print(&format!("response {id} in {}, charged in line {line}\n", output.display()))?;
    Ok(Status::Done)
}

type Source = std::io::BufReader<std::fs::File>;

/// Checks the request, and charges it.
fn charge<'a>(
    epoch: &'a Epoch,
    request: &'a mut Request<Source>,
    ledger: &Ledger,
) -> Result<(Checked<'a, Source>, Charged), leakdex_private::Error> {
    let checked = Checked::new(epoch, request)?;
    let charged = ledger.charge(&checked, clock::system_time())?;
    Ok((checked, charged))
}
