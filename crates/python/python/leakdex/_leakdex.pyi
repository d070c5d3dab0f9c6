"""The native half of the package. Import its names from ``leakdex``."""

import datetime
import os
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Protocol, TypeAlias, final

from typing_extensions import Self

__all__ = [
    "Account",
    "Caveat",
    "Counts",
    "Coverage",
    "HashedRows",
    "Index",
    "IndexBuilder",
    "Key",
    "LeakTask",
    "Outcome",
    "ShardCollector",
    "Verdict",
    "VerdictStream",
    "Verdicts",
    "__version__",
    "add_accounts",
    "add_run_counts",
    "build_settings",
    "plan_shards",
    "resolve",
    "verify_shards",
]
__version__: str

class _Stream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None, /) -> Any: ...

class _Array(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None, /) -> Any: ...

# A table of pyarrow, polars, pandas 3 or DuckDB, or of anything else that speaks the Arrow PyCapsule interface.
_Table: TypeAlias = _Stream | _Array
_Path: TypeAlias = str | os.PathLike[str]
_DateOrder: TypeAlias = Literal["day-first", "month-first"]
_Value: TypeAlias = str | datetime.date | None | list[str | None] | tuple[str | None, ...]

@final
class Key:
    @staticmethod
    def load(path: _Path, *, mounted_secret: bool = False) -> Key: ...
    @staticmethod
    def from_bytes(key: bytes | str) -> Key: ...
    @staticmethod
    def generate() -> Key: ...
    def save(self, path: _Path) -> None: ...
    @property
    def id(self) -> str: ...
    def __reduce__(self) -> None: ...  # type: ignore[override]

@final
class Index:
    @staticmethod
    def open(
        path: _Path | Sequence[_Path], key: Key | Sequence[Key], *, min_generation: int = 0
    ) -> Index: ...
    @staticmethod
    def map(
        path: _Path | Sequence[_Path],
        key: Key | Sequence[Key],
        *,
        verify: bool = True,
        min_generation: int = 0,
    ) -> Index: ...
    def check(
        self,
        members: _Table,
        *,
        columns: Mapping[str, str] | None = None,
        keep: Iterable[str] | None = None,
        threads: int | None = None,
        date_order: _DateOrder | None = None,
        resolved: bytes | None = None,
        task: int = 0,
    ) -> Verdicts: ...
    def check_stream(
        self,
        members: _Table,
        *,
        columns: Mapping[str, str] | None = None,
        keep: Iterable[str] | None = None,
        threads: int | None = None,
        date_order: _DateOrder | None = None,
        resolved: bytes | None = None,
        task: int = 0,
    ) -> VerdictStream: ...
    def check_one(
        self,
        member: Mapping[str, _Value] | None = None,
        /,
        *,
        date_order: _DateOrder | None = None,
        **fields: _Value,
    ) -> Verdict: ...
    def resolve(
        self,
        sample: _Table,
        *,
        columns: Mapping[str, str] | None = None,
        date_order: _DateOrder | None = None,
    ) -> bytes: ...
    def outcome(self, run_counts: Iterable[bytes]) -> Outcome: ...
    def verify_unchanged(self) -> None: ...
    @property
    def id(self) -> str: ...
    @property
    def key_id(self) -> str: ...
    @property
    def generation(self) -> int: ...
    @property
    def rows(self) -> Account: ...
    @property
    def kinds(self) -> list[str]: ...
    @property
    def breaches(self) -> dict[str, dict[str, Any]]: ...
    @property
    def indexes(self) -> list[Index]: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None: ...
    def __reduce__(self) -> None: ...  # type: ignore[override]

@final
class IndexBuilder:
    def __new__(
        cls,
        key: Key,
        breach: str | Mapping[str, Any],
        *,
        memory: int | None = None,
        temporary_folder: _Path | None = None,
        kinds: Iterable[str] | None = None,
        email_hashes: Iterable[str] | None = None,
        generation: int = 0,
    ) -> Self: ...
    def add(
        self,
        leaked: _Table,
        *,
        columns: Mapping[str, str] | None = None,
        threads: int | None = None,
        date_order: _DateOrder | None = None,
    ) -> None: ...
    def publish(self, path: _Path, *, shards: int = 1) -> Account: ...
    def __len__(self) -> int: ...
    def __reduce__(self) -> None: ...  # type: ignore[override]

