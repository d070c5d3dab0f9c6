"""Invented persons. Spark generates a million of them in seconds."""

from __future__ import annotations

FIRST = ["Anna", "Jörg", "Zoë", "Ali", "Maria", "Karl", "Søren", "Eva", "Ida", "Max", "Lea"]
LAST = ["Müller", "Meier", "Groß", "Yılmaz", "Lang", "Heide", "Schulz", "Nowak", "Öztürk", "Kühn", "Bär"]


def _pick(names, salt):
    """One of the names, without a pattern that a self-check would take for damage."""
    listed = ", ".join(f"'{name}'" for name in names)
    return f"element_at(array({listed}), pmod(hash(id, {salt}), {len(names)}) + 1)"


def persons(spark, count, step=1, partitions=8):
    """Persons with the numbers 0, step, 2 * step and so on. Few of them share a name, so there are no accidental
    matches."""
    return spark.range(0, count * step, step, partitions).selectExpr(
        "concat('M-', id) as member",
        f"concat({_pick(FIRST, 1)}, '-', {_pick(FIRST, 2)}) as Vorname",
        f"concat({_pick(LAST, 3)}, lower({_pick(LAST, 4)}), '-', {_pick(LAST, 5)}) as Nachname",
        "date_add(date '1930-01-01', pmod(hash(id, 6), 29000)) as Geburtsdatum",
        "lpad(cast(1000 + pmod(hash(id, 7), 90000) as string), 5, '0') as PLZ",
        "if(id % 5 = 4, null, concat('person', id, '@example.de')) as `E-Mail`",
    )
