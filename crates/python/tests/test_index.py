"""Indexes: opening them, their properties, and refused ones."""

from __future__ import annotations

import datetime
import os
import pickle
from pathlib import Path

import leakdex
import pyarrow as pa
import pytest

from conftest import VERDICTS, kvnr, leaked, members, verdicts


def test_an_index_says_what_it_holds(index: leakdex.Index, key: leakdex.Key) -> None:
    assert index.key_id == key.id
    assert len(index.id) == 16 and repr(index) == f"<Index {index.id}>"
    assert {"kvnr", "email"} <= set(index.kinds)
    assert index.breaches == {"portal-2024-05": {"name": "portal-2024-05", "data_classes": []}}
    assert index.generation == 0
    assert (index.rows.rows, index.rows.indexed, index.rows.rejected) == (3, 3, 0)
    assert index.rows.identifiers["kvnr"] == 2


def test_one_member_is_checked_by_names_of_fields_or_a_mapping(index: leakdex.Index) -> None:
    number = kvnr("A", 12345678)
    for verdict in (index.check_one(kvnr=number), index.check_one({"kvnr": f" {number[:4]} {number[4:]}"})):
        assert (verdict.verdict, verdict.strength, verdict.records) == ("affected", "certain", 1)
        assert verdict.matched == ["kvnr"]
        assert verdict.breaches == ["portal-2024-05"]
        assert verdict.breach_strengths == ["certain"]
        assert "health-insurance-information" in verdict.data_classes
        assert not verdict.partial
    person = {"last-name": "Muster", "first_name": "Eva", "postal_code": "01067"}
    for date in ("1970-02-01", "1.2.1970", datetime.date(1970, 2, 1)):
        assert index.check_one(person, birth_date=date).verdict == "affected"
    assert index.check_one(person, birth_date="02/01/1970", date_order="month-first").verdict == "affected"
    with pytest.raises(leakdex.ColumnsError, match="date order") as refused:
        index.check_one(person, birth_date="02/01/1970")
    assert "1970" not in str(refused.value)
    # This date exists only with the month first.
    assert not index.check_one(person, birth_date="12/25/1970").coverage.problems
    assert index.check_one(email=["nobody@example.de", "eva.muster@example.de"]).verdict == "affected"


def test_a_verdict_says_what_was_not_checked(index: leakdex.Index) -> None:
    verdict = index.check_one(kvnr=kvnr("B", 48271936), email="nobody")
    assert verdict.verdict == "not_affected" and verdict.partial
    assert verdict.reasons == ["no-at-sign", "out-of-reach"]
    assert verdict.coverage.out_of_reach, "one of three leaked records has no insured number"
    assert verdict.coverage.problems == [("email", "no-at-sign")]
    assert verdict.coverage.unused == ["email"] and "kvnr" in verdict.coverage.checked
    assert verdict.strength is None and verdict.records is None
    assert repr(verdict) == "<Verdict not_affected, partially checked>"
    assert index.check_one().verdict == "indeterminate"
    assert index.check_one(kvnr=None, email="").verdict == "indeterminate"


def test_a_field_of_another_name_or_type_is_an_error_without_its_value(index: leakdex.Index) -> None:
    with pytest.raises(leakdex.ColumnsError, match="did you mean 'email'"):
        index.check_one(emial="eva.muster@example.de")
    nested: list[object] = []
    nested.append(nested)
    for fields in (
        {"postal_code": 1067},
        {"kvnr": b"A123456780"},
        {"email": {"a": 1}},
        {"kvnr": 1.5},
        {"email": nested},
        {"birth_date": (("1970-02-01",),)},
    ):
        with pytest.raises(leakdex.InputTypeError, match="give str") as raised:
            index.check_one(**fields)  # type: ignore[arg-type]
        assert "1067" not in str(raised.value) and "A123" not in str(raised.value)
    with pytest.raises(TypeError):
        index.check_one("A123456780")  # type: ignore[arg-type]
    moment = datetime.datetime(1970, 2, 1, 12)
    with pytest.raises(leakdex.InputTypeError, match="birth-date"):
        index.check_one(birth_date=moment)


def test_a_mapped_index_gives_the_same_answers(path: Path, key: leakdex.Key) -> None:
    with leakdex.Index.map(path, key) as index:
        assert verdicts(index, members()) == VERDICTS
        other = index.check_one(last_name="Niemand", first_name="Nora", birth_date="1975-03-04")
        assert other.verdict == "not_affected" and not other.partial
        index.verify_touched()
        index.verify_unchanged()


