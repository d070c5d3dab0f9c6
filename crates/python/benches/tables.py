#!/usr/bin/env python3
"""Times the Python interfaces of leakdex on the same members, and a loop in Python.

    cargo build --release
    pip install ./crates/python pyarrow==26.0.1 polars==2.1.0 pandas==3.1.1 duckdb==2.0.1
    python3 crates/python/benches/tables.py

The members have six columns, and one leaked row in twenty belongs to a member. The tables of pyarrow, polars and
pandas are in memory; the DuckDB relation and the command read the file. The loop looks up three raw values in a
set of HMACs and normalises nothing. All candidates take turns. Each figure is the median of all rounds except the
first: elapsed seconds, and CPU seconds in brackets.
"""

import argparse
import csv
import hashlib
import hmac
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

import duckdb
import leakdex
import pandas
import polars
import pyarrow as pa
import pyarrow.csv

COLUMNS = ["email", "kvnr", "first_name", "last_name", "birth_date", "postal_code"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", default="target/release/leakdex", type=pathlib.Path)
    parser.add_argument("--members", default=1_000_000, type=int)
    parser.add_argument("--leaked", default=100_000, type=int)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--loop", action=argparse.BooleanOptionalAction, default=True, help="also times the loop")
    arguments = parser.parse_args()
    subprocess.run(
        "cargo build --release --quiet --package leakdex-synthetic --example people".split(), check=True
    )
    with tempfile.TemporaryDirectory() as folder:
        run(arguments, pathlib.Path(folder))


def run(arguments, folder):
    members, leak = people(arguments, folder)
    key = leakdex.Key.generate()
    key.save(folder / "bench.key")
    path = folder / "bench.leakdex"
    builder = leakdex.IndexBuilder(key, "bench")
    builder.add(table_of(leak))
    builder.publish(path)
    index = leakdex.Index.open(path, key)
    secret = b"0123456789abcdef0123456789abcdef"
    known = set(hashed(secret, leak))
    jobs = {}
    for threads in (1, 2):
        jobs |= ways(index, members, threads)
        jobs["the command", threads] = command(arguments.command, folder, members, path, threads)
    table = table_of(members)
    jobs["build of the same rows", 2] = lambda: build(key, table, folder)
    if arguments.loop:
        jobs["a loop with hmac and a set", 1] = lambda: sum(
            any(value in known for value in values) for values in grouped(secret, members)
        )
    jobs["check_one, 100,000 times", 1] = one_by_one(index, table)
    times = {name: [] for name in jobs}
    for number in range(arguments.rounds + 1):
        for name, job in jobs.items():
            took = timed(job)
            # The first round loads files into memory and starts threads.
            if number:
                times[name].append(took)
    report(arguments, times)


def people(arguments, folder):
    """The member list and the leak, each with six columns."""
    files = [folder / name for name in ("members.csv", "leak.csv")]
    program = arguments.command.parent / "examples" / "people"
    counts = arguments.members, arguments.leaked
    subprocess.run([program, *(str(word) for pair in zip(files, counts) for word in pair), "--wide"], check=True)
    for file in files:
        columns = ", ".join(COLUMNS)
        text = f"SELECT {columns} FROM read_csv('{file}', all_varchar=true)"
        duckdb.execute(f"COPY ({text}) TO '{file}.part' (HEADER)")
        pathlib.Path(f"{file}.part").rename(file)
    return files


def table_of(file):
    types = pa.csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=True)
    return pa.csv.read_csv(file, convert_options=types).combine_chunks()


def ways(index, members, threads):
    table = table_of(members)
    small = pa.Table.from_batches(table.to_batches(max_chunksize=1000))
    views = table.cast(pa.schema([(name, pa.string_view()) for name in COLUMNS]))
    frame, pandas_frame = polars.from_arrow(table), table.to_pandas()
    relation = f"SELECT * FROM read_csv('{members}', all_varchar=true)"

    def of_duckdb():
        duckdb.execute(f"SET threads = {threads}")
        return index.check(duckdb.sql(relation), threads=threads)

    def of_stream():
        reader = pa.RecordBatchReader.from_stream(index.check_stream(table, threads=threads))
        return sum(len(batch) for batch in reader)

    given = {
        "pyarrow": lambda: index.check(table, threads=threads),
        "pyarrow, string views": lambda: index.check(views, threads=threads),
        "pyarrow, batches of 1,000": lambda: index.check(small, threads=threads),
        "pyarrow, check_stream": of_stream,
        "polars": lambda: index.check(frame, threads=threads),
        "pandas": lambda: index.check(pandas_frame, threads=threads),
        "DuckDB, read from CSV": of_duckdb,
    }
    return {(name, threads): job for name, job in given.items()}


def command(program, folder, members, index, threads):
    words = [program, "check", "--key", folder / "bench.key", "--index", index, "--threads", threads]
    words += ["--output", folder / "findings.csv", "--quiet", members]
    return lambda: subprocess.run([str(word) for word in words], check=False, stdout=subprocess.DEVNULL)


def build(key, table, folder):
    builder = leakdex.IndexBuilder(key, "bench")
    builder.add(table, threads=2)
    builder.publish(folder / "built.leakdex")


def one_by_one(index, table):
    rows = table.slice(0, 100_000).to_pylist()
    return lambda: [index.check_one(row) for row in rows]


def rows_of(file):
    with open(file, newline="") as text:
        yield from csv.DictReader(text)


def values_of(row):
    return row["email"], row["kvnr"], row["last_name"] + row["first_name"] + row["birth_date"]


def hashed(secret, file):
    for values in grouped(secret, file):
        yield from values


def grouped(secret, file):
    for row in rows_of(file):
        yield [hmac.digest(secret, value.encode(), hashlib.sha256)[:16] for value in values_of(row)]


def timed(job):
    def cpu():
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    begin, cpu_begin = time.perf_counter(), cpu()
    result = job()
    took = time.perf_counter() - begin, cpu() - cpu_begin
    del result
    return took


def report(arguments, times):
    versions = ", ".join(
        f"{package.__name__} {package.__version__}" for package in (leakdex, pa, polars, pandas, duckdb)
    )
    print(f"{arguments.members:,} members, {arguments.leaked:,} leaked rows, {arguments.rounds} rounds; {versions}\n")
    print("| way | one thread | two threads |\n|---|---:|---:|")
    for way in dict.fromkeys(way for way, _ in times):
        cells = []
        for threads in (1, 2):
            runs = times.get((way, threads))
            if runs:
                seconds, cpu = (statistics.median(figures) for figures in zip(*runs))
                cells.append(f"{seconds:.2f} s ({cpu:.2f})")
            else:
                cells.append("")
        print(f"| {way} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
