"""The exceptions of leakdex. No message contains a value of a person."""

from __future__ import annotations


class Error(Exception):
    """The base of all exceptions of leakdex. The message says what happened, where, and what to do."""


class KeyFault(Error):
    """The bytes or the file are not a key, or other users can read the key file."""


class IndexFault(Error):
    """An index cannot be used: it is damaged or too old, has another key, or was built with other rules."""


class ColumnsError(Error, ValueError):
    """The columns have a wrong type or an unknown name, or an unused column would identify persons."""


class InputTypeError(Error, TypeError):
    """An argument cannot be used: it has the wrong type, no index or key was given, an index was given twice, or
    several indexes were asked for a property of one, such as ``id``."""


class StreamError(Error):
    """A stream of record batches ended with an error, contains an invalid batch, or has not ended yet."""


class CountsError(Error, ValueError):
    """The counts of several tasks are not from one run, or do not cover all members."""


class BuildError(Error):
    """An index cannot be built."""


class ClosedError(Error, ValueError):
    """An index was used after it was closed, or a stream or builder after its end."""


class IoError(Error, OSError):
    """The operating system reported an error. ``errno`` and ``filename`` have the details."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class InternalError(Error):
    """A bug in leakdex. There is no result. Please report it."""


for _exception in (
    Error,
    KeyFault,
    IndexFault,
    ColumnsError,
    InputTypeError,
    StreamError,
    CountsError,
    BuildError,
    ClosedError,
    IoError,
    InternalError,
):
    _exception.__module__ = "leakdex"
del _exception
