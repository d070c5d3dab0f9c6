"""Finds the members of an insurer who are in a data leak.

An index holds keyed hashes of leaked data. A check against it gives each member a verdict: ``affected``,
``not_affected`` or ``indeterminate``. Members and leaks are tables: any object with the Arrow PyCapsule
interface, such as the tables of pyarrow, polars, pandas 3 and DuckDB. This package needs none of these
libraries.

>>> import leakdex, pyarrow as pa
>>> index = leakdex.Index.open("breach.leakdex", leakdex.Key.load("breach.key"))  # doctest: +SKIP
>>> verdicts = pa.table(index.check(members, keep=["member"]))  # doctest: +SKIP
"""

from __future__ import annotations

from ._errors import (
    BuildError,
    ClosedError,
    ColumnsError,
    CountsError,
    Error,
    IndexFault,
    InputTypeError,
    InternalError,
    IoError,
    KeyFault,
    StreamError,
)
from ._leakdex import (
    Account,
    Caveat,
    Counts,
    Coverage,
    Index,
    IndexBuilder,
    Key,
    Outcome,
    Verdict,
    Verdicts,
    VerdictStream,
    __version__,
)

__all__ = [
    "Account",
    "BuildError",
    "Caveat",
    "ClosedError",
    "ColumnsError",
    "Counts",
    "CountsError",
    "Coverage",
    "Error",
    "Index",
    "IndexBuilder",
    "IndexFault",
    "InputTypeError",
    "InternalError",
    "IoError",
    "Key",
    "KeyFault",
    "Outcome",
    "StreamError",
    "Verdict",
    "VerdictStream",
    "Verdicts",
    "__version__",
]
