"""A leak, members, and an index of the leak. All persons are invented."""

from __future__ import annotations

from pathlib import Path

import leakdex
import pyarrow as pa
import pytest


def kvnr(letter: str, number: int) -> str:
    """An insured number with a valid check digit."""
    digits = f"{ord(letter) - 64:02}{number:08}"
    products = (int(digit) * (1 + place % 2) for place, digit in enumerate(digits))
    return f"{letter}{number:08}{sum(product // 10 + product % 10 for product in products) % 10}"


NAMES = ["member", "kvnr", "email", "last-name", "first-name", "birth-date", "postal-code"]
#: The members. The first, third and last are in the leak.
PERSONS = [
    ("M-1", kvnr("A", 12345678), "eva.muster@example.de", "Muster", "Eva", "1970-02-01", "01067"),
    ("M-2", kvnr("B", 22222222), "jan.kunze@example.de", "Kunze", "Jan", "1981-11-23", "50667"),
    ("M-3", None, "pia.weiß@example.de", "Weiß", "Pia", "1990-05-17", "80331"),
    ("M-4", None, None, None, None, None, None),
    ("M-5", kvnr("C", 33333333), None, "Özdemir", "Ali", "1965-08-30", "20095"),
]
VERDICTS = ["affected", "not_affected", "affected", "indeterminate", "affected"]


def members(**types: pa.DataType) -> pa.Table:
    """The members. The columns are text, or have these types."""
    columns = {}
    for name, values in zip(NAMES, zip(*PERSONS)):
        columns[name] = pa.array(values, pa.string()).cast(types.get(name.replace("-", "_"), pa.string()))
    return pa.table(columns)


def leaked() -> pa.Table:
    rows = [PERSONS[0], PERSONS[2], PERSONS[4]]
    columns = {name: pa.array(values, pa.string()) for name, values in zip(NAMES[1:], list(zip(*rows))[1:])}
    return pa.table(columns)


@pytest.fixture(scope="session")
def key() -> leakdex.Key:
    return leakdex.Key.from_bytes(bytes(range(7, 39)))


@pytest.fixture(scope="session")
def path(key: leakdex.Key, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "breach.leakdex"
    builder = leakdex.IndexBuilder(key, "portal-2024-05")
    builder.add(leaked())
    builder.publish(path)
    return path


@pytest.fixture(scope="session")
def index(path: Path, key: leakdex.Key) -> leakdex.Index:
    return leakdex.Index.open(path, key)


def verdicts(index: leakdex.Index, table: object, **options: object) -> list[str]:
    return pa.table(index.check(table, **options))["verdict"].to_pylist()  # type: ignore[arg-type]
