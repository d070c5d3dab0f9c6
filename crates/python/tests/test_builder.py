"""Building an index."""

from __future__ import annotations

import datetime
from pathlib import Path

import leakdex
import pyarrow as pa
import pytest

from conftest import kvnr, leaked


def test_the_account_adds_up_and_the_same_rows_give_the_same_index(key: leakdex.Key, tmp_path: Path) -> None:
    ids = set()
    for number, parts in enumerate(([leaked()], [leaked().slice(1), leaked().slice(0, 1)])):
        builder = leakdex.IndexBuilder(key, "b", memory=1 << 20, temporary_folder=tmp_path)
        for part in parts:
            builder.add(part)
        assert len(builder) == 3
        account = builder.publish(tmp_path / f"{number}.leakdex")
        assert account.rows == account.indexed + account.duplicate + account.rejected == 3
        assert repr(account).startswith(f"Account(id='{account.id}', rows=3")
        ids.add(account.id)
    assert len(ids) == 1


def test_a_breach_is_described_by_a_mapping(key: leakdex.Key, tmp_path: Path) -> None:
    breach = {
        "name": "portal",
        "title": "The portal",
        "breach_date": datetime.date(2024, 5, 1),
        "data_classes": ["Passwords"],
        "description": None,
    }
    builder = leakdex.IndexBuilder(key, breach, generation=7)
    builder.add(leaked())
    path = tmp_path / "a.leakdex"
    builder.publish(path)
    index = leakdex.Index.open(path, key)
    assert index.generation == 7
    assert index.breaches["portal"] == {
        "name": "portal",
        "title": "The portal",
        "breach_date": "2024-05-01",
        "data_classes": ["passwords"],
    }
    assert "passwords" in index.check_one(kvnr=kvnr("A", 12345678)).data_classes


def test_kinds_can_be_chosen_and_hashes_of_addresses_added(key: leakdex.Key, tmp_path: Path) -> None:
    builder = leakdex.IndexBuilder(key, "b", kinds=["email"], email_hashes=["md5-email"])
    builder.add(leaked())
    account = builder.publish(tmp_path / "a.leakdex")
    assert set(account.identifiers) == {"email", "md5-email"}
    index = leakdex.Index.open(tmp_path / "a.leakdex", key)
    assert index.check_one(email="eva.muster@example.de").matched == ["email"]
    assert index.check_one(kvnr=kvnr("A", 12345678)).verdict == "indeterminate"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"breach": "two words"}, "not a breach name"),
        ({"breach": {"name": "b", "tilte": "x"}}, "did you mean 'title'"),
        ({"breach": {"title": "x"}}, "'name'"),
        ({"breach": {"name": "b", "title": 3}}, "title must be a text"),
        ({"breach": {"name": "b", "data_classes": "passwords"}}, "list"),
        ({"breach": 3}, "a breach is"),
        ({"breach": "b", "kinds": ["emial"]}, "did you mean 'email'"),
        ({"breach": "b", "kinds": "email"}, "list"),
        ({"breach": "b", "email_hashes": ["email"]}, "email_hashes"),
    ],
)
def test_a_wrong_argument_is_named(key: leakdex.Key, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(leakdex.Error, match=message):
        leakdex.IndexBuilder(key, **arguments)  # type: ignore[arg-type]


def test_a_builder_is_used_once(key: leakdex.Key, tmp_path: Path) -> None:
    builder = leakdex.IndexBuilder(key, "b")
    with pytest.raises(leakdex.BuildError, match="no leaked row"):
        builder.publish(tmp_path / "a.leakdex")
    builder.add(leaked())
    with pytest.raises(leakdex.BuildError, match="power of two"):
        builder.publish(tmp_path / "a.leakdex", shards=3)
    builder.publish(tmp_path / "a.leakdex")
    assert repr(builder) == "<IndexBuilder, ended>"
    for use in (lambda: builder.add(leaked()), lambda: builder.publish(tmp_path / "b.leakdex")):
        with pytest.raises(leakdex.ClosedError, match="published"):
            use()


def test_a_leak_that_ends_with_an_error_makes_no_index(key: leakdex.Key, tmp_path: Path) -> None:
    batch = pa.concat_tables([leaked()] * 200).combine_chunks().to_batches()[0]

    def broken(batches: int):  # type: ignore[no-untyped-def]
        for _ in range(batches):
            yield batch
        raise ValueError("Muster")

    # Rows that were read but not yet added are also missing.
    for batches in (0, 1, 50):
        builder = leakdex.IndexBuilder(key, "b")
        builder.add(leaked())
        reader = pa.RecordBatchReader.from_batches(leaked().schema, broken(batches))
        with pytest.raises(leakdex.StreamError) as raised:
            builder.add(reader)
        assert "Muster" not in str(raised.value)
        with pytest.raises(leakdex.ClosedError, match="rows are missing"):
            builder.publish(tmp_path / "part.leakdex")
    assert not (tmp_path / "part.leakdex").exists()


def test_a_stream_whose_columns_are_refused_makes_no_index(key: leakdex.Key, tmp_path: Path) -> None:
    builder = leakdex.IndexBuilder(key, "b")
    builder.add(leaked())
    reader = pa.table({"Kontakt": ["eva.muster@example.de"] * 5}).to_reader()
    with pytest.raises(leakdex.ColumnsError, match="not a date order|date_order"):
        builder.add(reader, date_order="sideways")
    with pytest.raises(leakdex.ColumnsError):
        builder.add(reader, columns={"Telefon": "phone"})
    # The rows that showed the columns are gone from the reader.
    with pytest.raises(leakdex.ClosedError, match="rows are missing"):
        builder.add(reader, columns={"Kontakt": "email"})
    with pytest.raises(leakdex.ClosedError, match="rows are missing"):
        builder.publish(tmp_path / "part.leakdex")


def test_a_leak_that_is_mostly_rejected_is_refused(key: leakdex.Key, tmp_path: Path) -> None:
    builder = leakdex.IndexBuilder(key, "b")
    emails = [f"person{number}@example.de" for number in range(50)] + ["nobody"] * 50
    with pytest.raises(leakdex.Error, match="rejected|used"):
        builder.add(pa.table({"email": emails}))
    with pytest.raises(leakdex.ClosedError):
        builder.publish(tmp_path / "a.leakdex")


def test_a_builder_says_that_its_index_was_not_written(key: leakdex.Key, tmp_path: Path) -> None:
    builder = leakdex.IndexBuilder(key, "b")
    builder.add(leaked())
    with pytest.raises(leakdex.IoError) as raised:
        builder.publish(tmp_path / "none" / "a.leakdex")
    assert raised.value.errno == 2
    with pytest.raises(leakdex.ClosedError, match="was not written"):
        builder.publish(tmp_path / "a.leakdex")
    assert not (tmp_path / "a.leakdex").exists()
