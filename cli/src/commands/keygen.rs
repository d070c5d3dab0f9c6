//! `leakdex keygen`: makes a key.

use leakdex::Key;

use crate::{args::Keygen, status::Status};

pub fn run(arguments: &Keygen) -> anyhow::Result<Status> {
    let key = Key::generate()?;
    key.save(&arguments.key)?;
    super::print(format_args!("key {} in {}\n", key.id(), arguments.key.display()))?;
    Ok(Status::Done)
}
