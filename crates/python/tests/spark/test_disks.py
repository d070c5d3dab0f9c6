"""leakdex writes no value of a person to the disk of a worker."""

from __future__ import annotations

import subprocess

import people
import pytest
from leakdex import spark as leaks
from pyspark.sql import functions as F

# Values that no other person has.
NAME, ADDRESS = "Qxzjvkwyg", "yhbgtrfvwsx@qaz.example"


def files_with_values(folder):
    search = ["grep", "-rlaF", "-e", NAME, "-e", ADDRESS, folder]
    found = subprocess.run(search, capture_output=True, text=True)
    assert found.returncode in (0, 1), found.stderr
    return found.stdout.split()


@pytest.fixture
def persons(spark, tmp_path):
    """Persons in three partitions. One person has the values."""
    path = str(tmp_path / "persons.parquet")
    frame = people.persons(spark, 3_000, partitions=3)
    first = F.col("member") == "M-0"
    for column, value in (("Nachname", NAME), ("E-Mail", ADDRESS)):
        frame = frame.withColumn(column, F.when(first, F.lit(value)).otherwise(F.col(column)))
    frame.write.parquet(path)
    return spark.read.parquet(path)


def test_a_check_leaves_no_value(persons, disks, index, key, tmp_path):
    leaks.check(persons, index, key, keep=["member"]).write.parquet(str(tmp_path / "verdicts"))
    leaks.outcome(persons.sparkSession.read.parquet(str(tmp_path / "verdicts")), index, key)
    assert not files_with_values(disks)


def test_a_build_leaves_no_value(persons, disks, key, tmp_path):
    leaks.build(persons, key, "portal-2023", 4, tmp_path / "index")
    assert not files_with_values(disks)


def test_a_value_left_by_a_shuffle_would_be_detected(persons, disks):
    # This test must be the last one, since its files stay.
    shuffled = persons.repartition(3).rdd
    assert shuffled.count() == 3_000
    assert files_with_values(disks)
