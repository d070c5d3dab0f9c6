#!/usr/bin/env python3
"""Checks the second reader, and with it docs/FORMAT.md:

    check.py vectors            AES-CMAC, HKDF, XChaCha20 and sounds, by published vectors
    check.py golden [--bless]   every golden index gives the JSON beside it; --bless rewrites the JSON
    check.py damage             a golden index with a changed bit or a missing end is refused
    check.py program PROGRAM    after builds with and without shards, a merge and an erasure, the indexes of leakdex
                                hold exactly the records that the documents require
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import invented
import records
import seal
from head import FIRST_SECTION, read_head
from index import Index
from keys import Key
from match_keys import sound
from primitives import Aes128, cmac, hkdf_sha256, xchacha20
from profiles import profile
from refused import Refused
from second_reader import canaries, pretty

DATA = Path(__file__).parents[1] / "data"
GOLDEN = DATA / "golden"
GOLDEN_KEY = Key(bytes(range(32)))
# The records of tests/all/index_files.rs, in normal form. The index was built without `email-alias`.
GOLDEN_RECORDS = (
    {"email": "j.mueller@example.de", "kvnr": "A123456780", "classes": ["passwords"]},
    {
        "last-name": "mueller luedenscheidt",
        "first-name": "joerg peter",
        "birth-date": "1970-02-01",
        "postal-code": "01067",
        "email": "j.mueller@example.de",
    },
    {"kvnr": "Q123456784", "iccsn": "80276883110000145356"},
    {"username": "straße42"},
    {"kvnr": "A123456787"},
    {"email": "shifted@example.org"},
)
ABSENT = (("kvnr", "Z123456783"), ("phone", "+4930901820"))


def vectors():
    def rows(name):
        with open(DATA / name, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def from_hex(row, *names):
        return [bytes.fromhex(row[name]) for name in names]

    for row in rows("crypto/aes128_cmac.csv"):
        key, message, expected = from_hex(row, "key", "message", "tag")
        assert cmac(Aes128(key), message) == expected, row
    for row in rows("crypto/rfc5869_hkdf_sha256.csv"):
        secret, salt, info, expected = from_hex(row, "key", "salt", "info", "output")
        assert hkdf_sha256(secret, info, salt, len(expected)) == expected, row
    # draft-irtf-cfrg-xchacha-03, A.3.2: the beginning of the text.
    key, nonce = bytes(range(0x80, 0xA0)), bytes(range(0x40, 0x57)) + b"\x58"
    expected = "4559abba4e48c16102e8bb2c05e6947f50a786de162f9b0b7e592a9b53d0d4e9"
    assert xchacha20(key, nonce, b"The dhole (pronounced \"dole\") is").hex() == expected
    for row in rows("vectors/koelner_phonetik.csv"):
        # Normal forms of Latin names are ASCII.
        if row["input"].isascii():
            assert sound(row["input"]) == (row["expected_normalised_or_empty"] or row["input"]), row


def golden_files():
    files = sorted(GOLDEN.glob("*.leakdex"))
    assert files, "there is no golden index"
    return [(path, path.read_bytes()) for path in files]


def golden(bless):
    for path, data in golden_files():
        index = Index(data, GOLDEN_KEY, canaries(GOLDEN_KEY))
        kinds = {kind["kind"] for kind in index.metadata["kinds"]}
        identifiers = dict.fromkeys(one for record in GOLDEN_RECORDS for one in records.identifiers(record, kinds))
        look_ups = []
        for kind, text in (*identifiers, *ABSENT):
            answer = index.look_up(kind, text)
            for record in answer or ():
                # The payload contains the same codes.
                record.pop("codes", None)
            look_ups.append({"kind": kind, "canonical": text, "records": answer})
        text = pretty({"index": index.dump(), "look_ups": look_ups}) + "\n"
        if bless:
            path.with_suffix(".json").write_text(text, encoding="utf-8")
        assert text == path.with_suffix(".json").read_text(encoding="utf-8"), f"{path.name} does not give the committed JSON"
        entries = holds({"golden-2023-01": GOLDEN_RECORDS}, [index])
        print(f"{path.name}: {entries} entries, as in the JSON")


def holds(leaks, shards):
    """Asserts that an index has exactly the entries, tags, classes, payloads and codes that the documents require."""
    key, metadata = shards[0].key, shards[0].metadata
    parts = metadata.get("parts") or [metadata | {"breach": breach} for breach in leaks]
    kinds = {part["breach"]: {kind["kind"] for kind in part["kinds"]} for part in parts}
    # From an identifier to its records, by their tags.
    expected, tags = {}, set()
    for breach, record in ((breach, record) for breach, leak in leaks.items() for record in leak):
        found = records.identifiers(record, kinds[breach])
        pseudonyms = {(kind, text): key.pseudonym(kind, text.encode("utf-8")).halves for kind, text in found}
        if not found:
            continue
        tag = f"{records.tag(key, breach, record, pseudonyms.values()):016x}"
        tags.add(tag)
        lowest = min(pseudonyms.values())
        content = {"tag": tag, "breach": breach, "data_classes": records.data_classes(record)}
        for identifier, pseudonym in pseudonyms.items():
            codes = found[identifier]
            payload = {"codes": codes._asdict()} if codes else {"kinds": records.kinds_of(found)}
            expected.setdefault((pseudonym, *identifier), {})[tag] = (pseudonym == lowest, content | payload)

    dumps = [shard.dump() for shard in shards]
    entries = {entry["pseudonym"]: entry for dump in dumps for entry in dump["entries"]}
    assert entries.keys() == {pseudonym.hex() for pseudonym, _, _ in expected}, "other identifiers are in the index"
    assert metadata["records"] == len(tags), "the records are not counted correctly"
    counts = {kind["kind"]: (0, 0) for kind in metadata["kinds"]}
    for (pseudonym, kind, text), wanted in expected.items():
        entry = entries[pseudonym.hex()]
        firsts = {tag: first for tag, (first, _) in wanted.items()}
        assert entry["kind"] == kind
        assert {one["tag"]: one["first"] for one in entry["postings"]} == firsts, f"other records have this {kind}"
        [answer] = [shard.look_up(kind, text) for shard in shards if shard.has(pseudonym)]
        assert len(answer) == len(wanted)
        assert all(one | wanted[one["tag"]][1] == one for one in answer), f"a record of this {kind} has other content"
        counts[kind] = (counts[kind][0] + 1, counts[kind][1] + len(wanted))
    assert {one["kind"]: (one["identifiers"], one["records"]) for one in metadata["kinds"]} == counts
    verify_salt(shards, dumps)
    return len(entries)


def verify_salt(shards, dumps):
    digests = []
    for shard, dump in zip(shards, dumps):
        entries = (
            (
                int(entry["pseudonym"], 16),
                [(int(one["tag"], 16), int(one["sealed_payload"], 16)) for one in entry["postings"]],
            )
            for entry in dump["entries"]
        )
        digests.append(records.content_digest(entries))
        build = shard.metadata.get("shard", {"build": ""})["build"]
        assert records.salt(shard.key, digests[-1], build) == shard.head.salt, "the salt is not that of the content"
    if build:
        assert records.build_of(digests, shard.metadata, shard.sealed_profiles) == build, "the build has another id"


def damage():
    for path, data in golden_files():
        reader_canaries = canaries(GOLDEN_KEY)
        whole = Index(data, GOLDEN_KEY, reader_canaries).dump() | {"id": None}
        changed = bytearray(data)
        for place in range(len(data)):
            changed[place] ^= 1 << place * 5 % 8
            assert_refused(bytes(changed), reader_canaries, f"{path.name} with another byte {place}")
            changed[place] = data[place]
            assert_refused(data[:place], reader_canaries, f"{path.name} cut off at {place}")
        assert_refused(data + b"\0", reader_canaries, f"{path.name} with one more byte")
        other = Key(bytes(range(1, 33)))
        assert_refused(data, canaries(other), f"{path.name} with another key", other)

        # The holder of the key can seal a changed file. Even then, a change of a byte that the page describes is
        # either refused or gives another index.
        head = read_head(data)
        sections = [place for name, place in head.sections.items() if name not in ("digests", "roots")]
        described = [place for section in (slice(FIRST_SECTION), *sections) for place in range(len(data))[section]]
        refused = 0
        for place in described:
            changed[place] ^= 1 << place * 5 % 8
            try:
                index = Index(seal.sealed(bytes(changed), head, GOLDEN_KEY), GOLDEN_KEY, reader_canaries)
                assert index.dump() | {"id": None} != whole, f"{path.name}: byte {place} does not matter"
            except Refused:
                refused += 1
            changed[place] = data[place]
        print(f"{path.name}: refused after each of {len(data)} changes of a bit, and at each of {len(data)} lengths")
        others = len(described) - refused
        print(f"{path.name}: with a new seal, {refused} changes are refused, and {others} give another index")


def with_program(program):
    """The small golden indexes cover few paths. These indexes also have entries of many records, shards, several
    breaches and erased records."""
    program = os.path.abspath(program)
    reader_canaries = canaries(GOLDEN_KEY)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        key = folder / "key"
        key.write_text(f"leakdex-key-v1:{GOLDEN_KEY.secret.hex()}\n", encoding="ascii")
        key.chmod(0o600)

        def run(*arguments):
            options = ["--quiet", "--no-config", *arguments, "--key", "key"]
            done = subprocess.run([program, *options], cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"leakdex {' '.join(arguments)}: {done.stderr}"

        def read(name):
            path = folder / name
            files = sorted(path.iterdir()) if path.is_dir() else [path]
            return [Index(file.read_bytes(), Key.read(key), reader_canaries) for file in files]

        leaks = {"first": invented.leak(1, 700), "second": invented.leak(2, 100)}
        username = ("--column", "Benutzername=username")
        for name, leaked in leaks.items():
            invented.write(leaked, folder / f"{name}.csv")
        for name, options in (
            ("first", ("--email-hashes", "md5,sha1,sha256")),
            ("second", ("--shards", "4")),
        ):
            run("build", "--output", f"{name}.leakdex", *options, *username, f"{name}.csv")
            shards = read(f"{name}.leakdex")
            print(f"{name}: {holds({name: leaks[name]}, shards)} entries")
            expected = profile(leaks[name], {kind["kind"] for kind in shards[0].metadata["kinds"]})
            assert shown(shards[0].profiles) == [expected], "the profile is not the expected one"
        run("build", "--output", "whole.leakdex", "--name", "second", *username, "second.csv")
        # A row with the shared address would also erase the records that have only that address.
        erased = [one for one in leaks["second"] if "kvnr" in one and one.get("email") != invented.SHARED][:20]
        invented.write(erased, folder / "erased.csv")
        run("merge", "--output", "all.leakdex", "--without", "erased.csv", *username, "first.leakdex", "whole.leakdex")
        leaks["second"] = [record for record in leaks["second"] if record not in erased]
        entries = holds(leaks, read("all.leakdex"))
        print(f"both, without erased records: {entries} entries")

        reader = [sys.executable, "-B", Path(__file__).with_name("second_reader.py"), "lookup", "--key", key]
        queries = f"email\t{invented.SHARED}\nemail\tnobody@example.de\niban\tDE89370400440532013000\n"
        done = subprocess.run(
            [*reader, folder / "first.leakdex"], input=queries, capture_output=True, text=True, check=True
        )
        shared, nobody, unknown = map(json.loads, done.stdout.splitlines())
        assert len(shared) == sum(one.get("email") == invented.SHARED for one in leaks["first"])
        assert (nobody, unknown) == ([], None)


def shown(profiles):
    """Profiles without the reasons of suspect and invalid values, and without caveats."""
    return [
        {
            "fields": {
                field: {"used": one["used"], "counters": one["counters"]} for field, one in stored["fields"].items()
            },
            "rows_by_kinds": stored["rows_by_kinds"],
            "names": stored["names"],
        }
        for stored in profiles
    ]


def assert_refused(data, reader_canaries, name, key=GOLDEN_KEY):
    try:
        Index(data, key, reader_canaries)
    except Refused:
        return
    raise AssertionError(f"{name} was read")


def main(command, *arguments):
    match command, arguments:
        case "vectors", ():
            vectors()
        case "golden", ():
            golden(False)
        case "golden", ("--bless",):
            golden(True)
        case "damage", ():
            damage()
        case "program", (program,):
            with_program(program)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
