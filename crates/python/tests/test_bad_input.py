"""Bad input: a clear error, and never a wrong verdict or a crash."""

from __future__ import annotations

import ctypes
from typing import Any

import leakdex
import pyarrow as pa
import pytest

from conftest import members


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ([{"kvnr": "A123456780"}], "from_pylist"),
        ({"kvnr": ["A123456780"]}, "check_one"),
        ("members.parquet", "read_table"),
        (type("LazyFrame", (), {})(), "collect"),
        (type("FileSystemDataset", (), {})(), "scanner"),
        ((row for row in [1]), "from_batches"),
        (3, "pyarrow, polars"),
        (None, "pyarrow, polars"),
        (pa.array(["A123456780"]), "names its columns"),
        (pa.chunked_array([["A123456780"]]), "names its columns"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_non_tables_are_refused_with_advice(index: leakdex.Index, given: Any, remedy: str) -> None:
    with pytest.raises(TypeError, match=remedy) as raised:
        index.check(given)
    assert isinstance(raised.value, leakdex.InputTypeError)
    assert "A123456780" not in str(raised.value)


def test_a_frame_of_old_pandas_is_named(index: leakdex.Index) -> None:
    frame = type("DataFrame", (), {"__module__": "pandas.core.frame"})()
    with pytest.raises(leakdex.InputTypeError, match="from_pandas"):
        index.check(frame)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("postal-code", pa.array([1067, 50667])),
        ("phone", pa.array([301234567.0, 1.0])),
        ("kvnr", pa.array([b"A123456780", b"B"])),
        ("email", pa.array([["a@example.de"], []])),
        ("last-name", pa.array([{"a": 1}, None])),
        ("birth-date", pa.array([25600, 25601])),
        ("email", pa.array([True, False])),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else value,
)
def test_a_field_of_a_wrong_type_is_an_error_that_names_it(
    index: leakdex.Index, column: str, values: pa.Array
) -> None:
    table = pa.table({"member": ["1", "2"], "iban": ["DE89370400440532013000", None], column: values})
    for check in (index.check, index.check_stream):
        with pytest.raises(leakdex.ColumnsError, match=column) as raised:
            check(table)
        assert "1067" not in str(raised.value) and "example" not in str(raised.value)
    assert len(index.check(table, columns={column: "ignore"})) == 2


