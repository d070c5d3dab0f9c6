"""Checks members and indexes leaks that are data frames of PySpark, on all machines of a cluster.

>>> from leakdex import spark as leaks
>>> verdicts = leaks.check(members, "/mnt/shared/breach.leakdex", key, keep=["member"])  # doctest: +SKIP

It needs PySpark on the driver, and pyarrow and leakdex on the driver and the workers. No key travels:
the driver and each worker call a function of yours that gives them one.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import uuid
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from . import _leakdex
from ._errors import ColumnsError, CountsError, InputTypeError, StreamError
from ._leakdex import Account, Index, Key, Outcome

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame

__all__ = ["build", "check", "outcome"]

Path = Union[str, "os.PathLike[str]"]
Paths = Union[Path, Sequence[Path]]
Keys = Union[Key, Sequence[Key]]

# The rows by which the driver decides which column holds what.
_SAMPLE_ROWS = 10_000

# The rows of a leak that are hashed together: their identifiers are in memory, some 200 bytes each row.
_ROWS_TOGETHER = 50_000

# The columns that a check adds, with their types in Spark.
_VERDICT_COLUMNS = {
    "verdict": "string",
    "strength": "string",
    "matched": "string",
    "breaches": "string",
    "breach_strengths": "string",
    "data_classes": "string",
    "records": "bigint",
    "partial": "boolean",
    "reasons": "string",
    "run_counts": "binary",
}

_HASHED = "place int, shard int, class_set string, identifiers binary"

# The number in the place of a shard's in rows that hold the account of a task.
_ACCOUNT = -1


def check(
    members: DataFrame,
    index: Union[Paths, Callable[[], Paths]],
    key: Callable[[], Keys],
    columns: Optional[Mapping[str, str]] = None,
    keep: Sequence[str] = (),
    date_order: Optional[str] = None,
) -> DataFrame:
    """Checks a data frame of members. Gives a data frame with a row for each member.

    index is a path that every worker can read, a list of paths, or a function that gives them on a worker.
    key is a function that gives a Key on a worker; with several indexes, a list of keys. columns, keep
    and date_order are those of Index.check. The driver decides by the schema and the first rows which
    column holds what, so that all workers read alike.

    The result has the columns of keep, those of a verdict, and run_counts. Write it to a table, read it
    back, and give it to outcome(), so that nothing is computed twice.

    Raises ColumnsError and InputTypeError before any member is checked. An error of a worker ends Spark's
    job with the name and the message of leakdex's exception, such as leakdex.KeyFault.
    """
    _refuse_key(key)
    if not callable(index):
        index = _local_paths(index)
    elif isinstance(index, Index):
        raise InputTypeError("index: an open index stays in its process; give its path")
    keep = _names(keep, "keep")
    _refuse_names(members, keep)
    sample = _sample(members)
    resolved = _leakdex.resolve(sample, "members", columns, date_order)
    members = _without_ignored(members, columns, keep)
    once = (uuid.uuid4().hex, index, key)

    def check_partition(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return _check_partition(batches, once, resolved, keep)

    return members.mapInArrow(check_partition, _verdict_schema(members, keep))


def outcome(
    verdicts: DataFrame, index: Union[Paths, Callable[[], Paths]], key: Callable[[], Keys]
) -> Outcome:
    """The counts and the caveats of a check, of a data frame that check() made, with all of its rows.

    The driver opens the index, so that index and key are called there, too.

    Raises CountsError if rows were left out of the data frame or are in it twice, or if members were
    checked against other indexes than this one, which happens if somebody replaced it meanwhile.
    """
    _refuse_key(key)
    if not callable(index):
        index = _local_paths(index)
    counts = _sum_of_counts(verdicts)
    return _open(index, key).outcome([counts])


def build(
    leaked: DataFrame,
    key: Callable[[], Key],
    breach: Union[str, Mapping[str, Any]],
    shards: int,
    folder: Path,
    columns: Optional[Mapping[str, str]] = None,
    *,
    date_order: Optional[str] = None,
    kinds: Optional[Sequence[str]] = None,
    email_hashes: Optional[Sequence[str]] = None,
    generation: int = 0,
    memory: int = 256 << 20,
) -> Account:
    """Builds an index of a data frame of leaked rows, as a folder of shards. It has the bytes that the command
    makes of the same rows.

    folder is a path that the driver and all workers can write. It is made if it is missing, and may hold
    no other index. shards is a power of two, up to 256; about as many as the cluster has cores do well.
    The other arguments are those of IndexBuilder. memory is the limit in bytes, for each task, of the
    identifiers in memory; more than that is sorted in the worker's folder for temporary files.

    The rows are hashed, and the hashes are brought to one worker for each shard. Meanwhile they stand on
    the workers' disks, as Spark's shuffle files and persisted blocks. A row is hashed once more if its
    worker is lost.

    Raises ColumnsError and InputTypeError before any row is hashed, and BuildError if the parts do not fit
    together, more than a tenth of the rows has nothing of use, or another index is in the folder. An error
    of a worker ends Spark's job with the name and the message of leakdex's exception. Then the folder may
    have some of the shards. No index can be opened from them; build() with the same rows completes them.
    """
    from pyspark import StorageLevel

    _refuse_key(key)
    folder = _local_path(folder)
    settings = _leakdex.build_settings(
        breach, shards, kinds=kinds, email_hashes=email_hashes, generation=generation
    )
    sample = _sample(leaked)
    resolved = _leakdex.resolve(sample, "leak", columns, date_order)
    leaked = _without_ignored(leaked, columns, ())
    own = _key(key)
    places = _places(shards)

    def hash_partition(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return _hash_partition(batches, key, settings, resolved, places)

    def sum_up_partition(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return _sum_up_partition(batches, key, settings, memory)

    hashed = leaked.mapInArrow(hash_partition, _HASHED)
    # Each shard has a row, so that a shard without identifiers is written, too.
    empty = [(place, shard, None, None) for shard, place in enumerate(places)]
    rows = hashed.unionByName(leaked.sparkSession.createDataFrame(empty, _HASHED))
    rows = rows.repartition(shards, "place").sortWithinPartitions("shard")
    rows = rows.persist(StorageLevel.DISK_ONLY)
    try:
        accounts, summaries = [], []
        for part in rows.mapInArrow(sum_up_partition, "shard int, part binary").collect():
            (accounts if part["shard"] == _ACCOUNT else summaries).append(bytes(part["part"]))
        plan = _leakdex.plan_shards(own, settings, accounts, summaries)

        def write_partition(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
            return _write_partition(batches, key, settings, memory, folder, plan)

        rows.mapInArrow(write_partition, "shard int").collect()
    finally:
        rows.unpersist()
    return _leakdex.verify_shards(own, plan, folder)


# What the driver does before a job.


def _refuse_key(key: object) -> None:
    if isinstance(key, Key):
        raise InputTypeError(
            "key: a key does not travel to workers; give a function that loads it there, such as "
            "lambda: leakdex.Key.from_bytes(secret())"
        )
    if not callable(key):
        raise InputTypeError("key: give a function that gives a leakdex.Key on the worker")


def _key(key: Callable[[], Keys]) -> Keys:
    own = key()
    if isinstance(own, Key) or (isinstance(own, (list, tuple)) and all(isinstance(one, Key) for one in own)):
        return own
    raise InputTypeError("key: the function must give a leakdex.Key, or a list of them")


def _local_path(path: Path) -> str:
    text = os.fspath(path)
    if not isinstance(text, str):
        raise InputTypeError("a path is str or os.PathLike")
    scheme, colon, rest = text.partition(":")
    if colon and rest.startswith("/") and len(scheme) > 1:
        raise InputTypeError(
            f"{scheme}: is no path of a file system that is mounted; bring the index to the workers with "
            "SparkContext.addFile and give index=lambda: SparkFiles.get(name), or give the path under which "
            "the store is mounted"
        )
    return text


def _local_paths(paths: Paths) -> List[str]:
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    return [_local_path(path) for path in given]


def _names(names: Sequence[str], what: str) -> List[str]:
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise InputTypeError(f"{what}: give a list of names of columns")
    return list(names)


def _refuse_names(frame: DataFrame, keep: Sequence[str]) -> None:
    """Spark does not tell names apart that differ in case only."""
    taken = dict.fromkeys(_VERDICT_COLUMNS, "is a column of the verdict")
    for name in keep:
        if name not in frame.columns:
            raise ColumnsError(f"keep: there is no column '{name}'")
        if name.lower() in taken:
            raise ColumnsError(f"keep: '{name}' {taken[name.lower()]}; rename it in the data frame")
        taken[name.lower()] = "is kept twice"


def _sample(frame: DataFrame) -> pyarrow.Table:
    """The first rows, as a worker gets them."""
    import pyarrow as pa

    if len(set(frame.columns)) < len(frame.columns):
        raise ColumnsError("two columns of the data frame have one name; rename one of them")

    def serialise(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema) as writer:
                writer.write_batch(batch)
            yield pa.RecordBatch.from_arrays([pa.array([sink.getvalue().to_pybytes()], pa.binary())], ["batch"])

    rows = frame.limit(_SAMPLE_ROWS).mapInArrow(serialise, "batch binary").collect()
    tables = [pa.ipc.open_stream(pa.py_buffer(bytes(row["batch"]))).read_all() for row in rows]
    if not any(table.num_rows for table in tables):
        raise StreamError("the data frame has no rows")
    return pa.concat_tables(tables)


def _without_ignored(frame: DataFrame, columns: Optional[Mapping[str, str]], keep: Sequence[str]) -> DataFrame:
    """The columns that workers need. Those that nobody mapped are looked at, too: they may identify persons."""
    ignored = {name for name, content in (columns or {}).items() if content == "ignore"} - set(keep)
    return frame.select([_quoted(name) for name in frame.columns if name not in ignored])


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _verdict_schema(members: DataFrame, keep: Sequence[str]) -> Any:
    from pyspark.sql.types import BinaryType, BooleanType, LongType, StringType, StructField, StructType

    types = {"string": StringType, "bigint": LongType, "boolean": BooleanType, "binary": BinaryType}
    kept = {field.name: field for field in members.schema.fields}
    verdict = [StructField(name, types[kind]()) for name, kind in _VERDICT_COLUMNS.items()]
    return StructType([kept[name] for name in keep] + verdict)


def _places(shards: int) -> List[int]:
    """For each shard a number that Spark's hash brings to a partition of its own. With others, several
    shards come to one partition, which takes longer and does no harm."""
    places: List[Optional[int]] = [None] * shards
    missing, number = shards, 0
    while missing and number < 1 << 16:
        partition = _murmur3(number) % shards
        if places[partition] is None:
            places[partition] = number
            missing -= 1
        number += 1
    return [shard if place is None else place for shard, place in enumerate(places)]


def _murmur3(number: int, seed: int = 42) -> int:
    """Spark's hash of an int, as a signed number."""
    bits = 0xFFFFFFFF

    def rotate(value: int, by: int) -> int:
        return ((value << by) | (value >> (32 - by))) & bits

    word = rotate(number * 0xCC9E2D51 & bits, 15) * 0x1B873593 & bits
    value = (rotate(seed ^ word, 13) * 5 + 0xE6546B64) & bits ^ 4
    value = (value ^ value >> 16) * 0x85EBCA6B & bits
    value = (value ^ value >> 13) * 0xC2B2AE35 & bits
    value ^= value >> 16
    return value - (1 << 32) if value >> 31 else value


