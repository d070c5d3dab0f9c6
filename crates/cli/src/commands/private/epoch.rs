//! `leakdex private epoch`: makes the secret keys of an epoch.

use leakdex_private::Epoch;

use super::save;
use crate::{args::EpochArguments, commands::print, status::Status};

pub fn run(arguments: &EpochArguments) -> anyhow::Result<Status> {
    let kinds = arguments.kinds.iter().copied().collect();
    let epoch = Epoch::generate(arguments.name.clone(), kinds)?;
    save(&arguments.seed, epoch.to_text().as_bytes())?;
    let kinds: Vec<&str> = epoch.kinds().iter().map(leakdex::Kind::slug).collect();
    let place = arguments.seed.display();
    print(&format!("epoch {} ({}) in {place}\n", epoch.id(), kinds.join(", ")))?;
    Ok(Status::Done)
}
