use super::{Normaliser, Outcome, Reason};

pub(super) fn normalise(_: &str, _: Normaliser, _: &mut String) -> Outcome {
    Outcome::Invalid(Reason::WrongLength)
}
