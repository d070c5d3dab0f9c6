#!/usr/bin/env python3
"""Both sides of the private check, written from docs/PRIVATE-CHECK.md and the RFCs that it names.

    private_check.py rfc VECTORS                  compares itself with the vectors of RFC 9497 and RFC 8032
    private_check.py request TABLE … -o REQUEST   writes the request of an insurer
    private_check.py read TABLE …                 prints the findings in the response, as JSON
    private_check.py exchange                     makes and reads all files of an exchange
    private_check.py vectors CANARIES             prints the vectors of the document

Secrets are files of hexadecimal digits, or files in a format of the document. Use invented secrets.
"""

import argparse
import hashlib
import hmac
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import group

BATCH = 4096
ENTRY = 32
NORMALISER = 3
LABEL = b"leakdex/private/1 "
MAGIC = bytes.fromhex("894c44500d0a1a0a")
TYPES = {"table": 1, "request": 2, "response": 3, "openings": 4}
# The values in the order of FORMAT.md; the others are match keys.
KINDS = (
    "email kvnr iccsn ehic rvnr steuer-id identity-document iban phone email-alias md5-email"
    " sha1-email sha256-email username birth-postcode starts-birth ends-birth sound-postcode"
    " name-birthday first-birth-region"
).split()
FIRST_MATCH_KEY = KINDS.index("birth-postcode")


class Refused(Exception):
    """An error that the document names."""


def require(condition, error):
    if not condition:
        raise Refused(error)


# Primitives.


def sha256(data):
    return hashlib.sha256(data).digest()


def mac256(key, data):
    return hmac.digest(key, data, "sha256")


def mac512(key, data):
    return hmac.digest(key, data, "sha512")


def u64(number):
    return number.to_bytes(8, "little")


def key_pair(seed, name, kind):
    return group.derive_key_pair(seed, LABEL + f"key {name} {kind}".encode())


def epoch_id(name, public_keys):
    parts = b"".join(kind.encode() + b"\0" + key for kind, key in sorted(public_keys.items()))
    return sha256(LABEL + b"epoch " + name.encode() + b"\0" + parts)[:16].hex()


def identifier_input(kind, canonical):
    return LABEL + f"input {kind} normaliser {NORMALISER}".encode() + b"\0" + canonical


def canary_input(kind, forms):
    return LABEL + f"canary {kind} normaliser {NORMALISER}".encode() + b"\0" + forms


def padding_input(kind, j):
    return LABEL + f"padding {kind} ".encode() + u64(j)


def entry_of(f, salt, i):
    """Label and key stream."""
    whole = mac512(f, LABEL + b"entry " + salt + u64(i))
    return whole[:16], whole[16:32]


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def list_digest(seed, identifiers):
    digest = hmac.new(seed, LABEL + b"list ", "sha256")
    for kind, canonical in identifiers:
        digest.update(kind.encode() + b"\0" + len(canonical).to_bytes(4, "little") + canonical)
    return digest.digest()


def blind(seed, digest, kind, j):
    data = LABEL + b"blind " + digest + kind.encode() + b"\0" + u64(j)
    return group.wide(mac512(seed, data))


