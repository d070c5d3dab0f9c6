#!/usr/bin/env python3
"""Times leakdex's JSON reader against DuckDB's on the same files.

    pip install duckdb==2.0.0
    python3 benches/json.py

Each file has the same invented people in a different form. Both programs read all values and add up their lengths.
They use the same number of threads, read the files from the system's cache, and alternate. The Python process that
runs DuckDB measures itself, without the time to load its modules. Each figure is the median of all rounds except the
first. The CPU time of all threads is given, too, since other programs disturb it less.
"""

import argparse
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

# Python searches this folder first, so this file would hide the module `json`.
sys.path.pop(0)
import json  # noqa: E402

FORMS = ("lines", "array", "pretty", "nested lines", "nested array", "nested pretty", "wrapped")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", default=500_000, type=int)
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--folder", type=pathlib.Path, help="write the files to this folder, and keep them")
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        return duckdb_reads(*arguments.peer, arguments.threads)
    build = "cargo build --release --quiet --package leakdex-input --example read_rows"
    subprocess.run(build.split(), check=True)
    print(f"{'':14} {'MB':>6} {'leakdex MB/s':>13} {'DuckDB MB/s':>12} {'time':>6} {'CPU time':>9}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or pathlib.Path(temporary)
        for form in FORMS:
            compare(form, write(form, folder, arguments.people), arguments)


def compare(form, file, arguments):
    ours, peer = [], []
    for _ in range(arguments.rounds + 1):
        rows, *seconds = leakdex_reads(file, arguments.threads)
        assert rows == arguments.people, rows
        ours.append(seconds)
        command = [sys.executable, __file__, "--threads", str(arguments.threads), "--peer", form, file]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows, *seconds = map(float, out.split())
        assert rows == arguments.people, rows
        peer.append(seconds)
    size = file.stat().st_size / 1e6
    medians = [[statistics.median(times) for times in zip(*rounds[1:])] for rounds in (ours, peer)]
    (our_time, our_cpu), (peer_time, peer_cpu) = medians
    speeds = f"{size:6.0f} {size / our_time:13.0f} {size / peer_time:12.0f}"
    print(f"{form:14} {speeds} {our_time / peer_time:6.2f} {our_cpu / peer_cpu:9.2f}", flush=True)


def leakdex_reads(file, threads):
    command = ["target/release/examples/read_rows", file, str(threads)]
    before = cpu_time(resource.RUSAGE_CHILDREN)
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(out[0]), float(out[-2]), cpu_time(resource.RUSAGE_CHILDREN) - before


def cpu_time(whose):
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


def duckdb_reads(form, file, threads):
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    flat = "id, email, kvnr, birth_date, phone, last_name, first_name, street, zip, city".split(", ")
    kind = "newline_delimited" if form.endswith("lines") else "array"
    if form.startswith("nested"):
        columns = {
            "id": "VARCHAR",
            "name": "STRUCT(last VARCHAR, first VARCHAR)",
            "contact": "STRUCT(email VARCHAR, phones VARCHAR[])",
            "insurance": "STRUCT(kvnr VARCHAR)",
            "birth_date": "VARCHAR",
            "address": "STRUCT(street VARCHAR, zip VARCHAR, city VARCHAR)",
        }
        values = "id name.last name.first contact.email contact.phones[1] insurance.kvnr birth_date"
        values = values.split() + ["address.street", "address.zip", "address.city"]
    else:
        columns, values = {name: "VARCHAR" for name in flat}, flat
    source = f"read_json('{file}', format='{kind}', columns={columns})"
    if form == "wrapped":
        # A single object for the whole file must be unnested.
        record = "STRUCT(" + ", ".join(f"{name} VARCHAR" for name in flat) + ")[]"
        size = pathlib.Path(file).stat().st_size * 2
        source = (
            f"(SELECT unnest(users, recursive := true) FROM read_json('{file}', "
            f"format='unstructured', maximum_object_size={size}, columns={{users: '{record}'}}))"
        )
    lengths = " + ".join(f"sum(strlen({value}))" for value in values)
    begin, before = time.perf_counter(), cpu_time(resource.RUSAGE_SELF)
    ((rows, _),) = connection.execute(f"SELECT count(*), {lengths} FROM {source}").fetchall()
    print(rows, time.perf_counter() - begin, cpu_time(resource.RUSAGE_SELF) - before)


def write(form, folder, people):
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{form.replace(' ', '-')}-{people}.json"
    if file.exists():
        return file
    rng = random.Random(2023)
    make = nested if form.startswith("nested") else flat
    records = (make(number, rng) for number in range(people))
    begin, between, end = ("", "\n", "\n") if form.endswith("lines") else ("[\n", ",\n", "\n]\n")
    if form == "wrapped":
        begin, between, end = '{"page":1,"users":[', ",", '],"total":1}'
    indent = 2 if form.endswith("pretty") else None
    with file.open("w", encoding="utf-8") as out:
        out.write(begin)
        for number, record in enumerate(records):
            text = json.dumps(record, ensure_ascii=False, indent=indent)
            out.write((between if number else "") + text)
        out.write(end)
    return file


def flat(number, rng):
    last, first = name(rng), name(rng)
    return {
        "id": f"M-{number}",
        "email": f"{first}.{last}{number}@example.de".lower(),
        "kvnr": f"A{rng.randrange(10**9):09}",
        "birth_date": f"{rng.randrange(1930, 2010)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
        "phone": f"0201 {rng.randrange(10**7)}",
        "last_name": last,
        "first_name": first,
        "street": f"{name(rng)}straße {rng.randrange(1, 200)}",
        "zip": f"{rng.randrange(10**5):05}",
        "city": name(rng),
    }


def nested(number, rng):
    person = flat(number, rng)
    return {
        "id": person["id"],
        "name": {"last": person["last_name"], "first": person["first_name"]},
        "contact": {"email": person["email"], "phones": [person["phone"]]},
        "insurance": {"kvnr": person["kvnr"]},
        "birth_date": person["birth_date"],
        "address": {"street": person["street"], "zip": person["zip"], "city": person["city"]},
    }


def name(rng):
    parts = "ber mül ler schu mann kö nig hof wei gel brand tor fel ste in".split()
    return "".join(rng.choices(parts, k=3)).capitalize()


main()
