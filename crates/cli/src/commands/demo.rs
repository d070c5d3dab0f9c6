//! `leakdex demo`: a synthetic breach with known truth.

use crate::{
    demo::{self, Sizes},
    status::Status,
};

pub fn run() -> anyhow::Result<Status> {
    let mut text = Vec::new();
    let outcome = demo::run(&mut text, &Sizes::default())?;
    super::print(&String::from_utf8_lossy(&text))?;
    Ok(if outcome.promise_holds() { Status::Done } else { Status::Failed })
}
