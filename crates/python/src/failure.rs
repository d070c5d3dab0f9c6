//! Failures as Python exceptions. They never contain a value of a person, and never crash the process.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use leakdex::Error as LibraryError;
use leakdex_arrow::Error as ArrowFailure;
use pyo3::{prelude::*, types::PyType};

/// The names of the exceptions in `leakdex._errors`.
pub mod class {
    pub const BUILD: &str = "BuildError";
    pub const CLOSED: &str = "ClosedError";
    pub const COLUMNS: &str = "ColumnsError";
    pub const COUNTS: &str = "CountsError";
    pub const INDEX: &str = "IndexFault";
    pub const INTERNAL: &str = "InternalError";
    pub const IO: &str = "IoError";
    pub const KEY: &str = "KeyFault";
    pub const STREAM: &str = "StreamError";
    pub const TYPE: &str = "InputTypeError";
}

/// The cause of a failure, to be raised once the thread is attached to Python.
pub enum Failure {
    Library(LibraryError),
    Python(PyErr),
    /// An exception of this class with this message.
    Exception(&'static str, String),
}

impl Failure {
    pub fn columns(message: impl Into<String>) -> Self {
        Self::Exception(class::COLUMNS, message.into())
    }

    pub fn stream(message: impl Into<String>) -> Self {
        Self::Exception(class::STREAM, message.into())
    }

    pub fn wrong_type(message: impl Into<String>) -> Self {
        Self::Exception(class::TYPE, message.into())
    }

    pub fn closed(message: impl Into<String>) -> Self {
        Self::Exception(class::CLOSED, message.into())
    }

    /// A panic. Its text may contain anything, so only its location is shown.
    fn internal() -> Self {
        let place = PANICKED_AT.lock().map_or(None, |mut place| place.take());
        let place = place.map_or_else(String::new, |place| format!(" at {place}"));
        let message = format!(
            "a bug in leakdex{place}; there is no result; please report it with the versions of leakdex \
             and of the library that the data comes from"
        );
        Self::Exception(class::INTERNAL, message)
    }

    pub fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Python(error) => error,
            Self::Exception(class, message) => exception(py, class, message),
            Self::Library(error) => library_exception(py, &error),
        }
    }

    /// The message, without the class.
    pub fn message(&self, py: Python<'_>) -> String {
        match self {
            Self::Python(error) => error.value(py).to_string(),
            Self::Exception(_, message) => message.clone(),
            Self::Library(error) => error.to_string(),
        }
    }
}

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        Self::Library(error)
    }
}

impl From<ArrowFailure> for Failure {
    fn from(error: ArrowFailure) -> Self {
        match error {
            ArrowFailure::Library(error) => Self::Library(error),
            ArrowFailure::Columns(message) => Self::columns(message),
            ArrowFailure::Stream(message) => Self::stream(message),
            ArrowFailure::Argument(message) => Self::wrong_type(message),
            ArrowFailure::WrongKey(message) | ArrowFailure::Index(message) => {
                Self::Exception(class::INDEX, message)
            }
            ArrowFailure::Unusable(unusable) => Self::Exception(class::BUILD, unusable.to_string()),
            ArrowFailure::Counts(message) => Self::Exception(class::COUNTS, message),
            other => Self::Exception(class::INTERNAL, other.to_string()),
        }
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

fn exception(py: Python<'_>, class: &str, message: String) -> PyErr {
    let class = py.import("leakdex._errors").and_then(|errors| errors.getattr(class));
    let class = class.and_then(|class| Ok(class.cast_into::<PyType>()?));
    class.map_or_else(|error| error, |class| PyErr::from_type(class, (message,)))
}

fn library_exception(py: Python<'_>, error: &LibraryError) -> PyErr {
    let class = match error {
        LibraryError::Io { .. } => class::IO,
        LibraryError::Index { .. } => class::INDEX,
        LibraryError::Build(_) => class::BUILD,
        _ => class::KEY,
    };
    let raised = exception(py, class, error.to_string());
    if let LibraryError::Io { path, source, .. } = error {
        // An `OSError` has these attributes. The exception is also correct without them.
        let value = raised.value(py);
        let _ = value.setattr("errno", source.raw_os_error());
        let _ = value.setattr("filename", path);
    }
    raised
}

/// The location of the last panic in this extension module.
static PANICKED_AT: Mutex<Option<String>> = Mutex::new(None);

/// Silences panics of this extension module, since their texts may contain anything. Other extension modules
/// have their own copy of the Rust runtime.
pub fn silence_panics() {
    panic::set_hook(Box::new(|panic| {
        if let (Ok(mut place), Some(location)) = (PANICKED_AT.lock(), panic.location()) {
            *place = Some(format!("{}:{}", location.file(), location.line()));
        }
    }));
}

/// Runs work, and turns a panic into a failure.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    outcome.unwrap_or_else(|_| Err(Failure::internal()))
}

/// Runs work while other Python threads continue.
pub fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> PyResult<T> {
    py.detach(|| guarded(work)).map_err(|failure| failure.into_exception(py))
}

/// Runs work in another thread, and stops it on Ctrl-C: the work reads its stream in its own threads, where
/// Python does not report the signal. The caller must not be attached to Python.
pub fn interruptible<T: Send>(
    stop: impl Fn(),
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> Result<T, Failure> {
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel();
        let worker = scope.spawn(move || {
            let outcome = work();
            // This cannot fail: the receiver waits for this message.
            let _ = done.send(());
            outcome
        });
        let mut interrupted = None;
        while is_done.recv_timeout(Signals::PAUSE) == Err(RecvTimeoutError::Timeout) {
            if interrupted.is_none()
                && let Some(Err(error)) = Python::try_attach(check_signals)
            {
                interrupted = Some(error);
                stop();
            }
        }
        let outcome = worker.join().unwrap_or_else(|_| Err(Failure::internal()));
        interrupted.map_or(outcome, |error| Err(Failure::Python(error)))
    })
}

fn check_signals(py: Python<'_>) -> PyResult<()> {
    py.check_signals()
}

/// Checks from time to time whether Ctrl-C was pressed. Python then raises `KeyboardInterrupt`, in its main
/// thread only.
pub struct Signals {
    next: Instant,
}

impl Signals {
    /// Each check waits for other Python threads, so it must be rare.
    const PAUSE: Duration = Duration::from_millis(50);

    pub fn new() -> Self {
        Self { next: Instant::now() + Self::PAUSE }
    }

    pub fn check(&mut self) -> Result<(), PyErr> {
        if Instant::now() < self.next {
            return Ok(());
        }
        let raised = Python::try_attach(check_signals);
        self.next = Instant::now() + Self::PAUSE;
        raised.unwrap_or(Ok(()))
    }
}
