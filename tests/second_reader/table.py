"""Filter, entries and postings (docs/FORMAT.md from "The table" on; steps 9 to 12 of "What a reader checks")."""

import struct
from typing import NamedTuple

from head import CLASS_SET, GROUP, filter_blocks
from keys import KINDS, VALUES
from match_keys import FACTOR, U64, opened_codes
from primitives import Aes128, hmac_sha256, xor
from refused import require

MORE, COUNTED, FIRST, KIND = 0x80, 0x40, 0x20, 0x1F
SHARED = 64
MAX_ENTRIES_IN_BUCKET = 255


class Posting(NamedTuple):
    origin: int
    tag: int
    kind: int
    first: bool
    sealed: int


class Entry(NamedTuple):
    """The pseudonym is as in the table: in a shard, the first half is shifted."""

    pseudonym: int
    postings: list


class Table:
    """Every method refuses bytes that do not fit. `check` reads all of them."""

    def __init__(self, data, head, key):
        self.head = head
        self.bits = head.fan_out_bits
        sections = {name: data[place] for name, place in head.sections.items()}
        self.filter = struct.unpack(f"<{8 * filter_blocks(head.entries)}Q", sections["filter"])
        self.marks = marks(sections["groups"], sections["buckets"], "H")
        self.slot_marks = marks(sections["slot_groups"], sections["slot_marks"], "I")
        self.heads = struct.unpack(f"<{head.entries}I", sections["heads"])
        self.tails = sections["tails"]
        self.postings = sections["postings"]
        self.origins = list(struct.iter_unpack("<II", sections["origins"]))
        self.class_sets = [
            int.from_bytes(sections["class_sets"][place : place + CLASS_SET], "little")
            for place in range(0, len(sections["class_sets"]), CLASS_SET)
        ]
        self.cipher = Aes128(hmac_sha256(key.subkey("posting cipher"), head.salt)[:16])

    # Entries.

    def stored(self, pseudonym):
        """The number that the table stores for 16 bytes."""
        number, bits = int.from_bytes(pseudonym, "big"), self.head.shard_bits
        return (number >> 64 << bits & U64) << 64 | number & U64

    def shown(self, stored, shard_number):
        """The 16 bytes of a stored number."""
        first, bits = stored >> 64, self.head.shard_bits
        require(first % (1 << bits) == 0, "a first half has bits after its end")
        return ((first >> bits | shard_number << 64 - bits) << 64 | stored & U64).to_bytes(16, "big")

    def pseudonym(self, bucket, place):
        width, rest = self.head.tail_width, 96 - self.bits
        tail = int.from_bytes(self.tails[width * place : width * (place + 1)], "little")
        head = self.heads[place]
        shared = (1 << 8 * width - rest) - 1
        require(tail >> rest == head & shared, "head and tail differ in the bits that both hold")
        return bucket << 128 - self.bits | head << rest | tail & (1 << rest) - 1

    def bucket(self, number):
        """The positions of its entries, and its slots."""
        start, end = self.marks[number : number + 2]
        first_slot, end_of_slots = self.slot_marks[number : number + 2]
        require(start <= end <= self.head.entries and end - start <= MAX_ENTRIES_IN_BUCKET, "a bucket has a wrong mark")
        require(first_slot <= end_of_slots <= self.head.slots, "a bucket has a wrong slot mark")
        return range(start, end), range(first_slot, end_of_slots)

    def entries(self, bucket):
        places, slots = self.bucket(bucket)
        slot = slots.start
        for place in places:
            pseudonym = self.pseudonym(bucket, place)
            postings, taken = self.postings_of(pseudonym, range(slot, slots.stop))
            slot += taken
            yield Entry(pseudonym, postings)
        require(slot == slots.stop, "a bucket has more slots than its entries")

    def find(self, pseudonym):
        """The postings of 16 bytes."""
        stored = self.stored(pseudonym)
        block, bits = filter_bits(stored >> 64, self.head.entries)
        if not all(self.filter[block + word] >> bit & 1 for word, bit in enumerate(bits)):
            return []
        bucket = stored >> 128 - self.bits
        places, slots = self.bucket(bucket)
        for place in places:
            candidate = self.pseudonym(bucket, place)
            if candidate == stored:
                return self.postings_of(stored, slots)[0]
            slots = slots[self.slots_of(candidate, slots) :]
        return []

    def slots_of(self, pseudonym, slots):
        """How many of these slots belong to the first entry. Flags are not sealed, so only a count must be opened."""
        flags = [self.postings[self.head.slot_length * slot] for slot in slots[:SHARED]]
        if flags and flags[0] & COUNTED:
            opened, _ = self.slot(pseudonym, 0, slots.start)
            return 1 + int.from_bytes(opened[-8:], "little")
        ends = (place for place, flag in enumerate(flags, start=1) if not flag & MORE)
        return next(ends, len(slots))

    # Postings.

    def slot(self, pseudonym, number, place):
        """The opened bytes of a slot, and its sealed payload."""
        length = self.head.slot_length
        slot = self.postings[length * place : length * (place + 1)]
        stream = bytearray(self.cipher.encrypt((pseudonym ^ number).to_bytes(16, "little")))
        stream[0] &= KIND | FIRST
        return xor(slot[:-8], stream), int.from_bytes(slot[-8:], "little")

    def postings_of(self, pseudonym, slots):
        """The postings of the first entry of these slots, and how many slots it takes."""
        count, postings, flags = None, [], MORE
        for number, place in enumerate(slots):
            opened, sealed = self.slot(pseudonym, number, place)
            flags, tag = opened[0], int.from_bytes(opened[-8:], "little")
            origin = int.from_bytes(opened[1:-8], "little")
            if number == 0 and flags & COUNTED:
                count = tag
                require(flags == MORE | COUNTED and origin == 0 and sealed == 0, "the slot of a count holds more")
                require(count > SHARED, "the count of an entry is too low")
                continue
            require(not flags & COUNTED, "a posting says that it is a count")
            require(origin < self.head.origins, "the origin of a posting is unknown")
            require(flags & KIND < len(KINDS), "the kind of a posting is unknown")
            postings.append(Posting(origin, tag, flags & KIND, bool(flags & FIRST), sealed))
            if not flags & MORE:
                break
        require(postings and not flags & MORE, "the postings of an entry do not end in its bucket")
        require(len(postings) == (count or len(postings)), "the count of an entry is wrong")
        require(count or len(postings) <= SHARED, "an entry of many postings lacks its count")
        require(all(a < b for a, b in zip(postings, postings[1:])), "the postings of an entry do not ascend")
        require(len({posting.kind for posting in postings}) == 1, "the postings of an entry are of several kinds")
        return postings, len(postings) + bool(count)

    def data_classes(self, origin, slugs):
        members = self.class_sets[self.origins[origin][1]]
        return [slug for place, slug in enumerate(slugs) if members >> place & 1]

    # The whole.

    def check(self, metadata):
        head = self.head
        require((self.marks[0], self.marks[-1]) == (0, head.entries), "the marks do not begin with 0 or end with n")
        require((self.slot_marks[0], self.slot_marks[-1]) == (0, head.slots), "the slot marks do not begin with 0 or end with s")
        bits, before = [0] * len(self.filter), -1
        for number in range(1 << self.bits):
            for entry in self.entries(number):
                require(entry.pseudonym > before, "the pseudonyms do not ascend")
                before = entry.pseudonym
                first = entry.pseudonym >> 64
                require(first % (1 << head.shard_bits) == 0, "a first half has bits after its end")
                word, places = filter_bits(first, head.entries)
                for place, bit in enumerate(places):
                    bits[word + place] |= 1 << bit
        require(tuple(bits) == self.filter, "the filter does not follow from the entries")

        classes = len(metadata["data_classes"])
        require(all(members >> classes == 0 for members in self.class_sets), "a class set has an unknown class")
        require(all(a < b for a, b in zip(self.origins, self.origins[1:])), "the origins do not ascend")
        for breach, class_set in self.origins:
            require(breach < len(metadata["breaches"]), "the breach of an origin is unknown")
            require(class_set < len(self.class_sets), "the class set of an origin is unknown")


