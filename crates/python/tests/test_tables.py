"""Tables of all libraries and types: the same members get the same verdicts."""

from __future__ import annotations

import datetime
from typing import Any

import duckdb
import leakdex
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from conftest import NAMES, PERSONS, VERDICTS, members, verdicts


def test_verdict_columns_follow_the_kept_columns(index: leakdex.Index) -> None:
    checked = index.check(members(), keep=["member", "postal-code"])
    table = pa.table(checked)
    assert table.column_names == [
        "member",
        "postal-code",
        "verdict",
        "strength",
        "matched",
        "breaches",
        "breach_strengths",
        "data_classes",
        "records",
        "partial",
        "checked",
        "reasons",
    ]
    assert table["member"].to_pylist() == ["M-1", "M-2", "M-3", "M-4", "M-5"]
    assert table["verdict"].to_pylist() == VERDICTS
    assert table["strength"].to_pylist()[:4] == ["certain", None, "strong", None]
    assert table["records"].to_pylist() == [1, None, 1, None, 1]
    assert table["breaches"].to_pylist()[:2] == ["portal-2024-05", ""]
    one = index.check_one({"kvnr": PERSONS[1][1], "email": PERSONS[1][2]})
    alone = pa.table(index.check(members().slice(1, 1).select(["kvnr", "email"])))
    assert alone["checked"].to_pylist() == [" ".join(one.coverage.checked)] and one.coverage.checked
    assert table["checked"].to_pylist()[3] == "", "nothing of this member can be checked"
    assert table.schema.field("records").type == pa.int64()
    assert len(checked) == checked.counts.rows == 5
    assert (checked.counts.affected, checked.counts.not_affected, checked.counts.indeterminate) == (3, 1, 1)
    assert checked.columns_used["email"] == "email"
    # The stream can be requested again.
    assert pa.table(checked) == pa.table(index.check(members(), keep=["member", "postal-code"]))


def test_a_filter_by_the_kinds_of_the_caveats_gives_the_partially_checked_members(index: leakdex.Index) -> None:
    names = [("Nora", f"Niemand{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}") for number in range(2000)]
    dates = ["1970-03-31"] * 1500 + [f"19{10 + number % 90}-{1 + number % 12:02}-17" for number in range(500)]
    # Half of the members do not rely on their date of birth, which most of the others share.
    columns = {
        "email": [f"x{number}@example.org" if number % 2 else None for number in range(2000)],
        "first-name": [None if number % 2 else name[0] for number, name in enumerate(names)],
        "last-name": [None if number % 2 else name[1] for number, name in enumerate(names)],
        "birth-date": [None if number % 2 else date for number, date in enumerate(dates)],
    }
    checked = index.check(pa.table(columns))
    doubted = {kind for caveat in checked.caveats for kind in caveat.kinds}
    assert doubted
    rows = [row for row in pa.table(checked).to_pylist() if row["verdict"] == "not_affected"]
    partial = [row for row in rows if row["partial"] or doubted & set(row["checked"].split())]
    assert len(partial) == checked.counts.partially_checked
    assert len(partial) > sum(row["partial"] for row in rows), "the caveats matter"


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_all_types_of_text_are_read(index: leakdex.Index, text: pa.DataType) -> None:
    table = members(**{name.replace("-", "_"): text for name in NAMES})
    assert verdicts(index, table) == VERDICTS
    assert pa.table(index.check(table, keep=["member"]))["member"].type == text


@pytest.mark.parametrize("keys", [pa.int8(), pa.uint16(), pa.int32(), pa.int64()], ids=str)
def test_dictionaries_are_read(index: leakdex.Index, keys: pa.DataType) -> None:
    table = members()
    for place, name in enumerate(table.column_names):
        values = pa.dictionary(keys, pa.string())
        encoded = pa.chunked_array([chunk.dictionary_encode().cast(values) for chunk in table[name].chunks])
        table = table.set_column(place, name, encoded)
    assert verdicts(index, table) == VERDICTS


@pytest.mark.parametrize("date", [pa.date32(), pa.date64(), pa.timestamp("us")], ids=str)
def test_dates_may_have_a_type_for_dates(index: leakdex.Index, date: pa.DataType) -> None:
    only = ["last-name", "first-name", "birth-date", "postal-code"]
    table = members().select(only)
    dated = table["birth-date"].cast(pa.date32()).cast(date)
    dated = table.set_column(2, "birth-date", dated)
    assert verdicts(index, dated) == verdicts(index, table)
    assert verdicts(index, dated)[0] == "affected"


def test_slices_chunks_and_empty_chunks_are_read(index: leakdex.Index) -> None:
    table = members()
    assert verdicts(index, table.slice(1, 3)) == VERDICTS[1:4]
    chunked = pa.concat_tables([table.slice(2, 3), table.slice(0, 0), table.slice(0, 2)])
    assert verdicts(index, chunked) == VERDICTS[2:] + VERDICTS[:2]
    batch = table.combine_chunks().to_batches()[0]
    assert hasattr(batch, "__arrow_c_array__")
    assert verdicts(index, batch.slice(1)) == VERDICTS[1:]


