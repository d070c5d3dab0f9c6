"""A build on a cluster makes the same files as the command, and an error leaves no index that can be opened."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import leakdex
import pytest
from leakdex import spark as leaks

COMMAND = os.environ.get("LEAKDEX_COMMAND")
HEADER = ["Kunde", "Vorname", "Nachname", "Geburtsdatum", "PLZ", "Ort", "E-Mail", "KVNR", "Passwort", "c10"]
# The index must say that the ignored column may hold any field.
COLUMNS = {"Kunde": "id", "Passwort": "class:passwords", "c10": "ignore"}


def rows():
    """Leaked rows: names with umlauts, dates in several forms, repeated rows, and unusable ones."""
    first = ["Jörg", "Anna", "Zoë", "Ali", "Eva"]
    last = ["Müller", "Groß", "Öztürk", "von der Heide", "Lang-Kühn", "Nowak"]
    found = []
    for number in range(4000):
        # Every seventh row has the data of another person, so there are duplicates.
        person = number * 3 % 2000 if number % 7 == 6 else number
        year, month, day = 1930 + person % 70, person % 12 + 1, person % 28 + 1
        date = [f"{year}-{month:02}-{day:02}", f"{day:02}.{month:02}.{year}", f"{day}.{month}.{year}"]
        found.append([
            f"K{number}",
            first[person % len(first)],
            last[person // 5 % len(last)],
            date[person % 3],
            f"{1000 + person * 17 % 90000:05}",
            "Köln",
            "" if person % 4 == 3 else f"Person{person}@Example.de",
            "",
            "hunter2" if person % 9 == 0 else "",
            f"0221 47{person:06}",
        ])
        if number % 50 == 0:
            found.append([f"L{number}", "", "", "", "", "Köln", "", "4711", "", ""])
    return found


def saved_key_file(key, folder):
    path = folder / "breach.key"
    key().save(path)
    return path


def by_command(shards, key, folder):
    """The files that the command makes from the same rows."""
    leak = folder / "leak.csv"
    with leak.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(rows())
    target = folder / "by-command"
    mapping = [part for name, content in COLUMNS.items() for part in ("--column", f"{name}={content}")]
    command = [COMMAND, "build", "--key", saved_key_file(key, folder), "--output", target, "--name", "portal-2023"]
    done = subprocess.run([*command, "--shards", str(shards), *mapping, leak], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return files_in(target)


def files_in(folder):
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


@pytest.fixture(scope="module")
def leaked(spark, tmp_path_factory):
    """The rows in partitions, some of them empty. Absent values are empty texts or nulls."""
    values = [[None if value == "" and at % 2 else value for value in row] for at, row in enumerate(rows())]
    schema = ", ".join(f"`{name}` string" for name in HEADER)
    path = str(tmp_path_factory.mktemp("leaked") / "leak.parquet")
    spark.createDataFrame(values, schema).repartition(5).write.parquet(path)
    return spark.read.parquet(path)


def build(leaked, key, shards, folder, **more):
    return leaks.build(leaked, key, "portal-2023", shards, folder, COLUMNS, **more)


@pytest.fixture(scope="module")
def expected(leaked, key, tmp_path_factory):
    """The files of four shards, built on the cluster without failures."""
    folder = tmp_path_factory.mktemp("expected") / "index"
    build(leaked, key, 4, folder)
    return files_in(folder)


@pytest.mark.skipif(COMMAND is None, reason="LEAKDEX_COMMAND is not set")
@pytest.mark.parametrize("shards", [4, 16])
def test_a_build_on_a_cluster_gives_the_files_of_the_command(leaked, key, shards, tmp_path):
    account = build(leaked.repartition(3), key, shards, tmp_path / "index")
    assert files_in(tmp_path / "index") == by_command(shards, key, tmp_path)
    assert account.duplicate > 100 and account.rejected == 80
    assert account.rows == len(rows())


def test_the_number_and_order_of_partitions_change_nothing(leaked, key, expected, tmp_path):
    for number, frame in enumerate([leaked.coalesce(1), leaked.orderBy("E-Mail").repartition(11)]):
        build(frame, key, 4, tmp_path / str(number), memory=50_000)
        assert files_in(tmp_path / str(number)) == expected


def test_an_index_of_shards_is_checked_on_the_cluster(leaked, key, tmp_path):
    build(leaked, key, 4, tmp_path / "index")
    columns = {"Kunde": "id", "c10": "ignore"}
    verdicts = leaks.check(leaked.drop("Passwort"), tmp_path / "index", key, columns, keep=["Kunde"])
    found = {row["verdict"]: row["count"] for row in verdicts.groupBy("verdict").count().collect()}
    assert found == {"affected": len(rows()) - 80, "indeterminate": 80}


def test_large_types_of_arrow_change_nothing(spark, leaked, key, expected, tmp_path):
    setting = "spark.sql.execution.arrow.useLargeVarTypes"
    spark.conf.set(setting, "true")
    try:
        build(leaked, key, 4, tmp_path / "index")
        columns = {"Kunde": "id", "c10": "ignore"}
        verdicts = leaks.check(leaked.drop("Passwort"), tmp_path / "index", key, columns, keep=["Kunde"])
        outcome = leaks.outcome(verdicts, tmp_path / "index", key)
    finally:
        spark.conf.unset(setting)
    assert files_in(tmp_path / "index") == expected
    assert outcome.counts.affected == len(rows()) - 80


def killed_once(marker):
    """Kills this process, unless that was done before."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def test_killing_a_task_that_hashes_changes_nothing(leaked, key, expected, tmp_path):
    marker = str(tmp_path / "killed")

    def dying(batches):
        for number, batch in enumerate(batches):
            yield batch
            if number == 0:
                killed_once(marker)

    build(leaked.mapInArrow(dying, leaked.schema), key, 4, tmp_path / "index")
    assert os.path.exists(marker)
    assert files_in(tmp_path / "index") == expected


