"""The profile of a leak, as a writer computes it ("Profiles" in docs/FORMAT.md). Look-ups do not need it."""

import re
from collections import Counter

from keys import KINDS
from match_keys import FACTOR, U64, distinct_names, is_placeholder_date, letters, match_key_values, mix
from match_keys import hashed as name_hash
from records import identifiers

# The first counter of each feature, and the number of its counters.
FEATURES = {
    "length": (0, 48),
    "first": (48, 40),
    "last": (88, 40),
    "head": (128, 256),
    "tail": (384, 256),
    "value": (640, 512),
    "shape": (1152, 64),
    "word": (1216, 256),
    "odd": (1472, 2),
    "trailing zeros": (1474, 16),
    "top-level domain": (1490, 64),
    "day": (1554, 32),
    "month": (1586, 13),
    "date form": (1599, 12),
}
SEPARATORS = b".-_ ,"


def profile(leak, kinds):
    """The profile without the reasons of suspect and invalid values, and without caveats."""
    cells = {field: [record[field] for record in leak if field in record] for record in leak for field in record}
    sets = Counter(frozenset(kind for kind, _ in identifiers(record, kinds)) for record in leak)
    rows_by_kinds = {sum(1 << KINDS.index(kind) for kind in kinds): count for kinds, count in sets.items()}
    return {
        "fields": {
            field: {"used": len(values), "counters": pairs(counters(field, values))}
            for field, values in cells.items()
            if len(values) >= 10
        },
        "rows_by_kinds": {str(bits): count for bits, count in sorted(rows_by_kinds.items()) if count >= 10},
        "names": name_counts(leak, kinds),
    }


def name_counts(leak, kinds):
    counted = [match_key_values(record) for record in leak if any(identifiers(record, kinds).values())]
    decades, lasts, firsts = [0] * 32, [0] * 65_536, [0] * 65_536
    for last_names, first_names, dates, _ in counted:
        has_date = len(dates) == 1 and not is_placeholder_date(dates[0])
        decade = (int(dates[0][:4]) - 1800) // 10 % 31 + 1 if has_date else 0
        decades[decade] += 1
        for name in distinct_names(last_names):
            lasts[name_hash(5, letters(name)) >> 48] += 1
        for name in distinct_names(first_names):
            firsts[mix(name_hash(5, name.split()[0]), decade) >> 48] += 1
    return {
        "rows": len(counted),
        "without_date": sum(all(map(is_placeholder_date, dates)) for _, _, dates, _ in counted),
        "without_postal_code": sum(not postcodes for _, _, _, postcodes in counted),
        "decades": pairs(decades),
        "last": pairs(lasts),
        "first": pairs(firsts),
    }


def pairs(counters):
    """For each counter of 10 or more: how many counters are skipped before it, and its count."""
    found, after = [], 0
    for place, count in enumerate(counters):
        if count >= 10:
            found += [place - after, count]
            after = place + 1
    return found


def counters(field, cells):
    counted = [0] * 1611
    for cell in cells:
        # The first of several values in a cell counts.
        for feature, number in classes(field, cell.split("; ")[0].encode("utf-8")):
            start, size = FEATURES[feature]
            counted[start + min(number, size - 1)] += 1
    return counted


def classes(field, value):
    """The features of a value that the field counts, each with its class."""
    if field == "first-name":
        value = value.split(b" ")[0]
    yield "value", hashed(value, 9)
    if field == "birth-date":
        # The leak of these tests has dates in their normal form.
        day = int(value[8:])
        yield from (("day", day), ("month", int(value[5:7])), ("date form", int(day > 12)))
        return
    zeros = len(value) - len(value.rstrip(b"0"))
    separators = min(3, count(value, SEPARATORS))
    if field == "email":
        local, domain = value.rsplit(b"@", 1)
        yield from ends(local)
        yield from (("shape", signs(local)), ("top-level domain", hashed(domain[domain.rindex(b".") :], 6)))
    elif field in ("last-name", "first-name"):
        yield from ends(value)
        yield "shape", 16 * separators + any(map(is_digit, value)) + 2 * any(map(is_other, value))
        if separators:
            yield "word", hashed(re.match(b"[A-Za-z0-9]*", value)[0], 8)
            if any(len(word) == 1 for word in re.split(b"[ ,]+", value)):
                yield "odd", 1
    elif field == "phone":
        yield from ends(value)
        line_type = 2 if not value.startswith(b"+49") else 0 if value[3:5] in (b"15", b"16", b"17") else 1
        yield from (("shape", 16 * line_type + min(15, len(value))), ("trailing zeros", zeros))
    elif field == "username":
        yield from ends(value)
        yield "shape", signs(value)
    else:
        yield from ends(value)
        yield from (("shape", census(value, separators)), ("trailing zeros", zeros))
        if field == "postal-code" and re.fullmatch(b"(00|05|43|62)[0-9]{3}", value):
            yield "odd", 1


def ends(text):
    text = text * 2 if len(text) == 1 else text
    if text:
        yield from (("length", len(text)), ("first", character_class(text[0])), ("last", character_class(text[-1])))
        yield from (("head", hashed_end(text[:4])), ("tail", hashed_end(text[-4:])))


def character_class(byte):
    character = chr(byte)
    if byte < 128 and character.isalpha():
        return ord(character.lower()) - ord("a")
    return 26 + byte - ord("0") if is_digit(byte) else 36 if byte < 128 else 37


def count(text, wanted):
    return sum(byte in wanted for byte in text)


def is_digit(byte):
    return byte in b"0123456789"


def is_other(byte):
    return not (is_digit(byte) or byte in SEPARATORS or byte < 128 and chr(byte).isalpha())


def census(text, separators):
    digits = sum(map(is_digit, text))
    return (digits if digits < 5 else 5 + (digits > 9) + (digits > 11)) + 8 * separators + 32 * any(map(is_other, text))


def signs(text):
    digits = sum(map(is_digit, text))
    return (
        min(3, (digits + 1) // 2)
        + 4 * (b"." in text)
        + 8 * (b"_" in text)
        + 16 * (b"-" in text)
        + 32 * any(map(is_other, text))
    )


def spread(number, bits):
    return (number * FACTOR & U64) >> 64 - bits


def hashed_end(text):
    return spread(int.from_bytes(text, "little" if len(text) == 4 else "big"), 8)


def hashed(text, bits):
    whole = len(text) // 8 * 8
    mixed = int.from_bytes(text[whole:], "big")
    for place in range(0, whole, 8):
        mixed = mix(mixed, int.from_bytes(text[place : place + 8], "little"))
    return spread(mixed ^ mixed >> 32, bits)
