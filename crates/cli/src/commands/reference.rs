//! The reference of a member on a command line.

use std::io::{self, Read as _};

use anyhow::Context as _;
use leakdex::{Field, Normaliser, Outcome};

use crate::status::wrong_usage;

/// The longest reference that is read from standard input, in bytes.
const LONGEST_REFERENCE: u64 = 64 * 1024;

/// The reference that an option gives. `-` reads it from standard input.
pub fn of_option(reference: &str, option: &str) -> anyhow::Result<String> {
    if reference == "-" {
        return read();
    }
    refuse_value(reference, option)?;
    Ok(reference.trim().to_owned())
}

/// Refuses a reference that looks like an insured number, an IBAN or an e-mail address: every user of a
/// machine can see a command line.
pub fn refuse_value(reference: &str, option: &str) -> anyhow::Result<()> {
    let rules = Normaliser::new();
    let is_value =
        |field: &Field| rules.normalise(*field, reference, &mut String::new()) == Outcome::Ok;
    if let Some(field) =
        [Field::Kvnr, Field::Iban, Field::Email].iter().find(|field| is_value(field))
    {
        return wrong_usage(format!(
            "the reference has the form of a value ({field}), and everybody on this machine can see a \
             command line; give {option} - and write the reference to standard input"
        ));
    }
    Ok(())
}

fn read() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let read = io::stdin().take(LONGEST_REFERENCE + 1).read_to_end(&mut bytes);
    let length = read.context("cannot read standard input")?;
    anyhow::ensure!(
        length as u64 <= LONGEST_REFERENCE,
        "the reference on standard input is longer than 64 KiB"
    );
    let text = str::from_utf8(&bytes).ok().map(str::trim).filter(|text| !text.is_empty());
    let text = text.filter(|text| !text.contains('\n'));
    text.map(str::to_owned).context("standard input must hold one reference, in UTF-8, on one line")
}