def test_killing_a_task_that_writes_changes_nothing(leaked, key, expected, tmp_path):
    marker, folder = str(tmp_path / "killed"), tmp_path / "index"

    def dying_key():
        """Dies as soon as the folder contains a file."""

        def wait():
            while not (folder.exists() and any(folder.iterdir())):
                time.sleep(0.0002)
            killed_once(marker)

        from pyspark import TaskContext

        if TaskContext.get() is not None:
            threading.Thread(target=wait, daemon=True).start()
        return key()

    build(leaked, dying_key, 4, folder)
    assert os.path.exists(marker)
    assert files_in(folder) == expected


def test_the_same_build_again_writes_the_same(leaked, key, expected, tmp_path):
    folder = tmp_path / "index"
    build(leaked, key, 4, folder)
    (folder / "shard-002-of-004.leakdex").unlink()
    build(leaked, key, 4, folder)
    assert files_in(folder) == expected


def test_a_folder_with_another_index_is_refused(leaked, key, expected, tmp_path):
    folder = tmp_path / "index"
    folder.mkdir()
    for name, content in expected.items():
        (folder / name).write_bytes(content)
    with pytest.raises(Exception, match="leakdex"):
        build(leaked.limit(1000), key, 4, folder)
    assert files_in(folder) == expected


def test_workers_with_another_key_build_nothing(leaked, key, tmp_path):
    def other_on_workers():
        from pyspark import TaskContext

        return key() if TaskContext.get() is None else leakdex.Key.from_bytes(bytes(range(1, 33)))

    with pytest.raises(leakdex.BuildError, match="the same key"):
        build(leaked, other_on_workers, 4, tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_a_leak_with_little_usable_data_is_refused(leaked, key, tmp_path):
    useless = leaked.where("KVNR = '4711'").unionByName(leaked.limit(100))
    with pytest.raises(leakdex.Error, match="more than a tenth") as raised:
        build(useless, key, 4, tmp_path / "index")
    assert "4711" not in str(raised.value)
    assert not (tmp_path / "index").exists()


def test_wrong_arguments_are_refused_before_a_row_is_hashed(leaked, key, tmp_path):
    with pytest.raises(leakdex.BuildError, match="shards"):
        build(leaked, key, 3, tmp_path / "index")
    with pytest.raises(leakdex.InputTypeError, match="hdfs"):
        build(leaked, key, 4, "hdfs://name/index")
    with pytest.raises(leakdex.InputTypeError, match="does not travel"):
        build(leaked, key(), 4, tmp_path / "index")


def test_nothing_stays_behind(spark, leaked, key, tmp_path):
    build(leaked, key, 4, tmp_path / "index")
    with pytest.raises(Exception):
        build(leaked, key, 4, "/proc/none")
    assert spark.sparkContext._jsc.getPersistentRDDs().size() == 0
