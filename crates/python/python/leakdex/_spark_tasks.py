"""The functions that Spark's workers run. The closures of leakdex.spark call them by name."""

from __future__ import annotations

import itertools
import os
import tempfile
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from . import _leakdex
from ._errors import CountsError, InputTypeError, StreamError
from ._leakdex import Index, Key

if TYPE_CHECKING:
    import pyarrow  # type: ignore

Path = Union[str, "os.PathLike[str]"]
Paths = Union[Path, Sequence[Path]]
Keys = Union[Key, Sequence[Key]]

# The number of leaked rows that are hashed together. Their identifiers take about 200 bytes of memory per row.
_ROWS_HASHED_TOGETHER = 50_000

# The shard number of rows that hold the account of a task.
ACCOUNT = -1

# The last column, with the number of the partition in each row. check() adds it.
PARTITION = "leakdex: number of the partition"

# The lengths of the two prefixes of a partition's counts: the id of the run, and the number of the partition.
_RUN, _NUMBER = 16, 4

# The columns of hashed rows.
_NAMES = ["place", "shard", "class_set", "identifiers"]


def key_of(key: Callable[[], Keys]) -> Keys:
    keys = key()
    if isinstance(keys, Key) or (isinstance(keys, (list, tuple)) and all(isinstance(one, Key) for one in keys)):
        return keys
    raise InputTypeError("key: the function must return a leakdex.Key, or a list of them")


def one_key(key: Callable[[], Keys]) -> Key:
    keys = key_of(key)
    if isinstance(keys, Key):
        return keys
    raise InputTypeError("key: an index is built with one key, and the function returned a list")


def local_path(path: Path) -> str:
    text = os.fspath(path)
    if not isinstance(text, str):
        raise InputTypeError("a path is str or os.PathLike")
    scheme, colon, rest = text.partition(":")
    if colon and rest.startswith("/") and len(scheme) > 1:
        raise InputTypeError(
            f"{scheme}: is not a path of a mounted file system; bring the index to the workers with "
            "SparkContext.addFile and give index=lambda: SparkFiles.get(name), or give the path under which "
            "the store is mounted"
        )
    return text


def local_paths(paths: Paths) -> List[str]:
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    return [local_path(path) for path in given]


# The indexes that this process opened, by the check that needs them and by the state of their files.
_OPENED: Dict[Any, Index] = {}
_MAX_OPENED = 4


def open_index(index: Union[Paths, Callable[[], Paths]], key: Callable[[], Keys]) -> Index:
    paths = local_paths(index() if callable(index) else index)
    return Index.map(paths, key_of(key))


def _state_of(path: str) -> Any:
    """The state of a file. It changes when the file is replaced."""
    if os.path.isdir(path):
        files = sorted(entry.path for entry in os.scandir(path) if entry.name.endswith(".leakdex"))
        return path, [_state_of(file) for file in files]
    try:
        state = os.stat(path)
    except OSError:
        return path, None
    return path, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _opened(
    run: bytes, index: Union[Paths, Callable[[], Paths]], key: Callable[[], Keys], min_generation: int
) -> Index:
    paths = local_paths(index() if callable(index) else index)
    name = run, repr([_state_of(path) for path in paths])
    if name not in _OPENED:
        opened = Index.map(paths, key_of(key), min_generation=min_generation)
        while len(_OPENED) >= _MAX_OPENED:
            _OPENED.pop(next(iter(_OPENED)))
        _OPENED[name] = opened
    return _OPENED[name]


def _from_first_row(batches: Iterable[pyarrow.RecordBatch]) -> Optional[pyarrow.RecordBatchReader]:
    """The batches as a stream; None if there is no row."""
    import pyarrow as pa

    filled = (batch for batch in batches if batch.num_rows)
    first = next(filled, None)
    if first is None:
        return None
    return pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], filled))


