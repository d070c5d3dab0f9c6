"""Match keys ("Match keys" in docs/IDENTIFIERS.md) and their codes ("Codes" in docs/FORMAT.md).

Both are computed from normal forms. A person is a dictionary from the slugs of fields to normal forms, with `; `
between several values.
"""

from itertools import product
from typing import NamedTuple

FACTOR = 0x9E3779B97F4A7C15
U64 = (1 << 64) - 1
SEPARATOR = "\x1f"
# The widths in bits: start, end, consonants and letters of the last name, the same of the first name, date, postcode.
LAYOUT = {
    "birth-postcode": ((8, 8, 8, 8), (8, 8, 8, 8), 0, 0),
    "starts-birth": ((6, 6, 6, 6), (6, 6, 6, 5), 0, 17),
    "ends-birth": ((6, 6, 6, 6), (6, 6, 6, 5), 0, 17),
    "first-birth-region": ((6, 6, 6, 6), (6, 6, 6, 5), 0, 17),
    "sound-postcode": ((6, 6, 6, 6), (6, 6, 6, 6), 16, 0),
    "name-birthday": ((5, 5, 5, 5), (5, 5, 5, 5), 7, 17),
}


class Codes(NamedTuple):
    last: int
    first: int
    date: int
    postcode: int


# All combinations with this number or a higher one count as one.
LAST_COMBINATION = 63


def match_key_values(person):
    """The values of each field that make match keys. A date without day or month makes none."""
    cells = (person.get(field, "") for field in ("last-name", "first-name", "birth-date", "postal-code"))
    lasts, firsts, dates, postcodes = ([value for value in cell.split("; ") if value] for cell in cells)
    return lasts, firsts, [date for date in dates if not date.endswith("-00")], postcodes


def distinct_names(names):
    """The names, without later ones that have the same letters as the first in the list: they are the same value."""
    return names[:1] + [name for name in names[1:] if letters(name) != letters(names[0])]


def letters(name):
    return name.replace(" ", "")


def match_keys(person):
    """Maps each match key, as (kind, canonical text), to the codes of the record."""
    lasts, firsts, dates, postcodes = match_key_values(person)
    combinations = list(product(lasts or [None], firsts or [None], dates or [None], postcodes or [None]))
    makers = {}
    for number, combination in enumerate(combinations):
        for kind, parts in dict.fromkeys(keys_of(*combination)):
            makers.setdefault((kind, SEPARATOR.join(parts)), set()).add(min(number, LAST_COMBINATION))
    has_single_values = all(len(values) <= 1 for values in (distinct_names(lasts), distinct_names(firsts), dates, postcodes))
    found = {}
    for (kind, text), numbers in makers.items():
        of_key = [
            combination
            for number, combination in enumerate(combinations)
            if has_single_values or min(number, LAST_COMBINATION) in numbers
        ]
        lasts, firsts, dates, postcodes = zip(*of_key)
        only_values = (only_value(lasts, letters), only_value(firsts, first_word), only_value(dates), only_value(postcodes))
        found[kind, text] = codes(kind, *only_values)
    return found


def only_value(values, coded=str):
    """The first value, if the codes of the others are computed from the same text; otherwise None. A name with the
    letters of an earlier one counts as the earlier one."""
    first_of = {}
    texts = {coded(first_of.setdefault(letters(value), value)) for value in values if value}
    return values[0] if len(texts) <= 1 else None


def first_word(name):
    return name.split()[0]


def keys_of(last, first, date, postcode):
    """The match keys of at most one value of each field."""
    if (last or first) and date and postcode:
        yield "birth-postcode", (date, postcode)
    if first and date and postcode:
        yield "first-birth-region", (first_word(first)[:3], date, postcode[:3])
    if last and first and date:
        for one, other in product(last_names(last), first_names(first)):
            yield "starts-birth", (*sorted((one[:3], other[:3])), date)
            yield "ends-birth", (*sorted((one[-3:], other[-3:])), date)
            yield "name-birthday", (*sorted((one, other)), date[5:])
    if last and first and postcode:
        for other in first_names(first):
            yield "sound-postcode", (*sorted((sound(letters(last)), sound(other))), postcode)