# What a worker does. Spark pickles the functions above, and these by their names.

# The indexes that this process opened, by the check that asked for them and by the state of their files.
_OPENED: Dict[Any, Index] = {}
_MOST_OPENED = 4


def _open(index: Union[Paths, Callable[[], Paths]], key: Callable[[], Keys]) -> Index:
    paths = _local_paths(index() if callable(index) else index)
    return Index.map(paths, _key(key))


def _state_of(path: str) -> Any:
    """A file that is replaced has another state."""
    if os.path.isdir(path):
        files = sorted(entry.path for entry in os.scandir(path) if entry.name.endswith(".leakdex"))
        return path, [_state_of(file) for file in files]
    try:
        state = os.stat(path)
    except OSError:
        return path, None
    return path, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _opened(token: str, index: Union[Paths, Callable[[], Paths]], key: Callable[[], Keys]) -> Index:
    paths = _local_paths(index() if callable(index) else index)
    name = token, repr([_state_of(path) for path in paths])
    if name not in _OPENED:
        opened = Index.map(paths, _key(key))
        while len(_OPENED) >= _MOST_OPENED:
            _OPENED.pop(next(iter(_OPENED)))
        _OPENED[name] = opened
    return _OPENED[name]


def _from_first_row(batches: Iterator[pyarrow.RecordBatch]) -> Optional[pyarrow.RecordBatchReader]:
    """The batches as a stream; None if there is no row."""
    import pyarrow as pa

    filled = (batch for batch in batches if batch.num_rows)
    first = next(filled, None)
    if first is None:
        return None
    return pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], filled))


