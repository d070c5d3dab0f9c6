"""Measures leakdex.spark beside a mapInArrow that gives its rows back: python spark.py [MEMBERS [MASTER]].

Prints the time and the CPU time of each, the least of three runs. The CPU time is that of the driver, the JVM
and all Python workers, and does not depend on what else the machine does. The goal for ten million
members is a CPU time of at most 1.3 times that of the identity.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import leakdex
import pyspark
from leakdex import spark as leaks
from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "spark"))
import people  # noqa: E402


def key() -> leakdex.Key:
    return leakdex.Key.from_bytes(bytes(range(32)))


def identity(batches):
    yield from batches


def cpu_seconds() -> float:
    """Of this process and all that it started."""
    children: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for process in Path("/proc").iterdir():
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if process.name.isdigit():
            children.setdefault(int(fields[1]), []).append(int(process.name))
            # Its own time, and that of children that have ended.
            seconds[int(process.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def of(process: int) -> float:
        return seconds.get(process, 0) + sum(map(of, children.get(process, [])))

    return of(os.getpid())


def measure(name: str, run) -> float:
    run()
    best = (float("inf"), float("inf"), None)
    for _ in range(3):
        start, before = time.perf_counter(), cpu_seconds()
        result = run()
        own = cpu_seconds() - before, time.perf_counter() - start, result
        best = min(best, own, key=lambda run: run[0])
    print(f"{name:28} {best[1]:7.2f} s {best[0]:7.2f} s CPU   {best[2]}", flush=True)
    return best[0]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    master = sys.argv[2] if len(sys.argv) > 2 else "local[2]"
    os.environ.setdefault("SPARK_HOME", os.path.dirname(pyspark.__file__))
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = SparkSession.builder.master(master).config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    with tempfile.TemporaryDirectory() as folder:
        people.persons(spark, count).write.parquet(f"{folder}/members")
        members = spark.read.parquet(f"{folder}/members")
        builder = leakdex.IndexBuilder(key(), "bench")
        builder.add(people.persons(spark, 100_000, step=10).toArrow())
        builder.publish(f"{folder}/leak.leakdex")

        def of_identity():
            frame = members.mapInArrow(identity, members.schema)
            return frame.groupBy("Vorname").count().count()

        def of_check():
            frame = leaks.check(members, f"{folder}/leak.leakdex", key, keep=["member"])
            return dict(frame.groupBy("verdict").count().collect())

        print(f"{count} members, {master}, Spark {pyspark.__version__}, load {os.getloadavg()[0]:.1f}")
        ratio = measure("identity mapInArrow", of_identity)
        ratio = measure("leakdex.spark.check", of_check) / ratio
        print(f"{ratio:.2f} times the CPU time of the identity")
    spark.stop()


main()
