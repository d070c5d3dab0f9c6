"""Checks the members with `leakdex.spark` on two threads: spark_way.py FOLDER NAME. Writes spark.parquet and
spark.json into FOLDER, for `ways.py`."""

import json
import os
import pathlib
import sys

import leakdex
import leakdex.spark
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

COUNTS = ["rows", "affected", "not_affected", "indeterminate", "partially_checked"]
CAVEAT = ["side", "column", "field", "sign", "count", "of"]


def main():
    folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
    # The workers run in the same Python.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        # Several partitions, so counts must be added up.
        .config("spark.sql.files.maxPartitionBytes", "1m")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    indexes = [str(folder / f"{part}.leakdex") for part in (0, 1)]

    def keys():
        return [leakdex.Key.load(folder / f"{part}.key") for part in (0, 1)]

    members = spark.read.parquet(str(folder / f"{name}.parquet"))
    mapped = {"Zweitmail": "ignore"}
    checked = leakdex.spark.check(members, indexes, keys, columns=mapped, keep=["Mitgliedsnummer"])
    checked.write.parquet(str(folder / "spark-verdicts"))
    verdicts = spark.read.parquet(str(folder / "spark-verdicts"))
    outcome = leakdex.spark.outcome(verdicts, indexes, keys, members=members.count())
    found = {
        "counts": [getattr(outcome.counts, name) for name in COUNTS],
        "caveats": [[getattr(caveat, name) for name in CAVEAT] for caveat in outcome.caveats],
        "kinds": sorted({kind for caveat in outcome.caveats for kind in caveat.kinds}),
    }
    partitions = checked.rdd.getNumPartitions()
    assert partitions > 1, f"{partitions} partitions"
    spark.stop()
    (folder / "spark.json").write_text(json.dumps(found))
    parts = sorted((folder / "spark-verdicts").glob("*.parquet"))
    pq.write_table(pa.concat_tables(map(pq.read_table, parts)), folder / "spark.parquet")


if __name__ == "__main__":
    main()