def _check_partition(
    batches: Iterator[pyarrow.RecordBatch], once: Any, resolved: Any, keep: Sequence[str]
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow as pa
    from pyspark import TaskContext

    read = 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal read
        for batch in batches:
            read += batch.num_rows
            yield batch

    members = _from_first_row(counted())
    if members is None:
        return
    index = _opened(*once)
    # The first task looks for shifted dates more often than the others.
    task = TaskContext.get()
    number = 0 if task is None else task.partitionId()
    stream = index.check_stream(members, keep=keep, threads=1, resolved=resolved, task=number)
    given, last = 0, None
    reader = pa.RecordBatchReader.from_stream(stream)
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        except pa.ArrowException:
            # This raises the exception of leakdex that ended the stream.
            stream.counts  # noqa: B018
            raise
        if batch.num_rows == 0:
            continue
        if last is not None:
            yield _with_run_counts(last, None)
        given, last = given + batch.num_rows, batch
    if given != read or last is None:
        raise StreamError(f"{read} members came to a worker, and it has {given} verdicts; please report it")
    yield _with_run_counts(last, stream.run_counts)


def _with_run_counts(batch: pyarrow.RecordBatch, run_counts: Optional[bytes]) -> pyarrow.RecordBatch:
    import pyarrow as pa

    column = pa.array([None] * (batch.num_rows - 1) + [run_counts], pa.binary())
    return pa.RecordBatch.from_arrays([*batch.columns, column], [*batch.schema.names, "run_counts"])


def _sum_of_counts(verdicts: DataFrame) -> bytes:
    if "run_counts" not in verdicts.columns:
        raise ColumnsError("the data frame has no column 'run_counts'; give all columns of check()")

    def add_up(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return _add_up(batches)

    parts = verdicts.select("run_counts").mapInArrow(add_up, "rows bigint, run_counts binary").collect()
    rows = sum(part["rows"] for part in parts)
    found = [bytes(part["run_counts"]) for part in parts if part["run_counts"] is not None]
    return _leakdex.add_run_counts(found, rows)


def _add_up(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """The number of rows in each batch, and the counts in it, added up."""
    import pyarrow as pa

    for batch in batches:
        found: List[Optional[bytes]] = batch.column(0).drop_null().to_pylist()
        try:
            found = [_leakdex.add_run_counts(found)] if found else [None]
        except CountsError:
            # The driver finds this, too, and raises it as it is.
            pass
        rows = [batch.num_rows] + [0] * (len(found) - 1)
        yield pa.RecordBatch.from_arrays(
            [pa.array(rows, pa.int64()), pa.array(found, pa.binary())], ["rows", "run_counts"]
        )


def _hash_partition(
    batches: Iterator[pyarrow.RecordBatch],
    key: Callable[[], Keys],
    settings: bytes,
    resolved: Any,
    places: Sequence[int],
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow as pa

    task = None
    for part in _together(batches, _ROWS_TOGETHER):
        if task is None:
            task = _leakdex.LeakTask(_key(key), settings, resolved)
        rows = pa.RecordBatchReader.from_stream(task.hash(part)).read_next_batch()
        place = pa.array(places, pa.int32()).take(rows.column(0))
        # Spark's buffers are best filled by pieces of some megabytes.
        yield from (
            pa.RecordBatch.from_arrays([place.slice(start, 1000), *rows.slice(start, 1000).columns], names=_NAMES)
            for start in range(0, rows.num_rows, 1000)
        )
    if task is not None:
        account = [pa.array([places[0]], pa.int32()), pa.array([_ACCOUNT], pa.int32())]
        account += [pa.array([None], pa.string()), pa.array([task.account()], pa.binary())]
        yield pa.RecordBatch.from_arrays(account, names=_NAMES)


_NAMES = ["place", "shard", "class_set", "identifiers"]


def _together(batches: Iterator[pyarrow.RecordBatch], rows: int) -> Iterator[pyarrow.Table]:
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


def _each_shard(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[Tuple[int, Iterator[pyarrow.RecordBatch]]]:
    """The rows of each shard, of batches that are sorted by shard. Read each one to its end."""
    def pieces() -> Iterator[Tuple[int, pyarrow.RecordBatch]]:
        for batch in batches:
            start = 0
            shards = batch.column("shard").to_pylist()
            for shard, same in itertools.groupby(shards):
                length = sum(1 for _ in same)
                yield shard, batch.slice(start, length)
                start += length

    for shard, own in itertools.groupby(pieces(), lambda piece: piece[0]):
        yield shard, (piece for _, piece in own)


def _collected(shard: int, pieces: Iterator[pyarrow.RecordBatch], settings: bytes, memory: int) -> Any:
    collector = _leakdex.ShardCollector(shard, settings, memory, tempfile.gettempdir())
    for piece in pieces:
        collector.add(piece)
    return collector


def _sum_up_partition(
    batches: Iterator[pyarrow.RecordBatch], key: Callable[[], Keys], settings: bytes, memory: int
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow as pa

    for shard, pieces in _each_shard(batches):
        if shard == _ACCOUNT:
            own, part = _key(key), None
            for piece in pieces:
                accounts = piece.column("identifiers").to_pylist()
                part = _leakdex.add_accounts(own, accounts if part is None else [part, *accounts])
        else:
            part = _collected(shard, pieces, settings, memory).summary()
        yield pa.RecordBatch.from_arrays(
            [pa.array([shard], pa.int32()), pa.array([part], pa.binary())], ["shard", "part"]
        )


def _write_partition(
    batches: Iterator[pyarrow.RecordBatch],
    key: Callable[[], Keys],
    settings: bytes,
    memory: int,
    folder: str,
    plan: bytes,
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow as pa

    own = None
    for shard, pieces in _each_shard(batches):
        if shard == _ACCOUNT:
            for _ in pieces:
                pass
            continue
        own = _key(key) if own is None else own
        _collected(shard, pieces, settings, memory).write(folder, plan, own)
        yield pa.RecordBatch.from_arrays([pa.array([shard], pa.int32())], ["shard"])
