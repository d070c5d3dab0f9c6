"""The exceptions of leakdex. No message holds a value of a person."""

from __future__ import annotations


class Error(Exception):
    """The base of all exceptions of leakdex. The message says what happened, where, and what to do."""


class KeyFault(Error):
    """The bytes or the file are no key, or others can read the key file."""


class IndexFault(Error):
    """An index cannot be used: it is damaged, has another key, or was made by other rules."""


class ColumnsError(Error, ValueError):
    """The columns cannot be used as they are: a wrong type, an unknown name, or a column that would
    identify persons and is not used."""


class InputTypeError(Error, TypeError):
    """The members, the leak, or a value is of a type that leakdex does not take."""


class StreamError(Error):
    """A stream of record batches ended with an error, holds an invalid batch, or has not ended yet."""


class CountsError(Error, ValueError):
    """The counts of several tasks are not of one run."""


class BuildError(Error):
    """An index cannot be built."""


class ClosedError(Error, ValueError):
    """An index was used after it was closed, or a stream or builder after its end."""


class IoError(Error, OSError):
    """The operating system refused something. ``errno`` and ``filename`` say what and where."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class InternalError(Error):
    """A fault of leakdex. There is no result. Please report it."""


for _own in (
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
    _own.__module__ = "leakdex"
del _own
