"""A whole exchange of invented people, and the vectors of the RFCs and of docs/PRIVATE-CHECK.md."""

import hashlib
import json
import os

import group
import private_check as check


def span(first):
    return bytes(range(first, first + 32))


def leak_of(kinds):
    """The table of an invented leak."""
    return {
        "normaliser": check.NORMALISER,
        "unicode": "16.0.0",
        "breach": {"Name": "self"},
        "kinds": [
            {"kind": one, "identifiers": 6, "records": 18} for one in check.KINDS if one in kinds
        ],
        "data_classes": ["names", "passwords"],
        "class_sets": [[1], [0, 1]],
        "rows": {"read": 10, "indexed": 10, "duplicate": 0, "rejected": 0, "rejects_by_reason": {}},
        "records": 10,
        "profile": {"fields": {}, "rows_by_kinds": {}, "told": []},
    }


def vectors(canaries):
    """The vectors of the document: an exchange whose every secret is known."""
    epoch_seed, state_seed, salt = span(0x00), span(0x20), span(0x40)
    insurer, provider, name, kind = span(0x60), span(0x80), "vector-1", "kvnr"
    canonical = b"A123456780"
    secret, public = check.key_pair(epoch_seed, name, kind)
    message = check.identifier_input(kind, canonical)
    f = group.finalize(message, group.encode(group.multiply(secret, group.hash_to_group(message))))
    label, stream = check.entry_of(f, salt, 0)
    payload = check.payload_of(5, [kind], 0, 0x0102030405060708)
    identifiers = [(kind, canonical)]
    digest = check.list_digest(state_seed, identifiers)
    factor = check.blind(state_seed, digest, kind, 1)
    epoch = check.epoch_id(name, {kind: public})
    charge = {"seq": 2, "digest": span(0xA0).hex()}
    request = check.make_request(epoch, [kind], state_seed, insurer, identifiers, canaries)
    response = check.make_response(epoch_seed, name, [kind], request, charge, provider)
    asked, answer = check.read_file("request", request), check.read_file("response", response)
    canary = check.canary_input(kind, canaries[kind])
    element = group.encode(group.multiply(secret, group.hash_to_group(canary)))
    canary_label, canary_stream = check.entry_of(group.finalize(canary, element), salt, 0)
    return {
        "epoch_seed": epoch_seed.hex(),
        "epoch_name": name,
        "kind": kind,
        "normaliser": check.NORMALISER,
        "state_seed": state_seed.hex(),
        "salt": salt.hex(),
        "canonical": canonical.decode(),
        "canary_forms": canaries[kind].decode(),
        "insurer_seed": insurer.hex(),
        "insurer_fingerprint": asked.signer,
        "provider_seed": provider.hex(),
        "provider_fingerprint": answer.signer,
        "index_key": check.mac256(epoch_seed, check.LABEL + b"index " + salt).hex(),
        "sk": group.encode_scalar(secret).hex(),
        "pk": public.hex(),
        "epoch_id": epoch,
        "f": f.hex(),
        "label": label.hex(),
        "key_stream": stream.hex(),
        "payload": payload.hex(),
        "entry": (label + check.xor(payload, stream)).hex(),
        "canary_entry": (canary_label + check.xor(b"\x03" + bytes(15), canary_stream)).hex(),
        "list_digest": digest.hex(),
        "j": 1,
        "blind": group.encode_scalar(factor).hex(),
        "element": asked.body[32:64].hex(),
        "evaluated": answer.body[32:64].hex(),
        "canary_element": asked.body[:32].hex(),
        "last_padding_element": asked.body[-32:].hex(),
        "proof": answer.body[-64:].hex(),
        "request_metadata": request[64 : -64 - len(asked.body)].decode(),
        "request_body_sha256": check.sha256(asked.body).hex(),
        "request_id": asked.id,
        "charge": charge,
        "response_metadata": response[64 : -64 - len(answer.body)].decode(),
        "response_body_sha256": check.sha256(answer.body).hex(),
        "response_id": answer.id,
    }


