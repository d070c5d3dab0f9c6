"""Invented leaks whose values are in normal form, so that nobody has to normalise them."""

import csv
import random
from string import ascii_uppercase

COLUMNS = {
    "last-name": "Name",
    "first-name": "Vorname",
    "birth-date": "Geburtsdatum",
    "postal-code": "PLZ",
    "kvnr": "Versichertennummer",
    "email": "E-Mail",
    "phone": "Telefon",
    "username": "Benutzername",
}
SHARED = "office@example.de"
SYLLABLES = "ba cke do gro hy ke lu mo nne pha ri schi ta tho wol xe zu".split()


def leak(seed, rows):
    chance = random.Random(seed)
    found = (person(chance, 1000 * seed + row) for row in range(rows))
    return [record for record in found if record]


def person(chance, number):
    """Most records lack some fields, and some have several values or rare forms. Many people share one address."""

    def name(syllables=3):
        return "".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, syllables)))

    def one_of(*makers):
        return chance.choice(makers)()

    day = f"{one_of(lambda: chance.randint(1900, 2020), lambda: chance.randint(1950, 1969))}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    double = f"{name()} {name()}"
    record = {
        "last-name": one_of(
            name,
            lambda: name(5),
            lambda: f"{name()} {name()}",
            lambda: f"{name()} {name()} {name()} {name()}",
            lambda: f"{name()}; {name()}",
            lambda: "иванов",
        ),
        "first-name": one_of(name, lambda: "mara", lambda: double, lambda: f"{double}; {double.replace(' ', '')}"),
        "birth-date": one_of(*3 * [lambda: day], lambda: day[:8] + "00", lambda: day[:4] + "-00-00", lambda: "1900-01-01"),
        "postal-code": one_of(*3 * [lambda: f"{chance.randint(10115, 97980)}"], lambda: "SW1A1AA"),
        "kvnr": kvnr(chance.choice(ascii_uppercase), chance.randrange(10**8)),
        "email": one_of(
            *3 * [lambda: f"person.{number}@example.de"],
            lambda: f"person.{number}+shop@gmail.com",
            lambda: f"person.{number}@example.de; p{number}@example.com",
            lambda: SHARED,
        ),
        "phone": one_of(
            lambda: f"+4930{chance.randint(2000000, 8999999)}",
            lambda: f"+49171{chance.randint(2000000, 8999999)}",
            lambda: f"+431588{chance.randint(10000, 99999)}",
        ),
        "username": f"straße{number}",
    }
    return {field: value for field, value in record.items() if chance.random() < 0.7}


def kvnr(letter, number):
    digits = f"{ascii_uppercase.index(letter) + 1:02}{number:08}"
    products = (int(digit) * (1 + place % 2) for place, digit in enumerate(digits))
    return f"{letter}{number:08}{sum(product // 10 + product % 10 for product in products) % 10}"


def write(leaked, path):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS.values())
        writer.writerows([record.get(field, "") for field in COLUMNS] for record in leaked)
