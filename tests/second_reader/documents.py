"""The JSON in an index: metadata and profiles. These are steps 3 to 8, without the MAC, of "What a reader checks" in
docs/FORMAT.md.

Below, a *form* is a function that refuses a value of the wrong form. Fields without a form are skipped.
"""

import json
import re

from keys import NORMALISER
from primitives import hmac_sha256, xchacha20
from refused import Refused, require

SCHEME = "aes-cmac-64+hmac-sha256-64/1"


def number(bits=64):
    def form(value):
        require(type(value) is int and 0 <= value < 1 << bits, "a number has the wrong form")

    return form


def text(pattern=".*"):
    def form(value):
        require(isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL), "a text has the wrong form")

    return form


def flag(value):
    require(isinstance(value, bool), "a Boolean has the wrong form")


def array(item):
    def form(value):
        require(isinstance(value, list), "an array is missing")
        for one in value:
            item(one)

    return form


def mapping(key, item):
    def form(value):
        require(isinstance(value, dict), "an object is missing")
        for name, one in value.items():
            key(name)
            item(one)

    return form


def fields(required, optional=None):
    def form(value):
        require(isinstance(value, dict), "an object is missing")
        require(required.keys() <= value.keys(), "a field is missing")
        for name, item in (required | (optional or {})).items():
            if name in value:
                item(value[name])

    return form


# A reader need not check the form of slugs and reason codes.
SLUG = text()
NAME = text("[A-Za-z0-9._-]{1,100}")
ID = text("[0-9a-f]{16}")
COUNTS = mapping(SLUG, number())
OF_HASHES = {"of_plain": flag, "lacks_plain": flag}
ROWS = fields(
    {name: number() for name in ("read", "indexed", "duplicate", "rejected")} | {"rejects_by_reason": COUNTS},
    {"suspects_by_reason": COUNTS},
)
METADATA = fields(
    {
        "scheme": text(),
        "normaliser": number(32),
        "unicode": text(),
        "key_id": ID,
        "kinds": array(fields({"kind": SLUG, "identifiers": number(), "records": number()}, OF_HASHES)),
        "breaches": array(
            fields(
                {"Name": NAME},
                {name: text() for name in ("Title", "Domain", "BreachDate", "AddedDate", "Description")}
                | {"DataClasses": array(SLUG)},
            )
        ),
        "data_classes": array(SLUG),
        "rows": ROWS,
        "records": number(),
        "canaries": array(fields({"kind": SLUG, "pseudonym": text("[0-9a-f]{32}")})),
    },
    {
        "generation": number(),
        "parts": array(
            fields(
                {"breach": NAME, "kinds": array(fields({"kind": SLUG}, OF_HASHES)), "rows": ROWS},
                {"absent_fields": array(SLUG)},
            )
        ),
        "builds": mapping(NAME, array(ID)),
        "erased_records": mapping(NAME, number()),
        "without_codes": flag,
        "absent_fields": array(SLUG),
        "shard": fields({"number": number(32), "count": number(32), "entries": number(), "build": ID}),
    },
)


def counters(size):
    """Pairs: how many counters are 0, and the count of the next one."""

    def form(value):
        array(number(32))(value)
        require(len(value) % 2 == 0, "a counter lacks its count")
        require(sum(value[0::2]) + len(value) // 2 <= size, "there are too many counters")

    return form


PROFILES = array(
    fields(
        {
            "fields": mapping(
                SLUG,
                fields({"used": number(), "suspect": COUNTS, "invalid": COUNTS, "counters": counters(1611)}),
            ),
            "rows_by_kinds": mapping(text("0|[1-9][0-9]*"), number()),
            "told": array(
                fields(
                    {
                        "side": text("leak"),
                        "field": lambda value: value is None or SLUG(value),
                        "sign": SLUG,
                        "count": number(),
                        "of": number(),
                    }
                )
            ),
            "names": fields(
                {name: number() for name in ("rows", "without_date", "without_postal_code")}
                | {"decades": counters(32), "last": counters(1 << 16), "first": counters(1 << 16)}
            ),
        }
    )
)


def parse(data, form):
    """JSON of this form. Refuses a repeated field in an object."""

    def once(pairs):
        require(len(dict(pairs)) == len(pairs), "a field is repeated")
        return dict(pairs)

    def no_number(_):
        raise Refused("NaN and Infinity are not JSON")

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_constant=no_number)
    except (ValueError, RecursionError):
        raise Refused("this is not JSON") from None
    form(value)
    return value


def read_metadata(data, key):
    metadata = parse(data, METADATA)
    require(metadata["scheme"] == SCHEME, "the scheme is unknown")
    require(metadata["key_id"] == key.id, "the index was made with another key")
    require(metadata["normaliser"] == NORMALISER, "the index was made with another normaliser")
    return metadata


def check_metadata(metadata, head):
    """Checks that the metadata are consistent and fit the file."""
    shard, entries = metadata.get("shard"), head.entries
    require((shard is not None) == (head.shard_bits > 0), "head and metadata disagree on whether this is a shard")
    if shard:
        require(shard["count"] == 1 << head.shard_bits, "the number of shards is wrong")
        require(shard["number"] < shard["count"], "the number of the shard is wrong")
        require(entries <= shard["entries"], "the shard has more entries than the index")
        entries = shard["entries"]
    kinds = [kind["kind"] for kind in metadata["kinds"]]
    require(sum(kind["identifiers"] for kind in metadata["kinds"]) == entries, "the identifiers do not add up")
    breaches = {breach["Name"] for breach in metadata["breaches"]}
    parts = metadata.get("parts")
    if not parts:
        require(len(breaches) <= 1, "several breaches need parts")
    else:
        indexed = {kind["kind"] for part in parts for kind in part["kinds"]}
        require(indexed == set(kinds), "the kinds of the parts are not those of the index")
        require({part["breach"] for part in parts} <= breaches, "a part is of an unknown breach")
    require(len(metadata["data_classes"]) <= 256, "there are too many data classes")


def check_canaries(metadata, expected):
    """`expected` has the canary of each kind that this reader knows."""
    canaries = {canary["kind"]: canary["pseudonym"] for canary in metadata["canaries"]}
    for kind, pseudonym in expected.items():
        if kind in canaries or any(one["kind"] == kind for one in metadata["kinds"]):
            require(canaries.get(kind) == pseudonym.hex(), "a canary differs, so the normalisation rules differ")


def read_profiles(section, metadata, key):
    nonce, encrypted = section[:24], section[24:]
    require(len(nonce) == 24, "the profiles lack their nonce")
    plain = xchacha20(key.subkey("profile"), nonce, encrypted)
    require(hmac_sha256(key.subkey("profile nonce"), plain)[:24] == nonce, "the profiles do not open")
    profiles = parse(plain, PROFILES)
    require(len(profiles) == max(1, len(metadata.get("parts", ()))), "the number of profiles is wrong")
    return profiles