def last_names(last):
    """The whole name, and each of its first three words."""
    return [letters(last), *last.split()[:3]]


def first_names(first):
    return [first_word(first), letters(first)]


def codes(kind, last, first, date, postcode):
    last_bits, first_bits, date_bits, postcode_bits = LAYOUT[kind]
    return Codes(
        name_code(letters(last), last_bits) if last else 0,
        name_code(first_word(first), first_bits) if first else 0,
        date_code(date) >> 16 - date_bits if date else 0,
        postcode_code(postcode) if postcode and postcode_bits else 0,
    )


def opened_codes(kind, payload):
    numbers = []
    last_bits, first_bits, date_bits, postcode_bits = LAYOUT[kind]
    for bits in (postcode_bits, date_bits, sum(first_bits), sum(last_bits)):
        numbers.insert(0, payload & (1 << bits) - 1)
        payload >>= bits
    return Codes(*numbers)


def name_code(name, widths):
    code = 0
    for salt, (feature, width) in enumerate(zip(features(name), widths), start=1):
        code = code << width | hashed(salt, feature) >> 64 - width
    return code or 1


def features(name):
    consonants = ""
    for place, character in enumerate(name):
        if place == 0 or character not in "aeiouyh":
            consonants += character
    without_repeats = "".join(
        character for place, character in enumerate(consonants) if place == 0 or consonants[place - 1] != character
    )
    return name[:3], name[-3:], without_repeats, "".join(sorted(set(name)))


def mix(mixed, number):
    rotated = mixed << 29 & U64 | mixed >> 35
    return (rotated ^ number) * FACTOR & U64


def hashed(salt, feature):
    data, mixed = feature.encode("utf-8"), salt
    whole = len(data) // 8 * 8
    pieces = [int.from_bytes(data[place : place + 8], "little") for place in range(0, whole, 8)]
    rest = len(data)
    for byte in data[whole:]:
        rest = (rest << 8) + byte & U64
    for piece in (*pieces, rest, 0):
        mixed = mix(mixed, piece)
    return mixed


def is_placeholder_date(date):
    return date in ("1900-01-01", "1899-12-30", "1899-12-31")


def date_code(date):
    if is_placeholder_date(date):
        return 0
    year, month, day = (int(part) for part in date.split("-"))
    return (((year - 1900) % 127 + 1) * 16 + month) * 32 + day


def postcode_code(postcode):
    if len(postcode) == 5 and postcode.isdecimal():
        return int(postcode) + 1
    return 100_001 + hashed(6, postcode) % 31_071


def sound(name):
    """Kölner Phonetik, like ColognePhonetic in Apache Commons Codec 1.13 to 1.21. A name without a code is kept."""
    spelling = name.upper()
    sounds, last_code, before = "", "", ""
    for place, letter in enumerate(spelling):
        after = spelling[place + 1 : place + 2] or "-"
        if not "A" <= letter <= "Z":
            continue
        for code in sound_of(letter, before, after, not sounds):
            if code not in ("-", last_code) and (code != "0" or not sounds):
                sounds += code
            last_code = code
        before = letter
    return sounds or name


def sound_of(letter, before, after, is_first):
    """The digits of a letter between two others, or `-` for a silent one. `after` is `-` at the end of the name."""
    if letter in "AEIJOUY":
        return "0"
    if letter == "B" or letter == "P" and after != "H":
        return "1"
    if letter in "DT" and after not in "CSZ":
        return "2"
    if letter in "FPVW":
        return "3"
    if letter in "GKQ":
        return "4"
    if letter == "X" and before not in tuple("CKQ"):
        return "48"
    if letter in "SZ":
        return "8"
    if letter == "C":
        if is_first:
            return "4" if after in "AHKLOQRUX" else "8"
        return "8" if before in tuple("SZ") or after not in "AHKOQUX" else "4"
    if letter in "DTX":
        return "8"
    return {"R": "7", "L": "5", "M": "6", "N": "6"}.get(letter, "-")