def inputs_of(kind, canonicals, forms):
    """The inputs of all elements of a kind, in their order."""
    inputs = []
    for number in range(max(1, -(-len(canonicals) // (BATCH - 1)))):
        inputs.append(canary_input(kind, forms))
        start = number * (BATCH - 1)
        inputs += [identifier_input(kind, one) for one in canonicals[start : start + BATCH - 1]]
    inputs += [padding_input(kind, j) for j in range(len(inputs), -(-len(inputs) // BATCH) * BATCH)]
    return inputs


# Files.


def file_id(data):
    return sha256(data)[:16].hex()


def write_file(kind, metadata, body, signer):
    text = json.dumps(metadata, separators=(",", ":"), ensure_ascii=False).encode()
    head = MAGIC + TYPES[kind].to_bytes(2, "little") + (1).to_bytes(2, "little")
    head += len(text).to_bytes(4, "little") + u64(len(body)) + group.signer_public(signer) + bytes(8)
    before = head + text + body
    return before + group.sign(signer, signed_message(kind, before))


def signed_message(kind, before):
    return LABEL + f"signed {kind} ".encode() + hashlib.sha512(before).digest()


class File(NamedTuple):
    metadata: dict
    body: bytes
    signer: str
    id: str


def read_file(kind, data):
    require(data[:8] == MAGIC, "NotThisFile")
    require(len(data) >= 128, "WrongLength")
    type_and_version = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    require(type_and_version[0] == TYPES[kind], "NotThisFile")
    require(type_and_version[1] == 1, "UnknownVersion")
    m, b = int.from_bytes(data[12:16], "little"), int.from_bytes(data[16:24], "little")
    require(m <= 1 << 20 and len(data) == 64 + m + b + 64, "WrongLength")
    require(data[56:64] == bytes(8), "NotThisFile")
    before, signature = data[:-64], data[-64:]
    holds = group.signature_holds(data[24:56], signed_message(kind, before), signature)
    require(holds, "BadSignature")
    try:
        metadata = json.loads(data[64 : 64 + m].decode(), object_pairs_hook=once)
    except ValueError:
        raise Refused("Malformed") from None
    return File(metadata, data[64 + m : -64], data[24:56].hex(), file_id(data))


def once(pairs):
    result = dict(pairs)
    require(len(result) == len(pairs), "Malformed")
    return result


def fields(value, *names):
    require(isinstance(value, dict) and set(value) == set(names), "Malformed")
    return [value[name] for name in names]


def digits(text, length):
    good = isinstance(text, str) and len(text) == length and set(text) <= set("0123456789abcdef")
    require(good, "Malformed")
    return bytes.fromhex(text)


class Table:
    """A table from a verified file."""

    def __init__(self, data, provider=None):
        file = read_file("table", data)
        require(provider in (None, file.signer), "UnknownSigner")
        epoch, keys, salt, self.leak, count = fields(
            file.metadata, "epoch", "keys", "salt", "leak", "entries"
        )
        self.name, self.epoch = fields(epoch, "name", "id")
        pairs = [fields(key, "kind", "public_key") for key in keys]
        self.keys = {kind: digits(key, 64) for kind, key in pairs}
        ordered = list(self.keys) == sorted(self.keys) and len(self.keys) == len(pairs)
        require(ordered and 1 <= len(pairs) <= 3, "Malformed")
        require(epoch_id(self.name, self.keys) == self.epoch, "OtherEpoch")
        self.salt, self.id, self.provider = digits(salt, 64), file.id, file.signer
        require(self.leak["normaliser"] == NORMALISER, "OtherNormaliser")
        self.kinds = {one["kind"] for one in self.leak["kinds"]}
        require(self.kinds <= set(self.keys), "Malformed")
        require(count > 0 and count % BATCH == 0, "Malformed")
        require(len(file.body) == count * ENTRY, "WrongLength")
        entries = [file.body[at : at + ENTRY] for at in range(0, len(file.body), ENTRY)]
        self.entries = {entry[:16]: entry[16:] for entry in entries}
        labels = [entry[:16] for entry in entries]
        require(all(a < b for a, b in zip(labels, labels[1:])), "Malformed")

    def payloads(self, f):
        """Labels and payloads of all leaked records of an identifier."""
        i = 0
        while True:
            label, stream = entry_of(f, self.salt, i)
            if label not in self.entries:
                return
            yield label, xor(self.entries[label], stream)
            i += 1

    def record(self, kind, label, payload):
        kinds = int.from_bytes(payload[1:5], "little")
        class_set = int.from_bytes(payload[5:8], "little")
        held = sum(1 << KINDS.index(kind) for kind in self.kinds)
        own_bit = 1 << KINDS.index(kind)
        is_value = KINDS.index(kind) < FIRST_MATCH_KEY
        good_kinds = kinds & ~held == 0 and kinds & own_bit if is_value else kinds == 0
        sets = self.leak["class_sets"]
        if payload[0] not in (1, 5) or not good_kinds or class_set >= len(sets):
            tag = int.from_bytes(label[:8], "little")
            return {"tag": f"{tag:016x}", "kinds": [], "first": True, "classes": None}
        classes = [self.leak["data_classes"][place] for place in sets[class_set]]
        names = [name for number, name in enumerate(KINDS) if kinds >> number & 1]
        tag = int.from_bytes(payload[8:], "little")
        first = payload[0] == 5
        return {"tag": f"{tag:016x}", "kinds": names, "first": first, "classes": classes}


def make_table(seed, name, kinds, salt, leak, leaked, canaries, signer):
    """`leaked` is (kind, canonical, payloads in the order of the tags)."""
    pairs = {kind: key_pair(seed, name, kind) for kind in sorted(kinds)}
    entries = []

    def put(kind, message, payloads):
        element = group.multiply(pairs[kind][0], group.hash_to_group(message))
        f = group.finalize(message, group.encode(element))
        for i, payload in enumerate(payloads):
            label, stream = entry_of(f, salt, i)
            entries.append(label + xor(payload, stream))

    for kind in pairs:
        put(kind, canary_input(kind, canaries[kind]), [b"\x03" + bytes(15)])
    for kind, canonical, payloads in leaked:
        put(kind, identifier_input(kind, canonical), payloads)
    entries += [os.urandom(ENTRY) for _ in range(-len(entries) % BATCH)]
    keys = {kind: pair[1] for kind, pair in pairs.items()}
    metadata = {
        "epoch": {"name": name, "id": epoch_id(name, keys)},
        "keys": [{"kind": kind, "public_key": key.hex()} for kind, key in keys.items()],
        "salt": salt.hex(),
        "leak": leak,
        "entries": len(entries),
    }
    return write_file("table", metadata, b"".join(sorted(entries)), signer)


def payload_of(flags, kinds, class_set, tag):
    bits = sum(1 << KINDS.index(kind) for kind in kinds)
    return bytes([flags]) + bits.to_bytes(4, "little") + class_set.to_bytes(3, "little") + u64(tag)


def blinded_element(factor, message):
    return group.encode(group.multiply(factor, group.hash_to_group(message)))


def make_request(epoch, kinds, seed, signer, identifiers, canaries):
    identifiers = [one for one in identifiers if one[0] in kinds]
    digest = list_digest(seed, identifiers)
    body, account = [], []
    for kind in sorted(kinds):
        canonicals = [canonical for other, canonical in identifiers if other == kind]
        inputs = inputs_of(kind, canonicals, canaries[kind])
        account.append({"kind": kind, "batches": len(inputs) // BATCH})
        blinds = [blind(seed, digest, kind, j) for j in range(len(inputs))]
        with ProcessPoolExecutor() as pool:
            body += pool.map(blinded_element, blinds, inputs, chunksize=256)
    return write_file("request", {"epoch": epoch, "kinds": account}, b"".join(body), signer)


def batches_of(data, step):
    return [data[at : at + step] for at in range(0, len(data), step)]


def kinds_of_batches(account, kinds):
    """The kind of each batch of a request or response."""
    pairs = [fields(one, "kind", "batches") for one in account]
    require([kind for kind, _ in pairs] == sorted(kinds), "Malformed")
    require(all(isinstance(count, int) and count > 0 for _, count in pairs), "Malformed")
    return [kind for kind, count in pairs for _ in range(count)]


def make_response(seed, name, kinds, request, charge, signer):
    file = read_file("request", request)
    epoch, account = fields(file.metadata, "epoch", "kinds")
    pairs = {kind: key_pair(seed, name, kind) for kind in kinds}
    require(epoch == epoch_id(name, {kind: pair[1] for kind, pair in pairs.items()}), "OtherEpoch")
    batches = batches_of(file.body, 32 * BATCH)
    of_batches = kinds_of_batches(account, kinds)
    require(len(file.body) == 32 * BATCH * len(of_batches), "WrongLength")
    nonce_key = mac512(seed, LABEL + b"nonce ")
    body = b""
    for kind, batch in zip(of_batches, batches):
        secret, public = pairs[kind]
        blinded = batches_of(batch, 32)
        points = [group.decode(element) for element in blinded]
        evaluated = [group.encode(group.multiply(secret, point)) for point in points]
        joined = b"".join(evaluated)
        covered = kind.encode() + b"\0" + batch + joined

        def nonce_of(total, product, covered=covered):
            return group.wide(mac512(nonce_key, covered + total + product))

        body += joined + group.prove(secret, public, blinded, points, evaluated, nonce_of)
    metadata = {"epoch": epoch, "request": file.id, "charge": charge, "kinds": account}
    return write_file("response", metadata, body, signer)


def read_response(table, seed, request, response, identifiers, canaries):
    """The identifiers that are in the leak: kind, number, canonical bytes as text, records."""
    asked, answer = read_file("request", request), read_file("response", response)
    require(answer.signer == table.provider, "UnknownSigner")
    epoch, account = fields(asked.metadata, "epoch", "kinds")
    answer_epoch, request_id, charge, answer_account = fields(answer.metadata, "epoch", "request", "charge", "kinds")
    require(epoch == answer_epoch == table.epoch, "OtherEpoch")
    require(request_id == asked.id and answer_account == account, "OtherRequest")
    fields(charge, "seq", "digest")
    of_batches = kinds_of_batches(account, table.keys)
    sizes = 32 * BATCH * len(of_batches), (32 * BATCH + 64) * len(of_batches)
    require((len(asked.body), len(answer.body)) == sizes, "WrongLength")
    identifiers = [one for one in identifiers if one[0] in table.keys]
    digest = list_digest(seed, identifiers)
    evaluated = {kind: [] for kind in table.keys}
    blinded = {kind: [] for kind in table.keys}
    both = zip(of_batches, batches_of(asked.body, 32 * BATCH), batches_of(answer.body, 32 * BATCH + 64))
    for kind, c, d in both:
        c, d, proof = batches_of(c, 32), batches_of(d[:-64], 32), d[-64:]
        try:
            holds = group.proof_holds(table.keys[kind], c, d, proof)
        except group.BadElement:
            raise Refused("BadElement") from None
        require(holds, "ProofFailed")
        blinded[kind] += c
        evaluated[kind] += d

    def output(kind, j, message):
        factor = blind(seed, digest, kind, j)
        element = group.multiply(factor, group.hash_to_group(message))
        require(group.encode(element) == blinded[kind][j], "ListChanged")
        point = group.decode(evaluated[kind][j])
        unblinded = group.multiply(pow(factor, -1, group.ORDER), point)
        return group.finalize(message, group.encode(unblinded))

    found = []
    for kind in sorted(table.keys):
        canonicals = [canonical for other, canonical in identifiers if other == kind]
        inputs = inputs_of(kind, canonicals, canaries[kind])
        require(len(inputs) == len(evaluated[kind]), "ListChanged")
        for j in range(0, len(inputs), BATCH):
            payloads = [payload for _, payload in table.payloads(output(kind, j, inputs[j]))]
            require(payloads == [b"\x03" + bytes(15)], "CanaryFailed")
        for q, canonical in enumerate(canonicals):
            j = BATCH * (q // (BATCH - 1)) + 1 + q % (BATCH - 1)
            records = {}
            of_leak = table.payloads(output(kind, j, inputs[j])) if kind in table.kinds else ()
            for label, payload in of_leak:
                record = table.record(kind, label, payload)
                records.setdefault(record["tag"], record)
            if records:
                one = {"kind": kind, "number": q, "canonical": canonical.decode()}
                found.append(one | {"records": list(records.values())})
    return found


# The command.


def read(path):
    with open(path, "rb") as file:
        return file.read()


def hex_of(path):
    """A seed in a file: the last 64 hexadecimal digits."""
    return bytes.fromhex(read(path).decode().strip().rsplit(":", 1)[-1])


def seed_of_state(path):
    first, second = read(path).decode().splitlines()
    seed = bytes.fromhex(json.loads(first)["seed"])
    require(mac256(seed, LABEL + b"state " + first.encode()).hex() == second, "Malformed")
    return seed


def canaries_of(path):
    return {kind: forms.encode() for kind, forms in json.loads(read(path)).items()}


def identifiers_of(path):
    """Lines in the order of normalising. Each line is a JSON array of kind and canonical text."""
    lines = (json.loads(line) for line in read(path).splitlines() if line.strip())
    return [(kind, canonical.encode()) for kind, canonical in lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("rfc").add_argument("vectors")
    commands.add_parser("vectors").add_argument("canaries")
    exchange = commands.add_parser("exchange")
    exchange.add_argument("--kinds", default="kvnr")
    exchange.add_argument("--folder")
    for name in ("request", "read"):
        command = commands.add_parser(name)
        command.add_argument("table")
        command.add_argument("--provider", help="the fingerprint that the table must have")
        seed = command.add_mutually_exclusive_group(required=True)
        seed.add_argument("--state", help="a state of the document")
        seed.add_argument("--state-seed", help="a file of 64 hexadecimal digits")
        command.add_argument("--identifiers", required=True, help=identifiers_of.__doc__)
        command.add_argument("--canaries", required=True, help="a JSON object of kind to text")
        command.add_argument("--request", "-o", required=True)
        if name == "request":
            command.add_argument("--signer", required=True)
        else:
            command.add_argument("--response", required=True)
    arguments = parser.parse_args()
    if arguments.command in ("rfc", "vectors", "exchange"):
        import exchange as self_tests

        if arguments.command == "rfc":
            self_tests.rfc(arguments.vectors)
        elif arguments.command == "vectors":
            json.dump(self_tests.vectors(canaries_of(arguments.canaries)), sys.stdout, indent=2)
            print()
        else:
            self_tests.exchange(arguments.kinds.split(","), arguments.folder)
    else:
        table = Table(read(arguments.table), arguments.provider)
        by_state = arguments.state is not None
        seed = seed_of_state(arguments.state) if by_state else hex_of(arguments.state_seed)
        identifiers = identifiers_of(arguments.identifiers)
        canaries = canaries_of(arguments.canaries)
        if arguments.command == "request":
            signer = hex_of(arguments.signer)
            data = make_request(table.epoch, table.keys, seed, signer, identifiers, canaries)
            with open(arguments.request, "wb") as file:
                file.write(data)
            print(file_id(data))
        else:
            request, response = read(arguments.request), read(arguments.response)
            found = read_response(table, seed, request, response, identifiers, canaries)
            json.dump(found, sys.stdout, indent=1, ensure_ascii=False)
            print()


if __name__ == "__main__":
    try:
        main()
    except Refused as error:
        sys.exit(f"refused: {error}")
