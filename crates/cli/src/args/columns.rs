//! The command line of `columns`.

use std::path::PathBuf;

use clap::Args;

use super::InputArguments;

#[derive(Args)]
pub struct Columns {
    /// Write one JSON object for each file
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub input: InputArguments,
    /// The files; '-' is standard input
    #[arg(value_name = "FILE", required = true, help_heading = None)]
    pub files: Vec<PathBuf>,
}
