//! `leakdex keygen`: makes a key.

use leakdex::Key;
use leakdex_staging::folder_of;

use crate::{
    args::Keygen,
    output::is_standard,
    status::{Status, WrongUsage},
};

pub fn run(arguments: &Keygen) -> anyhow::Result<Status> {
    if is_standard(&arguments.key) {
        let why = "a key goes into a file that only its owner can read; name one";
        return Err(WrongUsage(why.into()).into());
    }
    let folder = folder_of(&arguments.key);
    anyhow::ensure!(
        folder.is_dir(),
        "{}: there is no folder {}; make it first",
        arguments.key.display(),
        folder.display()
    );
    let key = Key::generate()?;
    key.save(&arguments.key)?;
    super::print(format_args!("key {} in {}\n", key.id(), arguments.key.display()))?;
    Ok(Status::Done)
}
