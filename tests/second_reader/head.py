"""The fixed fields and the section table: steps 1 and 2 of "What a reader checks" in docs/FORMAT.md."""

import struct
from typing import NamedTuple

import seal
from refused import require

VERSION = 6
MAGIC = bytes.fromhex("894c44580d0a1a0a")
SECTIONS = (
    "metadata profiles roots digests filter groups buckets heads tails"
    " slot_groups slot_marks postings origins class_sets"
).split()
FIXED = struct.Struct("<8sIIQQQQQBBBBI16s")
FIRST_SECTION = FIXED.size + 16 * len(SECTIONS)
PAGE, LINE, GROUP = 4096, 64, 256
CLASS_SET, ORIGIN = 32, 8


def align(number, multiple):
    return ceil_divided(number, multiple) * multiple


def ceil_divided(number, divisor):
    return -(-number // divisor)


class Head(NamedTuple):
    """The fixed fields, and the bytes of each section as a slice of the file."""

    length: int
    entries: int
    slots: int
    origins: int
    fan_out_bits: int
    tail_width: int
    origin_width: int
    shard_bits: int
    salt: bytes
    sections: dict

    @property
    def slot_length(self):
        return self.origin_width + 17


def widths(entries, origins):
    """The numbers that follow from the counts: fan-out bits, tail width, origin width."""
    bits = min(32, (max(1, ceil_divided(entries, 8)) - 1).bit_length())
    origin_width = 0 if origins <= 1 else 1 if origins <= 1 << 8 else 2 if origins <= 1 << 16 else 4
    return bits, 16 - (bits + 32) // 8, origin_width


def read_head(data):
    require(data[:8] == MAGIC, "this is not an index")
    require(data[8:12] == struct.pack("<I", VERSION), "this is an index of another version")
    require(len(data) >= FIRST_SECTION, "the file ends within the fixed fields")
    (_, _, count, file_length, length, entries, slots, origins, bits, tail, width, shard_bits, reserved, salt) = (
        FIXED.unpack_from(data)
    )
    require(len(data) == file_length, "the file has another length than it says")
    require(count == len(SECTIONS), "the number of sections is wrong")
    require(shard_bits <= 8, "there are too many shards")
    require(entries < 1 << 32 and origins < 1 << 32, "there are too many entries or origins")
    require((bits, tail, width) == widths(entries, origins), "the widths do not follow from the counts")
    require(reserved == 0, "the reserved bytes are not zero")
    require(length % PAGE == 0 and length <= file_length, "the head has a wrong length")

    table = struct.unpack_from(f"<{2 * len(SECTIONS)}Q", data, FIXED.size)
    places = dict(zip(SECTIONS, zip(table[0::2], table[1::2])))
    head = Head(length, entries, slots, origins, bits, tail, width, shard_bits, salt, {})
    require(places == expected_places(head, file_length, places), "a section does not lie where it has to")
    for name, (start, size) in places.items():
        head.sections[name] = slice(start, start + size)
    return head


def expected_places(head, file_length, places):
    """The only valid layout of a file. Three lengths are in the section table only."""
    metadata, profiles, class_sets = (places[name][1] for name in ("metadata", "profiles", "class_sets"))
    require(metadata <= 1 << 20 and profiles <= 1 << 26, "metadata or profiles are too long")
    require(class_sets % CLASS_SET == 0, "the class sets have a wrong length")
    marks = (1 << head.fan_out_bits) + 1
    body = (
        ("filter", 64 * filter_blocks(head.entries)),
        ("groups", 8 * ceil_divided(marks, GROUP)),
        ("buckets", 2 * marks),
        ("heads", 4 * head.entries),
        ("tails", head.tail_width * head.entries),
        ("slot_groups", 8 * ceil_divided(marks, GROUP)),
        ("slot_marks", 4 * marks),
        ("postings", head.slot_length * head.slots),
        ("origins", ORIGIN * head.origins),
        ("class_sets", class_sets),
    )
    length = 0
    for _, size in body:
        length = align(length, LINE) + size
    digests = seal.length_of_digests(length)
    expected = {
        "metadata": (FIRST_SECTION, metadata),
        "profiles": (FIRST_SECTION + metadata, profiles),
        "roots": (align(FIRST_SECTION + metadata + profiles, LINE), seal.length_of_digests(digests)),
        "digests": (head.length, digests),
    }
    require(head.length == align(sum(expected["roots"]) + 32, PAGE), "the head has a wrong length")
    end = align(head.length + digests, PAGE)
    for name, size in body:
        start = align(end, LINE)
        expected[name] = (start, size)
        end = start + size
    require(end == file_length, "the file does not end with its last section")
    return expected


def filter_blocks(entries):
    return max(1, ceil_divided(12 * entries, 512))
