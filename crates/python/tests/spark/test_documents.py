"""The programs in docs/SPARK.md run unchanged."""

from __future__ import annotations

import re
from pathlib import Path

import people
import pytest

PAGE = Path(__file__).parents[4] / "docs" / "SPARK.md"

BOTO3 = """
class Client:
    def get_secret_value(self, SecretId):
        assert SecretId == "breach/key"
        return {"SecretBinary": bytes(range(32))}

def client(name):
    assert name == "secretsmanager"
    return Client()
"""


def programs():
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def places(spark, leak, index, key_file, tmp_path):
    """The paths on the page, and the local files that replace them."""
    insurer, volume, bucket = tmp_path / "insurer", tmp_path / "volume", tmp_path / "bucket"
    for folder in (insurer, volume, bucket):
        folder.mkdir()
    for copy in (insurer / "portal.leakdex", volume / "portal.leakdex", bucket / "portal-2.leakdex"):
        copy.write_bytes(Path(index).read_bytes())
    people.persons(spark, 2_000).write.parquet(str(insurer / "members.parquet"))
    leak.write.parquet(str(insurer / "leak.parquet"))
    spark.read.parquet(str(insurer / "members.parquet")).createOrReplaceTempView("claims_members")
    (tmp_path / "boto3.py").write_text(BOTO3)
    spark.sparkContext.addPyFile(str(tmp_path / "boto3.py"))
    return {
        "/mnt/insurer": str(insurer),
        "/Volumes/claims/breach": str(volume),
        "/local_disk0": str(tmp_path / "disk"),
        "s3://insurer-breach": str(bucket),
        "/mnt/secrets": str(key_file.parent),
    }


def test_the_programs_of_the_page_run(spark, places, capsys):
    names = {"spark": spark, "__name__": "page"}
    for program in programs():
        for place, path in places.items():
            program = program.replace(place, path)
        exec(compile(program, str(PAGE), "exec"), names)
    spark.sql("drop table if exists breach_verdicts")
    assert names["key"]().id
    assert names["run"].counts.rows == 2_000
    assert names["run"].counts.affected >= 150
    assert names["verdicts"].count() == 2_000
    assert "Counts(rows=2000" in capsys.readouterr().out
    assert names["account"].rows == 10_000
