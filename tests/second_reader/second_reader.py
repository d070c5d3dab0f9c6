#!/usr/bin/env python3
"""Reads leakdex index files. It was written from docs/FORMAT.md and docs/IDENTIFIERS.md, and uses no code of leakdex.

    second_reader.py dump INDEX --key KEYFILE       metadata, profiles, entries and postings as JSON
    second_reader.py lookup INDEX --key KEYFILE    for each line KIND<TAB>NORMAL FORM of standard input,
                                                    the leaked records as a line of JSON

It needs Python 3.10 and nothing else. `|` separates the parts of a match key. It does not normalise values. It takes
a file as one shard or as a whole index. Use it with invented data only: it is not a program to rely on.
"""

import argparse
import json
import sys
from pathlib import Path

from index import Index
from keys import Key
from match_keys import SEPARATOR
from refused import Refused

# The page refers to these files: no document has the normal forms of the canaries.
CANARIES = Path(__file__).parents[2] / "src/index/canary/normaliser-3.txt"
PHONE_NUMBERS = ("+4930901820", "+431588580", "+491711234567")


def canaries(key):
    lines = CANARIES.read_text(encoding="utf-8").splitlines()
    made_up = [tuple(line.replace("|", SEPARATOR).split(" ", 1)) for line in lines]
    return key.canaries(made_up + [("phone", number) for number in PHONE_NUMBERS])


def pretty(value, indent=""):
    """JSON. A value that fits on a line is on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= 116 or not value or not isinstance(value, (dict, list)):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [json.dumps(name) + ": " + pretty(one, inner) for name, one in value.items()]
        return "{\n" + inner + f",\n{inner}".join(parts) + f"\n{indent}}}"
    return "[\n" + inner + f",\n{inner}".join(pretty(one, inner) for one in value) + f"\n{indent}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("dump", "lookup"))
    parser.add_argument("index", type=Path)
    parser.add_argument("--key", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        key = Key.read(arguments.key)
        index = Index(arguments.index.read_bytes(), key, canaries(key))
        if arguments.command == "dump":
            print(pretty(index.dump()))
            return
        for line in sys.stdin:
            kind, form = line.rstrip("\n").split("\t", 1)
            print(json.dumps(index.look_up(kind, form.replace("|", SEPARATOR)), ensure_ascii=False))
    except (Refused, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