def test_one_member_gets_no_verdict_from_a_mapped_index_that_was_changed(
    path: Path, key: leakdex.Key, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.leakdex"
    copy.write_bytes(path.read_bytes())
    index = leakdex.Index.map(copy, key)
    assert index.check_one(email="eva.muster@example.de").verdict == "affected"
    copy.write_bytes(path.read_bytes())
    os.utime(copy, (1, 1))
    with pytest.raises(leakdex.IndexFault):
        index.check_one(email="eva.muster@example.de")


def test_a_mapped_index_that_is_changed_gives_no_verdicts(path: Path, key: leakdex.Key, tmp_path: Path) -> None:
    copy = tmp_path / "copy.leakdex"
    copy.write_bytes(path.read_bytes())
    index = leakdex.Index.map(copy, key)
    stream = index.check_stream(members())
    with copy.open("ab") as file:
        file.write(b"\0" * 4096)
    with pytest.raises(leakdex.IndexFault, match="changed while it was in use"):
        index.check(members())
    with pytest.raises(pa.ArrowInvalid, match="changed while it was in use"):
        pa.table(stream)
    with pytest.raises(leakdex.IndexFault):
        index.verify_unchanged()


def test_a_closed_index_answers_nothing(path: Path, key: leakdex.Key) -> None:
    with leakdex.Index.open(path, key) as index:
        stream = index.check_stream(members())
        assert not index.closed
    assert index.closed and repr(index) == "<Index, closed>"
    for use in (
        lambda: index.check(members()),
        lambda: index.check_stream(members()),
        lambda: index.check_one(kvnr="A123456780"),
        lambda: index.id,
        lambda: index.kinds,
        lambda: index.verify_unchanged(),
    ):
        with pytest.raises(leakdex.ClosedError, match="closed"):
            use()
    index.close()
    # A check that began before the close ends normally.
    assert pa.table(stream)["verdict"].to_pylist() == VERDICTS


def test_a_wrong_key_is_refused(path: Path, key: leakdex.Key) -> None:
    other = leakdex.Key.generate()
    for opened in (leakdex.Index.open, leakdex.Index.map):
        with pytest.raises(leakdex.IndexFault, match=f"built with key {key.id}, you gave {other.id}"):
            opened(path, other)
        with pytest.raises(leakdex.IndexFault, match=key.id):
            opened(path, [other, leakdex.Key.generate()])


def test_an_index_of_another_normaliser_is_refused(path: Path, key: leakdex.Key, tmp_path: Path) -> None:
    copy = tmp_path / "other.leakdex"
    content = path.read_bytes()
    assert content.count(b'"normaliser":3') == 1
    copy.write_bytes(content.replace(b'"normaliser":3', b'"normaliser":2'))
    with pytest.raises(leakdex.IndexFault, match="normaliser 2"):
        leakdex.Index.open(copy, key)


def test_a_damaged_index_is_refused(path: Path, key: leakdex.Key, tmp_path: Path) -> None:
    copy = tmp_path / "damaged.leakdex"
    content = bytearray(path.read_bytes())
    for place in (100, len(content) // 2, len(content) - 1):
        content[place] ^= 0x55
        copy.write_bytes(content)
        with pytest.raises(leakdex.IndexFault):
            leakdex.Index.map(copy, key)
        content[place] ^= 0x55
    for length in (0, 10, 4096, len(content) - 1):
        copy.write_bytes(content[:length])
        with pytest.raises(leakdex.IndexFault):
            leakdex.Index.open(copy, key)
    with pytest.raises(leakdex.IoError) as raised:
        leakdex.Index.open(tmp_path / "missing.leakdex", key)
    assert raised.value.errno == 2


def test_several_indexes_with_several_keys_are_checked_as_one(
    path: Path, key: leakdex.Key, tmp_path: Path
) -> None:
    other_key = leakdex.Key.generate()
    builder = leakdex.IndexBuilder(other_key, {"name": "shop", "title": "A shop"}, generation=4)
    builder.add(pa.table({"email": ["jan.kunze@example.de", "eva.muster@example.de"]}))
    other = tmp_path / "shop.leakdex"
    builder.publish(other)
    both = leakdex.Index.open([path, str(other)], (other_key, key))
    table = pa.table(both.check(members()))
    assert table["verdict"].to_pylist() == ["affected", "affected", "affected", "indeterminate", "affected"]
    assert table["breaches"].to_pylist()[:2] == ["portal-2024-05 shop", "shop"]
    assert list(both.breaches) == ["portal-2024-05", "shop"]
    assert [one.generation for one in both.indexes] == [0, 4]
    with pytest.raises(leakdex.InputTypeError, match="2 indexes"):
        both.id
    with pytest.raises(leakdex.IndexFault, match="generation"):
        leakdex.Index.open(other, other_key, min_generation=5)
    with pytest.raises(leakdex.InputTypeError, match="twice"):
        leakdex.Index.open([path, path], key)
    with pytest.raises(leakdex.InputTypeError, match="no index"):
        leakdex.Index.open([], key)
    with pytest.raises(leakdex.InputTypeError, match="no key"):
        leakdex.Index.open([path], [])
    with pytest.raises(leakdex.InputTypeError):
        leakdex.Index.open(path, "breach.key")  # type: ignore[arg-type]


def test_shards_are_one_index(key: leakdex.Key, index: leakdex.Index, tmp_path: Path) -> None:
    builder = leakdex.IndexBuilder(key, "portal-2024-05")
    builder.add(leaked())
    folder = tmp_path / "shards"
    account = builder.publish(folder, shards=4)
    assert len(list(folder.iterdir())) == 4
    for sharded in (leakdex.Index.open(folder, key), leakdex.Index.map(folder, key)):
        assert sharded.id == account.id
        assert sharded.rows.indexed == index.rows.indexed
        assert len(sharded.indexes) == 1
        assert verdicts(sharded, members()) == VERDICTS
    with pytest.raises(leakdex.IndexFault, match="folder of all shards"):
        leakdex.Index.open(sorted(folder.iterdir())[0], key)
    sorted(folder.iterdir())[0].unlink()
    with pytest.raises(leakdex.IndexFault, match="missing"):
        leakdex.Index.open(folder, key)


def test_an_index_and_a_builder_are_not_pickled(index: leakdex.Index, key: leakdex.Key) -> None:
    for secret in (index, leakdex.IndexBuilder(key, "b")):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(secret)
