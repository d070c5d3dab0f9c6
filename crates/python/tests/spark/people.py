"""Invented persons, made by Spark, so that a million take seconds."""

from __future__ import annotations

FIRST = ["Anna", "Jörg", "Zoë", "Ali", "Maria", "Karl-Heinz", "Søren", "Eva", "Ida", "Max", "Lea"]
LAST = ["Müller", "Meier", "Groß", "Yılmaz", "Lang", "von der Heide", "Schulz", "Nowak", "Öztürk", "Kühn"]


def _pick(names, by):
    listed = ", ".join(f"'{name}'" for name in names)
    return f"element_at(array({listed}), cast({by} % {len(names)} as int) + 1)"


def persons(spark, count, step=1, partitions=8):
    """Persons with the numbers 0, step, 2 * step and so on."""
    second = f"if(id % 3 = 0, concat('-', {_pick(LAST, 'id div 110')}), '')"
    return spark.range(0, count * step, step, partitions).selectExpr(
        "concat('M-', id) as member",
        _pick(FIRST, "id * 7") + " as Vorname",
        f"concat({_pick(LAST, 'id div 11')}, {second}) as Nachname",
        "date_add(date '1930-01-01', cast(id * 37 % 29000 as int)) as Geburtsdatum",
        "lpad(cast(1000 + id * 13 % 90000 as string), 5, '0') as PLZ",
        "if(id % 5 = 4, null, concat('person', id, '@example.de')) as `E-Mail`",
    )
