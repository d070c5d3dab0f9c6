"""Compares the verdicts of all ways with those of the command: ways.py PROGRAMS FOLDER CLASSES [SPARK_PYTHON].

PROGRAMS has the command and the C library, FOLDER the files of `mess.py`, and CLASSES the classes of the Java package
and of `Lines.java`. SPARK_PYTHON is a Python with pyspark and the package. `.ci/ways` calls this.

For each member, each way gives the verdict, its strength, the kinds that matched, the breaches with the strength in
each, the data classes, the number of records and the kinds that were checked. All ways except the command also give
whether the check was partial, and why. For the run, they give the counts of verdicts and the caveats. All of this must
be equal, in the same order. A filter of the rows by `partial` and by the kinds of the caveats must give as many members
as the run counts as partially checked. These differences are intended:

- Only the command names files in its caveats, and only it checks decoys.
- `shifted-dates` counts members of a sample: the first blocks of rows and some others. The end of a block depends on
  the way. So the sign must be there, but its two numbers may differ.
- The rows of a member list do not have the caveats of the list, which are known only after its last row. So
  `run-caveat` is not compared.
- Members of an iterator in Java have fields but no columns, so their caveats name no column.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import time

import duckdb
import leakdex
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

from c_stream import Library

MAPPED = {"Zweitmail": "ignore"}
REFERENCE = "Mitgliedsnummer"
TEXTS = [REFERENCE, "verdict", "strength", "matched", "breaches", "breach_strengths", "data_classes"]
# The columns that the command gives for each member. The other ways also give the later ones of
# `COLUMNS`.
OF_COMMAND = [*TEXTS, "records", "checked"]
COLUMNS = [*OF_COMMAND, "partial", "reasons"]
COUNTS = ["rows", "affected", "not_affected", "indeterminate", "partially_checked"]
CAVEAT = ["side", "column", "field", "sign", "count", "of"]

# `kinds` are those of all caveats; the command does not give them.
Result = collections.namedtuple("Result", "table counts caveats kinds", defaults=[None])


class Ways:
    """The ways to check one list of members, which is in several files."""

    def __init__(self, programs, folder, classes, name):
        self.programs, self.folder, self.classes, self.name = programs, folder, classes, name
        self.indexes = [folder / "0.leakdex", folder / "1.leakdex"]
        self.keys = [folder / "0.key", folder / "1.key"]
        self.index = leakdex.Index.open(self.indexes, [leakdex.Key.load(key) for key in self.keys])
        self.members = pq.read_table(folder / f"{name}.parquet")

    # The command.

    def command(self, suffix):
        """The findings of the command, and its summary."""
        file = f"{self.name}.{suffix}"
        findings, summary = self.folder / f"{file}.findings", self.folder / f"{file}.summary"
        words = [self.programs / "leakdex", "check", "--quiet", "--no-config", "--all", "--no-decoys"]
        for index, key in zip(self.indexes, self.keys):
            words += ["--index", index, "--key", key]
        words += ["--column", "Zweitmail=ignore", "--format-out", "jsonl", "--output", findings, "--summary", summary]
        ended = subprocess.run([*words, self.folder / file], capture_output=True, text=True)
        if ended.returncode != 3:
            sys.exit(f"error: the command ended with {ended.returncode} instead of 3:\n{ended.stderr}")
        rows = [json.loads(line) for line in findings.read_text().splitlines()]
        joined = lambda name: [" ".join(row[name]) for row in rows]
        table = pa.table({
            REFERENCE: [row["member"] for row in rows],
            "verdict": [row["verdict"] for row in rows],
            "strength": pa.array([row["strength"] for row in rows], pa.string()),
            **{name: joined(name) for name in ("matched", "breaches", "breach_strengths", "data_classes")},
            "records": pa.array([row["records"] if row["verdict"] == "affected" else None for row in rows], pa.int64()),
            "checked": joined("checked"),
        })
        summary = json.loads(summary.read_text())
        caveats = [tuple(caveat[name] for name in CAVEAT) for caveat in summary["caveats"]]
        return Result(table, tuple(summary[name] for name in COUNTS), caveats), summary

    # The package for Python.

    def python(self, members, threads=None, run=None):
        checked = (run or self.index.check)(members, columns=MAPPED, keep=[REFERENCE], threads=threads)
        return of_python(pa.table(checked), checked)

    def stream(self, rows, threads):
        """Batches of this many rows in, and batches out."""
        small = pa.RecordBatchReader.from_batches(self.members.schema, self.members.to_batches(max_chunksize=rows))
        return self.python(small, threads, self.index.check_stream)

    def tasks(self, count):
        """Several tasks, each with a part of the members. Their counts are added up."""
        resolved = self.index.resolve(self.members.slice(0, 2000), columns=MAPPED)
        rows = -(-len(self.members) // count)
        parts = []
        for task in range(count):
            part = self.members.slice(task * rows, rows)
            parts.append(self.index.check(part, keep=[REFERENCE], resolved=resolved, task=task, threads=1))
        outcome = self.index.outcome([part.run_counts for part in reversed(parts)], members=len(self.members))
        return of_python(pa.concat_tables(map(pa.table, parts)), outcome)

    def duckdb(self):
        return self.python(duckdb.sql(f"SELECT * FROM '{self.folder / self.name}.parquet'"))

    def casts(self):
        """Other types for the same values: views, large texts and dictionaries."""
        types = [pa.string_view(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
        cast = [
            column.cast(types[at % 3]) if column.type == pa.string() else column
            for at, column in enumerate(self.members.columns)
        ]
        return self.python(pa.table(cast, self.members.column_names))

    # C and Java.

    def c(self, threads):
        library = Library(self.programs / "libleakdex_capi.so", self.indexes, self.keys)
        table, outcome = library.check(self.members.to_reader(5000), MAPPED, [REFERENCE], threads)
        caveats = [tuple(caveat[name] for name in CAVEAT) for caveat in outcome["caveats"]]
        kinds = {kind for caveat in outcome["caveats"] for kind in caveat["kinds"]}
        return Result(plain(table), tuple(outcome[name] for name in COUNTS), caveats, kinds)

    def java(self, threads):
        """An iterator of members."""
        words = ["java", f"-Dleakdex.library={self.programs / 'libleakdex_capi.so'}", "-cp", self.classes, "Lines"]
        words += [self.folder / f"{self.name}.csv", threads]
        for index, key in zip(self.indexes, self.keys):
            words += [index, key]
        ran = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, encoding="utf-8")
        if ran.returncode:
            sys.exit(f"error: Java ended with {ran.returncode}")
        lines = [line.split("\t") for line in ran.stdout.splitlines()]
        rows = [line[1:] for line in lines if line[0] == "verdict"]
        columns = dict(zip(COLUMNS, map(list, zip(*rows))))
        columns["strength"] = [value or None for value in columns["strength"]]
        columns["records"] = pa.array([int(value) if value else None for value in columns["records"]], pa.int64())
        columns["partial"] = [value == "true" for value in columns["partial"]]
        counts = next(tuple(map(int, line[1:])) for line in lines if line[0] == "counts")
        caveats = [line[1:] for line in lines if line[0] == "caveat"]
        kinds = {kind for caveat in caveats for kind in caveat[6].split()}
        caveats = [(*(text or None for text in caveat[:4]), *map(int, caveat[4:6])) for caveat in caveats]
        return Result(pa.table(columns), counts, caveats, kinds)

    def spark(self, python):
        """`spark_way.py` in the Python that has pyspark."""
        script = pathlib.Path(__file__).with_name("spark_way.py")
        subprocess.run([python, script, self.folder, self.name], check=True)
        outcome = json.loads((self.folder / "spark.json").read_text())
        table = plain(pq.read_table(self.folder / "spark.parquet").sort_by(REFERENCE))
        caveats = [tuple(caveat) for caveat in outcome["caveats"]]
        return Result(table, tuple(outcome["counts"]), caveats, set(outcome["kinds"]))


def plain(table):
    """The columns that are compared, with types of all ways."""
    types = {"records": pa.int64(), "partial": pa.bool_()}
    return pa.table({name: table[name].cast(types.get(name, pa.string())) for name in COLUMNS})


def of_python(table, outcome):
    counts = tuple(getattr(outcome.counts, name) for name in COUNTS)
    caveats = [tuple(getattr(caveat, name) for name in CAVEAT) for caveat in outcome.caveats]
    return Result(plain(table), counts, caveats, {kind for caveat in outcome.caveats for kind in caveat.kinds})


def differences(expected, found):
    """Sentences that describe how two results differ, without personal values."""
    if len(expected.table) != len(found.table):
        yield f"{len(found.table):,} verdicts instead of {len(expected.table):,}"
        return
    for name in expected.table.column_names:
        if name not in found.table.column_names or expected.table[name].equals(found.table[name]):
            continue
        pairs = list(zip(expected.table[name].to_pylist(), found.table[name].to_pylist()))
        rows = [at for at, (one, other) in enumerate(pairs) if one != other]
        one, other = pairs[rows[0]] if rows else ("?", "?")
        yield f"{name} differs in {len(rows):,} rows, first in row {rows[:1]}: {other!r} instead of {one!r}"
    if expected.counts != found.counts:
        yield f"counts {found.counts} instead of {expected.counts}"
    one, other = comparable(expected.caveats), comparable(found.caveats)
    if one != other:
        yield f"caveats {[each for each in other if each not in one]}"
        yield f"instead of {[each for each in one if each not in other]}, or in another order"


def comparable(caveats):
    """Without the numbers that depend on a sample of blocks."""
    return [caveat[:4] if caveat[3] == "shifted-dates" else caveat for caveat in caveats]


def without_columns(result):
    """The result of a way whose members have no columns."""
    caveats = [(side, None, *more) if side == "members" else (side, column, *more)
               for side, column, *more in result.caveats]
    return result._replace(caveats=caveats)


def reasons(result, summary):
    """How the command's counts by reason differ from those in the rows of another way."""
    rows = result.table.select(["verdict", "partial", "reasons"]).to_pylist()
    for name, verdict in (("indeterminate", "indeterminate"), ("partially_checked", "not_affected")):
        counts = collections.Counter()
        for row in rows:
            if row["verdict"] == verdict and (row["partial"] or verdict == "indeterminate"):
                counts.update(row["reasons"].split())
        expected = collections.Counter(summary[f"{name}_by_reason"])
        for of_all in (counts, expected):
            of_all.pop("run-caveat", None)
        if counts != expected:
            yield f"{name} by reason: {dict(counts)}\n      instead of {dict(expected)}"


