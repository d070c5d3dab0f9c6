"""Writes the members and the two leaks for `.ci/ways`: mess.py MEMBERS LEAK FOLDER.

MEMBERS and LEAK are files of the example `people --wide`. Values are damaged as in real files. Three columns of the
members are damaged so badly that the run gets caveats. The members are written as CSV, Parquet and Arrow files with
text only. Every tenth member is also written with the date of birth as a date.
"""

import csv
import datetime
import pathlib
import sys
import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq

MEMBER = ["Mitgliedsnummer", "E-Mail", "KVNR", "Vorname", "Nachname", "Geburtsdatum", "PLZ", "Telefon", "Zweitmail"]
LEAKED = ["E-Mail", "KVNR", "Vorname", "Nachname", "Geburtsdatum", "PLZ", "Telefon"]
ID, EMAIL, KVNR, FIRST, LAST, BORN, POSTCODE, PHONE, SECOND = range(9)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        next(rows)
        yield from rows


def day_before(date):
    try:
        day = datetime.datetime.strptime(date, "%d.%m.%Y") - datetime.timedelta(days=1)
    except ValueError:
        return date
    return day.strftime("%d.%m.%Y")


def members(path):
    before = None
    for number, row in enumerate(rows_of(path)):
        row = damaged(number, [f"M{number:06}", *row[1:], ""])
        # A duplicate of the previous member, with its own reference.
        if number % 83 == 1:
            row = [row[ID], *before[1:]]
        yield row
        before = row


def damaged(number, row):
    row[SECOND] = f"zweit{number}@example.org" if number % 3 else ""
    if number % 31 == 0:
        row[LAST] = row[LAST].upper()
    if number % 37 == 0:
        row[EMAIL] = f" {row[EMAIL].upper()} " if row[EMAIL] else ""
    if number % 41 == 0:
        row[FIRST], row[LAST] = (unicodedata.normalize("NFD", name) for name in (row[FIRST], row[LAST]))
    if number % 43 == 0:
        row[LAST] = row[LAST].translate(str.maketrans({"ü": "ue", "ö": "oe", "ä": "ae", "ß": "ss"}))
    if number % 47 == 0:
        row[KVNR] = " ".join(row[KVNR])
    for step, column, value in [
        (59, KVNR, ""), (53, FIRST, ""), (61, KVNR, "A12345678"), (613, KVNR, "A123456789"), (67, EMAIL, "unbekannt"),
        (71, BORN, "31.02.1980"), (73, POSTCODE, "123"), (79, PHONE, "12"), (89, BORN, "1970"), (97, LAST, "N. N."),
        (101, POSTCODE, "1067"), (103, BORN, ""), (107, LAST, "Müller, Dr. med."), (109, EMAIL, "max@@example.de"),
    ]:
        if number % step == 0:
            row[column] = value
    # Damage that causes caveats of the run: dates are a day too early, then all equal, and phone numbers went
    # through a format that kept seven digits. Only names and dates of birth can find the first members.
    if number < 20_000:
        row[BORN] = day_before(row[BORN])
        row[EMAIL] = row[KVNR] = row[PHONE] = ""
    elif number < 45_000:
        row[BORN] = "01.01.1970"
    elif number >= 60_000 and row[PHONE]:
        row[PHONE] = row[PHONE][:7] + "0" * (len(row[PHONE]) - 7)
    if number % 7 < 2 and len(row[BORN]) == 10:
        row[BORN] = "-".join(reversed(row[BORN].split(".")))
    if number % 50 == 7:
        row[1:SECOND] = [""] * (SECOND - 1)
    # These members have only an address. Half of the addresses are invalid.
    if number % 50 == 9:
        row[KVNR : SECOND] = [""] * (SECOND - KVNR)
        if number % 100 == 9:
            row[EMAIL] = "keine"
    return row


def leaked(path, part):
    """One half of the leak. The second half also has passwords and repeated rows."""
    for number, row in enumerate(rows_of(path)):
        row = row[1:]
        if number // 20 % 2 != part:
            continue
        if number % 60 == 0:
            # Somebody without a number: names, date of birth and postcode remain.
            row[0] = row[1] = row[6] = ""
        if number % 800 == 4:
            row[1] = "A123456789"
        yield [*row, f"geheim{number}"] if part else row
        if part and number % 19 == 0:
            yield [*row, ""]


def write_csv(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows)


def table(rows, dates):
    """Every third absent value is an empty text; all others are null."""
    columns = {}
    for name, values in zip(MEMBER, zip(*rows)):
        if dates and name == "Geburtsdatum":
            columns[name] = pa.array([datetime.date.fromisoformat(value) if value else None for value in values])
        else:
            given = [value or ("" if i % 3 == 0 else None) for i, value in enumerate(values)]
            columns[name] = pa.array(given, pa.string())
    return pa.table(columns)


def iso(value):
    """A date as in a database; empty for an impossible one."""
    for form in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(value, form).date().isoformat()
        except ValueError:
            pass
    return ""


def write(folder, name, rows, dates=False):
    write_csv(folder / f"{name}.csv", MEMBER, rows)
    whole = table(rows, dates)
    pq.write_table(whole, folder / f"{name}.parquet", row_group_size=30_000)
    with pa.ipc.new_file(folder / f"{name}.arrow", whole.schema) as file:
        file.write_table(whole, max_chunksize=10_000)
    with pa.ipc.new_stream(folder / f"{name}.arrows", whole.schema) as file:
        file.write_table(whole, max_chunksize=700)


def main():
    people, leak, folder = map(pathlib.Path, sys.argv[1:])
    rows = list(members(people))
    write(folder, "members", rows)
    write(folder, "dated", [[*row[:BORN], iso(row[BORN]), *row[POSTCODE:]] for row in rows[::10]], dates=True)
    write_csv(folder / "leak-0.csv", LEAKED, leaked(leak, 0))
    write_csv(folder / "leak-1.csv", [*LEAKED, "Passwort"], leaked(leak, 1))


if __name__ == "__main__":
    main()
