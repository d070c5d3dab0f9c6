"""The MAC over the head, the roots in it, and the digests of the body ("Digests and MAC" in docs/FORMAT.md)."""

import hmac

from primitives import hmac_sha256, sha256
from refused import require

CHUNK = 65536


def length_of_digests(size):
    return 32 * -(-size // CHUNK)


def mac_of(data, head, key):
    return hmac_sha256(key.subkey("index-mac"), data[: head.length - 32])


def digests_of(data, start, end):
    return b"".join(sha256(data[at : min(at + CHUNK, end)]) for at in range(start, end, CHUNK))


def roots_of(data, head):
    return digests_of(data, head.length, body_start(head))


def digests_of_body(data, head):
    return digests_of(data, body_start(head), len(data))


def body_start(head):
    """The filter is the first section of the body."""
    return head.sections["filter"].start


def check_head(data, head, key):
    """Returns the id of the index."""
    mac = mac_of(data, head, key)
    require(hmac.compare_digest(mac, data[head.length - 32 : head.length]), "the MAC of the head is wrong")
    return mac[:8].hex()


def check_body(data, head):
    require(roots_of(data, head) == data[head.sections["roots"]], "a root of the digests is wrong")
    require(digests_of_body(data, head) == data[head.sections["digests"]], "a digest of the body is wrong")


def sealed(data, head, key):
    """A changed file with matching digests, roots and MAC. Only tests need it."""
    file = bytearray(data)
    file[head.sections["digests"]] = digests_of_body(bytes(file), head)
    file[head.sections["roots"]] = roots_of(bytes(file), head)
    file[head.length - 32 : head.length] = mac_of(bytes(file), head, key)
    return bytes(file)
