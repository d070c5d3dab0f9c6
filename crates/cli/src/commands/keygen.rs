//! `leakdex keygen`: makes a key.

use crate::{
    args::Keygen,
    keys,
    output::{is_standard, refuse_folder_of},
    status::{Status, wrong_usage},
};

pub fn run(arguments: &Keygen) -> anyhow::Result<Status> {
    if is_standard(&arguments.key) {
        return wrong_usage("a key goes into a file that only its owner can read; name one");
    }
    refuse_folder_of(&arguments.key)?;
    let key = keys::generate(&arguments.key, keys::is_to_be_sealed(arguments.passphrase))?;
    super::print(&format!("key {} in {}\n", key.id(), arguments.key.display()))?;
    Ok(Status::Done)
}
