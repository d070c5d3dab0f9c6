"""Tasks that check parts of one list, as in Spark, Ray or Dask."""

from __future__ import annotations

import leakdex
import pyarrow as pa
import pytest

from conftest import VERDICTS, kvnr, leaked, members


def people(first: int, last: int) -> pa.Table:
    """Members with one address in all rows, which is a sign of damage."""
    numbers = range(first, last)
    return pa.table(
        {
            "kvnr": [kvnr("K", number) for number in numbers],
            "email": ["info@example.de" for _ in numbers],
            "Geburtsdatum": [f"{1 + number % 28:02}.{1 + number % 12:02}.19{10 + number % 90}" for number in numbers],
        }
    )


def test_tasks_add_up_to_the_run(index: leakdex.Index) -> None:
    whole = index.check(people(0, 4000))
    assert [caveat.sign for caveat in whole.caveats if caveat.field == "email"], whole.caveats
    resolved = index.resolve(people(0, 500))
    counts = []
    for task in (2, 0, 3, 1):
        part = index.check_stream(people(1000 * task, 1000 * (task + 1)), resolved=resolved, task=task, threads=1)
        pa.table(part)
        counts.append(part.run_counts)
    outcome = index.outcome(counts)
    assert repr(outcome.counts) == repr(whole.counts)
    assert sorted(map(repr, outcome.caveats)) == sorted(map(repr, whole.caveats))
    assert repr(index.outcome(counts, members=4000).counts) == repr(whole.counts)
    with pytest.raises(leakdex.CountsError, match="4000 members, and the counts cover 3000"):
        index.outcome(counts[1:], members=4000)


def test_a_task_uses_the_columns_that_the_run_resolved(index: leakdex.Index) -> None:
    table = members().rename_columns(["a", "b", "c", "d", "e", "f", "g"])
    columns = dict(zip("bcdefg", ["kvnr", "email", "last-name", "first-name", "birth-date", "postal-code"]))
    resolved = index.resolve(table, columns=columns | {"a": "ignore"})
    checked = index.check(table, resolved=resolved, keep=["a"])
    assert pa.table(checked)["verdict"].to_pylist() == VERDICTS
    assert checked.columns_used == columns
    with pytest.raises(leakdex.ColumnsError, match="resolved"):
        index.check(table, resolved=resolved, columns={"b": "email"})
    with pytest.raises(leakdex.ColumnsError, match="not a result of Index.resolve"):
        index.check(table, resolved=b"{")
    assert b"A1234" not in resolved and b"Muster" not in resolved


def test_counts_of_another_run_are_refused(index: leakdex.Index, key: leakdex.Key, tmp_path: object) -> None:
    one = index.check(members()).run_counts
    other = index.check(members().select(["member", "kvnr"])).run_counts
    with pytest.raises(leakdex.CountsError, match="not of one run"):
        index.outcome([one, other])
    for wrong in ([], [b"{}x"], [b"null"]):
        with pytest.raises(leakdex.CountsError):
            index.outcome(wrong)
    with pytest.raises(leakdex.InputTypeError):
        index.outcome(one)  # type: ignore[arg-type]
    path = f"{tmp_path}/other.leakdex"
    builder = leakdex.IndexBuilder(key, "b")
    builder.add(leaked())
    builder.publish(path)
    with pytest.raises(leakdex.CountsError, match="other indexes"):
        leakdex.Index.open(path, key).outcome([one])
