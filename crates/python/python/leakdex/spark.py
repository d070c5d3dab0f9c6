"""Checks members and indexes leaks in PySpark data frames, on all machines of a cluster.

>>> from leakdex import spark as leaks
>>> verdicts = leaks.check(members, "/mnt/shared/breach.leakdex", key, keep=["member"])  # doctest: +SKIP

It needs PySpark on the driver, and pyarrow and leakdex on the driver and the workers. No key is sent over
the network: the driver and each worker call your function, which returns the key.
"""

from __future__ import annotations

import uuid
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Union,
)

from . import _leakdex, _spark_tasks as _tasks
from ._errors import ColumnsError, InputTypeError, StreamError
from ._leakdex import Account, Index, Key, Outcome
from ._spark_tasks import Keys, Path, Paths

if TYPE_CHECKING:
    import pyarrow  # type: ignore
    from pyspark.sql import DataFrame  # type: ignore

__all__ = ["build", "check", "outcome"]

# The number of rows from which the driver decides what each column holds.
_SAMPLE_ROWS = 10_000
_SAMPLE_PIECES = 16

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
    "checked": "string",
    "reasons": "string",
    "run_counts": "binary",
}

_HASHED = "place int, shard int, class_set string, identifiers binary"


def check(
    members: DataFrame,
    index: Union[Paths, Callable[[], Paths]],
    key: Callable[[], Keys],
    columns: Optional[Mapping[str, str]] = None,
    keep: Sequence[str] = (),
    date_order: Optional[str] = None,
    *,
    min_generation: int = 0,
) -> DataFrame:
    """Checks a data frame of members. Returns a data frame with a row for each member.

    index is a path that every worker can read, a list of paths, or a function that returns them on a worker.
    key is a function that returns a Key on a worker, or a list of keys for several indexes. columns and
    date_order are those of Index.check. The driver decides from the schema and the first rows what each
    column holds, so all workers read the columns in the same way. A worker refuses an index whose generation
    is below min_generation.

    keep names columns of members to return beside the verdicts. It must name at least the column of your member
    numbers: the rows of a data frame have no order, so only a kept column shows which member a row belongs to.

    The result has the columns of keep, those of a verdict, and run_counts. Write it to a table, read it back,
    and pass it to outcome(). Otherwise Spark computes it twice.

    Raises ColumnsError and InputTypeError before any member is checked. An error of a worker ends Spark's job
    with the name and the message of leakdex's exception, such as leakdex.KeyFault.
    """
    from pyspark.sql import functions

    _refuse_key(key)
    if not callable(index):
        index = _tasks.local_paths(index)
    elif isinstance(index, Index):
        raise InputTypeError("index: an open index stays in its process; give its path")
    keep = _names(keep, "keep")
    if not keep:
        raise ColumnsError(
            "keep: name at least the column of your member numbers; the rows of a data frame have no order"
        )
    _refuse_names(members, keep)
    sample = _sample(members)
    resolved = _resolved(sample, columns, date_order, keep)
    members = _without_ignored(members, columns, keep)
    schema = _verdict_schema(members, keep)
    run = uuid.uuid4().bytes
    # The number of the partition travels with its rows: a task may make several partitions.
    members = members.withColumn(_tasks.PARTITION, functions.spark_partition_id())

    def check_partition(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return _tasks.check_partition(batches, run, index, key, resolved, keep, min_generation)

    return members.mapInArrow(check_partition, schema)


def outcome(
    verdicts: DataFrame,
    index: Union[Paths, Callable[[], Paths]],
    key: Callable[[], Keys],
    members: Optional[int] = None,
) -> Outcome:
    """The counts and caveats of a check. verdicts is a data frame from check(), with all its rows.

    The driver opens the index, so index and key are also called there. Pass the number of members, such as
    members.count(), to be sure that no verdict is missing. Without it, the loss of a whole partition goes
    unnoticed, such as a lost file of the table that the verdicts were written to.

    Raises CountsError if the data frame has only some rows of a partition, if it has a partition twice, if it
    has verdicts of two calls of check(), or if its number of rows is not members. It also raises CountsError
    if members were checked against other indexes, for example because somebody replaced the index meanwhile.
    """
    _refuse_key(key)
    if not callable(index):
        index = _tasks.local_paths(index)
    counts = _sum_of_counts(verdicts)
    return _tasks.open_index(index, key).outcome([counts], members=members)


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
    """Builds an index of a data frame of leaked rows, as a folder of shards. The files are identical to those
    that the command makes from the same rows.

    folder is a path that the driver and all workers can write. It is created if it is missing, and may hold
    no other index. shards is a power of two, up to 256; about one per core of the cluster works well. The
    other arguments are those of IndexBuilder. memory is the limit in bytes, for each task, of the identifiers
    in memory. If there are more, they are sorted in the worker's folder for temporary files.

    The rows are hashed, and the hashes of each shard are sent to one worker. Meanwhile they are on the
    workers' disks, as Spark's shuffle files and persisted blocks. A row is hashed again if its worker is lost.

    Raises ColumnsError and InputTypeError before any row is hashed. Raises BuildError if the parts do not fit
    together, if more than a tenth of the rows is unusable, or if another index is in the folder. An error of
    a worker ends Spark's job with the name and the message of leakdex's exception. The folder may then have
    some of the shards. They cannot be opened as an index; build() with the same rows completes them.
    """
    from pyspark import StorageLevel

    _refuse_key(key)
    folder = _tasks.local_path(folder)
    settings = _leakdex.build_settings(
        breach, shards, kinds=kinds, email_hashes=email_hashes, generation=generation
    )
    sample = _sample(leaked)
    # Ignored columns stay: the index must know that they may hold further fields.
    resolved = _leakdex.resolve(sample, "leak", columns, date_order)
    driver_key = _tasks.one_key(key)
    places = _places(shards)

    def hash_partition(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return _tasks.hash_partition(batches, key, settings, resolved, places)

    def sum_up_partition(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return _tasks.sum_up_partition(batches, key, settings, memory)

    hashed = leaked.mapInArrow(hash_partition, _HASHED)
    # Each shard gets a row, so a shard without identifiers is written too.
    empty = [(place, shard, None, None) for shard, place in enumerate(places)]
    rows = hashed.unionByName(leaked.sparkSession.createDataFrame(empty, _HASHED))
    rows = rows.repartition(shards, "place").sortWithinPartitions("shard")
    rows = rows.persist(StorageLevel.DISK_ONLY)
    try:
        accounts: List[bytes] = []
        summaries: List[bytes] = []
        for part in rows.mapInArrow(sum_up_partition, "shard int, part binary").collect():
            (accounts if part["shard"] == _tasks.ACCOUNT else summaries).append(bytes(part["part"]))
        plan = _leakdex.plan_shards(driver_key, settings, accounts, summaries)

        def write_partition(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
            return _tasks.write_partition(batches, key, settings, memory, folder, plan)

        rows.mapInArrow(write_partition, "shard int").collect()
    finally:
        rows.unpersist()
    return _leakdex.verify_shards(driver_key, plan, folder)


# The driver's steps before a job.


def _refuse_key(key: object) -> None:
    if isinstance(key, Key):
        raise InputTypeError(
            "key: a key does not travel to workers; give a function that loads it there, such as "
            "lambda: leakdex.Key.from_bytes(secret())"
        )
    if not callable(key):
        raise InputTypeError("key: give a function that returns a leakdex.Key on the worker")


def _names(names: Sequence[str], what: str) -> List[str]:
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise InputTypeError(f"{what}: give a list of column names")
    return list(names)


def _refuse_names(frame: DataFrame, keep: Sequence[str]) -> None:
    """Refuses names that Spark cannot distinguish: it ignores letter case."""
    taken = dict.fromkeys(_VERDICT_COLUMNS, "is a column of the verdict")
    for name in keep:
        if name not in frame.columns:
            raise ColumnsError(f"keep: there is no column '{name}'")
        if name.lower() in taken:
            raise ColumnsError(f"keep: '{name}' {taken[name.lower()]}; rename it in the data frame")
        taken[name.lower()] = "is kept twice"


def _sample(frame: DataFrame) -> pyarrow.Table:
    """The first rows, as a worker gets them. They are sent to the driver directly: with `limit`, Spark could
    write them to shuffle files, which would leave values of persons on the disk of a worker."""
    import pyarrow as pa

    if len(set(frame.columns)) < len(frame.columns):
        raise ColumnsError("two columns of the data frame have one name; rename one of them")

    def serialise(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return _tasks.serialised(batches, _SAMPLE_ROWS // _SAMPLE_PIECES)

    pieces = frame.mapInArrow(serialise, "piece binary")
    tables: List[pa.Table] = []
    # If the partitions are small, the sample needs more of them.
    for limit in (_SAMPLE_PIECES, 16 * _SAMPLE_PIECES):
        rows = pieces.take(limit)
        tables = [pa.ipc.open_stream(pa.py_buffer(bytes(row["piece"]))).read_all() for row in rows]
        if len(tables) < limit or sum(table.num_rows for table in tables) >= _SAMPLE_ROWS:
            break
    if not tables:
        raise StreamError("the data frame has no rows")
    return pa.concat_tables(tables).slice(0, _SAMPLE_ROWS)


def _sum_of_counts(verdicts: DataFrame) -> bytes:
    if "run_counts" not in verdicts.columns:
        raise ColumnsError("the data frame has no column 'run_counts'; give all columns of check()")

    def add_up(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return _tasks.add_up(batches)

    schema = "rows bigint, partitions binary, run_counts binary"
    parts = verdicts.select("run_counts").mapInArrow(add_up, schema).collect()
    _tasks.refuse_repeated(bytes(part["partitions"]) for part in parts)
    rows = sum(part["rows"] for part in parts)
    found = [bytes(part["run_counts"]) for part in parts if part["run_counts"] is not None]
    return _leakdex.add_run_counts(found, rows)


def _resolved(
    sample: pyarrow.Table,
    columns: Optional[Mapping[str, str]],
    date_order: Optional[str],
    keep: Sequence[str],
) -> bytes:
    """The columns of members as the workers get them, without the ignored ones."""
    # This call refuses missing columns that the caller named.
    resolved = _leakdex.resolve(sample, "members", columns, date_order)
    ignored = _ignored(columns, keep)
    if not ignored:
        return resolved
    rest = {name: content for name, content in (columns or {}).items() if name not in ignored}
    return _leakdex.resolve(sample.drop_columns(sorted(ignored)), "members", rest, date_order)


def _ignored(columns: Optional[Mapping[str, str]], keep: Sequence[str]) -> Set[str]:
    return {name for name, content in (columns or {}).items() if content == "ignore"} - set(keep)


def _without_ignored(frame: DataFrame, columns: Optional[Mapping[str, str]], keep: Sequence[str]) -> DataFrame:
    """The columns that workers need. Unmapped columns are among them, since they may identify persons."""
    ignored = _ignored(columns, keep)
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
    """A number for each shard that Spark's hash maps to a separate partition. With other numbers, several
    shards would share a partition, which takes longer but does no harm."""
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
