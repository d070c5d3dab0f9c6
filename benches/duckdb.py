#!/usr/bin/env python3
"""Times the command against DuckDB, polars and a Rust hash set on the same files.

    cargo build --release
    pip install duckdb==2.0.0 polars==2.1.0
    python3 benches/duckdb.py --plain

All peers compare three values: e-mail address, insured number, and names with date of birth.
Three of them compare the raw text of the files: DuckDB, polars, and the example program
`hash_set` with `std::collections::HashSet`. One DuckDB peer normalises the text as far as plain SQL
goes. Another also hashes it with SHA-256. leakdex normalises and validates each value, hashes it
under a key, and composes match keys that no peer looks for.

Each run is a separate process, to measure its CPU time and memory alone. A Python process
measures itself, without the time to start and load its modules. All programs use the same number
of threads and read the files from the system's cache. They alternate, and each figure is the
median of all rounds except the first. The peers have no equivalent of decoys, which estimate accidental
matches, so one run leaves them out.
"""

import sys

# Python searches this folder first, so `json.py` here would hide the module `json`.
sys.path.pop(0)

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

KEYS = ("email", "kvnr", "person")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", default="target/release/leakdex", type=pathlib.Path)
    parser.add_argument("--members", default=3_000_000, type=int)
    parser.add_argument("--leaked", default=300_000, type=int)
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--plain", action="store_true", help="also measures plain people")
    parser.add_argument("--files", nargs=2, type=pathlib.Path, metavar=("MEMBERS", "LEAK"))
    parser.add_argument("--folder", type=pathlib.Path, help="keeps the files there")
    arguments = parser.parse_args()
    # The example programs are beside the command, in the same target folder.
    subprocess.run(
        "cargo build --release --quiet --package leakdex-synthetic --examples".split(), check=True
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or pathlib.Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if arguments.files:
            compare("given files", arguments, folder, *(file.resolve() for file in arguments.files))
        else:
            for case in ("realistic", "plain") if arguments.plain else ("realistic",):
                compare(case, arguments, folder, *people(case, arguments, folder))


def people(case, arguments, folder):
    """The member list, and a leak in which one row in twenty belongs to a member."""
    members = folder / f"members-{case}-{arguments.members}.csv"
    leak = folder / f"leak-{case}-{arguments.members}-{arguments.leaked}.csv"
    if not (members.exists() and leak.exists()):
        parts = [file.with_suffix(".part") for file in (members, leak)]
        program = arguments.command.parent / "examples" / "people"
        counts = arguments.members, arguments.leaked
        files = [str(word) for pair in zip(parts, counts) for word in pair]
        flags = ["--plain"] if case == "plain" else []
        subprocess.run([program, *files, *flags], check=True)
        for part, file in zip(parts, (members, leak)):
            part.rename(file)
    return members, leak


def compare(case, arguments, folder, members, leak):
    rows = rows_of(members)
    peers = Peers(arguments.command.parent / "examples", folder, members, leak, arguments.threads)
    ours = Leakdex(arguments.command, folder, members, leak, arguments.threads)
    jobs = {
        "duckdb raw": peers.duckdb_raw,
        "duckdb normalised": peers.duckdb_normalised,
        "duckdb normalised, SHA-256": peers.duckdb_hashed,
        "polars raw": peers.polars_raw,
        "hash set raw": peers.hash_set_raw,
        "leakdex check": ours.check,
        "leakdex check, one thread": lambda: ours.check(threads=1),
        "leakdex check --no-decoys": lambda: ours.check("--no-decoys"),
        "leakdex check --leak": ours.check_leak,
        "duckdb build": peers.duckdb_build,
        "leakdex build": ours.build,
        "leakdex build, one thread": lambda: ours.build(threads=1),
    }
    ours.build()
    runs = {name: [] for name in jobs}
    for number in range(arguments.rounds + 1):
        for name, job in jobs.items():
            run = job()
            # The first round loads the files into the cache.
            if number:
                runs[name].append(run)
    print(f"\n{case}: {rows:,} members, {arguments.threads} threads, {arguments.rounds} rounds")
    report(rows, runs, ours.index.stat().st_size)


def report(rows, runs, index_bytes):
    def median(name, figure="seconds"):
        return statistics.median(run[figure] for run in runs[name])

    print(f"{'':28} {'wall s':>7} {'(from':>7} {'to)':>6} {'CPU s':>7} {'peak MiB':>9} {'found':>8}")
    for name, measured in runs.items():
        seconds = [run["seconds"] for run in measured]
        print(
            f"{name:28} {median(name):7.3f} {min(seconds):7.3f} {max(seconds):6.3f}"
            f" {median(name, 'cpu'):7.3f} {median(name, 'peak') / 1024:9.0f}"
            f" {measured[-1]['found'] or '':>8}"
        )

    def fastest(name):
        return min(run["seconds"] for run in runs[name])

    def ratio(label, ours, peer, goal=""):
        figures = (median(ours) / median(peer), fastest(ours) / fastest(peer))
        cpu = median(ours, "cpu") / median(peer, "cpu")
        print(f"{label:36} {figures[0]:7.2f} {figures[1]:8.2f} {cpu:7.2f}   {goal}")

    check, build = "leakdex check", "leakdex build"
    print(f"\n{'ratios':36} {'median':>7} {'fastest':>8} {'CPU':>7}")
    for ours in (check, check + " --no-decoys"):
        label = ours.removeprefix("leakdex ")
        ratio(f"{label} / duckdb raw", ours, "duckdb raw", "at most 0.7")
        ratio(f"{label} / normalised", ours, "duckdb normalised")
        ratio(f"{label} / SHA-256", ours, "duckdb normalised, SHA-256", "at most 0.2")
        ratio(f"{label} / polars raw", ours, "polars raw")
        ratio(f"{label} / hash set raw", ours, "hash set raw")
    ratio("check, one thread / check", check + ", one thread", check)
    ratio("build / duckdb build", build, "duckdb build", "at most 0.3")
    ratio("build, one thread / build", build + ", one thread", build, "at least 1.8")
    both = median(build) + median(check)
    print(f"{'check --leak / build and check':36} {median(check + ' --leak') / both:7.2f}")
    speed = rows / median(check, "cpu") / 1e6
    print(f"\nmillion members a second and core (CPU) {speed:.2f}, at least 1.6")
    peak = median(check, "peak") / 1024
    print(f"peak memory of a check {peak:.0f} MiB, with at most {index_bytes / 2**20:.0f} MiB mapped")


def run(command):
    """Runs a process and measures it."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    # Status 3 means that some members could not be checked.
    if code not in (0, 3):
        sys.exit(f"{' '.join(map(str, command))} ended with {code}")
    cpu = usage.ru_utime + usage.ru_stime
    return {"seconds": seconds, "cpu": cpu, "peak": usage.ru_maxrss}, output


def rows_of(file):
    return sum(1 for _ in file.open("rb")) - 1


class Leakdex:
    def __init__(self, command, folder, members, leak, threads):
        self.command, self.members, self.leak, self.threads = command, members, leak, threads
        self.key, self.index = folder / "key", folder / f"{leak.stem}.leakdex"
        self.findings = folder / "findings.csv"
        if not self.key.exists():
            run([command, "keygen", self.key, "--quiet"])

    def run(self, *arguments, threads=None):
        threads = ["--threads", str(threads or self.threads)]
        return {**run([self.command, *arguments, *threads, "--quiet"])[0], "found": 0}

    def build(self, threads=None):
        self.index.unlink(missing_ok=True)
        files = self.leak, "--key", self.key, "--output", self.index
        return self.run("build", *files, threads=threads)

    def check(self, *options, threads=None):
        index = "--index", self.index, "--key", self.key
        return self.find(self.members, *index, *options, threads=threads)

    def check_leak(self):
        return self.find(self.members, "--leak", self.leak)

    def find(self, *files, threads=None):
        measured = self.run("check", *files, "--output", self.findings, threads=threads)
        return {**measured, "found": rows_of(self.findings)}


class Peers:
    def __init__(self, programs, folder, members, leak, threads):
        self.programs, self.folder = programs, folder
        self.members, self.leak, self.threads = members, leak, threads

    def python(self, peer):
        found = self.folder / f"{peer}.csv"
        files = self.members, self.leak, found
        environment = ["env", f"POLARS_MAX_THREADS={self.threads}"]
        script = [sys.executable, __file__, "--peer", peer, *files, str(self.threads)]
        measured = json.loads(run(environment + script)[1])
        return {**measured, "found": rows_of(found) if peer != "duckdb_build" else 0}

    def duckdb_raw(self):
        return self.python("duckdb_raw")

    def duckdb_normalised(self):
        return self.python("duckdb_normalised")

    def duckdb_hashed(self):
        return self.python("duckdb_hashed")

    def duckdb_build(self):
        return self.python("duckdb_build")

    def polars_raw(self):
        return self.python("polars_raw")

    def hash_set_raw(self):
        found = self.folder / "hash_set.csv"
        program = self.programs / "hash_set"
        measured, _ = run([program, self.members, self.leak, found, str(self.threads)])
        return {**measured, "found": rows_of(found)}


# The rest runs in separate processes.


def peer(name, members, leak, found, threads):
    """Runs one of the peers below and prints its time and memory."""
    work = globals()[name](members, leak, found, int(threads))
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": after.ru_maxrss}))


def read(file):
    return f"read_csv('{file}', delim=';', header=true, all_varchar=true)"


def raw():
    """The unchanged values."""
    return ["email", "kvnr", "first_name || '|' || last_name || '|' || birth_date"]


def normalised():
    """The values, normalised as far as plain SQL can."""

    def letters(text):
        text = f"lower({text})"
        for umlaut, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
            text = f"replace({text}, '{umlaut}', '{written}')"
        return f"translate(strip_accents({text}), ' -.''', '')"

    first = letters("split_part(translate(trim(first_name), '-', ' '), ' ', 1)")
    last = letters("last_name")
    date = "try_strptime(birth_date, ['%d.%m.%Y', '%Y-%m-%d'])::DATE"
    # With sorted names, it does not matter which one is the first name.
    person = f"least({first}, {last}) || '|' || greatest({first}, {last}) || '|' || {date}"
    return ["lower(trim(email))", "upper(translate(kvnr, ' -.', ''))", person]


def hashed(values):
    return [f"sha256({value})" for value in values]


def columns(values):
    return ", ".join(f"{value} AS {key}" for value, key in zip(values, KEYS))


def duckdb_job(threads, statements, database=":memory:"):
    import duckdb

    connection = duckdb.connect(database, config={"threads": threads})
    connection.execute("SET preserve_insertion_order = false")

    def work():
        for statement in statements:
            connection.execute(statement)

    return work


def semi_join(values, members, leak, found, threads):
    is_leaked = " OR ".join(f"m.{key} IN (SELECT {key} FROM leak)" for key in KEYS)
    return duckdb_job(
        threads,
        [
            f"CREATE TABLE leak AS SELECT {columns(values)} FROM {read(leak)}",
            f"COPY (SELECT id FROM (SELECT id, {columns(values)} FROM {read(members)}) m"
            f" WHERE {is_leaked}) TO '{found}'",
        ],
    )


def duckdb_raw(*arguments):
    return semi_join(raw(), *arguments)


def duckdb_normalised(*arguments):
    return semi_join(normalised(), *arguments)


def duckdb_hashed(*arguments):
    return semi_join(hashed(normalised()), *arguments)


def duckdb_build(_members, leak, found, threads):
    """A table of three columns of hashes of raw text, with an index on each, in a file."""
    database = pathlib.Path(found).with_suffix(".duckdb")
    database.unlink(missing_ok=True)
    indexes = [f"CREATE INDEX {key}_index ON leak ({key})" for key in KEYS]
    table = f"CREATE TABLE leak AS SELECT {columns(hashed(raw()))} FROM {read(leak)}"
    return duckdb_job(threads, [table, *indexes, "CHECKPOINT"], str(database))


def polars_raw(members, leak, found, _threads):
    import polars

    person = polars.concat_str("first_name", "last_name", "birth_date", separator="|")

    def scan(file):
        rows = polars.scan_csv(file, separator=";", infer_schema=False)
        return rows.with_columns(person.alias("person"))

    joins = [scan(members).join(scan(leak), on=key, how="semi").select("id") for key in KEYS]
    return lambda: polars.concat(joins).unique().sink_csv(found, engine="streaming")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer(*sys.argv[2:])
    else:
        main()
