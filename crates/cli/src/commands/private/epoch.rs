//! `leakdex private epoch`: makes the secret keys of an epoch.

use leakdex_private::{Epoch, Error};

use super::{refuse_place_of_secret, save};
use crate::{
    args::EpochArguments,
    commands::print,
    keys,
    status::{Status, wrong_usage},
};

pub fn run(arguments: &EpochArguments) -> anyhow::Result<Status> {
    let kinds = arguments.kinds.iter().copied().collect();
    refuse_place_of_secret(&arguments.seed)?;
    let epoch = match Epoch::generate(arguments.name.clone(), kinds) {
        Err(error @ Error::WrongKinds) => return wrong_usage(error.to_string()),
        epoch => epoch?,
    };
    let with_passphrase = keys::is_to_be_sealed(arguments.passphrase);
    save(&arguments.seed, epoch.to_text().as_bytes(), with_passphrase)?;
    let kinds: Vec<&str> = epoch.kinds().iter().map(leakdex::Kind::slug).collect();
    let place = arguments.seed.display();
    print(&format!("epoch {} ({}) in {place}\n", epoch.id(), kinds.join(", ")))?;
    Ok(Status::Done)
}
