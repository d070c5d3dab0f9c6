"""The code in docs/PYTHON.md runs, and the type stubs match the module."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import leakdex
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import leaked, members

ROOT = Path(__file__).parents[3]


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    key = leakdex.Key.generate()
    key.save("breach.key")
    pq.write_table(leaked(), "leak.parquet")
    builder = leakdex.IndexBuilder(key, "portal-2024-05")
    builder.add(leaked())
    builder.publish("breach.leakdex")
    table = members().rename_columns(
        ["Mitglied", "Versichertennummer", "E-Mail", "Nachname", "Vorname", "Geburtsdatum", "PLZ"]
    )
    pq.write_table(table.append_column("aktiv", pa.array([True] * len(table))), "members.parquet")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/PYTHON.md").read_text(), re.DOTALL)
    assert len(blocks) >= 7
    # Each block continues after the one before it, as a reader does.
    script = "\n".join(blocks)
    command = [sys.executable, "-W", "error", "-c", script]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("[{'Mitglied': 'M-1', 'strength': 'certain'")
    assert "[('M-1'," in ran.stdout and "affected=3" in ran.stdout
    assert pq.read_table("verdicts.parquet")["Mitglied"].to_pylist()[0] == "M-1"
    assert leakdex.Index.open("new.leakdex", leakdex.Key.load("new.key")).rows.indexed == 3


def test_the_shortest_program_has_ten_lines() -> None:
    page = (ROOT / "docs/PYTHON.md").read_text()
    first = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert first and len([line for line in first[1].splitlines() if line]) <= 11


def test_the_stubs_match_the_module(tmp_path: Path) -> None:
    settings = str(ROOT / "crates/python/pyproject.toml")
    # These modules have their types in the source, and import some names only for that.
    sources = tmp_path / "sources"
    sources.write_text(r"leakdex\.(spark|_spark_tasks)\..*")
    options = ["--ignore-missing-stub", "--mypy-config-file", settings, "--allowlist", str(sources)]
    options.append("--ignore-unused-allowlist")
    command = [sys.executable, "-m", "mypy.stubtest", "leakdex", *options]
    # Outside the sources, so the installed package is examined.
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "target", check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_stubs_accept_what_users_write_and_nothing_else(tmp_path: Path) -> None:
    good = """
import leakdex
import pyarrow as pa
key = leakdex.Key.load("k")
index = leakdex.Index.open(["a", "b"], [key])
verdicts: leakdex.Verdicts = index.check(pa.table({}), columns={"a": "email"}, keep=["a"], threads=2)
rows: int = verdicts.counts.rows
verdict = index.check_one({"birth-date": "1970-02-01"}, email=["a", "b"])
strength: str | None = verdict.strength
with leakdex.Index.map("a", key) as mapped:
    mapped.check_stream(pa.table({}), date_order="month-first")
account: leakdex.Account = leakdex.IndexBuilder(key, {"name": "b"}, memory=1 << 30).publish("x", shards=4)
try:
    pass
except leakdex.ColumnsError as error:
    value: ValueError = error
"""
    bad = """
import leakdex
leakdex.Key()
leakdex.Index.open("a", "breach.key")
index = leakdex.Index.open("a", leakdex.Key.generate())
index.check([{"email": "a"}])
index.check_one(postal_code=1067)
index.check_stream("members.csv")
"""
    for name, source in (("good", good), ("bad", bad)):
        (tmp_path / f"{name}.py").write_text(source)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "good.py", "bad.py"]
    environment = os.environ | {"MYPY_CACHE_DIR": str(tmp_path / "cache")}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    lines = [line for line in ran.stdout.splitlines() if ": error:" in line and "pyarrow" not in line]
    assert not [line for line in lines if line.startswith("good.py")], ran.stdout
    wrong = {int(line.split(":")[1]) for line in lines if line.startswith("bad.py")}
    assert wrong >= {4, 6, 7, 8}, ran.stdout


def test_each_public_name_has_a_docstring() -> None:
    for name in leakdex.__all__:
        public = getattr(leakdex, name)
        if isinstance(public, type):
            assert public.__doc__, name
            for member, value in vars(public).items():
                if not member.startswith("_"):
                    assert value.__doc__ or isinstance(value, staticmethod), f"{name}.{member}"
                    assert getattr(public, member).__doc__, f"{name}.{member}"