def exchange(kinds, folder):
    """Makes table, request and response of invented people, reads them, and finds exactly the leaked ones."""
    epoch_seed, state_seed, salt = os.urandom(32), os.urandom(32), os.urandom(32)
    insurer, provider = os.urandom(32), os.urandom(32)
    canaries = {kind: f"made up {kind}\n".encode() for kind in kinds}
    members = [(kind, f"{kind} of member {n}".encode()) for n in range(20) for kind in kinds]
    leaked = [one for place, one in enumerate(members) if place % 4 == 0]
    leaked.append((kinds[0], b"a stranger"))
    payloads = {}
    for kind, canonical in leaked:
        is_value = check.KINDS.index(kind) < check.FIRST_MATCH_KEY
        held = [kind] if is_value else []
        payloads[kind, canonical] = [
            check.payload_of(5, held, 0, 7),
            check.payload_of(1, held, 1, 2**64 - 1),
            check.payload_of(9, held, 0, 3),  # an unknown flag: the record is found, but not read
        ]
    entries = [(*identifier, records) for identifier, records in payloads.items()]
    leak = leak_of(kinds)
    data = check.make_table(epoch_seed, "self", kinds, salt, leak, entries, canaries, provider)
    table = check.Table(data, group.signer_public(provider).hex())
    request = check.make_request(table.epoch, kinds, state_seed, insurer, members, canaries)
    charge = {"seq": 0, "digest": bytes(32).hex()}
    response = check.make_response(epoch_seed, "self", kinds, request, charge, provider)
    if folder is not None:
        for name, content in (("table", data), ("request", request), ("response", response)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)

    found = check.read_response(table, state_seed, request, response, members, canaries)
    assert {(one["kind"], one["canonical"].encode()) for one in found} == set(leaked[:-1])
    for one in found:
        first, second, broken = one["records"]
        assert (first["tag"], first["classes"], first["first"]) == ("%016x" % 7, ["passwords"], True)
        assert (second["tag"], second["classes"]) == ("f" * 16, ["names", "passwords"])
        assert (broken["classes"], broken["kinds"]) == (None, [])

    def refused(error, *arguments):
        try:
            check.read_response(*arguments)
        except check.Refused as refusal:
            assert str(refusal) == error, (str(refusal), error)
            return
        raise AssertionError(f"{error} was expected")

    others = members[1:] + members[:1]
    refused("ListChanged", table, state_seed, request, response, others, canaries)
    spoilt = {kind: forms + b"x\n" for kind, forms in canaries.items()}
    refused("ListChanged", table, state_seed, request, response, members, spoilt)
    changed = check.read_file("response", response)
    swapped = changed.body[32:64] + changed.body[:32] + changed.body[64:]
    forged = check.write_file("response", changed.metadata, swapped, provider)
    refused("ProofFailed", table, state_seed, request, forged, members, canaries)
    flipped = bytearray(response)
    flipped[200] ^= 1
    refused("BadSignature", table, state_seed, request, bytes(flipped), members, canaries)
    print(f"found {len(found)} of {len(members)}; {hashlib.sha256(request).hexdigest()[:16]}")


RFC_8032_SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
RFC_8032_PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
RFC_8032_SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def rfc(path):
    for vector in json.loads(check.read(path))["vectors"]:
        bytes_of = {name: [bytes.fromhex(one) for one in vector[name]] for name in
                    ("input", "blind", "blinded_element", "evaluation_element", "output")}
        key, info = bytes.fromhex(vector["seed"]), bytes.fromhex(vector["key_info"])
        secret, public = group.derive_key_pair(key, info)
        assert group.encode_scalar(secret).hex() == vector["sk"]
        assert public.hex() == vector["pk"]
        blinds = [group.decode_scalar(one) for one in bytes_of["blind"]]
        hashed = [group.hash_to_group(one) for one in bytes_of["input"]]
        points = [group.multiply(r, point) for r, point in zip(blinds, hashed)]
        blinded = [group.encode(point) for point in points]
        assert blinded == bytes_of["blinded_element"]
        evaluated = [group.encode(group.multiply(secret, point)) for point in points]
        assert evaluated == bytes_of["evaluation_element"]
        nonce = group.decode_scalar(bytes.fromhex(vector["proof_random_scalar"]))
        proof = group.prove(secret, public, blinded, points, evaluated, lambda *sums: nonce)
        assert proof.hex() == vector["proof"]
        assert group.proof_holds(public, blinded, evaluated, proof)
        assert not group.proof_holds(public, blinded, evaluated, bytes(64))
        for message, r, element, output in zip(
            bytes_of["input"], blinds, evaluated, bytes_of["output"]
        ):
            unblinded = group.multiply(pow(r, -1, group.ORDER), group.decode(element))
            assert group.finalize(message, group.encode(unblinded)) == output
    # RFC 8032, 7.1, test 2.
    seed, message = bytes.fromhex(RFC_8032_SEED), b"\x72"
    public, signature = bytes.fromhex(RFC_8032_PUBLIC), bytes.fromhex(RFC_8032_SIGNATURE)
    assert group.signer_public(seed) == public and group.sign(seed, message) == signature
    assert group.signature_holds(public, message, signature)
    assert not group.signature_holds(public, b"\x73", signature)
    print("the vectors of RFC 9497 and RFC 8032 hold")
