//! `leakdex completions`: lets a shell complete command lines.

use clap::CommandFactory as _;
use clap_complete::generate;

use crate::{
    args::{Arguments, Completions},
    status::Status,
};

pub fn run(arguments: &Completions) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Arguments::command(), "leakdex", &mut script);
    super::print(&String::from_utf8_lossy(&script))?;
    Ok(Status::Done)
}