def test_a_table_without_rows_is_an_error(index: leakdex.Index, key: leakdex.Key) -> None:
    """An empty result of a broken query must not look as if nobody were affected."""
    empty = members().slice(0, 0)
    chunkless = members().schema.empty_table()
    reader = pa.RecordBatchReader.from_batches(members().schema, [])
    for table in (empty, chunkless, reader):
        with pytest.raises(leakdex.ColumnsError, match="no rows"):
            index.check(table)
    with pytest.raises(leakdex.ColumnsError, match="no rows"):
        index.check_stream(empty)
    builder = leakdex.IndexBuilder(key, "portal-2024-05")
    with pytest.raises(leakdex.ColumnsError, match="no rows"):
        builder.add(empty)


def test_nulls_and_a_column_of_nulls_are_not_values(index: leakdex.Index) -> None:
    nothing = pa.table({"kvnr": pa.nulls(3, pa.string()), "email": pa.nulls(3)})
    assert verdicts(index, nothing) == ["indeterminate"] * 3


class OnlyStream:
    """An object that has only the interface for streams."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)


class OnlyArray:
    def __init__(self, table: pa.Table) -> None:
        self.batch = table.combine_chunks().to_batches()[0]

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self.batch.__arrow_c_array__(requested_schema)


def libraries() -> dict[str, Any]:
    table = members()
    frame = table.to_pandas()
    persons = table  # noqa: F841, DuckDB finds it by its name
    return {
        "pyarrow table": table,
        "pyarrow reader": table.to_reader(max_chunksize=2),
        "polars": pl.from_arrow(table),
        "polars rechunked": pl.concat([pl.from_arrow(table.slice(0, 2)), pl.from_arrow(table.slice(2))]),
        "polars categories": pl.from_arrow(table).with_columns(pl.col("last-name").cast(pl.Categorical)),
        "polars struct": pl.from_arrow(table).to_struct("persons"),
        "pandas": frame,
        "pandas of arrow": table.to_pandas(types_mapper=pd.ArrowDtype),
        "pandas categories": frame.assign(**{"last-name": frame["last-name"].astype("category")}),
        "duckdb": duckdb.sql("SELECT * FROM persons"),
        "stream": OnlyStream(table),
        "array": OnlyArray(table),
    }


@pytest.mark.parametrize("library", list(libraries()))
def test_tables_of_all_libraries_are_read(index: leakdex.Index, library: str) -> None:
    assert verdicts(index, libraries()[library]) == VERDICTS


def test_verdicts_go_to_all_libraries(index: leakdex.Index) -> None:
    checked = index.check(members(), keep=["member"])
    frame = pl.DataFrame(checked)
    assert frame["verdict"].to_list() == VERDICTS and frame["member"].to_list()[0] == "M-1"
    assert pd.DataFrame.from_arrow(checked)["verdict"].tolist() == VERDICTS
    reader = pa.RecordBatchReader.from_stream(checked)
    affected = duckdb.sql("SELECT member FROM reader WHERE verdict = 'affected' ORDER BY member")
    assert affected.fetchall() == [("M-1",), ("M-3",), ("M-5",)]


def test_polars_dates_and_duckdb_dates_are_read(index: leakdex.Index) -> None:
    rows = {"last-name": ["Muster"], "first-name": ["Eva"], "postal-code": ["01067"]}
    frame = pl.DataFrame(rows | {"birth-date": [datetime.date(1970, 2, 1)]})
    assert verdicts(index, frame) == ["affected"]
    relation = duckdb.sql(
        "SELECT 'Muster' AS \"last-name\", 'Eva' AS \"first-name\", '01067' AS \"postal-code\", "
        "DATE '1970-02-01' AS \"birth-date\""
    )
    assert verdicts(index, relation) == ["affected"]


def test_columns_are_recognised_and_mapped_as_by_the_command(index: leakdex.Index) -> None:
    german = members().rename_columns(
        ["Mitglied", "Versichertennummer", "E-Mail", "Nachname", "Vorname", "Geburtsdatum", "PLZ"]
    )
    checked = index.check(german)
    assert pa.table(checked)["verdict"].to_pylist() == VERDICTS
    assert checked.columns_used["Geburtsdatum"] == "birth-date"
    odd = members().select(["kvnr"]).rename_columns(["Feld 7"])
    mapped = index.check(odd, columns={"Feld 7": "kvnr"})
    assert mapped.columns_used == {"Feld 7": "kvnr"}
    assert mapped.counts.affected == 2


def test_threads_do_not_change_the_result(index: leakdex.Index) -> None:
    many = pa.concat_tables([members()] * 600)
    expected = VERDICTS * 600
    for threads in (None, 1, 2, 5):
        assert verdicts(index, many, threads=threads) == expected