def serialised(batches: Iterable[pyarrow.RecordBatch], rows: int) -> Iterator[pyarrow.RecordBatch]:
    """Pieces of the batches with this many rows. Each piece is one row of bytes."""
    import pyarrow as pa

    for part in _tables_of(batches, rows):
        for start in range(0, part.num_rows, rows):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, part.schema) as writer:
                writer.write_table(part.slice(start, rows))
            piece = pa.array([sink.getvalue().to_pybytes()], pa.binary())
            yield pa.RecordBatch.from_arrays([piece], ["piece"])


def check_partition(
    batches: Iterable[pyarrow.RecordBatch],
    run: bytes,
    index: Union[Paths, Callable[[], Paths]],
    key: Callable[[], Keys],
    resolved: Any,
    keep: Sequence[str],
    min_generation: int,
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow as pa

    read, number = 0, 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal read, number
        for batch in batches:
            last = batch.num_columns - 1
            if batch.num_rows:
                number = batch.column(last)[0].as_py()
            read += batch.num_rows
            yield pa.RecordBatch.from_arrays(batch.columns[:last], schema=batch.schema.remove(last))

    members = _from_first_row(counted())
    if members is None:
        return
    opened = _opened(run, index, key, min_generation)
    # The number decides which members are also looked up with changed dates: the first ones of each partition, more of
    # partition 0, and a few others.
    stream = opened.check_stream(members, keep=keep, threads=1, resolved=resolved, task=number)
    returned, last = 0, None
    reader = pa.RecordBatchReader.from_stream(stream)
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        except Exception:
            # This raises leakdex's own exception, which ended the stream.
            stream.counts  # noqa: B018
            raise
        if batch.num_rows == 0:
            continue
        if last is not None:
            yield _with_run_counts(last, None)
        returned, last = returned + batch.num_rows, batch
    if returned != read or last is None:
        raise StreamError(f"a worker received {read} members and returned {returned} verdicts; please report it")
    yield _with_run_counts(last, run + number.to_bytes(_NUMBER, "big") + stream.run_counts)


def _with_run_counts(batch: pyarrow.RecordBatch, run_counts: Optional[bytes]) -> pyarrow.RecordBatch:
    import pyarrow as pa

    column = pa.array([None] * (batch.num_rows - 1) + [run_counts], pa.binary())
    return pa.RecordBatch.from_arrays([*batch.columns, column], [*batch.schema.names, "run_counts"])


def add_up(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """For each batch: the number of rows, the partitions that end in it, and the sum of their counts."""
    import pyarrow as pa

    for batch in batches:
        ends: List[bytes] = batch.column(0).drop_null().to_pylist()
        found = [end[_RUN + _NUMBER :] for end in ends]
        try:
            found = [_leakdex.add_run_counts(found)] if found else []
        except CountsError:
            # The driver finds this error too, and raises it.
            pass
        rows = [batch.num_rows] + [0] * len(found)
        partitions = [b"".join(end[: _RUN + _NUMBER] for end in ends)] + [b""] * len(found)
        columns = [pa.array(rows, pa.int64()), pa.array(partitions, pa.binary())]
        columns += [pa.array([None, *found], pa.binary())]
        yield pa.RecordBatch.from_arrays(columns, ["rows", "partitions", "run_counts"])


def refuse_repeated(parts: Iterable[bytes]) -> None:
    """Refuses repeated counts of a partition, and counts of two runs."""
    seen = set()
    for part in parts:
        for start in range(0, len(part), _RUN + _NUMBER):
            partition = part[start : start + _RUN + _NUMBER]
            if partition in seen:
                number = int.from_bytes(partition[_RUN:], "big")
                raise CountsError(
                    f"the data frame has the verdicts of partition {number} twice: it was joined with "
                    "itself, or written twice into one table; give each row of a check once"
                )
            seen.add(partition)
    if len({partition[:_RUN] for partition in seen}) > 1:
        raise CountsError(
            "the data frame has verdicts of several calls of check(): give outcome() those of one call"
        )


def hash_partition(
    batches: Iterable[pyarrow.RecordBatch],
    key: Callable[[], Keys],
    settings: bytes,
    resolved: Any,
    places: Sequence[int],
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow as pa

    task = None
    for part in _tables_of(batches, _ROWS_HASHED_TOGETHER):
        if task is None:
            task = _leakdex.LeakTask(one_key(key), settings, resolved)
        rows = pa.RecordBatchReader.from_stream(task.hash(part)).read_next_batch()
        place = pa.array(places, pa.int32()).take(rows.column(0))
        # Spark's buffers work best with pieces of some megabytes.
        for start in range(0, rows.num_rows, 1000):
            columns = [column.slice(start, 1000) for column in (place, *rows.columns)]
            yield pa.RecordBatch.from_arrays(columns, names=_NAMES)
    if task is not None:
        account = [pa.array([places[0]], pa.int32()), pa.array([ACCOUNT], pa.int32())]
        account += [pa.array([None], pa.string()), pa.array([task.account()], pa.binary())]
        yield pa.RecordBatch.from_arrays(account, names=_NAMES)


def _tables_of(batches: Iterable[pyarrow.RecordBatch], rows: int) -> Iterator[pyarrow.Table]:
    """Tables of at least this many rows, except the last one."""
    import pyarrow as pa

    waiting: List[pa.RecordBatch] = []
    for batch in batches:
        if batch.num_rows:
            waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= rows:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _each_shard(
    batches: Iterable[pyarrow.RecordBatch],
) -> Iterator[Tuple[int, Iterator[pyarrow.RecordBatch]]]:
    """The rows of each shard, from batches that are sorted by shard. Read each shard to its end."""

    def pieces() -> Iterator[Tuple[int, pyarrow.RecordBatch]]:
        for batch in batches:
            start = 0
            shards = batch.column("shard").to_pylist()
            for shard, same in itertools.groupby(shards):
                length = sum(1 for _ in same)
                yield shard, batch.slice(start, length)
                start += length

    for shard, same in itertools.groupby(pieces(), lambda piece: piece[0]):
        yield shard, (piece for _, piece in same)


def _collected(shard: int, pieces: Iterator[pyarrow.RecordBatch], settings: bytes, memory: int) -> Any:
    collector = _leakdex.ShardCollector(shard, settings, memory, tempfile.gettempdir())
    for piece in pieces:
        collector.add(_without_large_types(piece))
    return collector


def _without_large_types(piece: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    """Casts large types, which Spark can be configured to send to workers."""
    import pyarrow as pa

    short = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}
    columns = [column.cast(short.get(column.type, column.type)) for column in piece.columns]
    return pa.RecordBatch.from_arrays(columns, piece.schema.names)


def sum_up_partition(
    batches: Iterable[pyarrow.RecordBatch], key: Callable[[], Keys], settings: bytes, memory: int
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow as pa

    for shard, pieces in _each_shard(batches):
        if shard == ACCOUNT:
            loaded_key, part = one_key(key), None
            for piece in pieces:
                accounts = piece.column("identifiers").to_pylist()
                part = _leakdex.add_accounts(loaded_key, accounts if part is None else [part, *accounts])
        else:
            part = _collected(shard, pieces, settings, memory).summary()
        yield pa.RecordBatch.from_arrays(
            [pa.array([shard], pa.int32()), pa.array([part], pa.binary())], ["shard", "part"]
        )


def write_partition(
    batches: Iterable[pyarrow.RecordBatch],
    key: Callable[[], Keys],
    settings: bytes,
    memory: int,
    folder: str,
    plan: bytes,
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow as pa

    loaded_key = None
    for shard, pieces in _each_shard(batches):
        if shard == ACCOUNT:
            for _ in pieces:
                pass
            continue
        loaded_key = one_key(key) if loaded_key is None else loaded_key
        _collected(shard, pieces, settings, memory).write(folder, plan, loaded_key)
        yield pa.RecordBatch.from_arrays([pa.array([shard], pa.int32())], ["shard"])