def marks(groups, differences, width):
    groups = struct.unpack(f"<{len(groups) // 8}Q", groups)
    differences = struct.unpack(f"<{len(differences) // struct.calcsize(width)}{width}", differences)
    require(not any(differences[::GROUP]), "the first mark of a group is not the group's")
    return [groups[place // GROUP] + difference for place, difference in enumerate(differences)]


def filter_bits(first_half, entries):
    """The position of the first word of the block, and the bit in each of its eight words."""
    block = first_half * filter_blocks(entries) >> 64
    mixed = first_half * FACTOR & U64
    return 8 * block, [mixed >> 16 + 6 * word & 63 for word in range(8)]


def opened_payload(posting, code_key):
    """The kinds of the record for a value, its codes for a match key."""
    stream = Aes128(code_key).encrypt(struct.pack("<QQ", posting.tag, 0))
    payload = posting.sealed ^ int.from_bytes(stream[:8], "little")
    kind = KINDS[posting.kind]
    if kind not in VALUES:
        return {"payload": f"{payload:016x}", "codes": opened_codes(kind, payload)._asdict()}
    require(payload < 1 << len(KINDS), "a payload names an unknown kind")
    return {
        "payload": f"{payload:016x}",
        "kinds": [kind for place, kind in enumerate(KINDS) if payload >> place & 1],
    }
