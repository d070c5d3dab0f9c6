//! `leakdex private signer`: makes a signing key, and shows its fingerprint.

use leakdex_private::Signer;

use super::{load_signer, save};
use crate::{
    args::SignerArguments,
    commands::print,
    keys,
    status::{Status, print_info},
};

pub fn run(arguments: &SignerArguments) -> anyhow::Result<Status> {
    let path = &arguments.key;
    let signer = if path.exists() {
        load_signer(path)?
    } else {
        let signer = Signer::generate()?;
        let with_passphrase = keys::is_to_be_sealed(arguments.passphrase);
        save(path, signer.to_text().as_bytes(), with_passphrase)?;
        print_info(format_args!(
            "made a new signing key in {}; its fingerprint is:\n",
            path.display()
        ));
        signer
    };
    print(&format!("{}\n", signer.fingerprint()))?;
    Ok(Status::Done)
}
