//! `leakdex private answer`: answers a request.

use anyhow::Context as _;
use leakdex_private::{Charged, Checked, Epoch, Error, FileType, Ledger, Request, answer};

use super::{create, load_epoch, load_signer, open, publish, require_ledger};
use crate::{
    args::AnswerArguments,
    clock,
    commands::print,
    output,
    progress::Progress,
    status::{Status, inform, tell_warning},
};

pub fn run(arguments: &AnswerArguments) -> anyhow::Result<Status> {
    let AnswerArguments { epoch, signer, ledger, output, request } = arguments;
    output::refuse_conflicts([output], [epoch, signer, ledger, request])?;
    let mut response = create(output)?;
    let epoch = load_epoch(epoch)?;
    let signer = load_signer(signer)?;
    let in_request = || request.display().to_string();
    require_ledger(ledger)?;
    let in_ledger = || ledger.display().to_string();
    let ledger = Ledger::at(ledger);
    let names = Request::identify(open(request)?).with_context(in_request)?;
    // The log of audits says why. An error of the ledger itself cannot be noted in it.
    let refused = |error: Error| {
        let is_of_ledger = matches!(error, Error::LedgerDamaged { .. } | Error::Busy);
        let noted = ledger.refused(names, epoch.id(), &error, clock::system_time());
        if let Some(error) = noted.err().filter(|_| !is_of_ledger) {
            tell_warning(format_args!("the ledger does not name this request as refused: {error}"));
        }
        let place = if is_of_ledger { in_ledger() } else { in_request() };
        anyhow::Error::new(error).context(place)
    };
    let mut opened = Request::open(open(request)?).map_err(refused)?;
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
    let (id, charged) = evaluated.map_err(refused)?;
    publish(response, FileType::Response, id)?;
    ledger.answered(&charged, id, clock::system_time()).with_context(in_ledger)?;
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
) -> Result<(Checked<'a, Source>, Charged), Error> {
    let checked = Checked::new(epoch, request)?;
    let charged = ledger.charge(&checked, clock::system_time())?;
    Ok((checked, charged))
}
