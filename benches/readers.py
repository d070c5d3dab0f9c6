#!/usr/bin/env python3
"""Times the readers of SQL dumps, SQLite databases and text formats on the same invented people.

    python3 benches/readers.py

leakdex reads each file on one thread and adds up the lengths of its values. Python's SQLite is the peer for dumps and
databases: it executes the dump into a database in memory, or selects all rows. `wc -l`, a plain pass over lines, is
the peer for the text formats. Both read from the system's cache and alternate. Each figure is the median CPU time of
all rounds except the first; for leakdex and `wc`, of the whole process.
"""

import argparse
import pathlib
import random
import resource
import sqlite3
import statistics
import subprocess
import tempfile

FIELDS = ("id", "email", "kvnr", "birth_date", "phone", "last_name", "first_name", "street", "zip", "city")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", default=200_000, type=int)
    parser.add_argument("--rounds", default=5, type=int)
    arguments = parser.parse_args()
    build = "cargo build --release --quiet --package leakdex-input --example read_rows"
    subprocess.run(build.split(), check=True)
    people = list(invented(arguments.people))
    print(f"{'':12} {'MB':>5} {'leakdex s':>10} {'peer s':>8} {'ratio':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (write, peer) in FORMATS.items():
            file = pathlib.Path(folder) / name
            write(file, people)
            ours, theirs = [], []
            for _ in range(arguments.rounds + 1):
                ours.append(leakdex_reads(file, len(people)))
                theirs.append(peer(file, len(people)))
            ours, theirs = (statistics.median(times[1:]) for times in (ours, theirs))
            size = file.stat().st_size / 1e6
            print(f"{name:12} {size:5.0f} {ours:10.2f} {theirs:8.3f} {ours / theirs:7.2f}", flush=True)
            file.unlink()


def invented(count):
    pick = random.Random(20230118)
    for number in range(count):
        last = pick.choice(("Müller", "Schmidt", "Weiß", "Beispiel", "O'Neill")) + str(number % 977)
        first = pick.choice(("Eva", "Max", "Jürgen", "Anna Maria"))
        year, month, day = pick.randint(1930, 2010), pick.randint(1, 12), pick.randint(1, 28)
        yield (
            str(number),
            f"p{number}@example.de",
            f"A{number:09}",
            f"{year}-{month:02}-{day:02}",
            f"+49 30 {pick.randint(100_000, 9_999_999)}",
            last,
            first,
            f"Hauptstraße {number % 200}",
            f"{pick.randint(10_000, 99_999)}",
            pick.choice(("Essen", "Köln", "Berlin")),
        )


def write_sql(file, people):
    with file.open("w", encoding="utf-8") as out:
        columns = ", ".join(f"{name} TEXT" for name in FIELDS)
        out.write(f"-- PostgreSQL\nCREATE TABLE people ({columns});\n")
        for start in range(0, len(people), 100):
            quoted = (
                "(" + ",".join("'" + value.replace("'", "''") + "'" for value in person) + ")"
                for person in people[start : start + 100]
            )
            out.write("INSERT INTO people VALUES " + ",\n".join(quoted) + ";\n")


def write_sqlite(file, people):
    database = sqlite3.connect(file)
    database.execute(f"CREATE TABLE people ({', '.join(f'{name} TEXT' for name in FIELDS)})")
    database.executemany(f"INSERT INTO people VALUES ({','.join('?' * len(FIELDS))})", people)
    database.commit()
    database.close()


def write_vcard(file, people):
    with file.open("w", encoding="utf-8", newline="") as out:
        for number, email, _, birth, phone, last, first, street, code, city in people:
            out.write(
                f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{number}\r\nN:{last};{first};;;\r\nFN:{first} {last}\r\n"
                f"BDAY:{birth}\r\nEMAIL:{email}\r\nTEL:{phone}\r\nADR:;;{street};{city};;{code};\r\nEND:VCARD\r\n"
            )


def write_ldif(file, people):
    with file.open("w", encoding="utf-8") as out:
        out.write("version: 1\n")
        for number, email, _, birth, phone, last, first, street, code, city in people:
            out.write(
                f"\ndn: uid={number},ou=people,dc=example,dc=de\nobjectClass: inetOrgPerson\nuid: {number}\n"
                f"sn: {last}\ngivenName: {first}\nmail: {email}\ntelephoneNumber: {phone}\n"
                f"dateOfBirth: {birth}\nstreet: {street}\npostalCode: {code}\nl: {city}\n"
            )


def write_xdt(file, people):
    with file.open("wb") as out:
        for number, email, insured, birth, phone, last, first, street, code, city in people:
            year, month, day = birth.split("-")
            fields = (
                ("8000", "0101"), ("3000", number), ("3101", last), ("3102", first),
                ("3103", day + month + year), ("3119", insured), ("3107", street), ("3112", code),
                ("3113", city), ("3619", email), ("3626", phone),
            )
            for field, value in fields:
                value = value.encode("iso-8859-15")
                out.write(f"{len(value) + 9:03}{field}".encode() + value + b"\r\n")


def leakdex_reads(file, count):
    command = ["target/release/examples/read_rows", file, "1"]
    before = cpu_time(resource.RUSAGE_CHILDREN)
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert int(out.split()[0]) == count, out
    return cpu_time(resource.RUSAGE_CHILDREN) - before


def sqlite_executes(file, count):
    database = sqlite3.connect(":memory:")
    text = file.read_text(encoding="utf-8")
    before = cpu_time(resource.RUSAGE_SELF)
    database.executescript(text)
    seconds = cpu_time(resource.RUSAGE_SELF) - before
    assert database.execute("SELECT count(*) FROM people").fetchone() == (count,)
    return seconds


def sqlite_selects(file, count):
    database = sqlite3.connect(file)
    lengths = " + ".join(f"sum(length({name}))" for name in FIELDS)
    before = cpu_time(resource.RUSAGE_SELF)
    rows, _ = database.execute(f"SELECT count(*), {lengths} FROM people").fetchone()
    assert rows == count
    return cpu_time(resource.RUSAGE_SELF) - before


def passes_over_lines(file, _):
    before = cpu_time(resource.RUSAGE_CHILDREN)
    subprocess.run(["wc", "-l", file], check=True, capture_output=True)
    return cpu_time(resource.RUSAGE_CHILDREN) - before


def cpu_time(whose):
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


FORMATS = {
    "people.sql": (write_sql, sqlite_executes),
    "people.db": (write_sqlite, sqlite_selects),
    "people.vcf": (write_vcard, passes_over_lines),
    "people.ldif": (write_ldif, passes_over_lines),
    "people.xdt": (write_xdt, passes_over_lines),
}


if __name__ == "__main__":
    main()