def test_an_identifying_column_that_is_not_used_is_an_error(index: leakdex.Index) -> None:
    column = [f"person{number}@example.de" for number in range(300)]
    table = pa.table({"kvnr": members()["kvnr"].to_pylist()[:1] * 300, "Feld 12": column})
    for check in (index.check, index.check_stream):
        with pytest.raises(leakdex.ColumnsError, match="Feld 12.*email.*ignore") as raised:
            check(table)
        assert "person" not in str(raised.value).replace("persons", "")
    assert index.check(table, columns={"Feld 12": "email"}).columns_used["Feld 12"] == "email"
    ignored = index.check(table, columns={"Feld 12": "ignore"})
    assert "Feld 12" in ignored.columns_ignored


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"columns": {"emial": "email"}}, leakdex.ColumnsError, "email"),
        ({"columns": {"email": "emial"}}, leakdex.ColumnsError, "did you mean 'email'"),
        ({"columns": {"email": 3}}, leakdex.InputTypeError, "maps"),
        ({"columns": ["email"]}, leakdex.InputTypeError, "maps"),
        ({"keep": "member"}, leakdex.InputTypeError, "keep"),
        ({"keep": ["nobody"]}, leakdex.ColumnsError, "nobody"),
        ({"keep": ["member", "member"]}, leakdex.ColumnsError, "member"),
        ({"keep": [3]}, leakdex.InputTypeError, "keep"),
        ({"threads": 0}, ValueError, "threads"),
        ({"threads": -1}, ValueError, "threads"),
        ({"date_order": "year-first"}, ValueError, "day-first"),
    ],
    ids=str,
)
def test_a_wrong_option_is_named(
    index: leakdex.Index, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    for check in (index.check, index.check_stream):
        with pytest.raises(error, match=message):
            check(members(), **options)


def test_a_kept_column_with_the_name_of_a_verdict_column_is_refused(index: leakdex.Index) -> None:
    table = members().append_column("strength", pa.array(["1"] * 5))
    assert len(index.check(table)) == 5
    with pytest.raises(leakdex.ColumnsError, match="strength"):
        index.check(table, keep=["strength"])


def test_a_table_without_any_known_column_is_refused(index: leakdex.Index) -> None:
    for table in (pa.table({"colour": ["red"]}), pa.table({})):
        with pytest.raises(leakdex.ColumnsError):
            index.check(table)


def ends_with_an_error(good: int) -> pa.RecordBatchReader:
    def batches():  # type: ignore[no-untyped-def]
        for _ in range(good):
            yield from members().to_batches()
        raise RuntimeError("could not read Muster")

    return pa.RecordBatchReader.from_batches(members().schema, batches())


@pytest.mark.parametrize("good", [0, 1, 5000])
def test_a_stream_that_ends_with_an_error_gives_no_verdicts(index: leakdex.Index, good: int) -> None:
    with pytest.raises(leakdex.StreamError, match="ended with an error") as raised:
        index.check(ends_with_an_error(good))
    assert "Muster" not in str(raised.value)
    try:
        stream = index.check_stream(ends_with_an_error(good))
    except leakdex.StreamError:
        # The first batches are read before the first verdict.
        return
    with pytest.raises(pa.ArrowInvalid) as through_arrow:
        pa.RecordBatchReader.from_stream(stream).read_all()
    assert "Muster" not in str(through_arrow.value)
    with pytest.raises(leakdex.StreamError, match="failed"):
        stream.caveats


def test_a_stream_that_was_read_before_is_refused(index: leakdex.Index) -> None:
    class Twice:
        def __init__(self) -> None:
            self.capsule = members().__arrow_c_stream__()

        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return self.capsule

    twice = Twice()
    assert len(index.check(twice)) == 5
    with pytest.raises(leakdex.StreamError, match="read before"):
        index.check(twice)


def test_an_exception_of_a_table_is_not_passed_on(index: leakdex.Index, key: leakdex.Key) -> None:
    class Frame:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            raise ValueError("Could not convert 'A123456780'")

    class Batch:
        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            raise ValueError("Could not convert 'A123456780'")

    class Stopped:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            raise KeyboardInterrupt

    for table in (Frame(), Batch()):
        for use in (index.check, index.check_stream, leakdex.IndexBuilder(key, "b").add):
            with pytest.raises(leakdex.StreamError, match="raised ValueError") as raised:
                use(table)
            assert "A123456780" not in str(raised.value)
            assert raised.value.__cause__ is None and raised.value.__context__ is None
    with pytest.raises(KeyboardInterrupt):
        index.check(Stopped())


def test_a_mapping_the_wrong_way_round_shows_no_value(index: leakdex.Index) -> None:
    for value in ("A123456780", "Muster", "Emil"):
        with pytest.raises(leakdex.ColumnsError, match="no such field") as raised:
            index.check_one({value: "kvnr"})
        assert value not in str(raised.value)
        with pytest.raises(leakdex.ColumnsError, match="no such field") as raised:
            index.check(members(), columns={"kvnr": value})
        assert value not in str(raised.value)


def test_a_capsule_of_another_kind_is_refused(index: leakdex.Index) -> None:
    class Wrong:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return members().schema.__arrow_c_schema__()

    class None_:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return None

    class Pair:
        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            return members().__arrow_c_stream__()

    for wrong in (Wrong(), None_(), Pair()):
        with pytest.raises((TypeError, ValueError)):
            index.check(wrong)


def test_rows_that_are_null_as_a_whole_are_refused(index: leakdex.Index) -> None:
    rows = pa.array([{"kvnr": "A123456780"}, None])
    reader = pa.chunked_array([rows])
    with pytest.raises(leakdex.StreamError, match="null as a whole"):
        index.check(reader)


def forged(change: Any) -> pa.RecordBatch:
    """A batch with changed buffers, which pyarrow does not verify."""
    offsets = [0, 10, 20, 30]
    text = b"A123456780" * 3
    raw_offsets = (ctypes.c_int32 * len(offsets))(*offsets)
    changed, text = change(offsets, text)
    buffers = [None, pa.py_buffer(raw_offsets), pa.py_buffer(text)]
    array = pa.Array.from_buffers(pa.string(), 3, buffers)
    batch = pa.RecordBatch.from_arrays([array], ["kvnr"])
    # pyarrow examines only the first and the last offset.
    raw_offsets[:] = changed
    return batch


@pytest.mark.parametrize(
    "change",
    [
        lambda offsets, text: ([0, 20, 10, 30], text),
        lambda offsets, text: ([0, -5, 20, 30], text),
        lambda offsets, text: ([5, 10, 20, 3], text),
        lambda offsets, text: ([0, 10, 2_000_000_000, 30], text),
        lambda offsets, text: ([0, 10, 20, -1], text),
        lambda offsets, text: ([0, 10, 20, -(2**31)], text),
        lambda offsets, text: (offsets, b"\xff" * 30),
        lambda offsets, text: ([0, 1, 3, 30], "äöüß".encode() + b"x" * 22),
    ],
    ids=["back", "negative", "last before first", "far", "last negative", "least", "no UTF-8", "half a character"],
)
def test_a_batch_with_invalid_offsets_or_text_is_refused(index: leakdex.Index, change: Any) -> None:
    batch = forged(change)
    for table in (batch, pa.RecordBatchReader.from_batches(batch.schema, [batch])):
        with pytest.raises(leakdex.Error) as raised:
            index.check(table)
        assert not isinstance(raised.value, leakdex.InternalError)
        assert "A123456780" not in str(raised.value)


class CArray(ctypes.Structure):
    """The beginning of `struct ArrowArray`."""

    _fields_ = [(name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")] + [
        ("buffers", ctypes.c_void_p),
        ("children", ctypes.POINTER(ctypes.c_void_p)),
    ]


class Absurd:
    """A batch with absurd metadata for itself or for its only column."""

    def __init__(self, part: str, name: str, value: int) -> None:
        self.part, self.name, self.value = part, name, value

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        schema, array = pa.record_batch({"kvnr": ["A123456780"] * 3}).__arrow_c_array__()
        pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
        pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        changed = CArray.from_address(pointer_of(array, b"arrow_array"))
        if self.part == "column":
            changed = CArray.from_address(changed.children[0])
        setattr(changed, self.name, self.value)
        return schema, array


@pytest.mark.parametrize("part", ["batch", "column"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("length", -1),
        ("length", -(2**63)),
        ("length", 2**62),
        ("length", 2**63 - 1),
        ("offset", -1),
        ("offset", 2**62),
        ("null_count", 2**62),
        ("n_buffers", 0),
        ("n_buffers", -1),
        ("n_buffers", 2**62),
        ("n_children", -1),
    ],
)
def test_an_array_with_absurd_numbers_is_refused(index: leakdex.Index, part: str, name: str, value: int) -> None:
    with pytest.raises(leakdex.StreamError, match="invalid"):
        index.check(Absurd(part, name, value))


def test_a_batch_without_its_columns_is_refused(index: leakdex.Index) -> None:
    with pytest.raises(leakdex.StreamError, match="children"):
        index.check(Absurd("batch", "n_children", 0))


def test_a_dictionary_with_an_invalid_key_is_refused(index: leakdex.Index) -> None:
    keys = pa.array([0, 7, 0], pa.int32())
    words = pa.array(["A123456780"])
    array = pa.DictionaryArray.from_arrays(keys, words, safe=False)
    with pytest.raises(leakdex.Error) as raised:
        index.check(pa.table({"kvnr": array}))
    assert not isinstance(raised.value, leakdex.InternalError)


def test_columns_of_different_lengths_are_refused(index: leakdex.Index) -> None:
    class Forged:
        """A table whose schema has one column more than its batches."""

        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            short = pa.record_batch({"kvnr": ["A123456780"]})
            long = pa.record_batch({"kvnr": ["A123456780"], "email": ["a@example.de"]})
            return long.__arrow_c_array__()[0], short.__arrow_c_array__()[1]

    with pytest.raises(leakdex.Error):
        index.check(Forged())
