//! `leakdex private grant`: grants an insurer a number of members, and shows the quota used.

use anyhow::Context as _;
use leakdex_private::{Account, Factor, Grant, Ledger};

use super::{load_epoch, require_ledger};
use crate::{
    args::GrantArguments,
    clock,
    commands::print,
    human::counted,
    status::{Status, wrong_usage},
};

pub fn run(arguments: &GrantArguments) -> anyhow::Result<Status> {
    let epoch = load_epoch(&arguments.epoch)?;
    let ledger = Ledger::at(&arguments.ledger);
    let in_ledger = || arguments.ledger.display().to_string();
    if let Some(members) = arguments.members {
        for factor in &arguments.factors {
            anyhow::ensure!(
                epoch.kinds().contains(factor.kind),
                "the epoch has no kind {}",
                factor.kind
            );
        }
        let factor = |kind| {
            let given = arguments.factors.iter().rev().find(|factor| factor.kind == kind);
            given.map_or_else(|| Factor::usual(kind), |item| item.factor)
        };
        let grant =
            Grant::for_members(arguments.insurer, &epoch, members, factor, &arguments.reason);
        let grant = grant.or_else(|error| wrong_usage(error.to_string()))?;
        ledger.grant(&grant, clock::now()).with_context(in_ledger)?;
    }
    require_ledger(&arguments.ledger)?;
    let accounts = ledger.accounts().with_context(in_ledger)?;
    let is_of_insurer =
        |account: &&Account| account.insurer == arguments.insurer && account.epoch == epoch.id();
    let accounts_of_insurer: Vec<&Account> = accounts.iter().filter(is_of_insurer).collect();
    if accounts_of_insurer.is_empty() {
        print(&format!("no grant for this insurer in the epoch {}\n", epoch.name()))?;
    }
    for account in accounts_of_insurer {
        let (granted, charged) = (counted(account.granted, "batch"), account.charged);
        print(&format!("{}: {granted} granted, {charged} used\n", account.kind))?;
    }
    Ok(Status::Done)
}
