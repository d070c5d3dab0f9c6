#!/usr/bin/env python3
"""Times the command against DuckDB on the same files, and prints the ratios.

    cargo build --release
    pip install duckdb==2.0.0
    python3 benches/duckdb.py

DuckDB compares plain text as it stands in the files; leakdex normalises, validates and hashes each
value under a key, and composes match keys that DuckDB does not look for. Both use two threads, both
read the files from the page's cache, and each figure is the median of several runs, in which the
programs take turns. DuckDB runs inside this process, without the time that it takes to start it.
"""

import argparse
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

# This file has the module's name, and its folder comes first where modules are looked for.
sys.path.pop(0)
import duckdb

HEADER = "id;email;kvnr;first_name;last_name;birth_date\n"
FIRST = """Anna Maria Jürgen Peter Hans Karl Sabine Jörg Lena Paul Emma Felix Ursula Thomas Michael
Andreas Wolfgang Klaus Monika Petra Elke Claudia Stefan Christian Uwe Günter Birgit Renate Heike
Brigitte Frank Martin Angelika Ingrid Susanne Andrea Gabriele Daniel Markus Barbara""".split()
LAST = """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch
Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange
Schmitt Werner Krause Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber
Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther
Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter
Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas
Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt
Sauer Arnold Wolff Pfeiffer""".split()
PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def insured_number(number):
    """The KVNR with this number: a letter, eight digits and the check digit."""
    letter, digits = number % 26, f"{number // 26 * 7919 % 100_000_000:08d}"
    total = 0
    for place, digit in enumerate(f"{letter + 1:02d}{digits}"):
        product = int(digit) * (1 + place % 2)
        total += product // 10 + product % 10
    return f"{chr(65 + letter)}{digits}{total % 10}"


def person(number):
    """The row of the person with this number, the same in every file."""
    draw = random.Random(number)
    first, last = draw.choice(FIRST), draw.choice(LAST)
    email = f"{first}.{last}{number}@example.de".lower().translate(PLAIN)
    day, month, year = draw.randint(1, 28), draw.randint(1, 12), draw.randint(1930, 2010)
    return f"{email};{insured_number(number)};{first};{last};{day:02d}.{month:02d}.{year}\n"


def write_files(folder, members, leaked):
    """The member list, and a leak in which one row in twenty is a member's."""
    files = folder / f"members-{members}.csv", folder / f"leak-{leaked}.csv"
    for file, numbers in zip(files, (range(members), leaked_numbers(members, leaked))):
        if not file.exists():
            unfinished = file.with_suffix(".part")
            with unfinished.open("w", encoding="utf-8") as output:
                output.write(HEADER)
                for row, number in enumerate(numbers):
                    output.write(f"{row};{person(number)}")
            unfinished.rename(file)
    return files


def leaked_numbers(members, leaked):
    for row in range(leaked):
        yield row * 20 % members if row % 20 == 0 else members + row


def read(file):
    return f"read_csv('{file}', delim=';', header=true, all_varchar=true)"


class DuckDb:
    def __init__(self, folder, members, leak, threads):
        self.folder, self.members, self.leak, self.threads = folder, members, leak, threads

    def run(self, *statements, database=":memory:"):
        connection = duckdb.connect(database, config={"threads": self.threads})
        connection.execute("SET preserve_insertion_order = false")
        start = time.perf_counter()
        for statement in statements:
            connection.execute(statement)
        if database != ":memory:":
            connection.execute("CHECKPOINT")
        seconds = time.perf_counter() - start
        connection.close()
        return seconds

    def semi_join(self):
        person = "first_name || '|' || last_name || '|' || birth_date"
        leak = f"FROM {read(self.leak)}"
        return self.run(
            f"COPY (SELECT id FROM {read(self.members)} WHERE email IN (SELECT email {leak})"
            f" OR kvnr IN (SELECT kvnr {leak}) OR {person} IN (SELECT {person} {leak}))"
            f" TO '{self.folder / 'duckdb.csv'}'"
        )

    def build(self):
        database = self.folder / "leak.duckdb"
        database.unlink(missing_ok=True)
        hashes = ", ".join(
            f"sha256({text}) AS h{number}"
            for number, text in enumerate(("email", "kvnr", "first_name || last_name || birth_date"))
        )
        indexes = (f"CREATE INDEX i{number} ON leak (h{number})" for number in range(3))
        return self.run(
            f"CREATE TABLE leak AS SELECT {hashes} FROM {read(self.leak)}",
            *indexes,
            database=str(database),
        )


class Leakdex:
    def __init__(self, command, folder, members, leak, threads):
        self.command, self.folder, self.threads = command, folder, threads
        self.members, self.leak = members, leak
        self.key, self.index = folder / "key", folder / "leak.leakdex"
        self.peak = 0
        if not self.key.exists():
            self.run("keygen", self.key)

    def run(self, *arguments, threads=None):
        threads = ("--threads", str(threads or self.threads)) if arguments[0] != "keygen" else ()
        command = [self.command, *map(str, arguments), *threads, "--quiet"]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        code = os.waitstatus_to_exitcode(status)
        if code not in (0, 3):
            sys.exit(f"{command[1]} ended with {code}")
        self.peak = max(self.peak, usage.ru_maxrss)
        return seconds

    def build(self):
        self.index.unlink(missing_ok=True)
        return self.run("build", self.leak, "--key", self.key, "--output", self.index)

    def check(self, threads=None):
        out = self.folder / "findings.csv"
        return self.run(
            "check", self.members, "--index", self.index, "--key", self.key, "--output", out,
            threads=threads,
        )

    def check_leak(self):
        out = self.folder / "findings.csv"
        return self.run("check", self.members, "--leak", self.leak, "--output", out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", default="target/release/leakdex", type=pathlib.Path)
    parser.add_argument("--members", default=5_000_000, type=int)
    parser.add_argument("--leaked", default=300_000, type=int)
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--runs", default=5, type=int)
    parser.add_argument("--folder", type=pathlib.Path, help="keeps the files there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        compare(arguments, folder)


def compare(arguments, folder):
    members, leak = write_files(folder, arguments.members, arguments.leaked)
    duck = DuckDb(folder, members, leak, arguments.threads)
    ours = Leakdex(arguments.command, folder, members, leak, arguments.threads)
    jobs = {
        "duckdb semi-join": duck.semi_join,
        "duckdb build": duck.build,
        "leakdex build": ours.build,
        "leakdex check": ours.check,
        "leakdex check, one thread": lambda: ours.check(threads=1),
        "leakdex check --leak": ours.check_leak,
    }
    seconds = {name: [] for name in jobs}
    for run in range(arguments.runs + 1):
        for name, job in jobs.items():
            taken = job()
            # The first round brings the files into memory.
            if run:
                seconds[name].append(taken)
    median = {name: statistics.median(taken) for name, taken in seconds.items()}
    for name, taken in seconds.items():
        print(f"{name:28} {median[name]:7.3f} s   from {min(taken):.3f} to {max(taken):.3f}")
    build, check = median["leakdex build"], median["leakdex check"]
    print(f"check / semi-join            {check / median['duckdb semi-join']:7.2f}")
    print(f"build / build                {build / median['duckdb build']:7.2f}")
    print(f"check --leak / build + check {median['leakdex check --leak'] / (build + check):7.2f}")
    print(f"one thread / two threads     {median['leakdex check, one thread'] / check:7.2f}")
    print(f"leakdex peak memory          {ours.peak / 1024:7.0f} MiB")


if __name__ == "__main__":
    main()
