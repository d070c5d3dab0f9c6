//! The result of a step: an error ends the campaign, so its text is all that matters.

use std::error::Error;

pub type Outcome<T> = Result<T, Box<dyn Error>>;
