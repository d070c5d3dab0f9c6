//! Tells `tracing` of what takes a while and can fail: opening, mapping, verifying, building,
//! merging, publishing, reloading. Without the feature `tracing`, all of this is nothing.
//!
//! What is told are paths, counts, public ids and errors: never a value, a normal form or a
//! pseudonym. Checks and look-ups are not told; they are too many.

use crate::error::Error;

#[cfg(feature = "tracing")]
pub(crate) use tracing::Span;

/// Stands for one where nobody is told.
#[cfg(not(feature = "tracing"))]
pub(crate) struct Span;

#[cfg(not(feature = "tracing"))]
impl Span {
    const fn entered(self) -> Self {
        self
    }
}

/// A span for [`within`]: its name, and what is shown of it.
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

/// Tells one thing.
macro_rules! event {
    ($level:ident, $message:literal $(, $field:ident = $value:expr)*) => {{
        #[cfg(feature = "tracing")]
        tracing::event!(tracing::Level::$level, $( $field = %$value, )* $message);
        #[cfg(not(feature = "tracing"))]
        { $( let _ = &$value; )* }
    }};
}

pub(crate) use {event, span};

/// Does something within a span, and tells how it ended. A failure is no warning here: the caller
/// gets it, and may have expected it.
pub(crate) fn within<T>(span: Span, act: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let _entered = span.entered();
    let outcome = act();
    match &outcome {
        Ok(_) => event!(DEBUG, "done"),
        Err(error) => event!(DEBUG, "failed", error = error),
    }
    outcome
}
