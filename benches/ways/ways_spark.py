"""Times `leakdex.spark.check` beside an identity `mapInArrow` on two threads, for `benches/ways/ways.py`:

    ways_spark.py MEMBERS.parquet INDEX KEY ROUNDS

Prints for each round: the way, threads, wall seconds, and CPU seconds of Spark's JVM and its workers."""

import os
import pathlib
import sys
import time

import leakdex
import leakdex.spark
from pyspark.sql import SparkSession

THREADS = 2


def main():
    members, index, key, rounds = sys.argv[1:]
    # The workers run in the same Python.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master(f"local[{THREADS}]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "2g")
        # As many partitions as threads, or more for a long list.
        .config("spark.sql.files.maxPartitionBytes", "32m")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    frame = spark.read.parquet(members)

    def load():
        return leakdex.Key.load(key)

    def identity():
        return frame.mapInArrow(lambda batches: batches, frame.schema)

    jobs = {
        "Spark, an identity mapInArrow": identity,
        "Spark": lambda: leakdex.spark.check(frame, index, load),
    }
    for number in range(int(rounds) + 1):
        for name, job in jobs.items():
            begin, before = time.perf_counter(), seconds_of_all()
            job().write.format("noop").mode("overwrite").save()
            took = time.perf_counter() - begin, seconds_of_all() - before
            # The first round starts workers, which stay alive.
            if number:
                print(f"{name};{THREADS};{took[0]:.4f};{took[1]:.4f}", flush=True)
    spark.stop()


# The ticks of each process seen. Spark ends idle workers, and no parent's count includes their ticks.
TICKS = {}


def seconds_of_all():
    """The CPU time of this process and its descendants, including those seen earlier that have ended."""
    stats, parents = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The second field is a name in brackets, which may contain spaces.
                words = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(words[1])
            stats[int(entry.name)] = sum(map(int, words[11:13]))
    family = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in family} - family:
        family |= more
    TICKS.update((process, stats[process]) for process in family if process in stats)
    return sum(TICKS.values()) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