def partially_checked(result):
    """A sentence if a filter of the rows gives another number than the run counted."""
    rows = result.table.select(["verdict", "partial", "checked"]).to_pylist()
    found = sum(
        row["verdict"] == "not_affected" and (row["partial"] or not result.kinds.isdisjoint(row["checked"].split()))
        for row in rows
    )
    counted = dict(zip(COUNTS, result.counts))["partially_checked"]
    if found != counted:
        yield f"{found:,} rows are partially checked, and the run counted {counted:,}"


def cpu():
    return sum(os.times()[:4])


def compare(ways, jobs):
    """Runs all ways. Returns whether one of them differs."""
    expected, summary = ways.command("csv")
    signs = sorted({caveat[3] for caveat in expected.caveats})
    print(f"{ways.name}: {expected.counts}, {len(expected.caveats)} caveats: {' '.join(signs)}")
    if len(signs) < 4 or not all(expected.counts[1:]):
        sys.exit("error: the members cause fewer than four kinds of caveat, or one count is 0")
    failed, rows = False, None
    for name, job in jobs.items():
        before = time.perf_counter(), cpu()
        result = job()
        seconds = time.perf_counter() - before[0], cpu() - before[1]
        found = list(differences(without_columns(expected) if name.startswith("Java") else expected, result))
        if "partial" in result.table.column_names:
            found += reasons(result, summary)
            found += partially_checked(result)
            # The reference for the others is the first way with reasons in its rows.
            rows = rows or result
            columns = ["partial", "reasons"]
            of_rows = [each._replace(table=each.table.select(columns)) for each in (rows, result)]
            found += [line for line in differences(*of_rows) if line.startswith(tuple(columns))]
        print(f"  {'DIFFERS' if found else 'the same'}: {name} ({seconds[0]:.1f} s, of all processors {seconds[1]:.1f} s)")
        for line in found:
            print(f"    {line}")
        failed = failed or bool(found)
    return failed