@final
class Verdicts:
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...
    def __len__(self) -> int: ...
    @property
    def counts(self) -> Counts: ...
    @property
    def columns_used(self) -> dict[str, str]: ...
    @property
    def columns_ignored(self) -> list[str]: ...
    @property
    def caveats(self) -> list[Caveat]: ...
    @property
    def run_counts(self) -> bytes: ...

@final
class VerdictStream:
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...
    @property
    def counts(self) -> Counts: ...
    @property
    def columns_used(self) -> dict[str, str]: ...
    @property
    def columns_ignored(self) -> list[str]: ...
    @property
    def caveats(self) -> list[Caveat]: ...
    @property
    def run_counts(self) -> bytes: ...

@final
class Outcome:
    @property
    def counts(self) -> Counts: ...
    @property
    def caveats(self) -> list[Caveat]: ...

@final
class Verdict:
    @property
    def verdict(self) -> Literal["affected", "not_affected", "indeterminate"]: ...
    @property
    def strength(self) -> Literal["certain", "strong", "probable", "candidate"] | None: ...
    @property
    def matched(self) -> list[str]: ...
    @property
    def breaches(self) -> list[str]: ...
    @property
    def breach_strengths(self) -> list[str]: ...
    @property
    def data_classes(self) -> list[str]: ...
    @property
    def records(self) -> int | None: ...
    @property
    def partial(self) -> bool: ...
    @property
    def reasons(self) -> list[str]: ...
    @property
    def coverage(self) -> Coverage: ...

@final
class Coverage:
    @property
    def checked(self) -> list[str]: ...
    @property
    def suspect(self) -> list[str]: ...
    @property
    def doubtful(self) -> list[str]: ...
    @property
    def missing(self) -> list[str]: ...
    @property
    def not_held(self) -> list[str]: ...
    @property
    def refuted(self) -> list[str]: ...
    @property
    def unused(self) -> list[str]: ...
    @property
    def problems(self) -> list[tuple[str | None, str]]: ...
    @property
    def verified(self) -> bool: ...

@final
class Counts:
    @property
    def rows(self) -> int: ...
    @property
    def affected(self) -> int: ...
    @property
    def not_affected(self) -> int: ...
    @property
    def indeterminate(self) -> int: ...
    @property
    def partially_checked(self) -> int: ...

@final
class Caveat:
    @property
    def side(self) -> Literal["leak", "members"]: ...
    @property
    def column(self) -> str | None: ...
    @property
    def field(self) -> str | None: ...
    @property
    def sign(self) -> str: ...
    @property
    def explanation(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def of(self) -> int: ...

@final
class Account:
    @property
    def id(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def indexed(self) -> int: ...
    @property
    def duplicate(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    @property
    def reasons(self) -> dict[str, int]: ...
    @property
    def suspects(self) -> dict[str, int]: ...
    @property
    def identifiers(self) -> dict[str, int]: ...
    @property
    def caveats(self) -> list[Caveat]: ...

# The native half of leakdex.spark. It is not public.

def resolve(
    sample: _Table, side: str, columns: Mapping[str, str] | None, date_order: str | None
) -> bytes: ...
def add_run_counts(parts: Sequence[bytes], rows: int | None = None) -> bytes: ...
def build_settings(
    breach: str | Mapping[str, Any],
    shards: int,
    *,
    kinds: Sequence[str] | None = None,
    email_hashes: Sequence[str] | None = None,
    generation: int = 0,
) -> bytes: ...
def add_accounts(key: Key, accounts: Sequence[bytes]) -> bytes: ...
def plan_shards(
    key: Key, settings: bytes, accounts: Sequence[bytes], summaries: Sequence[bytes]
) -> bytes: ...
def verify_shards(key: Key, plan: bytes, folder: _Path) -> Account: ...
@final
class HashedRows:
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

@final
class LeakTask:
    def __new__(cls, key: Key, settings: bytes, resolved: bytes) -> Self: ...
    def hash(self, leaked: _Table) -> HashedRows: ...
    def account(self) -> bytes: ...

@final
class ShardCollector:
    def __new__(cls, shard: int, settings: bytes, memory: int, folder: _Path) -> Self: ...
    def add(self, rows: _Table) -> None: ...
    def summary(self) -> bytes: ...
    def write(self, folder: _Path, plan: bytes, key: Key) -> None: ...
