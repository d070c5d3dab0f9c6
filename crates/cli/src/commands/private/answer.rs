//! `leakdex private answer`: answers a request.

use anyhow::Context as _;
use leakdex_private::{
    ChargedRequest, CheckedRequest, Epoch, Error, FileType, Ledger, Request, answer,
};

use super::{create, load_epoch, load_signer, open, publish, require_ledger};
use crate::{
    args::AnswerArguments,
    clock,
    commands::print,
    output,
    progress::Progress,
    status::{Status, print_info, print_warning},
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
    // The ledger records why a request is refused, for audits. Errors of the provider's own disk and ledger
    // are not refusals.
    let refused = |ids, error: Error| match error {
        Error::Io { .. } => anyhow::Error::new(error),
        Error::LedgerDamaged { .. } | Error::Busy => anyhow::Error::new(error).context(in_ledger()),
        _ => {
            if let Err(error) = ledger.refused(ids, epoch.id(), &error, clock::now()) {
                print_warning(format_args!("the ledger lacks this refusal: {error}"));
            }
            anyhow::Error::new(error).context(in_request())
        }
    };
    let mut opened = match Request::open(open(request)?) {
        Ok(opened) => opened,
        Err(error) => {
            let ids = Request::identify(open(request)?).with_context(in_request)?;
            return Err(refused(ids, error));
        }
    };
    let ids = (opened.id(), opened.insurer());
    let charged = charge(&epoch, &mut opened, &ledger);
    let evaluated = charged.and_then(|(checked, charged)| {
        if charged.is_repeated() {
            print_info(format_args!("this request was charged before; it costs nothing more\n"));
        }
        let progress = Progress::of_build();
        let show = |done, total| progress.show_count("elements", done, total);
        let id = answer(checked, &charged, &signer, show, &mut response)?;
        Ok((id, charged))
    });
    let (id, charged) = evaluated.map_err(|error| refused(ids, error))?;
    publish(response, FileType::Response, id)?;
    ledger.answered(&charged, id, clock::now()).with_context(in_ledger)?;
    let line = charged.charge().seq;
    print(&format!("response {id} in {}, charged in line {line}\n", output.display()))?;
    Ok(Status::Done)
}

type Source = std::io::BufReader<std::fs::File>;

/// Checks the request, and charges it to the quota.
fn charge<'a>(
    epoch: &'a Epoch,
    request: &'a mut Request<Source>,
    ledger: &Ledger,
) -> Result<(CheckedRequest<'a, Source>, ChargedRequest), Error> {
    let checked = CheckedRequest::new(epoch, request)?;
    let charged = ledger.charge(&checked, clock::now())?;
    Ok((checked, charged))
}