def main():
    programs, folder, classes = map(pathlib.Path, sys.argv[1:4])
    duckdb.execute("SET threads = 2")
    texts, dated = (Ways(programs, folder, classes, name) for name in ("members", "dated"))
    jobs = {
        "the command, Parquet": lambda: texts.command("parquet")[0],
        "the command, an Arrow file": lambda: texts.command("arrow")[0],
        "the command, an Arrow stream": lambda: texts.command("arrows")[0],
        "pyarrow, one thread": lambda: texts.python(texts.members, 1),
        "pyarrow, two threads": lambda: texts.python(texts.members, 2),
        "pyarrow, views, large texts and dictionaries": texts.casts,
        "polars": lambda: texts.python(polars.from_arrow(texts.members)),
        "pandas": lambda: texts.python(texts.members.to_pandas()),
        "DuckDB": texts.duckdb,
        "check_stream, batches of 700 rows": lambda: texts.stream(700, 1),
        "check_stream, two threads": lambda: texts.stream(3000, 2),
        "seven tasks": lambda: texts.tasks(7),
        "C stream": lambda: texts.c(2),
        "Java, an iterator": lambda: texts.java(2),
    }
    if len(sys.argv) > 4:
        jobs["Spark, local[2]"] = lambda: texts.spark(sys.argv[4])
    failed = compare(texts, jobs)
    failed |= compare(dated, {
        "the command, Parquet": lambda: dated.command("parquet")[0],
        "pyarrow": lambda: dated.python(dated.members),
        "polars": lambda: dated.python(polars.from_arrow(dated.members)),
        "pandas": lambda: dated.python(dated.members.to_pandas()),
        "DuckDB": dated.duckdb,
        "C stream": lambda: dated.c(1),
    })
    if len(sys.argv) <= 4:
        print("NOT RUN: Spark; no Python with pyspark was given")
    sys.exit(failed)


if __name__ == "__main__":
    main()
