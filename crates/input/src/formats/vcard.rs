//! vCards (RFC 6350, RFC 2426 and version 2.1).

use crate::{
    error::InputProblem,
    opening::{Opened, Opening},
    options::Options,
};

pub(super) fn open(_opened: Opened, _options: &Options) -> Result<Opening, InputProblem> {
    Err(InputProblem::Refused("a file of a format that is not read yet", "export it as CSV"))
}
