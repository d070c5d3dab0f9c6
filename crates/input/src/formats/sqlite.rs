//! A table of an SQLite database.

use std::io::Read;

use crate::{error::InputProblem, opening::Opening, options::Options};

pub(super) fn open(
    _source: impl Read,
    _file: Option<&std::path::Path>,
    _options: &Options,
) -> Result<Opening, InputProblem> {
    Err(InputProblem::Refused("an SQLite database", "export the table as CSV"))
}
