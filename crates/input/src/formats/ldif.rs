//! Entries of a directory, as LDIF (RFC 2849).

use crate::{
    error::InputProblem,
    opening::{Opened, Opening},
    options::Options,
};

pub(super) fn open(_opened: Opened, _options: &Options) -> Result<Opening, InputProblem> {
    Err(InputProblem::Refused("a file of a format that is not read yet", "export it as CSV"))
}
