"""The identifiers, tags and payloads that a writer derives from a leaked record, as the documents describe.

A record is a dictionary from the slugs of fields to normal forms, with `; ` between several values. The field `classes`
has a list of further data classes that leaked with the record.
"""

import hashlib
import json
from itertools import groupby

from keys import KINDS, VALUES
from match_keys import distinct_names, is_placeholder_date, letters, match_key_values, match_keys
from primitives import hmac_sha256, sha256

CLASSES = {
    "email": "email-addresses",
    "kvnr": "health-insurance-information",
    "iccsn": "health-insurance-information",
    "phone": "phone-numbers",
    "username": "usernames",
    "last-name": "names",
    "first-name": "names",
    "birth-date": "dates-of-birth",
    "postal-code": "physical-addresses",
}
HASHES = {"md5-email": hashlib.md5, "sha1-email": hashlib.sha1, "sha256-email": hashlib.sha256}


def data_classes(record):
    dates = record.get("birth-date", "").split("; ")
    shown = set(record) - ({"birth-date"} if all(map(is_placeholder_date, dates)) else set())
    return sorted({slug for field, slug in CLASSES.items() if field in shown} | set(record.get("classes", ())))


def identifiers(record, kinds):
    """Maps (kind, canonical text) to the codes, or to None for a value."""
    found = {(field, value): None for field in VALUES for value in record.get(field, "").split("; ") if value}
    for address in [value for kind, value in found if kind == "email"]:
        found["email-alias", alias(address)] = None
        for kind, digest in HASHES.items():
            found[kind, digest(address.encode("utf-8")).hexdigest()] = None
    found |= match_keys(record)
    return {(kind, text): codes for (kind, text), codes in found.items() if kind in kinds}


def alias(address):
    local, domain = address.rsplit("@", 1)
    plain = local.split("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        plain, domain = plain.replace(".", ""), "gmail.com"
    return address if not plain or plain.endswith(".") else f"{plain}@{domain}"


def number(pseudonym):
    return int.from_bytes(pseudonym, "big")


def tag(key, breach, record, pseudonyms):
    """The tag of a record with these identifiers."""
    lasts, firsts, dates, postcodes = match_key_values(record)
    names = ([letters(name) for name in distinct_names(names)] for names in (lasts, firsts))
    fields = [";".join(value for value, _ in groupby(values)) for values in (*names, dates, postcodes)]
    person = key.pseudonym("starts-birth", "".join("\x1f" + field for field in fields).encode()).halves
    content = [
        breach.encode("ascii") + b"\n",
        len(pseudonyms).to_bytes(8, "little"),
        *(one.to_bytes(16, "little") for one in sorted(map(number, pseudonyms))),
        number(person if any(fields) else bytes(16)).to_bytes(16, "little"),
        *(slug.encode("ascii") + b"\n" for slug in data_classes(record)),
    ]
    return int.from_bytes(hmac_sha256(key.subkey("record tag"), b"".join(content))[:8], "little")


def content_digest(entries):
    """The digest of entries in ascending order: a pseudonym as a number, and its pairs of tag and sealed payload."""
    leaves = {}
    for pseudonym, postings in entries:
        leaf = leaves.setdefault(pseudonym >> 116, hashlib.sha256())
        leaf.update(pseudonym.to_bytes(16, "little") + len(postings).to_bytes(8, "little"))
        for posting in sorted(postings):
            leaf.update(b"".join(one.to_bytes(8, "little") for one in posting))
    return sha256(b"".join(bits.to_bytes(8, "little") + leaf.digest() for bits, leaf in leaves.items()))


def build_of(digests, metadata, sealed_profiles):
    """The `build` of shards. The fields of the metadata are in file order."""
    whole = {name: value for name, value in metadata.items() if name != "shard"}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return sha256(b"".join(digests) + text.encode("utf-8") + sealed_profiles)[:8].hex()


def salt(key, digest, build=""):
    return hmac_sha256(key.subkey("posting salt"), digest + build.encode("ascii"))[:16]


def kinds_of(found):
    return [kind for kind in KINDS if any(one == kind for one, _ in found)]
