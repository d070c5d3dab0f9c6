//! `leakdex demo`: a synthetic breach whose truth is known.

use std::io;

use crate::{
    demo::{self, Sizes},
    status::Status,
};

pub fn run() -> anyhow::Result<Status> {
    let outcome = demo::run(&mut io::stdout().lock(), &Sizes::default())?;
    Ok(if outcome.promise_holds() { Status::Done } else { Status::Failed })
}
