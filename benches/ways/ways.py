#!/usr/bin/env python3
"""Times all interfaces of leakdex ("ways") on the same members in one run, with peers that do less.

    cargo build --release --package leakdex-cli --package leakdex-capi
    cargo build --release --package leakdex-synthetic --example people
    cargo build --release --package leakdex-arrow --example columns
    LEAKDEX_WHEEL_PROFILE=wheel .ci/python
    target/python/venv/bin/python benches/ways/ways.py --spark target/spark/venv/bin/python

It needs a JDK and, for Spark, a Python as `.ci/spark` makes it, with the same wheel. Without --spark, Spark is left
out. The members have six columns, and one leaked row in twenty is a member's. Tables are in memory; the command and
the DuckDB relation read a file. The peers: the library on the same columns in memory, once without and once with
profiles and the search for shifted dates; a loop in Python and one in Java, which compare three raw
values with a set of HMACs and normalise nothing; Spark's identity `mapInArrow`. `--only-spark --members 10000000`
measures Spark and its peer alone.

All ways except Java and Spark alternate. These two are separate processes, and their peers alternate
with them. Each figure is the median of all rounds except the first: wall time in seconds, with the CPU time in brackets.
The ratio compares the wall time with that of the library with self-checks, on as many threads.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile

import duckdb
import leakdex
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "crates/python/benches"), str(ROOT / "tests/ways")]

import c_stream  # noqa: E402
import tables  # noqa: E402

LIBRARY = "the library, with self-checks"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", default=ROOT / "target/release", type=pathlib.Path)
    parser.add_argument("--members", default=1_000_000, type=int)
    parser.add_argument("--leaked", default=100_000, type=int)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--loop", action=argparse.BooleanOptionalAction, default=True, help="also times the loop")
    parser.add_argument("--only-spark", action="store_true", help="leaves the other ways out")
    parser.add_argument("--spark", type=pathlib.Path, metavar="PYTHON", help="a Python with pyspark and the package")
    arguments = parser.parse_args()
    if arguments.only_spark and not arguments.spark:
        parser.error("--only-spark needs --spark")
    arguments.programs = arguments.programs.resolve()
    # `tables.py` expects programs beside the command.
    arguments.command = arguments.programs / "leakdex"
    with tempfile.TemporaryDirectory() as folder:
        times = run(arguments, pathlib.Path(folder))
    report(arguments, times)


def run(arguments, folder):
    members, leak = tables.people(arguments, folder)
    key = leakdex.Key.generate()
    key_file, index = folder / "bench.key", folder / "bench.leakdex"
    key.save(key_file)
    builder = leakdex.IndexBuilder(key, "bench")
    builder.add(tables.table_of(leak))
    builder.publish(index)
    parquet = folder / "members.parquet"
    pq.write_table(tables.table_of(members), parquet, row_group_size=100_000)
    times = {}
    if not arguments.only_spark:
        times |= in_turns(arguments, folder, members, leak, index, key_file)
        times |= of_process(java(arguments, folder) + [members, leak, index, key_file, arguments.rounds])
    if arguments.spark:
        script = ROOT / "benches/ways/ways_spark.py"
        times |= of_process([arguments.spark, script, parquet, index, key_file, arguments.rounds])
    return times


def in_turns(arguments, folder, members, leak, index, key_file):
    opened = leakdex.Index.open(index, leakdex.Key.load(key_file))
    library = c_stream.Library(arguments.programs / "libleakdex_capi.so", [index], [key_file])
    table = tables.table_of(members)
    secret = b"0123456789abcdef0123456789abcdef"
    known = set(tables.hashed(secret, leak)) if arguments.loop else set()
    jobs = {}
    for threads in (1, 2):
        jobs["the library", threads] = columns(arguments, members, index, key_file, threads)
        jobs[LIBRARY, threads] = columns(arguments, members, index, key_file, threads, "--self-checked")
        jobs |= tables.ways(opened, members, threads)
        jobs["C stream", threads] = lambda threads=threads: library.check(table.to_reader(10_000), {}, [], threads)
        for name in ("members.csv", "members.parquet"):
            way = f"the command, {name.partition('.')[2]}"
            jobs[way, threads] = tables.command(arguments.command, folder, folder / name, index, threads)
    if arguments.loop:
        jobs["a loop in Python with hmac and a set", 1] = lambda: sum(
            any(value in known for value in values) for values in tables.grouped(secret, members)
        )
    times = {way: [] for way in jobs}
    for number in range(arguments.rounds + 1):
        for way, job in jobs.items():
            took = job() if way[0].startswith("the library") else tables.timed(job)
            # The first round loads files into the cache and starts threads.
            if number:
                times[way].append(took)
    return times


def columns(arguments, members, index, key_file, threads, *flags):
    """The library alone. It reports its own time, without reading the file."""
    program = arguments.programs / "examples/columns"
    words = [str(word) for word in (program, members, index, key_file, threads, 2, *flags)]

    def job():
        # Only the second round counts, since the columns have then been used once.
        last = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
        wall, cpu, _ = last.split()
        return float(wall), float(cpu)

    return job


def java(arguments, folder):
    sources = [*(ROOT / "crates/capi/java/src/de/leakdex").glob("*.java"), ROOT / "benches/ways/Members.java"]
    subprocess.run(["javac", "--release", "17", "-d", folder / "classes", *sources], check=True)
    native = f"-Dleakdex.library={arguments.programs / 'libleakdex_capi.so'}"
    return ["java", "-Xmx4g", native, "-cp", folder / "classes", "Members"]


def of_process(words):
    """The times that a program prints: one line for each way and round."""
    printed = subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True).stdout
    times = {}
    for line in printed.splitlines():
        way, threads, wall, cpu = line.split(";")
        times.setdefault((way, int(threads)), []).append((float(wall), float(cpu)))
    return times


def report(arguments, times):
    versions = ", ".join(f"{package.__name__} {package.__version__}" for package in (leakdex, pa, duckdb))
    print(f"{arguments.members:,} members, {arguments.leaked:,} leaked rows, {arguments.rounds} rounds; {versions}\n")
    figures = {
        way: [statistics.median(figures) for figures in zip(*runs)] for way, runs in times.items()
    }
    print("| way | one thread | ratio | two threads | ratio |\n|---|---:|---:|---:|---:|")
    for way in dict.fromkeys(way for way, _ in figures):
        cells = []
        for threads in (1, 2):
            wall, cpu = figures.get((way, threads), (None, None))
            base = figures.get((LIBRARY, threads))
            cells.append(f"{wall:.2f} s ({cpu:.2f})" if wall else "")
            cells.append(f"{wall / base[0]:.2f}" if wall and base else "")
        print(f"| {way} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
