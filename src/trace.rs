//! Spans and events of `tracing` for operations that take a while and can fail: opening, mapping,
//! verifying, building, merging, publishing and reloading. Without the feature `tracing`, they
//! compile to nothing.
//!
//! They hold paths, counts, public ids and errors, but never a value, a normal form or a pseudonym.
//! Checks and lookups emit nothing, because there are too many of them.

use crate::error::Error;

#[cfg(feature = "tracing")]
pub(crate) use tracing::Span;

/// Replaces a span of `tracing` when the feature is off.
#[cfg(not(feature = "tracing"))]
pub(crate) struct Span;

#[cfg(not(feature = "tracing"))]
impl Span {
    const fn entered(self) -> Self {
        self
    }
}

/// A span for [`within`]: its name and its fields.
macro_rules! span {
    ($name:literal $(, $field:ident = $value:expr)*) => {{
        #[cfg(feature = "tracing")]
        let span = tracing::debug_span!($name $(, $field = %$value)*);
        #[cfg(not(feature = "tracing"))]
        let span = {
            $( let _ = &$value; )*
            crate::trace::Span
        };
        span
    }};
}

/// Emits one event.
macro_rules! event {
    ($level:ident, $message:literal $(, $field:ident = $value:expr)*) => {{
        #[cfg(feature = "tracing")]
        tracing::event!(tracing::Level::$level, $( $field = %$value, )* $message);
        #[cfg(not(feature = "tracing"))]
        { $( let _ = &$value; )* }
    }};
}

pub(crate) use {event, span};

/// Runs `act` within a span and records how it ended. A failure is not a warning here: the caller
/// gets the error and may have expected it.
pub(crate) fn within<T>(span: Span, act: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let _entered = span.entered();
    let outcome = act();
    match &outcome {
        Ok(_) => event!(DEBUG, "done"),
        Err(error) => event!(DEBUG, "failed", error = error),
    }
    outcome
}
