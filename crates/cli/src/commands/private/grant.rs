//! `leakdex private grant`: grants an insurer a number of members, and shows what is used.

use leakdex_private::{Factor, Grant, Ledger};

use super::{batches, load_epoch};
use crate::{args::GrantArguments, clock, commands::print, status::Status};

pub fn run(arguments: &GrantArguments) -> anyhow::Result<Status> {
    let epoch = load_epoch(&arguments.epoch)?;
    let ledger = Ledger::at(&arguments.ledger);
    if let Some(members) = arguments.members {
        for own in &arguments.factors {
            anyhow::ensure!(epoch.kinds().contains(own.kind), "the epoch has no kind {}", own.kind);
        }
        let factor = |kind| {
            let given = arguments.factors.iter().rev().find(|own| own.kind == kind);
            given.map_or_else(|| Factor::usual(kind), |own| own.factor)
        };
        let grant =
            Grant::for_members(arguments.insurer, &epoch, members, factor, &arguments.reason)?;
        ledger.grant(&grant, clock::system_time())?;
    }
    let accounts = ledger.accounts()?;
    let own =
        accounts.iter().filter(|own| own.insurer == arguments.insurer && own.epoch == epoch.id());
    for own in own {
        let (granted, charged) = (batches(own.granted), own.charged);
        print(&format!("{}: {granted} granted, {charged} used\n", own.kind))?;
    }
    Ok(Status::Done)
}
